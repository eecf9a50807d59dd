"""Terms of a text: words and phrases of two or three words that show its subject. Pure, no IO."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from academichub.checker.word_weights import (
    Token,
    fold,
    idf,
    is_common_noun,
    is_content,
    stem,
    tokens,
)

_GENERIC_WORDS = """
accuracy achieve across additional address advance aim allow analysis analyze application apply
approach area aspect available average base baseline behavior benchmark benefit best better broad
case challenge challenging change characterize class combine common compare comparable complete
complex complexity component comprehensive compute computational condition consider consistent
contribution control cost current data dataset deep define demonstrate depend derive describe design
detail determine develop difference different difficult direct discover discuss distribution domain
effect effective effectiveness efficiency efficient enable enhance error establish estimate evaluate
evaluation evidence examine example existing experiment experimental explain explore extend
extensive factor feature field focus form formulation framework full function fundamental future
gain general generate global good group growing high highlight human idea identify impact implement
implementation implication important improve improvement include increase individual influence
information initial insight instance integrate interest introduce investigate issue key knowledge
known lack large lead learn learning level limit limitation limited local long loss main mechanism
measure method methodology metric model multiple natural need new notably novel number numerical
object objective observe obtain offer open optimal order outcome output overall parameter particular
pattern perform performance period point population possible potential practical practice predict
prediction previous previously problem procedure process produce property propose provide quality
quantitative question random range rate real recent reduce region relate relation relationship
relative reliable remain report represent representation require research respectively result reveal
review robust robustness role sample scale science scientific second series set setting show
significant significantly simple simulation single size small solution solve space specific stage
standard state statistical strategy strong structure study subject support suggest superior system
systematic target task technique temporal test theoretical theory time tool train training trend
type typical understand understanding unified unique unit value variable variety various version way
widely work world year yield zero art first two three four one notion sector latent anticipatory
semi style python package library toolkit pipeline module multi phase perception toolbox software
paradigm principle concept question perspective lens regime path pathway route mode kind class
family line head side end bound scheme protocol criterion input output signal sensitivity stability
magnitude profile density rule law
"""
GENERIC = frozenset(stem(word) for word in _GENERIC_WORDS.split())
"""Stems too general to name a theme or to join two works."""

_BREAK = re.compile(r"[.,;:!?()\[\]{}\"“”/|=<>]|\s-\s")
_SHAPED = re.compile(r"^(?:[A-Z]{2,}|[A-Z][a-z]*[A-Z]|\w*\d)")
_VERB_WORDS = """
base give pose tune test fix make achieve outperform enable exhibit capture leverage incorporate
introduce consist combine rely arise emerge become exist occur appear involve contain remain yield
serve tend satisfy admit hold prove construct obtain remove add conduct perform assume infer
estimate compute compare measure evaluate adopt employ exploit suffer face handle tackle mitigate
guide drive reach follow consider define describe report reveal highlight provide offer give take
keep bring arbitrary able independent sufficient necessary specifically substantially existing
widely fully highly better higher behind towards seven eight nine ten lower faster larger smaller
recent prior previous several diverse crucial promising
"""
_VERBS = frozenset(stem(word) for word in _VERB_WORDS.split())


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one text.

    Attributes:
        counts: Stemmed term (words joined by a space) -> how often it occurs.
        surfaces: Stemmed term -> how it is written most often.
        titled: Terms of the title.
    """

    counts: Mapping[str, int]
    surfaces: Mapping[str, str]
    titled: frozenset[str]


def read_terms(title: str, text: str) -> Terms:
    """Return the terms of a work; no phrase crosses a punctuation mark or a function word."""
    counts: Counter[str] = Counter()
    written: dict[str, Counter[str]] = {}
    titled: set[str] = set()
    for part, is_title in ((fold(title), True), (fold(text), False)):
        for clause in _BREAK.split(part):
            for run in _runs(clause):
                for phrase in _phrases(run):
                    term = " ".join(token.stem for token in phrase)
                    counts[term] += 1
                    written.setdefault(term, Counter())[_surface(clause, phrase)] += 1
                    if is_title:
                        titled.add(term)
    surfaces = {
        term: max(
            forms.items(),
            key=lambda form_count: (form_count[1], -len(form_count[0]), form_count[0]),
        )[0]
        for term, forms in written.items()
    }
    return Terms(counts, surfaces, frozenset(titled))


def _runs(clause: str) -> list[list[Token]]:
    """Return the runs of neighbouring content words of a clause."""
    runs: list[list[Token]] = [[]]
    for token in tokens(clause):
        if not is_content(token) or token.raw.isdigit():
            runs.append([])
        else:
            runs[-1].append(token)
    return [run for run in runs if run]


def _phrases(run: list[Token]) -> list[list[Token]]:
    """Return the phrases of one to three words in a run that can be terms."""
    return [
        run[i : i + size]
        for size in (1, 2, 3)
        for i in range(len(run) - size + 1)
        if _is_term(run[i : i + size])
    ]


def _is_term(phrase: list[Token]) -> bool:
    """Return whether a phrase names something.

    It must end like a noun, contain no plain verb, and have at least one specific word.
    """
    raw_last, stem_last, raw_first = phrase[-1].raw, phrase[-1].stem, phrase[0].raw
    if any(token.stem in _VERBS for token in phrase):
        return False
    if (
        raw_last.endswith(("ly", "ed", "able", "ible", "ous", "ive", "al", "ic"))
        and not raw_last.isupper()
    ):
        return False
    if raw_first.endswith("ly"):
        return False
    if len(phrase) == 1:
        return stem_last not in GENERIC and (len(raw_last) >= 4 or bool(_SHAPED.match(raw_last)))
    return any(token.stem not in GENERIC for token in phrase) and phrase[0].stem != stem_last


def _surface(clause: str, phrase: list[Token]) -> str:
    """Return a phrase as shown: ordinary words in lower case, names and hyphens as written."""
    shown, end = "", phrase[0].start
    for token in phrase:
        keeps = _SHAPED.match(token.raw) or not is_common_noun(token.stem)
        shown += re.sub(
            r"\s+|-+", lambda m: "-" if "-" in m.group() else " ", clause[end : token.start]
        )
        shown += token.raw if keeps else token.raw.lower()
        end = token.end
    return shown.strip()


def weight(term: str) -> float:
    """Return how specific a term is: the mean weight of its words, more for a phrase."""
    words = term.split()
    weights = [idf(word) * (0.35 if word in GENERIC else 1.0) for word in words]
    # A phrase is more specific than its words suggest; a third word adds little to the second.
    return sum(weights) / len(weights) * (1.0, 1.45, 1.5)[len(words) - 1]


def without_parts(terms: list[str], limit: int) -> list[str]:
    """Return the first `limit` terms that share no word with an earlier one."""
    taken: list[str] = []
    for term in terms:
        words = set(term.split())
        if all(not words & set(other.split()) for other in taken):
            taken.append(term)
        if len(taken) == limit:
            break
    return taken
