"""Channable's orders and returns to canonical records."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.canonical.channable import STREAMS
from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import Unreadable
from plugins.store.entities import Consent, Customer, Order, OrderLine, Record
from tests.making import checked

R = TypeVar("R", bound=Record)
SEEN = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAMED = {"first_name": "Els", "middle_name": "", "last_name": "van Damme", "email": "2kq7x4@verkopen.bol.com"}
BILLING: dict[str, Any] = {
    **NAMED, "street": "Kerkstraat", "house_number": 12, "house_number_ext": "B", "address1": "Kerkstraat 12 B",
    "zip_code": "2000", "city": "Antwerpen", "country_code": "BE", "phone": "",
}  # fmt: skip
PRODUCT: dict[str, Any] = {
    "id": "SHOE-77-BLU-42", "channable_order_item_id": 991, "ean": "5400000000017", "title": "Loopschoen",
    "quantity": 2, "price": 79.95, "discount": 0.0, "shipping": 0.0, "commission": 9.6,
}  # fmt: skip
SOCK: dict[str, Any] = {**PRODUCT, "id": "SOCK-1", "channable_order_item_id": 992, "quantity": 1, "price": 7.5}
ORDER: dict[str, Any] = {
    "id": 830011, "project_id": 53000, "order_config_id": 98001, "channel_name": "bol", "channel_id": "A2K8290LP8",
    "platform_id": "830011", "status_paid": "paid", "status_shipped": "shipped", "error": False, "obfuscated": False,
    "created": "2026-03-02T06:38:23.044176+00:00", "modified": "2026-03-02T06:40:58.995190+00:00",
    "data": {
        "customer": {**NAMED, "gender": "female", "phone": "", "mobile": "", "company": "", "business_order": False},
        "billing": BILLING,
        "shipping": BILLING,
        "price": {"payment_method": "bol", "currency": "EUR", "subtotal": 167.4, "shipping": 2.99, "discount": 0.0,
                  "transaction_fee": 0.0, "commission": 9.6, "total": 170.39},
        "products": [PRODUCT, SOCK],
        "extra": {"is_test_order": False, "is_demo_order": False},
    },
    "fulfillments": [
        {"item_id": "SHOE-77-BLU-42", "quantity": 2, "status": "shipped"},
        {"item_id": "SOCK-1", "quantity": 1, "status": "shipped"},
    ],
}  # fmt: skip
RETURN: dict[str, Any] = {
    "id": 710001, "channel_name": "bol", "status": "accepted", "modified": "2026-03-12T09:00:00+00:00",
    "obfuscated": False,
    "data": {
        "item": {"id": "SHOE-77-BLU-42", "quantity": 1, "reason": "Te klein"},
        "meta": {"channel_order_id": "A2K8290LP8", "platform_order_id": "830011", "is_test_return": False},
    },
    "order": {"id": 830011, "currency": "EUR", "products": [PRODUCT, SOCK]},
}  # fmt: skip


def read(stream: str, record: dict[str, Any]) -> list[Record]:
    return checked(STREAMS[stream].read(record, Reading("channable", stream, SEEN)))


def made(kind: type[R], record: dict[str, Any], stream: str = "orders") -> list[R]:
    return [each for each in read(stream, record) if isinstance(each, kind)]


def order(**more: Any) -> dict[str, Any]:
    """Return the order with other fields; of `data` only those parts that are given."""
    found = {**deepcopy(ORDER), **more}
    found["data"] = {**deepcopy(ORDER["data"]), **more.get("data", {})}
    return found


def test_reads_an_order_of_a_marketplace_under_the_marketplaces_number():
    (found,) = made(Order, ORDER)
    assert (found.source_id, found.order_number, found.channel) == ("830011", "A2K8290LP8", "marketplace")
    assert (found.total_minor, found.shipping_minor, found.currency) == (17039, 299, "EUR")
    assert (found.status, found.is_paid, found.customer_id, found.email) == ("shipped", True, "order:830011", None)
    assert found.ordered_at == datetime(2026, 3, 2, 6, 38, 23, 44176, UTC)
    assert found.changed_at == datetime(2026, 3, 2, 6, 40, 58, 995190, UTC)
    assert found.raw["channel_name"] == "bol"


def test_a_price_is_of_one_piece():
    shoes, socks = made(OrderLine, ORDER)
    assert (shoes.unit_minor, shoes.quantity_thousandths, shoes.total_minor) == (7995, 2000, 15990)
    assert (shoes.source_id, shoes.order_id, shoes.line_number) == ("991", "830011", 1)
    assert (shoes.sku, shoes.gtin, shoes.description) == ("SHOE-77-BLU-42", "5400000000017", "Loopschoen")
    (whole,) = made(Order, ORDER)
    assert shoes.total_minor + socks.total_minor + (whole.shipping_minor or 0) == whole.total_minor


def test_a_line_without_a_number_of_its_own_is_known_by_its_place():
    bare = {**PRODUCT, "channable_order_item_id": None}
    assert [line.source_id for line in made(OrderLine, order(data={"products": [bare, SOCK]}))] == ["830011:1", "992"]


@given(st.integers(0, 10**7), st.integers(1, 400))
def test_every_price_is_read_to_the_cent(cents: int, quantity: int):
    line = {**PRODUCT, "price": cents / 100, "quantity": quantity}
    (found,) = made(OrderLine, order(data={"products": [line]}))
    assert (found.unit_minor, found.total_minor) == (cents, cents * quantity)


def test_who_bought_is_a_guest_behind_an_alias_and_said_nothing_about_consent():
    (buyer,) = made(Customer, ORDER)
    assert (buyer.source_id, buyer.is_guest) == ("order:830011", True)
    assert (buyer.email, buyer.email_quality) == ("2kq7x4@verkopen.bol.com", "masked")
    assert (buyer.first_name, buyer.infix, buyer.last_name, buyer.gender) == ("Els", "van", "Damme", "female")
    assert (buyer.street, buyer.house_number, buyer.house_suffix) == ("Kerkstraat", "12", "B")
    assert (buyer.postcode, buyer.city, buyer.country) == ("2000", "Antwerpen", "BE")
    assert made(Consent, ORDER) == []
    assert Consent not in STREAMS["orders"].makes


def test_an_address_of_a_marketplace_that_nobody_has_listed_is_no_address_of_a_person_either():
    unlisted = {**NAMED, "email": "els.vandamme@messages.newmarket.example"}
    (buyer,) = made(Customer, order(data={"customer": unlisted}))
    assert (buyer.email, buyer.email_quality) == (None, "masked")
    assert buyer.email_given == "els.vandamme@messages.newmarket.example"


@given(st.emails())
def test_no_address_of_a_marketplace_is_ever_good(email: str):
    (buyer,) = made(Customer, order(data={"customer": {**NAMED, "email": email}}))
    assert buyer.email_quality != "ok"
    assert made(Order, order(data={"customer": {**NAMED, "email": email}}))[0].email is None


@pytest.mark.parametrize("number", [12, "12", 12.0])
def test_a_house_number_is_a_number_or_a_text(number: Any):
    (buyer,) = made(Customer, order(data={"billing": {**BILLING, "house_number": number}}))
    assert (buyer.house_number, buyer.house_suffix) == ("12", "B")


def test_an_address_comes_in_one_line_too():
    lines = {**BILLING, "street": None, "house_number": None, "house_number_ext": None, "address1": "Kerkstraat 12 B"}
    (buyer,) = made(Customer, order(data={"billing": lines}))
    assert (buyer.street, buyer.house_number, buyer.house_suffix) == ("Kerkstraat", "12", "B")


def test_takes_the_address_of_delivery_where_no_other_is_told():
    (buyer,) = made(Customer, order(data={"billing": {"first_name": "", "email": None}}))
    assert (buyer.street, buyer.postcode) == ("Kerkstraat", "2000")


def test_a_wiped_order_keeps_its_money_and_loses_the_person():
    wiped = order(obfuscated=True)  # whatever still stands there
    (buyer,), (found,), lines = made(Customer, wiped), made(Order, wiped), made(OrderLine, wiped)
    assert (buyer.source_id, buyer.is_deleted) == ("order:830011", True)
    assert (found.customer_id, found.total_minor, found.is_paid) == (None, 17039, True)
    assert [line.total_minor for line in lines] == [15990, 750]
    assert not [word for word in ("Els", "Damme", "@", "Kerkstraat") if word in json.dumps(_told(wiped))]


def _told(record: dict[str, Any]) -> list[Any]:
    return [each.model_dump(mode="json") for each in read("orders", record)]


def test_keeps_nothing_of_the_person_beside_the_buyer():
    noted = order(data={"extra": {"memo": "bel Els", "comment": "voor Els"}})
    noted["attachments"] = [{"title": "label Els"}]
    rest = [each.model_dump(mode="json") for each in read("orders", noted) if not isinstance(each, Customer)]
    assert not [word for word in ("Els", "Damme", "@", "Kerkstraat") if word in json.dumps(rest)]


@pytest.mark.parametrize(
    ("paid", "shipped", "expected"),
    [
        ("paid", "shipped", True),
        ("paid", "not_shipped", True),
        ("paid", "partial", True),
        ("paid", "cancellation_request", True),
        ("paid", "manual", True),
        ("not_paid", "not_shipped", False),
        ("cancelled", "cancelled", False),
        ("paid", "cancelled", False),
        ("cancellation_request", "cancellation_request", False),
        ("manual", "manual", False),
        ("something new", "shipped", False),
    ],
)
def test_an_order_is_paid_by_what_both_statuses_say(paid: str, shipped: str, expected: bool):
    (found,) = made(Order, order(status_paid=paid, status_shipped=shipped))
    assert found.is_paid is expected


@pytest.mark.parametrize("trial", ["is_test_order", "is_demo_order"])
def test_a_trial_is_no_order(trial: str):
    assert read("orders", order(data={"extra": {trial: True}})) == []


def partly(*statuses: str, whole: str = "partial") -> dict[str, Any]:
    items = zip(("SHOE-77-BLU-42", "SOCK-1"), (2, 1), statuses, strict=True)
    told = [{"item_id": item, "quantity": quantity, "status": status} for item, quantity, status in items]
    return order(status_shipped=whole, fulfillments=told)


def test_what_was_cancelled_of_an_order_is_taken_back_by_a_negative_line():
    shoes, back, _socks = made(OrderLine, partly("cancelled", "shipped", whole="shipped"))
    assert (back.source_id, back.returns_line_id, back.returns_order_id) == ("cancelled:991", "991", "830011")
    assert (back.quantity_thousandths, back.total_minor, back.is_deleted) == (-2000, -shoes.total_minor, False)
    assert (back.return_reason, back.sku) == ("cancelled", shoes.sku)


def test_of_an_order_that_was_cancelled_whole_nothing_is_taken_back_twice():
    lines = made(OrderLine, partly("cancelled", "cancelled", whole="cancelled"))
    assert [line.source_id for line in lines if line.is_deleted] == ["cancelled:991", "cancelled:992"]
    assert sum(line.total_minor for line in lines if not line.is_deleted) == 16740


def test_one_item_in_two_lines_is_taken_back_as_often_as_it_was_cancelled():
    second = {**PRODUCT, "channable_order_item_id": 993, "quantity": 1}
    told = [{"item_id": PRODUCT["id"], "quantity": 1, "status": "cancelled"}]
    lines = made(OrderLine, order(data={"products": [PRODUCT, second]}, fulfillments=told))
    assert [(line.source_id, line.quantity_thousandths) for line in lines] == [
        ("991", 2000), ("cancelled:991", -1000), ("993", 1000),
    ]  # fmt: skip


def test_an_accepted_return_is_a_negative_line_at_the_price_that_was_paid():
    (line,) = made(OrderLine, RETURN, "returns")
    assert (line.source_id, line.order_id, line.returns_order_id) == ("return:710001", "830011", "830011")
    assert (line.quantity_thousandths, line.unit_minor, line.total_minor) == (-1000, 7995, -7995)
    assert (line.returns_line_id, line.return_reason) == ("991", "Te klein")
    assert line.changed_at == datetime(2026, 3, 12, 9, tzinfo=UTC)
    assert line.returns_line_id in {sold.source_id for sold in made(OrderLine, ORDER)}


def test_a_return_names_a_line_without_a_number_as_the_order_does():
    bare = {**PRODUCT, "channable_order_item_id": None}
    (line,) = made(OrderLine, {**RETURN, "order": {**RETURN["order"], "products": [SOCK, bare]}}, "returns")
    assert line.returns_line_id == "830011:2"


@pytest.mark.parametrize(
    "status", ["new", "processing", "rejected", "repaired", "keeps", "exchanged", "cancelled", "manual"]
)
def test_a_return_that_gave_no_money_back_takes_nothing_away(status: str):
    open_return = {key: value for key, value in RETURN.items() if key != "order"} | {"status": status}
    (line,) = made(OrderLine, open_return, "returns")
    assert (line.source_id, line.is_deleted, line.total_minor) == ("return:710001", True, 0)


@pytest.mark.parametrize("found", [None, {}, {"id": 830011, "currency": "EUR", "products": [SOCK]}])
def test_an_accepted_return_whose_order_is_not_found_is_set_aside(found: Any):
    with pytest.raises(Unreadable, match="order: missing_key"):
        read("returns", {**RETURN, "order": found})


def test_a_trial_of_a_return_is_none():
    meta = {**RETURN["data"]["meta"], "is_test_return": True}
    assert read("returns", {**RETURN, "data": {**RETURN["data"], "meta": meta}}) == []


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [("created", None, "missing_key"), ("created", "soon", "bad_time"), ("modified", "soon", "bad_time"),
     ("id", None, "missing_key")],
)  # fmt: skip
def test_sets_aside_what_it_cannot_read(field: str, value: Any, reason: str):
    with pytest.raises(Unreadable) as told:
        read("orders", order(**{field: value}))
    assert (told.value.reason, told.value.field) == (reason, field)


@pytest.mark.parametrize(
    ("product", "reason"),
    [({"price": None}, "missing_key"), ({"quantity": None}, "missing_key"), ({"price": "cheap"}, "bad_number"),
     ({"id": None}, "missing_key")],
)  # fmt: skip
def test_sets_aside_an_order_with_a_line_it_cannot_read(product: dict[str, Any], reason: str):
    with pytest.raises(Unreadable) as told:
        read("orders", order(data={"products": [{**PRODUCT, **product}]}))
    assert told.value.reason == reason


def test_an_order_without_a_total_is_not_worth_nothing_but_set_aside():
    with pytest.raises(Unreadable, match="total: missing_key"):
        read("orders", order(data={"price": {"currency": "EUR"}}))
