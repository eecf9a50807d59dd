"""Likeness of stems, worked by hand: the larger of a common beginning and common trigrams."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.checker.stem_similarity import alike

words = st.text(alphabet="abc", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("a", "b", "likeness"),
    [
        ("coral", "coral", 1.0),
        # All 5 letters of the shorter begin the longer, which has 9.
        ("hydro", "hydrology", 0.5 + 0.5 * 5 / 9),
        # The beginnings differ; 4 of 5 and of 7 trigrams are common to `^activ$` and `^inactiv$`.
        ("activ", "inactiv", 2 * 4 / (5 + 7)),
        # `^night$` and `^nacht$` share one trigram of five each; one common letter is no beginning.
        ("night", "nacht", 2 * 1 / (5 + 5)),
        ("cor", "coral", 0.0),  # fewer than four letters
        ("p53a", "p53b", 0.0),  # digits
        ("hyperton", "hypoton", 0.0),  # opposites
        ("abcd", "wxyz", 0.0),
    ],
)
def test_likeness(a: str, b: str, likeness: float) -> None:
    assert alike(a, b) == pytest.approx(likeness)


@given(words, words)
def test_likeness_is_symmetric_and_one_only_for_equals(a: str, b: str) -> None:
    assert alike(a, b) == alike(b, a)
    assert 0 <= alike(a, b) <= 1
    assert (alike(a, b) == 1) == (a == b)
