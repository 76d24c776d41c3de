"""Run by Alembic: migrations happen on the connection, and in the transaction, of the caller."""

from __future__ import annotations

from alembic import context

from skypact.node.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
)
context.run_migrations()
