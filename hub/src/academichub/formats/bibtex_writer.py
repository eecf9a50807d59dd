"""Works as BibTeX entries, with citation keys made from author, year and title."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from academichub.formats.bibtex import KEY_FIELD
from academichub.formats.bibtex_latex import escape_latex, without_macros
from academichub.formats.protocol import one_line
from academichub.formats.writer_conventions import is_group, own_doi
from academichub.works.identifiers import fold
from academichub.works.work import Kind, Work

_TYPES: dict[Kind, str] = {
    "article": "article",
    "proceedings": "inproceedings",
    "book": "book",
}
_TOO_COMMON = (
    "a",
    "an",
    "and",
    "as",
    "at",
    "by",
    "for",
    "from",
    "in",
    "into",
    "is",
    "of",
    "on",
    "or",
    "the",
    "to",
    "with",
)
_NEEDS_BRACES = re.compile(r"[,，;；、]|\band\b|\bothers\b|\bet al\b", re.IGNORECASE)


def citation_key(work: Work) -> str:
    """Return `surnameYEARword` in ASCII (`curie2026select`).

    If that has no letter, as for a Chinese author and title, the key of the work takes its place.
    """
    surname = fold(work.authors[0].name).split()[-1:] if work.authors else []
    words = (
        word for word in fold(work.title).split() if word not in _TOO_COMMON and word.isascii()
    )
    parts = "".join([*surname, work.published[:4], next(words, "")])
    ascii_only = unicodedata.normalize("NFKD", parts).encode("ascii", "ignore").decode()
    key = re.sub(r"[^A-Za-z0-9]", "", ascii_only)
    return (
        key if re.search(r"[A-Za-z]", key) else re.sub(r"[^A-Za-z0-9]+", "-", work.key).strip("-")
    )


def write(works: Iterable[Work]) -> Iterator[str]:
    """Yield an entry for each work, with citation keys that are unique in the file up to case."""
    used: set[str] = set()
    for work in works:
        first = citation_key(work) or "work"
        key, number = first, 1
        while key.lower() in used:
            number += 1
            key = f"{first}-{number}"
        used.add(key.lower())
        yield _bibtex_entry(work, key)


def _bibtex_entry(work: Work, key: str) -> str:
    """Return a work as a BibTeX entry."""
    identifiers = work.public_identifiers
    kind = _TYPES.get(work.kind, "misc")
    fields = {
        "title": _tex(work.title),
        "author": " and ".join(_bibtex_name(author.name) for author in work.authors),
        "year": work.published[:4],
        "month": work.published[5:7].lstrip("0"),
        "day": work.published[8:10].lstrip("0"),
        {"inproceedings": "booktitle", "book": "publisher"}.get(kind, "journal"): _tex(work.venue),
        "abstract": _tex(work.abstract),
        "doi": own_doi(identifiers).replace("{", "%7B").replace("}", "%7D"),
        "eprint": identifiers.get("arxiv", ""),
        "archiveprefix": "arXiv" if "arxiv" in identifiers else "",
        "primaryclass": work.categories[0] if "arxiv" in identifiers and work.categories else "",
        **{
            scheme: identifiers.get(scheme, "")
            for scheme in ("pmid", "openreview", "acl", "s2", "openalex")
        },
        "url": re.sub(r"[{}\\\s]", lambda m: f"%{ord(m[0]):02X}", work.url),
        KEY_FIELD: "" if identifiers else work.key,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"]) + "\n\n"


def _tex(text: str) -> str:
    """Return a text on a single line, escaped for LaTeX."""
    return escape_latex(one_line(without_macros(one_line(text))))


def _bibtex_name(name: str) -> str:
    """Return a name for an author list, in braces if BibTeX would split it wrongly."""
    escaped = _tex(name)
    return f"{{{escaped}}}" if _NEEDS_BRACES.search(name) or is_group(name) else escaped
