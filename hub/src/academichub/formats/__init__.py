"""Library files people already have: a reader and a writer a format, of one shape each.

`FORMATS` is the registry; adding a format is one module and one row here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from academichub.errors import InputError
from academichub.formats import (
    bibtex,
    bibtex_writer,
    csl_json,
    csl_json_writer,
    jsonl,
    jsonl_writer,
    opml,
    ris,
    ris_writer,
)
from academichub.formats.protocol import ParsedFile
from academichub.messages import Message
from academichub.text.charset import decode_text
from academichub.works.work import Work

Reader: TypeAlias = Callable[..., ParsedFile]
"""`parse(data, *, name="") -> ParsedFile`."""

Writer: TypeAlias = Callable[[Iterable[Work]], Iterator[str]]
"""Takes works one by one and yields pieces of text, so that a library of any size streams."""


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    The reader of a format reads what its writer wrote with the same identifiers, title and authors.

    Attributes:
        title: Its name.
        endings: Its file endings; files that are written get the first.
        parse: Its reader; None if the hub only writes the format.
        write: Its writer of works; None if the hub does not write works in it. The writer of OPML,
            `opml_writer.write`, takes feeds.
        media_type: Media type of what is written.
        mark: What every file of the format holds, if it can be told from the content.
    """

    title: str
    endings: tuple[str, ...]
    parse: Reader | None = None
    write: Writer | None = None
    media_type: str = ""
    mark: re.Pattern[str] | None = None


FORMATS: dict[str, Format] = {
    "bibtex": Format(
        "BibTeX",
        (".bib", ".bibtex", ".biblatex"),
        bibtex.parse,
        bibtex_writer.write,
        "application/x-bibtex",
        re.compile(r"^[ \t]*@[A-Za-z]+\s*[{(]", re.MULTILINE),
    ),
    "ris": Format(
        "RIS",
        (".ris",),
        ris.parse,
        ris_writer.write,
        "application/x-research-info-systems",
        re.compile(r"^\s{0,3}TY {1,2}- ", re.MULTILINE),
    ),
    "csl-json": Format(
        "CSL-JSON",
        (".json", ".csljson"),
        csl_json.parse,
        csl_json_writer.write,
        "application/vnd.citationstyles.csl+json",
        re.compile(r"\A\s*[\[{]"),
    ),
    "opml": Format(
        "OPML", (".opml",), opml.parse, mark=re.compile(r"<(\w+:)?opml\b", re.IGNORECASE)
    ),
    "jsonl": Format(
        "JSON lines",
        (".jsonl", ".ndjson"),
        jsonl.parse,
        jsonl_writer.write,
        "application/x-ndjson",
        re.compile(r"\A\s*\{"),
    ),
}
"""Word of `--format` -> format."""


def readers() -> dict[str, Reader]:
    """Return the formats that can be imported: name -> reader."""
    return {name: form.parse for name, form in FORMATS.items() if form.parse}


def writers() -> dict[str, Writer]:
    """Return the formats in which works can be exported, our own first: name -> writer."""
    names = sorted(FORMATS, key=lambda name: name != "jsonl")
    return {name: write for name in names if (write := FORMATS[name].write)}


_SAMPLE = 1 << 16


def guess_format(head: bytes, name: str = "") -> str:
    """Return the format of a file from its beginning (unpacked), else from its ending.

    Raises:
        InputError: If it is none of the formats that can be read.
    """
    name = name.lower().removesuffix(".gz")
    text = decode_text(head[:_SAMPLE]).lstrip()
    if "<rdf:RDF" in text or name.endswith(".rdf"):
        raise InputError(
            Message.of("file.rdf", name=name or Message.of("file.this"), accepted=_accepted())
        )
    by_ending = next((form for form in readers() if name.endswith(FORMATS[form].endings)), "")
    form = _by_content(text)
    if by_ending == "csl-json" and form == "jsonl":
        return form
    if by_ending and (not form or shows(by_ending, text)):
        return by_ending
    if by_ending or form:
        return form
    raise InputError(
        Message.of("file.unknown", name=name or Message.of("file.this"), accepted=_accepted())
    )


def parse_library(content: bytes, name: str = "") -> ParsedFile:
    """Return the works of a library file in whichever format it is.

    Raises:
        InputError: If it is in none of the formats, or a list of feeds.
    """
    form = guess_format(content, name)
    if form == "opml":
        raise InputError(Message.of("upload.is_opml", name=name))
    return readers()[form](content, name=name)


def shows(form: str, text: str) -> bool:
    """Return whether a text holds what every file of a format holds."""
    mark = FORMATS[form].mark
    return mark is not None and mark.search(text) is not None


def _accepted() -> list[str]:
    """Return the names of the formats that can be read, each with its usual ending."""
    return [f"{FORMATS[name].title} ({FORMATS[name].endings[0]})" for name in readers()]


def _by_content(text: str) -> str:
    if text.startswith("<"):
        return "opml" if shows("opml", text) else ""
    if text.startswith("["):
        return "csl-json"
    if text.startswith("{"):
        first = text.partition("\n")[0].rstrip()
        return (
            "jsonl"
            if first.endswith("}") and re.search(r'"(?:id|key|identifiers)"\s*:', first)
            else "csl-json"
        )
    return next((form for form in ("ris", "bibtex") if shows(form, text)), "")
