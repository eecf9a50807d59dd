"""Languages: the gettext catalogues, and which one a request gets. Knows nothing of pages.

There are two kinds of texts. The fixed texts of pages are written in English in the templates and
page modules; `zh_CN.po` holds their Chinese, `en.po` only the plural forms English needs. What the
program reports (why a source failed, what a gather brought) is a message with a code;
`message_text.py` puts it into words. The `.po` files are read at start, so a catalogue is changed
by editing text.
"""

from __future__ import annotations

import gettext
import io
from functools import lru_cache
from importlib import resources

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES: dict[str, str] = {"en": "English", "zh-CN": "中文"}
"""Every language of the pages and its own name for itself."""

DEFAULT_LANGUAGE = "en"


@lru_cache
def translations(lang: str) -> gettext.NullTranslations:
    """Return the catalogue of one of LANGUAGES.

    Raises:
        KeyError: If it is not one of them.
    """
    if lang not in LANGUAGES:
        raise KeyError(lang)
    return read_catalogue(f"{lang.replace('-', '_')}.po")


def read_catalogue(name: str) -> gettext.NullTranslations:
    """Return a catalogue of this folder, compiled."""
    file = resources.files(__package__) / name
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(file.read_bytes())))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def known_language(text: str | None) -> str | None:
    """Return the language a tag means (`zh`, `zh-Hans-CN`, `EN-gb`), or None."""
    tag = (text or "").strip().lower().replace("_", "-")
    if tag == "zh" or tag.startswith("zh-"):
        return "zh-CN"
    return "en" if tag == "en" or tag.startswith("en-") else None


def accepted_language(header: str) -> str | None:
    """Return the best known language of an Accept-Language header (RFC 9110 12.5.4), or None."""
    wishes: list[tuple[float, int, str]] = []
    for position, item in enumerate(header[:500].split(",")):
        tag, _, weight = item.partition(";")
        lang = known_language(tag)
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            quality = 0.0
        if lang and quality > 0:
            wishes.append((-quality, position, lang))
    return min(wishes)[2] if wishes else None


def choose_language(query: str | None, cookie: str | None, setting: str, header: str) -> str:
    """Return the language of a page.

    It is what the address says, else the cookie, the settings, the browser, English.
    """
    return (
        known_language(query)
        or known_language(cookie)
        or known_language(setting)
        or accepted_language(header)
        or DEFAULT_LANGUAGE
    )
