"""LaTeX in a brief is made readable once: where its works are read, or a document of an older version is."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from academichub import documents
from academichub.briefs.brief import (
    Bridge,
    Brief,
    CitedWork,
    Section,
    Sentence,
    brief_from_document,
    readable_brief,
)
from academichub.briefs.evidence import number_works, read_sources
from academichub.briefs.render import RENDERERS
from academichub.works.identifiers import Identifier
from academichub.works.work import Work

SOURCE = r"Grains of $10^{-3}$ mm by Erd\H{o}s cost \$5 and \$6."
READABLE = "Grains of 10⁻³ mm by Erdős cost $5 and $6."


def brief_of(text: str) -> Brief:
    """Return a brief with a text wherever one stands that works or a model wrote."""
    checks = {
        "ok": True, "score": 1.0, "citation_resolves": True, "numbers": True, "names": True,
        "support": 1.0, "reasons": [],
    }  # fmt: skip
    attempt = {"text": text, "same": False, "reasons": [], "messages": "", "back": ""}
    sentence = Sentence(text, (1,), "extract", checks, extract=text, tried=(attempt,))
    works = tuple(
        CitedWork(n, f"arxiv:2606.0000{n}", text, text, "", (text,), text, date="2026-06-16")
        for n in (1, 2)
    )
    sections = (Section(text, (text,), (sentence,)),)
    bridges = (Bridge(1, 2, (text,), dataclasses.replace(sentence, citations=(1, 2))),)
    return Brief("2026-06-16", "en", works, sections, bridges, id="2026-06-16-en-0")


def older_document(text: str) -> dict[str, Any]:
    """Return the document of a brief as versions before readable texts stored it."""
    document = brief_of(text).document().json_object()
    assert document.pop("texts") == "readable"
    return document


@pytest.mark.parametrize("form", RENDERERS)
def test_a_brief_of_an_older_version_is_rendered_with_readable_texts(form: str) -> None:
    brief = brief_from_document(documents.Brief.model_validate(older_document(SOURCE)))
    assert brief.document().texts == "source"
    assert brief == dataclasses.replace(brief_of(SOURCE), texts="source")  # as it was stored
    assert readable_brief(brief) == brief_of(READABLE)
    assert RENDERERS[form](brief) == RENDERERS[form](brief_of(READABLE))


def test_what_a_brief_of_an_older_version_shows() -> None:
    brief = brief_from_document(documents.Brief.model_validate(older_document(SOURCE)))
    assert f"  {READABLE} [1]\n" in RENDERERS["text"](brief)
    assert f'<span lang="en">{READABLE}</span>' in RENDERERS["html"](brief)
    assert r"10⁻³ mm by Erdős cost \$5 and \$6\. \[1\]" in RENDERERS["markdown"](brief)
    assert r"10⁻³ mm by Erdős cost \$5 and \$6.}}" in RENDERERS["bibtex"](brief)


def test_a_readable_text_is_not_read_as_latex_again() -> None:
    """`$5 and $` would be a formula."""
    document = brief_of(READABLE).document()
    assert document.texts == "readable"
    assert brief_from_document(document) == brief_of(READABLE)
    assert READABLE in RENDERERS["text"](brief_of(READABLE))


def test_works_are_read_with_readable_texts() -> None:
    work = Work(
        id=1,
        key="arxiv:2606.00001",
        identifiers=(Identifier("arxiv", "2606.00001"),),
        title=SOURCE,
        abstract=f"{SOURCE} They are as small as any that were measured before.",
    )
    (source,) = read_sources([(work, "new")])
    assert (source.title, source.text.startswith(READABLE)) == (READABLE, True)
    (cited,) = number_works([source], [0]).works
    assert (cited.title, cited.abstract) == (READABLE, source.text)
