"""Entries as received: stored whole up to a limit, and saying so above it."""

from __future__ import annotations

import pytest

from academichub.sources.feeds.entries import MAX_RAW_CHARS, cut


@pytest.mark.parametrize("length", [0, 1, MAX_RAW_CHARS - 1, MAX_RAW_CHARS])
def test_an_entry_within_the_limit_is_stored_as_it_is(length: int) -> None:
    assert cut("x" * length) == "x" * length


@pytest.mark.parametrize("excess", [1, 20, 10_000_000])
def test_a_longer_entry_fills_the_limit_exactly_and_says_how_long_it_was(excess: int) -> None:
    raw = "ab" * ((MAX_RAW_CHARS + excess) // 2 + 1)
    shortened = cut(raw)
    note = f" (cut from {len(raw)} characters)"
    assert len(shortened) == MAX_RAW_CHARS
    assert shortened == raw[: MAX_RAW_CHARS - len(note)] + note
    assert cut(shortened) == shortened
