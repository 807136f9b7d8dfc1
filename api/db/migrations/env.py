"""Alembic's door: the connection is handed in by `api.db.migrate`."""

from __future__ import annotations

from alembic import context

from api.db.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
