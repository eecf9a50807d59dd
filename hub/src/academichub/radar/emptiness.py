"""Why a page of Today shows nothing: a code for programs and a sentence for readers, from ledger and calendar."""

from __future__ import annotations

from typing import NamedTuple

from academichub.facts.arxiv_calendar import day_kind, explain_empty
from academichub.hub import Hub
from academichub.library.ledger import Ledger
from academichub.radar.window import Window


class Emptiness(NamedTuple):
    """Why nothing is shown.

    Attributes:
        code: `not_gathered`, `weekend`, `holiday`, `nothing_announced`, `source_failed`, `stale`, `unfinished` (the
            ledger's words), `no_match`, `not_on_shelf`, `all_hidden` or `all_shown`.
        text: One or more sentences in the reader's language.
    """

    code: str
    text: str


_WORDS = {
    "no_match": ("nothing in these days matches the filters", "这些日期内没有符合筛选条件的论文"),
    "all_hidden": (
        "everything in these days is hidden by your radar",
        "这些日期内的论文都已被您隐藏",
    ),
    "all_shown": ("everything in these days was already shown", "这些日期内的论文都已显示过"),
    "not_gathered": (
        "nothing has been gathered yet; run `academichub gather`",
        "尚未采集；请运行 academichub gather",
    ),
    "not_on_shelf": (
        "the starter shelf holds nothing of these days",
        "入门书架中没有这些日期的论文",
    ),
    "nothing_announced": ("nothing was announced in these days", "这些日期内没有发布任何论文"),
}


def why_empty(hub: Hub, window: Window, matching: int, lang: str) -> Emptiness:
    """Return why a page is empty.

    Args:
        hub: The hub.
        window: What was asked for.
        matching: Works that match, hidden ones among them.
        lang: Language of the sentence.
    """
    if matching:
        return said("all_hidden", lang)
    if window.is_filtered and hub.reading.select_ids(window.unfiltered.where(), limit=1):
        return said("no_match", lang)
    if hub.on_shelf:
        kind = day_kind(window.last)
        return (
            Emptiness(kind, explain_empty(window.last, lang))
            if kind != "ordinary"
            else said("not_on_shelf", lang)
        )
    reasons = Ledger(hub.database).why_empty(window.last, lang)
    if not reasons:
        return said("no_match" if window.is_filtered else "nothing_announced", lang)
    separator, end = (";", "。") if lang.startswith("zh") else ("; ", "")
    return Emptiness(
        reasons[0].code, separator.join(dict.fromkeys(one.words for one in reasons)) + end
    )


def said(code: str, lang: str) -> Emptiness:
    """Return the sentence of a code of this module."""
    return Emptiness(code, _WORDS[code][lang.startswith("zh")])
