r"""LaTeX in titles and abstracts as readable plain text. Pure text, no IO.

`readable_latex` turns `$10^{-3}$` into `10⁻³` and `Erd\H{o}s` into `Erdős`. The result is plain
text, never markup: a page must escape it like any other text. Nothing is executed or included, and
any input gives an answer: what is not understood stays as it is written. Macros are pylatexenc's;
scripts, fonts and the line between money and mathematics are ours.

Time is linear in the length of the text, also of hostile text. The macro parser reads arguments
again where one of them is never closed, which doubles its work at each level, so braces without a
partner are hidden from it and stay as written; a budget of steps ends whatever else makes it go
back.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db
from pylatexenc.latexwalker import LatexNode, LatexToken, LatexWalker
from pylatexenc.latexwalker import get_default_latex_context_db as get_default_walker_context

MAX_CHARS = 20_000
"""Longer texts come back as they are: no abstract is that long, and conversion is not linear."""

MAX_DEPTH = 40
"""Deeper nesting of braces or environments comes back as it is: the macro parser recurses."""

STEPS_PER_CHAR = 8
"""Tokens the macro parser may read, and nodes it may write, for each character of a text; LaTeX
that people write takes less than 1."""

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
_OPENER = re.compile(r"\$\$|(?<!\\)\$|\\[(\[]")
_MAX_INLINE = 600
_MAX_DISPLAY = 2000
_FONT = re.compile(
    r"\\(?:mathrm|mathbf|mathit|mathsf|mathtt|mathcal|mathscr|mathfrak|mathnormal|boldsymbol|bm|bf"
    r"|rm|it|sf|tt|cal|text|textrm|textbf|textit|textsf|texttt|textsc|textnormal|emph"
    r"|operatorname\*?|mbox|hbox|ensuremath|underline)"
    r"\s*\{(?P<body>[^{}]*)\}"
)
_FONT_SWITCH = re.compile(
    r"\\(?:rm|bf|it|sf|tt|cal|em|displaystyle|textstyle|left|right|big|Big|limits"
    r"|nolimits)(?![A-Za-z])\s*"
)
_BLACKBOARD_MACRO = re.compile(r"\\mathbb\s*(?:\{\s*([A-Z])\s*\}|([A-Z]))")
_SCRIPT = re.compile(
    r"(?<!\s)\s*(?P<kind>[\^_])\s*"
    r"(?:\{(?P<group>[^{}]*)\}|(?P<macro>\\[A-Za-z]+)|(?P<one>[^\s\\{}^_$]))"
)
_BARE_SCRIPT = re.compile(
    r"(?<=[\w)\]])(?P<kind>[\^_])(?:\{(?P<group>[^{}]{1,40})\}|(?P<digits>[-+−]?\d{1,4})(?![\w.]))"
)
_SMALL_FRACTION = re.compile(r"\\[dt]?frac\s*(?:\{([^{}]*)\}\s*\{([^{}]*)\}|(\d)\s*(\d))")
_LINK = re.compile(
    r"\\(?:href\s*\{[^{}]*\}\s*\{(?P<text>[^{}]*)\}|url\s*\{(?P<url>[^{}]*)\}"
    r"|(?:input|include)\s*\{[^{}]*\})"
)
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_SPACES = re.compile(r"[ \t\r\n]+")

_END, _HAT, _LOW = "\ue000", "\ue001", "\ue002"
"""Private marks while a formula is worked on: the end of a macro's name, a `^` and a `_` that are
to stay."""

_HIDDEN = {"{": "\ue003", "}": "\ue004", "[": "\ue005", "]": "\ue006", "\\": "\ue007"}
_SHOWN = str.maketrans({mark: char for char, mark in _HIDDEN.items()})
"""Private marks that stand for markup without a partner while the macro parser is at work."""

_BRACKET = re.compile(r"\\(?:[A-Za-z]+|.)|[{}\[\]]", re.DOTALL)

logging.getLogger("pylatexenc").setLevel(logging.ERROR)  # it tells of every half-written macro


@lru_cache(maxsize=4096)
def readable_latex(text: str) -> str:
    """Return text with its LaTeX made readable.

    Greek, scripts, accents and symbols become Unicode; macros are dropped.

    Never raises. Text without LaTeX comes back unchanged; texts over `MAX_CHARS` or `MAX_DEPTH`
    too.
    """
    if not _MARKED.search(text) or len(text) > MAX_CHARS or _depth(text) > MAX_DEPTH:
        return text
    text = _without_lone_braces(text)
    pieces: list[str] = []
    position = 0
    for start, first, last, end in _formulas(text):
        pieces += (_prose(text[position:start]), _mathematics(text[first:last]))
        position = end
    pieces.append(_prose(text[position:]))
    return "".join(pieces).translate(_SHOWN)


def _formulas(text: str) -> Iterator[tuple[int, int, int, int]]:
    """Yield the formulas of a text in order.

    Each is (start, start and end of what is between the delimiters, end).
    """
    closers = {closer: _Places(text, closer) for closer in ("$", "\\)", "\\]")}
    position = 0
    while opener := _OPENER.search(text, position):
        start, first = opener.span()
        if opener[0][0] == "$":
            closer, last = opener[0], closers["$"].next(first)
            is_closed = _is_closed_by_dollars(text, closer, first, last)
        else:
            closer, longest = ("\\)", _MAX_INLINE) if opener[0] == "\\(" else ("\\]", _MAX_DISPLAY)
            last = closers[closer].next(first + 1)
            is_closed = first < last <= first + longest
        if is_closed and not (closer == "$" and _is_money(text[first:last])):
            position = last + len(closer)
            yield start, first, last, position
        else:
            position = start + 1


def _is_closed_by_dollars(text: str, dollars: str, first: int, last: int) -> bool:
    """Whether a formula that dollars open ends at `last`, the next dollar."""
    if dollars == "$$":
        return first < last <= first + _MAX_DISPLAY and text.startswith("$$", last)
    return first < last <= first + _MAX_INLINE and text[last - 1] != "\\"


class _Places:
    """The positions of a delimiter in a text, from left to right; the text is read once."""

    def __init__(self, text: str, delimiter: str) -> None:
        self._text = text
        self._delimiter = delimiter
        self._found = -2  # before the text

    def next(self, position: int) -> int:
        """Return the first place of the delimiter from a position on; -1 where there is none."""
        if self._found != -1 and self._found < position:
            self._found = self._text.find(self._delimiter, position)
        return self._found


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
    """Tell `costs $5 million against $7` from mathematics.

    Money is a number, then prose, and nothing mathematical.
    """
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
    """Return one sub- or superscript in Unicode.

    It becomes `^(..)` or `_..` where Unicode lacks the letters.
    """
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
    """Run the macro table over text whose `%`, `&`, `#`, `$` and `~` mean themselves.

    It stays as it is on failure.
    """
    if "\\" not in text and "{" not in text and "}" not in text:
        return text
    guarded = re.sub(r"(?<!\\)([%&#$])", r"\\\1", text)
    shown = _converted(guarded.replace("~", "\\textasciitilde{}"))
    return text if shown is None else shown


def read_macros(text: str) -> str:
    """Return text as the macro table alone reads it, `%` and `$` included.

    It stays as it is where that fails.

    Braces without a partner stay as they are written.
    """
    if len(text) > MAX_CHARS or _depth(text) > MAX_DEPTH:
        return text
    shown = _converted(_without_lone_braces(text))
    return text if shown is None else shown.translate(_SHOWN)


def _without_lone_braces(text: str) -> str:
    r"""Return text with private marks for single braces and the macros they belong to.

    Of `\sqrt[3]{x` all brackets and the backslash are hidden: what is left half-written is shown as
    written.
    """
    hidden: list[int] = []
    opened: list[_Group] = []
    # The macro, or the argument of one, that ends where the next bracket begins.
    before: _Group | None = None
    end = 0
    for match in _BRACKET.finditer(text):
        mark, position = match[0], match.start()
        if before is not None and text[end:position].strip():
            before = None
        end = match.end()
        if mark == "{" or (mark == "[" and before is not None):
            construct = before.construct if before is not None else []
            construct.append(position)
            opened.append(_Group(mark, construct))
            before = None
        elif mark in "}]":
            while mark == "}" and opened and opened[-1].bracket == "[":
                opened.pop()  # a square bracket need not have a partner
            if opened and opened[-1].bracket == ("{" if mark == "}" else "["):
                before = opened.pop()
                before.construct.append(position)
            else:
                before = None
                hidden += (position,) if mark == "}" else ()
        else:
            before = _Group("", [position]) if mark[0] == "\\" else None
    hidden += chain.from_iterable(group.construct for group in opened if group.bracket == "{")
    return _with_hidden(text, hidden) if hidden else text


def _with_hidden(text: str, hidden: Iterable[int]) -> str:
    characters = list(text)
    for position in hidden:
        characters[position] = _HIDDEN.get(characters[position], characters[position])
    return "".join(characters)


class _Group:
    """An open bracket or macro, with the positions of its brackets, the backslash first."""

    __slots__ = ("bracket", "construct")

    def __init__(self, bracket: str, construct: list[int]) -> None:
        self.bracket = bracket
        self.construct = construct


class _BudgetError(Exception):
    """The macro parser has used up its steps, or is nested too deep."""


_WALKER_CONTEXT = get_default_walker_context()
_PLAIN_LETTER = re.compile("( ?)([A-Za-z0-9])")


class _Walker(LatexWalker):  # type: ignore[misc]  # pylatexenc is untyped
    """The macro parser with a budget of tokens."""

    def __init__(self, text: str, steps: int) -> None:
        super().__init__(text, latex_context=_WALKER_CONTEXT)
        self._steps = steps
        self._depth = 0

    def get_token(self, pos: int, *arguments: object, **options: object) -> LatexToken:
        self._steps -= 1
        if self._steps < 0:
            raise _BudgetError
        # A letter or digit stands for itself; the parser would compare it with every special.
        if letter := _PLAIN_LETTER.match(self.s, pos):
            space, ch = letter.groups()
            return LatexToken("char", ch, pos + len(space), 1, space)
        return super().get_token(pos, *arguments, **options)

    def get_latex_nodes(
        self, *arguments: object, **options: object
    ) -> tuple[list[LatexNode], int, int]:
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH + 2:
                raise _BudgetError
            return super().get_latex_nodes(*arguments, **options)  # type: ignore[no-any-return]
        finally:
            self._depth -= 1


class _Writer(LatexNodes2Text):  # type: ignore[misc]  # pylatexenc is untyped
    """The table of macros with a budget of nodes: some of its entries write an argument twice."""

    def __init__(self, steps: int) -> None:
        super().__init__(_CONTEXT, math_mode="text", strict_latex_spaces=False, keep_comments=True)
        self._steps = steps

    def node_to_text(self, *arguments: object, **options: object) -> str:
        self._steps -= 1
        if self._steps < 0:
            raise _BudgetError
        return str(super().node_to_text(*arguments, **options))


_CONTEXT = get_default_latex_context_db()
_CONTEXT.add_context_category(
    "ours", macros=[MacroTextSpec("today", simplify_repl=r"\today")], prepend=True
)
"""The table of macros; the day on which a text is read is not part of it."""


def _converted(text: str) -> str | None:
    """Return text after macro parser and table; None if they fail or take too many steps."""
    steps = STEPS_PER_CHAR * len(text) + 64
    try:
        nodes: Sequence[LatexNode] = _Walker(text, steps).get_latex_nodes()[0]
        return str(_Writer(steps).nodelist_to_text(nodes))
    except Exception:  # the parser's own failures are of many kinds
        return None
