"""The tables of what users say: radars, briefs, preferences, accounts. Reached as `schema.NAME`."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from academichub.store.metadata import metadata

radars = Table(
    "radars",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account", String(64), nullable=False, doc="empty in a hub without accounts"),
    Column("name", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    UniqueConstraint("account", "name"),
)

radar_signals = Table(
    "radar_signals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("radar_id", ForeignKey("radars.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("value", Text, nullable=False),
    Column("weight", Float, nullable=False),
    Column("added_at", String(32), nullable=False),
    UniqueConstraint("radar_id", "kind", "value"),
)

waiting_examples = Table(
    "waiting_examples",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("radar_id", ForeignKey("radars.id", ondelete="CASCADE"), nullable=False),
    Column("text", Text, nullable=False, doc="as the reader wrote it, or the title of an entry"),
    Column("first_author", Text, nullable=False, doc="of an entry of a file; empty where unknown"),
    Column("collection", Text, nullable=False, doc="as in example_collections; empty for none"),
    Column("reason", JSON, nullable=False, doc="why it waits, as in the ledger"),
    Column("added_at", String(32), nullable=False),
    Column("tried_at", String(32), nullable=False),
    UniqueConstraint("radar_id", "text", "first_author"),
)

example_collections = Table(
    "example_collections",
    metadata,
    Column("radar_id", ForeignKey("radars.id", ondelete="CASCADE"), nullable=False),
    Column("work_key", Text, nullable=False),
    Column("name", Text, nullable=False, doc="of the library file the example came with"),
    PrimaryKeyConstraint("radar_id", "work_key", "name"),
)

radar_changes = Table(
    "radar_changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("radar_id", ForeignKey("radars.id", ondelete="CASCADE"), nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("change", JSON, nullable=False, doc="what to put back to undo it"),
)

batches_shown = Table(
    "batches_shown",
    metadata,
    Column("radar_id", ForeignKey("radars.id", ondelete="CASCADE"), nullable=False),
    Column("day", String(10), nullable=False),
    Column("scope", String(64), nullable=False, doc="hash of filters and seed"),
    Column("batch", Integer, nullable=False),
    Column("work_key", Text, nullable=False),
    PrimaryKeyConstraint("radar_id", "day", "scope", "work_key"),
)

briefs = Table(
    "briefs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("day", String(10), nullable=False),
    Column("lang", String(8), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("document", JSON, nullable=False),
)

written_briefs = Table(
    "written_briefs",
    metadata,
    Column("brief_id", ForeignKey("briefs.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "extract_id", String(40), nullable=False, doc="the extractive brief it was written over"
    ),
    Column("model", Text, nullable=False),
    Column("lang", String(8), nullable=False),
    Column("prompts", String(12), nullable=False, doc="version of the prompts"),
    Column("asked", Integer, nullable=False, doc="sentences the model was asked for"),
    Column("rewritten", Integer, nullable=False, doc="those that passed every check"),
    Column("made_at", String(32), nullable=False),
    Column("set_aside", Boolean, nullable=False, doc="the extracts are shown in its place"),
    Index("ix_written_briefs_extract_id", "extract_id"),
)

radar_briefs = Table(
    "radar_briefs",
    metadata,
    Column("radar_id", ForeignKey("radars.id", ondelete="CASCADE"), nullable=False),
    Column("brief_id", ForeignKey("briefs.id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("radar_id", "brief_id"),
    Index("ix_radar_briefs_brief_id", "brief_id"),
)

preferences = Table(
    "preferences",
    metadata,
    Column("name", String(60), primary_key=True, doc="choices for the whole hub"),
    Column("value", JSON, nullable=False),
)

account_preferences = Table(
    "account_preferences",
    metadata,
    Column("account", String(64), nullable=False, doc="empty in a hub without accounts"),
    Column("name", String(60), nullable=False),
    Column("value", JSON, nullable=False),
    PrimaryKeyConstraint("account", "name"),
)

accounts = Table(
    "accounts",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account", ForeignKey("accounts.name", ondelete="CASCADE"), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
)
