"""CSL-JSON: an array of items, or an object with `items`, as Zotero and Pandoc write it.

Fields: citeproc-js's and the CSL 1.0.2 schema's names. Zotero keeps what the schema has no field
for as `DOI: ...` lines in `note`; Crossref gives one-element lists where the schema has texts. Both
are read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from academichub.errors import InputError
from academichub.formats.conventions import dated, full_name, iso_date, language_code
from academichub.formats.protocol import (
    Entry,
    ParsedFile,
    Skipped,
    check_entries,
    check_size,
    one_line,
)
from academichub.messages import Message
from academichub.text.characters import storable_json
from academichub.text.charset import decode_text
from academichub.text.markup import plain_text
from academichub.works.work import Kind

SOURCE = "csl_json"

_KINDS: dict[str, Kind] = {
    "article-journal": "article", "journal-article": "article", "article-magazine": "article",
    "article-newspaper": "article", "review": "article", "paper-conference": "proceedings",
    "proceedings-article": "proceedings", "book": "book", "chapter": "book", "book-chapter": "book",
    "monograph": "book",     "posted-content": "preprint", "preprint": "preprint",
}  # fmt: skip
_SEASONS = {
    "1": "3",
    "2": "6",
    "3": "9",
    "4": "12",
    "spring": "3",
    "summer": "6",
    "autumn": "9",
    "fall": "9",
}
_KEY = re.compile(r"(?:arxiv|doi|pmid|openreview|acl|s2|openalex|url|local):\S.*")


def parse(data: bytes, *, name: str = "") -> ParsedFile:
    """Return the items of a CSL-JSON file.

    Raises:
        InputError: If the file is too large, is not JSON, or holds no list of items.
    """
    check_size(data, "CSL-JSON")
    items = _items(decode_text(data))
    check_entries(len(items), "CSL-JSON")
    parsed = ParsedFile()
    for number, item in enumerate(items, start=1):
        try:
            _take(item, number, parsed)
        except RecursionError:  # a document that could be parsed may still be too deep to walk
            parsed.skipped.append(
                Skipped(Message.of("skipped.item", number=number), Message.of("skipped.too_deep"))
            )
    return parsed


def _take(item: object, number: int, parsed: ParsedFile) -> None:
    """Take one item as a record, or say why not."""
    position = Message.of("skipped.item", number=number)
    if not isinstance(item, dict):
        reason = Message.of("skipped.not_object", value=json.dumps(item)[:40])
        parsed.skipped.append(Skipped(position, reason))
        return
    if key := one_line(_text(item, "id")):
        position = Message.of("skipped.item_with_id", number=number, id=key[:80])
    entry = _entry(item)
    if not one_line(entry.title):
        kind = _text(item, "type")[:40] or Message.of("skipped.type_item")
        parsed.skipped.append(
            Skipped(position, Message.of("skipped.type_without_title", type=kind))
        )
        return
    parsed.warnings += [Skipped(position, cut) for cut in entry.cuts()]
    parsed.records.append(entry.record(SOURCE))


def _items(text: str) -> list[object]:
    try:
        document = json.loads(storable_json(text))
    except RecursionError as problem:
        raise InputError(Message.of("file.json_too_deep")) from problem
    except ValueError as problem:
        raise InputError(Message.of("file.not_csl_json", why=str(problem))) from problem
    if isinstance(document, dict):
        document = document.get(
            "items", [document] if "title" in document and "type" in document else None
        )
    if not isinstance(document, list):
        raise InputError(Message.of("file.not_csl_items"))
    return document


def _text(item: dict[str, object], *names: str) -> str:
    """Return the first field that says anything, as text; of a list its first element."""
    for name in names:
        value = item.get(name)
        if isinstance(value, list):
            value = value[0] if value else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _entry(item: dict[str, object]) -> Entry:
    kind = _text(item, "type")
    people = (
        _names(item.get("author")) or _names(item.get("editor"))
        if kind in ("book", "")
        else _names(item.get("author"))
    )
    subtitle = _text(item, "subtitle")
    title = plain_text(_text(item, "title"))
    return Entry(
        key=_text(item, "id", "citation-key"),
        title=f"{title}: {plain_text(subtitle)}" if title and subtitle else title,
        authors=people,
        stated=list(_stated(item)),
        published=next(
            (day for name in ("issued", "published", "posted") if (day := _date(item.get(name)))),
            "",
        ),
        abstract=plain_text(_text(item, "abstract")),
        venue=plain_text(_text(item, "container-title", "event-title", "event", "publisher")),
        url=_text(item, "URL", "url"),
        language=language_code(_text(item, "language")),
        kind=_KINDS.get(kind, "other"),
        raw=json.dumps(item, ensure_ascii=False),
    )


def _stated(item: dict[str, object]) -> Iterator[tuple[str, str]]:
    yield "doi", _text(item, "DOI", "doi")
    yield "pmid", _text(item, "PMID", "pmid")
    yield "any", _text(item, "URL", "url")
    if _KEY.fullmatch(key := _text(item, "id")):
        yield "any", key
    for name in (
        "note",
        "annote",
        "number",
        "archive_location",
        "archive",
        "container-title",
        "collection-title",
    ):
        yield "note", _text(item, name)


def _names(people: object) -> list[str]:
    if not isinstance(people, list):
        return []
    return [name for person in people if isinstance(person, dict | str) and (name := _name(person))]


def _name(person: dict[str, object] | str) -> str:
    if isinstance(person, str):
        return one_line(person)
    family = " ".join(
        filter(None, (_text(person, "non-dropping-particle"), _text(person, "family")))
    )
    given = " ".join(filter(None, (_text(person, "given"), _text(person, "dropping-particle"))))
    if family or given:
        return one_line(full_name(family, given, _text(person, "suffix")))
    return one_line(_text(person, "literal", "name"))


def _date(value: object) -> str:
    """Return a date (`date-parts`, `raw`, `literal`, or plain text) as complete as it is."""
    if isinstance(value, str | int):
        return iso_date(str(value))
    if not isinstance(value, dict):
        return ""
    parts = value.get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], list) else []
    texts = [str(part) for part in first[:3] if isinstance(part, int | str)]
    if texts and (day := dated(*texts)):
        season = _SEASONS.get(str(value.get("season", "")).lower(), "") if len(texts) == 1 else ""
        return dated(texts[0], season) if season else day
    return iso_date(_text(value, "raw", "literal", "date-time"))
