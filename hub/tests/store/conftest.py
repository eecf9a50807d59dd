"""Fixtures: a library in a fresh SQLite file."""

from fresh_library import database, library

__all__ = ["database", "library"]
