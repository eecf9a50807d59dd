"""Examples that could not be resolved yet wait in a table; another says which file each came with.

Both begin empty: no example named so far waits, and none remembers its file.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "waiting_examples",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("radar_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_author", sa.Text(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.String(32), nullable=False),
        sa.Column("tried_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["radar_id"],
            ["radars.id"],
            name=op.f("fk_waiting_examples_radar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_examples")),
        sa.UniqueConstraint(
            "radar_id",
            "text",
            "first_author",
            name=op.f("uq_waiting_examples_radar_id_text_first_author"),
        ),
    )
    op.create_table(
        "example_collections",
        sa.Column("radar_id", sa.Integer(), nullable=False),
        sa.Column("work_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["radar_id"],
            ["radars.id"],
            name=op.f("fk_example_collections_radar_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "radar_id", "work_key", "name", name=op.f("pk_example_collections")
        ),
    )
