"""Briefs as pages show them: the stored document (documents/briefs.py), its checks in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from academichub import documents
from academichub.web.card_view import safe_link
from academichub.web.formatting import format_number, text_language
from academichub.web.pages.brief.writer_view import (
    WritingView,
    reason_for_extract,
    reasons_in,
    writing_view,
)
from academichub.web.rendering import Visit


@dataclass(frozen=True, slots=True)
class TriedView:
    """What a model wrote for a sentence and is not shown, with the reasons."""

    text: str
    lang: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SentenceView:
    """A cited sentence: its text, language and check results, and what a model did with it."""

    text: str
    lang: str
    citations: tuple[int, ...]
    origin: str
    ok: bool
    check_line: str
    checks: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    extract: str = ""
    back: str = ""
    kept: str = ""
    tried: tuple[TriedView, ...] = ()

    @property
    def by_model(self) -> bool:
        """Whether a model wrote it."""
        return self.origin == "model"


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A numbered work the brief rests on."""

    n: int
    key: str
    title: str
    abstract: str
    url: str
    label: str
    authors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """A theme and its sentences."""

    theme: str
    sentences: tuple[SentenceView, ...]


@dataclass(frozen=True, slots=True)
class BridgeView:
    """Two works of different fields, the terms they share and a sentence on both."""

    a: EvidenceView
    b: EvidenceView
    terms: tuple[str, ...]
    sentence: SentenceView


@dataclass(frozen=True, slots=True)
class BriefView:
    """A brief."""

    id: str
    date: str
    lang: str
    model: str | None
    on_shelf: bool
    notes: tuple[str, ...]
    evidence: tuple[EvidenceView, ...]
    sections: tuple[SectionView, ...]
    bridges: tuple[BridgeView, ...]
    writing: WritingView | None = None

    @property
    def address(self) -> str:
        """The path of its own page."""
        return f"/brief/{self.id}"

    @property
    def count(self) -> int:
        """How many sentences it has."""
        return sum(len(section.sentences) for section in self.sections) + len(self.bridges)


def brief_view(visit: Visit, brief: documents.Brief) -> BriefView:
    """Return a stored brief for the page; a bridge between works it does not list is left out."""
    evidence = tuple(_evidence(work) for work in brief.evidence)
    by_number = {work.n: work for work in evidence}
    return BriefView(
        id=brief.id,
        date=brief.date,
        lang=brief.lang,
        model=brief.model,
        on_shelf=brief.on_shelf,
        notes=tuple(brief.notes),
        evidence=evidence,
        sections=tuple(
            SectionView(
                section.theme, tuple(_sentence(visit, sentence) for sentence in section.sentences)
            )
            for section in brief.sections
        ),
        bridges=tuple(
            BridgeView(
                by_number[bridge.a],
                by_number[bridge.b],
                tuple(bridge.terms),
                _sentence(visit, bridge.sentence),
            )
            for bridge in brief.bridges
            if bridge.a in by_number and bridge.b in by_number
        ),
        writing=writing_view(visit, brief),
    )


def _evidence(work: documents.CitedWork) -> EvidenceView:
    return EvidenceView(
        n=work.n,
        key=work.key,
        title=work.title,
        abstract=work.abstract,
        url=safe_link(work.url),
        label=work.label,
        authors=tuple(work.authors),
    )


def _sentence(visit: Visit, sentence: documents.Sentence) -> SentenceView:
    _ = visit.gettext
    checks = sentence.checks
    numbers = ", ".join(f"[{n}]" for n in sentence.citations)
    return SentenceView(
        text=sentence.text,
        lang=text_language(sentence.text),
        citations=tuple(sentence.citations),
        origin=sentence.origin,
        ok=checks.ok,
        check_line=(
            _("Checked against %(works)s", works=numbers)
            if checks.ok
            else _("The check against %(works)s failed", works=numbers)
        ),
        checks=tuple(_check(visit, name, value) for name, value in _single_checks(checks)),
        reasons=reasons_in(visit, checks),
        extract=sentence.extract,
        back=checks.back,
        kept=reason_for_extract(visit, sentence.kept),
        tried=tuple(
            TriedView(attempt.text, text_language(attempt.text), reasons_in(visit, attempt))
            for attempt in sentence.tried
            if attempt.reasons and not attempt.same
        ),
    )


def _single_checks(checks: documents.SentenceChecks) -> Iterator[tuple[str, object]]:
    """Yield the name and outcome of each check that was made."""
    for name, outcome in checks:
        if name in checks.model_fields_set and name not in (
            "ok",
            "reasons",
            "details",
            "score",
            "back",
        ):
            yield name, outcome


def _check(visit: Visit, name: str, value: object) -> tuple[str, str]:
    _ = visit.gettext
    names = {
        "citation_resolves": _("Citations exist"),
        "numbers": _("Numbers and units occur in the works"),
        "names": _("Named things occur in the works"),
        "support": _("Support by the works (0 to 1)"),
        "contributes": _("Each citation is needed"),
        "self_retrieval": _("No other work fits better"),
        "polarity": _("Nothing is turned into its opposite"),
        "meaning": _("Likeness of meaning to the extract (at most 1)"),
        "translated_back": _("Translated back, it passes the checks"),
    }
    if isinstance(value, bool):
        shown = _("yes") if value else _("no")
    elif isinstance(value, int | float):
        shown = format_number(value, visit.lang)
    else:
        shown = _("not checked") if value is None else str(value)
    return names.get(name, name.replace("_", " ")), shown
