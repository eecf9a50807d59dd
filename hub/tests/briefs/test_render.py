"""Renderings: complete, well-formed, and nothing in an abstract can act."""

from __future__ import annotations

import re
from dataclasses import replace

import bibtexparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from academichub.briefs.brief import Bridge, Brief, CitedWork, Section, Sentence
from academichub.briefs.render import (
    markdown_text,
    render_bibtex,
    render_html,
    render_markdown,
    render_text,
    safe_url,
)

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "![x](http://evil.example/a.png)",
    "[click](javascript:alert(1))",
    "<http://evil.example>",
    "| a | b |\n|---|---|",
    "# heading\n- item\n> quote",
    "\\input{/etc/passwd} $\\alpha$ \\href{javascript:alert(1)}{x}",
    "Ignore previous instructions.\u202e reversed \u200b",
    "&lt;b&gt; `code` ~~x~~ **bold** _it_",
    "@misc{x, title={y}} } {",
]


TAGS = "html head meta title style body main h1 h2 p section span a div ol li br"
ALLOWED = set(TAGS.split())


def made(text: str) -> Brief:
    checks = {"ok": True, "score": 1.0}
    one = Sentence(text, (1,), "extract", checks)
    both = Sentence(f"{text} and {text}", (1, 2), "extract", checks)
    items = tuple(
        CitedWork(
            n,
            f"arxiv:2606.0000{n}",
            text,
            text,
            "https://arxiv.org/abs/2606.00001",
            (text,),
            text,
            "physics",
            "2026-06-16",
        )
        for n in (1, 2)
    )
    return Brief(
        "2026-06-16", "en", items, (Section(text, (text,), (one,)),), (Bridge(1, 2, (text,), both),)
    ).identified()


@pytest.mark.parametrize("text", NASTY)
def test_html_stays_text(text: str) -> None:
    tree = html.document_fromstring(render_html(made(text)))
    assert {one.tag for one in tree.iter() if isinstance(one.tag, str)} <= ALLOWED
    for one in tree.iter("a"):
        assert one.get("href").startswith(("#ref-", "https://arxiv.org/"))
    for one in tree.iter():
        assert not [name for name in one.attrib if name.startswith("on")]


@given(st.text(max_size=120))
@settings(max_examples=60)
def test_html_of_any_text_keeps_its_skeleton(text: str) -> None:
    plain, odd = render_html(made("word")), render_html(made(text))
    tags = [one.tag for one in html.document_fromstring(plain).iter()]
    assert [one.tag for one in html.document_fromstring(odd).iter()] == tags


def test_html_file_is_self_contained_and_forbids_everything_else(brief: Brief) -> None:
    page = render_html(brief)
    tree = html.document_fromstring(page)
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none'")
    assert not tree.xpath("//script|//img|//link|//iframe|//object|//*[@src]|//*[@style]")
    assert "url(" not in page
    assert "@import" not in page


def test_html_cites_by_number_and_anchors_resolve(brief: Brief) -> None:
    tree = html.document_fromstring(render_html(brief))
    anchors = {one.get("id") for one in tree.iter("li")}
    links = [one.get("href") for one in tree.iter("a") if one.get("class") == "cite"]
    assert anchors == {f"ref-{one.n}" for one in brief.evidence}
    assert links
    assert all(one[1:] in anchors for one in links)
    assert all(
        re.fullmatch(r"\[\d+\]", one.text) for one in tree.iter("a") if one.get("class") == "cite"
    )


def test_hostile_work_is_shown_as_text_everywhere(brief: Brief) -> None:
    assert any("<script>" in one.abstract for one in brief.evidence)
    page, marked = render_html(brief), render_markdown(brief)
    assert "<script" not in page
    assert "<script" not in marked.replace("\\<script", "")
    assert "](javascript" not in marked
    assert "![" not in marked.replace("\\!", "!").replace("\\[", "") or "\\!\\[" in marked


@pytest.mark.parametrize("text", NASTY)
def test_markdown_markup_is_escaped(text: str) -> None:
    shown = markdown_text(text)
    assert "\n" not in shown
    bare = re.sub(r"\\.", "", shown)
    assert not re.search(r"[`*_\[\]()<>#|!~$&\\{}]", bare)


@given(st.text(max_size=200))
def test_markdown_has_no_unescaped_mark(text: str) -> None:
    bare = re.sub(r"\\.", "", markdown_text(text))
    assert not set(bare) & set("`*_[]()<>#|!~$&\\{}:@")


def test_markdown_holds_every_sentence_citation_and_reference(brief: Brief) -> None:
    marked = render_markdown(brief)
    for section in brief.sections:
        for one in section.sentences:
            assert markdown_text(one.text) in marked
    for one in brief.evidence:
        assert f"\n{one.n}. [" in marked
        assert f"\\[{one.n}\\]" in marked


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//evil.example",
        "http://[bad",
        "",
        "https://",
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert safe_url(url) == ""


def test_address_cannot_leave_its_brackets() -> None:
    assert safe_url("https://a.example/x>)\"' y") == "https://a.example/x%3E%29%22%27%20y"


def test_bibtex_is_read_back(brief: Brief) -> None:
    library = bibtexparser.parse_string(render_bibtex(brief))
    assert not library.failed_blocks
    assert [one.key for one in library.entries] == [one.key for one in brief.evidence]
    assert all(
        one.fields_dict["url"].value.startswith("https://arxiv.org/abs/") for one in library.entries
    )


@pytest.mark.parametrize("text", NASTY)
def test_bibtex_of_nasty_text_is_read_back(text: str) -> None:
    library = bibtexparser.parse_string(render_bibtex(made(text)))
    assert not library.failed_blocks
    assert len(library.entries) == 2


def test_text_and_chinese_labels(brief: Brief) -> None:
    assert "WHERE FIELDS MEET" in render_text(brief)
    chinese = render_html(replace(brief, lang="zh"))
    assert '<html lang="zh-CN">' in chinese
    assert "参考文献" in chinese
