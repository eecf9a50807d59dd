"""JSON lines: our own export (contracts.md 3), and plain arXiv metadata lines (`id`, `title`, `authors`, ..., `day`).

Reads line by line, so that a file of any length needs the memory of one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from academichub.fields import field_of_category
from academichub.identifiers import Identifier, local_identifier, normalise, parse_arxiv, parse_identifier
from academichub.papers import ANNOUNCE_TYPES, Announcement, Author, Record, Version
from academichub.sources.files.base import Skipped

SOURCE = "jsonl"
MAX_LINE_BYTES = 4 << 20
MAX_AUTHORS = 10_000

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class _BadLineError(Exception):
    """A line that cannot be taken; the text says why."""


def iter_records(lines: Iterable[bytes]) -> Iterator[Record | Skipped]:
    """Yield a record, or the reason why there is none, for each line that is not empty."""
    for number, line in enumerate(lines, 1):
        if line.isspace() or not line:
            continue
        try:
            yield _record(line)
        except _BadLineError as problem:
            yield Skipped(f"line {number}", str(problem))


def _record(line: bytes) -> Record:
    if len(line) > MAX_LINE_BYTES:
        raise _BadLineError(f"longer than {MAX_LINE_BYTES >> 20} MiB")
    try:
        text = line.decode("utf-8-sig").strip()
        told = json.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as problem:
        raise _BadLineError(f"no JSON in UTF-8: {problem}") from problem
    if not isinstance(told, dict):
        raise _BadLineError("a line must hold one JSON object")
    title = " ".join(_text(told, "title").split())
    if not title:
        raise _BadLineError("no title")
    return _exported(told, title, text) if "key" in told or "identifiers" in told else _plain(told, title, text)


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _BadLineError(f"{name!r} must be text, not {json.dumps(value)[:60]}")
    return value.strip()


def _texts(told: dict[str, Any], name: str) -> tuple[str, ...]:
    value = told.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or len(value) > MAX_AUTHORS:
        raise _BadLineError(f"{name!r} must be a list of at most {MAX_AUTHORS} texts")
    return tuple(stripped for one in value if (stripped := one.strip()))


def _rows(told: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = told.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise _BadLineError(f"{name!r} must be a list of objects")
    return value


def _number(row: dict[str, Any]) -> int:
    value = row.get("version")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10_000:
        raise _BadLineError(f"'version' must be a whole number from 0, not {json.dumps(value)[:60]}")
    return value


def _day(row: dict[str, Any], name: str) -> str:
    value = _text(row, name)
    if value and not _DAY.fullmatch(value):
        raise _BadLineError(f"{name!r} must be a day YYYY-MM-DD, not {value[:60]!r}")
    return value


def _exported(told: dict[str, Any], title: str, raw: str) -> Record:
    """Read a line of our own export."""
    given = told.get("identifiers") or {}
    if not isinstance(given, dict):
        raise _BadLineError("'identifiers' must be an object")
    names = {one for scheme, value in given.items() if isinstance(value, str) and (one := normalise(scheme, value))}
    key = _text(told, "key")
    if key and (own := parse_identifier(key)):
        names.add(own)
    authors = _texts(told, "authors")
    if not names:
        names.add(local_identifier(title, authors, "", ""))
    announcements = tuple(_announcement(row) for row in _rows(told, "announcements"))
    versions = tuple(Version(_number(row), _day(row, "date") or None) for row in _rows(told, "versions"))
    categories = _texts(told, "categories")
    return Record(
        source=SOURCE,
        source_key=key or min(names).key,
        identifiers=tuple(sorted(names)),
        title=title,
        authors=tuple(map(Author, authors)),
        abstract=_text(told, "abstract"),
        categories=categories,
        version=max((one.version for one in versions), default=0),
        datestamp=max((one.date for one in announcements), default=""),
        versions=versions,
        announcements=announcements,
        field=field_of_category(categories[0]) if categories else "",
        withdrawn=told.get("withdrawn") is True,
        via=tuple(sorted(_texts(told, "sources"))),
        raw=raw,
    )


def _announcement(row: dict[str, Any]) -> Announcement:
    kind = _text(row, "type")
    if kind not in ANNOUNCE_TYPES:
        raise _BadLineError(f"'type' of an announcement must be one of {', '.join(ANNOUNCE_TYPES)}, not {kind[:60]!r}")
    day = _day(row, "date")
    if not day:
        raise _BadLineError("an announcement needs a 'date'")
    return Announcement(_text(row, "source") or SOURCE, day, kind, _text(row, "category"), _number(row))


def _plain(told: dict[str, Any], title: str, raw: str) -> Record:
    """Read a line of arXiv metadata: `id` is the arXiv id; `history` or `day` says when it was announced."""
    given = _text(told, "id")
    arxiv = parse_arxiv(given)
    if arxiv is None:
        raise _BadLineError(f"'id' {given[:60]!r} is no arXiv id, and there are no 'identifiers'" if given else "no identifier")
    categories = _texts(told, "categories")
    announcements = tuple(_told_days(told, categories[0] if categories else ""))
    numbers = {arxiv[1] or 1, *(one.version for one in announcements)}
    return Record(
        source=SOURCE,
        source_key=f"arXiv:{arxiv[0]}",
        identifiers=(Identifier("arxiv", arxiv[0]),),
        title=title,
        authors=tuple(map(Author, _texts(told, "authors"))),
        abstract=_text(told, "abstract"),
        categories=categories,
        version=max(numbers),
        datestamp=announcements[-1].date if announcements else "",
        published=announcements[0].date if announcements and announcements[0].version == 1 else "",
        versions=tuple(Version(number) for number in sorted(numbers)),
        announcements=announcements,
        comment=_text(told, "comment"),
        field=field_of_category(categories[0]) if categories else "",
        kind="preprint",
        raw=raw,
    )


def _told_days(told: dict[str, Any], category: str) -> Iterator[Announcement]:
    history = _rows(told, "history")
    if not history:
        if day := _day(told, "day"):
            yield Announcement(SOURCE, day, "new", category, 1)
        return
    for n, row in enumerate(sorted(history, key=lambda row: _day(row, "day"))):
        yield Announcement(SOURCE, _day(row, "day"), "replace" if n else "new", category, _number(row))
