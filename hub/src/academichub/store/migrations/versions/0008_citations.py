"""Works carry what a citation needs: volume, number, pages, publisher, editors and the like.

The columns begin empty, which is quick for a library of any size: no statement stored so far says
any of them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXTS = (
    "volume",
    "number",
    "pages",
    "publisher",
    "school",
    "series",
    "edition",
    "place",
    "isbn",
    "issn",
    "citation_key",
)


def upgrade() -> None:
    """Add the columns."""
    for name in TEXTS:
        op.add_column("works", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("works", sa.Column("editors", sa.JSON(), nullable=False, server_default="[]"))
