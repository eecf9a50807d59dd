"""Our own faults: exceptions nobody foresaw. The log gets the traceback, the reader a sentence."""

from __future__ import annotations

import logging

from academichub.errors import CancelledError, StorageError

log = logging.getLogger("academichub.faults")

MAX_TRACEBACKS = 20
"""Faults in a row that are worth a traceback each, or another try with the next item."""

ENDS_THE_GATHER = (CancelledError, StorageError, BrokenPipeError)
"""Exceptions no guard may catch: the user stopped it, the disk is full, nobody reads the output."""


def our_fault(problem: Exception, activity: str) -> str:
    """Log an unforeseen exception with its traceback, and return what the ledger says of it.

    Args:
        problem: The exception.
        activity: What was going on, such as `reading entry 3 of https://example.org/feed`.
    """
    log.error("%s while %s", type(problem).__name__, activity, exc_info=problem)
    return f"{type(problem).__name__} while {activity}; the traceback is in the log"
