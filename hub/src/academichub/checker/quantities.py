"""Numbers of a sentence with their units and positions. Pure text, no IO.

`read_quantities` reads digits, words (`three`, `two-fold`, `half`), powers (`3 x 10^-4`, `1e-3`),
grouped digits (`1,000`), decimal points of the Lancet (`1·75`), per cent, magnitudes (`7B`, `2
million`) and units. Identifiers that contain digits (`GPT-4`, `B12`, `CO2`) are names, not numbers:
entity_check.py reads those.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from academichub.checker.unit_table import MAGNITUDES, UNITS


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number read from a text.

    Attributes:
        value: Its value with magnitudes and powers multiplied out, in the unit as written.
        unit: The unit in normal form (`%`, `x` for a factor, `kg`); empty if none is written.
        digits: Significant digits as written, without trailing zeros of whole numbers.
        start: Where it begins in the folded text.
        end: Where it ends, including the unit.
        spelled: Whether it was written in letters.
        hedged: Whether a word before it marks it as rounded (`about`, `over`, `nearly`).
    """

    value: float
    unit: str
    digits: int
    start: int
    end: int
    spelled: bool = False
    hedged: bool = False


_UNITS_TO_NINETEEN = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_TENS_IN_ORDER = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {word: float(value) for value, word in enumerate(_UNITS_TO_NINETEEN.split())}
_TENS = dict(zip(_TENS_IN_ORDER.split(), range(20, 100, 10), strict=True))
_WORDS |= {word: float(value) for word, value in _TENS.items()}
_WORDS |= {"dozen": 12.0, "hundred": 100.0, "thousand": 1000.0}
_FACTORS = {
    "half": 0.5, "halved": 0.5, "halves": 0.5, "halving": 0.5,
    "twice": 2.0, "double": 2.0, "doubled": 2.0, "doubles": 2.0, "doubling": 2.0, "twofold": 2.0,
    "threefold": 3.0, "thrice": 3.0, "triple": 3.0, "tripled": 3.0, "triples": 3.0,
    "fourfold": 4.0, "fivefold": 5.0, "sixfold": 6.0, "sevenfold": 7.0, "eightfold": 8.0,
    "tenfold": 10.0, "quadruple": 4.0, "quadrupled": 4.0,
}  # fmt: skip
_FRACTIONS = {
    "a third": 1 / 3, "one third": 1 / 3, "one-third": 1 / 3,
    "two thirds": 2 / 3, "two-thirds": 2 / 3,
    "a quarter": 0.25, "one quarter": 0.25, "one-quarter": 0.25,
    "three quarters": 0.75, "three-quarters": 0.75,
    "a fifth": 0.2, "one fifth": 0.2, "one-fifth": 0.2,
    "a tenth": 0.1, "one tenth": 0.1, "one-tenth": 0.1,
}  # fmt: skip
_FRACTION = re.compile(r"(?<![\w-])(?:" + "|".join(_FRACTIONS) + r")(?![\w-])", re.IGNORECASE)
_HAN_DIGITS = dict(zip("零一二两三四五六七八九", (0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_HAN_PLACES = {"十": 10, "百": 100, "千": 1000}
_HAN_MYRIADS = {"万": 10_000, "亿": 100_000_000}
_HAN_SPELLED = re.compile(
    r"(?:(?P<percent>百分之(?P<share>[零一二三四五六七八九十百]{1,5}))"
    r"|(?P<number>[两二三四五六七八九十百千][零一两二三四五六七八九十百千万亿]{0,10})"
    r"(?P<unit>倍|个|种|项|类|组|名|例|次|篇|套|年|天|周|月|小时|分钟|层|维|位))"
)

_MANTISSA = r"(?:\d{1,3}(?:[,\u2009\u202f ]\d{3})+(?:\.\d+)?(?![\d])|\d+(?:[.\u00b7]\d+)?|\.\d+)"
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPER_RUN = re.compile(r"(?<=[\w)\]])[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.\u0370-\u03ff\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f])(?<!\d,)"
    rf"(?P<mantissa>{_MANTISSA})"
    r"(?:\s*(?:[x×*·]|\\times)\s*10\s*(?P<power>\^\s*\(?[-+]?\d{1,3}\)?|-\d{1,2}(?![\d.]))"
    r"|[eE](?P<exp>[-+]?\d{1,3})(?![\w]))?"
    r"(?P<bare>\^\(?[-+]?\d{1,3}\)?)?"
    r"(?P<glued>[A-Za-zµμ%‰°Å]+)?(?P<more>\d)?"
)
_LATIN = re.compile(r"[A-Za-z]")
_GRID = re.compile(r"(?<=\d)x(?=\d)")
_AFTER = re.compile(
    r"\s*(?:-\s*)?(?P<unit>%|‰|°C|°|×(?!\s*\d)|[A-Za-zµμÅ]+(?:/[A-Za-zµμ]+)?"
    r"|倍|公里|千米|毫米|厘米|纳米|微米|米|公斤|千克|毫克|克|小时|分钟|毫秒|秒|天|周|个月|年(?!\d)|美元)"
)
_MAGNITUDE = re.compile(
    r"[\s-]*(?P<word>hundred|thousand|million|billion|trillion|万亿|千万|百万|万|亿|千(?![克米]))s?(?![A-Za-z])"
)
_SPELLED = re.compile(
    r"(?<![\w-])(?P<word>[a-z]+(?:-[a-z]+)?)(?:[\s-]+(?P<scale>hundred|thousand|million|billion))?",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"(?:about|around|approximately|approx\.?|roughly|nearly|almost|over|above|below|under|some"
    r"|circa|ca\.?|close to"
    r"|more than|less than|at least|at most|up to|exceeding|exceeds|~|≈|∼|≃|≳|≲|>|<|≥|≤)\s*$",
    re.IGNORECASE,
)


def read_quantities(folded: str) -> list[Quantity]:
    """Return every number of a folded text (`word_weights.fold`) in order."""
    text = _SUPER_RUN.sub(lambda m: "^" + m.group().translate(_SUPERSCRIPT), folded)
    shift = _offsets(folded, text)
    text = _GRID.sub("×", text)
    readings = [_numeral(text, match) for match in _NUMBER.finditer(text)]
    numerals = [quantity for quantity in readings if quantity is not None]
    numerals += [_fraction(match) for match in _FRACTION.finditer(text)]
    numerals += [_han_number(match) for match in _HAN_SPELLED.finditer(text)]
    taken = {position for quantity in numerals for position in range(quantity.start, quantity.end)}
    spelled = [
        quantity
        for match in _SPELLED.finditer(text)
        if (quantity := _spelled(text, match)) and quantity.start not in taken
    ]
    ordered = sorted([*numerals, *spelled], key=lambda quantity: quantity.start)
    ordered = _share_units(text, ordered)
    return [
        replace(quantity, start=shift[quantity.start], end=shift[min(quantity.end, len(text))])
        for quantity in ordered
    ]


def _offsets(before: str, after: str) -> list[int]:
    """Map each position in the text with `^` before its powers to the same position without."""
    if before == after:
        return list(range(len(after) + 1))
    positions: list[int] = []
    position = 0
    for match in _SUPER_RUN.finditer(before):
        positions += range(position, match.start())
        positions += [match.start(), *range(match.start(), match.end())]
        position = match.end()
    positions += range(position, len(before) + 1)
    return positions


def _numeral(text: str, match: re.Match[str]) -> Quantity | None:
    """Read a number written in digits; return None if the digits belong to a name."""
    glued = match["glued"] or ""
    unit, scale = "", 1.0
    end = match.end()
    if match["more"]:
        return None
    if glued:
        if glued in MAGNITUDES:
            scale = MAGNITUDES[glued]
        elif glued.lower() in ("st", "nd", "rd", "th", "s"):
            unit = ""
        elif (unit := UNITS.get(glued, UNITS.get(glued.lower(), ""))) == "":
            return None
    if _is_inside_name(text, match):
        return None
    mantissa = re.sub(r"[,\u2009\u202f ]", "", match["mantissa"]).replace("\u00b7", ".")
    value = float(mantissa) * scale
    exponent = match["power"] or match["exp"]
    if exponent:
        value *= _power_of_ten(float(re.sub(r"[^-\d]", "", exponent)))
    elif match["bare"] and not glued:
        value = _raise(value, float(re.sub(r"[^-\d]", "", match["bare"]) or 0))
    if not glued and (magnitude := _MAGNITUDE.match(text, end)):
        value *= MAGNITUDES[magnitude["word"]]
        end = magnitude.end()
    if not unit:
        unit, end = _unit_after(text, end)
    return Quantity(
        value,
        unit,
        _significant(mantissa),
        match.start(),
        end,
        hedged=_is_hedged(text, match.start()),
    )


def _is_inside_name(text: str, match: re.Match[str]) -> bool:
    """Return whether digits end a name (`GPT-4`, `IL-6`) and so are not a number."""
    end = match.start() - text.endswith("\n", 0, match.start())
    if not text.endswith("-", 0, end):
        return False
    start = end - 1
    while start and (text[start - 1].isalnum() or text[start - 1] in "_+"):
        # A search from the left would read the whole text again for each number.
        start -= 1
    letter = _LATIN.search(text, start, end)
    if letter is None:
        return False
    head = text[letter.start() : end - 1]
    return any(ch.isupper() for ch in head) or any(ch.isdigit() for ch in head)


def _power_of_ten(exponent: float) -> float:
    """Return 10 ** exponent, limited so that it cannot overflow."""
    return float(10.0 ** max(-300.0, min(300.0, exponent)))


def _raise(value: float, exponent: float) -> float:
    """Return value ** exponent, or the value itself if the power would overflow."""
    if value <= 0 or abs(exponent * math.log10(max(value, 1e-12))) > 300:
        return value
    return float(value**exponent)


def _significant(mantissa: str) -> int:
    """Return the number of significant digits of a mantissa."""
    digits = mantissa.lstrip("0").replace(".", "").lstrip("0")
    return max(1, len(digits.rstrip("0") if "." not in mantissa else digits))


def _is_hedged(text: str, start: int) -> bool:
    """Return whether a word before a number marks it as rounded."""
    return bool(_HEDGE.search(text[max(0, start - 20) : start]))


def _unit_after(text: str, end: int) -> tuple[str, int]:
    """Return the unit written after a number, and where it ends."""
    match = _AFTER.match(text, end)
    if match is None:
        return "", end
    raw = match["unit"]
    for form in dict.fromkeys((raw, raw.partition("/")[0])):
        unit = UNITS.get(form) or (UNITS.get(form.lower(), "") if len(form) > 2 else "")
        if unit:
            return unit, match.end("unit") if form == raw else match.start("unit") + len(form)
    return "", end


def _spelled(text: str, match: re.Match[str]) -> Quantity | None:
    """Read a number written in letters, except `one`, which is too often a pronoun."""
    word = match["word"].lower()
    if word.endswith("-fold") and word[:-5] in _WORDS:
        return Quantity(_WORDS[word[:-5]], "x", 1, match.start(), match.end("word"), spelled=True)
    if word in _FACTORS:
        return Quantity(_FACTORS[word], "x", 1, match.start(), match.end("word"), spelled=True)
    head, _, tail = word.partition("-")
    if tail and head in _TENS and tail in _WORDS:
        value = _WORDS[head] + _WORDS[tail]
    elif head in _WORDS and head != "one":
        value = _WORDS[head]
    else:
        return None
    end = match.start() + len(head if not (head in _TENS and tail in _WORDS) else word)
    if match["scale"] and end == match.end("word"):
        value *= MAGNITUDES[match["scale"].lower()]
        end = match.end()
    unit, end = _unit_after(text, end)
    return Quantity(
        value, unit, 1, match.start(), end, spelled=True, hedged=_is_hedged(text, match.start())
    )


def _fraction(match: re.Match[str]) -> Quantity:
    """Read `two thirds`; a fraction in letters counts as a rounded figure."""
    return Quantity(
        _FRACTIONS[match.group().lower()],
        "x",
        1,
        match.start(),
        match.end(),
        spelled=True,
        hedged=True,
    )


def _han_number(match: re.Match[str]) -> Quantity:
    """Read a number written in Chinese characters before a measure word, or after `百分之`."""
    total = section = digit = 0
    for ch in match["share"] or match["number"]:
        if ch in _HAN_DIGITS:
            digit = _HAN_DIGITS[ch]
        elif ch in _HAN_PLACES:
            section += max(1, digit) * _HAN_PLACES[ch]
            digit = 0
        else:
            total = (total + section + digit) * _HAN_MYRIADS[ch]
            section = digit = 0
    unit = "%" if match["percent"] else UNITS.get(match["unit"], "")
    return Quantity(
        float(total + section + digit), unit, 1, match.start(), match.end(), spelled=True
    )


def _share_units(text: str, quantities: list[Quantity]) -> list[Quantity]:
    """Give `10` in `10-12%`, `10 to 12%` and `10, 11 and 12%` the unit written after the last."""
    shared = list(quantities)
    # From right to left, so that a unit is passed on through a whole list of numbers.
    for i in range(len(shared) - 2, -1, -1):
        between = text[shared[i].end : shared[i + 1].start]
        if (
            not shared[i].unit
            and shared[i + 1].unit
            and re.fullmatch(r"\s*(?:-|to|and|or|,|/|±|\+/-|\(?,? ?and)\s*", between)
        ):
            shared[i] = replace(shared[i], unit=shared[i + 1].unit)
    return shared
