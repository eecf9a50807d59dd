"""The combined view of several radars: one order of works, each with the radars it came from.

The orders are joined by reciprocal ranks, because scores of different radars cannot be compared.
Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009) adds 60 to every place, as the
rankings it joins answer one question. Radars ask different questions: an early place in one must
count more than middling places in many, so nothing is added. `join_orders` is pure;
`combined_today` makes the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from academichub.hub import Hub
from academichub.messages import Message
from academichub.radar.cards import Card
from academichub.radar.empty_page import empty_page
from academichub.radar.lineup import Candidate
from academichub.radar.radar import Radar
from academichub.radar.radars import ALL, Radars
from academichub.radar.today import DayOrder, TodayPage, TodayRequest, today, whole_order
from academichub.radar.window import Window

NAMED_PLACES = 20
NAMED_SHARE = 0.2
"""A card names the radar that places its work best, and each other one that has it within the first
NAMED_PLACES and the first NAMED_SHARE of its works: further back it hardly comes from there."""


@dataclass(frozen=True, slots=True)
class JoinedWork:
    """A work of the combined order.

    Attributes:
        key: Key of the work.
        radars: Names of the radars it came from, the one that places it best first.
        position: Where it stands, from 0, in the order of the first of them.
    """

    key: str
    radars: tuple[str, ...]
    position: int


def join_orders(orders: Mapping[str, Sequence[str]]) -> list[JoinedWork]:
    """Return the works of several orders as one.

    Args:
        orders: Radar -> keys of works, best first; an order may lack works that others have.

    Returns:
        The works by the sum of their reciprocal ranks, highest first; equal ones by best place,
        then by key.
    """
    places: dict[str, list[tuple[int, int, str]]] = {}
    for number, (radar, keys) in enumerate(orders.items()):
        for position, key in enumerate(keys):
            places.setdefault(key, []).append((position, number, radar))
    ranked = []
    for key, positions in places.items():
        best, *others = sorted(positions)
        worth = sum(1 / (1 + position) for position, _, _ in positions)
        names = [
            best[2],
            *(radar for position, _, radar in others if position < _named_places(orders[radar])),
        ]
        ranked.append((-worth, best[0], key, tuple(names)))
    return [JoinedWork(key, names, position) for _, position, key, names in sorted(ranked)]


def _named_places(order: Sequence[str]) -> float:
    return min(NAMED_PLACES, NAMED_SHARE * len(order))


@dataclass(frozen=True, slots=True)
class CombinedOrder:
    """All works of a window in the joined order of radars, read like a DayOrder.

    Attributes:
        orders: Radar -> its order of the same window.
        joined: The works, best first.
    """

    orders: Mapping[str, DayOrder]
    joined: Sequence[JoinedWork]

    @property
    def window(self) -> Window:
        """The days and filters."""
        return next(iter(self.orders.values())).window

    @property
    def notes(self) -> tuple[Message, ...]:
        """What the reader should know of the order."""
        return next(iter(self.orders.values())).notes

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The works, best first, each as the radar has it that places it best."""
        return tuple(self.orders[work.radars[0]].candidates[work.position] for work in self.joined)

    def card(self, position: int, rank: int) -> Card:
        """Return the card of a position, with a number of the page's own and its radars."""
        work = self.joined[position]
        card = self.orders[work.radars[0]].card(work.position, rank)
        return replace(card, radars=work.radars)


def combined_order(
    hub: Hub, request: TodayRequest, account: str | None = None
) -> CombinedOrder | None:
    """Return the whole joined order of a request's window; None where nothing has been gathered.

    Radars without signals are left out, unless all are empty.

    Raises:
        UsageError: If the request cannot be understood.
        StorageError: If the library cannot be read.
    """
    orders: dict[str, DayOrder] = {}
    for name, radar in _radars_with_signals(hub, account).items():
        order = whole_order(hub, request, radar)
        if order is None:
            return None
        orders[name] = order
    keys = {
        name: [candidate.work.key for candidate in order.candidates]
        for name, order in orders.items()
    }
    return CombinedOrder(orders, join_orders(keys))


def combined_today(
    hub: Hub, request: TodayRequest | None = None, account: str | None = None
) -> TodayPage:
    """Return a page of Today in the joined order of all radars of an account.

    Batch N holds places N * size + 1 to (N + 1) * size; a seed changes nothing.

    Raises:
        UsageError: If the request cannot be understood.
        StorageError: If the library cannot be read.
    """
    request = request or TodayRequest()
    pages = {
        name: today(hub, replace(request, batch=0, seed=None, size=1), radar)
        for name, radar in _radars_with_signals(hub, account).items()
    }
    first = next(iter(pages.values()))
    order = combined_order(hub, request, account)
    if order is None or not order.joined:
        return first
    total, begin = len(order.joined), request.batch * request.size
    shown = range(begin, min(begin + request.size, total))
    spent = empty_page("all_shown") if not shown else None
    carried = {name: page.carried for name, page in pages.items()} if not request.batch else {}
    return replace(
        first,
        batch=request.batch,
        total=total,
        cards=tuple(order.card(position, position + 1) for position in shown),
        empty=spent.messages if spent else (),
        empty_code=spent.code if spent else None,
        notes=order.notes,
        has_more=begin + request.size < total,
        carried=_join_carried(carried),
    )


def order_of(
    hub: Hub, request: TodayRequest, name: str | None = None, account: str | None = None
) -> DayOrder | CombinedOrder | None:
    """Return the whole order of the radar of a name, as `today_of`; None where there is nothing.

    Raises:
        NotFoundError: If the account has no radar of the name.
        UsageError: If the request cannot be understood.
        StorageError: If the library cannot be read.
    """
    if name is not None and name.casefold() == ALL:
        return combined_order(hub, request, account)
    return whole_order(hub, request, Radar(hub.database, name, account))


def today_of(
    hub: Hub, request: TodayRequest, name: str | None = None, account: str | None = None
) -> TodayPage:
    """Return a page of Today of the radar of a name (`all`: of all radars; None: of the first).

    Raises:
        NotFoundError: If the account has no radar of the name.
        UsageError: If the request cannot be understood.
        StorageError: If the library cannot be read.
    """
    if name is not None and name.casefold() == ALL:
        return combined_today(hub, request, account)
    return today(hub, request, Radar(hub.database, name, account))


def _radars_with_signals(hub: Hub, account: str | None) -> dict[str, Radar]:
    radars = {
        name: Radar(hub.database, name, account) for name in Radars(hub.database, account).names()
    }
    used = {name: radar for name, radar in radars.items() if radar.signals()}
    return used or radars


def _join_carried(carried: Mapping[str, Sequence[Card]]) -> tuple[Card, ...]:
    """Return the carried works of several radars as one list, each with its radars."""
    joined = join_orders({name: [card.key for card in cards] for name, cards in carried.items()})
    return tuple(
        replace(carried[work.radars[0]][work.position], rank=rank, radars=work.radars)
        for rank, work in enumerate(joined, 1)
    )
