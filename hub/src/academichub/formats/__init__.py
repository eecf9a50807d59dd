"""Library files people already have: one reader a format, all of one shape (protocol.py).

`FORMATS` is the registry; adding a format is one module and one line here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from academichub.errors import InputError
from academichub.formats import bibtex, csl_json, jsonl, opml, ris
from academichub.formats.protocol import ParsedFile
from academichub.messages import Message
from academichub.text.charset import decode_text


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its name, its file endings, its `parse(data, *, name="") -> ParsedFile`."""

    title: str
    endings: tuple[str, ...]
    parse: Callable[..., ParsedFile]


FORMATS: dict[str, Format] = {
    "bibtex": Format("BibTeX", (".bib", ".bibtex", ".biblatex"), bibtex.parse),
    "ris": Format("RIS", (".ris",), ris.parse),
    "csl-json": Format("CSL-JSON", (".json", ".csljson"), csl_json.parse),
    "opml": Format("OPML", (".opml",), opml.parse),
    "jsonl": Format("JSON lines", (".jsonl", ".ndjson"), jsonl.parse),
}
"""Word of `--format` -> format."""

ACCEPTED = (
    "BibTeX (.bib)",
    "RIS (.ris)",
    "CSL-JSON (.json)",
    "OPML (.opml)",
    "JSON lines (.jsonl)",
)

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
            Message.of("file.rdf", name=name or Message.of("file.this"), accepted=ACCEPTED)
        )
    by_ending = next(
        (form for form, module in FORMATS.items() if name.endswith(module.endings)), ""
    )
    form = _by_content(text)
    if by_ending == "csl-json" and form == "jsonl":
        return form
    if by_ending and (not form or shows(by_ending, text)):
        return by_ending
    if by_ending or form:
        return form
    raise InputError(
        Message.of("file.unknown", name=name or Message.of("file.this"), accepted=ACCEPTED)
    )


def parse_library(content: bytes, name: str = "") -> ParsedFile:
    """Return the works of a library file in whichever format it is.

    Raises:
        InputError: If it is in none of the formats, or a list of feeds.
    """
    form = guess_format(content, name)
    if form == "opml":
        raise InputError(Message.of("upload.is_opml", name=name))
    return FORMATS[form].parse(content, name=name)


def shows(form: str, text: str) -> bool:
    """Return whether a text holds what every file of a format holds."""
    return _MARKS[form].search(text) is not None


_MARKS = {
    "opml": re.compile(r"<(\w+:)?opml\b", re.IGNORECASE),
    "csl-json": re.compile(r"\A\s*[\[{]"),
    "jsonl": re.compile(r"\A\s*\{"),
    "ris": re.compile(r"^\s{0,3}TY {1,2}- ", re.MULTILINE),
    "bibtex": re.compile(r"^[ \t]*@[A-Za-z]+\s*[{(]", re.MULTILINE),
}


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
