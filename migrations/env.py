"""Runs the migrations on the connection that core's caller hands over."""

from typing import Any

from alembic import context

from core.database import Base

connection: Any = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
