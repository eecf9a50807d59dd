"""RIS references: tagged lines, `TY` to `ER`, as Zotero, EndNote and publishers write them.

The reader takes what real files hold: a missing `ER`, a byte order mark, one blank instead of two
before the dash, texts wrapped over lines, repeated tags, unknown tags and types. Tags: Reference
Manager's RIS specification (2011).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial

from academichub.facts.catalogue import is_archive, is_category
from academichub.formats.conventions import full_name, iso_date, language_code
from academichub.formats.protocol import (
    Entry,
    ParsedFile,
    Skipped,
    check_entries,
    check_size,
    clean,
    find_identifiers,
    line_position,
    one_line,
)
from academichub.messages import Message
from academichub.text.charset import decode_text
from academichub.text.markup import plain_text
from academichub.works.work import Kind

SOURCE = "ris"

_LINE = re.compile(r"\s{0,3}([A-Z][A-Z0-9]) {1,2}-(?: |$)(.*)")
_KINDS: dict[str, Kind] = {
    "JOUR": "article", "EJOUR": "article", "JFULL": "article", "INPR": "article",
    "MGZN": "article", "NEWS": "article", "CONF": "proceedings", "CPAPER": "proceedings",
    "BOOK": "book", "CHAP": "book", "EBOOK": "book", "ECHAP": "book", "EDBOOK": "book",
    "UNPB": "preprint",
}  # fmt: skip

_WRAPPED = "\x1f"
"""Marks a line that goes on with the text before; the lines are joined when the reference is
whole."""

_Tags = dict[str, list[str]]


def parse(data: bytes, *, name: str = "") -> ParsedFile:
    """Return the references of a RIS file.

    Raises:
        InputError: If the file is too large or has too many references.
    """
    check_size(data, "RIS")
    parsed = ParsedFile()
    for count, (number, tags, raw) in enumerate(_references(decode_text(data), parsed), start=1):
        check_entries(count, "RIS")
        position = line_position(number)
        entry = _entry(tags, raw)
        if not one_line(entry.title):
            kind = tags["TY"][0][:20] or Message.of("skipped.type_unknown")
            parsed.skipped.append(
                Skipped(position, Message.of("skipped.no_title_of_type", type=kind))
            )
            continue
        parsed.warnings += [Skipped(position, cut) for cut in entry.cuts()]
        parsed.records.append(entry.record(SOURCE))
    return parsed


def _references(text: str, parsed: ParsedFile) -> Iterator[tuple[int, _Tags, str]]:
    """Yield (line number of its start, texts by tag, raw lines) for each reference."""
    tags: _Tags | None = None
    start, last = 0, ""
    raw: list[str] = []
    for number, line in enumerate(clean(text).split("\n"), start=1):
        match = _LINE.match(line)
        tag, value = (match[1], match[2].strip()) if match else ("", line.strip())
        if tag == "TY":
            if tags is not None:
                parsed.warnings.append(
                    Skipped(line_position(start), Message.of("skipped.reference_next_begins"))
                )
                yield start, _unwrapped(tags), "\n".join(raw)
            tags, start, raw = {"TY": [value]}, number, [line]
        elif tags is None:
            if tag and tag != "ER":
                parsed.warnings.append(
                    Skipped(line_position(number), Message.of("skipped.tag_outside", tag=tag))
                )
        elif tag == "ER":
            yield start, _unwrapped(tags), "\n".join([*raw, line])
            tags = None
        elif tag:
            tags.setdefault(tag, []).append(value)
            last = tag
            raw.append(line)
        elif value and last in tags:
            tags[last].append(f"{_WRAPPED}{value}")
            raw.append(line)
    if tags is not None:
        parsed.warnings.append(
            Skipped(line_position(start), Message.of("skipped.reference_file_ends"))
        )
        yield start, _unwrapped(tags), "\n".join(raw)


def _unwrapped(tags: _Tags) -> _Tags:
    return {
        tag: "\x1e".join(lines).replace(f"\x1e{_WRAPPED}", "\n").split("\x1e")
        for tag, lines in tags.items()
    }


def _entry(tags: _Tags, raw: str) -> Entry:
    text = partial(_text, tags)
    kind = tags["TY"][0].upper()
    addresses = [part for value in tags.get("UR", ()) for part in value.split()]
    stated = _stated(tags, addresses)
    return Entry(
        key=text("ID"),
        title=text("TI", "T1", "CT")
        or (text("BT", "T2") if kind in ("BOOK", "CONF", "EDBOOK") else ""),
        authors=[name for person in _people(tags, kind) if (name := _name(person))],
        stated=stated,
        published=_published(tags),
        abstract=text("AB", "N2"),
        venue=text("T2", "JO", "JF", "BT", "J2", "JA", "PB"),
        url=next(
            (address for address in addresses if address.startswith(("http://", "https://"))), ""
        ),
        language=language_code(text("LA")),
        kind=_KINDS.get(kind, "other"),
        categories=_categories(tags, stated),
        raw=raw,
    )


def _stated(tags: _Tags, addresses: Sequence[str]) -> list[tuple[str, str]]:
    """Return the texts that may name the work, with what each is: the surest first."""
    return [
        *(("doi", value) for tag in ("DO", "M3") for value in tags.get(tag, ())),
        *(("any", address) for address in addresses),
        *(("any", value) for value in tags.get("ID", ())),
        *(("note", value) for tag in ("AN", "N1", "M1", "C2") for value in tags.get(tag, ())),
        *(("note", value) for tag in ("T2", "JO") for value in tags.get(tag, ())),
    ]


def _text(tags: _Tags, *names: str) -> str:
    """Return the first text that is not empty, by tag in the order given."""
    texts = (plain_text(value) for name in names for value in tags.get(name, ()))
    return next((text for text in texts if text), "")


def _people(tags: _Tags, kind: str) -> list[str]:
    people = tags.get("AU") or tags.get("A1") or []
    if not people and kind in ("BOOK", "EDBOOK", "CONF", "EBOOK"):
        # A volume without authors is cited by its editors.
        people = [*tags.get("A2", ()), *tags.get("ED", ()), *tags.get("A3", ())]
    return people


def _categories(tags: _Tags, stated: list[tuple[str, str]]) -> tuple[str, ...]:
    """Return the keywords that are arXiv categories, of a work that is on arXiv.

    Our export writes them so.
    """
    named = [
        category
        for value in tags.get("KW", ())
        if is_category(category := value.strip()) or is_archive(category)
    ]
    return tuple(dict.fromkeys(named)) if named and "arxiv" in find_identifiers(stated) else ()


def _name(text: str) -> str:
    """Return `Family, Given, Suffix` in reading order."""
    family, _, rest = one_line(text).partition(",")
    given, _, suffix = rest.partition(",")
    return full_name(family, given, suffix)


def _published(tags: _Tags) -> str:
    """Return the most complete of the dates given, if they agree in the year."""
    days = [
        day for tag in ("DA", "PY", "Y1") for value in tags.get(tag, ()) if (day := iso_date(value))
    ]
    year = next(
        (
            day[:4]
            for tag in ("PY", "Y1", "DA")
            for value in tags.get(tag, ())
            if (day := iso_date(value))
        ),
        "",
    )
    return max((day for day in days if day[:4] == year), key=len, default="")
