"""Values that a reader enters: what exists as it is written, what does not refused with a remedy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.errors import UsageError
from academichub.facts import catalogue
from academichub.messages import Message
from academichub.radar.entered import entered_value
from academichub.radar.signals import KINDS, checked_value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cs.LG", "cs.LG"),
        (" cs.LG\n", "cs.LG"),
        ("CS.lg", "cs.LG"),
        ("q-bio.nc", "q-bio.NC"),
        ("Quant-Ph", "quant-ph"),
        ("math", "math"),
        ("CS", "cs"),
        ("", ""),  # signals.checked_value says that it is empty
    ],
)
def test_a_category_is_taken_as_arxiv_writes_it(text: str, expected: str) -> None:
    assert entered_value("category", text) == expected


@pytest.mark.parametrize(
    ("text", "near"),
    [("cs.LGG", "cs.LG"), ("machine learning", "cs.LG"), ("机器学习", "cs.LG")],
)
def test_what_is_no_category_is_refused_with_the_nearest(text: str, near: str) -> None:
    with pytest.raises(UsageError) as refused:
        entered_value("category", text)
    assert refused.value.message == Message.of("choice.unknown_category", name=text, near=near)


def test_a_long_category_is_named_by_its_beginning() -> None:
    with pytest.raises(UsageError) as refused:
        entered_value("category", "x" * 500)
    assert refused.value.params["name"] == "x" * 60


@given(
    st.sampled_from(sorted({*catalogue.categories(), *catalogue.archives()})),
    st.sampled_from([str, str.lower, str.upper, str.title]),
)
def test_every_category_and_archive_is_known_in_any_case(category: str, written: type[str]) -> None:
    entered = entered_value("category", written(category))
    assert entered == category
    assert checked_value("category", entered) == category


@given(st.text(max_size=30))
def test_what_is_taken_as_a_category_exists(text: str) -> None:
    try:
        entered = entered_value("category", text)
    except UsageError as refused:
        assert catalogue.is_category(str(refused.params["near"]))
    else:
        assert not entered or catalogue.is_category(entered) or catalogue.is_archive(entered)


def test_a_query_is_taken_whole_and_half_of_one_is_refused() -> None:
    assert entered_value("query", '  "world  model"\nOR brain ') == '"world model" OR brain'
    for text, gap in (('"world model', "quote"), ("(brain", "closing"), ("brain OR", "after")):
        with pytest.raises(UsageError) as refused:
            entered_value("query", text)
        assert refused.value.code == f"query_gap.{gap}"


@given(st.sampled_from(sorted(set(KINDS) - {"category", "query"})), st.text(max_size=30))
def test_other_kinds_lose_only_their_blanks(kind: str, text: str) -> None:
    assert entered_value(kind, text) == " ".join(text.split())
