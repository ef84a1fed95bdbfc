"""What becomes of items that Pinterest refuses, of a catalogue that is closed, and of answers that never come."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.sandbox.pinterest import Pinterest
from plugins.wire.outbox import Row
from targets.pinterest.api import Api
from targets.pinterest.items import Items, Market
from tests.targets.kept import Kept
from tests.targets.pinterest.catalogue import HERE, Clock, carried_out, deliver, held, item, items


@pytest.mark.parametrize(
    "odd", [{"price": "49.95"}, {"sale_price": "€ 10"}, {"adult": "perhaps"}, {"custom_number_1": "many"}]
)
def test_a_text_that_does_not_fit_costs_one_item_and_is_not_repeated_in_the_reason(
    vendor: Pinterest, config: dict[str, Any], clock: Clock, odd: dict[str, str]
) -> None:
    (name,) = odd
    outbox = carried_out(config, clock, item("A", **odd), item("B"))
    assert outbox.states == {"A": "rejected", "B": "accepted"}
    assert outbox.reasons["A"] == f"{name} does not fit"
    assert held(vendor, "A") is None


@pytest.mark.parametrize(
    ("market", "named"),
    [(Market("", "nl"), "catalog_country"), (Market("NL", ""), "catalog_language"),
     (Market("NL", "nl-NL"), "catalog_language")],
)  # fmt: skip
def test_without_a_market_items_wait_and_the_setting_that_is_amiss_is_named(
    vendor: Pinterest, config: dict[str, Any], market: Market, named: str
) -> None:
    outbox = Kept()
    carrier = Items(Api(config), outbox, market=market)
    carrier.deliver([item("A"), item("B")])
    assert (set(outbox.states.values()), carrier.counts) == ({"dropped"}, {"dropped": 2})
    assert next(iter(carrier.reasons)).startswith(f"{named} is not set")
    assert vendor.calls == []


@pytest.mark.parametrize(
    "odd",
    [{}, {"id": ""}, {"id": 7}, {"id": "B"}, {"fields": {"price": 9}}, {"fields": None}, {"more": 1}],
    ids=str,
)
def test_a_row_that_cannot_be_read_stops_nobody(config: dict[str, Any], clock: Clock, odd: dict[str, Any]) -> None:
    payload = {**item("A").payload, **odd} if odd else {"kind": "item"}
    outbox = carried_out(config, clock, Row("odd", "add", "item:A", payload), item("C"), item("D", "erase"))
    assert outbox.states == {"odd": "rejected", "C": "accepted", "D": "rejected"}
    assert outbox.reasons["odd"] == outbox.reasons["D"] == "malformed payload"


@pytest.mark.parametrize("bad", [0, 5, 7])
def test_a_call_that_is_refused_as_a_whole_is_halved_until_the_bad_item_is_found(
    vendor: Pinterest, config: dict[str, Any], clock: Clock, bad: int
) -> None:
    vendor.faults.add(match="POST .*batch.*", status=400, body='{"code":1,"message":"no"}', times=1)
    rows = [item(f"S{number}") for number in range(8)]
    assert set(carried_out(config, clock, *rows).states.values()) == {"accepted"}
    outbox = Kept()
    carrier = _Spoilt(Api(config), outbox, market=HERE, now=clock.seconds, sleep=clock.wait)
    carrier.bad = f"S{bad}"
    carrier.deliver(rows)
    assert outbox.states == {each.key: "rejected" if each.key == f"S{bad}" else "staged" for each in rows}
    assert outbox.reasons[f"S{bad}"] == "code 1"


class _Spoilt(Items):
    """Writes one item in a way that Pinterest refuses with the whole call."""

    bad = ""

    def _step(self, wanted: Any) -> Any:
        spoilt = {
            key: {**each, "attributes": {**each["attributes"], "adult": "yes"}} if key == self.bad else each
            for key, each in wanted.items()
        }
        return super()._step(spoilt)


@pytest.mark.parametrize(("status", "code"), [(401, 3), (403, 29), (404, 404)])
def test_a_catalogue_that_is_closed_leaves_the_items_for_the_next_run(
    vendor: Pinterest, config: dict[str, Any], clock: Clock, status: int, code: int
) -> None:
    vendor.faults.add(match="POST .*batch.*", status=status, body=f'{{"code":{code},"message":"no"}}', times=1)
    outbox = deliver(config, clock, *(item(f"S{number}") for number in range(5)), size=2)
    left = dict.fromkeys(("S2", "S3", "S4"), "dropped")
    assert outbox.states == {"S0": "unknown", "S1": "unknown", **left}
    assert outbox.reasons["S0"] == f"the catalogue is closed to the token: code {code}"
    assert len(outbox.calls) == 1


def test_where_a_feed_fills_the_catalogue_no_item_can_be_brought(
    vendor: Pinterest, config: dict[str, Any], clock: Clock
) -> None:
    vendor.feeds["1"] = None  # type: ignore[assignment]
    outbox = deliver(config, clock, item("A"))
    assert outbox.reasons == {"A": "the catalogue is closed to the token: code 29"}


@pytest.mark.parametrize("status", [500, 503])
def test_a_batch_is_repeated_after_an_outage(
    vendor: Pinterest, config: dict[str, Any], clock: Clock, status: int
) -> None:
    vendor.faults.add(match="POST .*batch.*", status=status, body="{}", times=2)
    assert carried_out(config, clock, item("A")).states == {"A": "accepted"}


def test_an_answer_that_never_came_leaves_the_items_unknown(
    vendor: Pinterest, config: dict[str, Any], clock: Clock
) -> None:
    vendor.faults.add(match="POST .*batch.*", reset="after", times=1)
    assert deliver(config, clock, item("A")).states == {"A": "unknown"}


@pytest.mark.parametrize("body", ["{}", '{"batch_id":null,"created_time":null}', "[]"])
def test_a_batch_without_an_id_leaves_the_items_unknown(
    vendor: Pinterest, config: dict[str, Any], clock: Clock, body: str
) -> None:
    vendor.faults.add(match="POST .*batch.*", status=200, body=body, times=1)
    assert deliver(config, clock, item("A")).reasons == {"A": "an answer of another shape"}


def test_a_batch_that_is_forgotten_leaves_the_items_unknown(
    vendor: Pinterest, config: dict[str, Any], clock: Clock
) -> None:
    outbox = deliver(config, clock, item("A"))
    vendor.batches.clear()
    items(config, clock, outbox).ask()
    assert outbox.states == {"A": "unknown"}
    assert outbox.reasons == {"A": "Pinterest has no such batch"}


def test_a_batch_that_cannot_be_asked_for_waits_for_the_next_run(
    vendor: Pinterest, config: dict[str, Any], clock: Clock
) -> None:
    outbox = deliver(config, clock, item("A"))
    vendor.faults.add(match="GET .*batch.*", status=503, body="{}", times=99)
    items(config, clock, outbox).ask()
    assert outbox.states == {"A": "staged"}


@pytest.mark.parametrize(
    ("record", "state", "reason"),
    [
        ({"item_id": "A", "status": "FAILURE", "errors": [{"attribute": "title", "code": 106, "message": "Jas"}]},
         "rejected", "code 106, title"),
        ({"item_id": "A", "status": "FAILURE", "errors": [{"attribute": "Jas maat M!"}]}, "rejected", "no code"),
        ({"item_id": "A", "status": "FAILURE"}, "rejected", "refused without a reason"),
        ({"item_id": "A", "status": "PROCESSING"}, "unknown", "Pinterest does not say what became of the item"),
        ({"item_id": "B", "status": "SUCCESS"}, "unknown", "Pinterest does not say what became of the item"),
    ],
)  # fmt: skip
def test_what_is_said_of_an_item_is_told_without_its_values(
    vendor: Pinterest, config: dict[str, Any], clock: Clock, record: dict[str, Any], state: str, reason: str
) -> None:
    outbox = deliver(config, clock, item("A"))
    said = json.dumps({"catalog_type": "RETAIL", "created_time": None, "status": "FAILED", "items": [record]})
    vendor.faults.add(match="GET .*batch.*", status=200, body=said, times=1)
    items(config, clock, outbox).ask()
    assert (outbox.states["A"], outbox.reasons["A"]) == (state, reason)
