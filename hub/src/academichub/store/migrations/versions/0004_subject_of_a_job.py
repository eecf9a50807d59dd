"""Jobs say which brief they are about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; earlier jobs are about none."""
    op.add_column(
        "jobs", sa.Column("subject", sa.String(length=40), nullable=False, server_default="")
    )
