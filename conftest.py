"""Loaded before any test.

pytest names test modules after their paths, so `nextlat/` would take the package's name: the package is imported first.
Property tests draw the same examples every time, so that a change is judged by what it does; to look for new ones, run
them with `HYPOTHESIS_PROFILE=explore`.
"""

import os

from hypothesis import settings

import nextlat  # noqa: F401

settings.register_profile("suite", derandomize=True)
settings.register_profile("explore", max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
