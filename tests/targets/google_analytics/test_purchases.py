"""What becomes of purchases in shops: how they are told, that nobody is named, and that none is told twice."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.google_analytics import GoogleAnalytics
from plugins.wire.outbox import Fixed, Row
from plugins.wire.retry import HopelessError
from targets.google_analytics.api import CHECK, COLLECT
from targets.google_analytics.target import TargetGoogleAnalytics
from tests.targets.google_analytics.stage import (
    BROWSER,
    NOON,
    TOLD,
    bodies,
    bought,
    carrier,
    deliver,
    kept,
    paths,
)
from tests.targets.kept import Kept, messages, start

BOTH = [CHECK, COLLECT]
PERSON = {"email": "ann@example.org", "phone": "+31612345678", "first_name": "Ann", "customer_id": "10017"}


def test_a_purchase_is_told_of_the_browser_with_its_goods_and_its_own_time(
    vendor: GoogleAnalytics, config: dict[str, Any]
) -> None:
    assert deliver(config, Row("r", "add", "purchase:tilroy:71234", TOLD)).states == {"r": "accepted"}
    checked, handed = bodies(vendor)
    assert checked == handed == {
        "client_id": BROWSER, "timestamp_micros": 1795165920250000,
        "consent": {"ad_user_data": "DENIED", "ad_personalization": "DENIED"},
        "events": [{"name": "purchase", "params": {
            "transaction_id": "tilroy:71234", "currency": "EUR", "value": 149.85,
            "items": [{"item_id": "WW5001-M", "price": 49.95, "quantity": 2},
                      {"item_id": "WW5002", "price": 49.95, "quantity": 1}],
        }}],
    }  # fmt: skip
    (told,) = vendor.collected
    assert (told["client_id"], told["at"]) == (BROWSER, NOON - timedelta(hours=2, minutes=47, seconds=59.75))


def test_each_is_looked_at_before_it_is_handed_over_and_is_alone_in_its_request(
    vendor: GoogleAnalytics, config: dict[str, Any]
) -> None:
    assert set(deliver(config, *(bought(f"p{number}") for number in range(30))).states.values()) == {"accepted"}
    assert paths(vendor) == BOTH * 30
    assert {len(each["events"]) for each in bodies(vendor)} == {1}
    assert kept(vendor) == [f"p{number}" for number in range(30)]


@pytest.mark.parametrize("minor", [0, 1, 10, 29, 1999, 14985, 2**40 + 7])
def test_an_amount_is_the_very_number_of_cents(vendor: GoogleAnalytics, config: dict[str, Any], minor: int) -> None:
    deliver(config, bought(total_minor=minor, items=[{"id": "A", "quantity": 1, "unit_minor": minor}]))
    text = f"{minor // 100}.{minor % 100:02}"
    params = json.loads(vendor.calls[-1].body, parse_float=str)["events"][0]["params"]
    assert [f"{float(each):.2f}" for each in (params["value"], params["items"][0]["price"])] == [text, text]
    assert len(params["value"].partition(".")[2]) <= 2


@pytest.mark.parametrize("more", [{name: value} for name, value in PERSON.items()], ids=str)
def test_a_row_that_names_somebody_is_not_told_at_all(
    vendor: GoogleAnalytics, config: dict[str, Any], more: dict[str, Any]
) -> None:
    outbox = deliver(config, bought("p1", **more), bought("p2", visitor="ann@example.org"), bought("p3", fields=more))
    assert {*outbox.states.values()} == {"rejected"}
    assert {*outbox.reasons.values()} == {"malformed payload"}
    assert vendor.calls == []


def test_c14_nothing_goes_there_but_the_browser_and_the_goods(vendor: GoogleAnalytics, config: dict[str, Any]) -> None:
    deliver(config, bought(store="store-canary"))
    (told,) = bodies(vendor)[1:]
    (event,) = told["events"]
    assert told.keys() == {"client_id", "timestamp_micros", "consent", "events"}
    assert event["params"].keys() == {"transaction_id", "currency", "value", "items"}
    assert {name for each in event["params"]["items"] for name in each} == {"item_id", "price", "quantity"}
    assert not [call for call in vendor.calls if b"canary" in call.body or b"user" in call.body.replace(b"_user_", b"")]


def test_what_came_back_in_a_receipt_is_not_among_the_goods(vendor: GoogleAnalytics, config: dict[str, Any]) -> None:
    lines = [{"id": "A", "quantity": 1, "unit_minor": 5}, {"id": "B", "quantity": -1, "unit_minor": 4995}]
    deliver(config, bought(items=lines))
    assert bodies(vendor)[-1]["events"][0]["params"]["items"] == [{"item_id": "A", "price": 0.05, "quantity": 1}]


@pytest.mark.parametrize(
    "odd",
    [
        {"total_minor": "79.95"}, {"total_minor": -1}, {"place": "web"}, {"at": "2026-11-20T09:12:00"}, {"at": "now"},
        {"currency": "euro"}, {"visitor": None}, {"visitor": "GA1.1.5"}, {"visitor": "5"}, {"items": [{"id": "A"}]},
        {"reference": ""}, {"more": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_row_that_cannot_be_read_stops_nobody(
    vendor: GoogleAnalytics, config: dict[str, Any], odd: dict[str, Any]
) -> None:
    outbox = deliver(config, Row("odd", "add", "purchase:odd", {**TOLD, **odd}), bought())
    assert outbox.states == {"odd": "rejected", "p1": "accepted"}
    assert outbox.reasons["odd"] == "malformed payload"


@pytest.mark.parametrize("operation", ["change", "remove", "erase"])
def test_a_purchase_is_told_and_never_taken_back(
    vendor: GoogleAnalytics, config: dict[str, Any], operation: str
) -> None:
    assert deliver(config, bought(operation=operation)).states == {"p1": "rejected"}
    assert vendor.calls == []


def test_what_google_would_drop_is_not_sent(vendor: GoogleAnalytics, config: dict[str, Any]) -> None:
    old, young = (f"{NOON - timedelta(hours=72, seconds=each):%Y-%m-%dT%H:%M:%S}Z" for each in (0, -1))
    outbox = deliver(config, bought("p1", at=old), bought("p2", at=young))
    assert outbox.reasons == {"p1": "older than 72 hours: Google drops it", "p2": ""}
    assert kept(vendor) == ["p2"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"reference": "x" * 101}, "a name of more than 100 characters"),
        ({"items": [{"id": "x" * 101, "quantity": 1, "unit_minor": 5}]}, "a name of more than 100 characters"),
        ({"items": [{"id": "A", "quantity": 1, "unit_minor": 5}] * 201}, "more than 200 items"),
    ],
    ids=["a long number", "a long article", "a cartload"],
)
def test_what_is_over_the_limits_is_rejected_by_name(
    vendor: GoogleAnalytics, config: dict[str, Any], said: dict[str, Any], why: str
) -> None:
    assert deliver(config, bought(**said)).reasons == {"p1": why}
    assert vendor.calls == []


def test_the_largest_purchase_is_within_what_a_request_may_be(vendor: GoogleAnalytics, config: dict[str, Any]) -> None:
    lines = [{"id": "é" * 100, "quantity": 10**6, "unit_minor": 10**12} for _ in range(200)]
    assert deliver(config, bought("x" * 100, items=lines)).states == {"x" * 100: "accepted"}
    assert max(len(call.body) for call in vendor.calls) < 130_000


def test_what_the_validation_server_finds_is_told_by_its_code_and_place_alone(
    vendor: GoogleAnalytics, config: dict[str, Any]
) -> None:
    found = [{"fieldPath": "events[0].params", "description": f"{BROWSER} is odd", "validationCode": "VALUE_INVALID"},
             {"fieldPath": "ann@example.org", "validationCode": "ann@example.org"}, "odd"]  # fmt: skip
    vendor.faults.add(match="POST .*/debug/", status=200, body=json.dumps({"validationMessages": found}), times=1)
    outbox = deliver(config, bought("p1"), bought("p2"))
    assert outbox.reasons == {"p1": "refused: VALUE_INVALID events[0].params, no code", "p2": ""}
    assert kept(vendor) == ["p2"]


def test_who_may_not_go_any_more_does_not_go(vendor: GoogleAnalytics, config: dict[str, Any]) -> None:
    outbox = deliver(config, bought("p1"), bought("p2"), outbox=Kept(withheld=["p1"]))
    assert (outbox.states, kept(vendor)) == ({"p2": "accepted"}, ["p2"])
    assert len(vendor.calls) == 2


def test_consent_is_asked_again_between_the_look_and_the_handing_over(
    vendor: GoogleAnalytics, config: dict[str, Any]
) -> None:
    outbox = _Once()
    carrier(config, outbox).deliver([bought()])
    assert (paths(vendor), kept(vendor)) == ([CHECK], [])


class _Once(Kept):
    """An outbox that lets no row go a second time."""

    def fix(self, rows: Any, build: Any) -> Fixed:
        self.withheld = [row.key for row in rows] if self.calls else []
        return super().fix(rows, build)


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 502}, {"status": 503}, {"status": 408},
                                   {"reset": "before"}, {"reset": "after"}, {"status": 200, "body": "<html>"}],
                         ids=str)  # fmt: skip
def test_d5_a_purchase_whose_answer_never_came_is_unknown_and_not_told_again(
    vendor: GoogleAnalytics, config: dict[str, Any], fault: dict[str, Any]
) -> None:
    vendor.faults.add(match="POST /mp/collect", times=1, **fault)
    outbox = deliver(config, bought("p1"), bought("p2"))
    assert outbox.states == {"p1": "unknown", "p2": "accepted"}
    assert kept(vendor) == (["p1", "p2"] if fault.get("reset") == "after" else ["p2"])


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"reset": "after"}, {"cut_at": 9}], ids=str)
def test_the_look_is_repeated_for_it_stores_nothing(
    vendor: GoogleAnalytics, config: dict[str, Any], fault: dict[str, Any]
) -> None:
    vendor.faults.add(match="POST .*/debug/", times=1, **fault)
    assert deliver(config, bought()).states == {"p1": "accepted"}
    assert kept(vendor) == ["p1"]


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 401}, {"status": 404}, {"status": 200, "body": "{}"},
                                   {"status": 429}, {"reset": "before"}], ids=str)  # fmt: skip
def test_where_nothing_can_be_looked_at_the_run_ends_and_all_is_planned_anew(
    vendor: GoogleAnalytics, config: dict[str, Any], fault: dict[str, Any]
) -> None:
    vendor.faults.add(match="POST .*/debug/", times=99, **fault)
    outbox = Kept()
    with pytest.raises(HopelessError, match=r"^target-google_analytics: [^:]*HTTP|shape|ConnectionError"):
        deliver(config, bought("p1"), bought("p2"), outbox=outbox)
    assert (outbox.states, kept(vendor)) == ({"p1": "dropped"}, [])


def test_what_never_left_is_planned_anew(vendor: GoogleAnalytics, config: dict[str, Any]) -> None:
    vendor.faults.add(match="POST /mp/collect", times=99, status=429)
    outbox = Kept()
    with pytest.raises(HopelessError, match="429; tried again later by itself; nothing was handed over"):
        deliver(config, bought(), outbox=outbox)
    assert outbox.states == {"p1": "dropped"}
    with pytest.raises(HopelessError, match="no connection"):
        deliver({**config, "api_url": "http://127.0.0.1:1"}, bought())


def test_a_wrong_secret_looks_like_a_right_one(vendor: GoogleAnalytics, config: dict[str, Any]) -> None:
    outbox = deliver({**config, "api_secret": "guessed"}, bought())
    assert (outbox.states, kept(vendor)) == ({"p1": "accepted"}, [])


def test_s4_the_secret_is_in_no_journal_and_no_log(
    vendor: GoogleAnalytics, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    outbox = deliver(config, bought())
    said = repr([each.call for each in outbox.calls])
    assert vendor.api_secret in vendor.calls[0].query
    assert vendor.api_secret not in said + caplog.text


def test_runs_alone_on_a_pipe(vendor: GoogleAnalytics, config: dict[str, Any], tmp_path: Path) -> None:
    vendor.clock = lambda: NOON + timedelta(days=9999)
    process = start("google_analytics", config, tmp_path)
    rows = (bought("p1", "remove"), bought("p2", at="2026-01-01T00:00:00Z"), Row("p3", "add", "ann@example.org", {}))
    _, said = process.communicate(messages(*rows), timeout=60)
    assert process.returncode == 0, said
    assert "target-google_analytics: rejected 3; malformed payload: 2; older than 72 hours" in said
    assert vendor.calls == []


def test_other_rows_are_refused(config: dict[str, Any]) -> None:
    outbox = Kept()
    person = Row("ann", "add", "ann@example.org", {"tags_on": ["gold"]})
    TargetGoogleAnalytics(config=config).carrier(outbox, lambda: None).deliver([person])
    assert outbox.states == {"ann": "rejected"}
