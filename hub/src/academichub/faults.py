"""Our own faults: exceptions nobody foresaw. The log gets the traceback, the reader a sentence."""

from __future__ import annotations

import logging

from academichub.errors import CancelledError, StorageError
from academichub.i18n.message_text import message_text
from academichub.messages import Message

log = logging.getLogger("academichub.faults")

MAX_TRACEBACKS = 20
"""Faults in a row that are worth a traceback each, or another try with the next item."""

ENDS_THE_GATHER = (CancelledError, StorageError, BrokenPipeError)
"""Exceptions no guard may catch: the user stopped it, the disk is full, nobody reads the output."""


def our_fault(problem: Exception, activity: Message) -> Message:
    """Log an unforeseen exception with its traceback, and return what the ledger says of it.

    Args:
        problem: The exception.
        activity: What was going on: the message `fault.reading`, `fault.gathering` or
            `fault.merging`.
    """
    log.error("%s while %s", type(problem).__name__, message_text(activity), exc_info=problem)
    return Message.of("fault.logged", exception=type(problem).__name__, activity=activity)
