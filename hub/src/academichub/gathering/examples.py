"""Examples of a radar from what the reader names: pasted lines, a library file, a person.

What cannot be resolved is remembered with the reason, so that the radar page can list it; what
could not be asked for waits for the next gather.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from academichub import documents
from academichub.errors import NotFoundError, UsageError
from academichub.gathering.asker import Asker
from academichub.gathering.lookups import Fetch, GatherLookups
from academichub.gathering.resolve import Resolution, keys_of, resolve
from academichub.hub import Hub
from academichub.i18n.message_text import message_text
from academichub.messages import Message
from academichub.radar.radar import Change, Radar
from academichub.sources.arxiv import query_api as arxiv_query
from academichub.sources.crossref import api as crossref
from academichub.store.examples_store import (
    StoredRadar,
    WaitingRow,
    add_collection_rows,
    put_waiting_row,
    remove_waiting_rows,
    stored_radars,
    waiting_rows,
)
from academichub.works.identifiers import Identifier, parse_identifier
from academichub.works.references import Reference, read_reference
from academichub.works.work import Record

MAX_PASTED = 500
"""Most works named at once."""

MAX_RETRIED = 200
"""Examples looked up again in one gather."""

WAITS = "example.not_yet"
"""Code of the reasons for which the next gather tries again."""

SOURCES_ASKED = (arxiv_query.MODULE, crossref.MODULE)
"""Sources that resolve what readers name."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A work that was named and is not an example.

    Attributes:
        text: As the reader wrote it, or the title of a file's entry.
        reason: Why not.
        waits: Whether the next gather tries again.
    """

    text: str
    reason: Message
    waits: bool

    @property
    def message(self) -> Message:
        """The work and the reason as one message."""
        return Message.of("example.unresolved", text=self.text[:200], why=self.reason)

    def document(self) -> documents.UnresolvedExample:
        """Return it as a document."""
        return documents.UnresolvedExample(
            text=self.text,
            waits=self.waits,
            why=message_text(self.reason),
            details=documents.message_details([self.reason]),
        )


@dataclass(frozen=True, slots=True)
class ExamplesAdded:
    """What naming works came to.

    Attributes:
        change: The change of the radar.
        examples: How many of the works named are examples now, added before or not.
        unresolved: Those that are not.
    """

    change: Change
    examples: int
    unresolved: tuple[Unresolved, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedEntry:
    """What an entry of a library file says of its work: identifiers, title and first author."""

    identifiers: tuple[Identifier, ...]
    title: str
    first_author: str

    @classmethod
    def of(cls, record: Record) -> NamedEntry:
        """Return what a record says."""
        first_author = record.authors[0].name if record.authors else ""
        return cls(record.identifiers, record.title, first_author)

    @property
    def has_identifier(self) -> bool:
        """Whether it has an identifier, not only a title."""
        return any(identifier.scheme != "local" for identifier in self.identifiers)


def add_references(
    hub: Hub,
    radar: Radar,
    references: Sequence[Reference],
    fetch: Fetch,
    *,
    weight: float = 1.0,
) -> ExamplesAdded:
    """Add works that a reader names as examples.

    Args:
        hub: The open hub.
        radar: The radar.
        references: The works as named.
        fetch: How requests are made.
        weight: How much each counts.

    Raises:
        UsageError: If nothing is named, or too much.
    """
    if not references:
        raise UsageError(Message.of("example.nothing_named"))
    if len(references) > MAX_PASTED:
        raise UsageError(Message.of("example.too_many", works=len(references), limit=MAX_PASTED))
    resolution = resolve(hub, references, fetch)
    keys = list(dict.fromkeys(resolution.keys.values()))
    if weight == 1.0 or not keys:
        change = _add_keys(radar, keys)
    else:
        changes = [radar.add("example", key, weight) for key in keys]
        change = replace(
            changes[-1],
            added=tuple(signal for part in changes for signal in part.added),
            removed=tuple(signal for part in changes for signal in part.removed),
        )
    unresolved = _remember(hub, radar, references, resolution, collection="")
    return ExamplesAdded(change, len(resolution.keys), unresolved)


def add_entries(
    hub: Hub, radar: Radar, entries: Sequence[NamedEntry], fetch: Fetch, collection: str
) -> ExamplesAdded:
    """Add the entries of a library file as examples, after its records were merged.

    An entry with an identifier is an example; one that has only a title is if the title resolves.
    The library the file meets makes no difference, nor does a second import.

    Args:
        hub: The open hub.
        radar: The radar.
        entries: The entries of the file, in its order.
        fetch: How requests are made.
        collection: Name of the file.

    Raises:
        UsageError: If the radar has no room for so many.
    """
    identified = [entry.identifiers for entry in entries if entry.has_identifier]
    key_by_identifier = {
        identifier: key
        for identifiers, key in keys_of(hub, identified)
        for identifier in identifiers
    }
    keys = [
        key
        for identifiers in identified
        if (key := next(filter(None, map(key_by_identifier.get, identifiers)), None))
    ]
    titled = [
        Reference(entry.title, title=entry.title, first_author=entry.first_author)
        for entry in entries
        if entry.title and not entry.has_identifier
    ]
    references = list(dict.fromkeys(titled))
    resolution = resolve(hub, references, fetch)
    resolved = [resolution.keys[reference] for reference in titled if reference in resolution.keys]
    change = _add_keys(radar, dict.fromkeys([*keys, *resolved]))
    with hub.database.write() as connection:
        add_collection_rows(connection, radar.number(), [*keys, *resolved], collection)
    unresolved = _remember(hub, radar, references, resolution, collection)
    return ExamplesAdded(change, len(keys) + len(resolved), unresolved)


def _add_keys(radar: Radar, keys: Collection[str]) -> Change:
    return radar.add_all("example", keys)


def _remember(
    hub: Hub,
    radar: Radar,
    references: Sequence[Reference],
    resolution: Resolution,
    collection: str,
) -> tuple[Unresolved, ...]:
    """Write what was not resolved, remove what was; return the former in the order named."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    reasons = resolution.waiting | resolution.refused
    number = radar.number()
    unresolved = []
    with hub.database.write() as connection:
        for reference in references:
            text, author = reference.text, reference.first_author
            if reference not in reasons:
                remove_waiting_rows(connection, number, text, author)
                continue
            reason = reasons[reference]
            unresolved.append(Unresolved(text, reason, reference in resolution.waiting))
            row = WaitingRow(0, number, text, author, collection, (reason,), now)
            put_waiting_row(connection, row)
    return tuple(unresolved)


def unresolved_of(hub: Hub, radar: Radar) -> list[Unresolved]:
    """Return the works named for a radar that are not resolved, in the order they were added."""
    with hub.database.read() as connection:
        rows = waiting_rows(connection, radar.number())
    return [
        Unresolved(row.text, reason, reason.code == WAITS) for row in rows for reason in row.reason
    ]


def forget_unresolved(hub: Hub, radar: Radar, text: str) -> None:
    """Remove a work that is not resolved from the list.

    Raises:
        NotFoundError: If the list does not have it.
    """
    with hub.database.write() as connection:
        if not remove_waiting_rows(connection, radar.number(), text):
            raise NotFoundError(Message.of("example.not_listed", text=text[:200]))


def retry_waiting(asker: Asker, gathered: Collection[str]) -> None:
    """Look up what waits, and examples whose works the library lacks, as a part of a gather.

    Nothing happens in a gather of some sources that leaves out one which is needed.
    """
    hub = asker.hub
    needed = [name for name in SOURCES_ASKED if name in hub.settings.sources.enabled]
    if not needed or not set(needed) <= set(gathered):
        return
    lookups = GatherLookups(asker)
    try:
        for radar, rows in _waiting_by_radar(hub):
            _retry(hub, radar, rows, lookups)
        missing = _missing_examples(hub)
        if missing:
            resolve(hub, missing, lookups)
    finally:
        lookups.close()


def _retry(hub: Hub, radar: Radar, rows: Sequence[WaitingRow], fetch: Fetch) -> None:
    """Look up what waits for a radar, and let what is resolved be examples."""
    collections = {read_reference(row.text, row.first_author): row.collection for row in rows}
    resolution = resolve(hub, list(collections), fetch)
    _add_keys(radar, list(dict.fromkeys(resolution.keys.values())))
    for collection, members in groupby(
        sorted(collections, key=collections.__getitem__), collections.get
    ):
        references = list(members)
        keys = [
            resolution.keys[reference] for reference in references if reference in resolution.keys
        ]
        if collection and keys:
            with hub.database.write() as connection:
                add_collection_rows(connection, radar.number(), keys, collection)
        _remember(hub, radar, references, resolution, collection or "")


def _waiting_by_radar(hub: Hub) -> list[tuple[Radar, list[WaitingRow]]]:
    """Return what waits, with the radar it is meant for."""
    with hub.database.read() as connection:
        rows = [row for row in waiting_rows(connection) if row.reason[0].code == WAITS]
        radars = {row.id: row for row in stored_radars(connection)}
    rows = sorted(rows[:MAX_RETRIED], key=lambda row: (row.radar, row.id))
    return [
        (_radar_of(hub, radars[number]), list(group))
        for number, group in groupby(rows, key=lambda row: row.radar)
    ]


def _radar_of(hub: Hub, row: StoredRadar) -> Radar:
    return Radar(hub.database, row.name, row.account)


def _missing_examples(hub: Hub) -> list[Reference]:
    """Return examples and liked works that the library lacks, such as those of the shelf."""
    with hub.database.read() as connection:
        radars = stored_radars(connection)
    keys = dict.fromkeys(
        signal.value for row in radars for signal in _radar_of(hub, row).signals("example", "like")
    )
    stored = hub.library.by_keys(keys)
    missing = [parse_identifier(key) for key in keys if key not in stored]
    return [
        Reference(identifier.key, identifier)
        for identifier in missing
        if identifier is not None and identifier.scheme in ("arxiv", "doi")
    ][:MAX_RETRIED]
