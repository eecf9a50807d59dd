"""English sentences known by a pattern, each with its translation. Pure text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

Translate = Callable[[str], str]


def translated(
    text: str, sentences: Iterable[tuple[str, str]], flags: re.RegexFlag = re.NOFLAG
) -> str | None:
    """Return the translation of the first sentence that is the whole text, filled with its named parts.

    Args:
        text: what was said.
        sentences: pattern and translated template of each; `%(name)s` stands for the pattern's group of that name.
        flags: how patterns are read.
    """
    for pattern, template in sentences:
        if found := re.fullmatch(pattern, text, flags):
            return template % found.groupdict(default="")
    return None
