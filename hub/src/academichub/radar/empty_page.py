"""Why a page of Today is empty, from ledger and calendar: a code and messages."""

from __future__ import annotations

from typing import NamedTuple

from academichub.facts.arxiv_calendar import day_kind, explain_empty
from academichub.hub import Hub
from academichub.library.ledger import Ledger
from academichub.messages import Message
from academichub.radar.window import Window


class EmptyPage(NamedTuple):
    """Why nothing is shown.

    Attributes:
        code: `not_gathered`, `weekend`, `holiday`, `nothing_announced`, `source_failed`, `stale` or
            `unfinished` (those of the ledger), `no_match`, `not_on_shelf`, `all_hidden` or
            `all_shown`.
        messages: One or more reasons.
    """

    code: str
    messages: tuple[Message, ...]


def why_empty(hub: Hub, window: Window, matching: int) -> EmptyPage:
    """Return why a page is empty.

    Args:
        hub: The hub.
        window: The days and filters of the page.
        matching: Works that match, hidden ones among them.
    """
    if matching:
        return empty_page("all_hidden")
    if window.is_filtered and hub.reading.select_ids(window.unfiltered.where(), limit=1):
        return empty_page("no_match")
    if hub.on_shelf:
        kind = day_kind(window.last)
        if kind == "ordinary":
            return empty_page("not_on_shelf")
        return EmptyPage(kind, (explain_empty(window.last),))
    reasons = Ledger(hub.database).why_empty(window.last, hub.settings.sources.enabled)
    if not reasons:
        return empty_page("no_match" if window.is_filtered else "nothing_announced")
    return EmptyPage(reasons[0].code, tuple(dict.fromkeys(reason.message for reason in reasons)))


def empty_page(code: str) -> EmptyPage:
    """Return a reason of this module: its code is also the message's, after `empty.`."""
    return EmptyPage(code, (Message.of(f"empty.{code}"),))
