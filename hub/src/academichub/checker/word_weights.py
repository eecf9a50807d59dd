"""Words as the checker compares them: folded, stemmed, weighted by how rare they are in abstracts.

Pure; the only IO is to read the packaged table once.

`word_frequencies.tsv.gz` gives, for each stem, the share of abstracts it occurs in (per 100,000),
counted by benchmarks/hub/checker_frequencies.py. It contains counts of words, no text.
"""

from __future__ import annotations

import gzip
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

import Stemmer

from academichub.text.latex import readable_latex

_STEMMER = Stemmer.Stemmer("english")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−⁃﹣－"), "-")
_QUOTES = {ord("’"): "'", ord("‘"): "'", ord("“"): '"', ord("”"): '"', ord("′"): "'"}
_SCRIPTS = dict(zip(map(ord, "₀₁₂₃₄₅₆₇₈₉"), "0123456789", strict=True))
_GREEK_WORDS = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma
tau upsilon phi chi psi omega
"""
_GREEK_NAMES = _GREEK_WORDS.split()
_GREEK = {ord("α") + i: name for i, name in enumerate(_GREEK_NAMES)} | {
    ord("Α") + i: name for i, name in enumerate(_GREEK_NAMES)
}
_GREEK |= {
    ord("ϕ"): "phi",
    ord("ε"): "epsilon",
    ord("ϵ"): "epsilon",
    ord("ϑ"): "theta",
    ord("ς"): "sigma",
}

_STOP_WORDS = """
a about above across after again along amid among behind beyond despite against all also although
among an and another any are as at be because been before being below between both but by can could
did do does doing done down due during each either else et etc even ever every few first for from
further had has have having he her here hereby herein hers him his how however i if in indeed into
is it its itself just less let like made make makes many may me might more moreover most much must
my namely neither no nor not now of off often on once one only onto or other others our ours out
over own per perhaps quite rather same see several shall she should show showed shown shows since so
some still such than that the their theirs them then there thereby therefore these they this those
though through throughout thus to together too toward towards under until up upon us use used uses
using very via was we well were what when where whereas whether which while who whom whose why will
with within without would yet you your ii iii found find finds study studies paper work present here
"""
STOP = frozenset(_STOP_WORDS.split())
"""Words that carry no information about the subject of a sentence."""


def fold(text: str) -> str:
    """Return text with readable LaTeX and uniform dashes, quotes, widths and subscripts."""
    text = readable_latex(text).translate(_SCRIPTS)
    # NFKC would turn a superscript (10⁻⁴) into plain digits, and the exponent would be lost.
    normalized = "".join(
        ch if unicodedata.category(ch) in ("No", "Lm", "Sm") else unicodedata.normalize("NFKC", ch)
        for ch in text
    )
    return normalized.translate(_DASHES).translate(_QUOTES)


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: as written, its stem, and its span in the text."""

    raw: str
    stem: str
    start: int
    end: int


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the stem of a word: Greek letters by name, no accents, British endings as American."""
    low = word.translate(_GREEK).lower().removesuffix("'s")
    low = "".join(ch for ch in unicodedata.normalize("NFKD", low) if not unicodedata.combining(ch))
    if len(low) > 5:
        low = (
            re.sub(r"(?<=[a-z]{3})is(e|es|ed|ing|ation|ations)$", r"iz\1", low)
            .replace("aem", "em")
            .replace("oed", "ed")
        )
        low = re.sub(r"(?<=[bmv])our|our(?=s?$|al|ed)", "or", low)
    return str(_STEMMER.stemWord(low)) if low.isascii() and low.isalpha() else low


def tokens(folded: str) -> list[Token]:
    """Return the words of a folded text in order, and the bigrams of each run of Han characters."""
    words: list[Token] = []
    for match in _TOKEN.finditer(folded):
        word = match.group()
        if not _HAN.search(word):
            words.append(Token(word, stem(word), match.start(), match.end()))
            continue
        for part in re.finditer(
            r"[\u3400-\u9fff\uf900-\ufaff]+|[^\u3400-\u9fff\uf900-\ufaff]+", word
        ):
            piece, start = part.group(), match.start() + part.start()
            if not _HAN.match(piece):
                words.append(Token(piece, stem(piece), start, start + len(piece)))
                continue
            for i in range(max(1, len(piece) - 1)):
                gram = piece[i : i + 2]
                words.append(Token(gram, gram, start + i, start + i + len(gram)))
    return words


def is_content(token: Token) -> bool:
    """Return whether a word carries meaning: not a function word, a number or a single letter."""
    low = token.raw.lower()
    # A single character from Greek onwards does count: it is a symbol or a Chinese word.
    return low not in STOP and not low[0].isdigit() and (len(low) > 1 or ord(low) > 0x370)


@cache
def _frequencies() -> tuple[Mapping[str, float], frozenset[str]]:
    """Return the share of abstracts each stem occurs in, and the stems that are proper nouns."""
    packed = resources.files("academichub.checker").joinpath("word_frequencies.tsv.gz").read_bytes()
    rows = [line.split("\t") for line in gzip.decompress(packed).decode().splitlines()]
    return {word: float(share.rstrip("*")) for word, share in rows}, frozenset(
        w for w, share in rows if share[-1] == "*"
    )


RAREST = 0.6
"""Share (per 100,000 abstracts) of a stem that the table lacks: rarer than all it has."""


@lru_cache(maxsize=65_536)
def idf(word_stem: str) -> float:
    """Return the weight of a stem: ln(100,000 / its share of abstracts) + 0.3, about 0.3 to 12."""
    share = _frequencies()[0].get(word_stem, RAREST)
    return math.log(100_000 / share) + 0.3 if share < 100_000 else 0.3


def is_common_noun(word_stem: str) -> bool:
    """Return whether abstracts write a stem in lower case: in the table, not as a proper noun."""
    shares, proper = _frequencies()
    return word_stem in shares and word_stem not in proper
