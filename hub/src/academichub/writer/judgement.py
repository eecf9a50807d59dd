"""Whether what a model wrote for a sentence may be shown: wording, checks, translation, meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from academichub.briefs.brief import Sentence, stored_checks
from academichub.checker.check import Evidence, check_sentence
from academichub.errors import InputError
from academichub.messages import Message
from academichub.writer.semantic_similarity import Likeness
from academichub.writer.wording_check import is_same, wording_faults


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of a text of the model.

    Attributes:
        refusal: The key of `rewrite.KEPT` for which the extract stays; empty if the text may stand.
        reasons: Why it is refused.
        checks: The outcome of its checks as they are stored; empty if it was refused before them.
        is_same: Whether the text is the extract itself.
    """

    refusal: str = ""
    reasons: Sequence[Message] = ()
    checks: dict[str, Any] = field(default_factory=dict)
    is_same: bool = False


@dataclass(frozen=True, slots=True)
class Judge:
    """What the texts of a model over one brief are judged by.

    Attributes:
        evidence: The works of the brief.
        lang: Language of the brief.
        is_small: Whether the model is a small one, whose wording is held to more rules.
        likeness: The meaning of the extracts, where there is an embedding model.
        translate_back: Returns the model's translation of a Chinese sentence into English; raises
            ModelError as the model does.
    """

    evidence: Sequence[Evidence]
    lang: str
    is_small: bool
    likeness: Likeness | None
    translate_back: Callable[[str], str]

    def judge(self, text: str, sentence: Sentence, extract: str) -> Judgement:
        """Judge a text of the model.

        Args:
            text: What the model wrote.
            sentence: The sentence of the extractive brief it would replace.
            extract: What the model was asked to rewrite.

        Raises:
            ModelError: If the model was asked for a translation and gave none.
        """
        if is_same(text, extract) or is_same(text, sentence.text):
            return Judgement("unchanged", [Message.of("wording.same")], is_same=True)
        if faults := wording_faults(text, extract, self.lang, is_small=self.is_small):
            return Judgement("wording", faults)
        try:
            result = check_sentence(text, sentence.citations, self.evidence, self.lang)
        except InputError as problem:
            return Judgement("checks", [problem.message])
        checks = stored_checks(result)
        if not result.ok:
            return Judgement("checks", result.reasons, checks)
        if result.checks["support"] is None:
            faults = self._check_translation(text, sentence, checks)
            if faults:
                return Judgement("checks", faults, checks)
        faults = self._check_meaning(str(checks.get("back") or text), extract, checks)
        return Judgement("checks" if faults else "", faults, checks)

    def _check_translation(
        self, text: str, sentence: Sentence, checks: dict[str, Any]
    ) -> list[Message]:
        """Check a Chinese sentence translated back; add the outcome to its checks."""
        back = self.translate_back(text)
        outcome = check_sentence(back, sentence.citations, self.evidence, "en")
        checks |= {"translated_back": outcome.ok, "back": back}
        if outcome.ok:
            return []
        return [
            Message.of("wording.translated_back", text=back, why=why) for why in outcome.reasons
        ]

    def _check_meaning(self, text: str, extract: str, checks: dict[str, Any]) -> list[Message]:
        """Compare the meaning of a text with that of its extract; add the outcome to its checks."""
        if self.likeness is None or extract not in self.likeness.row_of:
            return []
        checks["meaning"], faults = self.likeness.judge(text, extract)
        return faults
