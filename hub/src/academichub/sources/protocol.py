"""What a source is: the facts everything else derives from, and how its answers are read. No IO.

A source is one module (or folder) of this package and one row in its registry, `SOURCES`. From the
row follow its settings keys, its place in a gather and in the order of preference, its names on
pages and in commands, and its pace.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from academichub.messages import Message
from academichub.works.work import Record


class SourceOptions(BaseModel):
    """Settings of a source or group besides its address and pace; subclass it for some."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class SourceGroup:
    """Sources that are interfaces of one service, with one pace, settings section and title.

    Attributes:
        name: Settings section `sources.<name>`, and what filters call all of them.
        title: For readers.
        min_interval_s: Least seconds between two requests to any of them, over all processes.
        options: Settings of the section besides `min_interval_s`.
    """

    name: str
    title: str
    min_interval_s: float
    options: type[SourceOptions] = SourceOptions


@dataclass(frozen=True, slots=True)
class Listing:
    """A list to request in a gather, from its first page on.

    Attributes:
        window: What it lists, for the ledger, such as a category; unique within the source.
        url: The address of its first page.
    """

    window: str
    url: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, as read.

    Attributes:
        records: One for each item that could be read.
        problems: Items that are not what they must be, one message each (ItemGuard.problems).
        faults: Items our own code failed on, one message each (ItemGuard.faults).
        total: Items of the whole list, where the source says.
        next_url: The address of the next page; empty on the last one.
    """

    records: Sequence[Record]
    problems: Sequence[Message] = ()
    faults: Sequence[Message] = ()
    total: int | None = None
    next_url: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reader knows when it plans a gather.

    Attributes:
        base_url: The source's address from the settings, without a slash at the end.
        options: The source's settings section.
        since: Window -> the server's day on which it was last read to its end, ISO; empty where it
            never was.
    """

    base_url: str
    options: BaseModel
    since: Callable[[str], str]


class Reader(Protocol):
    """How a source is requested and read, page by page. Pure: addresses and bytes only."""

    def listings(self, plan: Plan) -> Sequence[Listing]:
        """Return the lists to request in this gather."""

    def read(self, data: bytes, url: str) -> Page:
        """Return what the body of a page holds; a bad item costs itself alone.

        Args:
            data: The body.
            url: Its address, for messages and for the address of the next page.

        Raises:
            SourceError: If the body as a whole cannot be read.
        """


@dataclass(frozen=True, slots=True)
class Source:
    """A source: one row of the registry.

    Attributes:
        name: Name in settings, records, ledger and commands: lower case, digits and underscores.
        title: For readers.
        order: Preference among statements of one work: texts of the source with the lower number
            win.
        requests: What a gather requests of it, in one sentence.
        pace: How often, in words.
        base_url: Where it is unless the settings say otherwise; empty where each request has an
            address of its own.
        min_interval_s: Least seconds between two requests to one host; less is allowed on this
            machine only.
        interval_from: Source whose `min_interval_s` setting holds where this one's own is not set.
        group: The service it is an interface of; the group's pace replaces its own.
        options: Settings besides `base_url` and `min_interval_s`.
        announces_journals: Whether the category of its announcements is a journal, not a field of
            science.
        gatherer: What gathers it, by name in `gathering.parts.GATHERERS`; `pages` needs nothing
            but `reader`.
        reader: How its pages are requested and read; None where `gatherer` knows.
    """

    name: str
    title: str
    order: int
    requests: str
    pace: str = "one request at a time, `min_interval_s` apart"
    base_url: str = ""
    min_interval_s: float = 1.0
    interval_from: str = ""
    group: SourceGroup | None = None
    options: type[SourceOptions] = SourceOptions
    announces_journals: bool = True
    gatherer: str = "pages"
    reader: Reader | None = None

    @property
    def service(self) -> str:
        """The name of the service, as on cards: that of its group, else its own title."""
        return self.group.title if self.group else self.title

    @property
    def paced_by(self) -> str:
        """The settings section that sets its pace."""
        return self.group.name if self.group else self.name

    @property
    def default_interval_s(self) -> float:
        """Seconds between two requests unless the settings say otherwise."""
        return self.group.min_interval_s if self.group else self.min_interval_s
