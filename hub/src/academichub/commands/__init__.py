"""One module for each command of `academichub`."""
