"""Consent and points as fields of a customer: many in one call, each judged by itself."""

from __future__ import annotations

from typing import Any

import pytest

from mappers.canonical.reading import Reading
from mappers.canonical.woocommerce import STREAMS
from plugins.sandbox.woocommerce import WooCommerce
from plugins.sandbox.woocommerce.customers import customer_view
from plugins.store.entities import Consent
from plugins.wire.outbox import Row
from targets.woocommerce.payloads import meant
from tests.making import checked
from tests.targets.woocommerce.shop import (
    NOON,
    OPT_IN,
    WRITTEN_AT,
    Kept,
    bodies,
    consent,
    deliver,
    fields,
    points,
    reasons,
    shop_of,
    states,
    writes,
)


def ours(shop: WooCommerce, customer: int) -> dict[str, str]:
    return {key.removeprefix("rotonde_"): value for key, value in fields(shop, customer).items() if "rotonde_" in key}


def test_writes_what_was_said_for_each_channel_and_when(shop: WooCommerce, config: dict[str, Any]) -> None:
    assert states(deliver(config, consent("5", email=True, sms=False))) == {"consent-5": "accepted"}
    assert ours(shop, 5) == {"consent_email": "yes", "consent_sms": "no", "consent_at": WRITTEN_AT}


def test_leaves_the_field_in_which_the_person_acts_alone(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, consent("5", email=True))
    assert fields(shop, 5).items() >= dict(OPT_IN).items()


def test_a_withdrawal_says_no(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, consent("5", email=True, post=True))
    deliver(config, consent("5", "remove", email=False, post=False))
    assert (ours(shop, 5)["consent_email"], ours(shop, 5)["consent_post"]) == ("no", "no")


def test_writes_points_and_tier_and_takes_away_what_is_null(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, points("5", 1250, "gold"), consent("5", email=True))
    deliver(config, points("5", 0), consent("5", email=None))
    assert ours(shop, 5) == {"points": "0", "consent_at": WRITTEN_AT}


def test_rows_of_one_customer_are_one_item_and_the_last_counts(shop: WooCommerce, config: dict[str, Any]) -> None:
    outbox = deliver(config, consent("5", email=True), points("5", 7), consent("5", "remove", "later", email=False))
    assert states(outbox) == {"consent-5": "accepted", "points-5": "accepted", "later": "accepted"}
    assert [each["id"] for each in bodies(shop)[0]["update"]] == [5]
    assert (ours(shop, 5)["consent_email"], ours(shop, 5)["points"]) == ("no", "7")


def test_many_customers_are_one_call(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, *(points(str(n), n) for n in (5, 6, 7)))
    assert writes(shop) == [("POST", "/customers/batch")]


def test_goes_on_after_a_customer_that_is_not_there(shop: WooCommerce, config: dict[str, Any]) -> None:
    outbox = deliver(config, points("5", 1), points("99", 2), points("6", 3))
    assert states(outbox) == {"points-5": "accepted", "points-99": "rejected", "points-6": "accepted"}
    assert outbox.final["points-99"].reason == "wc_user_invalid_id"


def test_who_is_passed_over_in_silence_is_unknown(shop: WooCommerce, config: dict[str, Any]) -> None:
    shop.faults.add(match="POST", status=200, body='{"update":[{"id":5}, null]}')
    outbox = deliver(config, points("5", 1), points("6", 3))
    assert states(outbox) == {"points-5": "accepted", "points-6": "unknown"}


@pytest.mark.parametrize("most", [1, 7, 20])
def test_halves_a_call_that_is_too_large_until_it_fits(most: int, config: dict[str, Any], shop: WooCommerce) -> None:
    shop.users, shop.batch_most = shop_of(accounts=20).users, most
    rows = [points(str(5 + n), n) for n in range(20)]
    assert states(deliver(config, *rows)) == {row.key: "accepted" for row in rows}
    assert [ours(shop, 5 + n) for n in range(20)] == [{"points": str(n)} for n in range(20)]


@pytest.mark.parametrize(("status", "body"), [(413, "<html>"), (400, '{"code":"rest_invalid_param","message":"k0@"}')])
def test_halves_a_refused_call_until_the_row_is_alone(
    shop: WooCommerce, config: dict[str, Any], status: int, body: str
) -> None:
    shop.faults.add(match="POST", status=status, body=body, times=2)  # both, then the first alone
    outbox = deliver(config, points("5", 1), points("6", 3))
    assert states(outbox) == {"points-5": "rejected", "points-6": "accepted"}
    assert reasons(outbox) == {"", "too large" if status == 413 else "rest_invalid_param"}


def test_the_same_rows_twice_change_nothing(shop: WooCommerce, config: dict[str, Any]) -> None:
    rows = consent("5", email=True), points("5", 1250, "gold")
    deliver(config, *rows)
    before = fields(shop, 5)
    assert set(states(deliver(config, *rows)).values()) == {"accepted"}
    assert fields(shop, 5) == before


def test_who_is_withheld_by_the_outbox_is_not_sent(shop: WooCommerce, config: dict[str, Any]) -> None:
    outbox = deliver(config, points("5", 1), points("6", 3), outbox=Kept(withheld=["points-5"]))
    assert states(outbox) == {"points-6": "accepted"}
    assert [each["id"] for each in bodies(shop)[0]["update"]] == [6]


def test_what_we_wrote_is_not_read_back_as_said_by_the_customer(shop: WooCommerce, config: dict[str, Any]) -> None:
    deliver(config, consent("5", email=True, sms=True), points("5", 1250, "gold"))
    record = customer_view(shop.users.rows[5], "https://shop.example")
    found = checked(STREAMS["customers"].read(record, Reading("woocommerce", "customers", NOON)))
    said = {each.field: each for each in found if isinstance(each, Consent)}
    ours = {name: each for name, each in said.items() if name.startswith("meta_data.rotonde_consent_")}
    assert {name: (each.value, each.email) for name, each in ours.items()} == {
        "meta_data.rotonde_consent_email": ("yes", None), "meta_data.rotonde_consent_sms": ("yes", None),
    }  # fmt: skip
    rest = [each for each in found if each not in ours.values()]
    assert [each.value for name, each in said.items() if name not in ours] == ["no"]
    assert "rotonde_" not in repr(rest)


def test_a_payload_that_cannot_be_read_asks_for_nothing() -> None:
    good = points("5", 1).payload
    broken: list[tuple[Any, dict[str, Any]]] = [
        ("erase", {}), ("change", {"customer": "k0@example.nl"}), ("change", {"customer": "05"}),
        ("change", {"points": "1250"}), ("change", {"points": 12.5}), ("change", {"kind": "tag"}),
    ]  # fmt: skip
    assert [meant(Row("x", operation, "5", {**good, **wrong})) for operation, wrong in broken] == [None] * len(broken)
