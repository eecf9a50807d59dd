"""Checks of cited sentences: the lines of `academichub check` and `academichub brief-reward`."""

from __future__ import annotations

from academichub.documents.document import Document


class CheckOutcomes(Document):
    """The outcome of each check: true where it holds, null where it could not be made."""

    citation_resolves: bool
    """Whether every citation is a number of the evidence."""
    numbers: bool | None
    """Whether its numbers and units occur in the cited works."""
    names: bool | None
    """Whether its names occur in the cited works."""
    support: float | None
    """How much of the sentence the cited works say, in [0, 1]."""
    contributes: bool | None = None
    """Whether every cited work adds something. Absent where the citations or the sentence could not
    be read."""
    self_retrieval: bool | None = None
    """Whether no other work of the evidence fits clearly better. Absent as above."""
    polarity: bool | None = None
    """Whether the sentence does not say the opposite of the works. Absent as above."""


class Verdict(Document):
    """The verdict on a sentence."""

    ok: bool
    """Whether every check holds."""
    score: float
    """In [0, 1]; 0.5 and more exactly if `ok` is true."""
    checks: CheckOutcomes
    """The single checks."""
    reasons: list[str]
    """What is wrong, as sentences; what could not be checked is named here too."""


class RewardOutcomes(Document):
    """The outcome of each check of a completion; a check that was not made is absent."""

    one_sentence: bool = False
    """Whether it is one sentence and nothing else."""
    wording: bool = False
    """Whether it is worded so that a brief may show it."""
    differs: bool = False
    """Whether it differs from the extract, where one is given."""
    citation_resolves: bool = False
    """As in a verdict; so are the checks below."""
    numbers: bool | None = None
    """As in a verdict."""
    names: bool | None = None
    """As in a verdict."""
    support: float | None = None
    """As in a verdict."""
    contributes: bool | None = None
    """As in a verdict."""
    self_retrieval: bool | None = None
    """As in a verdict."""
    polarity: bool | None = None
    """As in a verdict."""


class Reward(Document):
    """What a completion of a writer model is worth."""

    reward: float
    """0 for what a brief would not show; else 0.5 to 1, more the shorter it is than the extract."""
    checks: RewardOutcomes
    """The single checks; empty where the line could not be read."""
    reasons: list[str]
    """What is wrong, as sentences."""
