"""Loaded before any test: pytest names test modules after their paths, so `nextlat/` would take the package's name."""

import nextlat  # noqa: F401
