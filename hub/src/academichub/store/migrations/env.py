"""Alembic environment: runs the migrations on the connection that store/database.py hands over."""

from __future__ import annotations

from alembic import context

from academichub.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
context.run_migrations()
