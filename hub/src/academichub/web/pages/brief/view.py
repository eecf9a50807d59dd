"""Briefs as pages show them: the stored document (documents/briefs.py), its checks in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    sentence: SentenceView | None


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
        return sum(len(section.sentences) for section in self.sections) + sum(
            1 for bridge in self.bridges if bridge.sentence
        )


def brief_view(visit: Visit, document: Mapping[str, Any]) -> BriefView:
    """Return a stored brief's document for the page; parts the document lacks are left out."""
    evidence = tuple(
        EvidenceView(
            work["n"],
            work["key"],
            work["title"],
            work.get("abstract") or "",
            safe_link(work.get("url") or ""),
            work.get("label") or "",
            tuple(work.get("authors") or ()),
        )
        for work in document["evidence"]
    )
    by_number = {work.n: work for work in evidence}
    sections = tuple(
        SectionView(
            section["theme"], tuple(_sentence(visit, sentence) for sentence in section["sentences"])
        )
        for section in document["sections"]
    )
    bridges = tuple(
        BridgeView(
            by_number[bridge["a"]],
            by_number[bridge["b"]],
            tuple(bridge["terms"]),
            _sentence(visit, bridge["sentence"]) if bridge.get("sentence") else None,
        )
        for bridge in document["bridges"]
        if bridge["a"] in by_number and bridge["b"] in by_number
    )
    return BriefView(
        str(document["id"]), document["date"], document["lang"], document.get("model"), bool(document.get("on_shelf")),
        tuple(document.get("notes") or ()),
        evidence, sections, bridges, writing_view(visit, document),
    )  # fmt: skip


def _sentence(visit: Visit, sentence: Mapping[str, Any]) -> SentenceView:
    _ = visit.gettext
    checks = sentence.get("checks") or {}
    ok = bool(checks.get("ok"))
    numbers = ", ".join(f"[{n}]" for n in sentence["citations"])
    line = (
        _("Checked against %(works)s", works=numbers)
        if ok
        else _("The check against %(works)s failed", works=numbers)
    )
    text = sentence["text"]
    shown = tuple(_check(visit, name, value) for name, value in _flat(checks))
    return SentenceView(
        text=text,
        lang=text_language(text),
        citations=tuple(sentence["citations"]),
        origin=sentence.get("origin", "extract"),
        ok=ok,
        check_line=line,
        checks=shown,
        reasons=reasons_in(visit, checks),
        extract=str(sentence.get("extract") or ""),
        back=str(checks.get("back") or ""),
        kept=reason_for_extract(visit, str(sentence.get("kept") or "")),
        tried=tuple(
            TriedView(
                text=str(attempt["text"]),
                lang=text_language(str(attempt["text"])),
                reasons=reasons_in(visit, attempt),
            )
            for attempt in sentence.get("tried") or ()
            if attempt["reasons"] and not attempt.get("same")
        ),
    )


def _flat(checks: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the single checks, whether they stand beside `ok` or under `checks`."""
    inner = checks.get("checks")
    merged = {
        **(inner if isinstance(inner, Mapping) else {}),
        **{k: v for k, v in checks.items() if k != "checks"},
    }
    return [
        (name, value)
        for name, value in merged.items()
        if name not in ("ok", "reasons", "details", "score", "back")
    ]


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
