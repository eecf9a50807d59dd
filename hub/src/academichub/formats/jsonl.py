"""JSON lines: our own export (documents/works.py), and arXiv metadata.

A line of arXiv metadata has `id`, `title`, `authors`, ..., `day`.

Reads line by line, so that a file of any length needs the memory of one line. Importing our own
export into an empty library and exporting it again gives the same lines: announcements keep the
names of the sources that made them, and `sources` becomes `Record.via`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from io import BytesIO
from typing import Any, get_args

from academichub.formats.packed import MAX_LINE_BYTES, read_lines, unpacked
from academichub.formats.protocol import (
    MAX_ABSTRACT,
    MAX_AUTHORS,
    MAX_NAME,
    MAX_TITLE,
    ParsedFile,
    Skipped,
    clean,
)
from academichub.text.characters import storable
from academichub.works.author import Author, NameParts
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

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PUBLISHED = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_KINDS = get_args(Kind)


class _BadLineError(Exception):
    """A line that cannot be taken; the text says why."""


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
        except _BadLineError as problem:
            yield Skipped(f"line {number}", str(problem))
        except RecursionError:  # a document that could be parsed may still be too deep to walk
            yield Skipped(f"line {number}", "nested too deeply")


def _record(line: bytes) -> Record:
    if len(line) > MAX_LINE_BYTES:
        raise _BadLineError(f"longer than {MAX_LINE_BYTES >> 20} MiB")
    try:
        text = storable(line.decode("utf-8-sig", "surrogatepass")).strip()
        fields = json.loads(text)
    except RecursionError as problem:
        raise _BadLineError("nested too deeply") from problem
    except ValueError as problem:
        raise _BadLineError(f"no JSON in UTF-8: {problem}") from problem
    if not isinstance(fields, dict):
        raise _BadLineError("a line must hold one JSON object")
    if "\\u" in text:  # only escapes can bring in control characters and half surrogates
        fields = _cleaned(fields)
    title = " ".join(_text(fields, "title", MAX_TITLE).split())
    if not title:
        raise _BadLineError("no title")
    return (
        _exported(fields, title, text)
        if "key" in fields or "identifiers" in fields
        else _plain(fields, title, text)
    )


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(element) for element in value]
    if isinstance(value, dict):
        return {clean(name): _cleaned(member) for name, member in value.items()}
    return value


def _text(fields: dict[str, Any], name: str, limit: int = MAX_ABSTRACT) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _BadLineError(f"{name!r} must be text, not {json.dumps(value)[:60]}")
    if len(value) > limit:
        raise _BadLineError(f"{name!r} has {len(value)} characters, over the limit of {limit}")
    return value.strip()


def _texts(fields: dict[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name) or []
    if not isinstance(value, list) or len(value) > MAX_AUTHORS:
        raise _BadLineError(f"{name!r} must be a list of at most {MAX_AUTHORS} texts")
    texts = []
    for text in value:
        if not isinstance(text, str) or len(text) > MAX_NAME:
            raise _BadLineError(f"{name!r} must hold texts of at most {MAX_NAME} characters")
        if stripped := text.strip():
            texts.append(stripped)
    return tuple(texts)


def _rows(fields: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = fields.get(name) or []
    if (
        not isinstance(value, list)
        or len(value) > MAX_AUTHORS
        or not all(isinstance(row, dict) for row in value)
    ):
        raise _BadLineError(f"{name!r} must be a list of objects")
    return value


def _number(row: dict[str, Any]) -> int:
    value = row.get("version")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10_000:
        raise _BadLineError(
            f"'version' must be a whole number from 0, not {json.dumps(value)[:60]}"
        )
    return value


def _day(row: dict[str, Any], name: str) -> str:
    value = _text(row, name)
    if value and not _is_day(value):
        raise _BadLineError(f"{name!r} must be a day YYYY-MM-DD, not {value[:60]!r}")
    return value


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _exported(fields: dict[str, Any], title: str, raw: str) -> Record:
    """Read a line of our own export."""
    given = fields.get("identifiers") or {}
    if not isinstance(given, dict):
        raise _BadLineError("'identifiers' must be an object")
    names = {
        identifier
        for scheme, value in given.items()
        if isinstance(value, str) and (identifier := normalise(scheme, value))
    }
    key = _text(fields, "key", MAX_TITLE)
    if key and (own := parse_identifier(key)):
        names.add(own)
    announcements = tuple(_announcement(row) for row in _rows(fields, "announcements"))
    versions = tuple(
        Version(_number(row), _day(row, "date") or None) for row in _rows(fields, "versions")
    )
    orcids = fields.get("orcids")
    people = _people(fields, "authors", "names", orcids if isinstance(orcids, dict) else {})
    if not names:
        names.add(local_identifier(title, (author.name for author in people), "", ""))
    return Record(
        source=SOURCE,
        source_key=key or min(names).key,
        identifiers=tuple(sorted(names)),
        title=title,
        authors=people,
        abstract=_text(fields, "abstract"),
        categories=_texts(fields, "categories"),
        version=max((version.version for version in versions), default=0),
        versions=versions,
        announcements=announcements,
        withdrawn=fields.get("withdrawn") is True,
        via=tuple(sorted(_texts(fields, "sources"))),
        raw=raw,
        **_further(fields, announcements),
    )


def _further(fields: dict[str, Any], announcements: tuple[Announcement, ...]) -> dict[str, Any]:
    """Return the fields of an export line that are not always there, by field of Record."""
    published, kind, field = (
        _text(fields, "published"),
        _text(fields, "kind"),
        _text(fields, "field"),
    )
    last_announced = max((announcement.date for announcement in announcements), default="")
    return {
        "datestamp": _text(fields, "updated", MAX_NAME) or last_announced,
        "published": published if _PUBLISHED.fullmatch(published) else "",
        "kind": kind if kind in _KINDS else "other",
        "field": field if field in FIELDS else "",
        **{
            name: _text(fields, name)
            for name in ("comment", "note", "journal_ref", "venue", "url", "license", "language")
        },
        **{name: _text_or_number(fields, name) for name in CITATION_TEXTS},
        "editors": _editors(fields),
    }


def _text_or_number(fields: dict[str, Any], name: str) -> str:
    """Return a text that other programs also write as a number, such as a volume."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | None):
        raise _BadLineError(
            f"{name!r} must be text or a whole number, not {json.dumps(value)[:60]}"
        )
    return str(value)[:MAX_NAME] if isinstance(value, int) else _text(fields, name, MAX_NAME)


def _editors(fields: dict[str, Any]) -> tuple[Author, ...]:
    """Return the editors: names, or names in parts in place of them."""
    editors = fields.get("editors")
    if isinstance(editors, list) and editors and all(isinstance(row, dict) for row in editors):
        return _people({"editor_names": editors}, "editors", "editor_names", {})
    return _people(fields, "editors", "editor_names", {})


def _people(
    fields: dict[str, Any], field: str, parts_field: str, orcids: Mapping[str, Any]
) -> tuple[Author, ...]:
    """Return people from a list of names, a list of names in parts, or both, one for one."""
    parts = [_parts(row) for row in _rows(fields, parts_field)]
    names = _texts(fields, field) or tuple(name.full for name in parts)
    if parts and len(parts) != len(names):
        raise _BadLineError(
            f"{parts_field!r} has {len(parts)} names, {field!r} has {len(names)}; give one for each"
        )
    return tuple(
        Author(
            name,
            orcid if isinstance(orcid := orcids.get(name), str) else None,
            parts[position] if parts else None,
        )
        for position, name in enumerate(names)
    )


def _parts(row: dict[str, Any]) -> NameParts:
    """Return a name in parts: `literal`, or a family or given name with the other parts."""
    texts = {
        part: _text(row, part, MAX_NAME)
        for part in ("family", "given", "particle", "suffix", "literal")
    }
    has_name = bool(texts["family"] or texts["given"])
    if bool(texts["literal"]) == has_name:
        raise _BadLineError(
            "a name needs either 'literal' or a 'family' or 'given' name, not "
            + json.dumps(row, ensure_ascii=False)[:60]
        )
    return NameParts(**texts)


def _announcement(row: dict[str, Any]) -> Announcement:
    kind = _text(row, "type")
    if kind not in ANNOUNCE_TYPES:
        raise _BadLineError(
            f"'type' of an announcement must be one of {', '.join(ANNOUNCE_TYPES)}, not {kind[:60]!r}"
        )
    day = _day(row, "date")
    if not day:
        raise _BadLineError("an announcement needs a 'date'")
    source, category = _text(row, "source", MAX_NAME) or SOURCE, _text(row, "category", MAX_NAME)
    return Announcement(source, day, kind, category, _number(row))


def _plain(fields: dict[str, Any], title: str, raw: str) -> Record:
    """Read a line of arXiv metadata: `id` is the arXiv id.

    `history` or `day` says when it was announced.
    """
    given = _text(fields, "id")
    arxiv = parse_arxiv(given)
    if arxiv is None:
        raise _BadLineError(
            f"'id' {given[:60]!r} is no arXiv id, and there are no 'identifiers'"
            if given
            else "no identifier"
        )
    categories = _texts(fields, "categories")
    announcements = tuple(_announced_days(fields, categories[0] if categories else ""))
    numbers = {arxiv[1] or 1, *(announcement.version for announcement in announcements)}
    return Record(
        source=SOURCE,
        source_key=f"arXiv:{arxiv[0]}",
        identifiers=(Identifier("arxiv", arxiv[0]),),
        title=title,
        authors=tuple(map(Author, _texts(fields, "authors"))),
        abstract=_text(fields, "abstract"),
        categories=categories,
        version=max(numbers),
        datestamp=announcements[-1].date if announcements else "",
        published=announcements[0].date if announcements and announcements[0].version == 1 else "",
        versions=tuple(Version(number) for number in sorted(numbers)),
        announcements=announcements,
        comment=_text(fields, "comment"),
        field=field_of_category(categories[0]) if categories else "",
        kind="preprint",
        raw=raw,
    )


def _announced_days(fields: dict[str, Any], category: str) -> Iterator[Announcement]:
    history = _rows(fields, "history")
    if not history:
        if day := _day(fields, "day"):
            yield Announcement(SOURCE, day, "new", category, 1)
        return
    for n, row in enumerate(sorted(history, key=lambda row: _day(row, "day"))):
        day = _day(row, "day")
        if not day:
            raise _BadLineError("a row of 'history' needs a 'day'")
        yield Announcement(SOURCE, day, "replace" if n else "new", category, _number(row))
