"""Messages as data: what is stored comes back equal, whatever it holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.messages import (
    Message,
    Param,
    message_from_json,
    messages_from_json,
    messages_json,
    plain,
)

CODES = st.from_regex(r"[a-z]+\.[a-z_]+", fullmatch=True)
NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
ATOMS: st.SearchStrategy[Param] = st.text() | st.integers() | st.floats(allow_nan=False)


def message_with(params: st.SearchStrategy[Param]) -> st.SearchStrategy[Message]:
    return st.builds(
        lambda code, values: Message.of(code, **values), CODES, st.dictionaries(NAMES, params)
    )


MESSAGES = message_with(
    st.recursive(
        ATOMS, lambda inner: st.lists(inner, max_size=3) | message_with(inner), max_leaves=8
    )
)


@given(st.lists(MESSAGES, max_size=4))
def test_messages_come_back_equal_from_json(messages: list[Message]) -> None:
    stored = json.loads(json.dumps(messages_json(messages)))
    assert messages_from_json(stored) == tuple(messages)
    assert [hash(message) for message in messages_from_json(stored)] == list(map(hash, messages))


def test_parameters_make_the_difference() -> None:
    assert Message.of("a.b", day="1") != Message.of("a.b", day="2")
    assert Message.of("a.b", names=["x", "y"]) == Message.of("a.b", names=("x", "y"))
    assert Message.of("a.b", code="x").params == {"code": "x"}


@pytest.mark.parametrize(
    "document",
    [None, "a text", {"code": "a"}, {"code": 1, "params": {}}, {"code": "a", "params": []}],
)
def test_what_is_not_a_message_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="is not a message"):
        message_from_json(document)


def test_stored_junk_is_shown_and_never_stops_a_page() -> None:
    assert messages_from_json(None) == ()
    assert messages_from_json(["old text", {"code": "a.b", "params": {"x": None}}])[0] == plain(
        "old text"
    )
    assert len(messages_from_json([{"code": "a.b", "params": {"x": None}}])) == 1
