"""The first schema."""

from __future__ import annotations

from academichub.search import lexical
from alembic import op

from academichub.library.schema import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
    lexical.create(op.get_bind())
