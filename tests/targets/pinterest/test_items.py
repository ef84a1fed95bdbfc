"""What becomes of items: how they are written for the catalogue, and what Pinterest says of each a little later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.pinterest import Pinterest
from plugins.sandbox.pinterest.attributes import KNOWN
from plugins.sandbox.pinterest.items import CATALOG_ID
from plugins.sandbox.pinterest.languages import LOCALES as ALLOWED
from plugins.sandbox.retailer import EmptyRetailer
from plugins.wire.outbox import Row
from targets.pinterest.api import Api
from targets.pinterest.attributes import WRITTEN, attributes_of
from targets.pinterest.items import Items, Market
from targets.pinterest.locales import LOCALES
from targets.pinterest.target import TargetPinterest
from tests.targets.kept import Kept, messages, start
from tests.targets.pinterest.stage import row as person
from tests.targets.pinterest.stage import within

NL = ("NL", "nl")
HERE = Market(*NL)
FIELDS = {
    "id": "WW5001-M", "title": "Jas in blauw, maat M", "description": "Warm", "link": "https://www.example.nl/p/1",
    "image_link": "https://www.example.nl/p/1.jpg", "price": "99.95 EUR", "availability": "in stock",
    "condition": "new", "brand": "Ardenna", "gtin": "8712345678906", "color": "blauw", "size": "M",
    "item_group_id": "WW5001", "product_type": "Kleding > Jassen",
}  # fmt: skip


@dataclass
class Clock:
    """A clock that moves when somebody waits."""

    at: datetime = field(default=datetime(2026, 11, 20, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vendor(clock: Clock) -> Pinterest:
    return Pinterest(retailer=EmptyRetailer(clock.at), clock=clock)


def item(key: str, operation: Any = "add", seq: str = "", **fields: str | None) -> Row:
    said = {name: text for name, text in {**FIELDS, "id": key, **fields}.items() if text is not None}
    payload = {"kind": "item", "id": key, "fields": {} if operation == "remove" else said}
    return Row(f"{key}{seq}", operation, f"item:{key}", payload)


def items(
    config: Mapping[str, Any], clock: Clock, outbox: Kept, market: Market = HERE, **more: Any
) -> Items:  # fmt: skip
    return Items(Api(config), outbox, market=market, now=clock.seconds, sleep=clock.wait, **more)


def deliver(config: Mapping[str, Any], clock: Clock, *rows: Row, outbox: Kept | None = None, **more: Any) -> Kept:
    outbox = outbox or Kept()
    items(config, clock, outbox, **more).deliver(rows)
    return outbox


def carried_out(config: Mapping[str, Any], clock: Clock, *rows: Row, **more: Any) -> Kept:
    outbox = deliver(config, clock, *rows, **more)
    clock.wait(60)
    items(config, clock, outbox).ask()
    return outbox


def held(vendor: Pinterest, key: str) -> dict[str, Any] | None:
    vendor.settle()
    return vendor.items.get((NL, key))


def bodies(vendor: Pinterest) -> list[dict[str, Any]]:
    return [json.loads(call.body) for call in vendor.calls if call.method == "POST" and "items" in call.path]


def test_an_item_is_put_in_with_the_attributes_of_the_feed(
    vendor: Pinterest, config: dict[str, Any], clock: Clock
) -> None:
    outbox = carried_out(config, clock, item("WW5001-M"))
    assert outbox.states == {"WW5001-M": "accepted"}
    (body,) = bodies(vendor)
    assert {name: value for name, value in body.items() if name != "items"} == {
        "catalog_type": "RETAIL", "country": "NL", "language": "nl",
    }  # fmt: skip
    at = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() * 1000)
    plain = {name: text for name, text in FIELDS.items() if name != "id"}
    assert held(vendor, "WW5001-M") == {
        **plain, "image_link": ["https://www.example.nl/p/1.jpg"], "sale_price": None,
        "sale_price_effective_date": None, "last_updated_time": at,
    }  # fmt: skip


def test_the_texts_of_a_feed_become_what_the_api_takes() -> None:
    made = attributes_of({
        "availability": "backorder", "adult": "false", "custom_number_0": "4294967295", "sale_price": "79.95 EUR",
        "additional_image_link": "https://a.example/1.jpg,https://a.example/2.jpg", "variant_names": "Kleur, Maat",
        "average_review_rating": "4.5", "checkout_enabled": "true", "unheard_of": "x", "brand": "",
    })  # fmt: skip
    assert made == {
        "availability": "out of stock", "adult": False, "custom_number_0": 4294967295, "sale_price": "79.95 EUR",
        "sale_price_effective_date": None, "variant_names": ["Kleur", "Maat"], "average_review_rating": 4.5,
        "additional_image_link": ["https://a.example/1.jpg", "https://a.example/2.jpg"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"), [("in stock", "in stock"), ("in_stock", "in stock"), ("OUT OF STOCK", "out of stock"),
                       ("out_of_stock", "out of stock"), ("preorder", "preorder")],
)  # fmt: skip
def test_availability_is_spelt_as_pinterest_does(text: str, said: str) -> None:
    assert attributes_of({"availability": text})["availability"] == said


def test_knows_no_attribute_and_no_language_that_pinterest_does_not() -> None:
    assert WRITTEN.keys() <= KNOWN
    assert LOCALES == ALLOWED


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


def test_puts_in_changes_and_takes_out_in_one_call(vendor: Pinterest, config: dict[str, Any], clock: Clock) -> None:
    carried_out(config, clock, item("A"), item("B", sale_price="9.95 EUR"))
    rows = [item("A", "remove", "-out"), item("B", "change", "-new", price="89.95 EUR"), item("C")]
    assert set(carried_out(config, clock, *rows).states.values()) == {"accepted"}
    assert [each["operation"] for each in bodies(vendor)[-1]["items"]] == ["DELETE", "UPSERT", "UPSERT"]
    assert held(vendor, "A") is None
    told = held(vendor, "B") or {}
    assert (told["price"], told["sale_price"]) == ("89.95 EUR", None)
    assert held(vendor, "C")


def test_says_of_each_item_why_it_was_not_taken_by_code_and_attribute(
    config: dict[str, Any], clock: Clock
) -> None:  # fmt: skip
    far = item("C", link="https://www.example.nl/" + "x" * 511)
    outbox = carried_out(config, clock, item("A"), item("B", title=None, description=None), far)
    assert outbox.states == {"A": "accepted", "B": "rejected", "C": "rejected"}
    assert outbox.reasons["B"] == "code 106, title; code 107, description"
    assert outbox.reasons["C"] == "code 118, link"


def test_at_most_a_thousand_go_into_a_call(vendor: Pinterest, config: dict[str, Any], clock: Clock) -> None:
    outbox = carried_out(config, clock, *(item(f"S{number}") for number in range(1001)))
    assert [len(each.rows) for each in outbox.calls] == [1000, 1]
    assert set(outbox.states.values()) == {"accepted"}
    assert len(vendor.items) == 1001


def test_waits_within_a_run_for_what_pinterest_does_soon(config: dict[str, Any], clock: Clock) -> None:
    outbox = deliver(config, clock, item("A"))
    assert outbox.states == {"A": "staged"}
    clock.wait(50)
    items(config, clock, outbox).ask()
    assert outbox.states == {"A": "accepted"}


def test_a_later_run_asks_what_became_of_an_earlier_batch(
    vendor: Pinterest, config: dict[str, Any], clock: Clock
) -> None:
    outbox = deliver(config, clock, item("A"), item("B", title=None))
    items(config, clock, outbox).ask()
    assert outbox.states == {"A": "staged", "B": "staged"}
    clock.wait(3600)
    items(config, clock, outbox).ask()
    assert outbox.states == {"A": "accepted", "B": "rejected"}
    assert len(bodies(vendor)) == 1


def test_the_same_batch_again_is_known_by_the_earlier_one(
    vendor: Pinterest, config: dict[str, Any], clock: Clock
) -> None:
    first, again = deliver(config, clock, item("A")), deliver(config, clock, item("A"))
    assert bodies(vendor)[0] == bodies(vendor)[1]
    assert first.staged()[0].receipt == again.staged()[0].receipt
    assert len(vendor.batches) == 1
    clock.wait(60)
    items(config, clock, again).ask()
    assert again.states == {"A": "accepted"}


def test_what_was_changed_and_changed_back_within_the_hour_is_no_repetition(
    vendor: Pinterest, config: dict[str, Any], clock: Clock
) -> None:
    for price in ("99.95 EUR", "89.95 EUR", "99.95 EUR"):
        assert carried_out(config, clock, item("A", price=price)).states == {"A": "accepted"}
    assert (held(vendor, "A") or {})["price"] == "99.95 EUR"
    carried_out(config, clock, item("A", "remove"))
    carried_out(config, clock, item("A"))
    carried_out(config, clock, item("A", "remove"))
    assert held(vendor, "A") is None


def test_an_item_is_in_a_batch_once_and_its_later_row_wins(
    vendor: Pinterest, config: dict[str, Any], clock: Clock
) -> None:
    outbox = carried_out(config, clock, item("A"), item("B"), item("A", "remove", "-out"))
    assert [len(each["items"]) for each in bodies(vendor)] == [2, 1]
    assert set(outbox.states.values()) == {"accepted"}
    assert held(vendor, "A") is None


@pytest.mark.parametrize(
    ("market", "named"),
    [(Market("", "nl"), "catalog_country"), (Market("NL", ""), "catalog_language"),
     (Market("NL", "nl-NL"), "catalog_language")],
)  # fmt: skip
def test_without_a_market_items_are_rejected_with_the_setting_that_is_amiss(
    vendor: Pinterest, config: dict[str, Any], clock: Clock, market: Market, named: str
) -> None:
    outbox = deliver(config, clock, item("A"), item("B"), market=market)
    assert outbox.states == {"A": "rejected", "B": "rejected"}
    assert outbox.reasons["A"].startswith(f"{named} is not set")
    assert vendor.calls == []


def test_a_catalogue_can_be_named(vendor: Pinterest, config: dict[str, Any], clock: Clock) -> None:
    carried_out(config, clock, item("A"), market=Market("NL", "nl", CATALOG_ID))
    assert bodies(vendor)[0]["catalog_id"] == CATALOG_ID


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
    assert outbox.states == {"S0": "unknown", "S1": "unknown"}
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


def test_an_item_that_is_through_waits_for_no_other(vendor: Pinterest, config: dict[str, Any], clock: Clock) -> None:
    outbox = deliver(config, clock, item("A"), item("B"))
    through = {"item_id": "A", "status": "SUCCESS", "errors": [], "warnings": []}
    said = json.dumps({"status": "PROCESSING", "items": [through, {"item_id": "B", "status": "PROCESSING"}]})
    vendor.faults.add(match="GET .*batch.*", status=200, body=said, times=99)
    items(config, clock, outbox).ask()
    assert outbox.states == {"A": "accepted", "B": "staged"}


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


def test_each_kind_goes_its_own_way_and_lists_go_on_without_a_catalogue(
    vendor: Pinterest, config: dict[str, Any]
) -> None:
    outbox = Kept()
    delivery = TargetPinterest(config=config).carrier(outbox, lambda: None)
    delivery.deliver([item("A"), person("ann@example.org", tags_on=["gold"])])
    assert outbox.states == {"ann": "accepted", "A": "rejected"}
    assert delivery.counts == {"accepted": 1, "rejected": 1}
    assert len(within(vendor, "gold")) == 1


def test_the_settings_that_the_sandbox_gives_are_enough_for_every_kind(
    vendor: Pinterest, config: dict[str, Any]
) -> None:
    told = vendor.settings(config["api_url"].removesuffix("/v5"))
    ours = {name.removeprefix("TARGET_PINTEREST_").lower(): text for name, text in told.items()}
    known = {name: text for name, text in ours.items() if name in TargetPinterest.config_jsonschema["properties"]}
    outbox = Kept()
    bought = {
        "kind": "purchase", "reference": "r", "place": "shop", "at": "2026-11-20T09:12:00.000000Z", "currency": "EUR",
        "total_minor": 5, "store": None, "email": "ann@example.org", "fields": {}, "items": [],
    }  # fmt: skip
    TargetPinterest(config=known).carrier(outbox, lambda: None).deliver(
        [person("ann@example.org", tags_on=["gold"]), item("A"), Row("r", "add", "purchase:r", bought)]
    )
    assert outbox.states == {"ann": "accepted", "A": "staged", "r": "accepted"}


def test_runs_alone_on_a_pipe(vendor: Pinterest, config: dict[str, Any], clock: Clock, tmp_path: Path) -> None:
    vendor.clock = lambda: (clock.wait(40), clock.at)[1]  # type: ignore[func-returns-value]
    process = start("pinterest", {**config, "catalog_country": "NL", "catalog_language": "nl"}, tmp_path)
    _, said = process.communicate(messages(item("A"), item("B", title=None)), timeout=60)
    assert process.returncode == 0, said
    assert "target-pinterest: accepted 1, rejected 1, staged 2;" in said
    assert "code 106, title: 1" in said
    assert "Jas" not in said
