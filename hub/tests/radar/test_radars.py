"""Several radars and accounts: found by name, never mixed, each with its own undo and learning."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academichub import preferences
from academichub.briefs.brief_store import list_briefs, write_brief
from academichub.errors import InputError, NotFoundError, UsageError
from academichub.hub import Hub
from academichub.radar import radar as radar_module
from academichub.radar.radar import Radar
from academichub.radar.radars import MAX_RADARS, Radars, checked_name
from academichub.radar.today import TodayRequest, today
from academichub.web.accounts import Accounts

from .conftest import two_worlds

PASSWORD = "correct horse battery"
KEYS = [f"arxiv:2603.0000{number}" for number in range(1, 6)]


def values(radar: Radar) -> list[tuple[str, str]]:
    return [(signal.kind, signal.value) for signal in radar.signals()]


def test_the_first_radar_answers_without_a_name_whatever_it_is_called(hub: Hub) -> None:
    radars = Radars(hub.database)
    assert radars.names() == ["main"]
    Radar(hub.database).add("query", "fog")
    assert radars.create("Kelp and ice") == "Kelp and ice"
    assert radars.names() == ["main", "Kelp and ice"]
    assert radars.rename("MAIN", "weather") == "weather"
    assert Radar(hub.database).name == Radar(hub.database, "Weather").name == "weather"
    assert values(Radar(hub.database)) == [("query", "fog")]
    radars.delete("weather")
    assert Radar(hub.database).name == "Kelp and ice"
    with pytest.raises(UsageError, match="is the only radar"):
        radars.delete("kelp and ice")


def test_a_radar_created_first_comes_after_main(hub: Hub) -> None:
    Radars(hub.database).create("fog")
    assert Radars(hub.database).names() == ["main", "fog"]
    assert Radars(hub.database).rename("fog", "Fog") == "Fog"


@pytest.mark.parametrize(
    "use",
    [
        lambda radar: radar.signals(),
        lambda radar: radar.add("query", "x"),
        lambda radar: radar.undo(),
        lambda radar: radar.export(),
        lambda radar: radar.number(),
        lambda radar: radar.name,
    ],
)
def test_an_unknown_radar_is_an_error_that_names_the_nearest(hub: Hub, use: object) -> None:
    for name in ("spiking networks", "fungi"):
        Radars(hub.database).create(name)
    assert callable(use)
    with pytest.raises(NotFoundError) as caught:
        use(Radar(hub.database, "spikin"))
    words = "there is no radar 'spikin'; did you mean 'spiking networks'?"
    assert str(caught.value).startswith(words)
    assert str(caught.value).endswith("Your radars: main, spiking networks, fungi")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "give 1 to 60"),
        ("x" * 61, "give 1 to 60"),
        ("a/b", "cannot name a radar"),
        ("../x", "cannot name a radar"),
        ("-x", "begin with a letter or digit"),
        ("a\x00", "cannot name a radar"),
        ("All", "addresses use this word"),
        ("radar", "addresses use this word"),
        ("Main", "there is a radar 'Main' already"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(hub: Hub, name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Radars(hub.database).create(name)
    assert Radars(hub.database).names() == ["main"]


@pytest.mark.parametrize("name", ["R&D", "脉冲神经网络", "q-bio.NC, 2026", "Émile"])
def test_a_name_is_found_as_it_was_written(hub: Hub, name: str) -> None:
    assert checked_name(f"  {name}  ") == name
    Radars(hub.database).create(name)
    Radar(hub.database, name.upper()).add("query", "fog")
    assert values(Radar(hub.database, name)) == [("query", "fog")]


def test_there_is_a_most_of_radars(hub: Hub) -> None:
    for number in range(MAX_RADARS - 1):
        Radars(hub.database).create(f"r{number}")
    with pytest.raises(UsageError, match=f"there are {MAX_RADARS} radars"):
        Radars(hub.database).create("one more")


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from(["like", "dislike", "undo"]), st.sampled_from(KEYS)
    ),
    max_size=14,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_what_is_done_to_one_radar_changes_no_other(
    hub: Hub, steps: list[tuple[int, str, str]]
) -> None:
    """Four radars, two in each of two accounts, against four lists of signals kept by hand."""
    pairs = [(account, name) for account in ("amy", "zoe") for name in ("main", "fog")]
    for account in ("amy", "zoe"):
        if "fog" in Radars(hub.database, account).names():
            Radars(hub.database, account).delete("fog")
        Radars(hub.database, account).create("fog")
        while Radar(hub.database, "main", account).undo():
            pass
    expected: list[set[tuple[str, str]]] = [set() for _ in pairs]
    history: list[list[set[tuple[str, str]]]] = [[] for _ in pairs]
    for number, kind, key in steps:
        account, name = pairs[number]
        radar = Radar(hub.database, name, account)
        if kind == "undo":
            radar.undo()
            if history[number]:
                expected[number] = history[number].pop()
        else:
            radar.add(kind, key)
            other = "dislike" if kind == "like" else "like"
            after = (expected[number] - {(other, key)}) | {(kind, key)}
            if after != expected[number]:
                history[number].append(expected[number])
                expected[number] = after
    for (account, name), signals in zip(pairs, expected, strict=True):
        assert set(values(Radar(hub.database, name, account))) == signals


def test_each_radar_has_its_own_order_and_briefs(hub: Hub) -> None:
    hub.library.add(two_worlds(20))
    Radars(hub.database).create("baking")
    sailing, baking = Radar(hub.database), Radar(hub.database, "baking")
    sailing.add("query", "yacht rudder")
    baking.add("query", "dough oven")
    request = TodayRequest(size=3)
    for radar, world in ((sailing, "Sailing"), (baking, "Baking")):
        assert today(hub, request, radar).cards[0].title.startswith(world)
    brief = write_brief(hub, radar=baking, limit=4)
    assert [stored.id for stored in list_briefs(hub, radars=[baking])] == [brief.id]
    assert list_briefs(hub, radars=[sailing]) == []
    assert write_brief(hub, radar=baking, limit=4).id == brief.id
    assert len(list_briefs(hub, radars=[baking, sailing])) == 1


def test_one_radar_is_exported_and_read_into_another(hub: Hub) -> None:
    Radars(hub.database).create("copy")
    radar, copy = Radar(hub.database), Radar(hub.database, "copy")
    radar.add("mute_word", "benchmark", 2.0)
    radar.add("mute_source", "Invented Gazette")
    radar.add("pin_word", "spiking")
    radar.add("like", KEYS[0])
    copy.import_(radar.export().json_object())
    assert copy.export() == radar.export()
    copy.undo()
    assert copy.signals() == []
    with pytest.raises(InputError):
        copy.import_({"format": "other"})


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ("mute_word", "pin_word", "benchmark"),
        ("author", "mute_author", "Ada Lovelace"),
        ("category", "mute_category", "cs.LG"),
    ],
)
def test_what_contradicts_a_signal_takes_its_place(
    hub: Hub, first: str, second: str, value: str
) -> None:
    radar = Radar(hub.database)
    for kind, other in ((first, second), (second, first)):
        radar.add(other, value)
        radar.add(kind, value)
        assert values(radar) == [(kind, value)]


def test_learned_signals_are_no_change_and_can_be_cleared(hub: Hub) -> None:
    radar = Radar(hub.database)
    radar.add("like", KEYS[0])
    radar.learn("saved", KEYS[1])
    radar.learn("opened", KEYS[2])
    radar.learn("opened", KEYS[2])
    assert values(radar) == [("like", KEYS[0]), ("saved", KEYS[1]), ("opened", KEYS[2])]
    assert radar.last_change() == f"add like {KEYS[0]}"
    radar.forget("saved", KEYS[1])
    radar.forget("saved", KEYS[1])
    assert len(radar.clear_learned().removed) == 1
    assert values(radar) == [("like", KEYS[0])]
    radar.learn("opened", KEYS[2])
    radar.undo()
    assert values(radar) == [("like", KEYS[0]), ("opened", KEYS[2])]


def test_the_oldest_learned_signals_give_way(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(radar_module, "MAX_SIGNALS", {**radar_module.MAX_SIGNALS, "opened": 2})
    radar = Radar(hub.database)
    for key in KEYS[:4]:
        radar.learn("opened", key)
    assert values(radar) == [("opened", KEYS[2]), ("opened", KEYS[3])]


def test_learning_can_be_switched_off_for_one_account(hub: Hub) -> None:
    amy, zoe = (Radar(hub.database, account=name) for name in ("amy", "zoe"))
    for radar in (amy, zoe):
        radar.learn("opened", KEYS[0])
    fingerprint = amy.fingerprint()
    preferences.choose_learning(hub, False, "amy")
    assert not preferences.learns_from_behaviour(hub, "amy")
    amy.learn("opened", KEYS[1])
    assert amy.signals() == []
    assert [signal.value for signal in amy.signals("opened")] == [KEYS[0]]
    zoe.learn("opened", KEYS[1])
    assert len(zoe.signals()) == 2
    preferences.choose_learning(hub, True, "amy")
    assert amy.fingerprint() == fingerprint


def test_the_first_account_takes_over_and_the_last_gives_back(hub: Hub) -> None:
    Radar(hub.database).add("query", "fog")
    Radars(hub.database).create("kelp")
    hub.preferences_of(None).set("saved_works", KEYS)
    accounts = Accounts(hub.database)
    accounts.add("zoe", PASSWORD)
    accounts.add("amy", PASSWORD)
    assert Radars(hub.database, "zoe").names() == Radars(hub.database).names() == ["main", "kelp"]
    assert hub.preferences_of("zoe").get("saved_works") == KEYS
    assert Radar(hub.database, account="amy").signals() == []
    Radar(hub.database, account="amy").add("query", "ice")
    assert accounts.remove("amy") is False
    assert Radar(hub.database, account="amy").signals() == []
    assert accounts.remove("zoe") is True
    assert Radars(hub.database).names() == ["main", "kelp"]
    assert values(Radar(hub.database)) == [("query", "fog")]
    assert hub.preferences_of(None).get("saved_works") == KEYS


def test_the_language_is_each_accounts_own(hub: Hub) -> None:
    preferences.choose_language(hub, "zh-CN")
    for name in ("zoe", "amy"):
        Accounts(hub.database).add(name, PASSWORD)
    preferences.choose_language(hub, "en", "amy")
    assert preferences.language(hub, "amy") == "en"
    assert preferences.language(hub, "zoe") == preferences.language(hub) == "zh-CN"
    preferences.choose_language(hub, "", "zoe")
    assert preferences.language(hub) == ""
