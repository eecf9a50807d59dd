"""What the running text of a feed entry says: its abstract without the bibliography around it, authors, a labelled DOI.

Publishers put volume, pages, authors and DOI into the description, as lines of their own. Pure text, no IO.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from academichub.sources.plain_text import text_lines

MAX_ABSTRACT_CHARS = 20_000
ARTICLE_CHARS = 6_000
"""A longer text is the whole post, not its abstract; the shorter description is preferred then."""

MIN_ABSTRACT_CHARS = 60
"""Less than this left over is no abstract but an editor's line or a remnant."""

_AUTHORS = re.compile(r"(?:Author\(s\)|Authors?|By|作者)\s*[:：]\s*(?P<names>.+)", re.IGNORECASE)
_LABEL = re.compile(r"(?:Abstract\b[\s:.\u2014-]*|ABSTRACT\b[\s:.\u2014-]*|Summary\s*[:.]\s*|摘\s*要[\s:：]*)")
_DOI_LABELLED = re.compile(r"\bdoi\s*[:：]?\s*(?:https?://(?:dx\.)?doi\.org/)?(?P<doi>10\.\d{4,9}/[^\s<>\"]+)", re.IGNORECASE)
_BIBLIOGRAPHY = re.compile(
    r"(?:(?:Publication date|Available online|Source|DOI|PMID|PMCID|Volume|Vol\.|Issue|Pages?|Citation|Keywords?"
    r"|来源|出版日期|关键词)\s*[:：].*"
    r"|(?:https?://)?(?:dx\.)?doi\.org/\S+"
    r"|Volume \d+.{0,40}(?:Page|Issue).{0,80}"
    r"|.{0,200},\s*(?:EarlyView|Early View|Ahead of Print|Accepted Article|Volume \d+.{0,80}|(?:vol\.|pp\.) .{0,60})\.?"
    r"|.{2,120} \d+\s?(?:\(\d+\))?: ?e?\d+[\u2013-]\d+\.?"
    r"|.{0,200}\bPublished online\b.{0,200}"
    r"|.{0,300}\bdoi\s*[:：]?\s*10\.\d{4,9}/\S+\.?(?:\s*eCollection.{0,20}|\s*Online ahead of print\.)?"
    r"|PMID:.{0,100}"
    r"|The post .{0,400}first on .{0,200}"
    r"|(?:Read more|Continue reading|Read the full.{0,40}|Graphical abstract|Full text|PDF|HTML)\W*"
    r"|(?:https?://|www\.)\S+"
    r"|[\W\d_]*)",
    re.IGNORECASE,
)


def abstract_of(texts: Sequence[str], title: str) -> str:
    """Return the abstract among the texts of an entry; empty where they hold none.

    Args:
        texts: Markup of content, description and summary.
        title: The entry's title; a line that only repeats it is left out.
    """
    found = sorted((text for one in texts if (text := _abstract(one, title))), key=len, reverse=True)
    if len(found) > 1 and len(found[0]) > ARTICLE_CHARS:
        found = found[1:]
    return found[0][:MAX_ABSTRACT_CHARS] if found else ""


def _abstract(markup: str, title: str) -> str:
    kept: list[str] = []
    lines = text_lines(markup)
    for line in lines[_name_lines(lines) :]:
        line = _LABEL.sub("", line, count=1) if _LABEL.match(line) else line
        if line and line != title and not _BIBLIOGRAPHY.fullmatch(line) and not _AUTHORS.fullmatch(line):
            kept.append(line)
    text = " ".join(kept)
    return text if len(text) >= MIN_ABSTRACT_CHARS or (len(text) >= MIN_ABSTRACT_CHARS // 3 and _is_dense(text)) else ""


def _is_dense(text: str) -> bool:
    """Whether a text is written in Chinese or Japanese, which say more in fewer characters."""
    return sum("\u3040" <= ch <= "\u9fff" for ch in text) * 2 > len(text)


def creators_in(texts: Sequence[str]) -> Iterator[str]:
    """Yield author lists that stand in the running text: labelled, or as a line of names by themselves."""
    for markup in texts:
        lines = text_lines(markup)
        labelled = [found["names"] for line in lines if (found := _AUTHORS.fullmatch(line)) and len(line) < 5_000]
        if labelled or _name_lines(lines):
            yield from labelled or lines[_name_lines(lines) - 1 : _name_lines(lines)]
            return


def _name_lines(lines: Sequence[str]) -> int:
    """Return how many leading lines end with one that lists names: 1 (CNKI, table-of-contents mirrors), else 0.

    `A B;C D;E F;`, or names parted by commas with the journal and a DOI in the lines after it.
    """
    if len(lines) < 2 or len(lines[0]) > 3_000:
        return 0
    first = lines[0]
    parts = [part for part in re.split(r"[;；]", first) if part.strip()]
    if first.rstrip().endswith((";", "；")) and all(len(part.split()) <= 6 for part in parts):
        return 1
    names = [part.strip() for part in first.split(",")]
    is_list = all(1 <= len(name.split()) <= 6 and not re.search(r"\d", name) for name in names)
    return 1 if is_list and len(lines) <= 4 and any(line.lower().startswith("doi:") for line in lines[1:]) else 0


def labelled_doi(texts: Sequence[str]) -> str:
    """Return the DOI that the text labels as its own; empty where there is none or more than one."""
    found = {
        match["doi"].rstrip(".,;)").lower() for markup in texts for line in text_lines(markup)
        for match in _DOI_LABELLED.finditer(line)
    }  # fmt: skip
    return found.pop() if len(found) == 1 else ""
