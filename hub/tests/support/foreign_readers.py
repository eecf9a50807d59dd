"""Every reader of foreign text in the hub, each as a function of one text. Nothing is gathered or stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from academichub.briefs import extract, render, terms
from academichub.checker import (
    check,
    entity_check,
    number_check,
    passage,
    polarity_check,
    quantities,
    word_weights,
)
from academichub.delivery import feeds
from academichub.errors import HubError
from academichub.formats import (
    FORMATS,
    bibtex_latex,
    bibtex_names,
    bibtex_writer,
    conventions,
    csl_json_writer,
    guess_format,
    ris_writer,
)
from academichub.index import query_syntax, tokens
from academichub.search import snippets
from academichub.sources import dates, titles
from academichub.sources.arxiv import announcements as arxiv_announce
from academichub.sources.arxiv import author_lists as arxiv_author_lists
from academichub.sources.arxiv import oai as arxiv_oai
from academichub.sources.arxiv import xml
from academichub.sources.crossref import api as crossref
from academichub.sources.feeds import author_lists, feed, records
from academichub.text import latex, markup, sentences
from academichub.web import addresses, rendering
from academichub.works import identifiers
from academichub.works.author import Author
from academichub.works.author_names import parse_name
from academichub.works.work import Work
from academichub.writer import wording_check

Reader = Callable[[str], object]


def _work(text: str) -> Work:
    identifier = identifiers.Identifier("doi", "10.1234/a")
    return Work(
        id=1, key="doi:10.1234/a", identifiers=(identifier,), title=text, abstract=text, authors=(Author(text),),
        comment=text, journal_ref=text, venue=text, published="2026-06-01",
    )  # fmt: skip


def _rss(text: str, *, escaped: bool) -> bytes:
    inside = (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") if escaped else text
    )
    item = f"<item><title>{inside}</title><link>https://a.example/1</link><dc:creator>{inside}</dc:creator>"
    item += f"<description>{inside}</description><pubDate>{inside}</pubDate></item>"
    head = (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>A</title>'
    )
    return f"{head}{item}</channel></rss>".encode("utf-8", "replace")


def _json_feed(text: str) -> bytes:
    item = {
        "id": "1",
        "title": text,
        "content_html": text,
        "authors": [{"name": text}],
        "url": "https://a.example/1",
    }
    return json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "title": text, "items": [item]}
    ).encode()


def _crossref(text: str) -> bytes:
    person = {"given": text, "family": text}
    item: dict[str, Any] = {
        "DOI": "10.1234/a",
        "title": [text],
        "abstract": text,
        "author": [person],
        "type": text,
    }
    message = {"total-results": 1, "items": [item], "next-cursor": text}
    return json.dumps({"status": "ok", "message-type": "work-list", "message": message}).encode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _bibtex(text: str) -> bytes:
    return _bytes(
        f"@article{{a,\n title = {{{text}}},\n author = {{{text}}},\n abstract = {{{text}}}\n}}\n"
    )


def _ris(text: str) -> bytes:
    return _bytes(f"TY  - JOUR\nTI  - {text}\nAU  - {text}\nAB  - {text}\nDO  - {text}\nER  - \n")


def _csl(text: str) -> bytes:
    item = {
        "id": text,
        "title": text,
        "author": [{"literal": text}],
        "abstract": text,
        "DOI": text,
        "note": text,
    }
    return json.dumps([item]).encode()


def _jsonl(text: str) -> bytes:
    return json.dumps(
        {"id": "2606.00001", "title": text, "abstract": text, "authors": [text]}
    ).encode()


def _checked(text: str, *, as_sentence: bool) -> object:
    sentence, abstract = (
        (text[: check.MAX_SENTENCE_CHARS], "A short text.") if as_sentence else ("A text.", text)
    )
    return check.check_sentence(sentence, [1], [check.Evidence(1, "A title", abstract)])


def _compared_numbers(text: str) -> object:
    numbered = passage.read_numbered(word_weights.fold(text))
    return number_check.missing_numbers(numbered, [numbered])


def _highlighted(text: str) -> object:
    what = snippets.highlight_terms(query_syntax.parse("a OR (and AND 1)"))
    return snippets.snippet(text, what, "abstract"), snippets.highlighted(text, what, "title")


def _uncached(function: Any) -> Reader:
    return getattr(function, "__wrapped__", function)  # type: ignore[no-any-return]


def _template_filter(name: str) -> Reader:
    return lambda text: rendering.environment("en").filters[name](text)


LONGEST_EXTRACT = 2 * extract.MAX_CHARS
"""Longest sentence of an abstract that becomes an extract."""

HEAD = feeds.FeedHead("A", "https://a.example/feed", "https://a.example/")

READERS: dict[str, Reader] = {
    "latex.readable_latex": _uncached(latex.readable_latex),
    "latex.read_macros": latex.read_macros,
    "plain_text.plain_lines": markup.plain_lines,
    "latex_text.decode_latex": bibtex_latex.decode_latex,
    "latex_text.escape_latex": bibtex_latex.escape_latex,
    "latex_text.without_macros": bibtex_latex.without_macros,
    "file_names.bibtex_names": bibtex_names.bibtex_names,
    "file_wording.iso_date": conventions.iso_date,
    "file_wording.full_name": lambda text: conventions.full_name(text, text, text),
    "file_wording.language_code": conventions.language_code,
    "files.guess_format": lambda text: guess_format(_bytes(text)),
    "arxiv_names.split_authors": arxiv_author_lists.split_authors,
    "arxiv_names.readable_name": _uncached(arxiv_author_lists.readable_name),
    "feed_names.split_names": author_lists.split_names,
    "feed_dates.iso_date": dates.iso_date,
    "feed_records.doi_in_link": records.doi_in_link,
    "titles.is_notice": titles.is_notice,
    "titles.says_retracted": titles.says_retracted,
    "titles.journal_name": titles.journal_name,
    "arxiv_xml.says_withdrawn": lambda text: xml.says_withdrawn(text, text),
    "feed.parse_feed, raw": lambda text: feed.parse_feed(_rss(text, escaped=False)),
    "feed.parse_feed, escaped": lambda text: feed.parse_feed(_rss(text, escaped=True)),
    "feed.parse_feed, bare": lambda text: feed.parse_feed(_bytes(text)),
    "feed.parse_feed, JSON": lambda text: feed.parse_feed(_json_feed(text)),
    "arxiv_announce.parse_feed": lambda text: arxiv_announce.parse_feed(
        _rss(text, escaped=True), "cs.LG"
    ),
    "arxiv_oai.parse_page": lambda text: arxiv_oai.parse_page(_bytes(text)),
    "crossref.parse_page": lambda text: crossref.parse_page(_crossref(text)),
    **{
        f"files.{name}, bare": lambda text, parse=form.parse: parse(_bytes(text))
        for name, form in FORMATS.items()
    },
    "files.bibtex": lambda text: FORMATS["bibtex"].parse(_bibtex(text)),
    "files.ris": lambda text: FORMATS["ris"].parse(_ris(text)),
    "files.csl_json": lambda text: FORMATS["csl-json"].parse(_csl(text)),
    "files.jsonl": lambda text: FORMATS["jsonl"].parse(_jsonl(text)),
    "identifiers.parse_identifier": identifiers.parse_identifier,
    "identifiers.parse_doi": identifiers.parse_doi,
    "identifiers.parse_arxiv": identifiers.parse_arxiv,
    "identifiers.normal_url": identifiers.normal_url,
    "identifiers.fold": identifiers.fold,
    "radar.parse_name": _uncached(parse_name),
    "sentences.split_sentences": sentences.split_sentences,
    "words.tokens": lambda text: word_weights.tokens(word_weights.fold(text)),
    "words.stem": _uncached(word_weights.stem),
    "quantities.read_quantities": lambda text: quantities.read_quantities(word_weights.fold(text)),
    "number_check.missing_numbers": _compared_numbers,
    "names.read_names": lambda text: entity_check.read_names(word_weights.fold(text)),
    "names.index_names": lambda text: _uncached(entity_check.index_names)(word_weights.fold(text)),
    "polarity.read_polarity": lambda text: _uncached(polarity_check.read_polarity)(
        word_weights.fold(text)
    ),
    "terms.read_terms": lambda text: terms.read_terms(text, text),
    "passages.read_passage": lambda text: _uncached(passage.read_passage)("A title", text),
    "extract.ranked_sentences": lambda text: extract.ranked_sentences(text, "A title", ()),
    "checks.check_sentence, sentence": partial(_checked, as_sentence=True),
    "checks.check_sentence, evidence": partial(_checked, as_sentence=False),
    "wording.first_sentence": wording_check.first_sentence,
    "wording.wording_faults": lambda text: wording_check.wording_faults(
        text[:LONGEST_EXTRACT], text[:LONGEST_EXTRACT], "en", is_small=True
    ),
    "render.readable": render.readable,
    "render.markdown_text": render.markdown_text,
    "render.safe_url": lambda text: (render.safe_url(text), render.safe_url(f"https://{text}")),
    "query.parse": query_syntax.parse,
    "snippets.shown": snippets.shown,
    "snippets.snippet": _highlighted,
    "tokens.index_text": tokens.index_text,
    "tokens.index_names": tokens.index_names,
    "tokens.extras": tokens.extras,
    "template filter day": _template_filter("day"),
    "template filter moment": _template_filter("moment"),
    "template filter work_path": _template_filter("work_path"),
    "template filter speech": _template_filter("speech"),
    "template filter emphasised": _template_filter("emphasised"),
    "addresses.safe_return": addresses.safe_return,
    "bibtex_writer.write": lambda text: list(bibtex_writer.write([_work(text)])),
    "ris_writer.write": lambda text: list(ris_writer.write([_work(text)])),
    "csl_json_writer.write": lambda text: list(csl_json_writer.write([_work(text)])),
    "feeds.write_atom": lambda text: feeds.write_atom(HEAD, [feeds.FeedEntry(_work(text))]),
    "feeds.write_json_feed": lambda text: feeds.write_json_feed(
        HEAD, [feeds.FeedEntry(_work(text))]
    ),
}
"""Name -> reader. A `HubError` is an answer; any other exception is a fault of the reader."""


def answer(reader: Reader, text: str) -> object:
    """Return what a reader makes of a text; None where it refuses it with an error of the hub."""
    try:
        return reader(text)
    except HubError:
        return None
