"""A feed's bytes as text: encodings declared, undeclared and misstated; doctypes left out or refused."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academichub.errors import SourceError
from academichub.messages import Message
from academichub.sources.feeds import decoding
from academichub.sources.feeds.decoding import decode, without_doctype

URL = "https://a.example/feed"


def declared(encoding: str, text: str) -> str:
    return f'<?xml version="1.0" encoding="{encoding}"?><t>{text}</t>'


@pytest.mark.parametrize(
    ("encoding", "declaration", "text"),
    [
        ("utf-8", "UTF-8", "蛾与灯"),
        ("gbk", "GBK", "蛾与灯"),
        ("gb18030", "gb2312", "蛾与灯㐀"),
        ("windows-1251", "windows-1251", "Цитата"),
        ("cp1252", "iso-8859-1", "“Lamps” – moths"),
        ("cp1252", "us-ascii", "café"),
        ("shift_jis", "Shift_JIS", "灯と蛾"),
        ("utf-8", "no-such-encoding", "蛾"),
        ("utf-8", "hex", "蛾"),
        ("utf-8", "utf-16", "蛾"),
        ("utf-8", "iso-8859-16x", "é"),
    ],
)
def test_the_declared_encoding_is_read_in_its_widest_meaning(
    encoding: str, declaration: str, text: str
) -> None:
    document = declared(declaration, text)
    assert decode(document.encode(encoding)) == (document, None)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
def test_a_byte_order_mark_or_the_shape_goes_before_the_declaration(
    mark: bytes, encoding: str
) -> None:
    document = declared("iso-8859-1", "蛾与灯")
    assert decode(mark + document.encode(encoding)) == (document, None)


@settings(max_examples=50)
@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: text.strip()))
def test_text_in_utf_8_is_read_back_without_a_declaration(text: str) -> None:
    document = "<t>" + text
    assert decode(document.encode()) == (document, None)


def test_halves_of_a_letter_written_apart_are_read() -> None:
    assert decode(b"<t>\xed\xa0\xbd</t>") == ("<t>\ud83d</t>", None)


def test_undeclared_chinese_is_told_from_latin_by_its_look() -> None:
    chinese = "<t>基于大语言模型的检索增强生成方法研究</t>"
    remark = Message.of("feed.undeclared_gb18030")
    assert decode(chinese.encode("gb18030")) == (chinese, remark)
    # Declared as UTF-8, it is Chinese all the same, and the declaration is what was wrong.
    misstated = declared("UTF-8", "基于大语言模型的检索增强生成方法研究")
    assert decode(misstated.encode("gb18030")) == (misstated, None)
    latin = "<t>Müller café naïve</t>"
    assert decode(latin.encode("cp1252")) == (latin, Message.of("feed.read_as_cp1252"))


def test_a_few_bytes_out_of_place_cost_themselves_and_many_the_encoding() -> None:
    few = declared("UTF-8", "x" * 100).encode() + b"\xff\xff"
    text, remark = decode(few)
    assert text == few[:-2].decode() + "\ufffd\ufffd"
    assert remark == Message.of("feed.characters_lost", characters=2)
    many = declared("UTF-8", "x").encode() + b"\xe9 " * 40
    assert decode(many) == (many.decode("cp1252"), Message.of("feed.read_as_cp1252"))


@pytest.mark.parametrize("data", [b"", b" \r\n\t "])
def test_nothing_at_all_is_truncated(data: bytes) -> None:
    with pytest.raises(SourceError) as refused:
        decode(data, url=URL)
    assert (refused.value.failure, refused.value.url) == ("truncated", URL)


def test_a_feed_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_BYTES", 1 << 20)
    assert decode(b"x" * (1 << 20))[0] == "x" * (1 << 20)
    with pytest.raises(SourceError) as refused:
        decode(b"x" * ((1 << 20) + 1), url=URL)
    assert refused.value.failure == "too_large"
    assert refused.value.params == {"bytes": (1 << 20) + 1, "limit": 1}


@pytest.mark.parametrize(
    "prolog",
    [
        "",
        '<?xml version="1.0"?>',
        '\n\n <?XML version="1.0"?>\n',
        "<!-- a comment > with --> <?style x?>",
        "<!DOCTYPE html>",
        '<?xml version="1.0"?><!-- c --><!doctype rss SYSTEM "file:///etc/passwd">\n',
    ],
)
def test_the_prolog_is_left_out_and_the_document_stays(prolog: str) -> None:
    document = "<rss><!DOCTYPE x></rss>"
    assert without_doctype(prolog + document) == document


@pytest.mark.parametrize(
    ("prolog", "code"),
    [
        ('<!DOCTYPE rss [<!ENTITY a "ha">]>', "feed.own_entities"),
        ("<?xml version='1.0'?><!-- x --><!doctype rss SYSTEM 'x' [", "feed.own_entities"),
        ("<!DOCTYPE rss><!DOCTYPE rss [", "feed.own_entities"),
        ("<!DOCTYPE " + "x" * 3000 + ">", "feed.bad_doctype"),
        ("<!DOCTYPE rss", "feed.bad_doctype"),
        ('<!ENTITY a "ha">', "feed.bad_doctype"),
    ],
)
def test_a_doctype_that_declares_anything_is_refused(prolog: str, code: str) -> None:
    with pytest.raises(SourceError) as refused:
        without_doctype(prolog + "\n<rss/>" if code == "feed.own_entities" else prolog, url=URL)
    assert (refused.value.failure, refused.value.code) == ("not_the_format", code)
