"""The outcome of a model's writing over a brief, in counts. Pure, no IO."""

from __future__ import annotations

from academichub import documents
from academichub.briefs.brief import Brief
from academichub.briefs.frames import text_lang


def report_of(brief: Brief) -> documents.WritingReport:
    """Return the outcome of a brief's writing, counted from its sentences."""
    sentences = brief.sentences()
    requested = [sentence for sentence in sentences if sentence.kept not in ("stopped", "language")]
    answered = [sentence for sentence in requested if sentence.tried]
    differing = [
        sentence for sentence in answered if any(not attempt["same"] for attempt in sentence.tried)
    ]
    rewritten = [sentence for sentence in sentences if sentence.origin == "model"]
    # A Chinese sentence rests on an English extract: its own length is the only one to compare.
    before = sum(
        _length(sentence.extract if brief.lang == "en" else sentence.text) for sentence in rewritten
    )
    after = sum(_length(sentence.text) for sentence in rewritten)
    return documents.WritingReport(
        sentences=len(sentences),
        asked=len(requested),
        answered=len(answered),
        differing=len(differing),
        rewritten=len(rewritten),
        words_before=before,
        words_after=after,
        share_rewritten=_share(len(rewritten), len(requested)),
        share_differing=_share(len(differing), len(answered)),
        share_surviving=_share(len(rewritten), len(differing)),
        words_saved=before - after,
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _length(text: str) -> int:
    """Return the words of a text; of a Chinese one its characters."""
    return len(text.split()) if text_lang(text) == "en" else len(text)
