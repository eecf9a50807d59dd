"""Sentence splitting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.text.sentences import split_sentences

TABLE = [
    ("We use e.g. BERT. See Fig. 3 here. Yes.", ["We use e.g. BERT.", "See Fig. 3 here.", "Yes."]),
    (
        "Smith et al. (2020) found 3.5 m. It holds.",
        ["Smith et al. (2020) found 3.5 m.", "It holds."],
    ),
    ("If $x. Y$ holds we stop. Next.", ["If $x. Y$ holds we stop.", "Next."]),
    ("J. Doe said so. We agree!", ["J. Doe said so.", "We agree!"]),
    ("It works (see App. B. for more). Good.", ["It works (see App. B. for more).", "Good."]),
    ("我们提出方法。结果为3.5。很好！", ["我们提出方法。", "结果为3.5。", "很好！"]),
    ("One line\nbroken here. Two.", ["One line broken here.", "Two."]),
    ("No end", ["No end"]),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_table(text: str, expected: list[str]) -> None:
    assert split_sentences(text) == expected


@given(st.text(max_size=300))
def test_nothing_is_lost(text: str) -> None:
    pieces = split_sentences(text)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(piece == piece.strip() and piece for piece in pieces)
