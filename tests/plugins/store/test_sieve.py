"""The sieve at the door: whoever was erased is not kept, everybody else is, and counts stay exact."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from sqlalchemy import insert

from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from plugins.store.lines import Bad, Counted, encode
from plugins.store.rights_tables import suppression
from plugins.store.sieve import names_in
from plugins.store.suppression import Named, key_of, lift, secret_of, suppress, suppressed
from plugins.store.tables import ENTITY_TABLES, quarantine, run_stream
from tests.making import at, keep, orders, person, record, stored

WHO: list[Named] = [("email", "ann@example.nl"), ("phone", "+31612345678"), ("card", "2055000000978"),
                    ("record", "till:7")]  # fmt: skip
NOW = "2026-05-01T00:00:00.000000Z"


def erased(store: Store, *named: Named) -> None:
    with store.writing() as connection:
        suppress(connection, store, named or WHO, "erased", NOW, "e1")


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("ROTONDE_HOME", str(tmp_path))


def about(**fields: Any) -> list[Any]:
    """Return a record of every entity that is about a person, with these identifiers."""
    customer = {name: value for name, value in fields.items() if name != "customer_id"}
    who = {name: fields[name] for name in ("customer_id", "email") if name in fields}
    consent = record("consent", "till", "c", field="f", value="yes", **who)
    event = record("event", "till", "e", kind="page_view", occurred_at=at(0), **who)
    return [person(fields.get("customer_id", "8"), **customer), consent, event]


@pytest.mark.parametrize("named", [{"email": "ann@example.nl"}, {"customer_id": "7"}])
def test_c9_a_record_that_names_somebody_erased_is_filtered_and_counted(store: Store, named: dict[str, Any]) -> None:
    erased(store)
    keep(store, about(**named), person("9", email="bob@example.nl"))
    assert [each["source_id"] for each in stored(store, ENTITY_TABLES["customer"])] == ["9"]
    assert stored(store, ENTITY_TABLES["consent"]) == stored(store, ENTITY_TABLES["event"]) == []
    counts = stored(store, run_stream)
    assert sum(each["filtered"] for each in counts) == 3
    assert all(each["read"] == each["accepted"] + each["quarantined"] + each["filtered"] for each in counts)


def test_an_order_is_kept_without_who_bought(store: Store) -> None:
    erased(store)
    keep(store, record("order", "till", "R1", customer_id="7", email="ann@example.nl", card="2055000000978",
                       channel="store", ordered_at=at(0), currency="EUR", total_minor=5,
                       raw={"to": "Ann"}))  # fmt: skip
    (row,) = stored(store, ENTITY_TABLES["order"])
    assert [row[name] for name in ("customer_id", "email", "card", "raw", "total_minor")] == [None, None, None, "{}", 5]


def test_s6_a_key_is_the_same_for_every_way_to_write_an_address_and_says_nothing(store: Store) -> None:
    erased(store)
    secret = secret_of(store)
    assert secret is not None
    assert key_of(secret, "email", " Ann@Example.nl") == key_of(secret, "email", "ann@example.nl")
    assert key_of(secret, "email", "x") != key_of(secret, "card", "x")
    assert not [each for each in stored(store, suppression) if "ann" in json.dumps(each)]


def test_an_unreadable_record_of_somebody_erased_is_not_kept_either(store: Store) -> None:
    erased(store)
    keeper = Keeper(store, "run")
    texts = ('{"mail": "ANN@example.nl"}', '{"tel": "06-12 34 56 78"}', '{"card": 2055000000978}', '{"id": 7}', "{bob}")
    for text in texts:
        keeper.mapper_bad(encode(Bad("mean", "till", "customers", "bad_value", text)))
    keeper.mapper_count(encode(Counted("mean", "till", "customers", 5, 0, 5, 0)))
    keeper.commit()
    assert [each["payload"] for each in stored(store, quarantine)] == ["{bob}"]
    (counts,) = stored(store, run_stream)
    assert (counts["read"], counts["quarantined"], counts["filtered"]) == (5, 1, 4)


def test_what_a_text_may_name_is_found_in_every_form() -> None:
    found = names_in('{"a": "x.y+z@example.nl", "b": "0031 6 1234 5678"}', "till")
    assert {("email", "x.y+z@example.nl"), ("phone", "+31612345678")} <= found


def test_somebody_lifted_is_kept_again_and_may_be_suppressed_anew(store: Store) -> None:
    erased(store)
    with store.writing() as connection:
        secret = secret_of(store) or b""
        lift(connection, [key_of(secret, kind, value) for kind, value in WHO], "2026-06-01T00:00:00.000000Z")
        assert suppressed(connection, store, WHO) == set()
    keep(store, person("7", email="ann@example.nl"))
    assert len(stored(store, ENTITY_TABLES["customer"])) == 1
    with store.writing() as connection:
        suppress(connection, store, WHO, "erased", "2026-07-01T00:00:00.000000Z", "e2")
        assert suppressed(connection, store, WHO) == set(WHO)


def test_an_erasure_during_a_run_holds_for_its_next_batch(store: Store) -> None:
    keeper = Keeper(store, "run")
    for number in (1, 2):
        body = {name: value for name, value in person(str(number), email="ann@example.nl").items() if name != "entity"}
        keeper.record("customer", json.dumps(body).encode())
        keeper.commit()
        erased(store)
    assert [each["source_id"] for each in stored(store, ENTITY_TABLES["customer"])] == ["1"]


def test_it_costs_little_with_a_hundred_thousand_keys(sqlite_store: Store) -> None:
    def seconds(name: str) -> float:
        batch = [orders(f"{name}{number}") for number in range(5000)]
        started = time.process_time()
        keep(sqlite_store, batch)
        return time.process_time() - started

    seconds("warm")
    before = seconds("before")
    erased(sqlite_store)
    rows = [{"key": f"1:{number:064x}", "kind": "email", "reason": "erased", "at": NOW} for number in range(100_000)]
    with sqlite_store.writing() as connection:
        connection.execute(insert(suppression), rows)
    assert seconds("after") < before * 3 + 1  # read once, then a look-up in memory for each identifier
