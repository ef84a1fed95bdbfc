"""Erasing: who never ordered is deleted, of others Shopify is asked to erase the person."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.sandbox.shopify import Shopify
from tests.targets.shopify.shop import AGREED, LEFT, NEW, asked, consent, customer, deliver, erasure, fields, points


def test_deletes_who_never_ordered(shop: Shopify, config: dict[str, Any]) -> None:
    assert deliver(config, erasure(NEW)).states == {f"erase-{NEW}": "accepted"}
    assert ("Customer", int(NEW)) not in shop.records
    assert asked(shop) == ["customerDelete"]


def test_of_who_ordered_all_mail_stops_and_the_erasure_is_asked_for(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, points(AGREED, 7, "gold"))
    assert deliver(config, erasure(AGREED)).states == {f"erase-{AGREED}": "accepted"}
    held = customer(shop, AGREED)
    assert (held.by_email.state, held.by_sms.state, fields(shop, AGREED)) == ("UNSUBSCRIBED", "UNSUBSCRIBED", {})
    assert held.erasure_asked_at is not None
    assert asked(shop)[1:] == ["ConsentUpdate+Erasure"]


def test_who_has_no_number_is_erased_all_the_same(shop: Shopify, config: dict[str, Any]) -> None:
    assert deliver(config, erasure(LEFT)).states == {f"erase-{LEFT}": "accepted"}
    assert customer(shop, LEFT).erasure_asked_at is not None


def test_who_orders_between_look_up_and_deletion_is_erased_too(shop: Shopify, config: dict[str, Any]) -> None:
    none = '{"data": {"customer": {"numberOfOrders": "0"}}}'
    shop.faults.add(match="graphql", status=200, body=none)
    assert deliver(config, erasure(AGREED)).states == {f"erase-{AGREED}": "accepted"}
    assert asked(shop) == ["customerDelete", "ConsentUpdate+Erasure"]


def test_who_is_gone_already_is_gone(shop: Shopify, config: dict[str, Any]) -> None:
    assert deliver(config, erasure("99")).states == {"erase-99": "accepted"}
    assert asked(shop) == []


def test_asking_twice_changes_nothing(shop: Shopify, config: dict[str, Any]) -> None:
    deliver(config, erasure(AGREED))
    asked_at = customer(shop, AGREED).erasure_asked_at
    assert deliver(config, erasure(AGREED)).states == {f"erase-{AGREED}": "accepted"}
    assert customer(shop, AGREED).erasure_asked_at == asked_at


def test_no_erasure_holds_up_a_withdrawal(shop: Shopify, config: dict[str, Any]) -> None:
    rows = [erasure(NEW), consent(AGREED, "remove", email=False)]
    assert set(deliver(config, *rows).states.values()) == {"accepted"}
    assert asked(shop) == ["ConsentUpdate", "customerDelete"]


@pytest.mark.parametrize("skip", [0, 1])
def test_an_answer_that_is_lost_is_unknown_and_leaves_the_others_alone(
    shop: Shopify, config: dict[str, Any], skip: int
) -> None:
    shop.faults.add(match="graphql", skip=skip, reset="after")
    outbox = deliver(config, erasure(AGREED), erasure(NEW))
    assert outbox.states == {f"erase-{AGREED}": "unknown", f"erase-{NEW}": "accepted"}


def test_what_shopify_refuses_is_told(shop: Shopify, config: dict[str, Any]) -> None:
    refusal = '{"data": {"made": {"customerId": null, "userErrors": [{"field": [], "code": "FAILED_TO_REQUEST"}]}}}'
    shop.faults.add(match="graphql", skip=1, status=200, body=refusal)
    assert deliver(config, erasure(AGREED)).reasons == {f"erase-{AGREED}": "FAILED_TO_REQUEST"}
