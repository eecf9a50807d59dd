"""The checker: whether the works that a sentence cites say what it says. Pure, no IO.

`check_sentence` serves extracts and rewritten sentences alike. A sentence is `ok` if every check
that could be made passes:

- citation_resolves: it cites at least one work, and every number is in the evidence.
- numbers: every number, with its unit, occurs in a cited work (number_check.py).
- names: every named thing occurs in a cited work (entity_check.py).
- support: score in [0, 1] that the cited works, together, say what the sentence says
  (support_score.py); 0.5 and more is supported. Null where it cannot be compared: a Chinese
  sentence over works in another script, without enough words of theirs in it.
- contributes: each of several cited works has words of the sentence that the others do not have, or
  supports it alone.
- self_retrieval: no other work of the evidence supports the sentence clearly better than the cited
  ones; where these are in another script, no work in the sentence's script has most of it in its
  order. Null if there is no work to compare.
- polarity: a sentence that follows or rewords a sentence of a work does not reverse it
  (polarity_check.py).

What words alone cannot show (a free paraphrase of the opposite, two roles exchanged) is not found;
the figures are in benchmarks/hub/results.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from academichub import documents
from academichub.checker.entity_check import may_be_alias, missing_names
from academichub.checker.number_check import Numbered, missing_numbers
from academichub.checker.passage import Passage, content_stems, read_numbered, read_passage
from academichub.checker.polarity_check import CLOSE, contradiction, reversal
from academichub.checker.support_score import closeness, plain_share, support_score, word_share
from academichub.checker.word_weights import fold
from academichub.errors import InputError
from academichub.i18n.message_text import message_text
from academichub.messages import Message
from academichub.text.sentences import split_sentences

MAX_SENTENCE_CHARS = 4_000
MAX_TEXT_CHARS = 40_000
MAX_EVIDENCE = 500
MAX_CITATIONS = 100
SUPPORTED = 0.5
"""Least support of a supported sentence; the model's bias puts its operating point here."""

SELF_RETRIEVAL_MARGIN = 0.25
"""How much more of the sentence another work must have for a citation to count as swapped."""

CERTAIN = 0.95
"""Support by the cited works from which it does not matter that another work fits better still."""

ELSEWHERE = 0.6
"""Share of the sentence, in order, that a rival in its script must have where the cited works are
in another script."""

RIVAL = 0.5
"""Share of the cited works' part of the sentence another work needs to be a rival for a name."""

MOST_IN_OTHER_WORDS = 0.4
"""Largest share of a sentence's words that a work is assumed to have in other forms only; unlikely
rivals are skipped by it."""

CONTRIBUTION = 0.08
"""Share of the sentence's words, by weight, that each of several cited works must bring alone."""

ALIAS_SUPPORT = 0.75
"""Least support for one missing symbol to be taken for an alias (entity_check.may_be_alias).

The first look at SciFact's validation claims gave 20% false alarms, mostly symbols of genes and
proteins under another name (docs/log.md).
"""

_MARKER = re.compile(r"(?<!\s)\s*\[(\d{1,4}(?:\s*[,;-]\s*\d{1,4})*)\]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_MIN_LATIN_WORDS = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """A work a sentence may cite: its number, title and abstract."""

    n: int
    title: str
    abstract: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of all checks of one sentence; `score` is 0.5 and more exactly if it is ok."""

    ok: bool
    score: float
    checks: dict[str, bool | float | None]
    reasons: list[Message] = field(default_factory=list)

    def document(self) -> documents.Verdict:
        """Return the result as a document."""
        return documents.Verdict(
            ok=self.ok,
            score=self.score,
            checks=documents.CheckOutcomes.model_validate(self.checks),
            reasons=[message_text(reason) for reason in self.reasons],
            details=documents.message_details(self.reasons),
        )


def check_sentence(
    sentence: str, citations: Sequence[int], evidence: Sequence[Evidence], lang: str = "en"
) -> CheckResult:
    """Check one sentence against the works it cites.

    Args:
        sentence: The sentence; the marks `[n]` of its own citations are not part of its content.
        citations: Numbers of the works it cites.
        evidence: The works that may be cited, each number once.
        lang: Language of the sentence, `en` or `zh`.

    Raises:
        InputError: If a text or a list is larger than the limits, or two works have one number.
    """
    _limit(sentence, citations, evidence)
    works = {work.n: work for work in evidence}
    unresolved = [number for number in dict.fromkeys(citations) if number not in works]
    if not citations:
        return _failed(Message.of("check.no_citation"))
    if unresolved:
        return _failed(Message.of("check.unresolved", numbers=unresolved, works=len(works)))
    text = fold(_without_markers(sentence, citations)).strip()
    if not any(ch.isalnum() for ch in text):
        return _failed(Message.of("check.empty"), resolves=True)
    cited = [
        read_passage(works[number].title, works[number].abstract)
        for number in dict.fromkeys(citations)
    ]
    others = [
        read_passage(work.title, work.abstract) for work in evidence if work.n not in set(citations)
    ]
    return _check_text(
        text, cited, others, [works[number] for number in dict.fromkeys(citations)], lang
    )


def _check_text(
    text: str, cited: list[Passage], others: list[Passage], sources: Sequence[Evidence], lang: str
) -> CheckResult:
    """Run every check on a folded sentence whose citations resolve."""
    numbered = read_numbered(text)
    reasons = [why for _, why in missing_numbers(numbered, [work.numbered for work in cited])]
    checks: dict[str, bool | float | None] = {"citation_resolves": True, "numbers": not reasons}
    missing = missing_names(text, numbered.tokens, [work.names for work in cited])
    comparable = comparable_text(text, cited, lang)
    reasons += _check_names(missing, comparable, cited, others, checks)
    if comparable is None:
        checks |= {"support": None, "contributes": None, "self_retrieval": None, "polarity": None}
        return _unlike_script(text, others, checks, reasons)
    support = support_score(comparable, cited)
    checks["support"] = round(support, 4)
    if support < SUPPORTED:
        reasons.append(Message.of("check.support_low", support=support, least=SUPPORTED))
    reasons += _check_parts(comparable, cited, others, checks)
    reasons += _check_polarity(text, numbered, sources, checks)
    ok = support >= SUPPORTED and all(value is not False for value in checks.values())
    # A sentence that fails any check scores below one half however well its words are supported.
    score = max(SUPPORTED, support) if ok else min(0.49, support * 0.49)
    return CheckResult(ok, round(score, 4), checks, reasons)


def _check_names(
    missing: Sequence[str],
    comparable: str | None,
    cited: list[Passage],
    others: list[Passage],
    checks: dict[str, bool | float | None],
) -> list[Message]:
    """Check names the works lack: one alone may be another name of something in them."""
    alias = (
        len(missing) == 1
        and comparable is not None
        and _is_tolerable(missing[0], comparable, cited, others)
    )
    checks["names"] = not missing or alias
    return [
        Message.of("check.name_alias" if alias else "check.name_missing", name=name)
        for name in missing
    ]


def _check_polarity(
    text: str,
    numbered: Numbered,
    sources: Sequence[Evidence],
    checks: dict[str, bool | float | None],
) -> list[Message]:
    statements = [fold(sentence) for work in sources for sentence in split_sentences(work.abstract)]
    titles = [fold(work.title) for work in sources]
    turned = reversal(numbered.tokens, statements) or contradiction(text, titles + statements)
    checks["polarity"] = turned is None
    return [] if turned is None else [turned]


def _unlike_script(
    text: str, others: list[Passage], checks: dict[str, bool | float | None], reasons: list[Message]
) -> CheckResult:
    """Check a sentence in another script than the works it cites.

    No other work in the sentence's own script may have most of it.
    """
    ours = bool(_HAN.search(text))
    rivals = [work for work in others if bool(_HAN.search(work.numbered.text)) == ours]
    best = max((closeness(text, [work]) for work in rivals), default=0.0)
    if rivals and content_stems(text):
        checks["self_retrieval"] = best < ELSEWHERE
        if best >= ELSEWHERE:
            reasons.append(Message.of("check.other_in_script", share=round(100 * best)))
    ok = all(checks[name] is not False for name in ("numbers", "names", "self_retrieval"))
    note = Message.of("check.scripts_differ")
    return CheckResult(ok, 0.5 if ok else 0.25, checks, [*reasons, note])


def _is_tolerable(name: str, text: str, cited: list[Passage], others: list[Passage]) -> bool:
    """Tell whether one missing name may stand.

    The rest must be well supported in other words, and the name may be an alias.
    """
    if support_score(text, cited) < ALIAS_SUPPORT or closeness(text, cited) >= CLOSE:
        return False
    rivals = [work for work in others if plain_share(text, work) > RIVAL * word_share(text, cited)]
    return may_be_alias(name, [work.names for work in cited], [work.names for work in rivals])


def _check_parts(
    text: str, cited: list[Passage], others: list[Passage], checks: dict[str, bool | float | None]
) -> list[Message]:
    """Check what each cited work brings, and whether another work fits clearly better."""
    share = word_share(text, cited)
    idle = _idle_works(text, cited, share) if len(cited) > 1 else []
    checks["contributes"] = not idle
    reasons = [
        Message.of("check.no_contribution", place=position, works=len(cited)) for position in idle
    ]
    return reasons + _check_retrieval(text, others, share, checks)


def _check_retrieval(
    text: str, others: list[Passage], share: float, checks: dict[str, bool | float | None]
) -> list[Message]:
    """Check that no other work has clearly more of a sentence than the share of those cited."""
    if not others:
        checks["self_retrieval"] = None
        return []
    # `word_share` is costly and `plain_share` a lower bound of it: most works are ruled out first.
    likely = [work for work in others if plain_share(text, work) > share - MOST_IN_OTHER_WORDS]
    best = max((word_share(text, [work]) for work in likely), default=0.0)
    certain = float(checks["support"] or 0.0) >= CERTAIN
    checks["self_retrieval"] = certain or best - share <= SELF_RETRIEVAL_MARGIN
    if checks["self_retrieval"]:
        return []
    return [Message.of("check.better_work", theirs=round(100 * best), ours=round(100 * share))]


def _idle_works(text: str, cited: list[Passage], share: float) -> list[int]:
    """Return the positions, from 1, of cited works without which the sentence stands as well.

    A work that supports the whole sentence by itself is not idle, although others do so too.
    """
    idle = []
    for index, work in enumerate(cited):
        rest = [*cited[:index], *cited[index + 1 :]]
        adds = share - word_share(text, rest)
        if adds < CONTRIBUTION and support_score(text, [work]) < SUPPORTED:
            idle.append(index + 1)
    return idle


def comparable_text(text: str, cited: Sequence[Passage], lang: str) -> str | None:
    """Return the part of a folded sentence whose words can be compared with the works, or None.

    A Chinese sentence over works in Latin script is compared by its Latin words, if there are
    enough of them (an extract in a Chinese frame).
    """
    ours = bool(_HAN.search(text)) or lang.startswith("zh")
    theirs = any(_HAN.search(work.numbered.text) for work in cited)
    if ours == theirs or (ours and not _HAN.search(text)):
        return text
    if not ours:
        return None if content_stems(text) else text
    latin = " ".join(re.findall(r"[^\u3000-\u9fff\uff00-\uffef]+", text)).strip()
    return latin if len(_LATIN_WORD.findall(latin)) >= _MIN_LATIN_WORDS else None


def _without_markers(sentence: str, citations: Sequence[int]) -> str:
    """Return the sentence without the marks `[1]`, `[1, 3]` of the works it cites."""
    cited = set(citations)

    def drop(match: re.Match[str]) -> str:
        return (
            "" if {int(part) for part in re.findall(r"\d+", match[1])} <= cited else match.group()
        )

    return _MARKER.sub(drop, sentence)


def _failed(reason: Message, *, resolves: bool = False) -> CheckResult:
    checks: dict[str, bool | float | None] = {
        "citation_resolves": resolves,
        "numbers": None,
        "names": None,
        "support": 0.0,
    }
    return CheckResult(False, 0.0, checks, [reason])


def _limit(sentence: str, citations: Sequence[int], evidence: Sequence[Evidence]) -> None:
    """Refuse input beyond the limits, naming the limit."""
    if len(sentence) > MAX_SENTENCE_CHARS:
        raise InputError(
            Message.of(
                "input.sentence_too_long", characters=len(sentence), limit=MAX_SENTENCE_CHARS
            )
        )
    if len(citations) > MAX_CITATIONS:
        raise InputError(
            Message.of("input.too_many_citations", citations=len(citations), limit=MAX_CITATIONS)
        )
    if len(evidence) > MAX_EVIDENCE:
        raise InputError(
            Message.of("input.too_many_works", works=len(evidence), limit=MAX_EVIDENCE)
        )
    for work in evidence:
        if len(work.title) + len(work.abstract) > MAX_TEXT_CHARS:
            raise InputError(Message.of("input.work_too_long", number=work.n, limit=MAX_TEXT_CHARS))
    if len({work.n for work in evidence}) != len(evidence):
        raise InputError(Message.of("input.same_number"))
