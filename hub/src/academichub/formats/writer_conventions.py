"""Names, DOIs and labels of identifiers as the writers of citation formats give them.

Pure text, no IO.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from academichub.formats.conventions import is_cjk
from academichub.formats.protocol import one_line

LABELS = {
    "arxiv": "arXiv",
    "pmid": "PMID",
    "openreview": "OpenReview",
    "acl": "ACL",
    "s2": "S2",
    "openalex": "OpenAlex",
}
"""Scheme -> its label before an identifier in a note, for schemes that have no field."""

_GROUP_AUTHOR = re.compile(
    r"\b(?:collaborations?|consortium|team|group|committee|society|institute)\b", re.IGNORECASE
)


def is_group(name: str) -> bool:
    """Return whether a name is that of a group of people, such as a collaboration."""
    return _GROUP_AUTHOR.search(name) is not None


def own_doi(identifiers: Mapping[str, str]) -> str:
    """Return the DOI, unless it is the one that arXiv derives from its own id."""
    doi = identifiers.get("doi", "")
    return "" if doi.lower().startswith("10.48550/arxiv.") else doi


def inverted_name(name: str) -> list[str]:
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
