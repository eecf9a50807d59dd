"""Loaded before any test: pytest names a test module after its path, so the folder `nextlat/` would take the package's name."""

import nextlat  # noqa: F401
