"""A table resolved by itself: right persons, the same answer for what changed, and clear words for a bad table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from mappers.identity.engine import Rules
from mappers.identity.files import Change, TableError, resolve_table, state_of
from mappers.identity.normal import TEXTS
from plugins.hub.cli import main
from plugins.sandbox.population import Population
from plugins.sandbox.population.changes import changed
from plugins.sandbox.population.files import write_records, write_truth

NOW = datetime(2026, 11, 1, tzinfo=UTC)
RULES = Rules()


def table(path: Path, *rows: dict[str, Any], op: bool = False) -> Path:
    """Write a table that has only what is given."""
    columns = ["record_id", *TEXTS, *(["op"] if op else [])]
    with duckdb.connect() as engine:
        engine.execute(f"CREATE TABLE t ({', '.join(f'{name} TEXT' for name in columns)})")
        for row in rows:
            engine.execute(f"INSERT INTO t ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
        engine.execute(f"COPY t TO '{path}' (FORMAT parquet)")
    return path


def answer(path: Path) -> dict[str, tuple[str, str]]:
    with duckdb.connect() as engine:
        found = engine.execute("SELECT record_id, profile_id, rule FROM read_parquet(?)", [str(path)]).fetchall()
    return {record: (profile, rule) for record, profile, rule in found}


def groups(path: Path) -> set[frozenset[str]]:
    made: dict[str, set[str]] = {}
    for record, (profile, _) in answer(path).items():
        made.setdefault(profile, set()).add(record)
    return {frozenset(each) for each in made.values()}


def resolved(tmp_path: Path, *rows: dict[str, Any], name: str = "out.parquet") -> Path:
    resolve_table(table(tmp_path / "records.parquet", *rows), tmp_path / name, RULES, NOW)
    return tmp_path / name


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a population, its truth, what changes, and what it is after the changes."""
    folder = tmp_path_factory.mktemp("town")
    population = Population.of(12_000, 5)
    write_records(population.records, folder / "records.parquet")
    write_truth(population.records, folder / "truth.parquet")
    changes = changed(population, 0.02)
    write_records(changes.records, folder / "changes.parquet", op=changes.op)
    duckdb.execute(f"""COPY (
        SELECT * FROM '{folder}/records.parquet' ANTI JOIN '{folder}/changes.parquet' USING (record_id)
        UNION ALL SELECT * EXCLUDE (op) FROM '{folder}/changes.parquet' WHERE op <> 'delete'
    ) TO '{folder}/after.parquet' (FORMAT parquet)""")
    return folder


def test_finds_most_of_a_retailers_persons_and_few_wrong_ones(town: Path) -> None:
    resolve_table(town / "records.parquet", town / "out.parquet", RULES, NOW)
    known = f"'{town}/truth.parquet' JOIN '{town}/out.parquet' USING (record_id)"
    pairs = "SELECT sum(n * (n - 1) // 2) FROM (SELECT count(*) AS n FROM {} GROUP BY {})"
    asked = ("person_id, profile_id", "profile_id", "person_id")
    right, found, true = (duckdb.execute(pairs.format(known, each)).fetchall()[0][0] for each in asked)
    assert len(answer(town / "out.parquet")) == 12_000
    assert right / found > 0.95
    assert right / true > 0.87


def test_i1_what_changed_alone_gives_what_all_of_it_gives(town: Path) -> None:
    change = Change(town / "before.parquet", town / "changes.parquet")
    resolve_table(town / "records.parquet", change.previous, RULES, NOW)
    step = resolve_table(town / "records.parquet", town / "step.parquet", RULES, NOW + timedelta(hours=1), change)
    resolve_table(town / "after.parquet", town / "whole.parquet", RULES, NOW + timedelta(hours=1))
    assert step.was_incremental
    assert groups(town / "step.parquet") == groups(town / "whole.parquet")


def test_i1_without_the_state_all_is_worked_out_with_the_same_persons_and_ids(town: Path) -> None:
    change = Change(town / "first.parquet", town / "changes.parquet")
    resolve_table(town / "records.parquet", change.previous, RULES, NOW)
    at = NOW + timedelta(hours=1)
    quick = resolve_table(town / "records.parquet", town / "quick.parquet", RULES, at, change)
    state_of(change.previous).unlink()
    slow = resolve_table(town / "records.parquet", town / "slow.parquet", RULES, at, change)
    assert (quick.was_incremental, slow.was_incremental) == (True, False)
    assert answer(town / "quick.parquet") == answer(town / "slow.parquet")


def test_i5_unchanged_persons_keep_their_id_and_none_is_used_again(town: Path) -> None:
    change = Change(town / "old.parquet", town / "changes.parquet")
    resolve_table(town / "records.parquet", change.previous, RULES, NOW)
    resolve_table(town / "records.parquet", town / "new.parquet", RULES, NOW + timedelta(hours=1), change)
    old, new = answer(change.previous), answer(town / "new.parquet")
    kept = groups(change.previous) & groups(town / "new.parquet")
    assert len(kept) > 1000
    assert all(old[record][0] == new[record][0] for group in kept for record in group)
    fresh = {new[record][0] for group in groups(town / "new.parquet") if not group & old.keys() for record in group}
    assert fresh
    assert not fresh & {profile for profile, _ in old.values()}


def people(dice: Any) -> list[dict[str, Any]]:
    value = {
        "first_name": [None, "J.", "Jan", "Johannes", "Joke", "Anna"], "last_name": [None, "de Vries", "Vries", "Bos"],
        "email": [None, "jan@x.nl", "thuis@x.nl", "joke@x.nl"], "phone": [None, "0687654001", "0687654002"],
        "card_no": [None, "2055000000978", "2055000000985"], "prev_card_no": [None, None, "2055000000978"],
        "client_id": [None, "c1", "c2"], "user_id": [None, None, "u1", "u2"], "receipt_id": [None, "r1", "r2", "r3"],
        "birth_date": [None, "1970-03-04", "04-03-1970", "1999-01-02"], "postcode": [None, "1011 AB"],
        "house_number": ["1"],
    }  # fmt: skip
    return [{name: dice.draw(st.sampled_from(known)) for name, known in value.items()} for _ in range(9)]


@settings(max_examples=6)
@given(st.data())
def test_i1_any_batches_of_changes_give_what_all_of_it_gives(
    tmp_path_factory: pytest.TempPathFactory, data: Any
) -> None:
    folder = tmp_path_factory.mktemp("batches")
    now: dict[str, dict[str, Any]] = {str(n): row for n, row in enumerate(people(data))}
    last = folder / "0.parquet"
    resolve_table(table(folder / "r0.parquet", *rows(now)), last, RULES, NOW)
    for number in range(1, 4):
        before = table(folder / f"r{number}.parquet", *rows(now))
        keys = data.draw(st.lists(st.sampled_from([str(n) for n in range(12)]), unique=True, min_size=1, max_size=4))
        told = []
        for key, row in zip(keys, people(data), strict=False):
            op = "insert" if key not in now else data.draw(st.sampled_from(["update", "delete"]))
            told.append({"record_id": key, "op": op, **row})
            now.pop(key, None)
            now.update({key: row} if op != "delete" else {})
        change = Change(last, table(folder / f"c{number}.parquet", *told, op=True))
        last = folder / f"{number}.parquet"
        assert resolve_table(before, last, RULES, NOW + timedelta(hours=number), change).was_incremental
    resolve_table(table(folder / "all.parquet", *rows(now)), folder / "whole.parquet", RULES, NOW)
    assert groups(last) == groups(folder / "whole.parquet")


def rows(known: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"record_id": key, **row} for key, row in known.items()]


ANN = {"first_name": "Ann", "last_name": "Smit", "email": "ann@x.nl"}


def test_an_empty_table_has_an_empty_answer(tmp_path: Path) -> None:
    assert answer(resolved(tmp_path)) == {}


def test_one_record_is_one_person(tmp_path: Path) -> None:
    assert [rule for _, rule in answer(resolved(tmp_path, {"record_id": "1", **ANN})).values()] == ["alone"]


def test_a_thousand_identical_records_are_one_person(tmp_path: Path) -> None:
    made = resolved(tmp_path, *({"record_id": str(n), **ANN} for n in range(1000)))
    assert len(groups(made)) == 1


def many(path: Path, count: int, columns: str) -> Path:
    """Write a table of so many rows; `columns` is SQL over their number `i`."""
    duckdb.execute(f"COPY (SELECT 'r' || i AS record_id, {columns} FROM range({count}) AS t(i)) TO '{path}'")
    return path


def sizes(path: Path) -> list[tuple[int, int]]:
    """Return (records, persons of so many records), the largest persons first."""
    grouped = f"SELECT count(*) AS records FROM '{path}' GROUP BY profile_id"
    return duckdb.execute(f"SELECT records, count(*) FROM ({grouped}) GROUP BY 1 ORDER BY 1 DESC").fetchall()


def test_a_million_identical_records_are_one_person(tmp_path: Path) -> None:
    columns = "'Ann' AS first_name, 'Smit' AS last_name, 'ann@x.nl' AS email, '1980-02-03' AS birth_date"
    records = many(tmp_path / "records.parquet", 1_000_000, columns)
    resolve_table(records, tmp_path / "out.parquet", RULES, NOW)
    assert sizes(tmp_path / "out.parquet") == [(1_000_000, 1)]


def test_i2_an_address_on_two_hundred_thousand_records_joins_nobody(tmp_path: Path) -> None:
    columns = (
        "'F' || translate(CAST(i AS TEXT), '0123456789', 'aeioubdkmt') AS first_name, "
        "chr(97 + CAST(i % 26 AS INT)) || chr(97 + CAST(i // 26 % 26 AS INT)) || 'erst' || "
        "translate(CAST(i AS TEXT), '0123456789', 'aeioubdkmt') AS last_name, 'kantoor@x.nl' AS email"
    )
    records = many(tmp_path / "records.parquet", 200_000, columns)
    resolve_table(records, tmp_path / "out.parquet", RULES, NOW)
    assert sizes(tmp_path / "out.parquet") == [(1, 200_000)]


def test_a_thousand_identical_records_of_a_name_alone_are_a_thousand(tmp_path: Path) -> None:
    names = {"first_name": "Ann", "last_name": "Smit"}
    assert len(groups(resolved(tmp_path, *({"record_id": str(n), **names} for n in range(1000))))) == 1000


def test_i2_an_address_typed_for_everybody_joins_nobody(tmp_path: Path) -> None:
    """Nobody listed it; that so many surnames share it says enough."""
    names = ["Bakker", "Jansen", "Mulder", "Visser", "Peters", "Dekker", "Koster", "Willems"]
    crowd = [{"record_id": f"{n}{name}", "last_name": name, "email": "balie@x.nl"} for name in names for n in "ab"]
    assert len(groups(resolved(tmp_path, *crowd))) == len(crowd)


STRANGE = [
    "Ze\u0301 Ação",
    "محمد علي",
    "🙂🙂",
    "\u202eabc",
    "O'Brien-'t Hooft",
    "x" * 10_000,
    "Ann\u0000a",
    "  ",
    ",",
    ",,,",
]


@pytest.mark.parametrize("column", ["first_name", "last_name", "full_name", "street", "email", "phone", "card_no"])
def test_strange_texts_are_only_texts(tmp_path: Path, column: str) -> None:
    strange = [{"record_id": f"s{number}", column: name} for number, name in enumerate(STRANGE)]
    made = resolved(tmp_path, *strange, {"record_id": "2", **ANN}, {"record_id": "3", **ANN})
    assert groups(made) == {frozenset({"2", "3"}), *(frozenset({each["record_id"]}) for each in strange)}


@pytest.mark.parametrize("day", ["1900-01-01", "2026-02-30", "31-31-1980", "0000-00-00", "gisteren", "9999-12-31"])
def test_an_impossible_birth_date_says_nothing(tmp_path: Path, day: str) -> None:
    home = {"street": "Kerkstraat", "house_number": "1", "postcode": "1011AB", "birth_date": day}
    one, other = {**home, "first_name": "Ann", "last_name": "Smit"}, {**home, "first_name": "Bob", "last_name": "Kok"}
    assert len(groups(resolved(tmp_path, {"record_id": "1", **one}, {"record_id": "2", **other}))) == 2


@pytest.mark.parametrize(
    "written",
    [("06-12 98 76 54", "+31 6 12987654"), ("0470 12 99 76", "+32470129976"), ("0049 30 9018200", "+49309018200")],
)
def test_spellings_of_one_phone_are_one(tmp_path: Path, written: tuple[str, str]) -> None:
    country = "BE" if written[0].startswith("0470") else "NL"
    made = resolved(tmp_path, *({"record_id": each, "phone": each, "country": country} for each in written))
    assert groups(made) == {frozenset(written)}


def test_an_alias_of_a_marketplace_joins_its_own_orders_and_is_no_address(tmp_path: Path) -> None:
    alias = "x7k2@verkopen.bol.com"
    orders = [
        {"record_id": n, "full_name": "Ann Smit", "email": alias, "postcode": "1011AB", "house_number": "1"}
        for n in "12"
    ]
    assert groups(resolved(tmp_path, *orders)) == {frozenset("12")}


def test_a_receipt_claimed_later_is_the_claimers(tmp_path: Path) -> None:
    made = resolved(
        tmp_path,
        {"record_id": "account", **ANN}, {"record_id": "receipt", "receipt_id": "7-1"},
        {"record_id": "claim", "receipt_id": "7-1", "email": "ann@x.nl"},
    )  # fmt: skip
    assert groups(made) == {frozenset({"account", "receipt", "claim"})}


def test_a_browser_that_logs_in_later_was_hers_before(tmp_path: Path) -> None:
    made = resolved(
        tmp_path,
        {"record_id": "account", **ANN, "user_id": "u9"}, {"record_id": "before", "client_id": "c1"},
        {"record_id": "login", "client_id": "c1", "user_id": "u9"},
    )  # fmt: skip
    assert groups(made) == {frozenset({"account", "before", "login"})}


def test_i4_a_browser_of_the_family_joins_nobody(tmp_path: Path) -> None:
    bob = {"first_name": "Bob", "last_name": "Smit", "email": "bob@x.nl"}
    made = resolved(
        tmp_path,
        {"record_id": "ann", **ANN, "user_id": "u1"}, {"record_id": "bob", **bob, "user_id": "u2"},
        {"record_id": "1", "client_id": "c1", "user_id": "u1"}, {"record_id": "2", "client_id": "c1", "user_id": "u2"},
        {"record_id": "3", "client_id": "c1"},
    )  # fmt: skip
    assert groups(made) == {frozenset({"ann", "1"}), frozenset({"bob", "2"}), frozenset({"3"})}


def test_a_card_that_was_replaced_is_still_hers(tmp_path: Path) -> None:
    old, new = "2055000000978", "2055000000985"
    member = {"first_name": "Ann", "last_name": "Smit", "card_no": new, "prev_card_no": old}
    receipts = [
        {"record_id": "1", "receipt_id": "1", "card_no": old},
        {"record_id": "2", "receipt_id": "2", "card_no": new},
    ]
    assert len(groups(resolved(tmp_path, {"record_id": "member", **member}, *receipts))) == 1


def test_a_family_that_shares_everything_stays_a_family(tmp_path: Path) -> None:
    shared = {"last_name": "Smit", "email": "thuis@x.nl", "phone": "0687654001", "street": "Kerkstraat",
              "house_number": "1", "postcode": "1011AB"}  # fmt: skip
    family = [{"record_id": f"{name}{n}", "first_name": name, **shared} for name in ("Ann", "Bob", "Sem") for n in "12"]
    assert groups(resolved(tmp_path, *family)) == {
        frozenset({f"{name}1", f"{name}2"}) for name in ("Ann", "Bob", "Sem")
    }


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["resolve", *(str(word) for word in words)])
    return done.exit_code, done.output


def test_the_command_says_what_it_came_to(tmp_path: Path) -> None:
    records = table(tmp_path / "r.parquet", {"record_id": "1", **ANN}, {"record_id": "2", **ANN})
    assert run("--records", records, "--out", tmp_path / "o.parquet") == (0, "2 records are 1 persons\n")
    changes = table(tmp_path / "c.parquet", {"record_id": "3", "op": "insert", **ANN}, op=True)
    told = run("--records", records, "--out", tmp_path / "n.parquet", "--previous", tmp_path / "o.parquet",
               "--changes", changes)  # fmt: skip
    assert told == (0, "3 records are 1 persons; 1 changes, only what they touch\n")


def test_without_rules_the_built_in_ones_hold_and_a_note_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    records = table(tmp_path / "r.parquet", {"record_id": "1", **ANN}, {"record_id": "2", **ANN})
    code, said = run("--records", records, "--out", tmp_path / "o.parquet")
    assert (code, "2 records are 1 persons" in said, "sync_rules: not here" in said) == (0, True, True)


BAD = {
    "not a table": ("nonsense", "is not a Parquet table"),
    "no record_id": ("COPY (SELECT 'x' AS email) TO '{}' (FORMAT parquet)", "has no column record_id; add it"),
    "twice": ("COPY (SELECT unnest(['1', '1', NULL]) AS record_id) TO '{}' (FORMAT parquet)",
              "1 rows have no record_id, 1 repeat one; give each row its own"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_table_gets_one_clear_line_and_nothing_is_written(tmp_path: Path, kind: str) -> None:
    made, told = BAD[kind]
    path = tmp_path / "bad.parquet"
    duckdb.execute(made.format(path)) if "COPY" in made else path.write_text(made)
    code, said = run("--records", path, "--out", tmp_path / "o.parquet")
    assert code == 2
    assert said.count("\n") == 1
    assert f"bad.parquet: {told}" in said
    assert [each.name for each in tmp_path.iterdir()] == ["bad.parquet"]


def test_an_unknown_op_is_refused(tmp_path: Path) -> None:
    previous = resolved(tmp_path, {"record_id": "1", **ANN})
    changes = table(tmp_path / "c.parquet", {"record_id": "2", "op": "upsert", **ANN}, op=True)
    with pytest.raises(TableError, match="1 rows with another op; write insert, update or delete"):
        resolve_table(tmp_path / "records.parquet", tmp_path / "n.parquet", RULES, NOW, Change(previous, changes))


def test_columns_nobody_knows_are_noted_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    duckdb.execute(f"COPY (SELECT '1' AS record_id, 'x' AS shoe_size, 'till' AS source) TO '{path}' (FORMAT parquet)")
    assert resolve_table(path, tmp_path / "o.parquet", RULES, NOW).notes == ["r.parquet: ignored shoe_size"]
