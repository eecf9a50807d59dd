"""What came of a model's writing over a brief, in counts. Pure, no IO."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from academichub.briefs.brief import Brief
from academichub.briefs.frames import text_lang


@dataclass(frozen=True, slots=True)
class Report:
    """What came of the writing.

    Attributes:
        sentences: Sentences of the brief.
        asked: Those the model was asked for.
        answered: Those it gave a usable text for.
        differing: Those whose text differs from the extract.
        rewritten: Those that passed every check and are shown.
        words_before: Words of the extracts of the rewritten ones (characters in Chinese).
        words_after: Words of what is shown in their place.
    """

    sentences: int
    asked: int
    answered: int
    differing: int
    rewritten: int
    words_before: int
    words_after: int

    def as_json(self) -> dict[str, Any]:
        """Return the counts, the shares of them in [0, 1] and the words saved."""
        return {
            **asdict(self),
            "share_rewritten": _share(self.rewritten, self.asked),
            "share_differing": _share(self.differing, self.answered),
            "share_surviving": _share(self.rewritten, self.differing),
            "words_saved": self.words_before - self.words_after,
        }


def report_of(brief: Brief) -> Report:
    """Return what came of a brief's writing, from its sentences."""
    sentences = brief.sentences()
    asked = [sentence for sentence in sentences if sentence.kept not in ("stopped", "language")]
    answered = [sentence for sentence in asked if sentence.tried]
    differing = [
        sentence for sentence in answered if any(not attempt["same"] for attempt in sentence.tried)
    ]
    rewritten = [sentence for sentence in sentences if sentence.origin == "model"]
    # A Chinese sentence rests on an English extract: its own length is the only one to compare.
    before = [sentence.extract if brief.lang == "en" else sentence.text for sentence in rewritten]
    return Report(
        sentences=len(sentences),
        asked=len(asked),
        answered=len(answered),
        differing=len(differing),
        rewritten=len(rewritten),
        words_before=sum(map(_length, before)),
        words_after=sum(_length(sentence.text) for sentence in rewritten),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _length(text: str) -> int:
    """Return the words of a text; of a Chinese one its characters."""
    return len(text.split()) if text_lang(text) == "en" else len(text)
