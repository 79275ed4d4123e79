"""Alembic's entry: runs the migrations on the connection that workflow.store.schema hands over."""

from alembic import context

from workflow.store.rows import Row

context.configure(connection=context.config.attributes["connection"], target_metadata=Row.metadata)
with context.begin_transaction():
    context.run_migrations()
