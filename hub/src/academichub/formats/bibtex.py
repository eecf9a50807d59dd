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
from academichub.formats.bibtex_values import resolved_fields, resolved_value, with_inherited
from academichub.formats.conventions import dated, iso_date, language_code
from academichub.formats.protocol import (
    Entry,
    ParsedFile,
    Skipped,
    check_entries,
    check_size,
    line_position,
    one_line,
)
from academichub.messages import Message
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
    "article": "article", "inproceedings": "proceedings", "conference": "proceedings",
    "proceedings": "proceedings", "book": "book", "inbook": "book", "incollection": "book",
    "mvbook": "book", "collection": "book", "unpublished": "preprint", "preprint": "preprint",
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
    entries: list[tuple[int, EntryBlock]] = []
    macros = {month: month for month in _MONTHS}
    for block in Splitter(text).split().blocks:
        block = _unwrapped(block)
        line = (block.start_line or 0) + 1
        if isinstance(block, String):
            macros[block.key.lower()] = resolved_value(block.value, macros)[:MAX_MACRO]
        elif isinstance(block, EntryBlock):
            entries.append((line, block))
            check_entries(len(entries) + len(parsed.skipped), "BibTeX")
        elif isinstance(block, ParsingFailedBlock):
            _report_broken(parsed, line, block)
        elif isinstance(block, ImplicitComment) and _STRAY_FIELD.search(block.comment):
            parsed.warnings.append(
                Skipped(line_position(line), Message.of("skipped.text_outside_entry"))
            )
    _read_entries(entries, macros, parsed)
    parsed.skipped.sort(key=_line_of)
    return parsed


def _unwrapped(block: Block) -> Block:
    """Return the block inside a complaint of the splitter, for repeated keys and fields count."""
    while (
        isinstance(block, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock)
        and block.ignore_error_block is not None
    ):
        block = block.ignore_error_block
    return block


def _line_of(skipped: Skipped) -> int:
    """Return the line on which a skipped block begins."""
    return int(str(skipped.position.params["line"]))


def _report_broken(parsed: ParsedFile, line: int, block: ParsingFailedBlock) -> None:
    """Report a block that the splitter could not read; only an entry counts as skipped."""
    start = re.match(r"\s*@(\w*)", block.raw or "")
    command = start[1].lower() if start else ""
    is_entry = command not in _NO_ENTRY
    kind = Message.of("skipped.bibtex_entry") if is_entry else f"@{command}"
    failure = getattr(block.error, "abort_reason", str(block.error))
    if "end of file" in failure:
        reason = Message.of("skipped.file_ends_inside", block=kind)
    elif "block start" in failure:
        reason = Message.of("skipped.next_begins_inside", block=kind)
    else:
        reason = Message.of("skipped.broken", block=kind, why=one_line(failure).rstrip("."))
    skipped = Skipped(line_position(line), reason)
    if not is_entry:
        parsed.warnings.append(skipped)
    else:
        parsed.skipped.append(skipped)
        check_entries(len(parsed.skipped), "BibTeX")


def _read_entries(
    entries: list[tuple[int, EntryBlock]], macros: Mapping[str, str], parsed: ParsedFile
) -> None:
    read = [(line, block, resolved_fields(block, macros)) for line, block in entries]
    parents: dict[str, dict[str, str]] = {}
    for _, block, fields in read:
        parents.setdefault(block.key.lower(), fields)
    for line, block, fields in read:
        if parent := parents.get(fields.get("crossref", "").lower()):
            fields = with_inherited(fields, parent)
        entry = _entry(block, fields)
        position = _entry_position(line, block)
        if not one_line(entry.title):
            parsed.skipped.append(Skipped(position, Message.of("skipped.no_title")))
            continue
        parsed.warnings += [Skipped(position, cut) for cut in entry.cuts()]
        parsed.records.append(entry.record(SOURCE))


def _entry_position(line: int, block: EntryBlock) -> Message:
    if not block.key:
        return Message.of("skipped.bibtex_line", line=line, type=block.entry_type)
    return Message.of("skipped.bibtex_key", line=line, type=block.entry_type, key=block.key)


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
