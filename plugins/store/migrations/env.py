"""Alembic's entry: runs inside the transaction that `plugins.store.migrate` opened."""

from alembic import context

from plugins.store import (  # noqa: F401 - tables that belong to the store
    alarm_tables,
    console_tables,
    decided_tables,
    errand_tables,
    event_tables,
    knock_tables,
    loyalty_tables,
    rights_tables,
    size_tables,
)
from plugins.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
