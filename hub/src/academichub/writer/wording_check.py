"""Whether a model's answer is worded so that a brief can show it. Pure, no IO.

These rules concern the wording alone; academichub.checker compares the content with the works. An
answer is plain text without markup, addresses, chat or instructions. It must be worth showing: one
sentence, not longer than the extract, not the extract itself, and with most of what the extract
says.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Sequence

from academichub.checker.entity_check import read_names
from academichub.checker.number_check import missing_numbers
from academichub.checker.passage import content_stems, read_numbered, read_passage
from academichub.checker.support_score import word_share
from academichub.checker.word_weights import fold
from academichub.messages import Message
from academichub.text.sentences import split_sentences

MIN_WORDS, MIN_HAN = 5, 8
MAX_CHARS = 420
MAX_LENGTH = 1.05
"""Largest length of a rewriting, as a share of the extract's."""

MAX_HAN_LENGTH = 0.75
"""The same for a Chinese sentence over an extract in Latin script, in characters; at least
MIN_HAN_ROOM characters are allowed."""

MIN_HAN_ROOM = 60
MIN_SHARE, MIN_SHARE_BY_SMALL = 0.5, 0.75
"""Least share of the extract's words, by weight, a rewriting keeps."""

SAVING_LENGTH = 0.95
"""Largest length of a small model's rewriting, as a share of the extract's."""

_MARKUP = re.compile(
    r"</?\s*[A-Za-z!?][^>]{0,200}>|<!--|&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});|```|`|!\[|\]\(|\[\["
    r"|\{\{|\{%|\*\*|__|^\s*(?:[#>|*-]\s|\d+[.)]\s)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?:https?|ftp|file|data|javascript|vbscript|mailto)\s*:|www\."
    r"|(?<![\w.+-])[.+-]*\b[\w.+-]+@[\w-]+\.\w",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}"
    r"\b(?:instruction|prompt|rule|above|previous|prior)"
    r"|\bsystem prompt\b|\b(?:as|i am|i'm) an? (?:ai|language model|assistant)\b"
    r"|\bi (?:cannot|can't|am unable)\b"
    r"|\b(?:rm\s+-rf|sudo\s|curl\s+-|wget\s|powershell|chmod\s|eval\(|exec\(|<\?php|drop table)"
    r"|忽略.{0,12}(?:指令|提示|规则)|作为(?:一个)?(?:AI|人工智能|语言模型)|我(?:不能|无法)",
    re.IGNORECASE,
)
_CHAT = re.compile(
    r"^(?:sure|certainly|of course|okay|here(?:'s| is| are)"
    r"|the (?:rewritten|revised|shortened|original) |this sentence"
    r"|the (?:sentence|extract|draft)\b|rewritten|shortened|note that"
    r"|好的|当然|以下是|这句话|改写)"
    r"|\bfence [0-9a-f]{6}|\blet me\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^\s*(?:(?:answer|sentence|output|rewrite|rewritten(?: sentence)?|shortened"
    r"|句子|答案)\s*[:：]\s*)",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "“": "”", "'": "'", "‘": "’", "「": "」"}
_CITED = re.compile(r"(?<!\s)\s*\[\d{1,3}(?:\s*[,;]\s*\d{1,3})*\]")
_AUTHORS = re.compile(
    r"(?:in this \w+,? )?(?:here,? )?"
    r"(?:we|this (?:paper|work|study|article|survey)|the authors)\s+(?:\w+ly\s+)?\w+\s+",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"\b(?:that|which|who|how|whether|when|where|if|and we)\b", re.IGNORECASE)
_AUXILIARIES_IN_ORDER = """
is are was were has have had can could may might must will would do does did
"""
_AUXILIARIES = frozenset(_AUXILIARIES_IN_ORDER.split())
_RANGE = re.compile(
    r"(?<![\w.,-])(\d+(?:[.,]\d+)*)\s?%?\s?(?:-{1,2}|–|—|to)\s?(\d+(?:[.,]\d+)*)(?![\w-])"
)
_JOINING = frozenset(("either", "neither", "unless", "except", "whereas", "although"))
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_NEGATED = re.compile(
    r"\b(?:no|not|never|neither|nor|without|cannot|fails?|failed|lacks?|lacking|absent"
    r"|un\w+|in(?:ability|sufficient|effective))\b|n't\b"
)
_HAN_NEGATED = re.compile(r"[不未无没非否缺]|失败|难以")
_UP = re.compile(
    r"\b(?:increas|improv|higher|faster|rais|rise|rose|grow|grew|gain|more|enhanc|boost|exceed"
    r"|outperform)\w*"
)
_DOWN = re.compile(
    r"\b(?:decreas|reduc|lower|slower|declin|drop|fall|fell|less|fewer|shrink|worse|diminish)\w*"
)
_HAN_UP = re.compile(r"提高|提升|增加|增长|上升|加快|高于|快|优于|超过|增强|改善|更多")
_HAN_DOWN = re.compile(r"降低|减少|下降|减小|减慢|低于|慢|劣于|减弱|恶化|更少|缩短|缩小")


def first_sentence(answer: str) -> str:
    """Return the first sentence of an answer, without label, enclosing quotes and citations."""
    lines = [line.strip() for line in answer.strip().splitlines() if line.strip()]
    text = _LABEL.sub("", lines[0]) if lines else ""
    if len(text) > 2 and _QUOTES.get(text[0]) == text[-1] and text[0] not in text[1:-1]:
        text = text[1:-1]
    text = " ".join(_CITED.sub("", text).split())
    sentences = split_sentences(text)
    return sentences[0] if sentences else ""


def wording_faults(text: str, extract: str, lang: str, *, is_small: bool = False) -> list[Message]:
    """Return the faults that forbid showing a sentence instead of its extract.

    A small model may only leave words out: the words that remain, and their order, are the
    extract's. Its other changes are seldom true, and the checks against the works cannot always
    detect that (docs/log.md).
    """
    unsafe = _unsafe(text)
    if unsafe:
        return unsafe
    faults: list[Message] = []
    if not re.search(r"[.!。！)\]”\"’]$", text):
        faults.append(Message.of("wording.no_end"))
    if _CHAT.search(text):
        faults.append(Message.of("wording.chat"))
    if _repeats(text, extract):
        faults.append(Message.of("wording.repeats"))
    if lang == "zh" and not _HAN.search(extract):
        return faults + _chinese_faults(text, extract)
    if len(text.split()) < MIN_WORDS and not len(_HAN.findall(text)) >= MIN_HAN:
        faults.append(Message.of("wording.too_short"))
    if len(text) > min(MAX_CHARS, max(60, MAX_LENGTH * len(extract))):
        faults.append(Message.of("wording.longer", ours=len(text), theirs=len(extract)))
    if _is_fragment(text, extract):
        faults.append(Message.of("wording.no_verb"))
    if is_small:
        faults += _more_than_left_out(text, extract)
    return faults + _lost(text, extract, MIN_SHARE_BY_SMALL if is_small else MIN_SHARE)


def _more_than_left_out(text: str, extract: str) -> list[Message]:
    """Return what a small model did other than leave words out."""
    faults: list[Message] = []
    if len(text) > SAVING_LENGTH * len(extract):
        faults.append(Message.of("wording.hardly_shorter"))
    if gone := _JOINING & _words(extract) - _words(text):
        faults.append(Message.of("wording.left_out", words=sorted(gone)))
    if not _is_within(content_stems(fold(text)), content_stems(fold(extract))):
        faults.append(Message.of("wording.not_within"))
    return faults


def is_same(text: str, extract: str) -> bool:
    """Tell whether a sentence is its extract but for case, spaces and punctuation."""
    return _bare(text) == _bare(extract)


def _unsafe(text: str) -> list[Message]:
    if not any(ch.isalnum() for ch in text):
        return [Message.of("wording.empty")]
    if any(
        ord(ch) < 32 or ch in "\x7f\u200b\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        for ch in text
    ):
        return [Message.of("wording.control_characters")]
    for pattern, fault in (
        (_MARKUP, Message.of("wording.markup")),
        (_ADDRESS, Message.of("wording.address")),
        (_ORDER, Message.of("wording.order")),
    ):
        if pattern.search(text):
            return [fault]
    return []


def _lost(text: str, extract: str, least: float) -> list[Message]:
    """Return what of the extract a rewriting in its language lost."""
    faults: list[Message] = []
    ours, theirs = read_numbered(fold(text)), read_numbered(fold(extract))
    if theirs.quantities and len(missing_numbers(theirs, [ours])) == len(theirs.quantities):
        faults.append(Message.of("wording.all_numbers_lost"))
    for low, high in _RANGE.findall(extract):
        if _has_number(text, low) != _has_number(text, high):
            faults.append(Message.of("wording.half_range", low=low, high=high))
    share = word_share(fold(extract), [read_passage("", text)])
    if share < least:
        faults.append(
            Message.of("wording.kept_little", share=round(100 * share), least=round(100 * least))
        )
    return faults


def _has_number(text: str, number: str) -> bool:
    return re.search(rf"(?<![\d.,]){re.escape(number)}(?!\d|[.,]\d)", text) is not None


def _chinese_faults(text: str, extract: str) -> list[Message]:
    """Return the faults of a Chinese sentence over an extract in Latin script.

    Among them are lost numbers, names and negations.
    """
    faults: list[Message] = []
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    if han < MIN_HAN or latin > 2 * han:
        faults.append(Message.of("wording.not_chinese"))
    if len(text) > max(MIN_HAN_ROOM, MAX_HAN_LENGTH * len(extract)):
        faults.append(Message.of("wording.too_long_chinese", ours=len(text), theirs=len(extract)))
    folded, given = fold(text), fold(extract)
    if lost := _lost_values(folded, given):
        faults.append(Message.of("wording.numbers_lost", numbers=[f"{value:g}" for value in lost]))
    if gone := _lost_names(folded, given):
        faults.append(Message.of("wording.names_lost", names=gone))
    if _NEGATED.search(given) and not _HAN_NEGATED.search(text):
        faults.append(Message.of("wording.negation_lost"))
    if _is_turned(text, given):
        faults.append(Message.of("wording.direction"))
    return faults


def _lost_values(folded: str, given: str) -> list[float]:
    """Return the values an extract writes in digits that a folded Chinese sentence lacks.

    Numbers that the extract spells in words do not count.
    """
    ours = [quantity.value for quantity in read_numbered(folded).quantities]
    theirs = (q.value for q in read_numbered(given).quantities if not q.spelled)
    return [
        value
        for value in theirs
        if not any(math.isclose(value, other, rel_tol=1e-6) for other in ours)
    ]


def _lost_names(folded: str, given: str) -> list[str]:
    """Return the coded names that an extract has and a sentence lacks, if it lacks most of them."""
    coded = {name.text for name in read_names(given) if name.is_coded}
    gone = sorted(name for name in coded if name.lower() not in folded.lower())
    return gone if len(gone) * 2 > len(coded) else []


def _is_turned(text: str, given: str) -> bool:
    """Tell whether a Chinese sentence says more where the extract says less, or the reverse.

    Where either speaks of both directions, their words do not tell what rises and what falls.
    """
    up, down = bool(_UP.search(given)), bool(_DOWN.search(given))
    ours_up, ours_down = bool(_HAN_UP.search(text)), bool(_HAN_DOWN.search(text))
    return up != down and ours_up != ours_down and up != ours_up


def _is_within(part: Sequence[str], whole: Sequence[str]) -> bool:
    """Tell whether words stand in another row of words in the same order."""
    rest = iter(whole)
    return all(word in rest for word in part)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _repeats(text: str, extract: str) -> bool:
    """Tell whether a text doubles a word, or has a run of three more often than its extract."""
    words = re.findall(r"\w+", text.lower())
    doubled = any(a == b and len(a) > 2 and a.isalpha() for a, b in itertools.pairwise(words))
    allowed = _runs(re.findall(r"\w+", extract.lower()))
    return doubled or any(count > max(1, allowed[run]) for run, count in _runs(words).items())


def _runs(words: list[str]) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[start : start + 3]) for start in range(len(words) - 2))


def _is_fragment(text: str, extract: str) -> bool:
    """Tell whether a text is `We verb something` with the verb and other words taken out."""
    head = _AUTHORS.match(extract)
    if head is None:
        return False
    words = _words(text)
    clause = _CLAUSE.search(extract, head.end())
    # "We show that it works" contains a sentence; "We present a tool that works" contains one only
    # if its "that" is left out too.
    if clause and (clause.start() == head.end() or clause.group().lower() not in words):
        return False
    return not words & _AUXILIARIES and not _AUTHORS.match(text) and words <= _words(extract)


def _bare(text: str) -> str:
    return "".join(ch for ch in fold(text).lower() if ch.isalnum())
