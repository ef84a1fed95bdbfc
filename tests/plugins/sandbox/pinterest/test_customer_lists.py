"""People go into lists and out of them; who is in is never told."""

from __future__ import annotations

import time

import pytest

from tests.plugins.sandbox.pinterest.stage import ANN, AUDIENCES, BEN, CIS, Caller, adding, removing, sha


def hundred(start: int = 0) -> list[str]:
    return [sha(f"m{number}@example.com") for number in range(start, start + 100)]


def test_adding_twice_and_removing_strangers_changes_only_the_counters(caller: Caller) -> None:
    path = caller.customer_list(ANN)
    for _ in range(2):
        caller.done("PATCH", path, adding(ANN, BEN))
        shown = caller.done("PATCH", path, removing(CIS))
    assert caller.members(path) == {ANN, BEN}
    assert (shown["num_uploaded_user_records"], shown["num_removed_user_records"]) == (5, 2)
    assert shown["num_batches"] == 5


@pytest.mark.parametrize(("records", "status"), [(hundred(), "READY"), (hundred()[:99], "TOO_SMALL")])
def test_is_matched_after_a_while_and_needs_a_hundred(caller: Caller, records: list[str], status: str) -> None:
    path = caller.customer_list(*records)
    assert caller.get(path)["status"] == "PROCESSING"
    caller.clock.forward(minutes=10)
    assert caller.get(path)["status"] == status
    caller.done("PATCH", path, removing(records[0]))
    assert caller.get(path)["status"] == "PROCESSING"
    caller.clock.forward(minutes=10)
    assert caller.get(path)["status"] == "TOO_SMALL"


def test_what_finds_nobody_is_counted_and_kept_out(caller: Caller) -> None:
    path = caller.customer_list("Ann@Example.com", ANN.upper(), "nonsense", "ben@example.com", "a" * 32, "b" * 40)
    assert caller.get(path)["num_uploaded_user_records"] == 6
    assert caller.members(path) == {"ben@example.com", "a" * 32, "b" * 40}


def test_an_audience_is_as_far_as_its_list(caller: Caller) -> None:
    path = caller.customer_list(*hundred())
    rule = {"customer_list_id": path.rpartition("/")[2]}
    made = caller.done("POST", AUDIENCES, {"name": "Gold", "audience_type": "CUSTOMER_LIST", "rule": rule})
    caller.clock.forward(minutes=10)
    shown = caller.get(f"{AUDIENCES}/{made['id']}")
    assert (shown["status"], shown["size"], shown["rule"]) == ("READY", 100, rule)


def test_an_audience_is_renamed_and_removed_and_the_list_stays(caller: Caller) -> None:
    path = caller.customer_list(ANN)
    rule = {"customer_list_id": path.rpartition("/")[2]}
    made = caller.done("POST", AUDIENCES, {"name": "Gold", "audience_type": "CUSTOMER_LIST", "rule": rule})
    audience = f"{AUDIENCES}/{made['id']}"
    assert caller.done("PATCH", audience, {"name": "Silver", "description": "x"})["name"] == "Silver"
    caller.done("PATCH", audience, {"operation_type": "REMOVE"})
    assert caller.refusal("GET", audience) == (404, 404)
    assert caller.members(path) == {ANN}


def test_the_desk_tells_in_which_lists_a_hash_is(caller: Caller) -> None:
    caller.customer_list(ANN, name="Gold")
    caller.customer_list(ANN, BEN, name="Silver")
    assert caller.vendor.holding(ANN) == {"customer_lists": "Gold, Silver"}
    assert caller.vendor.holding(CIS) is None


def test_ten_thousand_records_cost_next_to_nothing(caller: Caller) -> None:
    records = [sha(str(number)) for number in range(10_000)]
    path, body = caller.customer_list(ANN), adding(*records)
    began = time.process_time()
    for _ in range(10):
        caller.done("PATCH", path, body)
    assert time.process_time() - began < 2
    assert len(caller.members(path)) == 10_001
