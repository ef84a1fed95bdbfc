"""A migrated store is what the code expects; a newer one is refused."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

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
from plugins.store.engine import Store, StoreError
from plugins.store.migrate import current, migrate, newest
from plugins.store.tables import ENTITY_TABLES, metadata
from tests.making import keep, person, stored


def test_a_migrated_store_equals_the_models(store: Store) -> None:
    with store.reading() as connection:
        assert current(connection) == newest()
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(store: Store) -> None:
    keep(store, person("1"))
    migrate(store)
    assert len(stored(store, ENTITY_TABLES["customer"])) == 1


def test_an_empty_store_has_no_revision(sqlite_url: str) -> None:
    from plugins.store.engine import open_store

    opened = open_store(sqlite_url)
    with opened.reading() as connection:
        assert current(connection) is None


def test_a_store_of_a_newer_program_is_refused_with_one_line(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError) as caught:
        migrate(store)
    assert str(caught.value) == f"store: at revision 9999, newer than this program ({newest()}); install the newer one"


def test_o6_a_migration_that_was_broken_off_can_be_run_again(sqlite_url: str) -> None:
    from plugins.store.engine import open_store

    opened = open_store(sqlite_url)
    with opened.writing() as connection:
        connection.execute(text("CREATE TABLE call (key TEXT)"))
    with pytest.raises(Exception, match="already exists"):
        migrate(opened)
    with opened.writing() as connection:
        assert inspect(connection).get_table_names() == ["call"]
        connection.execute(text("DROP TABLE call"))
    migrate(opened)
    with opened.reading() as connection:
        assert current(connection) == newest()
