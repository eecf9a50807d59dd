"""Briefs that a model wrote: over which extractive brief, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "written_briefs",
        sa.Column("brief_id", sa.String(length=40), nullable=False),
        sa.Column("extract_id", sa.String(length=40), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("prompts", sa.String(length=12), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("rewritten", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("set_aside", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brief_id"], ["briefs.id"], name=op.f("fk_written_briefs_brief_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("brief_id", name=op.f("pk_written_briefs")),
    )
    op.create_index("ix_written_briefs_extract_id", "written_briefs", ["extract_id"], unique=False)
