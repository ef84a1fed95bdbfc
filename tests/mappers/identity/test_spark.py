"""On Spark everybody is who they are in DuckDB: `make test-spark`, on workers in processes of their own."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mappers.identity.engine import Rules
from mappers.identity.files import Change, resolve_table
from mappers.identity.normal import TEXTS
from mappers.identity.whole import SparkError
from plugins.hub.deciding import link
from plugins.sandbox.population import Population
from plugins.sandbox.population.changes import changed
from plugins.sandbox.population.files import write_records
from tests.making import person
from tests.mappers.identity.town import Town, ids

pytest.importorskip("pyspark", reason="Spark is not installed: make spark")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.timeout(1800),
]
NEEDS_JAVA = pytest.mark.skipif(
    not (os.environ.get("JAVA_HOME") or shutil.which("java")),
    reason="Spark needs Java 17: apt install default-jre-headless",
)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
HERE, THERE = Rules(), Rules(engine="spark")
RARE = (
    {"first_name": "İlknur", "last_name": "Çelik-Öztürk", "email": "ILKNUR@x.nl", "birth_date": "01-02-1980"},
    {"first_name": "ilknur", "last_name": "celik ozturk", "email": "ilknur@x.nl", "birth_date": "19800201"},
    {"first_name": "Zoe\u0308", "last_name": "d\u2019Hondt", "birth_date": "31-02-1980", "phone": "0687654012"},
    {"first_name": "Zoë", "last_name": "D'Hondt", "birth_date": "1980-02-30", "phone": "+31 6 87654012"},
    {"full_name": "שרה לוי", "card_no": "2055000000978"}, {"full_name": "שרה לוי", "card_no": "2055000000978"},
    {"full_name": "Дмитрий Иванов", "postcode": "1011AB", "house_number": "5", "birth_date": "5 March 1970"},
    {"full_name": "Дмитрии Иванов", "postcode": "NL-1011 ab", "house_number": "05", "birth_date": "5-3-1970"},
    {"full_name": "🐝 Bij 🐝", "email": "bij@x.nl"}, {"full_name": "A" * 10_000, "email": "a" * 10_000 + "@x.nl"},
    {"first_name": "line\nbreak", "last_name": "back\\slash", "email": "'quote\"@x.nl"}, {"email": "bij@x.nl"},
    {"client_id": "c1", "user_id": "u1"}, {"client_id": "c1"}, {"receipt_id": "r1"}, {"receipt_id": "r1", "phone": "0"},
)  # fmt: skip


def places(folder: Path) -> tuple[Path, Path]:
    """Write a population and what changes in it, with rare signs among them."""
    population = Population.of(3_000, 5)
    write_records(population.records, folder / "plain.parquet")
    changes = changed(population, 0.03)
    write_records(changes.records, folder / "changes.parquet", op=changes.op)
    with duckdb.connect() as engine:
        engine.execute(f"CREATE TABLE rare (record_id TEXT, {', '.join(f'{name} TEXT' for name in TEXTS)})")
        for number, row in enumerate(RARE):
            names, marks = ", ".join(("record_id", *row)), ", ".join("?" * (len(row) + 1))
            engine.execute(f"INSERT INTO rare ({names}) VALUES ({marks})", [f"rare{number}", *row.values()])
        engine.execute(
            f"COPY (FROM '{folder}/plain.parquet' UNION ALL BY NAME FROM rare) TO '{folder}/records.parquet'"
        )
    return folder / "records.parquet", folder / "changes.parquet"


def answer(path: Path) -> dict[str, Any]:
    """Return each record's profile, rule and weight."""
    with duckdb.connect() as engine:
        rows = engine.execute("SELECT record_id, profile_id, rule, weight FROM read_parquet(?)", [str(path)]).fetchall()
    return {record: told for record, *told in rows}


@NEEDS_JAVA
def test_i1_spark_and_duckdb_give_the_same_answer_whole_and_after_changes(tmp_path: Path) -> None:
    records, changes = places(tmp_path)
    found: dict[str, list[dict[str, Any]]] = {}
    for rules in (HERE, THERE):
        first, second = (tmp_path / f"{rules.engine}-{n}.parquet" for n in (1, 2))
        resolve_table(records, first, rules, NOW)
        step = resolve_table(records, second, rules, NOW + timedelta(hours=1), Change(first, changes))
        assert step.was_incremental is (rules is HERE)
        found[rules.engine] = [answer(first), answer(second)]
    assert len(found["duckdb"][0]) == 3_000 + len(RARE)
    assert found["spark"] == found["duckdb"]
    rare = found["duckdb"][0]
    assert rare["rare2"][0] == rare["rare3"][0], "the table of rare signs should tie somebody"


@NEEDS_JAVA
def test_i1_a_hub_resolved_on_spark_goes_on_in_duckdb(town: Town) -> None:
    mail, others = "ann@example.nl", [person(f"other{number}", phone=f"+316876540{number}") for number in range(30, 60)]
    use(town, "spark")
    town.after(1, person("1", email=mail), person("1", "web", email=mail), person("2"), person("3"), others)
    use(town, "duckdb")
    town.away(2, link, "till:2", "till:3", "the same handwriting")
    step = town.after(3, person("4", email=mail), person("2", "web", phone="+31687654030"))
    assert step["till:1"] == step["web:1"] == step["till:4"] != step["till:2"]
    assert step["till:2"] == step["till:3"]
    assert step["till:other30"] == step["web:2"]
    town.forget()
    town.resolved(4)
    assert ids(town) == step


def use(town: Town, engine: str) -> None:
    identity = replace(town.hub.meaning.identity, engine=engine)
    town.hub = replace(town.hub, meaning=replace(town.hub.meaning, identity=identity))


def test_without_java_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    records, _ = places(tmp_path)
    with pytest.raises(SparkError, match="default-jre-headless"):
        resolve_table(records, tmp_path / "out.parquet", THERE, NOW)
    assert not (tmp_path / "out.parquet").exists()


def test_a_java_that_does_not_start_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    records, _ = places(tmp_path)
    with pytest.raises(SparkError, match=r"^engine: Spark stopped with JAVA_GATEWAY_EXITED; [^\n]+$"):
        resolve_table(records, tmp_path / "out.parquet", THERE, NOW)
    assert not (tmp_path / "out.parquet").exists()
