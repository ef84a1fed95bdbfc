"""What becomes of items: how they are written for the catalogue, and what Pinterest says of each a little later."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.pinterest import Pinterest
from plugins.sandbox.pinterest.attributes import KNOWN
from plugins.sandbox.pinterest.items import CATALOG_ID
from plugins.sandbox.pinterest.languages import LOCALES as ALLOWED
from plugins.wire.outbox import Row
from targets.pinterest.attributes import WRITTEN, attributes_of
from targets.pinterest.items import Market
from targets.pinterest.locales import LOCALES
from targets.pinterest.target import TargetPinterest
from tests.targets.kept import Kept, messages, start
from tests.targets.pinterest.catalogue import FIELDS, Clock, bodies, carried_out, deliver, held, item, items
from tests.targets.pinterest.stage import row as person
from tests.targets.pinterest.stage import within


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


def test_a_catalogue_can_be_named(vendor: Pinterest, config: dict[str, Any], clock: Clock) -> None:
    carried_out(config, clock, item("A"), market=Market("NL", "nl", CATALOG_ID))
    assert bodies(vendor)[0]["catalog_id"] == CATALOG_ID


def test_an_item_that_is_through_waits_for_no_other(vendor: Pinterest, config: dict[str, Any], clock: Clock) -> None:
    outbox = deliver(config, clock, item("A"), item("B"))
    through = {"item_id": "A", "status": "SUCCESS", "errors": [], "warnings": []}
    said = json.dumps({"status": "PROCESSING", "items": [through, {"item_id": "B", "status": "PROCESSING"}]})
    vendor.faults.add(match="GET .*batch.*", status=200, body=said, times=99)
    items(config, clock, outbox).ask()
    assert outbox.states == {"A": "accepted", "B": "staged"}


def test_each_kind_goes_its_own_way_and_lists_go_on_without_a_catalogue(
    vendor: Pinterest, config: dict[str, Any]
) -> None:
    outbox = Kept()
    delivery = TargetPinterest(config=config).carrier(outbox, lambda: None)
    delivery.deliver([item("A"), person("ann@example.org", tags_on=["gold"])])
    assert outbox.states == {"ann": "accepted", "A": "dropped"}
    assert delivery.counts == {"accepted": 1, "dropped": 1}
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
