"""What becomes of purchases: orders of the store, and no consent by them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plugins.sandbox.mailchimp import Mailchimp
from plugins.wire.outbox import Row
from tests.targets.kept import Kept
from tests.targets.mailchimp.rows import item, line, purchase, send, shop, writes


def test_a_purchase_becomes_an_order_of_a_customer_known_by_a_hash(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = send(config, item(), purchase(fields={"first_name": "Ann", "phone": "+31612345678"}))
    assert outbox.states["tilroy:71234"] == "accepted"
    order = shop(vendor).show_trade("orders", shop(vendor).orders["tilroy:71234"])
    assert (order["order_total"], order["currency_code"]) == (79.95, "EUR")
    assert order["processed_at_foreign"] == "2026-02-27T09:12:00+00:00"
    assert [(each["product_id"], each["quantity"], each["price"]) for each in order["lines"]] == [("COAT-M", 1, 79.95)]
    customer = order["customer"]
    assert (customer["email_address"], customer["first_name"], len(customer["id"])) == ("ann@example.org", "Ann", 32)
    assert not [call.path for call in vendor.calls if "ann@" in call.path or "ann@" in call.query]


def test_nobody_is_ever_subscribed_by_a_purchase(vendor: Mailchimp, config: dict[str, Any]) -> None:
    emails = ("ann@example.org", "left@example.org", "Known@example.org")
    send(config, item(), *(purchase(f"o-{n}", email) for n, email in enumerate(emails)))
    held = {email: vendor.audience.get(email).status for email in emails}
    assert list(held.values()) == ["transactional", "unsubscribed", "subscribed"]
    sent = [json.loads(call.body) for call in vendor.calls if call.method == "PUT"]
    assert [body["opt_in_status"] for body in sent] == [False, False, False]


def test_no_order_sends_its_customer_a_mail(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item())
    send(config, purchase())
    assert vendor.triggered == []


def test_a_purchase_that_is_there_is_not_written_again(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item(), purchase())
    before = len(writes(vendor))
    outbox = send(config, purchase())
    assert outbox.reasons == {"tilroy:71234": "there already"}
    assert len(writes(vendor)) == before


def test_an_answer_that_is_lost_is_unknown_and_the_next_run_looks_first(
    vendor: Mailchimp, config: dict[str, Any]
) -> None:
    send(config, item())
    vendor.faults.add(match="POST .*/orders", reset="after")
    assert send(config, purchase()).states == {"tilroy:71234": "unknown"}
    assert send(config, purchase()).reasons == {"tilroy:71234": "there already"}
    assert [each for each in writes(vendor) if each == "POST /orders"] == ["POST /orders"]


def test_an_order_is_not_made_again_in_a_run_where_the_vendor_broke_down_over_it(
    vendor: Mailchimp, config: dict[str, Any]
) -> None:
    send(config, item())
    vendor.faults.add(match="POST .*/orders", status=502)
    assert send(config, purchase()).states == {"tilroy:71234": "unknown"}
    assert send(config, purchase()).states == {"tilroy:71234": "accepted"}
    assert list(shop(vendor).orders) == ["tilroy:71234"]


@pytest.mark.parametrize("status", [429, 503])
def test_tries_again_when_throttled(vendor: Mailchimp, config: dict[str, Any], status: int) -> None:
    send(config, item())
    vendor.faults.add(match="POST .*/orders", status=status, times=2)
    assert send(config, purchase()).states == {"tilroy:71234": "accepted"}


def test_lines_of_products_that_the_store_lacks_are_left_out_and_that_is_said(
    vendor: Mailchimp, config: dict[str, Any]
) -> None:
    outbox = send(config, item(), purchase(items=[line("HAT"), line()]), purchase("o-2", items=[line("HAT")]))
    assert outbox.reasons["tilroy:71234"] == "without lines whose product is not in the store"
    assert (outbox.states["o-2"], outbox.reasons["o-2"]) == ("rejected", "no product of it is in the store")
    (order,) = shop(vendor).orders.values()
    assert ([each["product_id"] for each in order["lines"].values()], order["order_total"]) == (["COAT-M"], 79.95)


def test_a_customer_is_written_once_in_a_run(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item(), purchase("o-1"), purchase("o-2", "Ann@Example.org"))
    assert [each.partition(" ")[0] for each in writes(vendor)[2:5]] == ["PUT", "POST", "POST"]
    assert len(shop(vendor).customers) == 1


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"currency": "USD"}, "not the currency of the store"),
        ({"total_minor": "7995"}, "malformed payload"),
        ({"at": "yesterday"}, "malformed payload"),
        ({"more": 1}, "malformed payload"),
        ({"items": [line(quantity=0)]}, "malformed payload"),
        ({"email": "no address"}, "Invalid Resource"),
    ],
)
def test_goes_on_after_a_purchase_that_is_refused(
    vendor: Mailchimp, config: dict[str, Any], said: dict[str, Any], reason: str
) -> None:
    outbox = send(config, item(), purchase("bad", **said), purchase("good"))
    assert (outbox.reasons["bad"], outbox.states["good"]) == (reason, "accepted")
    assert list(shop(vendor).orders) == ["good"]


def test_a_purchase_is_added_and_never_changed(config: dict[str, Any]) -> None:
    row = Row("o-1", "change", "purchase:o-1", purchase().payload)
    assert send(config, row).reasons == {"o-1": "malformed payload"}


def test_who_is_withheld_by_the_outbox_is_not_sent(vendor: Mailchimp, config: dict[str, Any]) -> None:
    outbox = send(config, item(), purchase("o-1"), purchase("o-2", "bob@example.org"), outbox=Kept(withheld=["o-1"]))
    assert outbox.states == {"item COAT-M": "accepted", "o-2": "accepted"}
    assert b"ann@" not in b"".join(call.body for call in vendor.calls)


def test_every_call_about_a_person_is_fixed_before_it_goes(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item())
    outbox = send(config, purchase())
    sent = [call.body for call in vendor.calls if b"ann@" in call.body or b"tilroy" in call.body]
    assert sent == [fixed.call.body for fixed in outbox.calls if fixed.call]
    assert len(sent) == 2


def test_whoever_was_erased_does_not_come_back_as_a_customer(vendor: Mailchimp, config: dict[str, Any]) -> None:
    send(config, item(), Row("known", "erase", "known@example.org", {}))
    outbox = send(config, purchase(email="known@example.org"))
    assert outbox.reasons == {"tilroy:71234": "Forgotten Email Not Subscribed"}
