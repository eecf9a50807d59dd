"""Columns for titles and abstracts with their LaTeX made readable.

The columns begin empty, which is quick for a library of any size; library/texts.py fills them batch
by batch.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and an index of the works that are still to be converted."""
    op.add_column("works", sa.Column("title_text", sa.Text(), nullable=True))
    op.add_column("works", sa.Column("abstract_text", sa.Text(), nullable=True))
    unread = sa.text("title_text IS NULL")
    op.create_index(
        "ix_works_without_text", "works", ["id"], sqlite_where=unread, postgresql_where=unread
    )
