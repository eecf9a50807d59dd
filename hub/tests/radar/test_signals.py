"""Signals of a reader: normal forms, what is refused and why, and files that are read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.errors import InputError, UsageError
from academichub.radar.signals import (
    KINDS,
    Kind,
    Signal,
    checked_value,
    checked_weight,
    from_document,
    known_kind,
    to_document,
)


@pytest.mark.parametrize(
    ("kind", "value", "normal"),
    [
        ("query", "  world \n models ", "world models"),
        ("author", "Lovelace, Ada", "Ada Lovelace"),
        ("category", "cs.LG", "cs.LG"),
        ("category", "math", "math"),
        ("venue", "Physical  Review D", "Physical Review D"),
        ("like", "https://arxiv.org/abs/2606.13125v2", "arxiv:2606.13125"),
        ("hide", "10.1000/ABC", "doi:10.1000/abc"),
        ("mute_author", "Hopper, Grace", "Grace Hopper"),
        ("mute_word", "  spiking \n networks ", "spiking networks"),
        ("mute_category", "cs.CY", "cs.CY"),
        ("mute_source", "Invented  Gazette", "Invented Gazette"),
        ("saved", "https://arxiv.org/abs/2606.13125v2", "arxiv:2606.13125"),
    ],
)
def test_the_normal_form_of_a_value(kind: Kind, value: str, normal: str) -> None:
    assert checked_value(kind, value) == normal
    assert checked_value(kind, normal) == normal


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("query", " ", "give 1 to 500 printable characters, not 0"),
        ("query", "x" * 501, "give 1 to 500 printable characters, not 501"),
        ("author", "x" * 201, "give 1 to 200"),
        ("venue", "a\x00b", "give 1 to 300"),
        ("query", '""', "asks for nothing"),
        ("category", "CS.lg", "is not an arXiv category; write e.g. cs.LG"),
        ("author", "?!", "has no letter"),
        ("mute_category", "life science", "is not an arXiv category"),
        ("mute_word", "...", "has no letter"),
        ("mute_source", "x" * 301, "give 1 to 300"),
        ("pin_word", "x" * 101, "give 1 to 100"),
        ("opened", "on things", "is not a key or identifier of a work"),
        ("like", "on things", "is not a key or identifier of a work"),
    ],
)
def test_a_value_is_refused_with_the_remedy(kind: Kind, value: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        checked_value(kind, value)


def test_the_longest_value_is_the_limit_itself() -> None:
    assert checked_value("query", "x" * 500) == "x" * 500


def test_weights_and_kinds_have_bounds() -> None:
    assert checked_weight(5) == 5.0
    for weight in (0.0, -1.0, 5.1, float("nan")):
        with pytest.raises(UsageError, match="above 0 and at most 5"):
            checked_weight(weight)
    assert known_kind("like") == "like"
    with pytest.raises(
        UsageError, match="'love' is not a kind of signal; use one of query, author"
    ):
        known_kind("love")


VALUES: dict[Kind, str] = {
    "query": "world models",
    "author": "Ada Lovelace",
    "category": "cs.LG",
    "venue": "Nature",
    "example": "arxiv:2606.13125",
    "like": "doi:10.1000/a",
    "dislike": "pmid:7",
    "hide": "acl:P18-1001",
    "mute_word": "benchmark",
    "mute_author": "Grace Hopper",
    "mute_category": "cs.CY",
    "mute_source": "arXiv",
    "pin_word": "spiking",
    "saved": "arxiv:2606.00001",
    "opened": "arxiv:2606.00002",
}


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from([0.5, 1.0, 5.0]))))
def test_a_file_is_read_back_by_kind_in_order(pairs: list[tuple[Kind, float]]) -> None:
    signals = [Signal(kind, VALUES[kind], weight) for kind, weight in pairs]
    by_kind = sorted(signals, key=lambda signal: KINDS.index(signal.kind))
    assert from_document(to_document(signals).model_dump(mode="json")) == by_kind


RADAR = {"format": "academichub-radar", "version": 1}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "not a radar"),
        ({**RADAR, "format": "other", "signals": {}}, "not a radar"),
        ({**RADAR, "version": 2, "signals": {}}, '"version": 1'),
        ({**RADAR, "signals": []}, '"signals" must be an object'),
        ({**RADAR, "signals": {"query": "x"}}, "signals.query must be a list"),
        ({**RADAR, "signals": {"query": ["x", 3]}}, r"signals.query\[1\] must be a text"),
        ({**RADAR, "signals": {"query": [{"value": "x", "weight": True}]}}, r"query\[0\] must be"),
        ({**RADAR, "signals": {"query": [{"value": "x", "weight": 9}]}}, r"\[0\]: weight 9 is out"),
        ({**RADAR, "signals": {"love": ["x"]}}, r"signals.love\[0\]: 'love' is not a kind"),
        ({**RADAR, "signals": {"query": [""]}}, r"signals.query\[0\]: query '': give 1 to 500"),
    ],
)
def test_a_file_that_is_not_a_radar_is_refused_with_the_place(
    document: object, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        from_document(document)
