"""Cards: a work as Today shows it, with its label, cross-lists and reasons. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from academichub import documents
from academichub.i18n.message_text import message_text
from academichub.messages import Message
from academichub.radar.explain import reason_messages
from academichub.radar.first_page import Claim
from academichub.radar.rules import Reason
from academichub.sources import SOURCES, announces_journals
from academichub.sources.arxiv import ARXIV
from academichub.works.work import Announcement, Work


@dataclass(frozen=True, slots=True)
class Card:
    """One numbered work of a page.

    Attributes:
        rank: Place in the order, from 1; in a drawn batch the number on the page.
        label: `arXiv (cs.LG) 2026-06-16`; a journal's name and date for other sources.
        announce_type: Of the announcement in the label; empty where there is none.
        score: In [0, 1].
        why: Reasons, strongest first.
        cross_lists: The work's other categories, in its own order.
        versions: All recorded versions: number and date.
        work: The whole work.
        announced: The announcement in the label.
        reasons: The reasons from which `why` is written.
        radars: In a combined view, the radars it came from, the best one first.
    """

    rank: int
    key: str
    label: str
    announce_type: str
    title: str
    authors: tuple[str, ...]
    score: float
    why: tuple[Message, ...]
    url: str
    cross_lists: tuple[str, ...]
    versions: tuple[tuple[int, str | None], ...]
    work: Work
    announced: Announcement | None
    reasons: tuple[Reason, ...]
    radars: tuple[str, ...] = ()

    def document(self, lang: str = "en") -> documents.Card:
        """Return the card as a document, with its reasons in a language and as data."""
        card = documents.Card(
            rank=self.rank,
            key=self.key,
            label=self.label,
            announce_type=self.announce_type,
            title=self.title,
            authors=list(self.authors),
            score=round(self.score, 6),
            why=[message_text(reason, lang) for reason in self.why],
            details=documents.message_details(self.why),
            url=self.url,
            version=self.announced.version if self.announced else self.work.latest_version,
            categories=list(self.work.categories),
            cross_lists=list(self.cross_lists),
            versions=[
                documents.DatedVersion(version=number, date=day) for number, day in self.versions
            ],
            withdrawn=self.work.withdrawn,
        )
        return card.model_copy(update={"radars": list(self.radars)}) if self.radars else card


def make_card(
    rank: int,
    work: Work,
    announced: Announcement | None,
    score: float,
    reasons: Sequence[Reason],
    claim: Claim | None = None,
) -> Card:
    """Return the card of a work, with its claim to a place on the first pages, if it has one."""
    category = shown_category(work, announced)
    return Card(
        rank=rank,
        key=work.key,
        label=label_of(work, announced),
        announce_type=announced.type if announced else "",
        title=work.title,
        authors=tuple(author.name for author in work.authors),
        score=score,
        why=tuple(reason_messages(reasons, claim)),
        url=work.url,
        cross_lists=tuple(name for name in work.categories if name != category),
        versions=tuple((version.version, version.date) for version in work.versions),
        work=work,
        announced=announced,
        reasons=tuple(reasons),
    )


def shown_category(work: Work, announced: Announcement | None) -> str:
    """Return the category of the label: that of the announcement, else the primary one."""
    announced_in = announced.category if announced else ""
    return announced_in or (work.categories[0] if work.categories else "")


def label_of(work: Work, announced: Announcement | None) -> str:
    """Return source, category or journal, and day, in words."""
    day = announced.date if announced else work.published
    category = shown_category(work, announced)
    source = announced.source if announced else next(iter(work.sources), "")
    service = SOURCES[source].service if source in SOURCES else source
    if source in ("shelf", "jsonl") and "arxiv" in work.public_identifiers:
        service = ARXIV.title
    elif announces_journals(source):
        return f"{category or work.venue or service} {day}".strip()
    return f"{service} ({category}) {day}" if category else f"{service} {day}"
