"""The document of a brief, and the brief of a document."""

from __future__ import annotations

from invented_window import DAY

from academichub import documents
from academichub.briefs.brief import Brief, brief_from_document


def test_the_document_holds_the_brief(brief: Brief) -> None:
    document = brief.document().json_object()
    assert {"id", "date", "lang", "model", "evidence", "sections", "bridges"} <= set(document)
    assert document["date"] == DAY
    assert document["model"] is None
    assert {"n", "key", "title", "abstract", "url"} <= set(document["evidence"][0])
    assert {"theme", "sentences"} <= set(document["sections"][0])
    assert {"text", "citations", "origin", "checks"} <= set(document["sections"][0]["sentences"][0])
    assert {"a", "b", "terms", "sentence"} <= set(document["bridges"][0])
    assert brief_from_document(documents.Brief.model_validate(document)) == brief
