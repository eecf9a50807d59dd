r"""LaTeX in titles and abstracts as readable plain text. Pure text, no IO.

`readable_latex` turns `$10^{-3}$` into `10⁻³` and `Erd\H{o}s` into `Erdős`. The result is plain text, never markup: a
page must escape it like any other text. Nothing is executed or included, and any input gives an answer: what is not
understood stays as it is written. Macros are pylatexenc's; scripts, fonts and the line between money and mathematics
are ours.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text

MAX_CHARS = 20_000
"""Longer texts come back as they are: no abstract is that long, and conversion is not linear."""

MAX_DEPTH = 40
"""Deeper nesting of braces comes back as it is: the macro parser recurses."""

_SUPER = dict(
    zip(
        "0123456789+-=()niabcdefghjklmoprstuvwxyz*'",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵃᵇᶜᵈᵉᶠᵍʰʲᵏˡᵐᵒᵖʳˢᵗᵘᵛʷˣʸᶻ*′",
        strict=True,
    )
)
_SUB = dict(
    zip("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True)
)
_SUPER.update(
    {
        "−": "⁻",
        "T": "ᵀ",
        "∗": "*",
        "′": "′",
        "α": "ᵅ",
        "β": "ᵝ",
        "γ": "ᵞ",
        "δ": "ᵟ",
        "†": "†",
        "∘": "°",
        "°": "°",
    }
)
_SUB.update({"−": "₋", "β": "ᵦ", "γ": "ᵧ", "ρ": "ᵨ", "φ": "ᵩ", "χ": "ᵪ", "⊙": "☉"})
_BLACKBOARD = dict(zip("RNZQCPEF", "ℝℕℤℚℂℙ𝔼𝔽", strict=True))

_MARKED = re.compile(r"[\\$^{}]|_\{|``|''|~")
_MATH = re.compile(
    r"\$\$(?P<display>[^$]{1,2000}?)\$\$|(?<!\\)\$(?P<inline>[^$]{1,600}?)(?<!\\)\$"
    r"|\\\((?P<paren>.{1,600}?)\\\)|\\\[(?P<bracket>.{1,2000}?)\\\]",
    re.DOTALL,
)
_FONT = re.compile(
    r"\\(?:mathrm|mathbf|mathit|mathsf|mathtt|mathcal|mathscr|mathfrak|mathnormal|boldsymbol|bm|bf|rm|it|sf|tt|cal|text"
    r"|textrm|textbf|textit|textsf|texttt|textsc|textnormal|emph|operatorname\*?|mbox|hbox|ensuremath|underline)"
    r"\s*\{(?P<body>[^{}]*)\}"
)
_FONT_SWITCH = re.compile(
    r"\\(?:rm|bf|it|sf|tt|cal|em|displaystyle|textstyle|left|right|big|Big|limits|nolimits)(?![A-Za-z])\s*"
)
_BLACKBOARD_MACRO = re.compile(r"\\mathbb\s*(?:\{\s*([A-Z])\s*\}|([A-Z]))")
_SCRIPT = re.compile(
    r"\s*(?P<kind>[\^_])\s*(?:\{(?P<group>[^{}]*)\}|(?P<macro>\\[A-Za-z]+)|(?P<one>[^\s\\{}^_$]))"
)
_BARE_SCRIPT = re.compile(
    r"(?<=[\w)\]])(?P<kind>[\^_])(?:\{(?P<group>[^{}]{1,40})\}|(?P<digits>[-+−]?\d{1,4})(?![\w.]))"
)
_SMALL_FRACTION = re.compile(r"\\[dt]?frac\s*(?:\{([^{}]*)\}\s*\{([^{}]*)\}|(\d)\s*(\d))")
_LINK = re.compile(
    r"\\(?:href\s*\{[^{}]*\}\s*\{(?P<text>[^{}]*)\}|url\s*\{(?P<url>[^{}]*)\}|(?:input|include)\s*\{[^{}]*\})"
)
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_MACRO_NAME = re.compile(r"\\[A-Za-z]+")
_SPACES = re.compile(r"[ \t\r\n]+")

_END, _HAT, _LOW = "\ue000", "\ue001", "\ue002"
"""Private marks while a formula is worked on: the end of a macro's name, a `^` and a `_` that are to stay."""

logging.getLogger("pylatexenc.latex2text").setLevel(
    logging.ERROR
)  # it warns of every half-written macro
_CONVERTER = LatexNodes2Text(math_mode="text", strict_latex_spaces=False, keep_comments=True)


@lru_cache(maxsize=4096)
def readable_latex(text: str) -> str:
    """Return text with its LaTeX made readable: Greek, scripts, accents and symbols as Unicode, macros dropped.

    Never raises. Text without LaTeX comes back unchanged; texts over `MAX_CHARS` or `MAX_DEPTH` too.
    """
    if not _MARKED.search(text) or len(text) > MAX_CHARS or _depth(text) > MAX_DEPTH:
        return text
    pieces: list[str] = []
    position = 0
    while match := _MATH.search(text, position):
        body = next(part for part in match.groups() if part is not None)
        if match["inline"] is not None and _is_money(body):
            pieces.append(_prose(text[position : match.start() + 1]))
            position = match.start() + 1
            continue
        pieces.append(_prose(text[position : match.start()]))
        pieces.append(_mathematics(body))
        position = match.end()
    pieces.append(_prose(text[position:]))
    return "".join(pieces)


def _depth(text: str) -> int:
    """Return the deepest nesting of braces."""
    depth = deepest = 0
    for ch in text:
        if ch == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif ch == "}":
            depth = max(0, depth - 1)
    return deepest


def _is_money(body: str) -> bool:
    """Tell `costs $5 million against $7` from mathematics: a number, then prose, and nothing mathematical."""
    if "\\" in body or "^" in body or "_" in body or "=" in body:
        return False
    return bool(re.match(r"\d", body)) and bool(re.search(r"\s", body)) and bool(_WORD.search(body))


def _mathematics(body: str) -> str:
    """Return the inside of a formula as text."""
    body = body.replace("\\|", "\u2016")
    body = _BLACKBOARD_MACRO.sub(lambda m: _BLACKBOARD.get(m[1] or m[2], m[1] or m[2]), body)
    for _ in range(MAX_DEPTH):
        before = body
        body = _FONT.sub(lambda m: m["body"], body)
        body = _FONT_SWITCH.sub("", body)
        body = _SCRIPT.sub(_script, body)
        body = _SMALL_FRACTION.sub(_fraction, body)
        if body == before:
            break
    body = _SPACES.sub(" ", _convert(body)).strip()
    return _unmark(body)


def _unmark(text: str) -> str:
    return text.replace(_END, "").replace(_HAT, "^").replace(_LOW, "_")


def _script(match: re.Match[str]) -> str:
    """Return one sub- or superscript in Unicode; `^(..)` or `_..` where Unicode has no such letters."""
    raw = next(part for part in (match["group"], match["macro"], match["one"]) if part is not None)
    return _END + _raised(
        match["kind"], _SPACES.sub("", _convert(raw)) if "\\" in raw else raw.strip()
    )


def _raised(kind: str, inside: str) -> str:
    table = _SUPER if kind == "^" else _SUB
    if not inside:
        return ""
    if all(ch in table for ch in inside):
        return "".join(table[ch] for ch in inside)
    mark = _HAT if kind == "^" else _LOW
    return f"{mark}{inside}" if len(inside) == 1 or kind == "_" else f"{mark}({inside})"


def _fraction(match: re.Match[str]) -> str:
    """Return `a/b`, with brackets around a part that is a sum or product."""
    parts = [part.strip() for part in match.groups() if part is not None]
    return "/".join(part if re.fullmatch(r"\\?\w+", part) else f"({part})" for part in parts)


def _prose(text: str) -> str:
    """Return text outside formulas with its macros, accents, quotes and dashes made readable."""
    if not _MARKED.search(text):
        return text
    text = re.sub(r"(?<=[A-Za-z.])~(?=[\w\\$])", " ", text)
    text = _BARE_SCRIPT.sub(lambda m: _unmark(_raised(m["kind"], m["group"] or m["digits"])), text)
    text = _LINK.sub(lambda m: m["text"] or m["url"] or "", text)
    text = text.replace("``", "“").replace("''", "”")
    if "\\" not in text and "{" not in text and "}" not in text:
        return text
    for _ in range(MAX_DEPTH):
        shorter = _FONT.sub(lambda m: m["body"], text)
        if shorter == text:
            break
        text = shorter
    lead = text[: len(text) - len(text.lstrip())]
    tail = text[len(text.rstrip()) :]
    return lead + _convert(text.strip()) + tail


def _convert(text: str) -> str:
    """Run the macro table over text whose `%`, `&`, `#`, `$` and `~` mean themselves; keep it as it is on failure."""
    if "\\" not in text and "{" not in text and "}" not in text:
        return text
    guarded = re.sub(r"(?<!\\)([%&#$])", r"\\\1", text).replace("~", "\\textasciitilde{}")
    try:
        return str(_CONVERTER.latex_to_text(guarded))
    except (
        Exception
    ):  # the parser's own failures are of many kinds; unreadable LaTeX stays as written
        return text
