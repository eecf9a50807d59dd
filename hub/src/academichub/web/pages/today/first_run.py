"""What the first run asks: phrases, works, a person, fields and categories; and what was answered.

The questions stand above the cards until the reader accepts fields and categories. Each answer
changes the order of the cards at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from academichub import preferences
from academichub.facts import catalogue
from academichub.facts.catalogue import Category
from academichub.hub import Hub
from academichub.radar.radar import Radar
from academichub.sources.arxiv import ArxivOptions
from academichub.web.named_works import UnresolvedView, unresolved_views
from academichub.web.rendering import Visit
from academichub.works.fields import field_name

DEFAULT_FIELDS = ("multidisciplinary", "computer-science")
PHRASES_ASKED = 3


@dataclass(frozen=True, slots=True)
class CategoryChoice:
    """A category to tick: its id and name, whether it is ticked, and the fields that tick it."""

    id: str
    name: str
    chosen: bool
    offered_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """A field to tick, how many journals of it would be followed, and the categories in it."""

    id: str
    name: str
    journals: int
    chosen: bool
    categories: tuple[CategoryChoice, ...]


@dataclass(frozen=True, slots=True)
class FirstRun:
    """The questions and the answers so far.

    Attributes:
        phrases: Standing queries of the radar.
        examples: How many examples the radar has.
        unresolved: Works that were named and are no examples.
        locked: Whether the settings fix the categories.
        fields: Every field, with its categories.
        has_looked: Whether the reader chose fields to look at, which cut the shelf.
        chosen: The categories that are ticked.
    """

    phrases: tuple[str, ...]
    examples: int
    unresolved: tuple[UnresolvedView, ...]
    locked: bool
    fields: tuple[FieldChoice, ...]
    has_looked: bool
    chosen: tuple[str, ...]

    @property
    def field_names(self) -> list[str]:
        """The names of the chosen fields."""
        return [choice.name for choice in self.fields if choice.chosen]

    @property
    def inputs(self) -> int:
        """How many phrases are still asked for."""
        return max(1, PHRASES_ASKED - len(self.phrases))


def radar_of(visit: Visit) -> Radar:
    """Return the first radar of the visit's account, which the first run fills."""
    return Radar(visit.hub.database, account=visit.account)


def first_run(visit: Visit, radar: Radar) -> FirstRun | None:
    """Return the questions of the first run; None once the reader has accepted fields."""
    hub = visit.hub
    if hub.preferences.get(preferences.FIELDS_CHOSEN) is not None:
        return None
    looked_at = hub.preferences.get(preferences.FIELDS_LOOKED_AT)
    fields = tuple(looked_at or DEFAULT_FIELDS)
    categories = preferences.categories(hub) or catalogue.default_categories()
    return FirstRun(
        phrases=tuple(signal.value for signal in radar.signals("query")),
        examples=len(radar.signals("example")),
        unresolved=unresolved_views(visit, radar),
        locked=bool(hub.settings.sources.options(ArxivOptions).categories),
        fields=tuple(_fields(visit.lang, fields, categories)),
        has_looked=bool(looked_at),
        chosen=tuple(categories),
    )


def _fields(lang: str, fields: Iterable[str], categories: Iterable[str]) -> Iterable[FieldChoice]:
    """Yield every field that has journals or categories; each category stands in one of them."""
    ticked, chosen = set(fields), set(categories)
    offers = catalogue.offer()
    offered_by: dict[str, list[str]] = {}
    for offer in offers:
        for name in offer.categories:
            offered_by.setdefault(name, []).append(offer.field_id)
    by_field: dict[str, list[Category]] = {}
    for category in catalogue.categories().values():
        if not category.alias_of:
            by_field.setdefault(category.field, []).append(category)
    for offer in offers:
        yield FieldChoice(
            offer.field_id,
            field_name(offer.field_id, lang),
            len(offer.journals),
            offer.field_id in ticked,
            tuple(
                CategoryChoice(
                    category.id,
                    category.name(lang),
                    category.id in chosen,
                    tuple(offered_by.get(category.id, ())),
                )
                for category in by_field.get(offer.field_id, ())
            ),
        )


def categories_of_choice(
    categories: Iterable[str], fields: Iterable[str], fields_before: Iterable[str] | None
) -> tuple[str, ...]:
    """Return the categories that a form with fields and categories chooses.

    Without a script, ticking a field does not tick its categories on the page; the form then says
    which fields were ticked before (`fields_before`), and what was changed is done here. Fields
    without any category choose theirs.
    """
    chosen, ticked = dict.fromkeys(categories), set(fields)
    offers = {offer.field_id: offer.categories for offer in catalogue.offer()}
    if fields_before is not None:
        before = set(fields_before)
        staying = {name for field_id in ticked & before for name in offers.get(field_id, ())}
        for field_id in before - ticked:
            for name in offers.get(field_id, ()):
                if name not in staying:
                    chosen.pop(name, None)
        added = ticked - before
    else:
        added = set[str]() if chosen else ticked
    for field_id, names in offers.items():
        if field_id in added:
            chosen |= dict.fromkeys(names)
    return tuple(chosen) or catalogue.default_categories()


def choose(
    hub: Hub,
    radar: Radar,
    categories: Iterable[str],
    fields: Iterable[str],
    fields_before: Iterable[str] | None,
) -> None:
    """Save the categories that were chosen; those the reader changed come up first.

    Raises:
        UsageError: If a category is unknown or there are too many.
    """
    if hub.settings.sources.options(ArxivOptions).categories:
        return
    names = categories_of_choice(categories, fields, fields_before)
    names = preferences.choose_categories(hub, names)
    if set(names) != set(catalogue.default_categories()):
        radar.add_all("category", names)
