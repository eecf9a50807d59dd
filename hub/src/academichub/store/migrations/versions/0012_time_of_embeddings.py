"""An index over the times of embeddings: each page asks for the newest one."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index."""
    op.create_index("ix_work_embeddings_made_at", "work_embeddings", ["made_at", "model"])
