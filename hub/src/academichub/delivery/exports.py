"""Works in the formats other programs read: JSON lines (contracts.md 3), BibTeX, RIS, CSL-JSON. Pure text, no IO."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from academichub.identifiers import fold
from academichub.papers import Work

Writer = Callable[[Iterable[Work]], Iterator[str]]


def export_line(work: Work) -> dict[str, Any]:
    """Return a work as the object of a JSON line, keys in the contract's order."""
    return {
        "key": work.key,
        "identifiers": dict(work.public_identifiers),
        "title": work.title,
        "authors": [author.name for author in work.authors],
        "categories": list(work.categories),
        "abstract": work.abstract,
        "versions": [{"version": one.version, "date": one.date} for one in work.versions],
        "announcements": [
            {
                "source": one.source,
                "date": one.date,
                "type": one.type,
                "category": one.category,
                "version": one.version,
            }
            for one in work.announcements
        ],
        "sources": list(work.sources),
        "withdrawn": work.withdrawn,
    }


def write_jsonl(works: Iterable[Work]) -> Iterator[str]:
    """Yield one line a work."""
    for work in works:
        yield json.dumps(export_line(work), ensure_ascii=False) + "\n"


# ---- BibTeX ----------------------------------------------------------------------------------------------------------

_BIBTEX_SPECIAL = {
    "\\": r"{\textbackslash}",
    "{": r"{\textbraceleft}",
    "}": r"{\textbraceright}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}",
}
_MATH = re.compile(r"\$[^$\n]{1,400}\$")


def _bibtex_text(text: str) -> str:
    """Escape text for a braced BibTeX field; balanced formulas between dollars stay LaTeX."""
    out, last = [], 0
    for found in _MATH.finditer(text):
        if found[0].count("{") == found[0].count("}"):
            out += [_bibtex_plain(text[last : found.start()]), found[0]]
            last = found.end()
    return "".join([*out, _bibtex_plain(text[last:])])


def _bibtex_plain(text: str) -> str:
    return "".join(_BIBTEX_SPECIAL.get(character, character) for character in text)


def citation_key(work: Work) -> str:
    """Return `SurnameYearWord` in ASCII, e.g. `krishnamurthy2026select`; without these the identifier."""
    surname = fold(work.authors[0].name).split()[-1:] if work.authors else []
    word = next((one for one in fold(work.title).split() if len(one) > 3), "")
    parts = "".join([*surname, work.published[:4], word])
    ascii_only = unicodedata.normalize("NFKD", parts).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]", "", ascii_only) or re.sub(r"[^A-Za-z0-9]+", "-", work.key)


def write_bibtex(works: Iterable[Work]) -> Iterator[str]:
    """Yield one entry a work, with citation keys that are unique within the file."""
    used: dict[str, int] = {}
    for work in works:
        key = citation_key(work)
        used[key] = used.get(key, 0) + 1
        yield _bibtex_entry(work, key if used[key] == 1 else f"{key}-{used[key]}")


def _bibtex_entry(work: Work, key: str) -> str:
    names = work.public_identifiers
    kind = {"article": "article", "proceedings": "inproceedings", "book": "book"}.get(work.kind, "misc")
    fields = {
        "title": f"{{{_bibtex_text(work.title)}}}",
        "author": " and ".join(_bibtex_name(author.name) for author in work.authors),
        "year": work.published[:4],
        "month": str(int(work.published[5:7])) if len(work.published) >= 7 else "",
        "booktitle" if kind == "inproceedings" else "journal": _bibtex_plain(work.venue),
        "abstract": _bibtex_text(work.abstract),
        "doi": names.get("doi", ""),
        "eprint": names.get("arxiv", ""),
        "archiveprefix": "arXiv" if "arxiv" in names else "",
        "primaryclass": work.categories[0] if "arxiv" in names and work.categories else "",
        "pmid": names.get("pmid", ""),
        "url": _url_in_bibtex(work.url),
    }
    lines = [f"  {name} = {{{' '.join(value.split())}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"]) + "\n\n"


def _bibtex_name(name: str) -> str:
    """Protect a name BibTeX would take apart at a comma or `and`."""
    escaped = _bibtex_plain(name)
    return f"{{{escaped}}}" if "," in name or re.search(r"\band\b", name, re.IGNORECASE) else escaped


def _url_in_bibtex(url: str) -> str:
    return url.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")


# ---- RIS -------------------------------------------------------------------------------------------------------------


def write_ris(works: Iterable[Work]) -> Iterator[str]:
    """Yield one reference a work."""
    types = {"article": "JOUR", "proceedings": "CPAPER", "book": "BOOK", "preprint": "UNPB"}
    for work in works:
        names = work.public_identifiers
        day = work.published.replace("-", "/")
        rows = [
            ("TY", types.get(work.kind, "GEN")),
            ("TI", work.title),
            *(("AU", author.name) for author in work.authors),
            ("PY", work.published[:4]),
            ("DA", day if len(day) > 4 else ""),
            ("T2", work.venue),
            ("AB", work.abstract),
            ("DO", names.get("doi", "")),
            ("AN", f"arXiv:{names['arxiv']}" if "arxiv" in names else ""),
            ("UR", work.url),
            *(("KW", category) for category in work.categories),
        ]
        yield "".join(f"{tag}  - {' '.join(value.split())}\r\n" for tag, value in rows if value) + "ER  - \r\n\r\n"


# ---- CSL-JSON --------------------------------------------------------------------------------------------------------


def write_csl_json(works: Iterable[Work]) -> Iterator[str]:
    """Yield one array over all works, an item at a time."""
    yield "["
    for n, work in enumerate(works):
        yield ("," if n else "") + "\n" + json.dumps(_csl_item(work), ensure_ascii=False)
    yield "\n]\n"


def _csl_item(work: Work) -> dict[str, Any]:
    types = {"article": "article-journal", "proceedings": "paper-conference", "book": "book"}
    names = work.public_identifiers
    item: dict[str, Any] = {
        "id": work.key,
        "type": types.get(work.kind, "article"),
        "title": work.title,
        "author": [{"literal": author.name} for author in work.authors],
        "abstract": work.abstract,
        "container-title": work.venue,
        "DOI": names.get("doi", ""),
        "PMID": names.get("pmid", ""),
        "number": f"arXiv:{names['arxiv']}" if "arxiv" in names else "",
        "URL": work.url,
    }
    if work.published:
        item["issued"] = {"date-parts": [[int(part) for part in work.published.split("-")]]}
    return {name: value for name, value in item.items() if value}


WRITERS: dict[str, Writer] = {
    "jsonl": write_jsonl,
    "bibtex": write_bibtex,
    "ris": write_ris,
    "csl-json": write_csl_json,
}
"""Format -> writer; the media types and file endings are in MEDIA."""

MEDIA = {
    "jsonl": ("application/x-ndjson", "jsonl"),
    "bibtex": ("application/x-bibtex", "bib"),
    "ris": ("application/x-research-info-systems", "ris"),
    "csl-json": ("application/vnd.citationstyles.csl+json", "json"),
}
