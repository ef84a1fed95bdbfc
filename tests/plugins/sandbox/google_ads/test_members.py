"""People go into lists and out of them later than they are taken; nobody tells who it was that failed."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.plugins.sandbox.google_ads.stage import (
    ADDRESS,
    ANN,
    BEN,
    CIS,
    DENIED,
    EVENTS,
    GRANTED,
    INGEST,
    LISTS,
    REMOVE,
    REMOVE_ALL,
    STATUS,
    Caller,
    event,
    joining,
    leaving,
    member,
    sales,
    sha,
    to,
)

PHONE = sha("+31612345678")


@pytest.fixture
def gold(caller: Caller) -> str:
    return caller.list("Gold")


def test_is_processing_for_some_polls_and_then_carried_out(caller: Caller, gold: str) -> None:
    path = f"{STATUS}?requestId={caller.post(INGEST, joining(gold, member(ANN)))['requestId']}"
    for _ in range(caller.vendor.polls):
        assert caller.get(path)["requestStatusPerDestination"][0]["requestStatus"] == "PROCESSING"
        assert caller.within(gold) == set()
    assert caller.get(path)["requestStatusPerDestination"] == [
        {
            "destination": to(gold),
            "requestStatus": "SUCCESS",
            "audienceMembersIngestionStatus": {
                "userDataIngestionStatus": {
                    "recordCount": "1", "userIdentifierCount": "1", "uploadMatchRateRange": "MATCH_RATE_RANGE_61_TO_70",
                }
            },
        }
    ]  # fmt: skip
    assert caller.within(gold) == {ANN}
    assert caller.vendor.holding(ANN) == {"lists": "Gold"}


def test_adds_twice_and_removes_the_absent_without_a_word(caller: Caller, gold: str) -> None:
    for _ in range(2):
        assert caller.state(INGEST, joining(gold, member(ANN), member(BEN))) == "SUCCESS"
    assert caller.within(gold) == {ANN, BEN}
    assert caller.state(REMOVE, leaving(gold, member(ANN), member(CIS))) == "SUCCESS"
    assert caller.within(gold) == {BEN}


def test_finds_somebody_by_every_identifier_that_was_not_taken_back(caller: Caller, gold: str) -> None:
    known = [{"emailAddress": ANN}, {"phoneNumber": PHONE}, {"address": ADDRESS}]
    caller.state(INGEST, joining(gold, {"userData": {"userIdentifiers": known}}))
    caller.state(REMOVE, leaving(gold, member(ANN)))
    assert (caller.vendor.holding(ANN), caller.vendor.holding(PHONE)) == (None, {"lists": "Gold"})
    caller.state(REMOVE, leaving(gold, {"userData": {"userIdentifiers": known}}))
    assert caller.within(gold) == set()


def test_reads_hex_of_either_case_and_base_64_as_the_same_person(caller: Caller, gold: str) -> None:
    caller.state(INGEST, joining(gold, member(ANN.upper())))
    assert caller.within(gold) == {ANN}
    same = base64.b64encode(bytes.fromhex(ANN)).decode()
    caller.state(REMOVE, leaving(gold, member(same), encoding="BASE64"))
    assert caller.within(gold) == set()


def test_brings_one_request_into_several_lists(caller: Caller, gold: str) -> None:
    silver = caller.list("Silver")
    people = [member(ANN, destinationReferences=["g", "s"]), member(BEN, destinationReferences=["s"]), member(CIS)]
    told = caller.done(caller.post(INGEST, joining("", *people, destinations=[to(gold, "g"), to(silver, "s")])))
    assert (caller.within(gold), caller.within(silver)) == ({ANN, CIS}, {ANN, BEN, CIS})
    counts = [each["audienceMembersIngestionStatus"]["userDataIngestionStatus"]["recordCount"] for each in told]
    assert counts == ["2", "3"]
    assert caller.vendor.holding(ANN) == {"lists": "Gold, Silver"}


@pytest.mark.parametrize(
    ("whole", "own", "reason"),
    [
        (None, None, "NO"),
        ({"adUserData": "CONSENT_GRANTED"}, None, "NO"),
        (DENIED, None, "DENIED"),
        ({**GRANTED, "adUserData": "CONSENT_STATUS_UNSPECIFIED"}, None, "UNKNOWN"),
        (GRANTED, DENIED, "DENIED"),
        (DENIED, GRANTED, ""),
        (GRANTED, None, ""),
    ],
)
def test_drops_whom_nobody_may_look_for_and_says_only_how_many(
    caller: Caller, gold: str, whole: Any, own: Any, reason: str
) -> None:
    body = joining(gold, member(ANN, **({"consent": own} if own else {})), member(BEN, consent=GRANTED), consent=whole)
    (told,) = caller.done(caller.post(INGEST, body))
    if not reason:
        assert (told["requestStatus"], caller.within(gold)) == ("SUCCESS", {ANN, BEN})
        return
    assert told["requestStatus"] == "PARTIAL_SUCCESS"
    dropped = {"recordCount": "1", "reason": f"PROCESSING_ERROR_REASON_{reason}_CONSENT"}
    assert told["errorInfo"] == {"errorCounts": [dropped]}
    assert ANN not in str(told)
    assert caller.within(gold) == {BEN}


def test_fails_a_request_of_which_nothing_can_be_taken(caller: Caller, gold: str) -> None:
    assert caller.state(INGEST, joining(gold, member(ANN), consent=DENIED)) == "FAILED"
    caller.vendor.perform("fail_next")
    assert caller.state(INGEST, joining(gold, member(ANN))) == "FAILED"
    assert caller.within(gold) == set()
    assert caller.state(INGEST, joining(gold, member(ANN))) == "SUCCESS"


def test_drops_some_of_a_request_when_a_script_says_so(caller: Caller, gold: str) -> None:
    caller.vendor.perform("drop_next", count="1", reason="PROCESSING_ERROR_REASON_INVALID_FORMAT")
    (told,) = caller.done(caller.post(INGEST, joining(gold, member(ANN), member(BEN))))
    assert (told["requestStatus"], caller.within(gold)) == ("PARTIAL_SUCCESS", {BEN})
    assert told["errorInfo"]["errorCounts"][0]["recordCount"] == "1"


def test_fails_what_was_for_a_list_that_is_gone(caller: Caller, gold: str) -> None:
    answer = caller.post(INGEST, joining(gold, member(ANN)))
    caller.call("DELETE", f"{LISTS}/{gold}")
    assert caller.done(answer)[0]["requestStatus"] == "FAILED"


def test_only_validates_when_asked_to(caller: Caller, gold: str) -> None:
    assert caller.post(INGEST, joining(gold, member(ANN), validateOnly=True)) == {}
    assert caller.vendor.taken == {}


def test_refreshes_a_list_by_ingesting_all_and_then_removing_the_older(caller: Caller, gold: str) -> None:
    caller.state(INGEST, joining(gold, member(ANN), member(BEN)))
    caller.clock.forward(minutes=30)
    begun = caller.clock().isoformat()
    caller.state(INGEST, joining(gold, member(BEN), member(CIS)))
    caller.state(REMOVE_ALL, {"destinations": [to(gold)], "removeAsOfTime": begun})
    assert caller.within(gold) == {BEN, CIS}
    caller.clock.forward(seconds=1)
    caller.state(REMOVE_ALL, {"destinations": [to(gold)]})
    assert caller.within(gold) == set()


def test_forgets_people_who_were_not_added_again(caller: Caller) -> None:
    week = caller.list("Week", membershipDuration=f"{7 * 86_400}s")
    caller.state(INGEST, joining(week, member(ANN)))
    caller.clock.forward(days=6)
    assert caller.vendor.holding(ANN) == {"lists": "Week"}
    caller.clock.forward(days=1)
    assert caller.vendor.holding(ANN) is None


def test_nobody_comes_in_before_the_terms_are_accepted(caller: Caller, gold: str) -> None:
    caller.vendor.perform("withdraw_terms")
    assert caller.reasons("POST", INGEST, joining(gold, member(ANN))) == ["TERMS_AND_CONDITIONS_NOT_SIGNED"]
    assert caller.state(REMOVE, leaving(gold, member(ANN))) == "SUCCESS"
    caller.vendor.perform("accept_terms")
    assert caller.state(INGEST, joining(gold, member(ANN))) == "SUCCESS"


def test_carries_out_in_the_order_in_which_it_was_asked(caller: Caller, gold: str) -> None:
    caller.post(INGEST, joining(gold, member(ANN)))
    last = caller.post(REMOVE, leaving(gold, member(ANN)))["requestId"]
    caller.vendor.perform("carry_out_request", request_id=last)
    assert caller.within(gold) == set()


def test_a_request_may_take_long_and_be_forgotten(caller: Caller, gold: str) -> None:
    caller.vendor.perform("slow_down", polls="50")
    answer = caller.post(INGEST, joining(gold, member(ANN)))
    caller.vendor.polls = 3
    assert caller.done(answer)[0]["requestStatus"] == "PROCESSING"
    caller.vendor.perform("forget_requests")
    assert caller.reasons("GET", f"{STATUS}?requestId={answer['requestId']}") == ["INVALID_REQUEST_ID"]
    assert caller.within(gold) == {ANN}


def test_pages_through_lists_and_finds_one_by_its_name(caller: Caller) -> None:
    for number in range(5):
        caller.list(f"List {number}", description="even" if number % 2 == 0 else "odd")
    names, token = [], ""
    while True:
        page = caller.get(f"{LISTS}?pageSize=2&pageToken={token}")
        names += [each["displayName"] for each in page["userLists"]]
        if not (token := page.get("nextPageToken", "")):
            break
    assert names == [f"List {number}" for number in range(5)]
    for text, found in {
        'display_name = "List 3"': 1, 'description = "odd" AND id > 9000000002': 1, 'display_name != "List 3"': 4,
        'IN(description, "odd", "none")': 2, "ingested_user_list_info.upload_key_types : CONTACT_ID": 5,
        'display_name = "None"': 0,
    }.items():  # fmt: skip
        assert len(caller.get(f"{LISTS}?filter={text}").get("userLists", ())) == found, text


def test_tells_the_size_in_round_numbers_only(caller: Caller, gold: str) -> None:
    caller.state(INGEST, joining(gold, *(member(sha(str(number))) for number in range(234))))
    assert caller.get(f"{LISTS}/{gold}")["sizeInfo"]["searchNetworkMembersCount"] == "200"


def test_a_sale_counts_once(caller: Caller) -> None:
    assert caller.state(EVENTS, sales(event())) == "SUCCESS"
    (told,) = caller.done(caller.post(EVENTS, sales(event(), event(transactionId="POS-2"), event(consent=DENIED))))
    assert told["requestStatus"] == "PARTIAL_SUCCESS"
    assert told["eventsIngestionStatus"] == {"recordCount": "1"}
    assert {each["reason"].removeprefix("PROCESSING_ERROR_REASON_") for each in told["errorInfo"]["errorCounts"]} == {
        "DUPLICATE_TRANSACTION_ID",
        "DENIED_CONSENT",
    }


def test_a_sale_that_failed_or_is_still_waiting_does_not_count(caller: Caller) -> None:
    caller.vendor.perform("fail_next")
    assert caller.state(EVENTS, sales(event())) == "FAILED"
    caller.vendor.perform("drop_next", count="1")
    assert caller.state(EVENTS, sales(event(), event(transactionId="POS-2"))) == "PARTIAL_SUCCESS"
    assert caller.vendor.holding(ANN) == {"purchases": "1"}
    waiting = caller.post(EVENTS, sales(event()))
    assert caller.vendor.holding(ANN) == {"purchases": "1"}
    assert caller.done(waiting)[0]["requestStatus"] == "SUCCESS"
    assert caller.vendor.holding(ANN) == {"purchases": "2"}


@pytest.mark.parametrize(
    ("cart", "reason"),
    [
        ({"merchantId": "12a"}, "INVALID_MERCHANT_ID"),
        ({"items": [{"merchantId": "12a"}]}, "INVALID_MERCHANT_ID"),
        ({"merchantFeedLanguageCode": "Dutch"}, "INVALID_MERCHANT_FEED_LANGUAGE_CODE"),
    ],
)
def test_a_cart_names_a_catalogue_that_may_be(caller: Caller, cart: dict[str, Any], reason: str) -> None:
    assert caller.reasons("POST", EVENTS, sales(event(cartData=cart))) == [reason]


def test_store_sales_are_not_for_everybody(caller: Caller) -> None:
    caller.vendor.perform("end_store_sales")
    assert caller.reasons("POST", EVENTS, sales(event())) == ["ACCOUNT_INELIGIBLE_FOR_STORE_SALES"]
    assert caller.state(EVENTS, sales(event(eventSource="WEB"), destinations=[to("7002")])) == "SUCCESS"


@pytest.mark.parametrize(
    ("said", "action", "reason"),
    [
        ({"eventSource": "IN_STORE"}, "7002", "INVALID_CONVERSION_ACTION_TYPE"),
        ({"eventSource": "WEB"}, "7001", "INVALID_CONVERSION_ACTION_TYPE"),
        ({"eventSource": "WEB", "transactionId": ""}, "7002", "REQUIRED_FIELD_MISSING"),
    ],
)
def test_an_action_of_shops_counts_nothing_of_the_web(
    caller: Caller, said: dict[str, str], action: str, reason: str
) -> None:
    assert caller.reasons("POST", EVENTS, sales(event(**said), destinations=[to(action)])) == [reason]
