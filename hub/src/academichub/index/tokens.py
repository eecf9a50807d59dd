r"""The one tokeniser of documents and queries: English stems, Chinese bigrams, numbers.

Pure text, no IO.

A text becomes a *stream* (tokens in text order: what phrases match) and *extras* (tokens outside
the stream: hyphenated words written together, and the last character of each Chinese run). A
document is indexed as its stream followed by its extras; a query looks up either. So `covid-19`,
`covid19` and the phrase `covid 19` find each other, and a single Chinese character is found by
prefix: each one begins a bigram or is an extra.

Rules: NFKC; case and accents folded; a Greek letter that stands alone becomes its name (`TNF-α` is
`TNF-alpha`); LaTeX markup is taken off (`Erd\H{o}s`, `$\alpha$-Fe$_2$O$_3$`); words become Snowball
English stems (Porter, 2001), British ones as American; traditional Chinese becomes simplified; runs
of Han, kana and Hangul become overlapping bigrams. Stop words
stay in the stream, so that phrases are exact; ranking leaves them out (`STOP_WORDS`). Names are
folded but not stemmed.

Two texts that differ only in what these rules fold give the same tokens. `TOKENISER` changes when
the rules do: an index made by other rules must be rebuilt.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

import Stemmer

from academichub.text.simplified import simplified

TOKENISER = "2"
"""Version of the rules."""

MAX_CACHED_WORDS = 150_000
"""Distinct words remembered per process; over it the memory starts again."""

MAX_JOINED_PARTS = 5
"""A chain of more hyphens is not also indexed as one word."""

MAX_WORD_LETTERS = 64
"""Longer words are cut: none is that long, and base64 text must not fill the index."""

NAME_BREAK = "| |"
"""What stands between two authors: two tokens, so that no phrase, nor one word of distance, reaches
over it."""

_STOP_WORDS = (
    "a an and are as at be been but by can could did do does for from had has have how if in into "
    "is it its may more no not of on or our such than that the their then there these they this "
    "those to was we were what when where which while who will with within would"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""English words that carry no meaning for ranking, before stemming."""

_CJK = (
    "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_LETTER = rf"[^\W_{_CJK}]"
_CJK_RUN = re.compile(f"[{_CJK}]+")
_NOT_CJK = re.compile(f"[^{_CJK}\x00-\x7f]+")
_CHUNK = re.compile(rf"[{_CJK}]+|{_LETTER}+(?:[-'.]{_LETTER}+)*")
_PIECE = re.compile(rf"[{_CJK}]+|[a-z]*\d+(?:\.\d+)+[a-z]*|{_LETTER}+")
_ASCII_BLANKS = str.maketrans(
    {chr(n): " " for n in range(128) if not (chr(n).isalnum() or chr(n) in "-'.")}
)
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")
_MARKS = re.compile("[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212"), "-") | dict.fromkeys(
    map(ord, "\u2019\u02bc"), "'"
)
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho "
    "sigma tau upsilon phi chi psi omega"
)
_GREEK = dict(zip("αβγδεζηθικλμνξοπρστυφχψω", _GREEK_NAMES.split(), strict=True))
_LONE_GREEK = re.compile("(?<![\u0370-\u03ff])[α-ω](?![\u0370-\u03ff])")

_LATEX_ACCENT = re.compile(
    r"\\(?:[\"'^`~=.]\s*|[Hbcdkruv](?=\s*\{)\s*|[Hbcdkruv]\s+(?=[A-Za-z]\b))\{?\\?([A-Za-z])\}?"
)
_LATEX_LETTER = re.compile(r"\\(ss|ae|AE|oe|OE|aa|AA|o|O|l|L|i|j)(?![A-Za-z])(?:\{\}|\s)?")
_LATEX_DROPPED = re.compile(
    r"\\(?:math[a-z]+|text[a-z]*|emph|operatorname|boldsymbol|bm|mbox|hbox|ensuremath|underline"
    r"|overline|displaystyle|left|right|big|Big|bf|rm|it|sf|tt|sc|em|cal|quad|qquad"
    r"|ce|url|href\{[^{}]*\})(?![A-Za-z])\*?|\\[,;:!| ]"
)
_LATEX_INDEX = re.compile(r"_\{?(\d+)\}?")
_LATEX_GLUED_MACRO = re.compile(r"\\(?<=[A-Za-z0-9]\\)(?=[A-Za-z])")


class Piece(NamedTuple):
    """A word or Chinese run of a text as written, with its place and its tokens."""

    start: int
    end: int
    tokens: tuple[str, ...]


_SNOWBALL = Stemmer.Stemmer("english", 0).stemWord
_VOWEL = re.compile("[aeiouy]")


def _stem(word: str) -> str:
    """Return the stem of a folded word; British spelling as American, `llms` as `llm`."""
    stem = str(_SNOWBALL(word))
    if len(stem) >= 6 and stem.endswith("is"):  # quantis(e), optimis(ation)
        return f"{stem[:-1]}z"
    if len(stem) >= 6 and stem.endswith("our"):  # behaviour, colour
        return f"{stem[:-2]}r"
    # Snowball takes a plural s only after a vowel, which acronyms lack.
    if len(stem) >= 3 and stem[-1] == "s" != stem[-2] and not _VOWEL.search(stem):
        return stem[:-1]
    return stem


class _Words(dict[str, str]):
    """Chunk of folded text -> its tokens joined by blanks; remembers what it has worked out.

    A chunk is a Chinese run, or words joined by hyphens, apostrophes and points.
    """

    def __init__(self, *, stemmed: bool) -> None:
        super().__init__()
        self.stem = _stem if stemmed else str
        self.joined = _Joined(self)

    def __missing__(self, chunk: str) -> str:
        if len(self) >= MAX_CACHED_WORDS:
            self.clear()
        if (
            chunk.isascii() and chunk.isalnum()
        ):  # one word, as nearly all: the long way gives the same
            tokens = self.token(chunk)
        else:
            pieces = _PIECE.findall(chunk.removesuffix("'s"))
            tokens = " ".join(
                _bigrams(piece) if is_cjk(piece) else self.token(piece) for piece in pieces
            )
        self[chunk] = tokens
        return tokens

    def token(self, word: str) -> str:
        """Return the one token of a folded word."""
        word = word[:MAX_WORD_LETTERS]
        return self.stem(word) if word.isalpha() else word


class _Joined(dict[str, str]):
    """Chunk with hyphens or apostrophes -> the token of its parts written together.

    The token is empty where the chunk has one part.
    """

    def __init__(self, words: _Words) -> None:
        super().__init__()
        self._words = words

    def __missing__(self, chunk: str) -> str:
        if len(self) >= MAX_CACHED_WORDS:
            self.clear()
        parts = re.split("[-']+", chunk.removesuffix("'s").strip("-'."))
        fits = 2 <= len(parts) <= MAX_JOINED_PARTS
        token = (
            self._words.token("".join(parts))
            if fits and len(_PIECE.findall("".join(parts))) == 1
            else ""
        )
        self[chunk] = token
        return token


class _Surfaces(dict[str, tuple[str, ...]]):
    """Chunk as written (not folded) -> its tokens and extras."""

    def __missing__(self, surface: str) -> tuple[str, ...]:
        if len(self) >= MAX_CACHED_WORDS:
            self.clear()
        self[surface] = tokens = (*stream(surface), *extras(surface))
        return tokens


_STEMS = _Words(stemmed=True)
_NAMES = _Words(stemmed=False)
_SURFACES = _Surfaces()


def stream(text: str) -> list[str]:
    """Return the tokens of a text in its order: stems, numbers and bigrams."""
    return _stream_text(_chunks(_plain(text)), _STEMS).split()


def chunks(text: str) -> list[str]:
    """Return the folded words of a text, hyphenated ones whole, and its Chinese runs."""
    return _CHUNK.findall(_plain(text))


def chunk_tokens(chunk: str) -> list[str]:
    """Return the tokens of one of the `chunks` of a text, those of a hyphenated word in order."""
    return _STEMS[chunk].split()


def content_stream(text: str) -> list[str]:
    """Return the tokens of a text in its order without English stop words."""
    content = (chunk for chunk in chunks(text) if chunk not in STOP_WORDS)
    return [
        token for chunk in content for token in _STEMS[chunk].split() if token not in STOP_WORDS
    ]


def extras(text: str) -> list[str]:
    """Return the tokens outside the stream.

    They are joined hyphenated words and last characters of Chinese runs.
    """
    plain = _plain(text)
    return _extras(plain, _chunks(plain), _STEMS)


def index_text(text: str) -> str:
    """Return what the index stores of a text: its stream, then its extras, joined by blanks."""
    return _indexed(_plain(text), _STEMS)


def index_names(names: str) -> str:
    """Return what the index stores of names parted by `;`.

    The words are folded, not stemmed, with `NAME_BREAK` between names.
    """
    parts = (_indexed(name, _NAMES) for name in _plain(names).split(";"))
    return f" {NAME_BREAK} ".join(part for part in parts if part)


def name_stream(text: str) -> list[str]:
    """Return the tokens of a name in its order: folded, not stemmed."""
    return _stream_text(_chunks(_plain(text)), _NAMES).split()


def name_extras(text: str) -> list[str]:
    """Return the tokens outside a name's stream (`Jean-Pierre` -> `jeanpierre`)."""
    plain = _plain(text)
    return _extras(plain, _chunks(plain), _NAMES)


def is_cjk(text: str) -> bool:
    """Whether a text begins with a Chinese, Japanese or Korean character."""
    return _CJK_RUN.match(text) is not None


def pieces(text: str) -> Iterator[Piece]:
    """Yield the words of a text as written, with their places and tokens: for highlighting.

    The text should be in Unicode form NFC and without LaTeX. A hyphenated word is one piece.
    """
    for match in _CHUNK.finditer(text):
        yield Piece(match.start(), match.end(), _SURFACES[match[0]])


def _plain(text: str) -> str:
    """Return a text folded and without LaTeX, still as running text."""
    if "\\" in text or "$" in text or "{" in text:
        text = _without_latex(text)
    text = text.lower() if text.isascii() else _folded(text)
    return _THOUSANDS.sub("", text) if "," in text else text


def _folded(text: str) -> str:
    """Return a text in NFKC without case and accents; lone Greek letters by name.

    Hyphens and apostrophes become plain.
    """
    text = simplified(unicodedata.normalize("NFKC", text)).casefold().translate(_DASHES)
    text = _MARKS.sub("", _NOT_CJK.sub(_decomposed, text)).translate(_LETTERS)
    return _LONE_GREEK.sub(lambda match: _GREEK.get(match[0], match[0]), text)


def _decomposed(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKD", match[0])


def _without_latex(text: str) -> str:
    """Return a text without LaTeX markup.

    Accents and fonts are dropped, `_2` is joined to its word, macros become their names.
    """
    if "\\" in text:
        text = _LATEX_ACCENT.sub(r"\1", text)
        text = _LATEX_LETTER.sub(r"\1", text)
        text = _LATEX_DROPPED.sub("", text)
        text = _LATEX_GLUED_MACRO.sub(" ", text)
    text = text.replace("$_", "_").replace("^", " ")
    text = _LATEX_INDEX.sub(r"\1", text)
    for sign in "\\${}":  # four times as fast as one translation that deletes
        text = text.replace(sign, "")
    return text


def _chunks(plain: str) -> list[str]:
    """Return the chunks of a folded text.

    ASCII is split at blanks, which is several times as fast as the expression.
    """
    return plain.translate(_ASCII_BLANKS).split() if plain.isascii() else _CHUNK.findall(plain)


def _stream_text(chunks: list[str], words: _Words) -> str:
    return " ".join([words[chunk] for chunk in chunks])


def _indexed(plain: str, words: _Words) -> str:
    chunks = _chunks(plain)
    text = _stream_text(chunks, words)
    if "-" not in plain and "'" not in plain and plain.isascii():
        return text.strip()
    return " ".join([text, *_extras(plain, chunks, words)]).strip()


def _extras(plain: str, chunks: list[str], words: _Words) -> list[str]:
    joined = words.joined
    tokens = [
        token for chunk in chunks if ("-" in chunk or "'" in chunk) and (token := joined[chunk])
    ]
    if not plain.isascii():
        tokens += dict.fromkeys(chunk[-1] for chunk in chunks if len(chunk) > 1 and is_cjk(chunk))
    return tokens


def _bigrams(run: str) -> str:
    """Return the overlapping bigrams of a run joined by blanks.

    A run of one character is that character.
    """
    return " ".join(run[n : n + 2] for n in range(len(run) - 1)) or run
