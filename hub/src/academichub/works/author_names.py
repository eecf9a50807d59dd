"""Names of people: when two spellings mean one person for sure, perhaps, or not. Pure text, no IO.

A followed name matches a work's author with a strength: the same full name is certain as far as
names go; the same words in another order, a missing middle name or initials only are weaker,
because namesakes are common. Chinese names in characters are compared without blanks; romanised
ones (`Xiao-Ming Li`, `Xiaoming Li`) by their joined given names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from academichub.works.identifiers import fold

EXACT = 1.0
REORDERED = 0.8
SHORTENED = 0.7
INITIALS = 0.4


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name taken apart.

    Attributes:
        text: Folded words in the order given name(s), family name, one blank between; characters
            without blanks.
        given: Folded given names or initials.
        family: Folded family name: the last word, or what stands before a comma.
    """

    text: str
    given: tuple[str, ...]
    family: str


def parse_name(name: str) -> PersonName:
    """Take apart `Given Family`, `Family, Given`, `Family GM` (PubMed's initials) or characters."""
    before, comma, after = name.partition(",")
    words = fold(name).split()
    if comma and fold(after) and fold(before):
        given, family = tuple(fold(after).split()), fold(before)
    elif words and all(is_cjk_word(word) for word in words):
        given, family = (), "".join(words)
    elif len(words) > 1 and _are_initials(name.split()[-1]) and len(words[0]) > 1:
        given, family = tuple(words[-1]), " ".join(words[:-1])
    else:
        given, family = tuple(words[:-1]), words[-1] if words else ""
    return PersonName(" ".join((*given, family)), given, family)


def full_name(name: str) -> str:
    """Return a name in the order of an author line (`Ng, Ada` -> `Ada Ng`)."""
    before, comma, after = name.partition(",")
    return (
        f"{after.strip()} {before.strip()}"
        if comma and after.strip() and before.strip()
        else name.strip()
    )


def name_strength(followed: PersonName, author: PersonName) -> float:
    """Return how surely two names mean one person: EXACT, REORDERED, SHORTENED, INITIALS or 0."""
    if not followed.family or not author.family:
        return 0.0
    if followed.text == author.text:
        return EXACT
    if followed.given and sorted(followed.text.split()) == sorted(author.text.split()):
        return REORDERED
    if followed.family != author.family or not followed.given or not author.given:
        return 0.0
    if "".join(followed.given) == "".join(author.given):
        return EXACT if min(map(len, (*followed.given, *author.given))) > 1 else INITIALS
    return _given_strength(followed.given, author.given)


def _given_strength(given: tuple[str, ...], other: tuple[str, ...]) -> float:
    shorter, longer = sorted((given, other), key=len)
    if shorter[0] == longer[0] and len(shorter[0]) > 1:
        agrees = all(
            a[0] == b[0] and (a == b or 1 in (len(a), len(b)))
            for a, b in zip(shorter, longer, strict=False)
        )
        return SHORTENED if agrees else 0.0
    return INITIALS if _agree_in_initials(shorter, longer) else 0.0


def _agree_in_initials(shorter: tuple[str, ...], longer: tuple[str, ...]) -> bool:
    """Whether one of two given names may be the initials of the other."""
    initials = "".join(word[0] for word in longer)
    shorter_is_initials = all(len(word) == 1 for word in shorter)
    if shorter_is_initials and initials.startswith("".join(shorter)):
        return True
    if all(len(word) == 1 for word in longer) and initials[0] == shorter[0][0]:
        return len(shorter) == 1 or "".join(word[0] for word in shorter) == initials
    return shorter_is_initials and len(longer) == 1 and longer[0].startswith(shorter[0])


def _are_initials(word: str) -> bool:
    letters = word.replace(".", "").replace("-", "")
    return 1 <= len(letters) <= 3 and letters.isalpha() and letters.isupper() and letters.isascii()


def is_cjk_word(word: str) -> bool:
    """Whether every character of a word is Chinese."""
    return all("\u3400" <= ch <= "\u9fff" or "\uf900" <= ch <= "\ufaff" for ch in word)


class Followed:
    """Many followed names, ready to be looked for in author lists."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_word: dict[str, list[tuple[str, PersonName]]] = {}
        for name in names:
            parsed = parse_name(name)
            for word in {*parsed.text.split(), parsed.family}:
                self._by_word.setdefault(word, []).append((name, parsed))

    def found_in(self, authors: Iterable[str]) -> Mapping[str, tuple[str, float]]:
        """Return followed name -> (author as the work has it, strength) of each best match."""
        matches: dict[str, tuple[str, float]] = {}
        if not self._by_word:
            return matches
        for author in authors:
            parsed = parse_name(author)
            near = {
                name: candidate
                for word in {*parsed.text.split(), parsed.family}
                for name, candidate in self._by_word.get(word, ())
            }
            for name, candidate in near.items():
                strength = name_strength(candidate, parsed)
                if strength > matches.get(name, ("", 0.0))[1]:
                    matches[name] = (author, strength)
        return matches
