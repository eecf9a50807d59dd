"""Runs the command line as `python -m academichub`."""

from academichub.cli import main

if __name__ == "__main__":
    main()
