"""Loaded before any test.

pytest names test modules after their paths, so `nextlat/` would take the package's name: the
package is imported first. Property tests draw the same examples every time, so that a change is
judged by what it does; to look for new ones, run them with `HYPOTHESIS_PROFILE=explore`. Tests
marked `browser` or `postgres` are slow too: `make test` leaves them out.
"""

import os

import pytest
from hypothesis import settings

import nextlat  # noqa: F401

settings.register_profile("suite", derandomize=True)
settings.register_profile("explore", max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.hookimpl(tryfirst=True)  # before pytest deselects by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that starts a browser or a database server as slow."""
    for item in items:
        if item.get_closest_marker("browser") or item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.slow)
