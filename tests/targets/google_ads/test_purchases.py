"""What goes over the wire to Google of a purchase, and what becomes of each row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.google_ads import GoogleAds
from plugins.wire.outbox import Row
from plugins.wire.retry import HopelessError
from tests.targets.google_ads.stage import PAYLOAD, WEB, Run, bought, carrier, counted, deliver, requests, sha
from tests.targets.kept import Kept, messages, start

GRANTED = {"adUserData": "CONSENT_GRANTED", "adPersonalization": "CONSENT_GRANTED"}
BAD_AT = "2099-01-01T00:00:00Z"
"""Google refuses a call with an event that is yet to come."""


def test_a_purchase_in_a_shop_says_which_shop_what_and_for_how_much(vendor: GoogleAds, config: dict[str, Any]) -> None:
    outbox = Kept()
    Run(config, outbox, bought())
    (body,) = requests(vendor)
    (event,) = body["events"]
    assert event == {
        "transactionId": "tilroy:71234", "eventTimestamp": "2026-03-01T09:12:00.000000Z", "eventSource": "IN_STORE",
        "currency": "EUR", "conversionValue": 79.95, "eventLocation": {"storeId": "87"},
        "userData": {"userIdentifiers": [{"emailAddress": sha("ann@gmail.com")}, {"phoneNumber": sha("+31612345678")}]},
        "cartData": {
            "merchantId": "123456", "merchantFeedLabel": "NL", "merchantFeedLanguageCode": "nl",
            "items": [{"merchantProductId": "WW5001-M", "quantity": "1", "unitPrice": 79.95}],
        },
    }  # fmt: skip
    assert (body["consent"], body["encoding"]) == (GRANTED, "HEX")
    assert outbox.states == {"tilroy:71234": "accepted"}
    assert counted(vendor) == {("7001", "tilroy:71234")}


def test_a_purchase_on_the_web_names_no_shop_and_no_click(vendor: GoogleAds, config: dict[str, Any]) -> None:
    Run(config, Kept(), bought("web:1", **WEB), bought("web:2", place="web"))
    (body,) = requests(vendor)
    assert [each["eventSource"] for each in body["events"]] == ["WEB", "WEB"]
    assert not [each for each in body["events"] if each.keys() & {"eventLocation", "adIdentifiers"}]
    assert counted(vendor) == {("7002", "web:1"), ("7002", "web:2")}


def test_only_purchases_of_a_place_with_a_conversion_action_go(vendor: GoogleAds, config: dict[str, Any]) -> None:
    outbox = Kept()
    run = Run({**config, "web_conversion_action_id": ""}, outbox, bought(), bought("web:1", **WEB))
    assert counted(vendor) == {("7001", "tilroy:71234")}
    assert run.reasons["no conversion action; set web_conversion_action_id"] == 1


def test_a_conversion_action_of_the_other_type_leaves_purchases_open(vendor: GoogleAds, config: dict[str, Any]) -> None:
    outbox = deliver({**config, "web_conversion_action_id": "7001"}, bought("web:1", **WEB), bought())
    assert outbox.states == {"web:1": "unknown", "tilroy:71234": "staged"}
    assert outbox.reasons["web:1"].startswith("the conversion action is of another type; check ")


def test_goes_without_its_items_where_nobody_says_whose_catalogue_they_are_of(
    vendor: GoogleAds, config: dict[str, Any]
) -> None:
    deliver({**config, "merchant_id": ""}, bought())
    returned = [{"id": "WW5001-M", "quantity": -1, "unit_minor": 7995}]
    deliver(config, bought("tilroy:2", items=returned), bought("tilroy:3", items=[]))
    events = [event for body in requests(vendor) for event in body["events"]]
    assert (len(events), [each for each in events if "cartData" in each]) == (3, [])


def test_no_address_or_name_of_anybody_goes_over_the_wire(vendor: GoogleAds, config: dict[str, Any]) -> None:
    home = {"first_name": "Ann", "last_name": "de Vries", "postcode": "1012 AB", "country": "nl"}
    Run(config, Kept(), bought(fields={"phone": "+31612345678", **home}))
    (address,) = [each["address"] for each in requests(vendor)[0]["events"][0]["userData"]["userIdentifiers"][2:]]
    assert address["familyName"] == sha("de vries")
    wire = b"".join(call.body + call.query.encode() for call in vendor.calls).lower()
    assert not [each for each in (b"gmail", b"31612345678", b"vries") if each in wire]


def test_the_same_purchase_twice_counts_once_and_is_accepted_twice(vendor: GoogleAds, config: dict[str, Any]) -> None:
    first, second = Kept(), Kept()
    Run(config, first, bought())
    Run(config, second, bought())
    assert (first.states, second.states) == ({"tilroy:71234": "accepted"}, {"tilroy:71234": "accepted"})
    assert second.reasons["tilroy:71234"] == "Google had some already: 1 DUPLICATE_TRANSACTION_ID"
    assert len(counted(vendor)) == 1


def test_takes_as_few_calls_as_google_allows(vendor: GoogleAds, config: dict[str, Any]) -> None:
    deliver({**config, "merchant_id": ""}, *(bought(f"tilroy:{number}") for number in range(2_001)))
    assert [len(body["events"]) for body in requests(vendor)] == [2000, 1]


def test_without_a_conversion_action_purchases_wait_and_people_go_on(vendor: GoogleAds, config: dict[str, Any]) -> None:
    ann = Row("ann", "add", "ann@example.org", {"fields": {}, "tags_on": ["gold"], "tags_off": []})
    outbox = Kept()
    unset = {**config, "conversion_action_id": "", "web_conversion_action_id": ""}
    run = Run(unset, outbox, bought(), ann, bought("web:1", **WEB))
    assert outbox.states == {"ann": "accepted", "tilroy:71234": "dropped", "web:1": "dropped"}
    assert run.reasons["no conversion action; set conversion_action_id"] == 1
    assert (requests(vendor), run.counts["dropped"]) == ([], 2)


BROKEN = [
    bought("1", total_minor="7995"),
    bought("2", at="yesterday"),
    bought("3", place="market"),
    bought("4", currency="euro"),
    bought("5", colour="red"),
    bought("6", "remove"),
    bought("7", items=[{"id": "", "quantity": 1, "unit_minor": 1}]),
    Row("8", "add", "purchase:8", {"kind": "purchase"}),
]


def test_a_row_that_is_none_is_rejected_and_holds_up_nobody(config: dict[str, Any]) -> None:
    outbox = deliver(config, *BROKEN, bought())
    assert outbox.states == {**{row.key: "rejected" for row in BROKEN}, "tilroy:71234": "staged"}
    assert {outbox.reasons[row.key] for row in BROKEN} == {"malformed payload"}


def test_what_google_cannot_count_is_rejected_without_a_call(vendor: GoogleAds, config: dict[str, Any]) -> None:
    outbox = deliver(config, bought("1", store=None), bought("2", email="nobody", fields={}))
    assert outbox.reasons == {"1": "a purchase in a shop, and not in which", "2": "nothing to be found by"}
    assert vendor.calls == []


def test_halves_a_refused_call_until_the_bad_row_is_found(vendor: GoogleAds, config: dict[str, Any]) -> None:
    rows = [bought(f"tilroy:{number}", at=BAD_AT if number == 5 else PAYLOAD["at"]) for number in range(16)]
    outbox = deliver(config, *rows)
    assert outbox.states == {row.key: "rejected" if row.key == "tilroy:5" else "staged" for row in rows}
    assert outbox.reasons["tilroy:5"] == "HTTP 400 EVENT_TIME_INVALID"
    assert len(requests(vendor)) == 9


def test_who_may_not_go_any_more_does_not_go(vendor: GoogleAds, config: dict[str, Any]) -> None:
    outbox = Kept(withheld=["tilroy:1"])
    delivery = carrier(config, outbox)
    delivery.deliver([bought("tilroy:1"), bought("tilroy:2")])
    assert [each["transactionId"] for each in requests(vendor)[0]["events"]] == ["tilroy:2"]
    assert delivery.counts == {"dropped": 1, "staged": 1}


def test_an_account_without_store_sales_leaves_those_open_and_brings_the_webs(
    vendor: GoogleAds, config: dict[str, Any]
) -> None:
    vendor.perform("end_store_sales")
    rows = [bought(f"tilroy:{number}") for number in range(5)]
    outbox = deliver(config, *rows, bought("web:1", **WEB), size=2)
    assert outbox.states == {**{row.key: "unknown" for row in rows}, "web:1": "staged"}
    assert set(outbox.reasons.values()) == {"the account may not upload store sales; ask Google", ""}
    assert len(requests(vendor)) == 2


@pytest.mark.parametrize("rows", [1, 3])
def test_a_wrong_conversion_action_leaves_purchases_open_and_says_what_to_check(
    vendor: GoogleAds, config: dict[str, Any], rows: int
) -> None:
    wrong = {**config, "conversion_action_id": "99"}
    outbox = deliver(wrong, *(bought(f"tilroy:{number}") for number in range(rows)))
    assert set(outbox.states.values()) == {"unknown"}
    (why,) = set(outbox.reasons.values())
    assert why.startswith("there is no such conversion action; check conversion_action_id")
    assert len(requests(vendor)) == 1


def test_a_wrong_key_stops_the_run(config: dict[str, Any]) -> None:
    outbox = Kept()
    with pytest.raises(HopelessError, match="invalid_grant"):
        deliver({**config, "refresh_token": "1//other"}, bought(), outbox=outbox)
    assert outbox.states == {"tilroy:71234": "unknown"}


def test_is_staged_until_google_counted_it_and_the_next_run_asks_too(vendor: GoogleAds, config: dict[str, Any]) -> None:
    vendor.perform("slow_down", polls="9")
    outbox = Kept()
    Run(config, outbox, bought())
    (waiting,) = outbox.staged()
    assert (outbox.states, waiting.receipt.partition(":")[0]) == ({"tilroy:71234": "staged"}, "purchase")
    Run(config, outbox)
    assert outbox.states == {"tilroy:71234": "accepted"}


def test_people_and_purchases_are_asked_for_side_by_side(config: dict[str, Any]) -> None:
    ann = Row("ann", "add", "ann@example.org", {"fields": {}, "tags_on": ["gold"], "tags_off": []})
    outbox = Kept()
    run = Run(config, outbox, ann, bought())
    assert outbox.states == {"ann": "accepted", "tilroy:71234": "accepted"}
    assert run.counts == {"staged": 2, "accepted": 2}


def test_a_receipt_of_people_from_an_earlier_version_is_still_asked_for(
    vendor: GoogleAds, config: dict[str, Any]
) -> None:
    outbox = Kept()
    ann = Row("ann", "add", "ann@example.org", {"fields": {}, "tags_on": ["gold"], "tags_off": []})
    vendor.perform("slow_down", polls="9")
    Run(config, outbox, ann)
    (waiting,) = outbox.staged()
    assert waiting.receipt in vendor.taken
    Run(config, outbox)
    assert outbox.states == {"ann": "accepted"}


@pytest.mark.parametrize(
    ("act", "told", "state", "reason"),
    [
        ("fail_next", {}, "unknown", "Google did not do all of it: 2 INTERNAL_ERROR"),
        ("fail_next", {"reason": "EVENT_TOO_OLD"}, "rejected", "Google took no purchase: 2 EVENT_TOO_OLD"),
        ("drop_next", {"count": "1"}, "unknown", "Google did not do all of it: 1 INTERNAL_ERROR"),
        ("drop_next", {"count": "1", "reason": "NO_CONSENT"}, "accepted", "Google did not take all: 1 NO_CONSENT"),
    ],
)
def test_what_google_tells_later_is_told_of_all_rows_of_the_call(
    vendor: GoogleAds, config: dict[str, Any], act: str, told: dict[str, str], state: str, reason: str
) -> None:
    if "reason" in told:
        told = {**told, "reason": f"PROCESSING_ERROR_REASON_{told['reason']}"}
    vendor.perform(act, **told)
    outbox = Kept()
    Run(config, outbox, bought("tilroy:1"), bought("tilroy:2"))
    assert set(outbox.states.values()) == {state}
    assert set(outbox.reasons.values()) == {reason}


def test_what_failed_at_google_counts_once_when_it_is_sent_again(vendor: GoogleAds, config: dict[str, Any]) -> None:
    vendor.perform("drop_next", count="1")
    Run(config, Kept(), bought("tilroy:1"), bought("tilroy:2"))
    again = Kept()
    Run(config, again, bought("tilroy:1"), bought("tilroy:2"))
    assert set(again.states.values()) == {"accepted"}
    assert counted(vendor) == {("7001", "tilroy:1"), ("7001", "tilroy:2")}


def test_what_google_forgot_is_unknown(vendor: GoogleAds, config: dict[str, Any]) -> None:
    vendor.perform("slow_down", polls="9")
    outbox = Kept()
    Run(config, outbox, bought())
    vendor.perform("forget_requests")
    Run(config, outbox)
    assert outbox.reasons == {"tilroy:71234": "Google does not know the request any more"}


def test_an_answer_that_never_came_leaves_the_row_unknown(vendor: GoogleAds, config: dict[str, Any]) -> None:
    vendor.faults.add(match="POST .*events:ingest", reset="after")
    assert deliver(config, bought()).states == {"tilroy:71234": "unknown"}


def test_runs_alone_on_a_pipe_and_shows_nobody(vendor: GoogleAds, config: dict[str, Any], tmp_path: Path) -> None:
    vendor.polls = 0
    process = start("google_ads", config, tmp_path)
    _, said = process.communicate(messages(bought(), bought("web:1", store=None)), timeout=60)
    assert process.returncode == 0, said
    assert "accepted 1, rejected 1, staged 1; a purchase in a shop, and not in which: 1" in said
    assert not [each for each in ("gmail", "31612345678", config["client_secret"]) if each in said]
