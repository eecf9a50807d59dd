"""The registry of sources: the same modules as the settings know, each with its module of that name."""

from __future__ import annotations

import importlib

from academichub.settings import SOURCE_MODULES
from academichub.sources import SOURCES


def test_registry_and_settings_name_the_same_sources() -> None:
    assert {name: one.base_url for name, one in SOURCES.items()} == SOURCE_MODULES


def test_every_source_is_a_module_of_its_name_and_says_what_it_asks() -> None:
    for name, one in SOURCES.items():
        assert one.name == name == importlib.import_module(f"academichub.sources.{name}").MODULE
        assert one.title
        assert one.asks
        assert one.pace
        assert one.base_url.startswith("https://") or name == "feed"
