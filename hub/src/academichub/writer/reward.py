"""The checks as a reward: what a completion of a writer model is worth, in [0, 1]. Pure, no IO.

The verifier for post-training a writer (`academichub brief-reward`). The same checks decide whether
a sentence may stand in a brief, so a model trained against them is trained for the brief. A
completion that would leave the extract in its place gets 0; any other gets 0.5 and, where the
extract is given, up to 0.5 more for the share of its length that is saved, up to half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from academichub import documents
from academichub.checker.check import Evidence, check_sentence
from academichub.i18n.message_text import message_text
from academichub.messages import Message
from academichub.writer.wording_check import first_sentence, is_same, wording_faults

PASSED = 0.5
MOST_SAVED = 0.5
"""Share of the extract above which shortening earns no more."""


@dataclass(frozen=True, slots=True)
class Reward:
    """A reward, the outcome of each check that was made, and the reasons against the completion."""

    reward: float
    checks: dict[str, bool | float | None]
    reasons: list[Message] = field(default_factory=list)

    def document(self) -> documents.Reward:
        """Return the reward as a document."""
        return documents.Reward(
            reward=self.reward,
            checks=documents.RewardOutcomes.model_validate(self.checks),
            reasons=[message_text(reason) for reason in self.reasons],
            details=documents.message_details(self.reasons),
        )


def reward_of(
    completion: str,
    citations: Sequence[int],
    evidence: Sequence[Evidence],
    *,
    extract: str = "",
    lang: str = "en",
) -> Reward:
    """Return what a completion is worth as a sentence of a brief.

    Args:
        completion: What the model wrote: one sentence and nothing after it.
        citations: Numbers of the works it is to rest on; all of the evidence where empty.
        evidence: The works.
        extract: The sentence to be rewritten; empty for a sentence without an extract.
        lang: Language of the sentence.

    Raises:
        InputError: If a text or a list is larger than the checker's limits.
    """
    text = first_sentence(completion)
    checks: dict[str, bool | float | None] = {"one_sentence": _is_alone(completion, text)}
    reasons = [] if checks["one_sentence"] else [Message.of("wording.not_alone")]
    faults = wording_faults(text, extract or text, lang) if text else [Message.of("wording.empty")]
    checks["wording"] = not faults
    if extract:
        checks["differs"] = not is_same(text, extract)
        faults += [] if checks["differs"] else [Message.of("wording.same")]
    reasons += faults
    result = check_sentence(text, list(citations) or [work.n for work in evidence], evidence, lang)
    checks |= result.checks
    reasons += [] if result.ok else result.reasons
    if reasons or not result.ok:
        return Reward(0.0, checks, reasons)
    if not extract:
        return Reward(1.0, checks)
    saved = max(0.0, min(MOST_SAVED, 1 - len(text) / len(extract)))
    return Reward(round(PASSED + (1 - PASSED) * saved / MOST_SAVED, 4), checks)


def _is_alone(completion: str, text: str) -> bool:
    """Tell whether a completion is its first sentence, apart from a label, quotes and citations."""
    left = sum(ch.isalnum() for ch in completion) - sum(ch.isalnum() for ch in text)
    return bool(text) and left <= 12
