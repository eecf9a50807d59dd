"""Today: a day's works as numbered cards in the radar's order, in batches, with reasons.

A page without cards explains why it is empty. The command, the pages, the JSON API and the feeds
all call `today`. It reads the library and remembers which batches were shown; the order itself
comes from lineup.py, which is pure.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from academichub import documents
from academichub.errors import StorageError
from academichub.hub import Hub, HubPart
from academichub.i18n.message_text import messages_text
from academichub.library.ledger import Ledger
from academichub.library.works import Library
from academichub.messages import Message
from academichub.radar.batches import ShownBatches, draw_batches, page_of_order
from academichub.radar.cards import Card, make_card
from academichub.radar.carried import (
    HIGH_PLACES,
    JUDGED,
    carried_positions,
    days_before,
    settled_fingerprint,
)
from academichub.radar.empty_page import EmptyPage, empty_page, why_empty
from academichub.radar.lineup import Candidate, LineUp, Meanings, line_up
from academichub.radar.model_store import LibraryModel, ModelStore
from academichub.radar.profile import Profile, make_profile, named_works
from academichub.radar.radar import Radar
from academichub.radar.reading import ReadingMarks
from academichub.radar.shelf_fields import of_fields, shelf_fields, widened
from academichub.radar.window import AUTHOR_DAYS, TodayRequest, Window, check_request, make_window
from academichub.search.embeddings import stamp, stored_vectors
from academichub.store.batches_store import BatchScope
from academichub.store.records_store import latest_record_number
from academichub.works.work import Work

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
    seed: int | None
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

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The works, best first."""
        return self.line.candidates

    def card(self, position: int, rank: int) -> Card:
        """Return the card of a position of the line-up, with a number of the page's own."""
        return _card(self.line, position, rank)


def whole_order(hub: Hub, request: TodayRequest, radar: Radar | None = None) -> DayOrder | None:
    """Return the whole order of a request's window; None where nothing has been gathered.

    Args:
        hub: The open hub.
        request: The window.
        radar: Whose order; the first radar where None.

    Raises:
        NotFoundError: If the account has no radar of the name.
        UsageError: If the request cannot be understood.
        StorageError: If the library cannot be read.
    """
    check_request(request)
    latest = request.date or latest_day(hub)
    if latest is None:
        return None
    window = make_window(widened(request, shelf_fields(hub)), latest)
    line, matching = _line_up(hub, window, radar or Radar(hub.database))
    return DayOrder(window, line, _notes(window, matching, recorded=True))


def today(hub: Hub, request: TodayRequest | None = None, radar: Radar | None = None) -> TodayPage:
    """Return a page of Today.

    Args:
        hub: The open hub.
        request: What to show; the latest day's first batch where None.
        radar: Whose order; the first radar where None. The reading marks of its account decide
            what is carried over.

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
    total = len(line.candidates)
    if request.seed is None:
        chosen = page_of_order(line, request.size, request.batch)
        recorded, has_more = True, (request.batch + 1) * request.size < total
        first_rank = request.batch * request.size + 1
    else:
        batches, recorded = _drawn(hub, window, radar, line, request, request.seed)
        chosen, has_more, first_rank = batches[-1], sum(map(len, batches)) < total, 1
    cards = tuple(_card(line, index, rank) for rank, index in enumerate(chosen, first_rank))
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
        has_more=bool(cards) and has_more,
        on_shelf=hub.on_shelf,
        carried=_carried(hub, window, radar, line) if not request.batch else (),
    )


def _carried(hub: Hub, window: Window, radar: Radar, line: LineUp) -> tuple[Card, ...]:
    """Return the cards of unread works of the days before the newest.

    There are none while the radar is empty, and before an earlier day: nothing is carried into it.
    """
    newest = hub.daily.last_day()
    if hub.on_shelf or (newest is not None and window.last < newest):
        return ()
    signals = radar.signals()
    if not signals:
        return ()
    judged = {signal.value for signal in signals if signal.kind in JUDGED}
    earlier, _ = _line_up(hub, days_before(window), radar, settled_fingerprint(signals))
    present = {candidate.work.key for candidate in line.candidates}
    read = ReadingMarks(hub.database, radar.account).read_among(
        candidate.work.key for candidate in earlier.candidates[:HIGH_PLACES]
    )
    positions = carried_positions(earlier, present, read, judged)
    return tuple(_card(earlier, position, rank) for rank, position in enumerate(positions, 1))


def _card(line: LineUp, index: int, rank: int) -> Card:
    candidate, score = line.candidates[index], float(line.scores_N[index])
    return make_card(
        rank,
        candidate.work,
        candidate.announced,
        score,
        line.reasons(index),
        line.claims.get(index),
    )


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


def _line_up(hub: Hub, window: Window, radar: Radar, fingerprint: str = "") -> tuple[LineUp, int]:
    """Return a window's line-up and how many works match it, from memory if nothing has changed.

    Args:
        hub: The open hub.
        window: The days and filters.
        radar: Whose order.
        fingerprint: What must change before it is ranked again; the radar's own where empty.
    """
    library, fields = hub.daily, shelf_fields(hub)
    model = text_model(hub)
    name = (
        library.database.place,
        _stamp(library),
        window,
        f"{fingerprint or radar.fingerprint()} {stamp(hub.database)} {sorted(fields)}",
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
    line = line_up(candidates, profile, model, window.last, _meanings(hub, works, profile))
    ranking.put(name, line, len(works))
    return line, len(works)


def _meanings(hub: Hub, works: Sequence[Work], profile: Profile) -> Meanings | None:
    """Return the stored vectors of a window's works and the reader's examples, if there are any."""
    if hub.on_shelf or not profile.liked:
        return None
    keys = [work.key for work in (*works, *(work for work, _, _ in profile.liked))]
    vectors = stored_vectors(hub.database, keys)
    return Meanings(vectors) if vectors else None


def _stamp(library: Library) -> int:
    """Return a number that grows with every record added to the library."""
    with library.database.read() as connection:
        return latest_record_number(connection)


def _drawn(
    hub: Hub, window: Window, radar: Radar, line: LineUp, request: TodayRequest, seed: int
) -> tuple[list[list[int]], bool]:
    """Return the batches from 0 to the requested one, and whether they could be remembered."""
    scope = (window.first, window.authors, window.sources, window.categories, request.size)
    filters = hashlib.sha256(
        repr((scope, hub.on_shelf, sorted(shelf_fields(hub)))).encode()
    ).hexdigest()[:40]
    stored: dict[int, list[str]] = {}
    shown: set[str] = set()
    try:
        drawn = ShownBatches(hub.database, BatchScope(radar.number(), window.last, filters, seed))
        stored, shown = drawn.get(), drawn.by_any_seed()
        batches = draw_batches(line, request.size, request.batch, seed, stored, shown)
        drawn.put([[line.candidates[index].work.key for index in places] for places in batches])
    except StorageError:
        return draw_batches(line, request.size, request.batch, seed, stored, shown), False
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
