"""The registry of sources: its rows can be gathered, and an unknown name gets the nearest one."""

from __future__ import annotations

import re

import pytest

from academichub.errors import UsageError
from academichub.gathering.parts import GATHERERS
from academichub.library.merge import FILE_ORDER
from academichub.sources import SOURCES, find_source, in_group, named_by_reader
from academichub.sources.arxiv import ARXIV, announcements, oai, query_api
from academichub.sources.crossref import api
from academichub.sources.feeds import feed
from academichub.sources.settings import SourcesSettings

READERS = {
    "arxiv_announce": announcements,
    "arxiv_oai": oai,
    "arxiv_query": query_api,
    "crossref": api,
    "feed": feed,
}


def test_every_row_can_be_gathered_and_says_what_it_is() -> None:
    assert list(SOURCES) == list(READERS)
    for name, source in SOURCES.items():
        assert source.name == name == READERS[name].MODULE
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert not hasattr(SourcesSettings, name), "a settings section needs a name of its own"
        assert source.gatherer in GATHERERS
        assert source.gatherer != "pages" or source.reader is not None
        assert source.title
        assert source.requests
        assert source.pace
        assert source.base_url.startswith("https://") or name == "feed"


def test_no_two_statements_of_different_origin_are_preferred_alike() -> None:
    orders = [source.order for source in SOURCES.values()] + list(FILE_ORDER.values())
    assert len(set(orders)) == len(orders)
    preferred = sorted(
        [(source.order, name) for name, source in SOURCES.items()]
        + [(order, name) for name, order in FILE_ORDER.items()]
    )
    assert [name for _, name in preferred] == [
        *("arxiv_oai", "arxiv_announce", "arxiv_query", "crossref", "jsonl", "csl_json", "feed"),
        *("ris", "bibtex", "shelf"),
    ]


def test_the_arxiv_sources_are_one_group() -> None:
    assert in_group(ARXIV) == ("arxiv_announce", "arxiv_oai", "arxiv_query")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("arXiv", ("arxiv_announce", "arxiv_oai", "arxiv_query")),
        (" ARXIV_oai ", ("arxiv_oai",)),
        ("Crossref", ("crossref",)),
        ("feed", ("feed",)),
        ("Feeds", ("feed",)),
        ("Nature", ()),
        ("", ()),
    ],
)
def test_what_a_reader_calls_a_source(text: str, names: tuple[str, ...]) -> None:
    assert named_by_reader(text) == names


def test_an_unknown_name_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"'crosref' is not a source; did you mean 'crossref'\?"):
        find_source("crosref")
    with pytest.raises(UsageError, match=r"'zzz' is not a source; sources: arxiv_announce, "):
        find_source("zzz")
