"""Operation: a migration may be interrupted anywhere, and the two databases give the same result."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect, select

from plugins.store.engine import Store, open_store
from plugins.store.migrate import current, migrate, newest
from plugins.store.tables import membership, metadata
from tests.road.stage import Stage, act, customer, orders, record, rules_in, stage_on


class InterruptionError(Exception):
    """The power went."""


def interrupt_at(store: Store, number: int) -> list[str]:
    """Let the statement of this number fail; gives the list in which all of them are noted."""
    seen: list[str] = []

    def before(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)
        if len(seen) == number:
            raise InterruptionError

    event.listen(store.engine, "before_cursor_execute", before)
    return seen


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database in which there is nothing at all."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new.db"
    from tests.conftest import _administer, _database

    base: str = request.getfixturevalue("postgres_url")
    name = f"n{os.getpid()}_{random.randrange(10**9)}"
    _administer(base, f'CREATE DATABASE "{name}"')
    return _database(base, name)


@pytest.mark.parametrize("empty_url", ["sqlite", "postgres"], indirect=True)
def test_o6_a_migration_interrupted_at_any_statement_can_be_run_again(empty_url: str) -> None:
    number, is_done = 1, False
    while not is_done:
        store = open_store(empty_url)
        interrupt_at(store, number)
        try:
            migrate(store)
            is_done = True
        except InterruptionError:
            number += 1 if number < 8 else 7
        store.close()
    store = open_store(empty_url)
    migrate(store)
    with store.reading() as connection:
        assert current(connection) == newest()
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}
    store.close()
    assert number > 40


def drama(stage: Stage, seed: int) -> dict[str, Any]:
    """Let people come, agree, leave and buy as the seed says; gives everything that came of it."""
    dice, names = random.Random(seed), [f"p{number}" for number in range(12)]
    stage.keep(*([customer(name), *orders(name, dice.randrange(3))] for name in names))
    for hour in range(3):
        for name in dice.sample(names, 5):
            stage.keep(act(name, dice.choice(("yes", "yes", "no", None)), dice.randrange(9)))
        till = {"email": f"{dice.choice(names)}@example.nl", "email_quality": "ok", "initial": "P"}
        stage.keep(record("customer", "tilroy", str(hour), **till))
        stage.push()
        stage.read()
    with stage.store.reading() as connection:
        members = connection.execute(select(membership.c.source, membership.c.source_id, membership.c.profile_id))
        who = sorted(tuple(row) for row in members)
    told = ("wire_id", "operation", "state", "answer", "reason", "payload", "permit", "profile_id")
    return {"held": stage.held(), "who": who, "journal": [tuple(each[name] for name in told)
                                                         for each in stage.journal()]}  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
def test_o7_the_same_seed_gives_the_same_result_on_both_databases(
    seed: int, tmp_path: Path, postgres_url: str, postgres_template: str
) -> None:
    from tests.conftest import _administer, _database

    name = f"o{os.getpid()}_{seed}_{random.randrange(10**9)}"
    _administer(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"')
    os.environ["ROTONDE_HOME"] = str(tmp_path)
    results = []
    for number, url in enumerate((f"sqlite:///{tmp_path}/store.db", _database(postgres_url, name))):
        store = open_store(url)
        migrate(store)
        with stage_on(store, rules_in(tmp_path / f"rules{number}"), clock=lambda: NOON) as stage:
            results.append(drama(stage, seed))
        store.close()
    assert results[0] == results[1]
    assert results[0]["journal"]


NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
