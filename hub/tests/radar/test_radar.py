"""The stored radar: limits, contradictions, undo, export and import."""

import pytest
from command_calls import call
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academichub.errors import InputError, NotFoundError, UsageError
from academichub.hub import Hub
from academichub.i18n.message_text import message_text
from academichub.radar import radar as stored
from academichub.radar import signals
from academichub.radar.radar import Radar
from academichub.store.radars_store import add_radar
from academichub.store.signals_store import add_change_row


def told(radar: Radar) -> set[tuple[str, str, float]]:
    return {(one.kind, one.value, one.weight) for one in radar.signals()}


@pytest.mark.parametrize(
    ("kind", "given_value", "kept"),
    [
        ("query", '  "world   models" ', '"world models"'),
        ("author", "Lovelace, Ada", "Ada Lovelace"),
        ("author", "张伟", "张伟"),
        ("category", "cond-mat.mtrl-sci", "cond-mat.mtrl-sci"),
        ("category", "math", "math"),
        ("venue", "Journal of  Invented Results", "Journal of Invented Results"),
        ("like", "https://arxiv.org/abs/2603.00001v2", "arxiv:2603.00001"),
        ("example", "https://doi.org/10.1234/ABC", "doi:10.1234/abc"),
        ("hide", "local:abc", "local:abc"),
    ],
)
def test_normal_forms(kind: signals.Kind, given_value: str, kept: str) -> None:
    assert signals.checked_value(kind, given_value) == kept


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("query", "", "give 1 to 500 printable characters"),
        ("query", "x" * 501, "give 1 to 500 printable characters"),
        ("query", "()", "asks for nothing"),
        ("query", "year:soon", "is not a year"),
        ("author", "...", "has no letter"),
        ("author", "a\x00b", "printable"),
        ("category", "machine learning", "not an arXiv category"),
        ("like", "something", "not a key or identifier"),
        ("hide", "x" * 2001, "give 1 to 2000"),
        ("wish", "x", "is not a kind of signal"),
    ],
)
def test_what_cannot_be_said(hub: Hub, kind: str, value: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Radar(hub.database).add(kind, value)
    assert Radar(hub.database).signals() == []


@pytest.mark.parametrize("weight", [0, -1, 5.1, float("nan")])
def test_weights_have_a_range(hub: Hub, weight: float) -> None:
    with pytest.raises(UsageError, match="out of range"):
        Radar(hub.database).add("query", "x", weight)


def test_a_kind_has_a_limit_and_nothing_is_kept_of_a_change_over_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MAX_SIGNALS", {**signals.MAX_SIGNALS, "example": 2})
    radar = Radar(hub.database)
    radar.add_all("example", ["arxiv:2603.00001", "arxiv:2603.00002"])
    with pytest.raises(UsageError, match="at most 2 of kind example"):
        radar.add_all("example", ["arxiv:2603.00003", "arxiv:2603.00004"])
    assert len(radar.signals()) == 2
    assert radar.undo() is not None
    assert radar.undo() is None


def test_contradictions_are_taken_back_and_come_back_with_undo(hub: Hub) -> None:
    radar = Radar(hub.database)
    radar.add("dislike", "arxiv:2603.00001")
    radar.add("hide", "arxiv:2603.00001")
    radar.add("like", "arxiv:2603.00001")
    assert told(radar) == {("like", "arxiv:2603.00001", 1.0)}
    assert radar.last_change() == "add like arxiv:2603.00001"
    radar.undo()
    assert told(radar) == {("dislike", "arxiv:2603.00001", 1.0), ("hide", "arxiv:2603.00001", 1.0)}


def test_saying_the_same_again_changes_nothing_and_a_new_weight_does(hub: Hub) -> None:
    radar = Radar(hub.database)
    radar.add("author", "Ada Lovelace")
    before = radar.fingerprint()
    assert radar.add("author", "Lovelace, Ada").added == ()
    assert radar.fingerprint() == before
    radar.add("author", "Ada Lovelace", 2.0)
    assert told(radar) == {("author", "Ada Lovelace", 2.0)}
    assert radar.fingerprint() != before
    radar.undo()
    assert radar.fingerprint() == before
    with pytest.raises(NotFoundError, match="has no author 'Grace Hopper'"):
        radar.remove("author", "Grace Hopper")


def test_a_change_is_a_message_in_both_languages(hub: Hub) -> None:
    radar = Radar(hub.database)
    added = radar.add("author", "Ada Lovelace")
    assert message_text(added.message) == "add author Ada Lovelace"
    assert message_text(added.message, "zh") == "添加作者：Ada Lovelace"
    many = radar.add_all("example", ["arxiv:2603.00001", "arxiv:2603.00002"]).message
    assert message_text(many) == "add 2 of kind example"
    assert message_text(many, "zh") == "添加 2 个信号（示例）"
    undone = radar.undo()
    assert undone is not None
    assert message_text(undone.message) == "undo: add 2 of kind example"
    assert message_text(undone.message, "zh") == "撤销：添加 2 个信号（示例）"


def test_a_change_stored_in_words_by_an_older_version_is_shown_as_stored(hub: Hub) -> None:
    radar = Radar(hub.database)
    signal = ["query", "ferries", 1.0, "2026-03-11T06:30:00+00:00"]
    older = {"words": "remove query ferries", "restore": [signal], "drop": []}
    with hub.database.write() as connection:
        number = add_radar(connection, "", "main", "2026-03-11T06:30:00+00:00")
        add_change_row(connection, number, "2026-03-11T06:30:00+00:00", older, 9)
    assert radar.last_change() == "remove query ferries"
    undone = radar.undo()
    assert undone is not None
    assert message_text(undone.message) == "undo: remove query ferries"
    assert told(radar) == {("query", "ferries", 1.0)}


def test_commands_name_a_change_in_the_language_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert call("radar", "add", "query", "ferries").out.splitlines()[0] == "add query ferries"
    monkeypatch.setenv("ACADEMICHUB_LANGUAGE", "zh-CN")
    assert call("radar", "undo").out.splitlines()[0] == "撤销：添加检索式：ferries"
    assert call("radar", "undo").out.splitlines()[0] == "没有可以撤销的更改"


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(signals.KINDS),
        st.integers(1, 3),
        st.sampled_from([1.0, 2.0]),
        st.booleans(),
    ),
    max_size=10,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(CHANGES)
def test_undoing_everything_leads_back_step_by_step(
    hub: Hub, changes: list[tuple[str, int, float, bool]]
) -> None:
    radar = Radar(hub.database)
    start, states = told(radar), []
    for kind, number, weight, remove in changes:
        value = (
            f"arxiv:2603.0000{number}"
            if kind in signals.WORK_KINDS
            else "math"
            if kind in ("category", "mute_category")
            else f"name {number}"
        )
        before = told(radar)
        if remove and (kind, value) in {(one.kind, one.value) for one in radar.signals()}:
            radar.remove(kind, value)
        else:
            radar.add(kind, value, weight)
        if told(radar) != before:
            states.append(before)
    while states:
        radar.undo()
        assert told(radar) == states.pop()
    assert told(radar) == start


def test_only_the_latest_changes_can_be_undone(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MAX_CHANGES", 2)
    radar = Radar(hub.database)
    for name in ("a", "b", "c"):
        radar.add("query", name)
    assert [radar.undo() is not None for _ in range(3)] == [True, True, False]
    assert told(radar) == {("query", "a", 1.0)}


def test_export_and_import_round_trip(hub: Hub) -> None:
    radar = Radar(hub.database)
    radar.add("query", "世界模型 OR planning", 2.5)
    radar.add("like", "arxiv:2603.00001")
    document = radar.export().json_object()
    assert document == {
        "format": "academichub-radar",
        "version": 1,
        "signals": {
            "query": [{"value": "世界模型 OR planning", "weight": 2.5}],
            "like": ["arxiv:2603.00001"],
        },
    }
    before = told(radar)
    radar.add("venue", "Elsewhere")
    radar.import_(document, replace_all=True)
    assert told(radar) == before
    radar.undo()
    assert told(radar) == before | {("venue", "Elsewhere", 1.0)}
    radar.import_({**document, "signals": {"category": ["cs.LG"]}})
    assert told(radar) == before | {("venue", "Elsewhere", 1.0), ("category", "cs.LG", 1.0)}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "not a radar"),
        ({"format": "academichub-radar", "version": 2, "signals": {}}, "not a radar"),
        ({"format": "academichub-radar", "version": 1, "signals": []}, "must be an object"),
        (
            {"format": "academichub-radar", "version": 1, "signals": {"like": "x"}},
            "signals.like must be a list",
        ),
        (
            {
                "format": "academichub-radar",
                "version": 1,
                "signals": {"like": ["arxiv:2603.00001", 7]},
            },
            r"signals.like\[1\]",
        ),
        (
            {"format": "academichub-radar", "version": 1, "signals": {"wish": ["x"]}},
            r"signals.wish\[0\]: 'wish' is not a kind",
        ),
        (
            {
                "format": "academichub-radar",
                "version": 1,
                "signals": {"query": [{"value": "x", "weight": True}]},
            },
            r"signals.query\[0\]",
        ),
    ],
)
def test_a_wrong_document_changes_nothing(hub: Hub, document: object, words: str) -> None:
    radar = Radar(hub.database)
    with pytest.raises(InputError, match=words):
        radar.import_(document)
    assert radar.signals() == []
