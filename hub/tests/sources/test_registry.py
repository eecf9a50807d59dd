"""The registry of sources: the same modules as the settings know, each with its module of that name."""

from __future__ import annotations

from academichub.settings import SOURCE_MODULES
from academichub.sources import SOURCES
from academichub.sources.arxiv import announcements, oai, query_api
from academichub.sources.crossref import api
from academichub.sources.feeds import feed


def test_registry_and_settings_name_the_same_sources() -> None:
    assert {name: one.base_url for name, one in SOURCES.items()} == SOURCE_MODULES


MODULES = {
    "arxiv_announce": announcements,
    "arxiv_oai": oai,
    "arxiv_query": query_api,
    "crossref": api,
    "feed": feed,
}


def test_every_source_has_its_module_and_names_what_it_asks() -> None:
    for name, source in SOURCES.items():
        assert source.name == name == MODULES[name].MODULE
        assert source.title
        assert source.asks
        assert source.pace
        assert source.base_url.startswith("https://") or name == "feed"
