"""The last guard of a gather: what our own code fails on costs one item, page, feed or category.

The log gets the traceback and the ledger "our fault"; the gather goes on, and its exit code is 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from academichub.errors import SourceError
from academichub.faults import ENDS_THE_GATHER, MAX_TRACEBACKS, our_fault
from academichub.gathering.asker import Asker
from academichub.library.ledger import Entry
from academichub.messages import Message
from academichub.works.work import Record


@contextmanager
def last_guard(asker: Asker, source: str, window: str, *entries: Entry) -> Iterator[None]:
    """Gather one feed, category or list inside the `with` block; an unforeseen exception ends here.

    It closes the ledger rows opened inside the block and those given; if there are none, a new one.

    Args:
        asker: The gather.
        source: The source module, for a new row.
        window: What is gathered, for a new row and the log.
        entries: Rows opened before the block that a fault in it concerns.
    """
    before = set(asker.open_rows)
    try:
        yield
    except ENDS_THE_GATHER:
        raise
    except Exception as problem:
        begun = [row for number, row in asker.open_rows.items() if number not in before]
        rows = [row for row in (*entries, *begun) if not row.is_closed]
        rows = rows or [asker.open(source, window, asker.best_day())]
        _close_failed(asker, rows, problem, window)


def _close_failed(asker: Asker, rows: Sequence[Entry], problem: Exception, window: str) -> None:
    if isinstance(problem, SourceError):
        failure, message = problem.failure, problem.message
    else:
        gathering = Message.of("fault.gathering", window=window)
        failure, message = "our_fault", our_fault(problem, gathering)
    for row in rows:
        row.fail(failure, message)
        row.day = row.day or asker.best_day()
        asker.close(row)


def note_faults(entry: Entry, faults: Sequence[Message]) -> None:
    """Write items our own code failed on into their ledger row."""
    if faults:
        entry.failed += len(faults)
        first = faults[0]
        if len(faults) > 1:
            first = Message.of("fault.and_more", first=first, count=len(faults) - 1)
        entry.fail("our_fault", first, status="partial")


def merge(asker: Asker, entry: Entry, records: Sequence[Record]) -> int:
    """Merge records into the library, and return how many were merged.

    Where merging them together fails for an unforeseen reason, each is merged by itself, so that
    the one at fault costs itself alone.

    Raises:
        StorageError: If the database cannot be written.
    """
    try:
        asker.hub.library.add(records)
        return len(records)
    except ENDS_THE_GATHER:
        raise
    except Exception as problem:
        together = our_fault(
            problem, Message.of("fault.merging", count=len(records), window=entry.window)
        )
    merged, faults = _merge_singly(asker, records)
    note_faults(entry, faults or [together])
    return merged


def _merge_singly(asker: Asker, records: Sequence[Record]) -> tuple[int, list[Message]]:
    """Merge records one by one; return how many were merged, and a message for each that failed."""
    merged, faults = 0, []
    for record in records:
        try:
            asker.hub.library.add([record])
            merged += 1
        except ENDS_THE_GATHER:
            raise
        except Exception as problem:
            merging = Message.of("fault.merging_record", name=record.source_key[:100])
            faults.append(our_fault(problem, merging))
            if not merged and len(faults) >= MAX_TRACEBACKS:
                raise  # it is not one bad record
    return merged, faults
