"""Languages: which one a request gets; that every message of pages and templates has its Chinese; no bare text."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from jinja2.ext import babel_extract

from academichub import i18n

SOURCE = Path(i18n.__file__).parents[1]
WEB = SOURCE / "web"
TEMPLATES = sorted([*(WEB / "templates").glob("*.html"), *(WEB / "pages").glob("*/*.html")])
NAMES_OF_THINGS = {
    "AcademicHub", "Atom", "JSON", "JSON Feed", "JSON lines", "API", "BibTeX", "RIS", "CSL-JSON", "Markdown", "HTML", "English",
    "academichub user add NAME", "academichub backup FILE", "https",
}  # fmt: skip
"""Bare text that is the same in every language."""


def messages() -> set[str]:
    """Return every message of the templates and the page modules, singular forms."""
    found: set[str] = set()
    for path in TEMPLATES:
        for _, _, text, _ in babel_extract(
            io.BytesIO(path.read_bytes()), ["_", "gettext", "ngettext"], [], {"trimmed": "true"}
        ):
            found.add(text[0] if isinstance(text, tuple) else text)
    for path in WEB.rglob("*.py"):
        with path.open("rb") as file:
            for _, function, text, _ in extract_python(
                file, {"_": None, "gettext": None, "ngettext": (1, 2)}, [], {}
            ):
                first = text[0] if isinstance(text, tuple) else text
                if first and function:
                    found.add(first)
    return found


def catalogue(name: str) -> Catalog:
    return read_po(io.BytesIO((SOURCE / "i18n" / name).read_bytes()))


def test_every_message_has_its_chinese_and_none_is_left_over() -> None:
    known = {
        (one.id[0] if isinstance(one.id, tuple) else one.id): one
        for one in catalogue("zh_CN.po")
        if one.id
    }
    assert messages() - set(known) == set()
    assert set(known) - messages() == set()
    for text, one in known.items():
        said = one.string if isinstance(one.string, str) else one.string[0]
        assert said.strip(), f"no Chinese for {text!r}"
        assert not one.fuzzy, text
        assert set(re.findall(r"%\(\w+\)s", said)) >= set(re.findall(r"%\(\w+\)s", text)) - {
            "%(num)s"
        }, text


def test_each_template_is_of_a_page_or_shared() -> None:
    assert sorted(WEB.rglob("*.html")) == TEMPLATES
    assert len({path.parent.name for path in TEMPLATES}) == 9, "eight pages and what they share"


def test_chinese_is_chinese() -> None:
    for one in catalogue("zh_CN.po"):
        said = one.string if isinstance(one.string, str) else "".join(one.string)
        if one.id and said != one.id:
            assert re.search(r"[\u4e00-\u9fff]", said) or not re.search(
                r"[A-Za-z]{3}", re.sub(r"%\(\w+\)s", "", said)
            ), said


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_templates_have_no_bare_text(path: Path) -> None:
    source = re.sub(r"{#.*?#}", "", path.read_text("utf-8"), flags=re.S)
    source = re.sub(r"{%-?\s*trans.*?endtrans\s*-?%}", "", source, flags=re.S)
    text = "".join(value for _, kind, value in Environment().lex(source) if kind == "data")
    said = re.findall(r'(?:aria-label|title|placeholder|alt|content)="([^"]*)"', text)
    said += re.sub(r"<(pre|svg|style)\b.*?</\1>|<[^>]*>", "\n", text, flags=re.S).splitlines()
    allowed = NAMES_OF_THINGS | {"width=device-width, initial-scale=1", "light dark", "same-origin"}
    for piece in said:
        words = html.unescape(piece).strip(" \t·.,:()[]–…×/")
        assert (
            not re.search(r"[A-Za-z\u4e00-\u9fff]{2,}", words)
            or words in allowed
            or words == "中文"
        ), f"{path.parent.name}/{path.name}: {words!r}"


@pytest.mark.parametrize(
    ("query", "cookie", "setting", "header", "lang"),
    [("zh-CN", "en", "en", "en", "zh-CN"), ("zh", None, "", "", "zh-CN"), (None, "zh-CN", "en", "en", "zh-CN"),
     (None, None, "zh-CN", "en", "zh-CN"), (None, None, "", "zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"),
     (None, None, "", "fr,en;q=0.5,zh;q=0.9", "zh-CN"), (None, None, "", "zh;q=0, en", "en"), ("xx", "yy", "", "fr", "en"),
     (None, None, "", "", "en")],
)  # fmt: skip
def test_the_language_is_what_was_said_most_plainly(
    query: str | None, cookie: str | None, setting: str, header: str, lang: str
) -> None:
    assert i18n.choose_language(query, cookie, setting, header) == lang


@given(st.text(max_size=600))
def test_any_accept_language_header_is_survived(header: str) -> None:
    assert i18n.accepted_language(header) in (None, "en", "zh-CN")


def test_plural_forms() -> None:
    english, chinese = i18n.translations("en"), i18n.translations("zh-CN")
    forms = ("%(num)s work found", "%(num)s works found")
    assert [english.ngettext(*forms, number) for number in (0, 1, 2)] == [
        forms[1],
        forms[0],
        forms[1],
    ]
    assert chinese.ngettext(*forms, 1) == chinese.ngettext(*forms, 5) != forms[0]
    with pytest.raises(KeyError):
        i18n.translations("fr")
