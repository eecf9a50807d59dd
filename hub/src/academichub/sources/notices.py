"""Entries of journals that are no works of research: corrections, retraction notices, covers, editorials. Pure text."""

from __future__ import annotations

import re

_NOTICE = re.compile(
    r"\W*(?:(?:author|publisher|editorial|addendum and|minor|major)?\s*corrections?\s*(?:to\b|:|$|notice|for\b)"
    r"|corrigend(?:um|a)\b|errat(?:um|a)\b|addend(?:um|a)\b"
    r"|retraction(?:\s*(?:note|notice|:|to\b|of\b|for\b|\W*$))|withdrawal notice|expressions? of concern|editorial expression"
    r"|editorials?\s*(?:[:.]|board|$)|editor(?:'s|\u2019s|ial)? (?:note|notes|choice|board|picks)\b|from the editors?\b"
    r"|issue information|issue highlights|in this issue\b|(?:full|complete) issue|issue editorial|table of contents|contents\W*$"
    r"|(?:inside |outside )?(?:front|back)?\s*cover(?:\s*(?:image|picture|feature|profile|art)|\s*:|\W*$|\s*\()"
    r"|(?:front|back|inside|end) ?matter|masthead|mastheads|frontispiece|graphical (?:abstract|contents)|contents list"
    r"|(?:list|index) of (?:reviewers|referees|authors|contributors)|acknowledge?ments? (?:to|of) (?:our )?(?:re[vf]|peer)"
    r"|(?:thank you|thanks) to (?:our )?(?:re[vf]|peer)|call for papers|obituar(?:y|ies)\b|in memoriam|book reviews?\b|announcements?\W*$"
    r"|reply to .{0,60}letter|news in brief|briefing\W*$"
    r"|更正|勘误|撤稿|撤回|卷首语|编者按|编后记|封面|封底|目\s*录|征稿|稿约|致谢审稿|本刊)",
    re.IGNORECASE,
)
_RETRACTED = re.compile(r"\W*(?:retracted(?:\s+article)?|withdrawn(?:\s+article)?|removed)\s*[:\])\u2014-]", re.IGNORECASE)


def is_notice(title: str) -> bool:
    """Whether a title is that of a correction, a retraction notice, a cover, an editorial or the like."""
    return _NOTICE.match(title) is not None


def is_retracted(title: str) -> bool:
    """Whether a title says that the work itself was retracted (`RETRACTED: ...`)."""
    return _RETRACTED.match(title) is not None
