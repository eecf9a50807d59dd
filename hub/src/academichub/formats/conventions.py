"""Dates, names and languages as reference managers write them, as the hub writes them.

Pure text, no IO.
"""

from __future__ import annotations

import re

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
        start=1,
    )
}
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
_ISO = re.compile(
    r"(?<!\d)(?P<y>1[4-9]\d\d|20\d\d)"
    r"(?:\s*[-/.年]\s*(?P<m>1[0-2]|0?[1-9])"
    r"(?:\s*[-/.月]\s*(?P<d>3[01]|[12]\d|0?[1-9])(?!\d))?(?!\d))?"
)
_WORD_MONTH = re.compile(r"[A-Za-z]{3,}")
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]")
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV")
_LANGUAGES = {
    "english": "en", "american": "en", "british": "en", "usenglish": "en", "ukenglish": "en",
    "eng": "en", "chinese": "zh", "中文": "zh", "chi": "zh", "zho": "zh", "german": "de",
    "ngerman": "de", "ger": "de", "deu": "de", "french": "fr", "fre": "fr", "fra": "fr",
    "spanish": "es", "spa": "es", "italian": "it", "ita": "it", "japanese": "ja", "jpn": "ja",
    "russian": "ru", "rus": "ru", "portuguese": "pt", "por": "pt",
}  # fmt: skip


def iso_date(text: str) -> str:
    """Return the first date of a text as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.

    The date is empty if the text has no year.

    Understands `2026-06-12`, `2026/06/12/`, `2026年6月`, `12 June 2026`, `June 2026`, `2004a`,
    ranges (their start).
    """
    match = _ISO.search(text)
    if match is None:
        return ""
    if match["m"]:
        return dated(match["y"], match["m"], match["d"] or "")
    rest = text[: match.start()] + " " + text[match.end() :]
    month = month_number(rest)
    day = re.search(r"(?<!\d)(3[01]|[12]\d|0?[1-9])(?!\d)", rest) if month else None
    return dated(match["y"], str(month or ""), day[1] if day else "")


def month_number(text: str) -> int:
    """Return the month a text names (`jun`, `June`, `6`, `06`, `6月`, `jun~12`), or 0."""
    for word in _WORD_MONTH.findall(text):
        if number := _MONTHS.get(word[:3].lower()):
            return number
    match = re.fullmatch(r"\s*+(1[0-2]|0?[1-9])\s*+(?:月\s*+)?", text)
    return int(match[1]) if match else 0


def dated(year: str, month: str = "", day: str = "") -> str:
    """Return a date as complete as its parts, `YYYY[-MM[-DD]]`.

    A day that the month does not have is left out.
    """
    match = _YEAR.search(year)
    if match is None:
        return ""
    number = month_number(month)
    if not number:
        return match[1]
    text = f"{match[1]}-{number:02}"
    if not (day.isascii() and day.isdigit() and 1 <= int(day[:4]) <= _days(int(match[1]), number)):
        return text
    return f"{text}-{int(day):02}"


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def is_cjk(text: str) -> bool:
    """Whether a text holds Chinese, Japanese or Korean characters."""
    return _CJK.search(text) is not None


def full_name(family: str, given: str = "", suffix: str = "") -> str:
    """Return a name in reading order: `Ada B. Curie`, `Ada Curie, Jr.`; a Chinese one as `李明`."""
    family, given, suffix = family.strip(), given.strip(), suffix.strip()
    if not suffix and _SUFFIX.fullmatch(given):
        given, suffix = "", given  # `John Smith, Jr.`: not family and given name
    name = family + given if is_cjk(family) and is_cjk(given) else f"{given} {family}".strip()
    return f"{name}, {suffix}" if suffix else name


def language_code(text: str) -> str:
    """Return a language as BCP 47 code (`en`, `zh-CN`) from a code or an English name.

    It is empty if the text is neither.
    """
    text = text.strip()
    if code := _LANGUAGES.get(text.lower()):
        return code
    match = re.fullmatch(r"([A-Za-z]{2})(?:[-_]([A-Za-z]{2,4}))?", text)
    if match is None:
        return ""
    return match[1].lower() + (
        f"-{match[2].upper() if len(match[2]) == 2 else match[2].title()}" if match[2] else ""
    )
