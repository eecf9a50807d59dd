"""Runs the command line as `python -m nextlat`."""

from nextlat.cli import main

if __name__ == "__main__":
    main()
