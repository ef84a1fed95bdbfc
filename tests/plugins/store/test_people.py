"""What is told of each person: the same as the mirror has, found by their id alone."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from random import Random
from typing import Any

import duckdb
import pytest

from mappers.identity.explain import Explained, explain
from mappers.identity.resolve import in_force
from mappers.identity.surroundings import explained
from plugins.hub.resolve_command import resolve_store
from plugins.store.engine import Store, StoreError
from plugins.store.mirror import open_mirror, rows
from plugins.store.people import lay, open_people, people_path, told_of
from plugins.store.shown import open_shown
from tests.making import hub_on, keep, person
from tests.mappers.identity.conftest import own_environment, rules

__all__ = ["own_environment", "rules"]

PERSONS = 240
FIRST, LAST = ("Anna", "Anne", "Bram", "Cato", "Daan", "Els"), ("Bakker", "Backer", "Visser", "Smit", "Smits", "de Wit")
"""Few names, so that many are compared with many."""
SHARED = {"phone": "+31687651234", "phone_quality": "ok"}


def crowd() -> Iterator[dict[str, Any]]:
    dice = Random(7)
    for number in range(PERSONS):
        who, is_strange = dice.randrange(PERSONS // 2), number % 3 == 0
        phone = {"phone": f"+3161{who % 90:07d}", "phone_quality": "ok"} if dice.random() < 0.6 else {}
        home = {"postcode": f"48{who % 20:02d}AB", "house_number": str(who % 9)}
        last = "".join(dice.choices("bdfklmnprst", k=6)) if is_strange else dice.choice(LAST)
        yield person(
            f"k{number}", dice.choice(("tilroy", "woocommerce")), first_name=dice.choice(FIRST), last_name=last,
            email=f"w{who if dice.random() < 0.7 else number}@example.nl", **home, **(SHARED if is_strange else phone),
        )  # fmt: skip


@pytest.fixture
def resolved(sqlite_store: Store, rules: Any) -> Store:
    keep(sqlite_store, list(crowd()))
    resolve_store(hub_on(sqlite_store, rules))
    return sqlite_store


def test_what_is_told_of_a_person_is_what_the_mirror_has(resolved: Store) -> None:
    with open_mirror(resolved) as mirror, open_people(resolved) as derived:
        for table in ("golden", "trait", "consent_verdict"):
            for row in rows(mirror, f"SELECT * FROM {table} ORDER BY profile_id LIMIT 20"):
                assert row in derived.rows(table, row["profile_id"])
        assert told_of(resolved, "trait", "nobody") == []


def test_why_somebody_is_one_person_is_told_of_a_few_as_of_all(resolved: Store) -> None:
    found: list[Explained] = []
    with open_shown(resolved) as mirror, open_people(resolved) as derived, duckdb.connect(":memory:") as small:
        for (profile_id,) in mirror.execute("SELECT profile_id FROM person ORDER BY 1").fetchall():
            with small.cursor() as few, mirror.cursor() as all_of_them:
                found.append(explained(few, derived, profile_id))
                assert found[-1] == explain(all_of_them, in_force(all_of_them), profile_id)
    assert any(each.links and each.waterfall for each in found)
    assert any(each["profile_id"] for one in found for each in one.refused)
    assert any("joins nobody" in each["why"] for one in found for each in one.refused)


def test_the_file_is_for_its_owner_only_and_before_the_first_resolve_one_line_says_so(
    resolved: Store, tmp_path: Any
) -> None:  # fmt: skip
    assert stat.S_IMODE(people_path(resolved).stat().st_mode) == 0o600
    assert [path.name for path in people_path(resolved).parent.glob("*people*")] == [people_path(resolved).name]
    people_path(resolved).unlink()
    assert told_of(resolved, "trait", "anybody") == []
    with pytest.raises(StoreError, match="nothing is resolved yet; run 'rotonde sync' first"), open_people(resolved):
        pass


def test_a_copy_without_its_file_of_persons_is_made_again_though_nothing_is_new(resolved: Store, rules: Any) -> None:
    people_path(resolved).unlink()
    assert resolve_store(hub_on(resolved, rules)).was_fresh
    assert people_path(resolved).exists()


def test_few_rows_are_laid_before_an_engine_with_the_kinds_they_had() -> None:
    said = {"at": "2026-01-02 03:04:05", "day": "2026-01-02", "names": ["a, b", "c'd"], "n": 2**62, "is_it": None}
    kinds = {"at": "TIMESTAMP", "day": "DATE", "names": "VARCHAR[]", "n": "HUGEINT", "is_it": "BOOLEAN"}
    with duckdb.connect(":memory:") as engine:
        lay(engine, "TABLE t", kinds, [said])
        lay(engine, "TABLE empty", kinds, [])
        assert engine.execute('SELECT epoch("at")::BIGINT, year(day), names, n, is_it FROM t').fetchall() == [
            (1767323045, 2026, ["a, b", "c'd"], 2**62, None)
        ]
        assert engine.execute("SELECT count(*) FROM empty").fetchall() == [(0,)]
