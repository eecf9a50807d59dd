"""Every table of the hub, as SQLAlchemy Core, without statements.

The tokens table is made by index/fts5.py; the tables of what users say stand in user_schema.py.

Rules: what sources say (`records`) is only ever added; `works` and the tables that refer to a work
are derived from the records by library/merge.py and may be rebuilt; what the user says (radar,
preferences, briefs) refers to works by key, never by row number. Dates are ISO text, moments are
UTC ISO text, durations are seconds.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from academichub.store import reading_schema, user_schema
from academichub.store.metadata import metadata as metadata
from academichub.works.work import CITATION_TEXTS

# ---- What sources said ---------------------------------------------------------------------------

records = Table(
    "records",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String(40), nullable=False),
    Column("source_key", Text, nullable=False),
    Column("hash", String(32), nullable=False, unique=True, doc="of source, key and statement"),
    Column("received_at", String(32), nullable=False),
    Column("statement", Text, nullable=False, doc="the Record as JSON (works/record_codec.py)"),
    Column(
        "raw",
        LargeBinary,
        nullable=False,
        doc="the entry as received, packed against the statement",
    ),
)

record_identifiers = Table(
    "record_identifiers",
    metadata,
    Column("scheme", String(12), nullable=False),
    Column("value", Text, nullable=False),
    Column("record_id", ForeignKey("records.id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("scheme", "value", "record_id"),
    Index("ix_record_identifiers_record_id", "record_id"),
    sqlite_with_rowid=False,
)

# ---- What they add up to -------------------------------------------------------------------------

works = Table(
    "works",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("abstract", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("authors", JSON, nullable=False, doc="record_codec.encode_people"),
    Column("categories", JSON, nullable=False),
    Column("sources", JSON, nullable=False),
    Column("published", String(10), nullable=False),
    Column("updated", String(10), nullable=False),
    Column("comment", Text, nullable=False),
    Column("journal_ref", Text, nullable=False),
    Column("venue", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("license", Text, nullable=False),
    Column("language", String(12), nullable=False),
    Column("field", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column(
        "title_text", Text, doc="LaTeX made readable; empty: as the title; null: not converted yet"
    ),
    Column("abstract_text", Text, doc="the same of the abstract"),
    *(Column(name, Text, nullable=False, server_default="") for name in CITATION_TEXTS),
    Column("editors", JSON, nullable=False, server_default="[]", doc="as authors"),
)
Index(
    "ix_works_without_text",
    works.c.id,
    sqlite_where=works.c.title_text.is_(None),
    postgresql_where=works.c.title_text.is_(None),
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("scheme", String(12), nullable=False),
    Column("value", Text, nullable=False),
    Column("work_id", ForeignKey("works.id", ondelete="CASCADE"), nullable=False),
    PrimaryKeyConstraint("scheme", "value"),
    Index("ix_identifiers_work_id", "work_id"),
    sqlite_with_rowid=False,
)

versions = Table(
    "versions",
    metadata,
    Column("work_id", ForeignKey("works.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("submitted", String(10)),
    Column("announced", String(10)),
    PrimaryKeyConstraint("work_id", "version"),
    sqlite_with_rowid=False,
)

announcements = Table(
    "announcements",
    metadata,
    Column("work_id", ForeignKey("works.id", ondelete="CASCADE"), nullable=False),
    Column("date", String(10), nullable=False),
    Column("source", String(40), nullable=False),
    Column("category", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("type", String(16), nullable=False),
    PrimaryKeyConstraint("work_id", "date", "source", "category", "version", "type"),
    Index("ix_announcements_date", "date"),
    sqlite_with_rowid=False,
)

work_authors = Table(
    "work_authors",
    metadata,
    Column("work_id", ForeignKey("works.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("name_key", Text, nullable=False, doc="identifiers.fold(name)"),
    PrimaryKeyConstraint("work_id", "position"),
    Index("ix_work_authors_name_key", "name_key"),
    sqlite_with_rowid=False,
)

work_categories = Table(
    "work_categories",
    metadata,
    Column("work_id", ForeignKey("works.id", ondelete="CASCADE"), nullable=False),
    Column("category", Text, nullable=False),
    PrimaryKeyConstraint("work_id", "category"),
    Index("ix_work_categories_category", "category"),
    sqlite_with_rowid=False,
)

# ---- Gathering -----------------------------------------------------------------------------------

ledger = Table(
    "ledger",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String(40), nullable=False),
    Column("window", Text, nullable=False),
    Column("day", String(10), nullable=False, doc="the server's day"),
    Column("asked", Integer, nullable=False),
    Column("expected", Integer),
    Column("received", Integer, nullable=False),
    Column("merged", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("status", String(10), nullable=False),
    Column("failure", String(20), nullable=False),
    Column("messages", JSON, nullable=False, doc="messages.py: [{code, params}, ...]"),
    Column("started_at", String(32), nullable=False),
    Column("finished_at", String(32), nullable=False),
    Index("ix_ledger_day", "day"),
)

source_state = Table(
    "source_state",
    metadata,
    Column("source", String(40), nullable=False),
    Column("name", Text, nullable=False),
    Column("value", JSON, nullable=False),
    PrimaryKeyConstraint("source", "name"),
)

http_validators = Table(
    "http_validators",
    metadata,
    Column("url", Text, primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("saved_at", String(32), nullable=False),
)

pace = Table(
    "pace",
    metadata,
    Column("group_name", String(80), primary_key=True),
    Column("free_at", Float, nullable=False, doc="epoch seconds before which no request may start"),
    Column(
        "holder",
        Text,
        nullable=False,
        doc="host:pid:token of the process now asking; empty: nobody",
    ),
    Column(
        "held_until",
        Float,
        nullable=False,
        doc="epoch seconds after which a holder is taken for dead",
    ),
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("url", Text, nullable=False, unique=True, doc="feed address, or crossref:<issn>"),
    Column("title", Text, nullable=False),
    Column("field", String(40), nullable=False),
    Column("issn", String(9), nullable=False),
    Column("via", String(10), nullable=False, doc="feed or crossref"),
    Column("origin", String(12), nullable=False, doc="catalogue, opml or user"),
    Column("enabled", Boolean, nullable=False),
    Column("added_at", String(32), nullable=False),
    Column("last_ok_at", String(32)),
    Column("last_messages", JSON, nullable=False, doc="as in the ledger"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("state", String(12), nullable=False, doc="queued, running, done, failed or cancelled"),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column(
        "messages",
        JSON,
        nullable=False,
        doc="progress, result or reason of failure; as in the ledger",
    ),
    Column("cancel_requested", Boolean, nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("heartbeat_at", String(32), nullable=False),
    Column("finished_at", String(32)),
    Column(
        "subject", String(40), nullable=False, doc="the brief a job is about; empty for a gather"
    ),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires_at", Float, nullable=False),
)

# ---- Language models -----------------------------------------------------------------------------

model_days = Table(
    "model_days",
    metadata,
    Column("day", String(10), primary_key=True, doc="UTC day"),
    Column("tokens", Integer, nullable=False, doc="spent or set aside"),
)

model_calls = Table(
    "model_calls",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", String(10), nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("model", Text, nullable=False),
    Column("purpose", String(12), nullable=False, doc="chat or embedding"),
    Column("outcome", String(20), nullable=False, doc="answered, cached, or how it failed"),
    Column("prompt_tokens", Integer, nullable=False),
    Column("completion_tokens", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Index("ix_model_calls_day", "day"),
)

model_answers = Table(
    "model_answers",
    metadata,
    Column(
        "key",
        String(64),
        primary_key=True,
        doc="hash of endpoint, model, messages, sampling and shape",
    ),
    Column("model", Text, nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("answer", JSON, nullable=False),
)

work_embeddings = Table(
    "work_embeddings",
    metadata,
    Column("work_key", Text, nullable=False),
    Column("model", String(200), nullable=False),
    Column("text_hash", String(16), nullable=False, doc="of the text that was embedded"),
    Column("vector", LargeBinary, nullable=False, doc="float16, little endian, of unit length"),
    Column("made_at", String(32), nullable=False),
    PrimaryKeyConstraint("model", "work_key"),
    Index("ix_work_embeddings_made_at", "made_at", "model"),
)

# ---- The user ------------------------------------------------------------------------------------

radars = user_schema.radars
radar_signals = user_schema.radar_signals
waiting_examples = user_schema.waiting_examples
example_collections = user_schema.example_collections
radar_changes = user_schema.radar_changes
batches_shown = user_schema.batches_shown
briefs = user_schema.briefs
written_briefs = user_schema.written_briefs
radar_briefs = user_schema.radar_briefs
preferences = user_schema.preferences
account_preferences = user_schema.account_preferences
accounts = user_schema.accounts
sessions = user_schema.sessions
works_read = reading_schema.works_read
visits = reading_schema.visits
