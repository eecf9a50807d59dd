"""Works in the formats other programs read: JSON lines, BibTeX, RIS, CSL-JSON. Pure text, no IO.

Each writer takes works one by one and yields pieces of text, so that a library of any size can be
streamed. The hub's own reader of a format (formats/) reads what the writer wrote back with the same
identifiers, title and authors.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from academichub import documents
from academichub.formats.bibtex import KEY_FIELD
from academichub.formats.bibtex_latex import escape_latex, without_macros
from academichub.formats.conventions import is_cjk
from academichub.formats.protocol import one_line
from academichub.works.author import Author, NameParts
from academichub.works.identifiers import fold
from academichub.works.work import CITATION_TEXTS, Kind, Work

Writer = Callable[[Iterable[Work]], Iterator[str]]

# ---- JSON lines ----------------------------------------------------------------------------------

_OPTIONAL_FIELDS = (
    "published",
    "updated",
    "kind",
    "venue",
    "journal_ref",
    "comment",
    "url",
    "license",
    "language",
    "note",
    "field",
    *CITATION_TEXTS,
)
"""Fields that a line has only if the work has them."""


_PARTS = ("family", "given", "particle", "suffix", "literal")


def work_document(work: Work) -> documents.Work:
    """Return a work as the document that is exported."""
    optional_fields: dict[str, Any] = {
        name: value for name in _OPTIONAL_FIELDS if (value := getattr(work, name))
    }
    orcids = {author.name: author.orcid for author in work.authors if author.orcid}
    if orcids:
        optional_fields["orcids"] = orcids
    if work.editors:
        optional_fields["editors"] = [editor.name for editor in work.editors]
    if names := _names(work.authors):
        optional_fields["names"] = names
    if names := _names(work.editors):
        optional_fields["editor_names"] = names
    return documents.Work(
        key=work.key,
        identifiers=dict(work.public_identifiers),
        title=work.title,
        authors=[author.name for author in work.authors],
        categories=list(work.categories),
        abstract=work.abstract,
        versions=[documents.DatedVersion.model_validate(version) for version in work.versions],
        announcements=[
            documents.Announcement.model_validate(announcement)
            for announcement in work.announcements
        ],
        sources=list(work.sources),
        withdrawn=work.withdrawn,
        **optional_fields,
    )


def _names(people: Sequence[Author]) -> list[documents.Name]:
    """Return names in parts, one for each person; none where no name is known in parts."""
    if not any(person.parts for person in people):
        return []
    return [
        documents.Name(**{part: text for part in _PARTS if (text := getattr(parts, part))})
        for parts in (person.parts or NameParts(literal=person.name) for person in people)
    ]


def write_jsonl(works: Iterable[Work]) -> Iterator[str]:
    """Yield a line for each work."""
    for work in works:
        yield work_document(work).json_text() + "\n"


# ---- BibTeX --------------------------------------------------------------------------------------

_BIBTEX_TYPES: dict[Kind, str] = {
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
_GROUP_AUTHOR = re.compile(
    r"\b(?:collaborations?|consortium|team|group|committee|society|institute)\b", re.IGNORECASE
)


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


def write_bibtex(works: Iterable[Work]) -> Iterator[str]:
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
    kind = _BIBTEX_TYPES.get(work.kind, "misc")
    fields = {
        "title": _tex(work.title),
        "author": " and ".join(_bibtex_name(author.name) for author in work.authors),
        "year": work.published[:4],
        "month": work.published[5:7].lstrip("0"),
        "day": work.published[8:10].lstrip("0"),
        {"inproceedings": "booktitle", "book": "publisher"}.get(kind, "journal"): _tex(work.venue),
        "abstract": _tex(work.abstract),
        "doi": _own_doi(identifiers).replace("{", "%7B").replace("}", "%7D"),
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
    return f"{{{escaped}}}" if _NEEDS_BRACES.search(name) or _GROUP_AUTHOR.search(name) else escaped


def _own_doi(identifiers: Mapping[str, str]) -> str:
    """Return the DOI, unless it is the one that arXiv derives from its own id."""
    doi = identifiers.get("doi", "")
    return "" if doi.lower().startswith("10.48550/arxiv.") else doi


# ---- RIS -----------------------------------------------------------------------------------------

_RIS_TYPES: dict[Kind, str] = {
    "article": "JOUR",
    "proceedings": "CPAPER",
    "book": "BOOK",
    "preprint": "UNPB",
}
_LABELS = {
    "arxiv": "arXiv",
    "pmid": "PMID",
    "openreview": "OpenReview",
    "acl": "ACL",
    "s2": "S2",
    "openalex": "OpenAlex",
}


def write_ris(works: Iterable[Work]) -> Iterator[str]:
    """Yield a reference for each work."""
    for work in works:
        identifiers = work.public_identifiers
        rows = [
            ("TY", _RIS_TYPES.get(work.kind, "GEN")),
            ("ID", work.key),
            ("TI", work.title),
            *(("AU", ", ".join(_inverted(author.name))) for author in work.authors),
            ("PY", work.published[:4]),
            ("DA", work.published.replace("-", "/") if len(work.published) > 4 else ""),
            ("T2", work.venue),
            ("AB", work.abstract),
            ("DO", _own_doi(identifiers)),
            *(
                ("AN", f"{label}:{identifiers[scheme]}")
                for scheme, label in _LABELS.items()
                if scheme in identifiers
            ),
            ("UR", work.url),
            *(("KW", category) for category in work.categories),
        ]
        lines = [f"{tag}  - {one_line(value)}\r\n" for tag, value in rows if value]
        yield "".join([*lines, "ER  - \r\n\r\n"])


def _inverted(name: str) -> list[str]:
    """Return a name as [family, given, suffix], without empty parts at the end.

    `Ludwig van Beethoven` gives [van Beethoven, Ludwig]. Chinese names and single words are
    one part. The text after a comma is a suffix (`Jr.`).
    """
    base, _, suffix = one_line(name).partition(",")
    words = base.split()
    if is_cjk(base) or len(words) < 2:
        parts = [base.strip(), "", suffix.strip()]
    else:
        # Lower-case words before the last one (`van`, `de la`) belong to the family name.
        start = len(words) - 1
        while start > 1 and words[start - 1].islower() and words[start - 1].isalpha():
            start -= 1
        parts = [" ".join(words[start:]), " ".join(words[:start]), suffix.strip()]
    while parts and not parts[-1]:
        parts.pop()
    return parts


# ---- CSL-JSON ------------------------------------------------------------------------------------

_CSL_TYPES: dict[Kind, str] = {
    "article": "article-journal",
    "proceedings": "paper-conference",
    "book": "book",
}


def write_csl_json(works: Iterable[Work]) -> Iterator[str]:
    """Yield a JSON array of all works, piece by piece."""
    yield "["
    for n, work in enumerate(works):
        yield ("," if n else "") + "\n" + json.dumps(_csl_item(work), ensure_ascii=False)
    yield "\n]\n"


def _csl_item(work: Work) -> dict[str, Any]:
    """Return a work as a CSL-JSON item, without empty fields."""
    identifiers = work.public_identifiers
    item: dict[str, Any] = {
        "id": work.key,
        "type": _CSL_TYPES.get(work.kind, "article"),
        "title": work.title,
        "author": [_csl_name(author.name) for author in work.authors],
        "abstract": work.abstract,
        "container-title": work.venue,
        "DOI": _own_doi(identifiers),
        "PMID": identifiers.get("pmid", ""),
        "number": f"arXiv:{identifiers['arxiv']}" if "arxiv" in identifiers else "",
        "note": "\n".join(
            f"{_LABELS[scheme]}: {identifiers[scheme]}"
            for scheme in ("openreview", "acl", "s2", "openalex")
            if scheme in identifiers
        ),
        "URL": work.url,
        "language": work.language,
    }
    if work.published:
        item["issued"] = {"date-parts": [[int(part) for part in work.published.split("-")]]}
    return {name: value for name, value in item.items() if value}


def _csl_name(name: str) -> dict[str, str]:
    """Return a name for CSL-JSON: as family and given name, or literally if it has other parts."""
    parts = _inverted(name)
    if len(parts) != 2 or _GROUP_AUTHOR.search(name):
        return {"literal": one_line(name)}
    return {"family": parts[0], "given": parts[1]}


WRITERS: dict[str, Writer] = {
    "jsonl": write_jsonl,
    "bibtex": write_bibtex,
    "ris": write_ris,
    "csl-json": write_csl_json,
}
"""Name of a format -> its writer."""

MEDIA = {
    "jsonl": ("application/x-ndjson", ".jsonl"),
    "bibtex": ("application/x-bibtex", ".bib"),
    "ris": ("application/x-research-info-systems", ".ris"),
    "csl-json": ("application/vnd.citationstyles.csl+json", ".json"),
}
"""Name of a format -> (media type, file ending)."""
