r"""TeX in bibliography fields as plain text, and plain text as TeX. Pure text, no IO.

`decode_latex` reads what BibTeX files hold: accents (`{\"o}`), symbols, escapes, fonts and grouping
braces become plain Unicode; mathematics between dollars stays as written, for the pages make it
readable. `escape_latex` is its inverse for any text: `decode_latex(escape_latex(text)) == text` up
to blanks. One pass, linear, never raises. What a symbol or an accent looks like is pylatexenc's
knowledge.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pylatexenc.latex2text import LatexNodes2Text

_UNESCAPED = r"(?:(?<!\\)|(?<=(?<!\\)\\\\))"
# An escaped dollar opens nothing: where many of them stand, each would be read to the end of the
# text.
_MATH = (
    rf"{_UNESCAPED}(?:\$\$(?:[^$\\]|\\.)+\$\$|\$(?:[^$\\]|\\.)+\$)"
    r"|\\\((?:[^\\]|\\[^()\[\]]){1,1000}\\\)|\\\[(?:[^\\]|\\[^()\[\]]){1,1000}\\\]"
)
_LETTER = r"[^\W\d_]"
_TOKEN = re.compile(
    rf"(?P<math>{_MATH})"
    r"|\\(?P<accent>[`'^\"~=.])\s*+"
    rf"(?P<base>\{{\s*+(?:(?:\\[ij]|{_LETTER})\s*+)?\}}|\\[ij](?![A-Za-z])|{_LETTER})"
    r"|\\(?P<named>[uvHtcdbrk])"
    rf"(?:\s*+(?P<arg>\{{\s*+(?:\\[ij]|{_LETTER})\s*+\}})|\s++(?P<next>{_LETTER})(?!\w))"
    r"|\\(?:begin|end|label|(?:no|text|paren|auto|foot)?cite[pt]?|ref|input|include|href)"
    r"\s*\{[^{}]{0,500}\}"
    r"|\\(?P<macro>[A-Za-z]+)\*?\s*"
    r"|\\(?P<symbol>.)"
    r"|(?P<ligature>---?|``|'')"
    r"|(?P<tie>~)"
    r"|[{}]",
    re.DOTALL,
)
_MARKED = re.compile(r"[\\{}~]|--|``|''")
_LIGATURES = {"--": "\u2013", "---": "\u2014", "``": "\u201c", "''": "\u201d"}
_SYMBOLS = {
    " ": " ",
    ",": " ",
    ";": " ",
    ":": " ",
    "\\": " ",
    "\n": " ",
    "-": "",
    "/": "",
    "!": "",
    "@": "",
    "(": "(",
    "[": "[",
}
_NAMED = {
    "textbackslash": "\\", "textasciitilde": "~", "textasciicircum": "^", "textquotesingle": "'",
    "textquotedbl": '"', "textbraceleft": "{", "textbraceright": "}", "lbrace": "{",
    "rbrace": "}", "textunderscore": "_", "textbar": "|", "textless": "<", "textgreater": ">",
    "textdollar": "$", "LaTeX": "LaTeX", "TeX": "TeX", "BibTeX": "BibTeX", "S": "\u00a7",
    "P": "\u00b6", "copyright": "\u00a9", "pounds": "\u00a3", "euro": "\u20ac",
    "degree": "\u00b0", "par": " ", "newline": " ", "linebreak": " ", "quad": " ", "qquad": " ",
    "space": " ", "slash": "/",
}  # fmt: skip
_TABLE = LatexNodes2Text(math_mode="text", keep_comments=True)


def decode_latex(text: str) -> str:
    """Return a field's text without TeX; formulas between dollars stay as they are."""
    if not _MARKED.search(text):
        return text
    return _TOKEN.sub(_plain, text)


def _plain(match: re.Match[str]) -> str:
    if match["math"]:
        return match["math"]
    if accent := match["accent"]:
        base = match["base"].strip("{} \t\n")
        return _looked_up(f"\\{accent}{{{base}}}") if base else accent
    if named := match["named"]:
        return _looked_up(f"\\{named}{{{(match['arg'] or match['next']).strip('{} ')}}}")
    if macro := match["macro"]:
        return _NAMED[macro] if macro in _NAMED else _symbol(macro)
    if symbol := match["symbol"]:
        return _SYMBOLS.get(symbol, symbol)
    if ligature := match["ligature"]:
        return _LIGATURES[ligature]
    return " " if match["tie"] else ""


@lru_cache(maxsize=4096)
def _looked_up(snippet: str) -> str:
    """Return what an accent on a letter stands for."""
    try:
        return str(_TABLE.latex_to_text(snippet)).strip()
    except Exception:  # any failure of the table's parser means: not an accent it knows
        return ""


@lru_cache(maxsize=4096)
def _symbol(macro: str) -> str:
    """Return the symbol of a macro without arguments; empty for fonts and unknown macros."""
    spec = _TABLE.latex_context.get_macro_spec(macro)
    replacement = spec.simplify_repl if spec else None
    return replacement if isinstance(replacement, str) and "%" not in replacement else ""


_ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "$": r"\$",
    "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_UNSAFE = re.compile(rf"(?P<math>{_MATH})|(?P<char>[\\{{}}$&#%_~^])|-(?=-)|`(?=`)|'(?=')")


def escape_latex(text: str) -> str:
    """Return plain text as TeX in UTF-8.

    Formulas between dollars stay, if their braces are balanced.
    """
    return _UNSAFE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    if math := match["math"]:
        return math if _is_balanced(math) else "".join(_ESCAPES.get(ch, ch) for ch in math)
    return _ESCAPES[match["char"]] if match["char"] else match[0] + "{}"


def _is_balanced(text: str) -> bool:
    r"""Whether braces pair up, both as BibTeX counts them (all) and as TeX does (not `\{`)."""
    for counted in (text, re.sub(r"\\.", "", text)):
        depth = 0
        for ch in counted:
            depth += (ch == "{") - (ch == "}")
            if depth < 0:
                return False
        if depth:
            return False
    return True


_TEX_MACRO = re.compile(r"\\(?:[A-Za-z]|[`'^\"~=.]\s*[{A-Za-z\\])")


def without_macros(text: str) -> str:
    r"""Return text whose accents and macros are Unicode (`Erd\H{o}s` is `Erdős`).

    Text without any comes back as it is.
    """
    outside = re.sub(_MATH, "", text)
    return decode_latex(text) if _TEX_MACRO.search(outside) else text
