"""What becomes of purchases: how they are told, by whom they are found, and that none is told twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.pinterest import Pinterest
from plugins.wire.outbox import Call, Row
from targets.pinterest.conversions import Conversions
from targets.pinterest.purchases import Purchases
from targets.pinterest.target import TargetPinterest
from tests.targets.kept import Kept, messages, start
from tests.targets.pinterest.stage import row as person
from tests.targets.pinterest.stage import sha, within

TOLD = {
    "kind": "purchase", "reference": "tilroy:71234", "place": "shop", "at": "2026-11-20T09:12:00.000000Z",
    "currency": "EUR", "total_minor": 14985, "store": "87", "email": "Ann@Example.org",
    "fields": {"phone": "+31612345678", "first_name": "Ann"},
    "items": [{"id": "WW5001-M", "quantity": 2, "unit_minor": 4995},
              {"id": "WW5002", "quantity": 1, "unit_minor": 4995}],
}  # fmt: skip


@pytest.fixture
def config(vendor: Pinterest, config: dict[str, Any]) -> dict[str, Any]:
    """The settings with the token for conversions, and none for anything else."""
    return {**config, "access_token": "", "conversion_token": vendor.conversion_token}


def bought(key: str = "p1", operation: Any = "add", **said: Any) -> Row:
    payload = {**TOLD, "reference": key, **said}
    return Row(key, operation, f"purchase:{key}", payload)


def deliver(config: Mapping[str, Any], *rows: Row, outbox: Kept | None = None, **more: Any) -> Kept:
    outbox = outbox or Kept()
    Purchases(Conversions(config), outbox, **more).deliver(rows)
    return outbox


def sent(vendor: Pinterest) -> list[list[str]]:
    """Return the references of each call."""
    return [[each["event_id"] for each in json.loads(call.body)["data"]] for call in vendor.calls]


def kept(vendor: Pinterest) -> list[str]:
    return [each["event_id"] for each in vendor.conversions]


def test_a_purchase_in_a_shop_is_told_as_a_checkout_offline(vendor: Pinterest, config: dict[str, Any]) -> None:
    assert deliver(config, Row("r", "add", "purchase:tilroy:71234", TOLD)).states == {"r": "accepted"}
    assert vendor.conversions == [{
        "event_name": "checkout", "action_source": "offline", "event_id": "tilroy:71234",
        "event_time": int(datetime(2026, 11, 20, 9, 12, tzinfo=UTC).timestamp()),
        "user_data": {"em": [sha("ann@example.org")], "ph": [sha("31612345678")], "fn": [sha("ann")]},
        "custom_data": {
            "currency": "EUR", "value": "149.85", "order_id": "tilroy:71234", "num_items": 3,
            "content_ids": ["WW5001-M", "WW5002"],
            "contents": [{"id": "WW5001-M", "item_price": "49.95", "quantity": 2},
                         {"id": "WW5002", "item_price": "49.95", "quantity": 1}],
        },
    }]  # fmt: skip


def test_a_purchase_on_the_web_says_so(vendor: Pinterest, config: dict[str, Any]) -> None:
    deliver(config, bought(place="web", store=None))
    assert [each["action_source"] for each in vendor.conversions] == ["web"]


def test_somebody_is_found_by_hashes_of_what_is_known_and_by_nothing_plain(
    vendor: Pinterest, config: dict[str, Any]
) -> None:
    fields = {
        "phone": "+31 6 1234 5678", "first_name": " Zoë ", "last_name": "De Vries", "city": "'s-Gravenhage",
        "postcode": "1012 AB", "country": "NL", "birth_date": "1984-03-09", "gender": "v", "shoe_size": "42",
        "language": None,
    }  # fmt: skip
    outbox = deliver(config, bought(fields=fields))
    written = {
        "em": "ann@example.org", "ph": "31612345678", "fn": "zoë", "ln": "de vries", "ct": "sgravenhage",
        "zp": "1012ab", "country": "nl", "db": "19840309", "ge": "f",
    }  # fmt: skip
    assert vendor.conversions[0]["user_data"] == {name: [sha(text)] for name, text in written.items()}
    gone = vendor.calls[0].body.lower()
    assert not [each for each in ("ann@", "31612345678", "zo", "vries", "1012", "shoe") if each.encode() in gone]
    assert json.loads(outbox.calls[0].call.sent["p1"])["v"] == "pinterest-1"


def test_what_came_back_in_a_receipt_is_not_among_the_goods(vendor: Pinterest, config: dict[str, Any]) -> None:
    lines = [{"id": "A", "quantity": 1, "unit_minor": 5}, {"id": "B", "quantity": -1, "unit_minor": 4995}]
    deliver(config, bought(items=lines, total_minor=0))
    said = vendor.conversions[0]["custom_data"]
    assert (said["value"], said["num_items"], said["content_ids"]) == ("0.00", 1, ["A"])
    assert said["contents"][0]["item_price"] == "0.05"


@pytest.mark.parametrize(
    "odd",
    [
        {"total_minor": "79.95"}, {"total_minor": -1}, {"place": "fair"}, {"at": "2026-11-20T09:12:00"},
        {"at": "yesterday"}, {"currency": "euro"}, {"email": None}, {"items": [{"id": "A"}]}, {"more": 1},
        {"reference": ""}, {"fields": {"phone": 31}},
    ],
    ids=str,
)  # fmt: skip
def test_a_row_that_cannot_be_read_stops_nobody(
    vendor: Pinterest, config: dict[str, Any], odd: dict[str, Any]
) -> None:  # fmt: skip
    outbox = deliver(config, bought("odd") if not odd else Row("odd", "add", "purchase:odd", {**TOLD, **odd}), bought())
    assert outbox.states == {"odd": "rejected", "p1": "accepted"}
    assert outbox.reasons["odd"] == "malformed payload"


@pytest.mark.parametrize("operation", ["change", "remove", "erase"])
def test_a_purchase_is_told_and_never_taken_back(vendor: Pinterest, config: dict[str, Any], operation: str) -> None:
    assert deliver(config, bought(operation=operation)).states == {"p1": "rejected"}
    assert vendor.calls == []


def test_who_has_nothing_to_be_found_by_is_rejected(vendor: Pinterest, config: dict[str, Any]) -> None:
    outbox = deliver(config, bought(email="no address"), bought("p2"))
    assert outbox.reasons == {"p1": "nothing to be found by", "p2": ""}
    assert sent(vendor) == [["p2"]]


def test_at_most_a_thousand_go_into_a_call(vendor: Pinterest, config: dict[str, Any]) -> None:
    outbox = deliver(config, *(bought(f"p{number}") for number in range(1001)))
    assert [len(each) for each in sent(vendor)] == [1000, 1]
    assert set(outbox.states.values()) == {"accepted"}


def test_who_may_not_go_any_more_does_not_go_and_answers_keep_their_rows(
    vendor: Pinterest, config: dict[str, Any]
) -> None:
    rows = [bought("p1"), bought("p2"), _failing("p3"), bought("p4")]
    outbox = deliver(config, *rows, outbox=Kept(withheld=["p1"]))
    assert outbox.states == {"p2": "accepted", "p3": "rejected", "p4": "accepted"}
    assert kept(vendor) == ["p2", "p4"]


def _failing(key: str) -> Row:
    """Return a purchase that Pinterest fails: it counts seconds from 1970."""
    return bought(key, at="1969-12-31T23:00:00.000000Z")


def test_where_some_fail_each_is_judged_by_its_own_answer_and_none_comes_again(
    vendor: Pinterest, config: dict[str, Any]
) -> None:
    outbox = deliver(config, bought("p1"), _failing("p2"), bought("p3"))
    assert outbox.states == {"p1": "accepted", "p2": "rejected", "p3": "accepted"}
    assert outbox.reasons["p2"] == "refused: event_time"
    assert sent(vendor) == [["p1", "p2", "p3"]]
    assert kept(vendor) == ["p1", "p3"]


def test_the_reason_of_a_failure_repeats_nothing_that_was_sent(vendor: Pinterest, config: dict[str, Any]) -> None:
    told = {"events": [{"status": "failed", "error_message": "ann@example.org: em is no hash, see order_id 71234"}]}
    body = json.dumps({"code": 422, "message": "x", "details": told})
    vendor.faults.add(match="POST .*events", status=422, body=body, times=1)
    assert deliver(config, bought()).reasons == {"p1": "refused: em, order_id"}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (422, '{"code":422,"message":"x"}'), (422, "no JSON"), (422, '{"code":422,"details":{"events":[]}}'),
        (200, '{"num_events_received":1}'), (200, "[]"), (200, '{"events":["processed"]}'),
        (200, '{"events":[{"status":"perhaps"}]}'),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_say_of_each_leaves_the_rows_unknown(
    vendor: Pinterest, config: dict[str, Any], status: int, body: str
) -> None:
    vendor.faults.add(match="POST .*events", status=status, body=body, times=1)
    assert deliver(config, bought()).reasons == {"p1": "an answer of another shape"}
    assert deliver(config, bought("p2")).states == {"p2": "accepted"}


@pytest.mark.parametrize("bad", [0, 5, 7])
def test_a_call_that_is_refused_as_a_whole_is_halved_and_nothing_is_told_twice(
    vendor: Pinterest, config: dict[str, Any], bad: int
) -> None:
    rows = [bought(f"p{number}") for number in range(8)]
    outbox = Kept()
    carrier = _Spoilt(Conversions(config), outbox)
    carrier.bad = f"p{bad}"
    carrier.deliver(rows)
    assert outbox.states == {each.key: "rejected" if each.key == f"p{bad}" else "accepted" for each in rows}
    assert outbox.reasons[f"p{bad}"] == "code 4196"
    assert sorted(kept(vendor)) == [each.key for each in rows if each.key != f"p{bad}"]


class _Spoilt(Purchases):
    """Writes one event in a way that Pinterest refuses with the whole call."""

    bad = ""

    def _step(self, events: Any) -> Any:
        step = super()._step(events)
        return replace(step, build=lambda rows: self._spoilt(step.build(rows), [row.key for row in rows]))

    def _spoilt(self, call: Call, keys: list[str]) -> Call:
        return replace(call, body=call.body.replace(b'"data"', b'"entries"')) if self.bad in keys else call


@pytest.mark.parametrize("fault", [{"status": 500, "body": "{}"}, {"status": 502, "body": "{}"},
                                   {"status": 503, "body": "{}"}, {"status": 408, "body": "{}"}, {"reset": "after"}],
                         ids=str)  # fmt: skip
def test_a_purchase_whose_answer_never_came_is_unknown_and_not_told_again(
    vendor: Pinterest, config: dict[str, Any], fault: dict[str, Any]
) -> None:
    vendor.faults.add(match="POST .*events", times=1, **fault)
    outbox = deliver(config, bought("p1"), bought("p2"), bought("p3"), size=2)
    assert outbox.states == {"p1": "unknown", "p2": "unknown", "p3": "accepted"}
    assert len(outbox.calls) == 2
    assert kept(vendor) == (["p1", "p2", "p3"] if "reset" in fault else ["p3"])


def test_too_many_calls_are_tried_again_for_pinterest_did_nothing(vendor: Pinterest, config: dict[str, Any]) -> None:
    vendor.faults.add(match="POST .*events", status=429, body='{"code":8,"message":"limit"}', times=1)
    api, outbox, waits = Conversions(config), Kept(), list[float]()
    api.breaker.sleep = waits.append
    Purchases(api, outbox).deliver([bought()])
    assert (outbox.states, waits, kept(vendor)) == ({"p1": "accepted"}, [20.0], ["p1"])


def test_where_the_limit_lasts_what_was_not_asked_is_planned_anew(vendor: Pinterest, config: dict[str, Any]) -> None:
    vendor.faults.add(match="POST .*events", status=429, body='{"code":8,"message":"limit"}', times=99)
    api, outbox = Conversions(config), Kept()
    api.breaker.sleep = lambda _: None
    carrier = Purchases(api, outbox, size=1)
    carrier.deliver([bought("p1"), bought("p2")])
    assert outbox.states == {"p1": "dropped", "p2": "dropped"}
    assert carrier.counts == {"dropped": 2}


def test_what_never_left_is_known_not_to_be_done(config: dict[str, Any]) -> None:
    outbox = deliver({**config, "api_url": "http://127.0.0.1:1/v5"}, bought("p1"), bought("p2"), size=1)
    assert outbox.states == {"p1": "dropped", "p2": "dropped"}
    assert "no connection" in outbox.reasons["p1"]


def test_without_a_token_purchases_wait_for_the_setting_that_is_missing(
    vendor: Pinterest, config: dict[str, Any]
) -> None:
    outbox = Kept()
    carrier = Purchases(Conversions({**config, "conversion_token": ""}), outbox)
    carrier.deliver([bought("p1"), bought("p2")])
    assert (set(outbox.states.values()), carrier.reasons) == ({"dropped"}, {"conversion_token is not set": 2})
    assert vendor.calls == []


def test_a_token_that_is_refused_lets_purchases_wait_and_stops_nothing_else(
    vendor: Pinterest, config: dict[str, Any]
) -> None:
    vendor.perform("expire_tokens", kind="conversion")
    outbox = Kept()
    known = {**config, "access_token": vendor.access_token}
    delivery = TargetPinterest(config=known).carrier(outbox, lambda: None)
    delivery.deliver([bought("p1"), person("ann@example.org", tags_on=["gold"])])
    delivery.deliver([bought("p2"), person("ben@example.org", tags_on=["gold"])])
    assert outbox.states == {"p1": "dropped", "p2": "dropped", "ann": "accepted", "ben": "accepted"}
    assert outbox.reasons["p1"] == "conversion_token is refused: code 2"
    assert len(within(vendor, "gold")) == 2
    assert delivery.counts == {"accepted": 2, "dropped": 2}


def test_the_token_for_conversions_goes_nowhere_else(vendor: Pinterest, config: dict[str, Any]) -> None:
    known = {**config, "access_token": vendor.access_token}
    TargetPinterest(config=known).carrier(Kept(), lambda: None).deliver(
        [person("ann@example.org", tags_on=["gold"]), bought()]
    )
    assert len(kept(vendor)) == 1
    assert len(within(vendor, "gold")) == 1


def test_runs_alone_on_a_pipe(vendor: Pinterest, config: dict[str, Any], tmp_path: Path) -> None:
    process = start("pinterest", config, tmp_path)
    _, said = process.communicate(messages(bought("p1"), bought("p2", "remove")), timeout=60)
    assert process.returncode == 0, said
    assert "target-pinterest: accepted 1, rejected 1; malformed payload: 1" in said
    assert kept(vendor) == ["p1"]
    assert not [each for each in ("ann@", vendor.conversion_token, sha("ann@example.org")) if each in said.lower()]
