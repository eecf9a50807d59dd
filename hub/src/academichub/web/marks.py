"""The reader's marks on works: like, dislike and hide (radar signals) and save (a reading list)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from academichub.errors import UsageError
from academichub.hub import Hub
from academichub.messages import Message
from academichub.radar.radar import Radar
from academichub.radar.radars import Radars
from academichub.radar.signals import known_kind

MARKS = ("like", "dislike", "save", "hide")
SAVED = "saved_works"
"""Preference of an account that holds the keys of saved works, oldest first."""
MAX_SAVED = 2000


def saved(hub: Hub, account: str | None = None) -> list[str]:
    """Return the keys of works an account saved (Hub.account_of), latest first."""
    return [str(key) for key in reversed(hub.preferences_of(account).get(SAVED) or [])]


def marks_of(
    hub: Hub, keys: Iterable[str], radars: Sequence[Radar] = ()
) -> dict[str, frozenset[str]]:
    """Return the marks of works by key; works without any are left out.

    Args:
        hub: The open hub.
        keys: Keys of the works.
        radars: Radars of one account that are looked into; the first radar where there are none.
    """
    key_set = set(keys)
    marks_by_key: dict[str, set[str]] = {}
    radars = radars or [Radar(hub.database)]
    for radar in radars:
        for signal in radar.signals("like", "dislike", "hide"):
            if signal.value in key_set:
                marks_by_key.setdefault(signal.value, set()).add(signal.kind)
    for key in saved(hub, radars[0].account):
        if key in key_set:
            marks_by_key.setdefault(key, set()).add("save")
    return {key: frozenset(kinds) for key, kinds in marks_by_key.items()}


def toggle(hub: Hub, kind: str, key: str, radars: Sequence[Radar] = ()) -> bool:
    """Set a mark on a work, or take it away where it is set; return whether it is set now.

    Of several radars it is set in the first, but a work is hidden in all of them; it is taken away
    from every one that has it.

    Raises:
        UsageError: If there is no such mark, or the reading list or radar is full.
    """
    if kind not in MARKS:
        raise UsageError(Message.of("mark.unknown", mark=kind[:20], marks=MARKS))
    radars = radars or [Radar(hub.database)]
    if kind == "save":
        return _toggle_saved(hub, key, radars[0])
    marked = _radars_with_mark(kind, key, radars)
    for radar in marked:
        radar.remove(kind, key)
    if not marked:
        for radar in radars_changed(kind, key, radars):
            radar.add(kind, key)
    return not marked


def radars_changed(kind: str, key: str, radars: Sequence[Radar]) -> Sequence[Radar]:
    """Return those of some radars in which `toggle` will set or take away a mark of a work."""
    if kind == "save":
        return radars[:1]
    return _radars_with_mark(kind, key, radars) or (radars if kind == "hide" else radars[:1])


def _radars_with_mark(kind: str, key: str, radars: Sequence[Radar]) -> list[Radar]:
    signal_kind = known_kind(kind)
    return [
        radar
        for radar in radars
        if any(signal.value == key for signal in radar.signals(signal_kind))
    ]


def _toggle_saved(hub: Hub, key: str, radar: Radar) -> bool:
    """Save a work for the radar's account, or take it off its reading list."""
    account = radar.account
    preferences = hub.preferences_of(account)
    saved_keys = preferences.get(SAVED) or []
    keys = [saved_key for saved_key in saved_keys if saved_key != key]
    was_saved = len(keys) < len(saved_keys)
    if was_saved:
        for name in Radars(hub.database, account).names():
            Radar(hub.database, name, account).forget("saved", key)
    else:
        if len(keys) >= MAX_SAVED:
            raise UsageError(Message.of("mark.list_full", limit=MAX_SAVED))
        keys.append(key)
        radar.learn("saved", key)
    preferences.set(SAVED, keys)
    return not was_saved
