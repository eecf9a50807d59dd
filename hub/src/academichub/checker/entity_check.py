"""Named things of a sentence, and whether the cited works have them. Pure, no IO.

Acronyms, models, data sets, genes, formulas, places, people: a name is found by its shape, which is two capitals,
letters with digits, capitals inside a word, or a capital in mid-sentence. It occurs in a work if the work has it up to
case, hyphens, plural and Greek spelling, or has the words an acronym stands for (or the acronym, where the sentence has
the words).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from academichub.checker.alias_table import ALIASES
from academichub.checker.stem_similarity import alike
from academichub.checker.unit_table import UNITS
from academichub.checker.word_weights import STOP, Token, is_common_noun, stem

_LETTER = r"[^\W_\u3400-\u9fff]"
_CHUNK = re.compile(rf"{_LETTER}+(?:[-/.']{_LETTER}+)*[+*]?")
_SENTENCE_START = re.compile(r"^$|[.!?:;]\s+$|[\"'(\[]\s*$")
_LINKING = frozenset({"s", "of", "the", "and", "for", "in", "on", "a", "an", "to", "with"})
_WORD_OR_MARK = re.compile(rf"{_LETTER}+|[.,;:!?()\[\]\"]")
_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789")


@dataclass(frozen=True, slots=True)
class Name:
    """A named thing as written, and whether its shape alone makes it one (not just a capital)."""

    text: str
    start: int
    end: int
    is_coded: bool


@dataclass(frozen=True, slots=True)
class NameIndex:
    """What a work offers for names: words, neighbouring words joined, their stems, and the names it has itself."""

    joined: frozenset[str]
    runs: tuple[tuple[str, ...], ...]
    stems: frozenset[str]
    coded: frozenset[str] = field(default=frozenset())
    numbered: frozenset[str] = field(default=frozenset())


def compact(text: str) -> str:
    """Return a name without case, accents, hyphens and blanks; Greek letters by name, scripts as digits."""
    text = "".join(
        ch
        for ch in unicodedata.normalize("NFD", text.translate(_DIGITS))
        if not unicodedata.combining(ch)
    )
    spelled = "".join(stem(ch) if 0x370 <= ord(ch) <= 0x3FF else ch for ch in text)
    return "".join(ch for ch in spelled.lower() if ch.isalnum())


def index_names(folded: str) -> NameIndex:
    """Return what a folded text offers for names."""
    words = [match.group() for match in re.finditer(rf"{_LETTER}+", folded)]
    flat = [compact(word) for word in words]
    joined: set[str] = set()
    for size in (1, 2, 3, 4):
        joined.update("".join(flat[i : i + size]) for i in range(len(flat) - size + 1))
    runs = _runs(folded)
    coded = frozenset(compact(one.text) for one in read_names(folded) if one.is_coded)
    pairs = [a + b for a, b in pairwise(flat) if b.isdigit()]
    numbered = frozenset(one for one in [*flat, *pairs] if one[-1:].isdigit() and one[:1].isalpha())
    return NameIndex(
        frozenset(joined), runs, frozenset(stem(word) for word in words), coded, numbered
    )


def _runs(folded: str) -> tuple[tuple[str, ...], ...]:
    """Return the runs of words an acronym may stand for: no mark and no pronoun or verb of general use within."""
    runs: list[list[str]] = [[]]
    for match in _WORD_OR_MARK.finditer(folded):
        word = compact(match.group())
        if not word or (word in STOP and word not in _LINKING):
            runs.append([])
        elif word not in _LINKING:
            runs[-1].append(word)
    return tuple(tuple(run) for run in runs if len(run) > 1)


def read_names(folded: str) -> list[Name]:
    """Return the named things of a folded text in order."""
    chunks = list(_CHUNK.finditer(folded))
    lettered = [
        one.group()
        for one in chunks
        if one.group().isalpha() and len(one.group()) > 3 and not is_coded(one.group())
    ]
    is_title = len(lettered) >= 4 and sum(one[0].isupper() for one in lettered) > 0.6 * len(
        lettered
    )
    found: list[Name] = []
    for chunk in chunks:
        for part, offset in _parts(chunk.group()):
            start = chunk.start() + offset
            if is_coded(part):
                found.append(Name(part, start, start + len(part), True))
            elif _is_proper(part, folded, start, is_title):
                found.append(Name(part, start, start + len(part), False))
    return found


def _parts(chunk: str) -> Iterable[tuple[str, int]]:
    """Split `GPT-4-based` into the name and its ordinary words; keep `SARS-CoV-2` and `IL-6` whole."""
    pieces = list(re.finditer(r"[^-/]+", chunk))
    run: list[re.Match[str]] = []
    for piece in [*pieces, None]:
        if piece is not None and (
            is_coded(piece.group()) or _is_numeral(piece.group()) or _is_single(piece.group())
        ):
            joins = not run or (
                chunk[run[-1].end() : piece.start()] == "-"
                and (
                    _is_numeral(piece.group())
                    or (_is_single(piece.group()))
                    or any(ch.isdigit() for ch in piece.group())
                )
            )
            if joins:
                run.append(piece)
                continue
        if run:
            yield chunk[run[0].start() : run[-1].end()], run[0].start()
            run = []
        if piece is not None:
            if is_coded(piece.group()):
                run = [piece]
            else:
                yield piece.group(), piece.start()


def _is_numeral(text: str) -> bool:
    """Digits, perhaps with a magnitude, as in `ImageNet-1k` and `Llama-7B`."""
    return bool(re.fullmatch(r"\d+[A-Za-z]?", text))


def _is_single(text: str) -> bool:
    """A lone capital or Greek letter, as in `TGF-B`."""
    return len(text) == 1 and (text.isupper() or ord(text) > 0x370)


def is_coded(text: str) -> bool:
    """Tell a name by its shape: `LLM`, `mRNA`, `ImageNet`, `p53`, `GPT-4`, `CO2`; not `3`, `10th`, `5mg`."""
    plain = text.translate(_DIGITS)
    letters = [ch for ch in plain if ch.isalpha()]
    if not letters or len(plain) < 2:
        return False
    if any(ch.isdigit() for ch in plain):
        glued = re.fullmatch(r"\d+(?:\.\d+)?([A-Za-zµμ]+)", plain)
        return not (
            glued
            and (
                glued[1] in UNITS
                or glued[1].lower() in ("st", "nd", "rd", "th", "s", "fold")
                or glued[1] in "kKMBTx"
            )
        )
    capitals = sum(ch.isupper() for ch in letters)
    return capitals >= 2 or (capitals == 1 and not plain[0].isupper() and len(plain) <= 12)


def _is_proper(part: str, folded: str, start: int, is_title: bool) -> bool:
    """Tell a capitalised word that is a name from one that begins a sentence or stands in a title."""
    if len(part) < 3 or not part[0].isupper() or is_title or part.lower() in STOP:
        return False
    return not is_common_noun(stem(part)) and not _SENTENCE_START.search(
        folded[max(0, start - 4) : start] if start else ""
    )


def missing_names(
    sentence: str, sentence_tokens: tuple[Token, ...], works: Iterable[NameIndex]
) -> list[str]:
    """Return the names of a folded sentence that no cited work has, as written."""
    indexes = list(works)
    said = frozenset(compact(token.raw) for token in sentence_tokens)
    missing: list[str] = []
    for name in read_names(sentence):
        if any(_occurs(name, index, said) for index in indexes) or _is_defined_here(name, sentence):
            continue
        if name.text not in missing:
            missing.append(name.text)
    return missing


def _occurs(name: Name, index: NameIndex, said: frozenset[str] = frozenset()) -> bool:
    flat = compact(name.text)
    forms = {
        flat,
        flat.removesuffix("s"),
        flat + "s",
        *ALIASES.get(flat, ()),
        *_spelled_parts(name.text),
    }
    if any(form in index.joined for form in forms if form):
        return True
    if not name.is_coded:
        return _occurs_as_word(name.text, index)
    if any(ch.isdigit() for ch in flat):
        return _occurs_numbered(name.text, flat, index, said)
    return stands_for(name.text, index.runs, said=said) or _occurs_in_part(name.text, flat, index)


def _spelled_parts(text: str) -> list[str]:
    """Return `interleukin6` for `IL-6` and `interferongamma` for `IFN-gamma`: the parts by their other names."""
    head, mark, tail = text.partition("-")
    return (
        [other + compact(tail) for other in ALIASES.get(compact(head), frozenset())] if mark else []
    )


def _occurs_numbered(text: str, flat: str, index: NameIndex, said: frozenset[str]) -> bool:
    """Look for `KRT17` as `keratin 17`, `SREBP2` as the words it stands for with `2`, `MUC1-C` as `MUC1`."""
    head, mark, tail = text.rpartition("-")
    if (
        mark
        and len(tail) == 1
        and tail.isalpha()
        and any(ch.isdigit() for ch in head)
        and compact(head) in index.joined
    ):
        return True
    split = re.fullmatch(r"([a-z]{2,8})(\d+)", flat)
    if split is None:
        return False
    letters, digits = split.groups()
    if stands_for(letters, index.runs, digits, said):
        return True
    return any(
        one.endswith(digits) and one[0] == letters[0] and _is_within(letters, one)
        for one in index.numbered
    )


def _is_within(letters: str, word: str) -> bool:
    """Tell whether letters occur in a word in order, and the digits after it are not part of a longer number."""
    body = word.rstrip("0123456789")
    rest = iter(body)
    return len(body) > len(letters) and all(letter in rest for letter in letters)


def _occurs_in_part(text: str, flat: str, index: NameIndex) -> bool:
    """Look for `COVID` in `COVID-19`, `RANKL` in `RANK ligand`, `RNA` in `mRNA`, and for `VSMC` as `SMC`."""
    if len(flat) >= 4 and any(one.startswith(flat) for one in index.joined):
        return True
    if len(flat) >= 3 and any(
        re.fullmatch(r"\d+|[a-z]", one[len(flat) :]) for one in index.coded if one.startswith(flat)
    ):
        return True
    if len(flat) >= 3 and any(
        one.removesuffix("s").endswith(flat) and len(one) - len(flat) <= 3 for one in index.coded
    ):
        return True
    bare = re.sub(r"^(?:[a-z]{1,3}|[A-Z])(?=[A-Z]{3})", "", text)
    return bare != text and compact(bare).removesuffix("s") in {
        one.removesuffix("s") for one in index.coded
    }


def _occurs_as_word(text: str, index: NameIndex) -> bool:
    """Tell whether a capitalised ordinary word occurs up to its ending (`Bayesian`, `Bayes`)."""
    base = stem(text)
    return base in index.stems or any(
        alike(base, other) >= 0.75 for other in index.stems if other[:2] == base[:2]
    )


def stands_for(
    acronym: str,
    runs: Iterable[tuple[str, ...]],
    number: str = "",
    said: frozenset[str] = frozenset(),
) -> bool:
    """Tell whether neighbouring words begin with the letters of an acronym (`LLMs`: `large language models`).

    Args:
        acronym: As written.
        runs: Runs of words (`NameIndex.runs`).
        number: What must follow the words (`HSP70`: `heat shock protein 70`).
        said: Words of the sentence; words it says itself are not what it abbreviates.
    """
    letters = compact(re.sub(r"s$", "", acronym))
    if not 2 <= len(letters) <= 8 or not letters.isalpha():
        return False
    for run in runs:
        for start, word in enumerate(run):
            end = _spelled_end(letters, run, start) if word[0] == letters[0] else 0
            if not end or (number and run[end : end + 1] != (number,)):
                continue
            if 2 * sum(one in said for one in run[start:end]) < end - start:
                return True
    return False


def _spelled_end(letters: str, heads: tuple[str, ...], start: int) -> int:
    """Match letters to words from `start`: each word gives its first letter, some also one inside.

    Returns:
        The place after the last word, 0 where they do not match.
    """
    position, place, inner = 0, start, 0
    while position < len(letters) and place < len(heads):
        word = heads[place]
        if word[0] != letters[position]:
            return 0
        position += 1
        rest = word[1:]
        while position < len(letters):
            following = heads[place + 1] if place + 1 < len(heads) else ""
            if following and following[0] == letters[position]:
                break
            at = rest.find(letters[position])
            if at < 0:
                break
            rest, position, inner = rest[at + 1 :], position + 1, inner + 1
        place += 1
    matched = position == len(letters) and place - start >= 2 and inner <= (len(letters) - 1) // 2
    return place if matched else 0


def _is_defined_here(name: Name, sentence: str) -> bool:
    """Tell whether the sentence itself spells the acronym out: `castration-resistant prostate cancer (CRPC)`."""
    before = sentence[: name.start].rstrip()
    if not name.is_coded or not before.endswith("("):
        return False
    return stands_for(name.text, _runs(before[:-1])[-1:])


_LIFE_WORDS = """
gene protein cell mice mouse patient mutant receptor clinical kinase tumor tissue disease antibody infection cohort
bacterial viral transcription membrane therapy placebo serum
"""
_LIFE_STEMS = frozenset(stem(word) for word in _LIFE_WORDS.split())


def may_be_alias(name: str, works: Iterable[NameIndex], others: Iterable[NameIndex]) -> bool:
    """Tell whether a missing name may be another name for something the works do name.

    Only in the life sciences, where most genes, proteins and conditions have several symbols that share no letter
    (genenames.org lists them), and only for a symbol; never if a work has its sibling (`IL-2` for `IL-6`), or a work
    that is not cited has the very name.
    """
    cited = list(works)
    if not is_coded(name) or sum(len(_LIFE_STEMS & index.stems) >= 3 for index in cited) < len(
        cited
    ):
        return False
    if any(_occurs(Name(name, 0, len(name), True), index) for index in others):
        return False
    family = compact(name).rstrip("0123456789")
    siblings = {
        one.rstrip("0123456789")
        for index in cited
        for one in (index.coded | index.numbered)
        if one[-1:].isdigit()
    }
    return family == compact(name) or family not in siblings
