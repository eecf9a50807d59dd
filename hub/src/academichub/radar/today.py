"""Today: a day's works as numbered cards in the radar's order, in batches, with reasons.

A page without cards explains why it is empty. The command, the pages, the JSON API and the feeds
all call `today`. It reads the library and remembers which batches were shown; the order itself
comes from lineup.py, which is pure.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

from academichub import documents
from academichub.errors import StorageError
from academichub.hub import Hub, HubPart
from academichub.i18n.message_text import messages_text
from academichub.library.ledger import Ledger
from academichub.library.works import Library
from academichub.messages import Message
from academichub.radar.batches import ShownBatches, choose_batches
from academichub.radar.cards import Card, make_card
from academichub.radar.carried import HIGH_PLACES, JUDGED, carried_places, days_before
from academichub.radar.empty_page import EmptyPage, empty_page, why_empty
from academichub.radar.lineup import Candidate, LineUp, line_up, make_profile, named_works
from academichub.radar.model_store import LibraryModel, ModelStore
from academichub.radar.radar import Radar
from academichub.radar.reading import ReadingMarks
from academichub.radar.shelf_fields import of_fields, shelf_fields, widened
from academichub.radar.window import AUTHOR_DAYS, TodayRequest, Window, check_request, make_window
from academichub.store.records_store import latest_record_number

__all__ = ["Card", "TodayPage", "TodayRequest", "latest_day", "refresh_text_model", "today"]

LineUpName = tuple[str, int, Window, str, str]
"""Database, newest record, window, fingerprints of the radar and of the text model."""

MODELS = "models"
"""Folder of the data folder."""

MAX_LINEUPS = 8
"""Line-ups remembered in memory: paging through batches ranks once."""

MAX_REMEMBERED_WORKS = 25_000
"""Most works in all of them together (about 3 kB each, without the vectors)."""

MAX_RANKED = 20_000
"""Most works of one window that are ranked: the latest announced; a note reports a cut."""


@dataclass(frozen=True, slots=True)
class TodayPage:
    """A page of Today.

    Attributes:
        date: The last day of the window; None where the library is empty.
        first: Its first day.
        total: Works that match and are not hidden, in all batches together.
        empty: Why there are no cards; empty where there are cards.
        empty_code: The code of the first reason (empty_page.py), else None.
        notes: What the reader should know of the page (a wider window, a cut).
        has_more: Whether the next batch has cards.
        on_shelf: Whether the works are those of the starter shelf.
        carried: Unread works of the days before (carried.py), best first.
    """

    date: str | None
    first: str | None
    batch: int
    seed: int
    total: int
    cards: tuple[Card, ...]
    empty: tuple[Message, ...] = ()
    empty_code: str | None = None
    notes: tuple[Message, ...] = ()
    has_more: bool = False
    on_shelf: bool = False
    carried: tuple[Card, ...] = ()

    def document(self, lang: str = "en") -> documents.Today:
        """Return the page as a document, with its sentences in a language and as data."""
        return documents.Today(
            date=self.date,
            batch=self.batch,
            total=self.total,
            empty_because=messages_text(self.empty, lang) or None,
            cards=[card.document(lang) for card in self.cards],
            first=self.first,
            seed=self.seed,
            empty_code=self.empty_code,
            note=messages_text(self.notes, lang) or None,
            details=documents.message_details((*self.empty, *self.notes)),
            has_more=self.has_more,
            on_shelf=self.on_shelf,
            carried=[card.document(lang) for card in self.carried],
        )


@dataclass(frozen=True, slots=True)
class DayOrder:
    """All works of a window in the reader's order, and the notes on them."""

    window: Window
    line: LineUp
    notes: tuple[Message, ...]

    def card(self, place: int, rank: int) -> Card:
        """Return the card of a place of the line-up, with a number of the page's own."""
        return _card(self.line, place, rank)


def whole_order(hub: Hub, request: TodayRequest) -> DayOrder | None:
    """Return the whole order of a request's window; None where nothing has been gathered.

    Raises:
        UsageError: If the request cannot be understood.
        StorageError: If the library cannot be read.
    """
    check_request(request)
    latest = request.date or latest_day(hub)
    if latest is None:
        return None
    window = make_window(widened(request, shelf_fields(hub)), latest)
    line, matching = _line_up(hub, window, Radar(hub.database))
    return DayOrder(window, line, _notes(window, matching, recorded=True))


def today(
    hub: Hub,
    request: TodayRequest | None = None,
    radar: Radar | None = None,
    *,
    account: str = "",
) -> TodayPage:
    """Return a page of Today in the order of a radar; of the first radar where None.

    Args:
        hub: The open hub.
        request: What to show; the latest day's first batch where None.
        radar: The radar; the first one where None.
        account: Whose reading marks decide what is carried over; empty where nobody logs in.

    Raises:
        NotFoundError: If the account has no radar of the name.
        UsageError: If the request cannot be understood.
        StorageError: If the library cannot be read.
    """
    request = request or TodayRequest()
    check_request(request)
    latest = request.date or latest_day(hub)
    if latest is None:
        nothing = empty_page("not_gathered")
        return TodayPage(
            None, None, request.batch, request.seed, 0, (), nothing.messages, nothing.code
        )
    window = make_window(widened(request, shelf_fields(hub)), latest)
    radar = radar or Radar(hub.database)
    line, matching = _line_up(hub, window, radar)
    chosen, recorded = _batch(hub, window, radar, line, request)
    cards = tuple(_card(line, index, rank) for rank, index in enumerate(chosen[-1], 1))
    total = len(line.candidates)
    reason: EmptyPage | None = None
    if not cards:
        reason = empty_page("all_shown") if total else why_empty(hub, window, matching)
    return TodayPage(
        date=window.last,
        first=window.first,
        batch=request.batch,
        seed=request.seed,
        total=total,
        cards=cards,
        empty=reason.messages if reason else (),
        empty_code=reason.code if reason else None,
        notes=_notes(window, matching, recorded),
        has_more=bool(cards) and sum(map(len, chosen)) < total,
        on_shelf=hub.on_shelf,
        carried=() if request.batch else _carried(hub, window, radar, line, account),
    )


def _carried(
    hub: Hub, window: Window, radar: Radar, line: LineUp, account: str
) -> tuple[Card, ...]:
    """Return the cards of unread works of the days before; none while the radar is empty."""
    judged = {signal.value for signal in radar.signals(*JUDGED)}
    if hub.on_shelf or not radar.signals():
        return ()
    earlier, _ = _line_up(hub, days_before(window), radar)
    present = {candidate.work.key for candidate in line.candidates}
    read = ReadingMarks(hub.database, account).read_among(
        candidate.work.key for candidate in earlier.candidates[:HIGH_PLACES]
    )
    places = carried_places(earlier, present, read, judged)
    return tuple(_card(earlier, place, rank) for rank, place in enumerate(places, 1))


def _card(line: LineUp, index: int, rank: int) -> Card:
    candidate, score = line.candidates[index], float(line.scores_N[index])
    return make_card(rank, candidate.work, candidate.announced, score, line.reasons(index))


def latest_day(hub: Hub) -> str | None:
    """Return the day Today shows by default: the ledger's latest, else the latest announced."""
    if hub.on_shelf:
        return hub.daily.last_day()
    return Ledger(hub.database).latest_day() or hub.library.last_day()


def refresh_text_model(hub: Hub) -> bool:
    """Refit the text model if the library has outgrown it; for jobs, after a gather or an import.

    Returns:
        Whether it was stale.
    """
    store = hub.part(Ranking).models
    stale = store.is_stale(hub.daily)
    if stale:
        store.refresh(hub.daily)
    return stale


def text_model(hub: Hub) -> LibraryModel | None:
    """Return the text model of the library that readers see; None where it has no words."""
    return hub.part(Ranking).models.get(hub.daily)


class Ranking(HubPart):
    """What an open hub remembers of its rankings: the text models, and the line-ups used last."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self.models = ModelStore(hub.settings.home / MODELS)
        self._line_ups: OrderedDict[LineUpName, tuple[LineUp, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: LineUpName) -> tuple[LineUp, int] | None:
        """Return a line-up and how many works match its window; None where it is not remembered."""
        with self._lock:
            if name not in self._line_ups:
                return None
            self._line_ups.move_to_end(name)
            return self._line_ups[name]

    def put(self, name: LineUpName, line: LineUp, matching: int) -> None:
        """Remember a line-up; those used longest ago go where there are too many lines or works."""
        with self._lock:
            self._line_ups[name] = line, matching
            works = sum(self.num_works())
            while len(self._line_ups) > 1 and (
                len(self._line_ups) > MAX_LINEUPS or works > MAX_REMEMBERED_WORKS
            ):
                _, (oldest, _) = self._line_ups.popitem(last=False)
                works -= len(oldest.candidates)

    def num_works(self) -> list[int]:
        """Return how many works each remembered line-up ranks, the one used longest ago first."""
        return [len(line.candidates) for line, _ in self._line_ups.values()]


def _line_up(hub: Hub, window: Window, radar: Radar) -> tuple[LineUp, int]:
    """Return a window's line-up and how many works match it, from memory if nothing has changed."""
    library, fields = hub.daily, shelf_fields(hub)
    model = text_model(hub)
    name = (
        library.database.place,
        _stamp(library),
        window,
        radar.fingerprint() + "".join(sorted(fields)),
        model.fingerprint if model else "",
    )
    ranking = hub.part(Ranking)
    remembered = ranking.get(name)
    if remembered is not None:
        return remembered
    signals = radar.signals()
    works = of_fields(library.select(window.where(), limit=MAX_RANKED), fields)
    profile = make_profile(signals, hub.works_named(named_works(signals)))
    candidates = [Candidate(work, window.announcement(work)) for work in works]
    line = line_up(candidates, profile, model, window.last)
    ranking.put(name, line, len(works))
    return line, len(works)


def _stamp(library: Library) -> int:
    """Return a number that grows with every record added to the library."""
    with library.database.read() as connection:
        return latest_record_number(connection)


def _batch(
    hub: Hub, window: Window, radar: Radar, line: LineUp, request: TodayRequest
) -> tuple[list[list[int]], bool]:
    """Return the batches from 0 to the requested one, and whether they could be remembered."""
    scope = (
        window.first,
        window.authors,
        window.sources,
        window.categories,
        request.seed,
        request.size,
    )
    shelf = hub.on_shelf, sorted(shelf_fields(hub))
    named = hashlib.sha256(repr((scope, radar.fingerprint(), shelf)).encode()).hexdigest()
    if not request.batch:
        return choose_batches(line, request.size, 0, request.seed, {}), True
    remembered: dict[int, list[str]] = {}
    try:
        shown = ShownBatches(hub.database, radar.number(), window.last, named)
        remembered = shown.get()
        batches = choose_batches(line, request.size, request.batch, request.seed, remembered)
        shown.put([[line.candidates[index].work.key for index in places] for places in batches])
    except StorageError:
        return choose_batches(line, request.size, request.batch, request.seed, remembered), False
    return batches, True


def _notes(window: Window, matching: int, recorded: bool) -> tuple[Message, ...]:
    notes = []
    if window.widened:
        notes.append(Message.of("today.author_days", days=AUTHOR_DAYS))
    if matching >= MAX_RANKED:
        notes.append(Message.of("today.cut", works=MAX_RANKED))
    if not recorded:
        notes.append(Message.of("today.not_recorded"))
    return tuple(notes)
