"""Consent and points of customers: many in one call, each judged by itself, and no act of a person forged."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mappers.canonical.reading import Reading
from mappers.canonical.shopify import STREAMS
from plugins.sandbox.shopify import Shopify
from plugins.store.entities import Consent
from plugins.wire.outbox import Row
from targets.shopify.payloads import meant
from tests.making import checked
from tests.plugins.sandbox.shopify.stage import START
from tests.targets.kept import Kept
from tests.targets.shopify.shop import (
    AGREED,
    LEFT,
    NEW,
    NO_ADDRESS,
    asked,
    bodies,
    consent,
    customer,
    deliver,
    erasure,
    fields,
    points,
    shop_of,
    voucher,
)

MOMENT = datetime(2026, 11, 20, 11, tzinfo=UTC)
ON_STREAM = "id updatedAt defaultEmailAddress { emailAddress marketingState marketingOptInLevel marketingUpdatedAt }"


def mail(shop: Shopify, number: str) -> tuple[str, str | None, datetime | None]:
    held = customer(shop, number).by_email
    return held.state, held.level, held.at


def test_a_withdrawal_is_written_with_its_moment(shop: Shopify, config: dict[str, Any]) -> None:
    outbox = deliver(config, consent(AGREED, "remove", email=False, sms=False))
    assert outbox.states == {f"consent-{AGREED}": "accepted"}
    assert mail(shop, AGREED)[::2] == ("UNSUBSCRIBED", MOMENT)
    assert customer(shop, AGREED).by_sms.state == "UNSUBSCRIBED"
    assert len(shop.calls) == 1  # a withdrawal waits for no look-up


def test_a_yes_says_that_it_is_a_copy(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, consent(NEW, email=True))
    assert mail(shop, NEW) == ("SUBSCRIBED", "UNKNOWN", MOMENT)


def test_what_we_wrote_is_not_read_back_as_said_by_the_customer(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, consent(NEW, email=True))
    answer = shop.answer(f'{{ customer(id: "gid://shopify/Customer/{NEW}") {{ {ON_STREAM} }} }}', {})
    record = json.loads(json.dumps(answer["data"]["customer"]))
    made = checked(STREAMS["customers"].read(record, Reading("shopify", "customers", START)))
    said = {each.field: each for each in made if isinstance(each, Consent)}
    assert said["defaultEmailAddress.marketingState"].value == "SUBSCRIBED"
    assert "marketingOptInLevel" not in said["defaultEmailAddress.marketingState"].facts
    assert said["holds.email"].value == "yes"


def test_a_yes_that_stands_there_is_left_as_the_person_gave_it(shop: Shopify, config: dict[str, Any]) -> None:
    before = mail(shop, AGREED)
    outbox = deliver(config, consent(AGREED, email=True, sms=True))
    assert outbox.states == {f"consent-{AGREED}": "accepted"}
    assert (mail(shop, AGREED), asked(shop)) == (before, [])


def test_a_yes_never_goes_over_a_no_that_is_newer(shop: Shopify, config: dict[str, Any]) -> None:
    shop.perform("unsubscribe", email="tom@example.be")  # an hour after the row was written
    outbox = deliver(config, consent(NEW, email=True))
    assert outbox.reasons == {f"consent-{NEW}": "withdrawn there since"}
    assert mail(shop, NEW)[0] == "UNSUBSCRIBED"


def test_a_yes_goes_over_a_no_that_is_older(shop: Shopify, config: dict[str, Any]) -> None:
    assert deliver(config, consent(LEFT, email=True)).states == {f"consent-{LEFT}": "accepted"}
    assert mail(shop, LEFT)[0] == "SUBSCRIBED"


def test_who_was_redacted_is_not_subscribed(shop: Shopify, config: dict[str, Any]) -> None:
    customer(shop, AGREED).by_sms.state = "REDACTED"
    outbox = deliver(config, consent(AGREED, sms=True))
    assert outbox.reasons == {f"consent-{AGREED}": "withdrawn there since"}


def test_a_no_to_who_has_no_address_holds_by_itself_and_a_yes_is_refused(shop: Shopify, config: dict[str, Any]) -> None:
    outbox = deliver(
        config, consent(NO_ADDRESS, "remove", "no", email=False), consent(NO_ADDRESS, key="yes", email=True)
    )
    assert outbox.states == {"no": "accepted", "yes": "rejected"}
    assert outbox.reasons["yes"] == "MISSING_ARGUMENT"


def test_withdrawals_go_first_and_many_in_one_call(shop: Shopify, config: dict[str, Any]) -> None:
    rows = [consent(NEW, email=True), consent(LEFT, "remove", email=False), consent(AGREED, "remove", email=False)]
    assert set(deliver(config, *rows).states.values()) == {"accepted"}
    first, second = bodies(shop)
    assert [each["customerId"][-4:] for each in first["variables"].values()] == [LEFT, AGREED]
    assert [each["customerId"][-4:] for each in second["variables"].values()] == [NEW]


def test_one_that_is_refused_leaves_the_others_alone(shop: Shopify, config: dict[str, Any]) -> None:
    rows = [consent("99", "remove", email=False), consent(AGREED, "remove", email=False)]
    outbox = deliver(config, *rows, consent("98", email=True))
    assert outbox.states == {"consent-99": "rejected", f"consent-{AGREED}": "accepted", "consent-98": "rejected"}
    assert outbox.reasons["consent-98"] == "no such customer"


def test_nothing_said_is_nothing_to_do(shop: Shopify, config: dict[str, Any]) -> None:
    assert deliver(config, consent(NEW, email=None)).states == {f"consent-{NEW}": "accepted"}
    assert bodies(shop) == []


def test_a_look_up_that_fails_grants_nothing_and_holds_up_no_withdrawal(shop: Shopify, config: dict[str, Any]) -> None:
    shop.faults.add(match="graphql", skip=1, status=503, times=3)
    outbox = deliver(config, consent(NEW, email=True), consent(AGREED, "remove", email=False), points(NEW, 1))
    assert outbox.states == {
        f"consent-{NEW}": "unknown", f"consent-{AGREED}": "accepted", f"points-{NEW}": "accepted",
    }  # fmt: skip
    assert mail(shop, NEW)[0] == "NOT_SUBSCRIBED"


def test_writes_points_and_tier_and_takes_away_what_is_null(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, points(NEW, 1250, "gold"))
    assert fields(shop, NEW) == {"points": "1250", "tier": "gold"}
    deliver(config, points(NEW, 0))
    assert fields(shop, NEW) == {"points": "0"}
    deliver(config, points(NEW, None))
    assert fields(shop, NEW) == {}


def test_twelve_customers_are_one_call(config: dict[str, Any], shop: Shopify) -> None:
    shop.__dict__ |= {key: value for key, value in shop_of(12).__dict__.items() if key in ("records", "kinds")}
    rows = [points(str(8000 + n), n + 1, "gold") for n in range(12)]
    assert set(deliver(config, *rows).states.values()) == {"accepted"}
    assert [len(each["variables"]["set"]) for each in bodies(shop)] == [24]


def test_one_bad_metafield_is_found_by_halving(config: dict[str, Any], shop: Shopify) -> None:
    shop.__dict__ |= {key: value for key, value in shop_of(11).__dict__.items() if key in ("records", "kinds")}
    rows = [*(points(str(8000 + n), n + 1) for n in range(11)), points("99", 7)]
    outbox = deliver(config, *rows)
    assert outbox.states == {**{f"points-{8000 + n}": "accepted" for n in range(11)}, "points-99": "rejected"}
    assert outbox.reasons["points-99"] == "INVALID"
    assert [fields(shop, str(8000 + n)) for n in range(11)] == [{"points": str(n + 1)} for n in range(11)]


def test_the_same_rows_twice_change_nothing(shop: Shopify, config: dict[str, Any]) -> None:
    rows = consent(NEW, email=True), points(NEW, 1250, "gold")
    deliver(config, *rows)
    before = fields(shop, NEW), mail(shop, NEW)
    assert set(deliver(config, *rows).states.values()) == {"accepted"}
    assert (fields(shop, NEW), mail(shop, NEW)) == before


def test_the_last_row_of_a_customer_counts(shop: Shopify, config: dict[str, Any]) -> None:
    later = Row("later", "change", NEW, {**points(NEW, 9).payload})
    outbox = deliver(config, points(NEW, 7, "gold"), later)
    assert outbox.states == {f"points-{NEW}": "accepted", "later": "accepted"}
    assert fields(shop, NEW) == {"points": "9"}


def test_who_is_withheld_by_the_outbox_is_not_sent(shop: Shopify, config: dict[str, Any]) -> None:
    kept = Kept(withheld=[f"consent-{NEW}", f"points-{NEW}"])
    outbox = deliver(config, consent(NEW, email=True), points(NEW, 3), points(AGREED, 1), outbox=kept)
    assert outbox.states == {f"points-{AGREED}": "accepted"}
    assert (fields(shop, NEW), mail(shop, NEW)[0]) == ({}, "NOT_SUBSCRIBED")


def test_a_payload_that_cannot_be_read_asks_for_nothing(shop: Shopify, config: dict[str, Any]) -> None:
    good = points(NEW, 1).payload
    broken: list[tuple[Any, dict[str, Any]]] = [
        ("erase", {}), ("change", {"customer": "els@example.be"}), ("change", {"customer": "07"}),
        ("change", {"points": "1250"}), ("change", {"points": 12.5}), ("change", {"kind": "tag"}),
    ]  # fmt: skip
    rows = [Row(f"x{at}", operation, NEW, {**good, **wrong}) for at, (operation, wrong) in enumerate(broken)]
    assert [meant(row) for row in rows] == [None] * len(broken)
    assert set(deliver(config, *rows).reasons.values()) == {"malformed payload"}
    assert shop.calls == []


@pytest.mark.parametrize("row", [consent(NEW, email=True), points(NEW, 1), voucher(), erasure(NEW)])
def test_every_call_that_writes_was_fixed_to_the_byte(shop: Shopify, config: dict[str, Any], row: Row) -> None:
    outbox = deliver(config, row)
    sent = [call.body for call in shop.calls if b'"mutation' in call.body]
    assert sent == [each.call.body for each in outbox.calls if each.call]
    assert len(sent) == 1
