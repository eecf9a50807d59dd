"""`academichub` with a health check that computes without end: `python stuck_hub.py serve --port 0`."""

from __future__ import annotations

from academichub.cli import main
from academichub.library.works import Library


def _count(_library: Library) -> int:
    while True:
        pass


if __name__ == "__main__":
    Library.count = _count  # type: ignore[method-assign]
    main()
