"""Events into the ledger: one effect each, in any order, however often, on both databases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from random import Random

import pytest
from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.exc import DBAPIError

from mappers.loyalty.books import open_books
from mappers.loyalty.checking import broken, totals
from mappers.loyalty.event import Event
from mappers.loyalty.fold import fold
from mappers.loyalty.holders import accounts_of, settle
from mappers.loyalty.posting import MOVED, Posting, move_subjects, post
from plugins.store.engine import Store
from plugins.store.loyalty_tables import ledger_entry, loyalty_account, loyalty_event, loyalty_subject
from plugins.store.times import utc_text
from tests.making import stored
from tests.mappers.loyalty.test_fold import lots, told
from tests.mappers.loyalty.world import END, at, back, burn, earn, held, life, restored

LATER = datetime(2028, 1, 1, tzinfo=UTC)


def happen(store: Store, who: str, *batches: Iterable[Event], holder: str | None = None) -> str:
    """Post events of one record, a batch at a time; returns its account."""
    account = ""
    for batch in batches:
        with store.writing() as connection:
            subject, account = settle(connection, {("till", who): holder or who})["till", who]
            post(connection, {account: [Posting(event, subject, "till") for event in batch]}, LATER)
    return account


def shuffled(dice: Random, events: Sequence[Event]) -> list[list[Event]]:
    """Return events in some order, cut into batches."""
    mixed = dice.sample(list(events), len(events))
    cuts = sorted(dice.sample(range(len(mixed) + 1), min(len(mixed), dice.randint(0, 4))))
    return [mixed[start:end] for start, end in zip([0, *cuts], [*cuts, len(mixed)], strict=True)]


def standing(store: Store, account: str) -> dict[str, int]:
    """Return what an account says of itself."""
    with store.reading() as connection:
        row = connection.execute(select(loyalty_account).where(loyalty_account.c.id == account)).one()
    parts = {name: getattr(row, name) for name in ("available", "held", "debt", "uncovered")}
    return {name: amount for name, amount in parts.items() if amount}


def sound(store: Store) -> None:
    """Check that all that was written adds up."""
    with store.reading() as connection:
        assert broken(connection) == []
        by_unit: dict[str, int] = {}
        for (unit, _), amount in totals(connection).items():
            by_unit[unit] = by_unit.get(unit, 0) + amount
        assert not any(by_unit.values())


def test_l1_l2_l4_l7_events_in_any_order_and_batches_come_to_the_same(store: Store) -> None:
    dice = Random(7)
    for number in range(60):
        events = life(dice, f"{number}-")
        account = happen(store, str(number), *shuffled(dice, events))
        due = fold(events, END)
        assert standing(store, account) == told(due)
        with store.writing() as connection:
            assert lots(open_books(connection, [account])[account].account) == lots(due)
    sound(store)


def test_l4_an_event_that_comes_again_is_refused_by_the_database_itself(store: Store) -> None:
    happen(store, "ann", [earn("e", 100)])
    with pytest.raises(Exception, match=r"(?i)unique"):
        happen(store, "ann", [earn("e", 100)])
    assert len(stored(store, ledger_entry)) == 1


@pytest.mark.parametrize("table", [ledger_entry, loyalty_event], ids=lambda table: str(table.name))
def test_l3_what_is_written_is_never_changed_or_deleted(store: Store, table: object) -> None:
    happen(store, "ann", [earn("e", 100)])
    for statement in (update(table).values(amount=7), delete(table)):  # type: ignore[arg-type]
        with pytest.raises(DBAPIError, match="append-only"), store.writing() as connection:
            connection.execute(statement)
    sound(store)


def test_l3_a_correction_is_a_new_entry_that_points_at_the_old_one(store: Store) -> None:
    happen(store, "ann", [earn("e", 100), burn("b", 150, 3)], [earn("late", 80, 1)])
    mended = [row for row in stored(store, ledger_entry) if row["corrects"]]
    assert [(row["event"], row["corrects"], row["debit"], row["credit"], row["amount"], row["reason"])
            for row in mended] == [("b", 2, "available", "uncovered", 50, "late event")]  # fmt: skip
    sound(store)


def test_a_source_that_corrects_itself_changes_the_effect_by_the_difference(store: Store) -> None:
    account = happen(store, "ann", [earn("e", 100)])
    with store.writing() as connection:
        subject = settle(connection, {("till", "ann"): "ann"})["till", "ann"].subject
        post(connection, {account: [Posting(earn("e", 60), subject, "till", revision=1)]}, LATER)
    assert standing(store, account) == {"available": 60}
    assert [(row["debit"], row["credit"], row["amount"]) for row in stored(store, ledger_entry)] == [
        ("issued", "available", 100), ("available", "issued", 40),
    ]  # fmt: skip


def test_what_was_taken_back_before_it_came_is_taken_back_when_it_comes(store: Store) -> None:
    account = happen(store, "ann", [back("r", "e", 40), restored("s", "b", 5)], [earn("e", 100)], [burn("b", 50)])
    assert standing(store, account) == {"available": 15}


def test_a_hold_that_comes_after_its_capture_is_captured(store: Store) -> None:
    capture = Event("c", "capture", 20, at(3), refers="h")
    account = happen(store, "ann", [capture], [earn("e", 100), held("h", 60)])
    assert standing(store, account) == {"available": 80}


def test_l16_a_merge_moves_points_by_transfer_and_taking_it_back_gives_exactly_what_there_was(store: Store) -> None:
    dice = Random(11)
    for number in range(25):
        names = (f"{number}a", f"{number}b")
        lives = {name: life(dice, f"{name}-") for name in names}
        one, other = (happen(store, name, *shuffled(dice, lives[name])) for name in names)
        before = [standing(store, each) for each in (one, other)]
        with store.reading() as connection:
            sums = totals(connection)
        moved(store, names[1], one)
        assert standing(store, one) == told(fold([*lives[names[0]], *lives[names[1]]], END))
        assert standing(store, other) == {}
        with store.reading() as connection:
            assert balances(totals(connection)) == balances(sums)
        moved(store, names[1], other)
        assert [standing(store, each) for each in (one, other)] == before
    sound(store)


def balances(found: dict[tuple[str, str], int]) -> int:
    """Return what all customers have together, lapsed points apart."""
    return sum(found.get(("points", part), 0) for part in ("available", "held", "debt", "uncovered", "expired"))


def moved(store: Store, who: str, account: str) -> None:
    """Let a record belong to another account."""
    with store.writing() as connection:
        subject = settle(connection, {("till", who): who})["till", who].subject
        move_subjects(connection, {subject: account}, LATER)


def test_l17_an_erased_person_leaves_the_sums_as_they_were(store: Store) -> None:
    account = happen(store, "ann", [earn("e", 100), burn("b", 30)])
    with store.reading() as connection:
        before = totals(connection)
    with store.writing() as connection:
        connection.execute(delete(loyalty_subject))
        connection.execute(update(loyalty_account).values(holder=None))
    with store.reading() as connection:
        assert totals(connection) == before
        assert accounts_of(connection, ["ann"]) == {}
    assert standing(store, account) == {"available": 70}
    sound(store)


@pytest.mark.parametrize("change", ["amount = amount + 1", "event = 'x'", "n = n + 10", "account = 'b'"])
def test_tampering_with_an_entry_shows(store: Store, change: str) -> None:
    happen(store, "ann", [earn("e", 100), burn("b", 30)])
    with store.writing() as connection:
        _let_tamper(connection)
        connection.execute(text(f"UPDATE ledger_entry SET {change} WHERE n = 1"))
    with store.reading() as connection:
        assert any("not what was written" in line or "missing" in line for line in broken(connection))


def _let_tamper(connection: Connection, change: str = "update") -> None:
    """Do what somebody would who may change the database itself."""
    is_sqlite = connection.dialect.name == "sqlite"
    off = f"DROP TRIGGER ledger_entry_refuses_{change}" if is_sqlite else "ALTER TABLE ledger_entry DISABLE TRIGGER ALL"
    connection.execute(text(off))


def test_removing_the_newest_entries_shows(store: Store) -> None:
    happen(store, "ann", [earn("e", 100), burn("b", 30)])
    with store.writing() as connection:
        _let_tamper(connection, "delete")
        connection.execute(text("DELETE FROM ledger_entry WHERE n = 2"))
    with store.reading() as connection:
        assert len(broken(connection)) == 2


def test_a_return_that_comes_with_its_sale_is_not_late(store: Store) -> None:
    account = happen(store, "ann", [back("r", "e", 30), earn("e", 100)])
    with store.reading() as connection:
        rows = connection.execute(select(ledger_entry.c.event, ledger_entry.c.reason).order_by(ledger_entry.c.n)).all()
    assert [tuple(row) for row in rows] == [("e", "earn"), ("r", "reverse")]
    assert standing(store, account) == {"available": 70}


def test_a_record_that_moves_is_written_out_of_the_one_account_and_into_the_other(store: Store) -> None:
    one, other = happen(store, "a", [earn("e", 100), burn("b", 30)]), happen(store, "c", [earn("f", 5)])
    moved(store, "a", other)
    written = stored(store, ledger_entry)
    out = [each for each in written if each["account"] == one and each["reason"] == MOVED]
    into = [each for each in written if each["account"] == other and each["reason"] == MOVED]
    shown = ("event", "debit", "credit", "amount")
    assert [tuple(each[name] for name in shown) for each in out] == [
        ("e", "available", "issued", 100), ("b", "redeemed", "available", 30),
    ]  # fmt: skip
    assert [tuple(each[name] for name in shown) for each in into] == [
        ("e", "issued", "available", 100), ("b", "available", "redeemed", 30),
    ]  # fmt: skip
    assert all(each["corrects"] for each in out)
    assert not any(each["corrects"] for each in into)
    assert {each["posted_at"] for each in [*out, *into]} == {utc_text(LATER)}
    assert len({each["batch"] for each in [*out, *into]}) == 1
    assert [standing(store, each) for each in (one, other)] == [{}, {"available": 75}]
    (subject,) = [each for each in stored(store, loyalty_subject) if each["source_id"] == "a"]
    assert subject["account"] == other
    sound(store)


def test_a_record_that_is_there_already_writes_nothing(store: Store) -> None:
    one, other = happen(store, "a", [earn("e", 100)]), happen(store, "c", [earn("f", 5)])
    before = stored(store, ledger_entry)
    with store.writing() as connection:
        mine = {named: settle(connection, {("till", named): named})["till", named].subject for named in ("a", "c")}
        books = move_subjects(connection, {mine["a"]: one, mine["c"]: other}, LATER)
    assert (books, stored(store, ledger_entry)) == ({}, before)


def test_several_records_move_at_once_and_each_keeps_what_it_earned(store: Store) -> None:
    accounts = {name: happen(store, name, [earn(f"e-{name}", worth)]) for name, worth in (("a", 1), ("b", 2), ("c", 4))}
    with store.writing() as connection:
        mine = {named: settle(connection, {("till", named): named})["till", named].subject for named in accounts}
        books = move_subjects(connection, {mine["a"]: accounts["c"], mine["b"]: accounts["a"]}, LATER)
    assert set(books) == set(accounts.values())
    found = {name: standing(store, account) for name, account in accounts.items()}
    assert found == {"a": {"available": 2}, "b": {}, "c": {"available": 5}}
    sound(store)


def test_what_is_kept_of_an_event_says_all_there_is_to_know(store: Store) -> None:
    with store.writing() as connection:
        subject, account = settle(connection, {("till", "a"): "a"})["till", "a"]
        event = Event("e", "earn", 9, at(0), at(50), at(60), "sale")
        plain = Event("f", "earn", 1, at(1))
        post(connection, {account: [
            Posting(event, subject, "till", rule="per_euro", rules_version="v1"), Posting(plain, subject, "web"),
        ]}, LATER)  # fmt: skip
    kept = ("key", "revision", "source", "kind", "unit", "subject", "amount", "occurred_at", "expires_at", "grace_at",
            "refers", "rule", "rules_version", "recorded_at")  # fmt: skip
    first, second = sorted(stored(store, loyalty_event), key=lambda each: each["key"])
    assert [first[name] for name in kept] == [
        "e", 0, "till", "earn", "points", subject, 9, at(0), at(50), at(60), "sale", "per_euro", "v1", utc_text(LATER),
    ]  # fmt: skip
    assert [second[name] for name in kept] == [
        "f", 0, "web", "earn", "points", subject, 1, at(1), None, None, None, None, None, utc_text(LATER),
    ]  # fmt: skip
    reasons = {each["event"]: each["reason"] for each in stored(store, ledger_entry) if not each["aspect"]}
    assert reasons == {"e": "per_euro", "f": "earn"}
