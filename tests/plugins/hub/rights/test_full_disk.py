"""A no is kept on a full disk: the reserve beside the store is let go for it, and for nothing else."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from sqlalchemy import event, text

from plugins.hub.rights import erasing
from plugins.store.ballast import ballast_path, lay
from plugins.store.engine import Store
from plugins.store.tables import ENTITY_TABLES
from tests.making import person, stored
from tests.plugins.hub.rights.people import named, settle
from tests.road.stage import Stage, act, reader


def fill_disk(store: Store) -> None:
    """Let the disk be full for as long as the reserve lies there."""
    lay(store)

    def full(connection: Any, _record: object) -> None:
        if ballast_path(store).exists():
            connection.execute("PRAGMA max_page_count = 1")

    store.close()
    event.listen(store.engine, "connect", full)


def pages_to_spare(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.execute(text("PRAGMA freelist_count")).scalar_one())


def whole(store: Store) -> bool:
    with store.reading() as connection:
        return connection.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]


def test_f21_o3_an_erasure_is_kept_on_a_full_disk(stage: Stage) -> None:
    found = settle(stage)
    fill_disk(stage.store)
    assert ballast_path(stage.store).stat().st_size == 64 << 20
    assert ballast_path(stage.store).stat().st_mode & 0o077 == 0
    erasing.erase(stage.hub, found, "asked " + "x" * 4096 * (pages_to_spare(stage.store) + 2))
    assert not ballast_path(stage.store).exists()
    assert "customer" not in named(stage.store)
    assert whole(stage.store)
    lay(stage.store)
    assert ballast_path(stage.store).exists()


@pytest.mark.parametrize("says_no", [True, False])
def test_f21_o3_a_withdrawal_is_kept_on_a_full_disk_and_what_is_not_is_kept_when_there_is_room(
    stage: Stage, says_no: bool
) -> None:
    stage.keep(reader("ann"))
    before = stored(stage.store, ENTITY_TABLES["customer"])
    fill_disk(stage.store)
    large = "x" * 4096 * (pages_to_spare(stage.store) + 2)
    given = act("ann", "no", 3, raw={"note": large}) if says_no else person("9", raw={"note": large})
    if says_no:
        stage.keep(given)
        assert "no" in {each["value"] for each in stored(stage.store, ENTITY_TABLES["consent"])}
    else:
        with pytest.raises(sqlite3.OperationalError, match="full"):
            stage.keep(given)
        assert stored(stage.store, ENTITY_TABLES["customer"]) == before
    assert whole(stage.store)
    assert ballast_path(stage.store).exists() is not says_no
    if not says_no:
        ballast_path(stage.store).unlink()  # room again
        stage.keep(given)
        assert len(stored(stage.store, ENTITY_TABLES["customer"])) == len(before) + 1
