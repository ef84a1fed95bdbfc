"""The mirror: a copy that is brought up to date equals one made anew."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from plugins.store import mirror
from plugins.store.engine import Store, open_store
from plugins.store.entities import ENTITIES, LARGEST, SMALLEST
from plugins.store.keeper import Keeper
from plugins.store.migrate import migrate
from plugins.store.mirror import home, mirror_path, mirrored_columns, open_mirror, refresh
from plugins.store.times import moment_of, utc_text
from tests.making import keep, person, record

KINDS = ("customer", "order", "order_line", "consent", "loyalty_balance")


@pytest.fixture(autouse=True)
def derived_here(tmp_path: Path) -> None:
    os.environ["ROTONDE_HOME"] = str(tmp_path)


def content(engine: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    numbers = [row[0] for row in engine.execute("SELECT n FROM customer").fetchall()]
    assert len(set(numbers) - {None}) == len(numbers)
    kept = {name: ", ".join(f'"{column}"' for column, _ in mirrored_columns(name)) for name in ENTITIES}
    return {
        name: engine.execute(f'SELECT {columns} FROM "{name}" ORDER BY source, source_id').fetchall()
        for name, columns in kept.items()
    }


def anew(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    mirror_path(store).unlink(missing_ok=True)
    with open_mirror(store) as engine:
        refresh(engine, store)
        return content(engine)


def statement(dice: Random, hour: int) -> dict[str, Any]:
    """Make up a statement; anything optional may be missing, so that a column begins with nothing."""
    entity, key = dice.choice(KINDS), str(dice.randrange(8))
    told = {"changed_at": f"2026-04-{hour:02d}T10:00:00.{dice.randrange(10**6):06d}+02:00",
            "seen_at": f"2026-04-{hour:02d}T12:00:00Z", "is_deleted": dice.random() < 0.2}  # fmt: skip
    whole = dice.choice([None, 0, -1, SMALLEST, LARGEST])
    own: dict[str, dict[str, Any]] = {
        "customer": {"email": dice.choice([None, "é'\"@x.nl", ""]), "birth_date": dice.choice([None, "1980-02-29"]),
                     "is_guest": dice.random() < 0.5, "groups": ["a"],
                     "registered_at": dice.choice([None, "1969-12-31T23:00:00Z"])},
        "order": {"channel": "web", "ordered_at": "2026-03-29T02:30:00+02:00", "currency": "EUR",
                  "total_minor": whole or 0, "tax_minor": whole},
        "order_line": {"order_id": "1", "quantity_thousandths": 1, "currency": "EUR", "total_minor": whole or 7,
                       "line_number": whole},
        "consent": {"field": "f", "value": dice.choice([None, "yes"]), "facts": {"a": "1"}},
        "loyalty_balance": {"customer_id": "1", "points": dice.choice([5, 0, -(10**9), 10**9]), "amount_minor": whole},
    }  # fmt: skip
    return record(entity, "till", key, **{**own[entity], **told})


@pytest.mark.parametrize("seed", range(2))
def test_bringing_a_mirror_up_to_date_equals_making_it_anew(store: Store, seed: int) -> None:
    dice = Random(seed)
    with open_mirror(store) as engine:
        for hour in range(1, 9):
            keep(store, *(statement(dice, hour) for _ in range(dice.randrange(1, 12))))
            if hour % 3 == 0:
                absent(store, dice.choice(KINDS), f"2026-04-{hour:02d}T11:00:00Z")
            refresh(engine, store)
        step_by_step = content(engine)
    assert step_by_step == anew(store)
    assert any(step_by_step.values())


def absent(store: Store, entity: str, since: str) -> None:
    """Seal a snapshot that lacks whatever was seen before."""
    keeper = Keeper(store, "run", accept_shrink=True)
    keeper.sealed(entity, "till", f"{entity}s", utc_text(moment_of(since)))
    keeper.commit()


def test_a_refresh_that_finds_nothing_new_changes_nothing(sqlite_store: Store) -> None:
    keep(sqlite_store, record("customer", "till", "1"))
    with open_mirror(sqlite_store) as engine:
        refresh(engine, sqlite_store)
        before = content(engine)
        refresh(engine, sqlite_store)
        assert content(engine) == before


def test_deleted_and_absent_records_are_not_there_and_come_back(store: Store) -> None:
    keep(store, record("product", "till", "1"), record("product", "till", "2"))
    with open_mirror(store) as engine:

        def keys() -> list[str]:
            refresh(engine, store)
            return [row[0] for row in engine.execute("SELECT source_id FROM product ORDER BY 1").fetchall()]

        assert keys() == ["1", "2"]
        keep(store, record("product", "till", "1", is_deleted=True, changed_at="2026-04-01T00:00:00Z"))
        absent(store, "product", "2026-04-01T00:00:00Z")
        assert keys() == []
        keep(store, record("product", "till", "2", seen_at="2026-04-02T00:00:00Z"))
        assert keys() == ["2"]


def test_times_and_money_are_exact(store: Store) -> None:
    sold = {"channel": "store", "currency": "EUR", "ordered_at": "2026-10-25T02:30:00.123456+01:00",
            "total_minor": LARGEST, "tax_minor": SMALLEST, "customer_id": "007"}  # fmt: skip
    keep(store, record("order", "till", "1", **sold), record("customer", "till", "007", birth_date="1900-01-01"))
    with open_mirror(store) as engine:
        refresh(engine, store)
        found = engine.execute('SELECT ordered_at, total_minor, tax_minor, customer_id FROM "order"').fetchall()
        assert found == [(datetime(2026, 10, 25, 1, 30, 0, 123456), LARGEST, SMALLEST, "007")]  # noqa: DTZ001
        assert engine.execute("SELECT birth_date, is_guest FROM customer").fetchall() == [(date(1900, 1, 1), False)]


def test_a_mirror_of_another_shape_is_built_anew(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(sqlite_store, record("customer", "till", "1", city="Gent"))
    with open_mirror(sqlite_store) as engine:
        refresh(engine, sqlite_store)
        engine.execute("ALTER TABLE customer DROP COLUMN city")
        engine.execute("UPDATE mirrored SET shape = 'older'")
        refresh(engine, sqlite_store)
        assert engine.execute("SELECT city FROM customer").fetchall() == [("Gent",)]


def test_f24_a_mirror_of_a_store_that_was_restored_forgets_what_the_store_does_not_know(tmp_path: Path) -> None:
    def opened(name: str, *keys: str) -> Store:
        store = open_store(f"sqlite:///{tmp_path}/{name}.db")
        migrate(store)
        for key in keys:
            keep(store, record("customer", "till", key))
        return store

    later, restored = opened("later", "1", "2", "3"), opened("restored", "1", "9")
    with open_mirror(later) as engine:
        keep(later, record("order", "till", "1", channel="web", ordered_at="2026-03-02T10:00:00Z", currency="EUR"))
        refresh(engine, later)
        refresh(engine, restored)
        found = content(engine)
    assert [row[1] for row in found["customer"]] == ["1", "9"]
    assert found["order"] == []


def test_a_failed_refresh_leaves_the_mirror_as_it_was(sqlite_store: Store) -> None:
    keep(sqlite_store, record("customer", "till", "1"))
    with open_mirror(sqlite_store) as engine:
        refresh(engine, sqlite_store)
        before = content(engine)
        keep(sqlite_store, record("customer", "till", "2"), record("store", "till", "2"))
        engine.execute("ALTER TABLE store RENAME TO elsewhere; CREATE VIEW store AS SELECT 1 AS x")
        with pytest.raises(duckdb.Error):
            refresh(engine, sqlite_store)
        assert engine.execute("SELECT count(*) FROM customer").fetchall() == [(len(before["customer"]),)]
        engine.execute("DROP VIEW store; ALTER TABLE elsewhere RENAME TO store")
        refresh(engine, sqlite_store)
        assert [len(content(engine)[name]) for name in ("customer", "store")] == [2, 1]


def test_s2_the_mirror_is_a_private_file_beside_the_store(sqlite_store: Store) -> None:
    with open_mirror(sqlite_store):
        pass
    path = mirror_path(sqlite_store)
    assert (path.parent, path.stat().st_mode & 0o777) == (home(sqlite_store), 0o600)


def test_what_no_rule_asks_for_is_not_copied() -> None:
    names = {name for name, _ in mirrored_columns("customer")}
    assert "raw" not in names
    assert "email_given" not in names
    assert mirror.DECISIONS == ("membership", "profile", "move", "decision", "field_lock")


def test_a_mirror_of_an_older_shape_is_built_anew_with_all_that_was_derived(store: Store) -> None:
    keep(store, person("1", email="ann@example.nl"))
    with open_mirror(store) as engine:
        refresh(engine, store)
        expected = content(engine)
        engine.execute("CREATE TABLE assigned (n BIGINT); CREATE VIEW edge AS SELECT 1 AS a")
        engine.execute("UPDATE mirrored SET shape = 'older'")
        refresh(engine, store)
        assert content(engine) == expected
        engine.execute("CREATE VIEW assigned AS SELECT 1; CREATE TABLE edge (a INT)")
