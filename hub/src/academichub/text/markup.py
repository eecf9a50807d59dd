r"""Markup of feeds and Crossref (HTML, JATS, MathML) as plain text. Pure text, no IO.

The result is text, never markup: a page must escape it. Block elements part lines, a heading ends
in a colon, raised digits become raised characters (`10<sup>-3</sup>` is `10⁻³`, not `10-3`), TeX
inside JATS stays as `$...$`.
"""

from __future__ import annotations

import html
import re

from lxml import etree

from academichub.text.characters import storable_markup

MAX_CHARS = 200_000
"""Longer markup is cut before it is read: no title or abstract is that long."""

MAX_TEX_CHARS = 5000
_BLOCKS = {
    "p", "br", "div", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6",
    "tr", "table", "section", "article", "header", "footer", "blockquote", "pre", "sec", "list",
    "list-item", "disp-formula", "fig", "hr", "img",
}  # fmt: skip
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_DROPPED = {
    "script", "style", "noscript", "iframe", "object", "embed", "template", "svg", "form",
    "button", "select", "textarea", "head",
}  # fmt: skip
_KNOWN = {
    *_BLOCKS, *_DROPPED,
    "a", "abbr", "acronym", "address", "b", "big", "body", "cite", "code", "del", "em", "font",
    "html", "i", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike",
    "strong", "sub", "sup", "tt", "u", "var", "wbr", "td", "th", "thead", "tbody", "title",
    "figure", "figcaption", "caption", "center", "nobr", "time", "input", "video", "audio",
    "source", "picture", "meta", "link", "italic", "bold", "sc", "roman", "monospace",
    "underline", "overline", "xref", "ext-link", "inline-formula", "alternatives", "tex-math",
    "named-content", "styled-content", "inline-graphic", "email", "uri", "def", "def-list",
    "def-item", "math", "semantics", "annotation", "annotation-xml", "mrow", "mi", "mn", "mo",
    "mtext", "ms", "mspace", "msup", "msub", "msubsup", "mfrac", "msqrt", "mroot", "mover",
    "munder", "munderover", "mtable", "mtr", "mtd", "mstyle", "mfenced", "mpadded", "mphantom",
    "merror", "menclose", "mmultiscripts", "none",
}  # fmt: skip
_RAISED = str.maketrans("0123456789+-−–n()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻ⁿ⁽⁾")
_RAISABLE = re.compile(r"[0-9+\-−–n()]{1,12}")
_PREFIX = re.compile(r"<(/?)[A-Za-z][\w.-]{0,20}:(?=[A-Za-z])")
_JATS_TITLE = re.compile(r"<(/?)title\b", re.IGNORECASE)
_NAMES = "|".join(sorted(map(re.escape, _KNOWN), key=len, reverse=True))
_LOOSE = re.compile(rf"<(?!/?(?:{_NAMES})(?=[\s/>])|!--)", re.IGNORECASE)
_TAG = re.compile(rf"</?(?:{_NAMES})(?=[\s/>])[^<>]*>", re.IGNORECASE)
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
)
_CLOSING = re.compile(r"</([A-Za-z][\w.-]{0,30})\s*>")
MAX_FOREIGN_TAGS = 50
PARSER_DEPTH = 250
"""The parser leaves out what is nested some 255 elements deep."""

_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#\d{1,6}|#[xX][0-9A-Fa-f]{1,6});")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]\w{1,31});")


def one_line(text: str) -> str:
    """Return text with white space collapsed, without controls and lone surrogates."""
    return " ".join(_UNWANTED.sub("", text).split())


def plain_text(markup: str) -> str:
    """Return what markup says, on one line."""
    return " ".join(plain_lines(markup))


def plain_lines(markup: str) -> list[str]:
    """Return the lines of text in markup, block by block.

    Markup that was escaped once too often is read twice.
    """
    lines = _lines(markup[:MAX_CHARS])
    if any(_TAG.search(line) or _ESCAPED.search(line) for line in lines):
        lines = [again for line in lines for again in _lines(line)]
    return lines


def _lines(markup: str) -> list[str]:
    text = _UNWANTED.sub(" ", storable_markup(markup))
    text = text.replace("<![CDATA[", "").replace("]]>", "").replace("</br>", "<br/>")
    if "<" in text:
        text = _without_foreign_tags(_JATS_TITLE.sub(r"<\1h4", _PREFIX.sub(r"<\1", text)))
        text = _LOOSE.sub("&lt;", text)
    if not _TAG.search(text):
        return [line] if (line := one_line(_without_entities(text))) else []
    parser = etree.HTMLParser(
        recover=True, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(f"<div>{text}</div>", parser)
    content = "".join(_pieces(root)) if root is not None else ""
    if not content.strip() and text.count("<") > PARSER_DEPTH:
        content = _without_entities(_TAG.sub(" ", text))
    return [line for piece in content.split("\n") if (line := one_line(piece))]


def _without_entities(text: str) -> str:
    """Return text with entities resolved, only those that end in a semicolon.

    So `A&region` does not become `A\u00aeion`.
    """
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)


def _without_foreign_tags(text: str) -> str:
    """Return text without tags of a publisher's own (`<scp>T</scp>`).

    Those are tags of unknown names that are also closed.
    """
    foreign = {name.lower() for name in _CLOSING.findall(text)} - _KNOWN
    if not foreign:
        return text
    names = "|".join(map(re.escape, sorted(foreign)[:MAX_FOREIGN_TAGS]))
    return re.sub(rf"</?(?:{names})(?:\s[^<>]*)?/?>", "", text, flags=re.IGNORECASE)


def _pieces(root: etree._Element) -> list[str]:
    """Return the text of a tree in order, block elements set off by line breaks."""
    out: list[str] = []
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = element.tag.lower() if isinstance(element.tag, str) else ""
        if event == "start":
            if name in _BLOCKS:
                out.append("\n")
            own = _own_text(element, name)
            if own is None:
                out.append(_line_text(element.text, name))
            else:
                out.append(own)
                walk.skip_subtree()
        else:
            if name in _HEADINGS:
                _end_heading(out)
            elif name in _BLOCKS:
                out.append("\n")
            parent = element.getparent()
            out.append(_line_text(element.tail, parent.tag if parent is not None else ""))
    return out


def _line_text(text: str | None, name: object) -> str:
    """Line breaks in a source are white space, except in preformatted text."""
    if not text:
        return ""
    return text if name == "pre" else text.replace("\n", " ")


def _has_tex_beside(element: etree._Element) -> bool:
    parent = element.getparent()
    return (
        parent is not None and parent.tag == "alternatives" and parent.find("tex-math") is not None
    )


def _own_text(element: etree._Element, name: str) -> str | None:
    """Return the text of an element that is written in a way of its own; None for all others."""
    if name in _DROPPED or (
        name in ("annotation", "annotation-xml") and _is_in(element, "semantics")
    ):
        return ""
    if name == "tex-math":
        source = "".join(map(str, element.itertext()))[:MAX_TEX_CHARS]
        return f"${_tex_body(source).strip().strip('$').strip()}$"
    if name == "math":
        # JATS gives one formula in several notations: it is to be read once.
        return "" if _has_tex_beside(element) else None
    if name == "sup":
        text = one_line("".join(map(str, element.itertext())))
        return text.translate(_RAISED) if _RAISABLE.fullmatch(text) else None
    parts = (
        [one_line("".join(map(str, child.itertext()))) for child in element]
        if name in _SCRIPTS
        else []
    )
    return _SCRIPTS[name](*parts) if parts and len(parts) == 2 else None


def _tex_body(source: str) -> str:
    """Return a TeX document's text between begin and end; all of it where they are missing."""
    _, _, rest = source.partition(r"\begin{document}")
    body, end, _ = rest.partition(r"\end{document}")
    return body if end else source


def _raised(base: str, exponent: str) -> str:
    if _RAISABLE.fullmatch(exponent):
        return base + exponent.translate(_RAISED)
    return f"{base}^{exponent}" if len(exponent) == 1 else f"{base}^({exponent})"


def _over(above: str, below: str) -> str:
    def grouped(text: str) -> str:
        return text if text.isalnum() else f"({text})"

    return f"{grouped(above)}/{grouped(below)}"


_SCRIPTS = {"msup": _raised, "mfrac": _over}


def _is_in(element: etree._Element, name: str) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == name


def _end_heading(out: list[str]) -> None:
    """End a heading with a colon, `Methods:`, before the text it stands over.

    A bare `Abstract` says nothing.
    """
    last_break = len(out) - 1
    while last_break >= 0 and "\n" not in out[last_break]:
        last_break -= 1
    words = one_line("".join(out[last_break + 1 :]))
    del out[last_break + 1 :]
    if words and words.rstrip(":. ").lower() not in ("abstract", "summary", "摘要"):
        out.append(words if words[-1] in ".:?!" else f"{words}:")
    out.append("\n")
