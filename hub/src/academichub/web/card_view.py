"""Works as pages show them: the label, the reasons, what the reader said of them. No database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from academichub.radar.cards import label_of, shown_category
from academichub.web.addresses import Address, work_path
from academichub.works.work import Announcement, Work


@dataclass(frozen=True, slots=True)
class CardView:
    """A numbered work.

    Attributes:
        label: Source, category and date, e.g. `arXiv (cs.LG) 2026-06-16`.
        category: The category (or journal) of the label.
        version: Version announced, 0 where versions are not known.
        also: Further categories the work is listed in.
        title: The title with its LaTeX made readable.
        text: The abstract likewise, else our own note.
        marks: What the reader said of it: like, dislike, save, hide.
        people_address: The address an author's chip adds its filter to.
        gist: One sentence of the text, for lists.
        radar: The radars its buttons are for, as forms name them (radar_choice.py).
        radars: In a combined view, the radars it came from.
        words: Words of the reasons, which can be muted or pinned in the first of its radars.
    """

    rank: int
    key: str
    label: str
    announce_type: str
    category: str
    version: int
    also: tuple[str, ...]
    venue: str
    title: str
    authors: tuple[str, ...]
    text: str
    why: tuple[str, ...]
    url: str
    withdrawn: bool
    marks: frozenset[str]
    people_address: Address
    gist: str = ""
    radar: str = ""
    radars: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def first_radar(self) -> str:
        """The first of its radars, as forms name it."""
        return self.radar.split("/")[0]

    @property
    def address(self) -> Address:
        """The address of the work's page, which is for the same radar."""
        radar = self.first_radar
        return Address(work_path(self.key), (("radar", radar),) if radar else ())


def card_of(
    work: Work,
    *,
    rank: int = 0,
    announced: Announcement | None = None,
    why: Iterable[str] = (),
    marks: Iterable[str] = (),
    people_address: Address | None = None,
    gist: str = "",
    radar: str = "",
    radars: tuple[str, ...] = (),
    words: Iterable[str] = (),
) -> CardView:
    """Return a work's card, labelled with the given announcement or else with its latest one."""
    announcement = announced or max(
        work.announcements, key=lambda announcement: announcement.date, default=None
    )
    category = shown_category(work, announcement)
    return CardView(
        rank=rank,
        key=work.key,
        label=label_of(work, announcement),
        announce_type=announced.type if announced else "",
        category=category,
        version=announced.version if announced else work.latest_version,
        also=tuple(name for name in work.categories if name != category),
        venue=work.venue if work.venue not in (category, "arXiv") else "",
        title=work.readable_title,
        authors=tuple(author.name for author in work.authors),
        text=work.readable_text,
        why=tuple(why),
        url=safe_link(work.url),
        withdrawn=work.withdrawn,
        marks=frozenset(marks),
        people_address=people_address or Address("/"),
        gist=gist,
        radar="/".join(radars) or radar,
        radars=radars,
        words=tuple(words),
    )


def safe_link(url: str) -> str:
    """Return a link that a page may carry: http or https, else nothing."""
    return url if url.lower().startswith(("https://", "http://")) else ""
