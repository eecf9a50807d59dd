"""Works that a reader named as examples, as pages speak of them."""

from __future__ import annotations

from dataclasses import dataclass

from academichub.gathering.examples import ExamplesAdded, unresolved_of
from academichub.radar.radar import Radar
from academichub.web.rendering import Visit


@dataclass(frozen=True, slots=True)
class UnresolvedView:
    """A work that was named and is no example: its text, the reason, whether it is tried again."""

    text: str
    reason: str
    waits: bool


def unresolved_views(visit: Visit, radar: Radar) -> tuple[UnresolvedView, ...]:
    """Return the works that were named for a radar and are no examples, as pages list them."""
    return tuple(
        UnresolvedView(entry.text, visit.text(entry.reason), entry.waits)
        for entry in unresolved_of(visit.hub, radar)
    )


def examples_message(visit: Visit, added: ExamplesAdded) -> str:
    """Return in a sentence or two what naming works came to."""
    parts = [
        visit.ngettext("%(num)s work is an example.", "%(num)s works are examples.", added.examples)
    ]
    waiting = sum(entry.waits for entry in added.unresolved)
    refused = [entry for entry in added.unresolved if not entry.waits]
    if waiting:
        parts.append(
            visit.ngettext(
                "%(num)s is not yet resolved; the next gather tries again.",
                "%(num)s are not yet resolved; the next gather tries again.",
                waiting,
            )
        )
    if len(refused) == 1:
        parts.append(visit.text(refused[0].message))
    elif refused:
        parts.append(
            visit.ngettext(
                "%(num)s cannot be resolved; the list says why.",
                "%(num)s cannot be resolved; the list says why.",
                len(refused),
            )
        )
    return ("" if visit.lang == "zh-CN" else " ").join(parts)
