"""Profiles: which works speak for what, each once, and what queries look for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.radar.profile import (
    LIKED_WEIGHTS,
    PIN_WEIGHT,
    QUERY_AS_TEXT,
    Profile,
    make_profile,
    named_works,
)
from academichub.radar.query_conditions import WorkTokens
from academichub.radar.signals import KINDS, WORK_KINDS, Kind, Signal

from .conftest import make_work

WORKS = {work.key: work for work in (make_work(number, f"Work {number}") for number in range(1, 7))}
KEYS = list(WORKS)


def test_no_signals_are_an_empty_profile() -> None:
    profile = make_profile([], WORKS)
    assert (profile.liked, profile.disliked, profile.queries, profile.topics) == ((), (), (), ())
    assert profile.num_statements == Profile().num_statements == 0


def test_kinds_speak_for_a_work_by_their_weight() -> None:
    signals = [
        Signal("example", KEYS[0]),
        Signal("like", KEYS[1], 3.0),
        Signal("saved", KEYS[2]),
        Signal("opened", KEYS[3], 2.0),
    ]
    assert make_profile(signals, WORKS).liked == (
        (WORKS[KEYS[0]], "example", 1.0),
        (WORKS[KEYS[1]], "like", 3.0),
        (WORKS[KEYS[2]], "saved", 0.5),
        (WORKS[KEYS[3]], "opened", 0.5),
    )


def test_a_work_counts_once_by_its_strongest_signal() -> None:
    signals = [Signal("opened", KEYS[0]), Signal("like", KEYS[0]), Signal("saved", KEYS[0])]
    assert make_profile(signals, WORKS).liked == ((WORKS[KEYS[0]], "like", 1.0),)


def test_two_names_of_a_work_are_one_work() -> None:
    doi = make_work(1, "Work 1", key="doi:10.5555/x")
    works = {"arxiv:2603.00001": doi, "doi:10.5555/x": doi}
    signals = [Signal("example", "arxiv:2603.00001"), Signal("like", "doi:10.5555/x", 2.0)]
    assert make_profile(signals, works).liked == ((doi, "like", 2.0),)


def test_a_disliked_work_speaks_for_nothing() -> None:
    signals = [Signal("saved", KEYS[0]), Signal("dislike", KEYS[0]), Signal("like", KEYS[1])]
    profile = make_profile(signals, WORKS)
    assert profile.liked == ((WORKS[KEYS[1]], "like", 1.0),)
    assert profile.disliked == (WORKS[KEYS[0]],)
    assert profile.rules.disliked == {KEYS[0]}


def test_what_the_library_lacks_is_skipped_and_hidden_all_the_same() -> None:
    unknown = "arxiv:2001.00001"
    signals = [Signal("like", unknown), Signal("dislike", unknown), Signal("hide", unknown)]
    profile = make_profile(signals, WORKS)
    assert (profile.liked, profile.disliked) == ((), ())
    assert profile.hidden == {unknown}


def test_a_hidden_work_is_hidden_under_its_present_key_too() -> None:
    renamed = make_work(1, "Work 1", key="doi:10.5555/x")
    profile = make_profile([Signal("hide", KEYS[0])], {KEYS[0]: renamed})
    assert profile.hidden == {KEYS[0], "doi:10.5555/x"}


def test_queries_and_pinned_words_by_weight() -> None:
    signals = [
        Signal("pin_word", "reef", 3.0),
        Signal("query", "world model"),
        Signal("query", "tide OR au:hopper", 2.0),
    ]
    profile = make_profile(signals, WORKS)
    assert [(query.text, weight) for query, weight in profile.queries] == [
        ("world model", 1.0),
        ("tide OR au:hopper", 2.0),
        ("reef", 3.0 * PIN_WEIGHT),
    ]
    # Names and pinned words are no text to compare works with.
    assert profile.topics == (("world model", QUERY_AS_TEXT), ("tide", 2.0 * QUERY_AS_TEXT))


@pytest.mark.parametrize(
    ("query", "topic"),
    [
        ("世界模型", "世界模型 world model"),
        ("神經網路 brain", "神經網路 brain neural network"),
        ("脑 OR 大脑", "脑 大脑 brain brain"),
        ("龘", "龘"),
        ("brain", "brain"),
    ],
)
def test_the_topic_of_a_chinese_query_is_in_english_too(query: str, topic: str) -> None:
    assert make_profile([Signal("query", query)], WORKS).topics == ((topic, QUERY_AS_TEXT),)


def test_a_query_of_conditions_alone_is_no_topic() -> None:
    profile = make_profile([Signal("query", "au:hopper cat:cs.LG")], WORKS)
    assert len(profile.queries) == 1 and profile.topics == ()


def test_rules_and_mutes_are_those_of_the_signals() -> None:
    signals = [
        Signal("author", "Grace Hopper", 2.0),
        Signal("category", "math.OC"),
        Signal("venue", "Tides Letters", 3.0),
        Signal("mute_word", "buoy"),
    ]
    profile = make_profile(signals, WORKS)
    assert profile.rules.authors == {"Grace Hopper": 2.0}
    assert profile.rules.followed.found_in(["Hopper, Grace"])
    assert profile.rules.categories == {"math.OC": 1.0}
    assert profile.rules.venues == {"Tides Letters": 3.0}
    assert profile.muted.mutes(WorkTokens(make_work(1, "Moored buoys")))
    assert not profile.muted.mutes(WorkTokens(make_work(1, "Moored ships")))


def test_a_query_states_as_much_as_two_works() -> None:
    signals = [
        Signal("like", KEYS[0], 2.0),
        Signal("saved", KEYS[1]),
        Signal("query", "tide", 5.0),
        Signal("pin_word", "reef"),
    ]
    assert make_profile(signals, WORKS).num_statements == 2.0 + 0.5 + 2 + 2


SIGNALS = st.lists(
    st.builds(
        Signal,
        st.sampled_from(sorted(WORK_KINDS)),
        st.sampled_from([*KEYS, "arxiv:2001.00001"]),
        st.floats(0.1, 5),
    ),
    max_size=12,
    unique_by=lambda signal: (signal.kind, signal.value),
)


@given(SIGNALS)
def test_each_liked_work_has_the_largest_weight_of_its_signals(signals: list[Signal]) -> None:
    profile = make_profile(signals, WORKS)
    disliked = {signal.value for signal in signals if signal.kind == "dislike"}
    expected: dict[str, float] = {}
    for signal in signals:
        if signal.kind in LIKED_WEIGHTS and signal.value in WORKS.keys() - disliked:
            weight = signal.weight * LIKED_WEIGHTS[signal.kind]
            expected[signal.value] = max(weight, expected.get(signal.value, 0.0))
    assert {work.key: weight for work, _, weight in profile.liked} == expected
    assert {work.key for work in profile.disliked} == disliked & WORKS.keys()


@given(st.lists(st.builds(Signal, st.sampled_from(KINDS), st.sampled_from(KEYS)), max_size=12))
def test_the_named_works_are_those_of_kinds_that_name_works(signals: list[Signal]) -> None:
    names: tuple[Kind, ...] = ("example", "like", "dislike", "hide", "saved", "opened")
    assert named_works(signals) == [signal.value for signal in signals if signal.kind in names]
