"""The reader's marks on works: like, dislike and hide (radar signals) and save (a reading list)."""

from __future__ import annotations

from collections.abc import Iterable

from academichub.errors import UsageError
from academichub.hub import Hub
from academichub.messages import Message
from academichub.radar.radar import Radar

MARKS = ("like", "dislike", "save", "hide")
SAVED = "saved_works"
"""Preference that holds the keys of saved works, oldest first."""
MAX_SAVED = 2000


def saved(hub: Hub) -> list[str]:
    """Return the keys of saved works, latest first."""
    return [str(key) for key in reversed(hub.preferences.get(SAVED) or [])]


def marks_of(hub: Hub, keys: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the marks of works by key; works without any are left out."""
    key_set = set(keys)
    marks_by_key: dict[str, set[str]] = {}
    for signal in Radar(hub.database).signals("like", "dislike", "hide"):
        if signal.value in key_set:
            marks_by_key.setdefault(signal.value, set()).add(signal.kind)
    for key in saved(hub):
        if key in key_set:
            marks_by_key.setdefault(key, set()).add("save")
    return {key: frozenset(kinds) for key, kinds in marks_by_key.items()}


def toggle(hub: Hub, kind: str, key: str) -> bool:
    """Set a mark on a work, or take it away where it is set; return whether it is set now.

    Raises:
        UsageError: If there is no such mark, or the reading list or radar is full.
    """
    if kind not in MARKS:
        raise UsageError(Message.of("mark.unknown", mark=kind[:20], marks=MARKS))
    if kind == "save":
        return _toggle_saved(hub, key)
    radar = Radar(hub.database)
    if any(signal.value == key for signal in radar.signals(kind)):  # type: ignore[arg-type]
        radar.remove(kind, key)
        return False
    radar.add(kind, key)
    return True


def _toggle_saved(hub: Hub, key: str) -> bool:
    keys = [saved_key for saved_key in hub.preferences.get(SAVED) or [] if saved_key != key]
    was_saved = len(keys) < len(hub.preferences.get(SAVED) or [])
    if not was_saved:
        if len(keys) >= MAX_SAVED:
            raise UsageError(Message.of("mark.list_full", limit=MAX_SAVED))
        keys.append(key)
    hub.preferences.set(SAVED, keys)
    return not was_saved
