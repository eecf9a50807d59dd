"""A brief: its parts, and how it is composed from ranked works.

Pure: no database, no clock; the same works give the same brief with the same id.

Order: works with a text -> links between fields -> themes -> one sentence a work, taken from its
abstract -> every sentence through the checker. A sentence that fails is replaced by the work's next
best; a work none of whose sentences passes is left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from academichub import documents
from academichub.briefs.bridges import Link, find_links
from academichub.briefs.evidence import Source, uncovered
from academichub.briefs.extract import MAX_CHARS, ranked_sentences
from academichub.briefs.frames import (
    framed_bridge,
    framed_extract,
    label,
    plain_bridge,
    text_lang,
    theme_name,
)
from academichub.briefs.themes import Theme, find_themes
from academichub.checker.check import CheckResult, Evidence, check_sentence
from academichub.checker.word_weights import fold, stem, tokens
from academichub.i18n.message_text import message_text
from academichub.messages import Message, messages_from_json, messages_json, plain

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = ("en", "zh")
MAX_WORKS = 20
MAX_BRIDGES = 3
ELSEWHERE = 4
"""Most works of fields without a theme; they share a section of their own."""

TRIES = 4
"""Sentences of a work that are tried before it is left out."""


@dataclass(frozen=True, slots=True)
class Item:
    """A numbered work the brief rests on."""

    n: int
    key: str
    title: str
    abstract: str
    url: str
    authors: tuple[str, ...] = ()
    label: str = ""
    field: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A cited sentence: its origin, the outcome of its checks, and the language of what it quotes.

    Attributes:
        extract: The sentence of the abstract it rests on; for a bridge, the English draft that
            quotes both works.
        kept: Why the extract stays although a model was asked: a key of `writer.rewrite.KEPT`;
            empty otherwise.
        tried: What the model wrote for it, in order, each with the reasons against it; the text
            that is shown has none.
    """

    text: str
    citations: tuple[int, ...]
    origin: Literal["extract", "model"]
    checks: Mapping[str, Any]
    extract_lang: str = "en"
    extract: str = ""
    kept: str = ""
    tried: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A theme, its terms as written in the works, and its sentences."""

    theme: str
    terms: tuple[str, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Bridge:
    """Two works of different fields, what they share, and a sentence on both.

    Attributes:
        a: Number of the first work in the evidence.
        b: Number of the second.
    """

    a: int
    b: int
    terms: tuple[str, ...]
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief: cited sentences by theme, bridges between fields, and the works they rest on.

    `writing` describes how a model wrote the brief: its prompts and sampling, the extractive brief
    it started from, and a report of the outcome (writer/rewrite.py).
    """

    date: str
    lang: Lang
    evidence: tuple[Item, ...]
    sections: tuple[Section, ...]
    bridges: tuple[Bridge, ...]
    first: str = ""
    notes: tuple[Message, ...] = ()
    on_shelf: bool = False
    model: str | None = None
    writing: Mapping[str, Any] | None = None
    id: str = field(default="")

    def document(self) -> documents.Brief:
        """Return the brief as a document, the form in which it is stored."""
        body = asdict(self)
        body["details"] = messages_json(self.notes)
        body["notes"] = [message_text(note, self.lang) for note in self.notes]
        return documents.Brief.model_validate(body)

    def sentences(self) -> list[Sentence]:
        """Return every sentence, those of the bridges last."""
        return [sentence for part in self.sections for sentence in part.sentences] + [
            bridge.sentence for bridge in self.bridges
        ]

    def identified(self) -> Brief:
        """Return the brief with its id: day, language and a hash of all its content."""
        body = json.dumps(asdict(replace(self, id="")), sort_keys=True, ensure_ascii=False)
        return replace(
            self, id=f"{self.date}-{self.lang}-{hashlib.sha256(body.encode()).hexdigest()[:12]}"
        )


def brief_from_document(document: documents.Brief) -> Brief:
    """Return the brief of a document; the inverse of `Brief.document`."""
    return Brief(
        date=document.date,
        lang=document.lang,
        evidence=tuple(
            Item(**{**work.json_object(), "authors": tuple(work.authors)})
            for work in document.evidence
        ),
        sections=tuple(
            Section(
                section.theme,
                tuple(section.terms),
                tuple(_sentence(sentence) for sentence in section.sentences),
            )
            for section in document.sections
        ),
        bridges=tuple(
            Bridge(bridge.a, bridge.b, tuple(bridge.terms), _sentence(bridge.sentence))
            for bridge in document.bridges
        ),
        first=document.first,
        notes=_notes(document),
        on_shelf=document.on_shelf,
        model=document.model,
        writing=document.writing.json_object() if document.writing else None,
        id=document.id,
    )


def _notes(document: documents.Brief) -> tuple[Message, ...]:
    """Return the notes of a stored document; those of an older one are texts in its language."""
    if "details" in document.model_fields_set:
        return messages_from_json([detail.json_object() for detail in document.details])
    return tuple(plain(note) for note in document.notes)


def _sentence(sentence: documents.Sentence) -> Sentence:
    return Sentence(
        text=sentence.text,
        citations=tuple(sentence.citations),
        origin=sentence.origin,
        checks=sentence.checks.json_object(),
        extract_lang=sentence.extract_lang,
        extract=sentence.extract,
        kept=sentence.kept,
        tried=tuple(attempt.json_object() for attempt in sentence.tried),
    )


def compose(
    sources: Sequence[Source],
    lang: Lang,
    *,
    limit: int = MAX_WORKS,
    vectors: NDArray[np.float64] | None = None,
) -> Brief:
    """Return the brief of ranked works, without day, notes and id.

    The choice of works, themes, sentences and numbers does not depend on the language, so a brief
    and its translation have the same evidence and citations.

    Args:
        sources: The works, the best first.
        lang: Language of the brief.
        limit: Most works in its themes.
        vectors: Embeddings of the works, one a row; None unless all works have one.
    """
    terms, fields = [source.terms for source in sources], [source.field for source in sources]
    links = find_links(sources, MAX_BRIDGES, vectors)
    themes = find_themes(terms, fields, limit, vectors)
    ends = [index for link in links for index in (link.a, link.b)]
    rest = uncovered(
        sources, [index for theme in themes for index in theme.places] + ends, ELSEWHERE
    )
    themes += [Theme(tuple(rest), ())] if rest else []
    extracts = {
        index: _extracts(sources[index], theme) for theme in themes for index in theme.places
    }
    quoted = [index for theme in themes for index in theme.places if extracts[index]]
    numbers = {index: n for n, index in enumerate(dict.fromkeys(quoted + ends), 1)}
    items = tuple(_item(n, sources[index]) for index, n in numbers.items())
    evidence = [Evidence(work.n, work.title, work.abstract) for work in items]
    sections = [_section(theme, sources, extracts, numbers, evidence, lang) for theme in themes]
    bridges = [_bridge(link, sources, numbers, evidence, lang) for link in links]
    brief = Brief("", lang, items, tuple(filter(None, sections)), tuple(filter(None, bridges)))
    return _without_idle(brief)


def _without_idle(brief: Brief) -> Brief:
    """Return the brief without the works that no sentence cites, the rest renumbered from 1."""
    sentences = [sentence for section in brief.sections for sentence in section.sentences] + [
        bridge.sentence for bridge in brief.bridges
    ]
    cited = {number for sentence in sentences for number in sentence.citations}
    new = {
        work.n: n for n, work in enumerate((work for work in brief.evidence if work.n in cited), 1)
    }

    def renumber(sentence: Sentence) -> Sentence:
        return replace(sentence, citations=tuple(new[number] for number in sentence.citations))

    return replace(
        brief,
        evidence=tuple(replace(work, n=new[work.n]) for work in brief.evidence if work.n in new),
        sections=tuple(
            replace(section, sentences=tuple(map(renumber, section.sentences)))
            for section in brief.sections
        ),
        bridges=tuple(
            replace(bridge, a=new[bridge.a], b=new[bridge.b], sentence=renumber(bridge.sentence))
            for bridge in brief.bridges
        ),
    )


def _item(number: int, source: Source) -> Item:
    work = source.work
    names = tuple(author.name for author in work.authors)
    return Item(
        number,
        work.key,
        work.title,
        source.text,
        work.url,
        names,
        source.label,
        source.field,
        work.published,
    )


def _extracts(source: Source, theme: Theme) -> list[str]:
    """Return the sentences of a work that fit its theme and pass the checks, best first."""
    about = [stem(word) for term in theme.terms for word in term.split()]
    alone = [Evidence(1, source.work.title, source.text)]
    tried = ranked_sentences(source.text, source.work.title, about)[:TRIES]
    return [sentence for sentence in tried if check_sentence(sentence, [1], alone).ok]


def _section(
    theme: Theme,
    chosen: Sequence[Source],
    extracts: Mapping[int, list[str]],
    numbers: Mapping[int, int],
    evidence: Sequence[Evidence],
    lang: Lang,
) -> Section | None:
    """Return a theme with one checked sentence a work; None if no sentence passes."""
    sentences = []
    for index in theme.places:
        for extract in extracts[index]:
            texts = {code: framed_extract(extract, chosen[index].field, code) for code in LANGS}
            if sentence := _checked(texts, (numbers[index],), evidence, lang, extract):
                sentences.append(sentence)
                break
    if not sentences:
        return None
    fields = [chosen[index].field for index in theme.places]
    field_id = max(
        fields, key=lambda candidate: (fields.count(candidate), -fields.index(candidate))
    )
    name = theme_name(theme.terms, field_id, lang) if theme.terms else label("elsewhere", lang)
    return Section(name, theme.terms, tuple(sentences))


def _bridge(
    link: Link,
    chosen: Sequence[Source],
    numbers: Mapping[int, int],
    evidence: Sequence[Evidence],
    lang: Lang,
) -> Bridge | None:
    """Return a link as a bridge whose sentence quotes both works; None if no sentence passes."""
    citations = (numbers[link.a], numbers[link.b])
    sides = [_sharing(chosen[index], link) for index in (link.a, link.b)]
    fields = (chosen[link.a].field, chosen[link.b].field)
    quoted = [(a, b) for a in sides[0][:2] for b in sides[1][:2]]
    tried = [
        {code: framed_bridge(link.terms[:2], pair, fields, code) for code in LANGS}
        for pair in quoted
    ]
    tried.append({code: plain_bridge(link.terms, code) for code in LANGS})
    for texts in tried:
        if sentence := _checked(
            texts, citations, evidence, lang, texts["en"], text_lang("".join(sides[0][:1]))
        ):
            return Bridge(*citations, link.terms, sentence)
    return None


def _sharing(source: Source, link: Link) -> list[str]:
    """Return the quotable sentences of a work, those with most of the link's terms first."""
    about = [word for term in link.stems for word in term.split()]
    ranked = [
        sentence
        for sentence in ranked_sentences(source.text, source.work.title, about)
        if len(sentence) <= MAX_CHARS
    ]
    return sorted(ranked, key=lambda sentence: -_holds(sentence, link))


def _holds(sentence: str, link: Link) -> int:
    """Return how many of the terms that are shown occur in a sentence."""
    words = " ".join(token.stem for token in tokens(fold(sentence)))
    return sum(f" {term} " in f" {words} " for term in link.stems[:2])


def _checked(
    texts: Mapping[Lang, str],
    citations: tuple[int, ...],
    evidence: Sequence[Evidence],
    lang: Lang,
    extract: str,
    extract_lang: str = "",
) -> Sentence | None:
    """Return a sentence if it passes every check in both languages, else None.

    Checking both keeps a brief and its translation parallel.
    """
    results: dict[Lang, CheckResult] = {
        code: check_sentence(texts[code], citations, evidence, code) for code in LANGS
    }
    if not all(outcome.ok for outcome in results.values()):
        return None
    result = results[lang]
    checks = {
        "ok": True,
        "score": result.score,
        **result.checks,
        "reasons": [message_text(reason) for reason in result.reasons],
        "details": messages_json(result.reasons),
    }
    return Sentence(
        texts[lang], citations, "extract", checks, extract_lang or text_lang(extract), extract
    )
