"""Today: the page of `academichub today --json` and `/api/today`."""

from __future__ import annotations

from pydantic import Field

from academichub.documents.document import Document
from academichub.documents.messages import MessageDetail
from academichub.documents.works import DatedVersion


class Card(Document):
    """A numbered work of Today."""

    rank: int
    """Place in the order, from 1; in a drawn batch the number on the page."""
    key: str
    """Key of the work."""
    label: str
    """Source, category or journal, and day, e.g. `arXiv (cs.LG) 2026-06-16`."""
    announce_type: str
    """`new`, `cross`, `replace` or `replace-cross`; empty where the work was not announced."""
    title: str
    """Title of the work."""
    authors: list[str]
    """Names in order."""
    score: float
    """How well it fits the radar, in [0, 1]."""
    why: list[str]
    """Reasons for its place as sentences, the strongest first."""
    details: list[MessageDetail]
    """The reasons as data, in the same order. Codes: `why.best_match` and `why.best_of_category`
    where the work stands on the first pages whatever its score; `why.author`, `why.namesake`,
    `why.query`, `why.venue`, `why.category`, `why.archive`; `why.words`, `why.example`,
    `why.liked`, `why.saved`, `why.opened`; `why.disliked`, `why.withdrawn`; and where there is
    nothing else to say, the announcement: `why.new`, `why.cross`, `why.replace`,
    `why.replace-cross`."""
    url: str
    """Where a reader finds the work; empty where unknown."""
    version: int
    """Version announced; 0 where versions are not known."""
    categories: list[str]
    """Categories of the work, the primary one first."""
    cross_lists: list[str]
    """Its categories but that of the label."""
    versions: list[DatedVersion]
    """Every version known."""
    withdrawn: bool
    """Whether it was withdrawn or retracted."""
    radars: list[str] = Field(default_factory=list)
    """Names of the radars it came from: the one that places it best, then others that place it
    early. Only in the combined view of all radars."""


class Today(Document):
    """A batch of a day's works in the order of the radar."""

    date: str | None
    """Last day shown (YYYY-MM-DD); null where nothing has been gathered."""
    batch: int
    """Number of the batch, from 0: a page of the order, or with a seed from 1 on a draw."""
    total: int
    """Works that match and are not hidden, in all batches together."""
    empty_because: str | None
    """Why there is no card, as a sentence; null where there are cards."""
    cards: list[Card]
    """The works of the batch."""
    first: str | None
    """First day shown; null where nothing has been gathered."""
    seed: int | None
    """Seed of a drawn batch; null where batches are pages of the order."""
    empty_code: str | None
    """The first reason of `empty_because` as a word; null where there are cards. It is
    `not_gathered`, `weekend`, `holiday`, `nothing_announced`, `source_failed`, `stale`,
    `unfinished`, `no_match`, `not_on_shelf`, `all_hidden` or `all_shown`."""
    note: str | None
    """What the reader should know of the page, e.g. that it shows more days than asked for; null if
    nothing."""
    details: list[MessageDetail]
    """`empty_because` and `note` as data."""
    has_more: bool
    """Whether the next batch has cards."""
    on_shelf: bool
    """Whether the works are those of the starter shelf, because no work of the library was
    announced yet."""
    carried: list[Card]
    """Works of the seven days before, with the same filters, that rank among the first twenty of
    those days and that the reader has neither read nor judged, the best first; they are never among
    `cards`. Empty with later batches, for days before the newest, on the starter shelf, and while
    the radar is empty."""
