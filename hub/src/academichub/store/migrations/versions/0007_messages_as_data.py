"""What happened is stored as codes and parameters, and put into words when it is shown.

The ledger, followed feeds and jobs held English sentences. Each becomes a message of code `plain`
with the sentence as its text; the sentence of an interrupted request gets its own code.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NOT_FINISHED = "not finished: the program was stopped before the end; the next gather asks again"
ROWS_AT_ONCE = 1000


def upgrade() -> None:
    """Add the columns of messages, fill them from the texts, drop the texts."""
    _replace("ledger", ("message",), "messages")
    _replace("feeds", ("last_message",), "last_messages")
    _replace("jobs", ("error", "message"), "messages")


def _replace(table: str, texts: tuple[str, ...], messages: str) -> None:
    """Replace columns of text by one of messages, made of the first text that is not empty."""
    op.add_column(table, sa.Column(messages, sa.JSON(), nullable=False, server_default="[]"))
    rows = sa.table(
        table,
        sa.column("id", sa.Integer),
        *(sa.column(name, sa.Text) for name in texts),
        sa.column(messages, sa.JSON),
    )
    connection = op.get_bind()
    last = 0
    while batch := connection.execute(
        sa.select(rows).where(rows.c.id > last).order_by(rows.c.id).limit(ROWS_AT_ONCE)
    ).all():
        last = batch[-1].id
        for row in batch:
            text = next((row._mapping[name] for name in texts if row._mapping[name]), "")
            if text:
                connection.execute(
                    sa.update(rows).where(rows.c.id == row.id).values({messages: [_message(text)]})
                )
    for name in texts:
        op.drop_column(table, name)


def _message(text: str) -> dict[str, object]:
    if text == NOT_FINISHED:
        return {"code": "ledger.not_finished", "params": {}}
    return {"code": "plain", "params": {"text": text}}
