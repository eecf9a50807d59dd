"""Leases: at most one process does a named thing at a time, and a dead one does not hold it for ever.

A lease is a row with its holder and the moment it runs out; who holds it renews it. Clocks of the machines that share a
database must agree to within a fraction of a lease's length.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable

from sqlalchemy import delete, insert, update

from academichub.library import schema
from academichub.library.database import Database

LEASE_S = 60.0
"""How long a lease lasts without being renewed."""


class Lease:
    """One holder's claim on a name.

    Args:
        database: Where leases are kept.
        name: What is claimed.
        length_s: Seconds it lasts without renewal.
        clock: Epoch seconds.
    """

    def __init__(
        self, database: Database, name: str, length_s: float = LEASE_S, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._clock = clock
        self.name = name
        self.length_s = length_s
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def take(self) -> bool:
        """Take or renew the lease; return False while another holds it."""
        table, now = schema.leases, self._clock()
        with self._database.write() as connection:
            connection.execute(delete(table).where(table.c.name == self.name, table.c.expires_at < now))
            mine = (table.c.name == self.name, table.c.holder == self.holder)
            if connection.execute(update(table).where(*mine).values(expires_at=now + self.length_s)).rowcount:
                return True
            taken = connection.execute(table.select().where(table.c.name == self.name)).first()
            if taken is not None:
                return False
            values = {"name": self.name, "holder": self.holder, "expires_at": now + self.length_s}
            connection.execute(insert(table).values(**values))
            return True

    def give_back(self) -> None:
        """Give the lease back; nothing happens where another holds it."""
        table = schema.leases
        with self._database.write() as connection:
            connection.execute(delete(table).where(table.c.name == self.name, table.c.holder == self.holder))
