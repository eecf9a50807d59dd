"""BibTeX and BibLaTeX libraries.

Reads what JabRef, Zotero, Mendeley and people write, broken entries included.

bibtexparser splits the file into blocks and finds its way back after a broken one; what the blocks
mean is read here: `@string` macros and `#`, months, TeX, name lists, crossref, and where
identifiers hide. Nothing leaves silently: an entry that cannot be used is reported with its line,
and so is text that looks like fields outside any entry.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping

from bibtexparser.model import (
    Block,
    DuplicateBlockKeyBlock,
    DuplicateFieldKeyBlock,
    ImplicitComment,
    ParsingFailedBlock,
    String,
)
from bibtexparser.model import Entry as EntryBlock
from bibtexparser.splitter import Splitter

from academichub.formats.bibtex_latex import decode_latex
from academichub.formats.bibtex_names import bibtex_names
from academichub.formats.conventions import dated, iso_date, language_code
from academichub.formats.protocol import (
    Entry,
    ParsedFile,
    Skipped,
    check_entries,
    check_size,
    one_line,
)
from academichub.text.charset import decode_text
from academichub.text.markup import plain_text
from academichub.works.work import Kind

SOURCE = "bibtex"

KEY_FIELD = "academichub"
"""The field in which our own export keeps the key of a work that has no public identifier."""

MAX_MACRO = 10_000
"""Longest text an `@string` may grow to, in characters: macros may be made of macros."""

_BLOCK_START = re.compile(r"^([ \t]*@[A-Za-z]+)([ \t]*\n\s{0,80})([{(])", re.MULTILINE)
_STRAY_FIELD = re.compile(r"(?:^|,)[ \t]*[A-Za-z][\w-]*\s*=\s*[{\"\w]", re.MULTILINE)
_NO_ENTRY = ("string", "preamble", "comment")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ESCAPED_IN_ADDRESS = re.compile(r"\{?\\([_%&#~$^])\s*(?:\{\})?\}?|[{}]")
_KINDS: dict[str, Kind] = {
    "article": "article", "inproceedings": "proceedings", "conference": "proceedings", "proceedings": "proceedings",
    "book": "book", "inbook": "book", "incollection": "book", "mvbook": "book", "collection": "book",
    "unpublished": "preprint", "preprint": "preprint",
}  # fmt: skip

logging.getLogger("bibtexparser").setLevel(
    logging.CRITICAL
)  # it logs every broken block; we report them


def parse(data: bytes, *, name: str = "") -> ParsedFile:
    """Return the entries of a BibTeX file.

    Raises:
        InputError: If the file is too large or has too many entries.
    """
    check_size(data, "BibTeX")
    text = _BLOCK_START.sub(r"\1\3\2", decode_text(data))
    parsed = ParsedFile()
    entries: list[tuple[str, EntryBlock]] = []
    macros = {month: month for month in _MONTHS}
    for block in Splitter(text).split().blocks:
        block = _unwrapped(block)
        line = f"line {(block.start_line or 0) + 1}"
        if isinstance(block, String):
            macros[block.key.lower()] = _value(block.value, macros)[:MAX_MACRO]
        elif isinstance(block, EntryBlock):
            entries.append((line, block))
            check_entries(len(entries) + len(parsed.skipped), "BibTeX")
        elif isinstance(block, ParsingFailedBlock):
            _report_broken(parsed, line, block)
        elif isinstance(block, ImplicitComment) and _STRAY_FIELD.search(block.comment):
            parsed.warnings.append(
                Skipped(line, "text outside any entry; the entry before it closes too early")
            )
    _read_entries(entries, macros, parsed)
    parsed.skipped.sort(key=lambda skipped: int(skipped.where.split()[1]))
    return parsed


def _unwrapped(block: Block) -> Block:
    """Return the block inside a complaint of the splitter, for repeated keys and fields count."""
    while (
        isinstance(block, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock)
        and block.ignore_error_block is not None
    ):
        block = block.ignore_error_block
    return block


def _report_broken(parsed: ParsedFile, line: str, block: ParsingFailedBlock) -> None:
    kind = re.match(r"\s*@(\w*)", block.raw or "")
    reason = getattr(block.error, "abort_reason", str(block.error))
    if "end of file" in reason:
        why = "entry not closed: the file ends inside it"
    elif "block start" in reason:
        why = "entry not closed: the next one begins inside it"
    else:
        why = f"broken entry: {one_line(reason).rstrip('.')}"
    if kind and kind[1].lower() in _NO_ENTRY:
        parsed.warnings.append(Skipped(line, why.replace("entry", f"@{kind[1].lower()}", 1)))
    else:
        parsed.skipped.append(Skipped(line, why))
        check_entries(len(parsed.skipped), "BibTeX")


def _read_entries(
    entries: list[tuple[str, EntryBlock]], macros: Mapping[str, str], parsed: ParsedFile
) -> None:
    read = [(line, block, _fields(block, macros)) for line, block in entries]
    parents: dict[str, dict[str, str]] = {}
    for _, block, fields in read:
        parents.setdefault(block.key.lower(), fields)
    for line, block, fields in read:
        if parent := parents.get(fields.get("crossref", "").lower()):
            fields = _inherited(fields, parent)
        entry = _entry(block, fields)
        where = (
            f"{line} (@{block.entry_type} {block.key})"
            if block.key
            else f"{line} (@{block.entry_type})"
        )
        if not one_line(entry.title):
            parsed.skipped.append(Skipped(where, "no title"))
            continue
        parsed.warnings += [Skipped(where, cut) for cut in entry.cuts()]
        parsed.records.append(entry.record(SOURCE))


def _fields(block: EntryBlock, macros: Mapping[str, str]) -> dict[str, str]:
    """Return fields by lower-case name, resolved.

    Of a repeated field the first that says anything counts.
    """
    fields: dict[str, str] = {}
    for field in block.fields:
        name = field.key.lower()
        if not fields.get(name):
            fields[name] = _value(field.value, macros)
    return fields


def _value(raw: str, macros: Mapping[str, str]) -> str:
    """Return the text of a field value.

    A value is `{...}`, `"..."`, a number, a macro, or several joined by `#`.
    """
    if "#" not in raw:
        return _part(raw.strip(), macros)
    return "".join(_part(part.strip(), macros) for part in _joined(raw))


def _joined(raw: str) -> Iterator[str]:
    """Split a value at the `#` outside braces and quotes."""
    depth, quoted, start = 0, False, 0
    for n, ch in enumerate(raw):
        if ch == "{":
            depth += 1
        elif ch == "}":
            depth -= 1
        elif ch == '"' and depth <= 0:
            quoted = not quoted
        elif ch == "#" and depth <= 0 and not quoted:
            yield raw[start:n]
            start = n + 1
    yield raw[start:]


def _part(part: str, macros: Mapping[str, str]) -> str:
    if len(part) > 1 and (part[0], part[-1]) in (("{", "}"), ('"', '"')):
        return part[1:-1]
    return macros.get(part.lower(), part)


def _inherited(fields: dict[str, str], parent: Mapping[str, str]) -> dict[str, str]:
    """Return fields with those of the entry that `crossref` names; its title is the book title."""
    taken = {
        name: parent[name]
        for name in ("year", "month", "date", "publisher", "journal", "booktitle")
        if name in parent
    }
    if "title" in parent:
        taken.setdefault("booktitle", parent["title"])
    return {**taken, **{name: text for name, text in fields.items() if text}}


def _entry(block: EntryBlock, fields: Mapping[str, str]) -> Entry:
    def text(*names: str) -> str:
        return next((_plain(value) for name in names if (value := fields.get(name))), "")

    def address(name: str) -> str:
        return _ESCAPED_IN_ADDRESS.sub(lambda m: m[1] or "", fields.get(name, "")).strip()

    title = text("title")
    if title and (subtitle := text("subtitle")) and subtitle not in title:
        title = f"{title}: {subtitle}"
    people = fields.get("author") or ""
    if not people and block.entry_type in ("book", "proceedings", "collection"):
        people = fields.get("editor") or ""
    on_arxiv = "arxiv" in (address("archiveprefix") + address("eprinttype")).lower()
    category = address("primaryclass") or address("eprintclass")
    return Entry(
        key=block.key,
        title=title or (text("booktitle") if block.entry_type in ("proceedings", "book") else ""),
        authors=bibtex_names(people),
        stated=list(_stated(fields, address)),
        published=_published(fields),
        abstract=text("abstract"),
        venue=text("journaltitle", "journal", "booktitle", "publisher", "school", "institution"),
        url=address("url"),
        language=language_code(text("language", "langid")),
        kind=_KINDS.get(block.entry_type, "preprint" if on_arxiv else "other"),
        categories=(category,)
        if on_arxiv and re.fullmatch(r"[a-z-]+(?:\.[A-Za-z-]+)?", category)
        else (),
        raw=block.raw or "",
    )


def _plain(value: str) -> str:
    """Return a field's text without TeX, and without the HTML that some programs leave in it."""
    text = decode_latex(value)
    return plain_text(text) if "<" in text or "&" in text else one_line(text)


def _published(fields: Mapping[str, str]) -> str:
    """Return BibLaTeX's date, else year, month and day (which may be `month = "12~" # mar`)."""
    if day := iso_date(fields.get("date", "")):
        return day
    year, month = fields.get("year", ""), fields.get("month", "")
    if not month:
        return iso_date(year)
    inside = re.search(r"\d{1,2}", month) if re.search(r"[A-Za-z]", month) else None
    return dated(year, month, fields.get("day") or (inside[0] if inside else ""))


def _stated(fields: Mapping[str, str], address: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield the texts that may hold identifiers, the most trusted first."""
    yield "doi", address("doi")
    archive = (address("archiveprefix") or address("eprinttype")).lower()
    if archive in ("", "arxiv"):
        yield "arxiv", address("eprint")
    elif archive in ("pubmed", "medline"):
        yield "pmid", address("eprint")
    for scheme in ("arxiv", "pmid", "openreview", "acl", "s2", "openalex"):
        yield scheme, address(scheme)
    yield "arxiv", address("arxivid")
    yield "any", address("url")
    yield "any", address(KEY_FIELD)
    for name in ("note", "annote", "howpublished", "journal", "journaltitle"):
        yield "note", address(name)
    if address("journal").lower() == "corr":
        yield "arxiv", address("volume").removeprefix("abs/")
