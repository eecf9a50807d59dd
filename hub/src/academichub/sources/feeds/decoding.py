"""A feed's bytes as text that is safe to parse: decoded, measured, without a doctype.

Of XML only the prolog is read here. Feeds may misstate their encoding, begin with blank lines or a
byte order mark, and may be hostile: a document that declares entities of its own is refused before
any parser sees it (billion laughs, external entities).
"""

from __future__ import annotations

import codecs
import re

from academichub.errors import SourceError
from academichub.messages import Message

MAX_BYTES = 16 << 20
"""Largest feed read; the largest real ones are below 1 MiB."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SHAPES = (
    (b"<\0?\0", "utf-16-le"),
    (b"\0<\0?", "utf-16-be"),
    (b"<\0r\0", "utf-16-le"),
    (b"\0<\0r", "utf-16-be"),
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([A-Za-z0-9._:-]+)""")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252"}
"""What an encoding's name means in practice (WHATWG Encoding Standard): its superset."""

_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,400}\?>", re.IGNORECASE)
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype\b[^\[>]{0,2000}(?P<end>[\[>])", re.IGNORECASE)
_HANZI_RUN = re.compile(r"[\u4e00-\u9fff]+")


def decode(data: bytes, *, url: str = "") -> tuple[str, Message | None]:
    """Return the text of a document, and a remark where some bytes could not be read (else None).

    Order: byte order mark, declared encoding, UTF-8, Chinese by its look, then Windows-1252.

    Raises:
        SourceError: `too_large`, or `truncated` for nothing at all.
    """
    if len(data) > MAX_BYTES:
        raise SourceError(
            "too_large",
            Message.of("feed.too_large", bytes=len(data), limit=MAX_BYTES >> 20),
            url=url,
        )
    if not data.strip():
        raise SourceError("truncated", Message.of("feed.empty"), url=url)
    declared = _encoding(data)
    for name in (declared, "utf-8"):
        if name and (text := _strict(data, name)) is not None:
            return text, None
    chinese = _strict(data, "gb18030")
    if chinese is not None and _looks_chinese(chinese):
        return chinese, None if declared else Message.of("feed.undeclared_gb18030")
    text = data.decode(declared or "utf-8", "replace")
    lost = text.count("\ufffd")
    if not declared or 20 * lost > len(text):
        return data.decode("cp1252", "replace"), Message.of("feed.read_as_cp1252")
    return text, Message.of("feed.characters_lost", characters=lost)


def without_doctype(text: str, *, url: str = "") -> str:
    """Return an XML document without declaration and doctype.

    Raises:
        SourceError: `not_the_format` if the doctype declares anything of its own, such as entities.
    """
    start = declaration.end() if (declaration := _DECLARATION.match(text)) else 0
    while True:
        if match := _PROLOG.match(text, start):
            start = match.end()
        elif match := _DOCTYPE.match(text, start):
            if match["end"] == "[":
                raise SourceError(
                    "not_the_format",
                    Message.of("feed.own_entities"),
                    url=url,
                )
            start = match.end()
        else:
            break
    if (
        text[start : start + 9].lower() == "<!doctype"
        or text[start : start + 8].lower() == "<!entity"
    ):
        raise SourceError("not_the_format", Message.of("feed.bad_doctype"), url=url)
    return text[start:]


def _encoding(data: bytes) -> str:
    """Return Python's name of the encoding a document declares; empty if none or an unknown one."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    head = data[:400].lstrip()
    for shape, name in _SHAPES:
        if head.startswith(shape):
            return name
    declared = _DECLARED.search(head)
    try:
        name = codecs.lookup(declared[1].decode("ascii")).name if declared else ""
    except LookupError:
        return ""
    if name.startswith(("utf-16", "utf-32")) or not _is_text_encoding(name):
        return ""  # a document whose declaration was read byte by byte cannot be in it
    return _WIDER.get(name, name)


def _is_text_encoding(name: str) -> bool:
    try:
        return name == "" or ("<?xml".encode(name), b"<?xml".decode(name, "replace")) == (
            b"<?xml",
            "<?xml",
        )
    except (LookupError, UnicodeError):
        return False  # such as `hex` or `zip`, which are not character sets


def _strict(data: bytes, name: str) -> str | None:
    try:
        # Old Java and Oracle exporters write the halves of a letter as two UTF-8 sequences.
        return data.decode(name, "surrogatepass" if name in ("utf-8", "utf-8-sig") else "strict")
    except (UnicodeError, LookupError):
        return None


def _looks_chinese(text: str) -> bool:
    """Whether what is not ASCII is mostly Chinese words, unlike Latin text misread as GB 18030."""
    runs = _HANZI_RUN.findall(text)
    hanzi, others = sum(map(len, runs)), sum(1 for character in text if ord(character) > 127)
    return bool(runs) and hanzi >= 2 * len(runs) and 10 * hanzi >= 7 * others
