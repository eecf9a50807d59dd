"""The shipped catalogue: leading journals and arXiv's categories, as data.

It is what the first run offers. No network.

The facts are in `journals.toml` and `categories.toml` in this folder. Sources:
arxiv.org/category_taxonomy; ISSNs (ISO 3297, check digit modulo 11); publishers' own feed pages.
This module knows neither the library nor settings: it says what exists and what a newcomer could
start with, and the hub decides what to gather.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from academichub.works.fields import FIELDS, field_of_category

_ISSN = re.compile(r"\d{4}-\d{3}[\dX]")


@dataclass(frozen=True, slots=True)
class Category:
    """An arXiv category.

    Attributes:
        id: As arXiv writes it, e.g. `cs.LG` or `quant-ph`.
        en: English name.
        zh: Chinese name.
        archive: The part before the dot (`cs`, `astro-ph`, `quant-ph`).
        group: arXiv's group of archives (`physics` for `astro-ph`), a key of `groups()`.
        alias_of: The category with the same works under its main name, else empty (`cs.SY` is
            `eess.SY`).
    """

    id: str
    en: str
    zh: str
    archive: str
    group: str
    alias_of: str = ""

    @property
    def field(self) -> str:
        """Id of the field of science the category belongs to."""
        return field_of_category(self.id)

    def name(self, lang: str = "en") -> str:
        """Return the name in `en` or `zh`."""
        return self.zh if lang.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal or a proceedings series.

    Attributes:
        name: Full name; Chinese journals carry their Chinese name in brackets.
        field: Field id (works/fields.py).
        issn: ISSN of the print edition, `NNNN-NNNN`; empty if there is none or it is not known.
        eissn: ISSN of the online edition; empty likewise. One of both is always there.
        feed: Address of the feed of new articles; empty where no feed answers plain programs.
        via: Where works come from first: the feed, or Crossref by ISSN.
        abbrev: The usual short name; the full name where there is none.
        language: Language of the articles (BCP 47 primary tag).
        http_only: The feed host offers no https.
    """

    name: str
    field: str
    issn: str
    eissn: str
    feed: str
    via: Literal["feed", "crossref"]
    abbrev: str
    language: str
    http_only: bool

    @property
    def key_issn(self) -> str:
        """The ISSN for requests to Crossref: online before print."""
        return self.eissn or self.issn


@dataclass(frozen=True, slots=True)
class FieldOffer:
    """What the first run offers for one field.

    It suggests categories, and the journals of the catalogue.
    """

    field_id: str
    categories: tuple[str, ...]
    journals: tuple[Journal, ...]


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def _taxonomy() -> dict[str, Any]:
    return _load("categories.toml")


@cache
def groups() -> dict[str, tuple[str, str]]:
    """Return arXiv's groups in arXiv's order: id -> (English name, Chinese name)."""
    return {group: (names[0], names[1]) for group, names in _taxonomy()["groups"].items()}


@cache
def categories() -> dict[str, Category]:
    """Return every arXiv category by id, in arXiv's order."""
    taxonomy = _taxonomy()
    return {
        identifier: Category(
            identifier, entry[0], entry[1], identifier.partition(".")[0], group, *entry[2:]
        )
        for group in groups()
        for identifier, entry in taxonomy[group].items()
    }


@cache
def archives() -> tuple[str, ...]:
    """Return the archives in arXiv's order (`cs`, `math`, `astro-ph`, ...)."""
    return tuple(dict.fromkeys(category.archive for category in categories().values()))


def is_archive(text: str) -> bool:
    """Tell whether a text is an archive, as arXiv writes it.

    `quant-ph` is an archive and a category.
    """
    return text in archives()


def is_category(text: str) -> bool:
    """Tell whether a text is a category, as arXiv writes it."""
    return text in categories()


@cache
def _names() -> dict[str, str]:
    """Lower-case text -> category id: names first, so that an id wins where both are equal.

    Aliases yield to categories.
    """
    ids_by_name: dict[str, str] = {}
    for category in categories().values():
        for name in (category.en.lower(), category.zh):
            if not category.alias_of:
                ids_by_name.setdefault(name, category.id)
    return ids_by_name | {identifier.lower(): identifier for identifier in categories()}


def nearest_category(text: str) -> str:
    """Return the category a text most likely means.

    The text may be its id in any case, its name in English or Chinese, or something near them.

    Meant for remedies ("did you mean cs.LG?"): it always answers, so it does not tell whether the
    text is a category.

    Example: `CS.lg`, `machine learning`, `机器学习` and `cs.LGG` all give `cs.LG`.
    """
    normalised = " ".join(text.lower().split())[:100]
    names = _names()
    if normalised in names:
        return names[normalised]
    # A known archive in front means an id with a slip behind it: the nearest name could be of
    # another archive.
    ids = [identifier.lower() for identifier in categories()]
    pool = ids if is_archive(re.split(r"[./_ ]", normalised)[0]) else list(names)
    return names[difflib.get_close_matches(normalised, pool, n=1, cutoff=0.0)[0]]


@cache
def journals() -> tuple[Journal, ...]:
    """Return every journal of the catalogue, grouped by field."""
    return tuple(_journal(entry) for entry in _load("journals.toml")["journals"])


def _journal(entry: dict[str, Any]) -> Journal:
    feed = entry.get("feed", "")
    return Journal(
        name=entry["name"],
        field=entry["field"],
        issn=entry.get("issn", ""),
        eissn=entry.get("eissn", ""),
        feed=feed,
        via="feed" if feed else "crossref",
        abbrev=entry.get("abbrev", entry["name"]),
        language=entry.get("language", "en"),
        http_only=entry.get("http_only", False),
    )


@cache
def journals_of(field_id: str) -> tuple[Journal, ...]:
    """Return the journals of a field; none where the field is unknown."""
    return tuple(journal for journal in journals() if journal.field == field_id)


@cache
def _by_issn() -> dict[str, Journal]:
    return {
        issn: journal for journal in journals() for issn in (journal.issn, journal.eissn) if issn
    }


def journal_by_issn(issn: str) -> Journal | None:
    """Return the journal with an ISSN, in print or online, with or without its hyphen.

    It is None if the catalogue does not have the journal.
    """
    digits = issn.strip().upper().replace("-", "")
    return _by_issn().get(f"{digits[:4]}-{digits[4:]}")


def is_issn(text: str) -> bool:
    """Tell whether a text is an ISSN `NNNN-NNNC` with the right check digit (ISO 3297).

    The weights are 8 to 1, modulo 11.
    """
    if _ISSN.fullmatch(text) is None:
        return False
    digits = [10 if char == "X" else int(char) for char in text.replace("-", "")]
    return (
        sum(weight * digit for weight, digit in zip(range(8, 0, -1), digits, strict=True)) % 11 == 0
    )


def default_categories() -> tuple[str, ...]:
    """Return the categories the first run proposes.

    The reasons are in categories.toml.
    """
    return tuple(_taxonomy()["first_run"]["default"])


@cache
def offer() -> tuple[FieldOffer, ...]:
    """Return what the first run offers, field by field in the order of works/fields.py."""
    suggested = _taxonomy()["first_run"]["offer"]
    return tuple(
        FieldOffer(field_id, tuple(suggested.get(field_id, ())), journals_of(field_id))
        for field_id in FIELDS
    )
