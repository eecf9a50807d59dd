"""Fixtures: a library of invented works."""

from invented_library import library

__all__ = ["library"]
