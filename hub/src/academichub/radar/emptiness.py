"""Why a page of Today shows nothing: a code for programs and messages for readers, from ledger and calendar."""

from __future__ import annotations

from typing import NamedTuple

from academichub.facts.arxiv_calendar import day_kind, explain_empty
from academichub.hub import Hub
from academichub.library.ledger import Ledger
from academichub.messages import Message
from academichub.radar.window import Window


class Emptiness(NamedTuple):
    """Why nothing is shown.

    Attributes:
        code: `not_gathered`, `weekend`, `holiday`, `nothing_announced`, `source_failed`, `stale`, `unfinished` (those
            of the ledger), `no_match`, `not_on_shelf`, `all_hidden` or `all_shown`.
        messages: One or more reasons.
    """

    code: str
    messages: tuple[Message, ...]


def why_empty(hub: Hub, window: Window, matching: int) -> Emptiness:
    """Return why a page is empty.

    Args:
        hub: The hub.
        window: The days and filters of the page.
        matching: Works that match, hidden ones among them.
    """
    if matching:
        return emptiness("all_hidden")
    if window.is_filtered and hub.reading.select_ids(window.unfiltered.where(), limit=1):
        return emptiness("no_match")
    if hub.on_shelf:
        kind = day_kind(window.last)
        if kind == "ordinary":
            return emptiness("not_on_shelf")
        return Emptiness(kind, (explain_empty(window.last),))
    reasons = Ledger(hub.database).why_empty(window.last)
    if not reasons:
        return emptiness("no_match" if window.is_filtered else "nothing_announced")
    return Emptiness(reasons[0].code, tuple(dict.fromkeys(reason.message for reason in reasons)))


def emptiness(code: str) -> Emptiness:
    """Return a reason of this module: its code is also the message's, after `empty.`."""
    return Emptiness(code, (Message.of(f"empty.{code}"),))
