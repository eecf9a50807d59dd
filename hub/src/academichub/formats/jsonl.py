"""JSON lines: our own export (documents/works.py), and arXiv metadata.

A line of arXiv metadata has `id`, `title`, `authors`, ..., `day`.

Reads line by line, so that a file of any length needs the memory of one line. Importing our own
export into an empty library and exporting it again gives the same lines: announcements keep the
names of the sources that made them, and `sources` becomes `Record.via`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any, get_args

from academichub.formats.jsonl_fields import (
    BadLineError,
    cleaned,
    day_of,
    rows_of,
    text_of,
    text_or_number,
    texts_of,
    version_of,
)
from academichub.formats.jsonl_people import editors_of, people_of
from academichub.formats.packed import MAX_LINE_BYTES, read_lines, unpacked
from academichub.formats.protocol import (
    MAX_NAME,
    MAX_TITLE,
    ParsedFile,
    Skipped,
    line_position,
)
from academichub.messages import Message
from academichub.text.characters import storable
from academichub.works.author import Author
from academichub.works.fields import FIELDS, field_of_category
from academichub.works.identifiers import (
    Identifier,
    local_identifier,
    normalise,
    parse_arxiv,
    parse_identifier,
)
from academichub.works.work import (
    ANNOUNCE_TYPES,
    CITATION_TEXTS,
    Announcement,
    Kind,
    Record,
    Version,
)

SOURCE = "jsonl"

_PUBLISHED = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_KINDS = get_args(Kind)


def parse(data: bytes, *, name: str = "") -> ParsedFile:
    """Return the works of a file in memory, plain or gzip.

    Raises:
        InputError: If the file is too large, or damaged.
    """
    parsed = ParsedFile()
    for outcome in iter_records(read_lines(unpacked(BytesIO(data)))):
        if isinstance(outcome, Record):
            parsed.records.append(outcome)
        else:
            parsed.skipped.append(outcome)
    return parsed


def iter_records(lines: Iterable[bytes]) -> Iterator[Record | Skipped]:
    """Yield a record, or the reason why there is none, for each line that is not empty."""
    for number, line in enumerate(lines, 1):
        if line.isspace() or not line:
            continue
        try:
            yield _record(line)
        except BadLineError as problem:
            yield Skipped(line_position(number), problem.message)
        except RecursionError:  # a document that could be parsed may still be too deep to walk
            yield Skipped(line_position(number), Message.of("skipped.too_deep"))


def _record(line: bytes) -> Record:
    if len(line) > MAX_LINE_BYTES:
        raise BadLineError(Message.of("skipped.line_too_long", limit=MAX_LINE_BYTES >> 20))
    try:
        text = storable(line.decode("utf-8-sig", "surrogatepass")).strip()
        fields = json.loads(text)
    except RecursionError as problem:
        raise BadLineError(Message.of("skipped.too_deep")) from problem
    except ValueError as problem:
        raise BadLineError(Message.of("skipped.not_json", why=str(problem))) from problem
    if not isinstance(fields, dict):
        raise BadLineError(Message.of("skipped.not_one_object"))
    if "\\u" in text:  # only escapes can bring in control characters and half surrogates
        fields = cleaned(fields)
    title = " ".join(text_of(fields, "title", MAX_TITLE).split())
    if not title:
        raise BadLineError(Message.of("skipped.no_title"))
    return (
        _exported(fields, title, text)
        if "key" in fields or "identifiers" in fields
        else _plain(fields, title, text)
    )


def _exported(fields: dict[str, Any], title: str, raw: str) -> Record:
    """Read a line of our own export."""
    given = fields.get("identifiers") or {}
    if not isinstance(given, dict):
        raise BadLineError(Message.of("skipped.identifiers_not_object"))
    names = {
        identifier
        for scheme, value in given.items()
        if isinstance(value, str) and (identifier := normalise(scheme, value))
    }
    key = text_of(fields, "key", MAX_TITLE)
    if key and (own := parse_identifier(key)):
        names.add(own)
    announcements = tuple(_announcement(row) for row in rows_of(fields, "announcements"))
    versions = tuple(
        Version(version_of(row), day_of(row, "date") or None) for row in rows_of(fields, "versions")
    )
    orcids = fields.get("orcids")
    people = people_of(fields, "authors", "names", orcids if isinstance(orcids, dict) else {})
    if not names:
        names.add(local_identifier(title, (author.name for author in people), "", ""))
    return Record(
        source=SOURCE,
        source_key=key or min(names).key,
        identifiers=tuple(sorted(names)),
        title=title,
        authors=people,
        abstract=text_of(fields, "abstract"),
        categories=texts_of(fields, "categories"),
        version=max((version.version for version in versions), default=0),
        versions=versions,
        announcements=announcements,
        withdrawn=fields.get("withdrawn") is True,
        via=tuple(sorted(texts_of(fields, "sources"))),
        raw=raw,
        **_further(fields, announcements),
    )


def _further(fields: dict[str, Any], announcements: tuple[Announcement, ...]) -> dict[str, Any]:
    """Return the fields of an export line that are not always there, by field of Record."""
    published, kind, field = (
        text_of(fields, "published"),
        text_of(fields, "kind"),
        text_of(fields, "field"),
    )
    last_announced = max((announcement.date for announcement in announcements), default="")
    return {
        "datestamp": text_of(fields, "updated", MAX_NAME) or last_announced,
        "published": published if _PUBLISHED.fullmatch(published) else "",
        "kind": kind if kind in _KINDS else "other",
        "field": field if field in FIELDS else "",
        **{
            name: text_of(fields, name)
            for name in ("comment", "note", "journal_ref", "venue", "url", "license", "language")
        },
        **{name: text_or_number(fields, name) for name in CITATION_TEXTS},
        "editors": editors_of(fields),
    }


def _announcement(row: dict[str, Any]) -> Announcement:
    kind = text_of(row, "type")
    if kind not in ANNOUNCE_TYPES:
        raise BadLineError(
            Message.of("skipped.announcement_type", types=ANNOUNCE_TYPES, value=kind[:60])
        )
    day = day_of(row, "date")
    if not day:
        raise BadLineError(Message.of("skipped.announcement_no_date"))
    source, category = (
        text_of(row, "source", MAX_NAME) or SOURCE,
        text_of(row, "category", MAX_NAME),
    )
    return Announcement(source, day, kind, category, version_of(row))


def _plain(fields: dict[str, Any], title: str, raw: str) -> Record:
    """Read a line of arXiv metadata: `id` is the arXiv id.

    `history` or `day` says when it was announced.
    """
    arxiv = _arxiv_id(fields)
    categories = texts_of(fields, "categories")
    announcements = tuple(_announced_days(fields, categories[0] if categories else ""))
    numbers = {arxiv[1] or 1, *(announcement.version for announcement in announcements)}
    return Record(
        source=SOURCE,
        source_key=f"arXiv:{arxiv[0]}",
        identifiers=(Identifier("arxiv", arxiv[0]),),
        title=title,
        authors=tuple(map(Author, texts_of(fields, "authors"))),
        abstract=text_of(fields, "abstract"),
        categories=categories,
        version=max(numbers),
        datestamp=announcements[-1].date if announcements else "",
        published=announcements[0].date if announcements and announcements[0].version == 1 else "",
        versions=tuple(Version(number) for number in sorted(numbers)),
        announcements=announcements,
        comment=text_of(fields, "comment"),
        field=field_of_category(categories[0]) if categories else "",
        kind="preprint",
        raw=raw,
    )


def _arxiv_id(fields: dict[str, Any]) -> tuple[str, int | None]:
    given = text_of(fields, "id")
    arxiv = parse_arxiv(given)
    if arxiv is not None:
        return arxiv
    if given:
        raise BadLineError(Message.of("skipped.not_arxiv_id", id=given[:60]))
    raise BadLineError(Message.of("skipped.no_identifier"))


def _announced_days(fields: dict[str, Any], category: str) -> Iterator[Announcement]:
    history = rows_of(fields, "history")
    if not history:
        if day := day_of(fields, "day"):
            yield Announcement(SOURCE, day, "new", category, 1)
        return
    for n, row in enumerate(sorted(history, key=lambda row: day_of(row, "day"))):
        day = day_of(row, "day")
        if not day:
            raise BadLineError(Message.of("skipped.history_no_day"))
        yield Announcement(SOURCE, day, "replace" if n else "new", category, version_of(row))
