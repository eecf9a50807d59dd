"""Titles of corrections, retractions and editorial matter, and journals' names in feeds' titles.

Pure text, no IO.
"""

from __future__ import annotations

import re

_QUOTED = r"\s*+[:\"'\u201c\u2018\u201e\u00ab<]"
"""What follows `Correction to` in a notice; other titles may begin with these words, too."""

_NOTICE = re.compile(
    r"(?:\W*+(?:(?:author|publisher|editorial)['\u2019s]*+\s++)?"
    rf"(?:(?:corrections?|retraction|withdrawal)\b(?:\s++(?:to|for|of){_QUOTED}"
    rf"|\s++(?:notice|note)\b"
    r"|\s*+[:\-\u2013\u2014(]|\s*+$|\s++(?:to|for)\s.{1,80}\bet al\b)"
    r"|(?:corrigend(?:um|a)|errat(?:um|a)|addend(?:um|a)|removal notice"
    r"|(?:editorial )?expression of concern)\b"
    r"(?:\s++(?:to|for|of|notice|note)\b|\s*+[:\-\u2013\u2014(]|\s*+$))"
    r"|.*[(\[:\u2013\u2014-]\s*+(?:correction|corrigendum|erratum)\s*+(?:[)\]]\s*+)?$)",
    re.IGNORECASE,
)
_EDITORIAL = re.compile(
    r"\W*+(?:editorial|editorial board|editorial advisory board|issue information|issue highlights"
    r"|table of contents|contents|graphical contents list|front matter|back matter|masthead"
    r"|in this issue|this week in \w+"
    r"|(?:inside )?(?:front|back|outside|inside)?\s*+cover(?: picture| image| feature)?"
    r"|news (?:in brief|&|and).*+"
    r"|book reviews?|(?:list of|thanks to|acknowledge?ment (?:of|to)) reviewers.*+"
    r"|reviewer acknowledge?ments?.*+"
    r"|instructions? (?:for|to) authors|guide for authors|call for papers.*+|obituary"
    r"|in memoriam.*+|announcements?"
    r"|calendar|aims and scope|copyright page|publication information"
    r"|[\w ]+ publication information"
    r"|graphical abstracts? toc|contents continued|.{0,80}\bcover and (?:front|back) matter"
    r"|society information|subscription information|index to volume.*+"
    r"|目录|目次|封面|编委会|征稿.*+|勘误.*+|更正.*+|撤稿.*+)"
    r"(?:\s*+[:(\[–—].*+)?",
    re.IGNORECASE,
)
_RETRACTED = re.compile(
    r"\W*(?:retracted|withdrawn|removed)(?: article| paper| chapter)?\s*[:\]\-–—]", re.IGNORECASE
)
_FRAMES = (
    re.compile(
        r"^(?:sciencedirect publication|wiley|tandf|oup|iop|acs|rsc|springer|sage|aip|aps)\s*:\s*",
        re.IGNORECASE,
    ),
    re.compile(
        r"^(?:latest (?:issue|articles|papers|results) (?:of|from|for)"
        r"|arbeiten aus|new articles in)\s+",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<!\s)\s*+(?:[:,|–—-]\s*+)?(?:table of contents|most recent articles|latest preprints"
        r"|latest articles|recent articles|latest papers|current issue|early access|online first"
        r"|advance access|in press|just accepted|articles asap|asap|rss feed|rss|feed"
        r"|vol(?:ume)?\.?\s*+\d[\s\S]*|cnki)\s*+$",
        re.IGNORECASE,
    ),
)


def is_notice(title: str) -> bool:
    """Whether a title is that of a correction, retraction or editorial matter, not an article."""
    title = " ".join(title.split())
    return bool(_NOTICE.match(title) or _EDITORIAL.fullmatch(title))


def says_retracted(title: str) -> bool:
    """Whether a title says that the very article was retracted (`RETRACTED: ...`)."""
    return bool(_RETRACTED.match(title))


def journal_name(title: str) -> str:
    """Return the journal's name in a feed's title: `Wiley: TAXON: Table of Contents` is `TAXON`."""
    name = " ".join(title.split())
    for _ in range(3):
        shorter = name
        for frame in _FRAMES:
            shorter = frame.sub("", shorter).strip() or shorter
        if shorter == name:
            break
        name = shorter
    return name[:300]
