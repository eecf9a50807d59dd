"""The tables of reading marks and of visits; they belong to the schema (schema.py)."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, String, Table, Text

from academichub.store.metadata import metadata

works_read = Table(
    "works_read",
    metadata,
    Column("account", String(64), nullable=False, doc="empty where nobody logs in"),
    Column("work_key", Text, nullable=False),
    Column("read_at", String(32), nullable=False),
    PrimaryKeyConstraint("account", "work_key"),
    Index("ix_works_read_read_at", "account", "read_at"),
)

visits = Table(
    "visits",
    metadata,
    Column("account", String(64), primary_key=True, doc="empty where nobody logs in"),
    Column("last_at", String(32), nullable=False, doc="latest sign of the visit under way"),
    Column("last_day", String(10), nullable=False, doc="newest day in the library then"),
    Column("last_record", Integer, nullable=False, doc="number of the newest record then"),
    Column("before_at", String(32), doc="latest sign of the visit before; null in the first one"),
    Column("before_day", String(10)),
    Column("before_record", Integer),
)
