"""Named things of a sentence, and whether the cited works have them. Pure, no IO.

Acronyms, models, data sets, genes, formulas, places, people: a name is recognised by its shape,
which is two capitals, letters with digits, capitals inside a word, or a capital in mid-sentence. It
occurs in a work if the work has it up to case, hyphens, plural and Greek spelling, or has the words
an acronym stands for (or the acronym, where the sentence has the words).
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
    """A named thing in a text.

    Attributes:
        text: The name as written.
        start: Where it begins in the text.
        end: Where it ends.
        is_coded: Whether its shape alone makes it a name, not just a capital.
    """

    text: str
    start: int
    end: int
    is_coded: bool


@dataclass(frozen=True, slots=True)
class NameIndex:
    """What the names of a sentence are looked up in: a work's words, in several forms.

    Attributes:
        joined: Single words, and up to four neighbouring words joined, without case or marks.
        runs: Runs of words that an acronym may stand for.
        stems: Stems of the words.
        coded: The work's own names that are recognised by their shape alone.
        numbered: Words that begin with a letter and end with a digit.
    """

    joined: frozenset[str]
    runs: tuple[tuple[str, ...], ...]
    stems: frozenset[str]
    coded: frozenset[str] = field(default=frozenset())
    numbered: frozenset[str] = field(default=frozenset())


def compact(text: str) -> str:
    """Return a name without case, accents, hyphens and spaces.

    Greek letters are spelled out; superscripts and subscripts become digits.
    """
    text = "".join(
        ch
        for ch in unicodedata.normalize("NFD", text.translate(_DIGITS))
        if not unicodedata.combining(ch)
    )
    spelled = "".join(stem(ch) if 0x370 <= ord(ch) <= 0x3FF else ch for ch in text)
    return "".join(ch for ch in spelled.lower() if ch.isalnum())


def index_names(folded: str) -> NameIndex:
    """Return the index of a folded text."""
    words = [match.group() for match in re.finditer(rf"{_LETTER}+", folded)]
    flat = [compact(word) for word in words]
    joined: set[str] = set()
    for size in (1, 2, 3, 4):
        joined.update("".join(flat[i : i + size]) for i in range(len(flat) - size + 1))
    runs = _runs(folded)
    coded = frozenset(compact(name.text) for name in read_names(folded) if name.is_coded)
    pairs = [a + b for a, b in pairwise(flat) if b.isdigit()]
    numbered = frozenset(
        word for word in [*flat, *pairs] if word[-1:].isdigit() and word[:1].isalpha()
    )
    return NameIndex(
        frozenset(joined), runs, frozenset(stem(word) for word in words), coded, numbered
    )


def _runs(folded: str) -> tuple[tuple[str, ...], ...]:
    """Return the runs of words an acronym may stand for.

    Punctuation and stop words end a run; linking words (`of`, `the`) are skipped.
    """
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
    plain_words = [
        chunk.group()
        for chunk in chunks
        if chunk.group().isalpha() and len(chunk.group()) > 3 and not is_coded(chunk.group())
    ]
    # In a text in title case, a capital does not mark a name.
    num_capitalised = sum(word[0].isupper() for word in plain_words)
    is_title_case = len(plain_words) >= 4 and num_capitalised > 0.6 * len(plain_words)
    names: list[Name] = []
    for chunk in chunks:
        for part, offset in _parts(chunk.group()):
            start = chunk.start() + offset
            if is_coded(part):
                names.append(Name(part, start, start + len(part), True))
            elif _is_proper(part, folded, start, is_title_case):
                names.append(Name(part, start, start + len(part), False))
    return names


def _parts(chunk: str) -> Iterable[tuple[str, int]]:
    """Yield the names and ordinary words of a chunk, each with its offset.

    `GPT-4-based` gives `GPT-4` and `based`; `SARS-CoV-2` gives `SARS` and `CoV-2`.
    """
    pieces = list(re.finditer(r"[^-/]+", chunk))
    run: list[re.Match[str]] = []
    for piece in [*pieces, None]:
        if piece is not None and (
            is_coded(piece.group()) or _is_numeral(piece.group()) or _is_single(piece.group())
        ):
            # A piece belongs to the name before it if a hyphen joins them and it has a digit or is
            # a single letter (`CoV-2`, `TGF-B`). `GPT-LLaMA` is two names.
            joins = not run or (
                chunk[run[-1].end() : piece.start()] == "-"
                and (_is_single(piece.group()) or any(ch.isdigit() for ch in piece.group()))
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
    """Return whether a text is digits, with or without a magnitude (`ImageNet-1k`, `Llama-7B`)."""
    return bool(re.fullmatch(r"\d+[A-Za-z]?", text))


def _is_single(text: str) -> bool:
    """Return whether a text is a single capital or Greek letter, as in `TGF-B`."""
    return len(text) == 1 and (text.isupper() or ord(text) > 0x370)


def is_coded(text: str) -> bool:
    """Return whether a text has the shape of a name.

    `LLM`, `mRNA`, `ImageNet`, `p53`, `GPT-4` and `CO2` have it; `3`, `10th` and `5mg` do not.
    """
    plain = text.translate(_DIGITS)
    letters = [ch for ch in plain if ch.isalpha()]
    if not letters or len(plain) < 2:
        return False
    if any(ch.isdigit() for ch in plain):
        digits_and_unit = re.fullmatch(r"\d+(?:\.\d+)?([A-Za-zµμ]+)", plain)
        return not (
            digits_and_unit
            and (
                digits_and_unit[1] in UNITS
                or digits_and_unit[1].lower() in ("st", "nd", "rd", "th", "s", "fold")
                or digits_and_unit[1] in "kKMBTx"
            )
        )
    capitals = sum(ch.isupper() for ch in letters)
    return capitals >= 2 or (capitals == 1 and not plain[0].isupper() and len(plain) <= 12)


def _is_proper(part: str, folded: str, start: int, is_title_case: bool) -> bool:
    """Return whether a capitalised word is a name, not the start of a sentence or of a title."""
    if len(part) < 3 or not part[0].isupper() or is_title_case or part.lower() in STOP:
        return False
    return not is_common_noun(stem(part)) and not _SENTENCE_START.search(
        folded[max(0, start - 4) : start] if start else ""
    )


def missing_names(
    sentence: str, sentence_tokens: tuple[Token, ...], works: Iterable[NameIndex]
) -> list[str]:
    """Return the names of a folded sentence that no cited work has, as written."""
    indexes = list(works)
    sentence_words = frozenset(compact(token.raw) for token in sentence_tokens)
    missing: list[str] = []
    for name in read_names(sentence):
        if any(_occurs(name, index, sentence_words) for index in indexes) or _is_spelled_out_in(
            name, sentence
        ):
            continue
        if name.text not in missing:
            missing.append(name.text)
    return missing


def _occurs(name: Name, index: NameIndex, sentence_words: frozenset[str] = frozenset()) -> bool:
    """Return whether a work has a name in one of its forms."""
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
        return _occurs_numbered(name.text, flat, index, sentence_words)
    return stands_for(name.text, index.runs, sentence_words=sentence_words) or _occurs_in_part(
        name.text, flat, index
    )


def _spelled_parts(text: str) -> list[str]:
    """Return a name with its first part replaced by each alias: `interleukin6` for `IL-6`."""
    head, mark, tail = text.partition("-")
    return (
        [other + compact(tail) for other in ALIASES.get(compact(head), frozenset())] if mark else []
    )


def _occurs_numbered(
    text: str, flat: str, index: NameIndex, sentence_words: frozenset[str]
) -> bool:
    """Look for `KRT17` as `keratin 17`, `SREBP2` as its words and `2`, `MUC1-C` as `MUC1`."""
    if _is_part_of_named(text, index):
        return True
    split = re.fullmatch(r"([a-z]{2,8})(\d+)", flat)
    if split is None:
        return False
    letters, digits = split.groups()
    if stands_for(letters, index.runs, digits, sentence_words):
        return True
    return any(
        word.endswith(digits) and word[0] == letters[0] and _is_within(letters, word)
        for word in index.numbered
    )


def _is_part_of_named(text: str, index: NameIndex) -> bool:
    """Return whether a name is a numbered one with a letter behind it (`MUC1-C`)."""
    head, mark, tail = text.rpartition("-")
    return (
        bool(mark)
        and len(tail) == 1
        and tail.isalpha()
        and any(ch.isdigit() for ch in head)
        and compact(head) in index.joined
    )


def _is_within(letters: str, word: str) -> bool:
    """Return whether letters occur, in order, in the part of a word before its digits."""
    body = word.rstrip("0123456789")
    rest = iter(body)  # `in` consumes it, so each letter is looked for after the one before
    return len(body) > len(letters) and all(letter in rest for letter in letters)


def _occurs_in_part(text: str, flat: str, index: NameIndex) -> bool:
    """Look for `COVID` in `COVID-19`, `RANKL` in `RANK ligand`, `RNA` in `mRNA`, `VSMC` as `SMC`.

    Each is a name with something before or after it that does not change what it means.
    """
    if len(flat) >= 4 and any(word.startswith(flat) for word in index.joined):
        return True
    if len(flat) >= 3 and any(
        re.fullmatch(r"\d+|[a-z]", name[len(flat) :])
        for name in index.coded
        if name.startswith(flat)
    ):
        return True
    if len(flat) >= 3 and any(
        name.removesuffix("s").endswith(flat) and len(name) - len(flat) <= 3 for name in index.coded
    ):
        return True
    without_prefix = re.sub(r"^(?:[a-z]{1,3}|[A-Z])(?=[A-Z]{3})", "", text)
    return without_prefix != text and compact(without_prefix).removesuffix("s") in {
        name.removesuffix("s") for name in index.coded
    }


def _occurs_as_word(text: str, index: NameIndex) -> bool:
    """Return whether a capitalised ordinary word occurs up to its ending (`Gaussian`, `Gauss`).

    A stem below four letters must occur itself: `Bayes` has the stem `bay`, so it does not stand
    for `Bayesian`.
    """
    base = stem(text)
    return base in index.stems or any(
        alike(base, other) >= 0.75 for other in index.stems if other[:2] == base[:2]
    )


def stands_for(
    acronym: str,
    runs: Iterable[tuple[str, ...]],
    number: str = "",
    sentence_words: frozenset[str] = frozenset(),
) -> bool:
    """Return whether neighbouring words spell out an acronym (`LLMs`: `large language models`).

    Args:
        acronym: As written.
        runs: Runs of words (`NameIndex.runs`).
        number: What must follow the words (`HSP70`: `heat shock protein 70`).
        sentence_words: Words of the sentence; what it spells out itself needs no acronym.
    """
    letters = compact(re.sub(r"s$", "", acronym))
    if not 2 <= len(letters) <= 8 or not letters.isalpha():
        return False
    for run in runs:
        for start, word in enumerate(run):
            end = _spelled_end(letters, run, start) if word[0] == letters[0] else 0
            if not end or (number and run[end : end + 1] != (number,)):
                continue
            # If the sentence has half of these words itself, its acronym is not short for them.
            if 2 * sum(spelled in sentence_words for spelled in run[start:end]) < end - start:
                return True
    return False


def _spelled_end(letters: str, heads: tuple[str, ...], start: int) -> int:
    """Match letters to words from `start`: each word gives its first letter, some also inner ones.

    Returns:
        The index after the last word used, or 0 if the letters do not match.
    """
    letter_index, word_index, inner = 0, start, 0
    while letter_index < len(letters) and word_index < len(heads):
        word = heads[word_index]
        if word[0] != letters[letter_index]:
            return 0
        letter_index += 1
        rest = word[1:]
        while letter_index < len(letters):
            following = heads[word_index + 1] if word_index + 1 < len(heads) else ""
            if following and following[0] == letters[letter_index]:
                break
            offset = rest.find(letters[letter_index])
            if offset < 0:
                break
            rest, letter_index, inner = rest[offset + 1 :], letter_index + 1, inner + 1
        word_index += 1
    matched = (
        letter_index == len(letters)
        and word_index - start >= 2
        and inner <= (len(letters) - 1) // 2
    )
    return word_index if matched else 0


def _is_spelled_out_in(name: Name, sentence: str) -> bool:
    """Return whether the sentence spells it out: `castration-resistant prostate cancer (CRPC)`."""
    before = sentence[: name.start].rstrip()
    if not name.is_coded or not before.endswith("("):
        return False
    return stands_for(name.text, _runs(before[:-1])[-1:])


_LIFE_WORDS = """
gene protein cell mice mouse patient mutant receptor clinical kinase tumor tissue disease antibody
infection cohort bacterial viral transcription membrane therapy placebo serum
"""
_LIFE_STEMS = frozenset(stem(word) for word in _LIFE_WORDS.split())


def may_be_alias(name: str, works: Iterable[NameIndex], others: Iterable[NameIndex]) -> bool:
    """Return whether a missing name may be another name for something the works do name.

    This holds only in the life sciences, where most genes, proteins and conditions have several
    symbols that share no letter (genenames.org lists them), and only for a symbol. It does not hold
    if a cited work has a sibling of the name (`IL-2` for `IL-6`), or another work has the name
    itself.
    """
    cited = list(works)
    all_life_science = all(len(_LIFE_STEMS & index.stems) >= 3 for index in cited)
    if not is_coded(name) or not all_life_science:
        return False
    if any(_occurs(Name(name, 0, len(name), True), index) for index in others):
        return False
    family = compact(name).rstrip("0123456789")
    siblings = {
        coded.rstrip("0123456789")
        for index in cited
        for coded in (index.coded | index.numbered)
        if coded[-1:].isdigit()
    }
    return family == compact(name) or family not in siblings
