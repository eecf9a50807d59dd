"""Terms of a text: the words and two- or three-word phrases that say what it is about, in readable form. Pure, no IO."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from academichub.briefs.words import STOP, fold, idf, is_content, stem, tokens

GENERIC = frozenset(
    stem(word)
    for word in """accuracy achieve across additional address advance aim allow analysis analyze application apply approach
    area aspect available average base baseline behavior benchmark benefit best better broad case challenge challenging
    change characterize class combine common compare comparable complete complex complexity component comprehensive compute
    computational condition consider consistent contribution control cost current data dataset deep define demonstrate
    depend derive describe design detail determine develop difference different difficult direct discover discuss
    distribution domain effect effective effectiveness efficiency efficient enable enhance error establish estimate evaluate
    evaluation evidence examine example existing experiment experimental explain explore extend extensive factor feature
    field focus form formulation framework full function fundamental future gain general generate global good group
    growing high highlight human idea identify impact implement implementation implication important improve improvement
    include increase individual influence information initial insight instance integrate interest introduce investigate
    issue key knowledge known lack large lead learn learning level limit limitation limited local long loss main mechanism
    measure method methodology metric model multiple natural need new notably novel number numerical object objective
    observe obtain offer open optimal order outcome output overall parameter particular pattern perform performance period
    point population possible potential practical practice predict prediction previous previously problem procedure process
    produce property propose provide quality quantitative question random range rate real recent reduce region relate
    relation relationship relative reliable remain report represent representation require research respectively result
    reveal review robust robustness role sample scale science scientific second series set setting show significant
    significantly simple simulation single size small solution solve space specific stage standard state statistical strategy
    strong structure study subject support suggest superior system systematic target task technique temporal test theoretical
    theory time tool train training trend type typical understand understanding unified unique unit value variable variety
    various version way widely work world year yield zero art first two three four one""".split()
)
"""Stems too general to name a theme or to join two works."""

_BREAK = re.compile(r"[.,;:!?()\[\]{}\"“”/|=<>]|\s-\s")
_SHAPED = re.compile(r"^(?:[A-Z]{2,}|[A-Z][a-z]*[A-Z]|\w*\d)")
_TAILS = ("ly", "ing", "ed")
_VERBS = frozenset(
    stem(word)
    for word in """achieve outperform enable exhibit capture leverage incorporate introduce consist combine rely arise emerge
    become exist occur appear involve contain remain yield serve tend satisfy admit hold prove construct obtain remove add
    conduct perform assume infer estimate compute compare measure evaluate adopt employ exploit suffer face handle tackle
    mitigate guide drive reach follow consider define describe report reveal highlight provide offer give take keep bring
    arbitrary able independent sufficient necessary specifically substantially existing widely fully highly better higher
    lower faster larger smaller recent prior previous several diverse crucial promising""".split()
)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one text.

    Attributes:
        counts: Stemmed term (words joined by a blank) -> how often it occurs.
        surfaces: Stemmed term -> how it is written most often.
        titled: Terms of the title.
    """

    counts: Mapping[str, int]
    surfaces: Mapping[str, str]
    titled: frozenset[str]


def read_terms(title: str, text: str) -> Terms:
    """Return the terms of a work. Words on both sides of a mark or a function word never make a phrase."""
    counts: Counter[str] = Counter()
    written: dict[str, Counter[str]] = {}
    titled: set[str] = set()
    for part, is_title in ((fold(title), True), (fold(text), False)):
        for clause in _BREAK.split(part):
            for run in _runs(clause):
                for phrase in _phrases(run):
                    term = " ".join(one for _, one in phrase)
                    counts[term] += 1
                    written.setdefault(term, Counter())[_surface([raw for raw, _ in phrase])] += 1
                    if is_title:
                        titled.add(term)
    surfaces = {term: max(forms.items(), key=lambda one: (one[1], -len(one[0]), one[0]))[0] for term, forms in written.items()}
    return Terms(counts, surfaces, frozenset(titled))


def _runs(clause: str) -> list[list[tuple[str, str]]]:
    """Return the runs of neighbouring content words of a clause as (written, stem)."""
    runs: list[list[tuple[str, str]]] = [[]]
    for token in tokens(clause):
        if not is_content(token) or token.raw.isdigit():
            runs.append([])
        else:
            runs[-1].append((token.raw, token.stem))
    return [run for run in runs if run]


def _phrases(run: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Return the phrases of one to three words of a run that can be terms."""
    return [run[i : i + size] for size in (1, 2, 3) for i in range(len(run) - size + 1) if _is_term(run[i : i + size])]


def _is_term(phrase: list[tuple[str, str]]) -> bool:
    """Tell a phrase that names something: it ends in a noun-like word, no word of it is a mere verb, one is specific."""
    raw_last, stem_last = phrase[-1]
    raw_first = phrase[0][0]
    if any(one in _VERBS for _, one in phrase) or any(raw.lower() in STOP for raw, _ in phrase):
        return False
    if raw_last.endswith(("ly", "ed", "able", "ible", "ous", "ive", "al", "ic")) and not raw_last.isupper():
        return False
    if raw_first.endswith("ly") or (len(phrase) > 1 and raw_first.endswith("ed") and len(raw_first) < 7):
        return False
    if len(phrase) == 1:
        return stem_last not in GENERIC and (len(raw_last) >= 4 or bool(_SHAPED.match(raw_last)))
    return any(one not in GENERIC for _, one in phrase) and phrase[0][1] != stem_last


def _surface(words: list[str]) -> str:
    """Return a phrase as shown: ordinary words in small letters, coded names as they are."""
    return " ".join(word if _SHAPED.match(word) else word.lower() for word in words)


def weight(term: str) -> float:
    """Return how specific a term is: the mean weight of its words, more for a phrase of several; generic words count little."""
    words = term.split()
    weights = [idf(word) * (0.35 if word in GENERIC else 1.0) for word in words]
    return sum(weights) / len(weights) * (1.0, 1.25, 1.3)[len(words) - 1]


def without_parts(terms: list[str], limit: int) -> list[str]:
    """Return the first terms that share no word with one taken before."""
    taken: list[str] = []
    for term in terms:
        words = set(term.split())
        if all(not words & set(other.split()) for other in taken):
            taken.append(term)
        if len(taken) == limit:
            break
    return taken
