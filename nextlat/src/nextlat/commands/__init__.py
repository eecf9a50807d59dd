"""One module a command of the `nextlat` command line."""
