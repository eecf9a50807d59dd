"""Which works each reader has read, and when each was here last.

Both tables begin empty: every work of an older library is unread, and the first visit has none
before it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "works_read",
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("work_key", sa.Text(), nullable=False),
        sa.Column("read_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("account", "work_key", name=op.f("pk_works_read")),
    )
    op.create_index("ix_works_read_read_at", "works_read", ["account", "read_at"])
    op.create_table(
        "visits",
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("last_at", sa.String(32), nullable=False),
        sa.Column("last_day", sa.String(10), nullable=False),
        sa.Column("last_record", sa.Integer(), nullable=False),
        sa.Column("before_at", sa.String(32), nullable=True),
        sa.Column("before_day", sa.String(10), nullable=True),
        sa.Column("before_record", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_visits")),
    )
