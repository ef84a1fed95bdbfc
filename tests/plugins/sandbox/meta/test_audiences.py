"""People go into audiences and out of them; who is in is never told."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.plugins.sandbox.meta.stage import ACCOUNT, ANN, BEN, CIS, START, Caller, batch, people, sha

KEYS = ("EXTERN_ID", "EMAIL", "PHONE")
LISTS = ([ANN], [BEN])


@pytest.fixture
def audience(caller: Caller) -> str:
    return caller.audience()


def test_makes_reads_changes_and_deletes_an_audience(caller: Caller, audience: str) -> None:
    caller.post(audience, {"description": "All who left"})
    shown = caller.get(audience, fields="name,description,operation_status,approximate_count_lower_bound")
    assert shown == {
        "id": audience,
        "name": "Gone quiet",
        "description": "All who left",
        "operation_status": {"code": 200, "description": "Normal"},
        "approximate_count_lower_bound": -1,
    }
    assert [each["id"] for each in caller.get(f"{ACCOUNT}/customaudiences")["data"]] == [audience]
    assert caller.call("DELETE", audience).json == {"success": True}
    assert caller.refusal("GET", audience) == (100, 33)


def test_adds_twice_and_removes_the_absent_without_a_word(caller: Caller, audience: str) -> None:
    for _ in range(2):
        caller.post(f"{audience}/users", people([ANN], [BEN]))
    assert caller.members(audience).people == {(ANN,), (BEN,)}
    caller.call("DELETE", f"{audience}/users", people([ANN], [CIS]))
    assert (caller.members(audience).people, caller.members(audience).size) == ({(BEN,)}, 1)


@pytest.mark.parametrize(("schema", "rows"), [("EMAIL", (ANN, BEN)), (["EMAIL"], (ANN, BEN)), ("EMAIL", LISTS)])
def test_takes_one_key_in_every_documented_form(caller: Caller, audience: str, schema: Any, rows: Any) -> None:
    answer = caller.post(f"{audience}/users", people(*rows, schema=schema))
    assert (answer["audience_id"], answer["num_received"]) == (audience, 2)
    assert caller.members(audience).size == 2


def test_reads_a_form_and_a_post_that_stands_for_a_delete(caller: Caller, audience: str) -> None:
    def form(**more: str) -> None:
        told = people(["C-1", ANN, ""], schema=KEYS)
        body = urlencode({"payload": json.dumps(told["payload"]), "access_token": caller.vendor.access_token, **more})
        kind = "application/x-www-form-urlencoded"
        assert caller.client.post(f"/v25.0/{audience}/users", data=body, content_type=kind).status_code == 200

    form()
    assert caller.members(audience).people == {("C-1", ANN)}
    form(method="DELETE")
    assert caller.members(audience).people == set()


def test_ignores_bad_rows_with_200_and_shows_samples(caller: Caller, audience: str) -> None:
    answer = caller.post(f"{audience}/users", people([ANN], ["ben@example.com"], [CIS.upper()], [""]))
    assert (answer["num_received"], answer["num_invalid_entries"]) == (4, 3)
    assert set(answer["invalid_entry_samples"]) == {"ben@example.com", CIS.upper(), ""}
    assert caller.members(audience).people == {(ANN,)}
    assert caller.post(f"{audience}/users", people([ANN]))["invalid_entry_samples"] == []


def test_finds_a_person_by_any_value_that_was_sent(caller: Caller, audience: str) -> None:
    caller.post(f"{audience}/users", people(["C-1", ANN, sha("31612345678")], schema=KEYS))
    caller.post(f"{audience}/users", people([ANN]))
    assert caller.members(audience).size == 1
    assert caller.vendor.holding(ANN) == {"audiences": "Gone quiet"}
    caller.call("DELETE", f"{audience}/users", people([sha("31612345678")], schema=["PHONE"]))
    assert (caller.members(audience).people, caller.vendor.holding(ANN)) == (set(), None)


def test_knows_own_ids_in_every_audience_of_the_account(caller: Caller, audience: str) -> None:
    other = caller.audience("Other")
    caller.post(f"{audience}/users", people(["C-1", ANN, ""], schema=KEYS))
    caller.post(f"{other}/users", people(["C-1"], ["C-2"], schema="EXTERN_ID"))
    assert caller.members(other).people == caller.members(audience).people
    caller.call("DELETE", f"{other}/users", people(["C-1"], schema="EXTERN_ID"))
    assert caller.members(other).people == set()


def test_forgets_a_person_in_every_audience_at_once(caller: Caller, audience: str) -> None:
    other = caller.audience("Other")
    for each in (audience, other):
        caller.post(f"{each}/users", people([ANN], [BEN]))
    answer = caller.call("DELETE", f"{ACCOUNT}/usersofanyaudience", people([ANN])).json
    assert answer
    assert answer["account_id"] == ACCOUNT.removeprefix("act_")
    assert [caller.members(each).people for each in (audience, other)] == [{(BEN,)}] * 2


def test_counts_over_a_session_and_tells_how_far_it_is(caller: Caller, audience: str) -> None:
    caller.post(f"{audience}/users", people([ANN], ["x"], **batch(1)))
    answer = caller.post(f"{audience}/users", people([BEN], **batch(2, last=True)))
    assert (answer["session_id"], answer["num_received"]) == ("1", 3)
    assert caller.get(f"{audience}/sessions")["data"] == [
        {
            "session_id": "1",
            "stage": "finished",
            "num_received": "3",
            "num_matched": "2",
            "num_invalid_entries": "1",
            "progress": "100",
            "start_time": "2026-11-01T12:00:00+0000",
            "end_time": "2026-11-01T12:00:00+0000",
        }
    ]
    assert caller.refusal("POST", f"{audience}/users", people([BEN], **batch(3))) == (100, 0)
    assert caller.refusal("POST", f"{caller.audience('B')}/users", people([BEN], **batch(1))) == (100, 0)


def test_tells_a_large_size_in_round_numbers_only(caller: Caller, audience: str) -> None:
    caller.post(f"{audience}/users", people(*([sha(str(number))] for number in range(2345))))
    shown = caller.get(audience, fields="approximate_count_lower_bound,approximate_count_upper_bound")
    assert (shown["approximate_count_lower_bound"], shown["approximate_count_upper_bound"]) == (2300, 2600)


def test_takes_ten_thousand_rows_and_not_one_more(caller: Caller, audience: str) -> None:
    rows = [[ANN]] * 10_001
    assert caller.post(f"{audience}/users", people(*rows[1:]))["num_received"] == 10_000
    assert caller.refusal("POST", f"{audience}/users", people(*rows)) == (100, 0)


def test_takes_nobody_before_the_terms_are_accepted(caller: Caller, audience: str) -> None:
    caller.vendor.perform("withdraw_terms")
    assert caller.get(ACCOUNT, fields="tos_accepted") == {"tos_accepted": {}, "id": ACCOUNT}
    assert caller.refusal("POST", f"{audience}/users", people([ANN])) == (200, 1870090)
    caller.vendor.perform("accept_terms")
    assert caller.get(ACCOUNT, fields="tos_accepted")["tos_accepted"] == {"custom_audience_tos": 1}
    assert caller.post(f"{audience}/users", people([ANN]))["num_received"] == 1


def test_shows_what_metas_people_did_to_an_audience(caller: Caller, audience: str) -> None:
    caller.vendor.perform("flag_audience", audience_id=audience)
    assert caller.get(audience, fields="operation_status")["operation_status"]["code"] == 471
    caller.vendor.perform("block_uploads", audience_id=audience)
    assert caller.refusal("POST", f"{audience}/users", people([ANN])) == (100, 1713230)
    caller.vendor.perform("clear_audience", audience_id=audience)
    assert caller.post(f"{audience}/users", people([ANN]))["num_received"] == 1


def test_replaces_all_only_when_the_last_batch_has_come(caller: Caller, audience: str) -> None:
    caller.post(f"{audience}/users", people([ANN]))
    answer = caller.post(f"{audience}/usersreplace", people([BEN], **batch(1)))
    assert answer["account_id"] == ACCOUNT.removeprefix("act_")
    assert "audience_id" not in answer
    assert caller.get(audience, fields="operation_status")["operation_status"]["code"] == 414
    assert caller.members(audience).people == {(ANN,)}
    assert caller.post(f"{audience}/usersreplace", people([CIS], **batch(2, last=True)))["num_received"] == 2
    assert caller.members(audience).people == {(BEN,), (CIS,)}
    assert caller.refusal("POST", f"{audience}/usersreplace", people([ANN], **batch(3))) == (2650, 1870159)


@pytest.mark.parametrize(
    ("second", "subcode"),
    [
        (batch(2, session=2), 1870145),
        (batch(1, session=2), 1870145),
        (batch(3, last=True), 1870148),
        ({**batch(2), "estimated_num_total": 100_000_000}, 1870144),
    ],
)
def test_refuses_what_breaks_a_replacement(caller: Caller, audience: str, second: dict[str, int], subcode: int) -> None:
    caller.post(f"{audience}/usersreplace", people([BEN], **batch(1)))
    assert caller.refusal("POST", f"{audience}/usersreplace", people([ANN], **second)) == (2650, subcode)


def test_begins_a_replacement_with_the_first_batch(caller: Caller, audience: str) -> None:
    assert caller.refusal("POST", f"{audience}/usersreplace", people([BEN], **batch(2))) == (2650, 1870147)
    assert caller.refusal("POST", f"{audience}/usersreplace", people([BEN])) == (100, 0)


def test_gives_a_replacement_ninety_minutes(caller: Caller, audience: str) -> None:
    caller.post(f"{audience}/users", people([ANN]))
    caller.post(f"{audience}/usersreplace", people([BEN], **batch(1)))
    caller.clock.forward(minutes=91)
    assert caller.refusal("POST", f"{audience}/usersreplace", people([CIS], **batch(2))) == (2650, 1870158)
    assert caller.members(audience).people == {(ANN,)}
    caller.post(f"{audience}/usersreplace", people([CIS], **batch(1, session=2, last=True)))
    assert caller.members(audience).people == {(CIS,)}


def test_does_not_mix_a_replacement_with_other_uploads(caller: Caller, audience: str) -> None:
    caller.post(f"{audience}/usersreplace", people([BEN], **batch(1)))
    assert caller.refusal("POST", f"{audience}/users", people([ANN])) == (2650, 1870145)
    assert caller.refusal("POST", f"{audience}/usersreplace", people(["C", ANN, ""], schema=KEYS, **batch(2)))[0] == 100


def test_begins_its_life_at_the_clock_it_was_given(caller: Caller, audience: str) -> None:
    assert caller.get(audience, fields="time_created")["time_created"] == int(START.timestamp())
