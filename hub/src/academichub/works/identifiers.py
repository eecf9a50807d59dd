"""Identifiers of scholarly works: parsing, normal forms, the canonical key. Pure text, no IO.

Strongest first: DOI, arXiv id (without version), PMID, OpenReview forum, ACL Anthology id, then
Semantic Scholar and OpenAlex ids, then the address of a feed entry, then a content hash (`local`).
A DOI `10.48550/arXiv.X` stands for the arXiv id X. Sources: DOI handbook 2.2;
info.arxiv.org/help/arxiv_identifier.html.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from academichub.text.characters import REPLACEMENT

SCHEMES = ("doi", "arxiv", "pmid", "openreview", "acl", "s2", "openalex", "url", "local")
"""Identifier schemes, strongest first."""

PUBLIC_SCHEMES = ("arxiv", "doi", "pmid", "openreview", "acl", "s2", "openalex")
"""Schemes shown to outsiders (docs/contracts/json.md)."""


class Identifier(NamedTuple):
    """A scheme and a value in its normal form."""

    scheme: str
    value: str

    @property
    def key(self) -> str:
        """`scheme:value`, the form used in addresses and exports."""
        return f"{self.scheme}:{self.value}"


_ARXIV_NEW = r"\d{4}\.\d{4,5}"
_ARXIV_OLD = r"[a-z][a-z-]*(?:\.[A-Za-z-]{2,})?/\d{7}"
_ARXIV = re.compile(
    rf"(?:oai:arxiv\.org:|arxiv\s*:\s*|(?:https?://)?(?:www\.|export\.)?arxiv\.org/"
    rf"(?:abs|pdf|html|format)/)?"
    rf"(?P<id>{_ARXIV_NEW}|{_ARXIV_OLD})(?:v(?P<version>[1-9]\d{{0,3}}))?(?:\.pdf)?",
    re.IGNORECASE,
)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(?P<id>.+)", re.IGNORECASE)
_DOI = re.compile(
    r"(?:doi\s*:\s*|(?:https?://)?(?:dx\.)?(?:www\.)?doi\.org/)?(?P<doi>10\.\d{4,9}(?:\.\d+)*/\S+)",
    re.IGNORECASE,
)
_PMID = re.compile(
    r"(?:pmid\s*:\s*|(?:https?://)?pubmed\.ncbi\.nlm\.nih\.gov/)?(?P<id>[1-9]\d{0,8})/?",
    re.IGNORECASE,
)
_OPENREVIEW = re.compile(
    r"(?:openreview\s*:\s*|https?://openreview\.net/(?:forum|pdf)\?id=)(?P<id>[\w-]{6,20})"
)
_ACL = re.compile(
    r"(?:acl\s*:\s*|https?://(?:www\.)?aclanthology\.org/)?"
    r"(?P<id>[A-Z]\d\d-\d{4}|\d{4}\.[a-z0-9]+-[a-z0-9_]+\.\d+)/?",
)
_NOT_ALPHANUMERIC = re.compile(r"[^0-9a-z]+")
_TRAILING = ".,;:!?\"'>]}"


def parse_arxiv(text: str) -> tuple[str, int | None] | None:
    """Return (id without version, version or None), or None if the text is not one arXiv id.

    Accepts bare ids, `arXiv:` and `oai:arXiv.org:` prefixes, abs/pdf/html addresses and
    `10.48550/arXiv.` DOIs. Old ids lose a subject class (`math.GT/0309136` is `math/0309136`), as
    arXiv itself resolves them.
    """
    text = text.strip()
    if match := _ARXIV_DOI.search(text):
        text = unquote(match["id"])
    match = _ARXIV.fullmatch(text.split("?")[0].split("#")[0].rstrip("/"))
    if match is None:
        return None
    value = match["id"].lower()
    if "/" in value:
        archive, number = value.split("/")
        value = f"{archive.split('.')[0]}/{number}"
    elif not 1 <= int(value[2:4]) <= 12:
        return None
    return value, int(match["version"]) if match["version"] else None


def parse_doi(text: str) -> str | None:
    """Return the DOI in lower case without prefix, or None.

    A DOI that stands for an arXiv id is returned too.
    """
    match = _DOI.fullmatch(unquote(text.strip()) if "%2f" in text.lower() else text.strip())
    if match is None:
        return None
    doi = match["doi"].rstrip(_TRAILING)
    while doi.endswith(")") and doi.count("(") < doi.count(")"):
        doi = doi[:-1].rstrip(_TRAILING)
    suffix = doi.partition("/")[2]
    if REPLACEMENT in doi:  # damaged: two DOIs may be damaged to the same text
        return None
    return doi.lower() if suffix and doi.isprintable() and "<" not in suffix[:1] else None


def parse_pmid(text: str) -> str | None:
    """Return a PubMed id as digits, or None."""
    match = _PMID.fullmatch(text.strip())
    return match["id"] if match else None


def parse_identifier(text: str) -> Identifier | None:
    """Return what one piece of text identifies, or None.

    The text may be a key `scheme:value`, an address, a bare DOI or arXiv id.

    A bare number is not taken for a PMID: it must be written `pmid:123`.
    """
    text = text.strip()
    if len(text) > 2000 or REPLACEMENT in text:
        return None
    scheme, _, rest = text.partition(":")
    if scheme in ("s2", "openalex", "local", "url") and rest:
        return Identifier(scheme, normal_url(rest) if scheme == "url" else rest)
    # arXiv before DOI: a DOI that arXiv gave to its own paper names that paper.
    if arxiv := parse_arxiv(text):
        return Identifier("arxiv", arxiv[0])
    if doi := parse_doi(text):
        return Identifier("doi", doi)
    if scheme.lower() == "pmid" or "pubmed.ncbi" in text:
        pmid = parse_pmid(text)
        return Identifier("pmid", pmid) if pmid else None
    if match := _OPENREVIEW.match(text):
        return Identifier("openreview", match["id"])
    if match := _ACL.fullmatch(text):
        return Identifier("acl", match["id"])
    return None


def normalise(scheme: str, value: str) -> Identifier | None:
    """Return the normal form of a value in a scheme, or None where it is not of the scheme.

    An arXiv DOI becomes the arXiv identifier.
    """
    value = value.strip()
    if not value or scheme not in SCHEMES or REPLACEMENT in value:
        return None
    if scheme in ("doi", "arxiv"):
        if arxiv := parse_arxiv(value):
            return Identifier("arxiv", arxiv[0])
        doi = parse_doi(value) if scheme == "doi" else None
        return Identifier("doi", doi) if doi else None
    if scheme == "pmid":
        pmid = parse_pmid(value)
        return Identifier("pmid", pmid) if pmid else None
    if scheme == "url":
        return Identifier("url", normal_url(value))
    return Identifier(scheme, value)


def normal_url(url: str) -> str:
    """Return an address in the form used as an identifier.

    Scheme and host are in lower case; fragment and tracking are left out.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url.strip()
    query = "&".join(
        piece
        for piece in parts.query.split("&")
        if piece and not re.match(r"(?:utm_|rss|af=|fbclid|gclid)", piece, re.I)
    )
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path or "/", query, ""))


def local_identifier(title: str, authors: Iterable[str], year: str, venue: str) -> Identifier:
    """Return the identity of a statement that carries no identifier: a hash of what it says.

    Two statements get one identity only if title, all authors, year and venue agree after folding
    case, width, accents and punctuation. This is equality of content, not a guess that two
    different statements mean one work.
    """
    folded = "\x1f".join(fold(part) for part in (title, "\x1e".join(authors), year, venue))
    return Identifier("local", hashlib.sha256(folded.encode()).hexdigest()[:24])


def fold(text: str) -> str:
    """Return text without case, width, accents and punctuation, words parted by one blank."""
    if text.isascii():  # nine names of ten: the long way gives the same, four times slower
        return " ".join(_NOT_ALPHANUMERIC.sub(" ", text.lower()).split())
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    # Decomposing can lay new capitals open.
    decomposed = unicodedata.normalize("NFKD", decomposed.casefold())
    letters = "".join(
        ch if ch.isalnum() else " " for ch in decomposed if not unicodedata.combining(ch)
    )
    return " ".join(letters.split())


def canonical_key(identifiers: Iterable[Identifier]) -> str:
    """Return the key of a work: its strongest identifier; of two of one scheme the smaller value.

    Raises:
        ValueError: If there is no identifier at all.
    """
    return min(
        identifiers, key=lambda identifier: (SCHEMES.index(identifier.scheme), identifier.value)
    ).key


def public_identifiers(identifiers: Iterable[Identifier]) -> dict[str, str]:
    """Return the `identifiers` object of an export line: one value a scheme.

    An arXiv id brings its DOI.
    """
    by_scheme: dict[str, str] = {}
    for scheme, value in sorted(
        identifiers, key=lambda identifier: (SCHEMES.index(identifier.scheme), identifier.value)
    ):
        if scheme in PUBLIC_SCHEMES:
            by_scheme.setdefault(scheme, value)
    if "arxiv" in by_scheme:
        by_scheme.setdefault("doi", f"10.48550/arXiv.{by_scheme['arxiv']}")
    return {scheme: by_scheme[scheme] for scheme in PUBLIC_SCHEMES if scheme in by_scheme}


def landing_url(identifiers: Mapping[str, str]) -> str:
    """Return the address a reader is sent to for public identifiers; empty if none has one."""
    arxiv = identifiers.get("arxiv")
    if arxiv:
        return f"https://arxiv.org/abs/{arxiv}"
    for scheme, base in (
        ("doi", "https://doi.org/"),
        ("pmid", "https://pubmed.ncbi.nlm.nih.gov/"),
        ("openreview", "https://openreview.net/forum?id="),
        ("acl", "https://aclanthology.org/"),
        ("s2", "https://www.semanticscholar.org/paper/"),
        ("openalex", "https://openalex.org/"),
    ):
        if scheme in identifiers:
            return base + identifiers[scheme]
    return ""
