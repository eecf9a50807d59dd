"""Which radar a page is for: the parameter `radar`, checked, and the switcher in the page head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Query

from academichub.radar.radar import Radar
from academichub.radar.radars import ALL, Radars
from academichub.web.addresses import Address
from academichub.web.rendering import Visit

SEPARATOR = "/"
"""Between the radars a form names; a radar's name cannot hold it."""

RadarQuery = Annotated[str, Query(max_length=200)]
"""Name of a radar in an address; empty for the first one, `all` for all of them."""

RadarForm = Annotated[str, Form(max_length=4000)]
"""Names of radars in a form, joined by SEPARATOR; read as in an address."""


@dataclass(frozen=True, slots=True)
class RadarLink:
    """A link of the switcher: the radar's name, empty for the combined view, and its address."""

    name: str
    address: Address
    is_current: bool


def chosen_radar(visit: Visit, name: str) -> Radar:
    """Return the radar of a name for the visit's account; the first of several names.

    An empty name and `all` stand for the account's first radar. An unknown name raises
    NotFoundError when the radar is used.
    """
    first = name.split(SEPARATOR)[0]
    is_named = first and first.casefold() != ALL
    return Radar(visit.hub.database, first if is_named else None, visit.account)


def chosen_radars(visit: Visit, name: str) -> list[Radar]:
    """Return the radars of a name, of several joined by SEPARATOR, or all of the account."""
    if name.casefold() == ALL:
        names = Radars(visit.hub.database, visit.account).names()
        return [Radar(visit.hub.database, each_name, visit.account) for each_name in names]
    return [chosen_radar(visit, part) for part in name.split(SEPARATOR)]


def radar_links(visit: Visit, path: str, *, combined: bool = True) -> list[RadarLink]:
    """Return the links of the switcher, in the order of creation; none while there is one radar.

    Args:
        visit: The visit; the parameter `radar` of its address names the current radar.
        path: The path the links lead to.
        combined: Whether the page has a combined view, which comes last.
    """
    names = Radars(visit.hub.database, visit.account).names()
    if len(names) < 2:
        return []
    current = visit.radar_name.casefold()
    if not current or (current == ALL and not combined):
        current = names[0].casefold()
    links = [
        RadarLink(name, Address(path, (("radar", name),)), name.casefold() == current)
        for name in names
    ]
    if combined:
        links.append(RadarLink("", Address(path, (("radar", ALL),)), current == ALL))
    return links
