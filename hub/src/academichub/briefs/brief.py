"""A brief and its parts as types, and the document in which a brief is stored. Pure, no IO.

compose.py makes briefs from ranked works, writer/ lets a language model rewrite their sentences,
brief_store.py stores them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from academichub import documents
from academichub.checker.check import CheckResult
from academichub.i18n.message_text import message_text
from academichub.messages import Message, messages_json, plain
from academichub.text.latex import readable_latex

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class CitedWork:
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
    it started from, and a report of the outcome (writer/rewrite.py). `texts` tells whether LaTeX in
    the texts was made readable; briefs of earlier versions are stored as the works have them.
    """

    date: str
    lang: Lang
    evidence: tuple[CitedWork, ...]
    sections: tuple[Section, ...]
    bridges: tuple[Bridge, ...]
    first: str = ""
    notes: tuple[Message, ...] = ()
    on_shelf: bool = False
    model: str | None = None
    writing: Mapping[str, Any] | None = None
    id: str = field(default="")
    texts: Literal["source", "readable"] = "readable"

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
        content = asdict(replace(self, id=""))
        del content["texts"]  # how texts are stored is not what they say
        body = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return replace(
            self, id=f"{self.date}-{self.lang}-{hashlib.sha256(body.encode()).hexdigest()[:12]}"
        )


def stored_checks(result: CheckResult) -> dict[str, Any]:
    """Return the outcome of a sentence's checks as `Sentence.checks` holds it."""
    return {
        "ok": result.ok,
        "score": result.score,
        **result.checks,
        "reasons": [message_text(reason) for reason in result.reasons],
        "details": messages_json(result.reasons),
    }


def brief_from_document(document: documents.Brief) -> Brief:
    """Return the brief of a document; the inverse of `Brief.document`."""
    return Brief(
        date=document.date,
        lang=document.lang,
        evidence=tuple(
            CitedWork(**{**work.json_object(), "authors": tuple(work.authors)})
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
        texts=document.texts,
    )


def readable_brief(brief: Brief) -> Brief:
    """Return a brief as readers see it: one of an earlier version with its LaTeX made readable."""
    if brief.texts == "readable":
        return brief
    return replace(
        brief,
        texts="readable",
        evidence=tuple(
            replace(
                work,
                title=readable_latex(work.title),
                abstract=readable_latex(work.abstract),
                authors=tuple(map(readable_latex, work.authors)),
                label=readable_latex(work.label),
            )
            for work in brief.evidence
        ),
        sections=tuple(
            Section(
                readable_latex(section.theme),
                tuple(map(readable_latex, section.terms)),
                tuple(map(_with_readable_text, section.sentences)),
            )
            for section in brief.sections
        ),
        bridges=tuple(
            replace(
                bridge,
                terms=tuple(map(readable_latex, bridge.terms)),
                sentence=_with_readable_text(bridge.sentence),
            )
            for bridge in brief.bridges
        ),
    )


def _with_readable_text(sentence: Sentence) -> Sentence:
    checks = dict(sentence.checks)
    if isinstance(back := checks.get("back"), str):
        checks["back"] = readable_latex(back)
    return replace(
        sentence,
        text=readable_latex(sentence.text),
        extract=readable_latex(sentence.extract),
        checks=checks,
        tried=tuple(
            {**attempt, "text": readable_latex(str(attempt["text"]))} for attempt in sentence.tried
        ),
    )


def _notes(document: documents.Brief) -> tuple[Message, ...]:
    """Return the notes of a stored document; those of an older one are texts in its language."""
    if "details" in document.model_fields_set:
        return documents.messages_of(document.details)
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
