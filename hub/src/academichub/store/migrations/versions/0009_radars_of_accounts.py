"""Each account has its own radars, reading list and briefs; a radar has a name within its account.

Everything stored so far goes to the first account, or stays with the hub where it has no accounts
(the empty account). Briefs go to the radar they were written for: until now there was one.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MAIN = "main"
SAVED = "saved_works"
CHILDREN = ("radar_signals", "radar_changes", "batches_shown")
"""Tables whose rows belong to a radar."""


def upgrade() -> None:
    """Give radars an account, and make the tables of an account's preferences and briefs."""
    connection = op.get_bind()
    owner = _first_account(connection)
    if connection.dialect.name == "sqlite":
        _remake_radars(owner)
    else:
        op.add_column(
            "radars", sa.Column("account", sa.String(64), nullable=False, server_default=owner)
        )
        op.alter_column("radars", "account", server_default=None)
        op.drop_constraint("uq_radars_name", "radars")
        op.create_unique_constraint("uq_radars_account_name", "radars", ["account", "name"])
        op.alter_column("radar_signals", "kind", type_=sa.String(20))
    _add_account_preferences(connection, owner)
    _add_radar_briefs(connection, owner)


def _first_account(connection: sa.Connection) -> str:
    """Return the account that was made first, or the empty name."""
    accounts = sa.table("accounts", sa.column("name"), sa.column("created_at"))
    query = sa.select(accounts.c.name).order_by(accounts.c.created_at, accounts.c.name).limit(1)
    return str(connection.scalar(query) or "")


def _remake_radars(owner: str) -> None:
    """Replace SQLite's table of radars by one whose names are unique within an account.

    SQLite can only replace a table, and dropping one deletes, by its foreign keys, the rows that
    refer to it; they wait in temporary tables.
    """
    for name in CHILDREN:
        op.execute(f"CREATE TEMP TABLE waiting_{name} AS SELECT * FROM {name}")  # noqa: S608
    op.create_table(
        "new_radars",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_radars"),
        sa.UniqueConstraint("account", "name", name="uq_radars_account_name"),
    )
    copy = "INSERT INTO new_radars SELECT id, :owner, name, created_at FROM radars"
    op.execute(sa.text(copy).bindparams(owner=owner))
    op.drop_table("radars")
    op.rename_table("new_radars", "radars")
    with op.batch_alter_table("radar_signals") as signals:
        signals.alter_column("kind", existing_type=sa.String(12), type_=sa.String(20))
    for name in CHILDREN:
        op.execute(f"INSERT INTO {name} SELECT * FROM waiting_{name}")  # noqa: S608
        op.execute(f"DROP TABLE waiting_{name}")


def _add_account_preferences(connection: sa.Connection, owner: str) -> None:
    """Make the table, and move the reading list, which is the only such preference so far."""
    mine = op.create_table(
        "account_preferences",
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name", name="pk_account_preferences"),
    )
    of_hub = sa.table("preferences", sa.column("name"), sa.column("value", sa.JSON()))
    saved = connection.scalar(sa.select(of_hub.c.value).where(of_hub.c.name == SAVED))
    if saved is not None:
        connection.execute(sa.insert(mine).values(account=owner, name=SAVED, value=saved))
        connection.execute(sa.delete(of_hub).where(of_hub.c.name == SAVED))


def _add_radar_briefs(connection: sa.Connection, owner: str) -> None:
    """Make the table, and give every brief to the one radar there was; make that where needed."""
    owned = op.create_table(
        "radar_briefs",
        sa.Column("radar_id", sa.Integer(), nullable=False),
        sa.Column("brief_id", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["radar_id"], ["radars.id"], name="fk_radar_briefs_radar_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["brief_id"], ["briefs.id"], name="fk_radar_briefs_brief_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("radar_id", "brief_id", name="pk_radar_briefs"),
    )
    op.create_index("ix_radar_briefs_brief_id", "radar_briefs", ["brief_id"])
    briefs = connection.scalars(sa.select(sa.table("briefs", sa.column("id")).c.id)).all()
    if not briefs:
        return
    radars = sa.table(
        "radars",
        sa.column("id", sa.Integer()),
        sa.column("account"),
        sa.column("name"),
        sa.column("created_at"),
    )
    number = connection.scalar(sa.select(radars.c.id).order_by(radars.c.id).limit(1))
    if number is None:
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        values = {"account": owner, "name": MAIN, "created_at": moment}
        number = connection.scalar(sa.insert(radars).values(**values).returning(radars.c.id))
    connection.execute(
        sa.insert(owned), [{"radar_id": number, "brief_id": brief} for brief in briefs]
    )
