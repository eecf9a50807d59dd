"""Leases: at most one process does a named thing at a time, and a dead one loses its claim.

A lease is a row with its holder and the moment it runs out; who holds it renews it. Clocks of the
machines that share a database must agree to within a fraction of a lease's length.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path

from academichub.store.database import Database
from academichub.store.leases_store import (
    LeaseRow,
    lease_row,
    remove_lease_row,
    write_lease_row,
)

LEASE_S = 60.0
"""How long a lease lasts without being renewed."""

_PROCESS = secrets.token_hex(4)
"""Tells this process from an earlier one of the same number (a restarted container)."""


class Lease:
    """One holder's claim on a name.

    Args:
        database: The database that stores the leases.
        name: What is claimed.
        length_s: Seconds it lasts without renewal.
        clock: Epoch seconds.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        length_s: float = LEASE_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._clock = clock
        self.name = name
        self.length_s = length_s
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{_PROCESS}:{secrets.token_hex(4)}"

    def take(self) -> bool:
        """Take or renew the lease; return False while another holds it."""
        now = self._clock()
        with self._database.write() as connection:
            current = lease_row(connection, self.name)
            if (
                current is not None
                and current.holder != self.holder
                and current.expires_at >= now
                and not is_gone(current.holder)
            ):
                return False
            write_lease_row(connection, self.name, LeaseRow(self.holder, now + self.length_s))
        return True

    def is_free(self) -> bool:
        """Whether nobody alive holds the lease."""
        with self._database.read() as connection:
            current = lease_row(connection, self.name)
        return current is None or current.expires_at < self._clock() or is_gone(current.holder)

    def give_back(self) -> None:
        """Give the lease back; nothing happens where another holds it."""
        with self._database.write() as connection:
            remove_lease_row(connection, self.name, self.holder)


def is_gone(holder: str) -> bool:
    """Whether a holder is certainly dead: a process of this machine that no longer runs.

    Holders on other machines count as alive.
    """
    host, number, process = holder.split(":")[:3]
    if host != socket.gethostname() or process == _PROCESS or os.name != "posix":
        return False
    if int(number) == os.getpid():
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _is_zombie(int(number))


def _is_zombie(number: int) -> bool:
    """Whether a process has ended and waits to be reaped, which in a container may never happen."""
    try:
        stat = Path(f"/proc/{number}/stat").read_text("latin-1")
    except OSError:  # not Linux, or gone by now
        return False
    return stat.rpartition(")")[2].split()[:1] == ["Z"]
