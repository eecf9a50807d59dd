r"""The gate for text from outside: what passes it can be stored, sent and shown. Pure text, no IO.

UTF-16 writes a letter above U+FFFF as two halves (surrogates). Broken exporters write the halves
as two characters (`&#xD835;&#xDC00;`, `"\ud835\udc00"`, two UTF-8 sequences), and truncation leaves
one alone. A half alone cannot be encoded: no database, page or parser takes it. The gate joins the
halves of a letter; a half alone becomes U+FFFD, as does a reference to a number over 10FFFF.
"""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"

_LAST_CODE_POINT = 0x10FFFF
_CODE_POINT_DIGITS = 7
"""More digits than this, leading zeros apart, are over 10FFFF in base 10 and in base 16."""

_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]++)|([0-9]++));")
_JSON_ESCAPE = re.compile(
    r"\\(?:(?P<pair>u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_JSON_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def storable(text: str) -> str:
    """Return text without halves of letters: pairs are joined, a half alone becomes U+FFFD."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def storable_markup(text: str) -> str:
    """Return XML or HTML whose text and character references name only characters that XML has.

    References to a control character, U+FFFE or U+FFFF become a blank.
    """
    return storable(_REFERENCE.sub(_referenced, text) if "&#" in text else text)


def storable_json(text: str) -> str:
    r"""Return a JSON document that parses to storable text: `\ud800` alone becomes `\ufffd`."""
    if _JSON_HALF.search(text):
        text = _JSON_ESCAPE.sub(_escaped, text)
    return storable(text)


def _referenced(match: re.Match[str]) -> str:
    """Return a reference as it is, or what stands for it: a half as a character, to be joined."""
    digits = (match[1] or match[2]).lstrip("0") or "0"
    if len(digits) > _CODE_POINT_DIGITS:
        return REPLACEMENT
    code = int(digits, 16 if match[1] else 10)
    if code > _LAST_CODE_POINT:
        return REPLACEMENT
    if 0xD800 <= code <= 0xDFFF:
        return chr(code)
    is_character = code >= 0x20 or code in (0x09, 0x0A, 0x0D)
    return match[0] if is_character and code not in (0xFFFE, 0xFFFF) else " "


def _escaped(match: re.Match[str]) -> str:
    return r"\ufffd" if match["half"] else match[0]
