"""Bringing a store to the present shape: every migration is one transaction, so a broken one can be run again."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from plugins.store.engine import Store, StoreError

SCRIPTS = Path(__file__).parent / "migrations"


def newest() -> str:
    """Return the revision this code was written for."""
    return max(path.stem.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py"))


def current(connection: Connection) -> str | None:
    """Return the revision a store is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def migrate(store: Store) -> None:
    """Bring the store to the newest revision; does nothing when it is there already."""
    with store.reading() as connection:
        at = current(connection)
    if at == newest():
        return
    if at is not None and at > newest():
        raise StoreError(f"store: at revision {at}, newer than this program ({newest()}); install the newer one")
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with store.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
