"""Shopify's records to canonical ones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.canonical.reading import Reading
from mappers.canonical.shopify import STREAMS
from mappers.canonical.vendor_record import Unreadable
from plugins.rules import load_rules
from plugins.store.entities import (
    Basket,
    Consent,
    Customer,
    Order,
    OrderLine,
    Price,
    Product,
    Record,
    Stock,
    Store,
    Voucher,
)
from tests.making import checked

R = TypeVar("R", bound=Record)
RULES = Path(__file__).parents[3] / "sync_rules"
SEEN = datetime(2026, 11, 20, 12, tzinfo=UTC)
GID = "gid://shopify/"


def bag(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "EUR"}}


ADDRESS = {
    "firstName": "Fleur", "lastName": "van Dam", "company": "Dam BV", "address1": "Veldstraat 60b", "address2": None,
    "zip": "9000", "city": "Gent", "countryCodeV2": "BE", "phone": "0470 12 34 56",
}  # fmt: skip
CUSTOMER: dict[str, Any] = {
    "id": GID + "Customer/7301", "firstName": "Fleur", "lastName": "van Dam", "locale": "nl-BE", "state": "ENABLED",
    "tags": ["vip", "winkel-utrecht"], "numberOfOrders": "4", "createdAt": "2024-03-02T10:11:12Z",
    "updatedAt": "2026-05-19T08:00:01Z", "defaultAddress": ADDRESS,
    "defaultEmailAddress": {
        "emailAddress": "Fleur@Example.nl", "marketingState": "SUBSCRIBED", "marketingOptInLevel": "CONFIRMED_OPT_IN",
        "marketingUpdatedAt": "2024-03-02T10:11:12Z", "sourceLocation": {"id": GID + "Location/92"},
    },
    "defaultPhoneNumber": {
        "phoneNumber": "+31612345679",
        "smsMarketingConsent": {"state": "NEVER_SUBSCRIBED", "optInLevel": None, "updatedAt": None},
    },
}  # fmt: skip
CODE_USED = {
    "allocatedAmountSet": bag("5.00"),
    "discountApplication": {"__typename": "DiscountCodeApplication", "code": "WELKOM10"},
}
LINE: dict[str, Any] = {
    "id": GID + "LineItem/31", "sku": "JAS-M", "title": "Regenjas", "variantTitle": "M", "quantity": 2,
    "currentQuantity": 2, "originalUnitPriceSet": bag("50.00"), "discountAllocations": [],
    "taxLines": [{"ratePercentage": 21.0, "priceSet": bag("17.36")}], "product": {"id": GID + "Product/5"},
    "variant": {"id": GID + "ProductVariant/200001"},
}  # fmt: skip
ORDER: dict[str, Any] = {
    "id": GID + "Order/5001", "name": "#1001", "email": "fleur@example.nl", "createdAt": "2026-05-19T08:00:00Z",
    "processedAt": "2026-05-19T07:59:00Z", "updatedAt": "2026-05-19T08:03:10Z", "cancelledAt": None, "test": False,
    "sourceName": "web", "retailLocation": None, "displayFinancialStatus": "PAID", "currencyCode": "EUR",
    "taxesIncluded": True, "discountCodes": [], "customer": {"id": GID + "Customer/7301"},
    "totalPriceSet": bag("104.95"), "totalTaxSet": bag("18.21"), "totalDiscountsSet": bag("0.00"),
    "totalShippingPriceSet": bag("4.95"), "billingAddress": ADDRESS, "shippingAddress": ADDRESS, "lineItems": [LINE],
}  # fmt: skip
BACK: dict[str, Any] = {
    "id": GID + "RefundLineItem/90", "quantity": 1, "restockType": "RETURN", "lineItem": LINE,
    "subtotalSet": bag("50.00"), "totalTaxSet": bag("8.68"),
}  # fmt: skip
REFUNDED: dict[str, Any] = {
    "id": GID + "Order/5001", "updatedAt": "2026-05-25T10:00:00Z", "taxesIncluded": True, "currencyCode": "EUR",
    "test": False, "refunds": [
        {"id": GID + "Refund/23", "createdAt": "2026-05-25T10:00:00Z", "note": "te klein",
         "totalRefundedSet": bag("50.00"), "refundLineItems": [BACK]},
    ],
}  # fmt: skip
BASKET: dict[str, Any] = {
    "id": GID + "AbandonedCheckout/3001", "abandonedCheckoutUrl": "https://shop.example/recover", "completedAt": None,
    "createdAt": "2026-05-19T08:00:00Z", "updatedAt": "2026-05-19T09:00:00Z", "totalPriceSet": bag("50.00"),
    "customer": {"id": GID + "Customer/7301", "defaultEmailAddress": {"emailAddress": "fleur@example.nl"}},
    "lineItems": [{"id": GID + "AbandonedCheckoutLineItem/1", "sku": "JAS-M", "title": "Regenjas", "quantity": 1,
                   "variantTitle": None, "discountedTotalPriceSet": bag("50.00"), "product": None,
                   "variant": {"id": GID + "ProductVariant/200001"}}],
}  # fmt: skip
PRODUCT: dict[str, Any] = {
    "id": GID + "Product/5", "title": "Regenjas", "descriptionHtml": "<p>Droog</p>", "vendor": "Ardenna",
    "productType": "Jassen", "status": "ACTIVE", "updatedAt": "2026-05-19T08:00:00Z",
    "onlineStoreUrl": "https://shop.example/products/jas", "handle": "jas",
}  # fmt: skip
VARIANT: dict[str, Any] = {
    "id": GID + "ProductVariant/200001", "title": "M / Geel", "displayName": "Regenjas - M", "sku": "JAS-M",
    "barcode": "8719990000011", "price": "39.95", "compareAtPrice": "49.95", "updatedAt": "2026-05-19T08:00:00Z",
    "selectedOptions": [{"name": "Maat", "value": "M"}, {"name": "Kleur", "value": "Geel"}], "product": PRODUCT,
}  # fmt: skip
ITEM: dict[str, Any] = {
    "id": GID + "InventoryItem/1", "tracked": True, "variant": {"id": GID + "ProductVariant/200001"},
    "inventoryLevels": [
        {"id": GID + "InventoryLevel/9?inventory_item_id=1", "updatedAt": "2026-05-19T08:00:00Z",
         "location": {"id": GID + "Location/92"}, "quantities": [{"name": "available", "quantity": -1}]},
    ],
}  # fmt: skip
PLACE: dict[str, Any] = {
    "id": GID + "Location/92", "name": "Gent", "isActive": True, "fulfillsOnlineOrders": True,
    "address": {"address1": "Veldstraat 60", "zip": "9000", "city": "Gent", "countryCode": "BE"},
}  # fmt: skip
DISCOUNT: dict[str, Any] = {
    "id": GID + "DiscountNode/301",
    "discount": {
        "__typename": "DiscountCodeBasic", "title": "Welkom", "status": "ACTIVE", "usageLimit": None,
        "startsAt": "2026-04-30T22:00:00Z", "endsAt": "2026-12-31T22:59:59Z", "updatedAt": "2026-05-01T00:00:00Z",
        "context": {"__typename": "DiscountBuyerSelectionAll"},
        "customerGets": {"value": {"__typename": "DiscountPercentage", "percentage": 0.1275}},
        "codes": [{"id": GID + "DiscountRedeemCode/11", "code": "WELKOM10", "asyncUsageCount": 3},
                  {"id": GID + "DiscountRedeemCode/12", "code": "HALLO", "asyncUsageCount": 0}],
    },
}  # fmt: skip
AMOUNT = {"__typename": "DiscountAmount", "amount": {"amount": "10.0", "currencyCode": "EUR"}}
FOR_ONE = {"context": {"__typename": "DiscountCustomers", "customers": [{"id": GID + "Customer/7301"}]}}


def read(stream: str, record: dict[str, Any]) -> list[Record]:
    return checked(STREAMS[stream].read(record, Reading("shopify", stream, SEEN)))


def made(kind: type[R], stream: str, record: dict[str, Any]) -> list[R]:
    return [each for each in read(stream, record) if isinstance(each, kind)]


def mailing(**said: Any) -> dict[str, Any]:
    return {**CUSTOMER, "defaultEmailAddress": {**CUSTOMER["defaultEmailAddress"], **said}}


def discount(**said: Any) -> dict[str, Any]:
    return {**DISCOUNT, "discount": {**DISCOUNT["discount"], **said}}


def test_reads_a_customer():
    (customer,) = made(Customer, "customers", CUSTOMER)
    assert (customer.source_id, customer.email, customer.phone) == ("7301", "fleur@example.nl", "+31612345679")
    assert (customer.first_name, customer.infix, customer.last_name) == ("Fleur", "van", "Dam")
    assert (customer.street, customer.house_number, customer.house_suffix) == ("Veldstraat", "60", "B")
    assert (customer.postcode, customer.country, customer.company) == ("9000", "BE", "Dam BV")
    assert (customer.language, customer.groups) == ("nl", ["vip", "winkel-utrecht"])
    assert customer.changed_at == datetime(2026, 5, 19, 8, 0, 1, tzinfo=UTC)
    assert customer.registered_at == datetime(2024, 3, 2, 10, 11, 12, tzinfo=UTC)
    assert customer.raw == {"numberOfOrders": "4"}


def test_takes_the_number_of_the_address_where_there_is_no_other():
    (customer,) = made(Customer, "customers", {**CUSTOMER, "defaultPhoneNumber": None})
    assert customer.phone == "+32470123456"


def test_finds_the_house_number_in_the_second_line():
    address = {**ADDRESS, "address1": "Veldstraat", "address2": "60 b"}
    (customer,) = made(Customer, "customers", {**CUSTOMER, "defaultAddress": address})
    assert (customer.street, customer.house_number) == ("Veldstraat", "60")


def test_knows_a_customer_of_whom_nothing_but_a_number_is_left():
    bare = {"id": CUSTOMER["id"], "defaultEmailAddress": None, "defaultPhoneNumber": None, "defaultAddress": None}
    assert [type(each) for each in read("customers", bare)] == [Customer]


def test_reports_what_was_said_of_mail_and_messages_with_what_stands_beside_it():
    mail, held, sms = made(Consent, "customers", CUSTOMER)
    assert (mail.field, mail.value) == ("defaultEmailAddress.marketingState", "SUBSCRIBED")
    assert mail.facts == {
        "marketingOptInLevel": "CONFIRMED_OPT_IN", "marketingUpdatedAt": "2024-03-02T10:11:12Z", "sourceLocation": "92",
    }  # fmt: skip
    assert (mail.customer_id, mail.email) == ("7301", "fleur@example.nl")
    assert (held.source_id, held.field, held.value, held.facts) == ("7301:holds.email", "holds.email", "yes", {})
    assert (sms.field, sms.value) == ("defaultPhoneNumber.smsMarketingConsent.state", "NEVER_SUBSCRIBED")
    assert (sms.phone, sms.facts) == ("+31612345679", {})


def test_what_was_said_before_stays_said():
    later = {"marketingState": "UNSUBSCRIBED", "marketingUpdatedAt": "2026-06-01T00:00:00Z"}
    before, after = (made(Consent, "customers", each)[0].source_id for each in (CUSTOMER, mailing(**later)))
    assert before != after


@pytest.mark.parametrize(("state", "holds"), [("UNSUBSCRIBED", ["no"]), ("NOT_SUBSCRIBED", []), ("PENDING", [])])
def test_says_what_the_shop_holds_only_where_it_holds_something(state: str, holds: list[str]):
    found = made(Consent, "customers", mailing(marketingState=state))
    assert [each.value for each in found if each.field == "holds.email"] == holds


def test_the_level_unknown_is_no_level():
    (mail, *_) = made(Consent, "customers", mailing(marketingOptInLevel="UNKNOWN"))
    assert "marketingOptInLevel" not in mail.facts


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ({}, True),
        ({"marketingOptInLevel": "SINGLE_OPT_IN"}, True),
        ({"marketingOptInLevel": "UNKNOWN"}, False),
        ({"marketingOptInLevel": None}, False),
        ({"marketingUpdatedAt": None}, False),
    ],
)
def test_a_yes_has_what_the_rules_need_only_with_its_level_and_its_moment(said: dict[str, Any], counts: bool):
    (mail, *_) = made(Consent, "customers", mailing(**said))
    rule = load_rules(RULES).consent.meaning_of("shopify", mail.field)
    assert rule is not None
    assert rule.meaning(mail.value) == "granted"
    assert rule.time_fact("granted") == "marketingUpdatedAt"
    assert all(mail.facts.get(need) for need in rule.needs) is counts


@pytest.mark.parametrize("field", ["holds.email", "holds.sms"])
def test_what_the_shop_holds_is_no_act_of_the_person(field: str):
    assert load_rules(RULES).consent.meaning_of("shopify", field) is None


def test_reads_an_order_of_the_webshop():
    (order,) = made(Order, "orders", ORDER)
    assert (order.source_id, order.order_number, order.customer_id) == ("5001", "#1001", "7301")
    assert (order.channel, order.store_id, order.fulfilment) == ("web", None, "shipped")
    assert (order.total_minor, order.tax_minor, order.shipping_minor) == (10495, 1821, 495)
    assert (order.status, order.is_paid, order.email) == ("PAID", True, "fleur@example.nl")
    assert order.ordered_at == datetime(2026, 5, 19, 7, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "till", [{"retailLocation": {"id": GID + "Location/92"}, "sourceName": "pos"}, {"sourceName": "pos"}]
)
def test_an_order_of_the_till_is_one_of_the_store(till: dict[str, Any]):
    (order,) = made(Order, "orders", {**ORDER, **till})
    assert (order.channel, order.fulfilment) == ("store", "carried_out")
    assert order.store_id == ("92" if "retailLocation" in till else None)


@pytest.mark.parametrize(
    ("said", "is_paid", "status"),
    [
        ({"displayFinancialStatus": "PARTIALLY_REFUNDED"}, True, "PARTIALLY_REFUNDED"),
        ({"displayFinancialStatus": "REFUNDED"}, True, "REFUNDED"),
        ({"displayFinancialStatus": "PENDING"}, False, "PENDING"),
        ({"displayFinancialStatus": "VOIDED"}, False, "VOIDED"),
        ({"displayFinancialStatus": None}, False, None),
        ({"cancelledAt": "2026-05-20T00:00:00Z"}, False, "CANCELLED"),
    ],
)
def test_says_whether_an_order_was_paid(said: dict[str, Any], is_paid: bool, status: str | None):
    (order,) = made(Order, "orders", {**ORDER, **said})
    assert (order.is_paid, order.status) == (is_paid, status)


def test_leaves_test_orders_out():
    assert read("orders", {**ORDER, "test": True}) == read("refunds", {**REFUNDED, "test": True}) == []


def test_reads_a_line_with_what_every_discount_took_off_it():
    mine = {"allocatedAmountSet": bag("2.50"), "discountApplication": {"__typename": "AutomaticDiscountApplication"}}
    line = {**LINE, "discountAllocations": [CODE_USED, mine]}
    (found,) = made(OrderLine, "orders", {**ORDER, "lineItems": [line]})
    assert (found.source_id, found.order_id, found.line_number) == ("31", "5001", 1)
    assert (found.product_id, found.sku, found.description) == ("200001", "JAS-M", "Regenjas - M")
    assert (found.quantity_thousandths, found.unit_minor, found.total_minor) == (2000, 5000, 9250)
    assert (found.discount_minor, found.discount_kind, found.tax_basis_points) == (750, "coupon", 2100)


def test_a_line_whose_variant_is_gone_is_about_the_article():
    (found,) = made(OrderLine, "orders", {**ORDER, "lineItems": [{**LINE, "variant": None}]})
    assert found.product_id == "product:5"
    (found,) = made(OrderLine, "orders", {**ORDER, "lineItems": [{**LINE, "variant": None, "product": None}]})
    assert found.product_id is None


def test_adds_the_tax_where_prices_are_without():
    (found,) = made(OrderLine, "orders", {**ORDER, "taxesIncluded": False})
    assert found.total_minor == 10000 + 1736
    (back,) = made(OrderLine, "refunds", {**REFUNDED, "taxesIncluded": False})[:1]
    assert back.total_minor == -5868


@pytest.mark.parametrize("lines", [[], [{"ratePercentage": 21.0}, {"ratePercentage": 6.0}]])
def test_knows_no_rate_of_a_line_without_one_tax(lines: list[dict[str, Any]]):
    (found,) = made(OrderLine, "orders", {**ORDER, "lineItems": [{**LINE, "taxLines": lines}]})
    assert found.tax_basis_points is None


def test_each_code_that_was_used_is_a_redemption_with_what_it_took_off():
    lines = [{**LINE, "discountAllocations": [CODE_USED]}, {**LINE, "discountAllocations": [CODE_USED]}]
    used = made(Voucher, "orders", {**ORDER, "discountCodes": ["welkom10", "POST"], "lineItems": lines})
    assert [(each.code, each.kind, each.amount_minor) for each in used] == [
        ("welkom10", "redemption", 1000), ("POST", "redemption", None),
    ]  # fmt: skip
    assert (used[0].source_id, used[0].order_id, used[0].customer_id) == ("5001:welkom10", "5001", "7301")


def test_who_orders_without_being_a_customer_is_a_guest():
    (who,) = made(Customer, "orders", {**ORDER, "customer": None})
    (order,) = made(Order, "orders", {**ORDER, "customer": None})
    assert (who.source_id, who.is_guest, who.email) == ("guest:5001", True, "fleur@example.nl")
    assert who.source_id == order.customer_id
    assert not made(Customer, "orders", ORDER)


def test_nobody_is_made_of_an_order_without_an_address_or_a_number():
    nobody = {**ORDER, "customer": None, "email": None, "phone": None}
    assert not made(Customer, "orders", nobody)
    assert made(Order, "orders", nobody)[0].customer_id is None


def test_a_refund_is_a_negative_line_that_names_the_line_it_returns():
    (back,) = made(OrderLine, "refunds", REFUNDED)
    assert (back.source_id, back.order_id, back.returns_order_id) == ("refund:23:90", "5001", "5001")
    assert (back.returns_line_id, back.return_reason) == ("31", "te klein")
    assert (back.quantity_thousandths, back.total_minor, back.unit_minor) == (-1000, -5000, 5000)


def test_money_of_a_refund_that_belongs_to_no_line_is_a_line_of_its_own():
    refund = {**REFUNDED["refunds"][0], "totalRefundedSet": bag("54.95")}
    (_, rest) = made(OrderLine, "refunds", {**REFUNDED, "refunds": [refund]})
    assert (rest.source_id, rest.quantity_thousandths, rest.total_minor) == ("refund:23:amount", 0, -495)


@given(
    paid=st.integers(0, 10**6), back=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 10**5)), max_size=5)
)  # fmt: skip
def test_the_lines_of_a_refund_always_add_up_to_it(paid: int, back: list[tuple[int, int]]):
    lines = [
        {**BACK, "id": f"{GID}RefundLineItem/{n}", "quantity": q, "subtotalSet": bag(f"{c // 100}.{c % 100:02}")}
        for n, (q, c) in enumerate(back)
    ]
    refund = {**REFUNDED["refunds"][0], "refundLineItems": lines}
    refund["totalRefundedSet"] = bag(f"{paid // 100}.{paid % 100:02}")
    found = made(OrderLine, "refunds", {**REFUNDED, "refunds": [refund]})
    assert sum(each.total_minor for each in found) == -paid
    assert sum(each.quantity_thousandths for each in found) == -1000 * sum(quantity for quantity, _ in back)


def test_a_checkout_that_was_left_is_an_open_basket():
    (basket,) = made(Basket, "abandoned_checkouts", BASKET)
    assert (basket.source_id, basket.customer_id, basket.email) == ("3001", "7301", "fleur@example.nl")
    assert (basket.status, basket.total_minor, basket.currency) == ("open", 5000, "EUR")
    assert basket.lines == [
        {"product_id": "200001", "sku": "JAS-M", "description": "Regenjas", "quantity_thousandths": 1000,
         "total_minor": 5000},
    ]  # fmt: skip


def test_a_checkout_that_was_completed_is_a_closed_basket():
    (basket,) = made(Basket, "abandoned_checkouts", {**BASKET, "completedAt": "2026-05-20T00:00:00Z"})
    assert (basket.status, basket.lines) == ("closed", [])


def test_an_article_and_its_sizes_are_products_of_which_the_sizes_have_a_price():
    (parent,), (size,) = made(Product, "products", PRODUCT), made(Product, "product_variants", VARIANT)
    assert (parent.source_id, parent.name, parent.is_online) == ("product:5", "Regenjas", True)
    assert (size.source_id, size.parent_id, size.gtin) == ("200001", "product:5", "8719990000011")
    assert (size.name, size.size, size.colour, size.brand) == ("Regenjas", "M", "Geel", "Ardenna")
    assert not made(Price, "products", PRODUCT)


def test_a_price_that_was_higher_is_on_sale():
    prices = made(Price, "product_variants", VARIANT)
    assert {each.kind: each.price_minor for each in prices} == {"standard": 4995, "promo": 3995}
    (only,) = made(Price, "product_variants", {**VARIANT, "compareAtPrice": "39.95"})
    assert (only.source_id, only.kind, only.price_minor) == ("200001:standard", "standard", 3995)


@pytest.mark.parametrize("said", [{"status": "DRAFT"}, {"onlineStoreUrl": None}])
def test_what_the_webshop_does_not_show_is_not_online(said: dict[str, Any]):
    (size,) = made(Product, "product_variants", {**VARIANT, "product": {**PRODUCT, **said}})
    assert size.is_online is False


def test_an_article_without_choices_has_no_size():
    only = {"title": "Default Title", "selectedOptions": [{"name": "Title", "value": "Default Title"}]}
    (size,) = made(Product, "product_variants", {**VARIANT, **only})
    assert (size.size, size.colour) == (None, None)


def test_counts_what_lies_where():
    (stock,) = made(Stock, "inventory_levels", ITEM)
    assert (stock.source_id, stock.product_id, stock.store_id) == ("200001:92", "200001", "92")
    assert stock.available_thousandths == -1000


def test_what_is_not_counted_has_no_number():
    (stock,) = made(Stock, "inventory_levels", {**ITEM, "tracked": False})
    assert (stock.available_thousandths, stock.status) == (None, "not counted")
    assert read("inventory_levels", {**ITEM, "variant": None}) == []


def test_reads_a_shop():
    (store,) = made(Store, "locations", PLACE)
    assert (store.source_id, store.name, store.kind) == ("92", "Gent", "shop")
    assert (store.city, store.postcode, store.country) == ("Gent", "9000", "BE")


def test_each_code_of_a_discount_is_a_voucher():
    first, second = made(Voucher, "discounts", DISCOUNT)
    assert (first.source_id, first.code, first.kind, first.usage_count) == ("11", "WELKOM10", "percent", 3)
    assert (first.percent_basis_points, first.customer_id) == (1275, None)
    assert (first.starts_on, first.ends_on) == (date(2026, 5, 1), date(2026, 12, 31))
    assert (second.source_id, second.code) == ("12", "HALLO")


def test_a_code_for_one_customer_is_theirs():
    assert {each.customer_id for each in made(Voucher, "discounts", discount(**FOR_ONE))} == {"7301"}


@pytest.mark.parametrize(
    ("said", "left"),
    [({}, 1000), ({"usageLimit": 1}, 0), ({"usageLimit": 4}, 1000), ({"status": "EXPIRED"}, 0)],
)
def test_an_amount_has_left_what_may_still_be_used(said: dict[str, Any], left: int):
    (voucher, _) = made(Voucher, "discounts", discount(customerGets={"value": AMOUNT}, **said))
    assert (voucher.kind, voucher.amount_minor, voucher.open_minor, voucher.currency) == (
        "fixed_cart", 1000, left, "EUR",
    )  # fmt: skip


def test_an_amount_off_each_article_is_another_kind():
    value = {**AMOUNT, "appliesOnEachItem": True}
    assert made(Voucher, "discounts", discount(customerGets={"value": value}))[0].kind == "fixed_product"


def test_discounts_without_a_code_are_left_out():
    assert read("discounts", {"id": GID + "DiscountNode/9", "discount": {"__typename": "DiscountAutomaticApp"}}) == []


EVERYTHING = (
    ("customers", CUSTOMER), ("orders", ORDER), ("refunds", REFUNDED), ("abandoned_checkouts", BASKET),
    ("products", PRODUCT), ("product_variants", VARIANT), ("inventory_levels", ITEM), ("locations", PLACE),
    ("discounts", DISCOUNT),
)  # fmt: skip


@pytest.mark.parametrize(("stream", "record"), EVERYTHING)
def test_makes_what_it_says_it_makes_and_the_same_each_time(stream: str, record: dict[str, Any]):
    found = read(stream, record)
    assert {type(each) for each in found} <= set(STREAMS[stream].makes)
    assert found == read(stream, record)
    assert all(each.source == "shopify" and each.stream == stream for each in found)


@pytest.mark.parametrize(
    ("stream", "record", "reason"),
    [
        ("orders", {**ORDER, "id": None}, "missing_key"),
        ("orders", {**ORDER, "id": "5001x"}, "wrong_type"),
        ("orders", {**ORDER, "createdAt": None, "processedAt": None}, "missing_key"),
        ("orders", {**ORDER, "processedAt": "yesterday"}, "bad_time"),
        ("orders", {**ORDER, "totalPriceSet": bag("much")}, "bad_number"),
        ("orders", {**ORDER, "lineItems": "none"}, "wrong_type"),
        ("refunds", {**REFUNDED, "refunds": [{"id": GID + "Refund/1"}]}, "missing_key"),
        ("inventory_levels", {**ITEM, "inventoryLevels": [{}]}, "missing_key"),
    ],
)
def test_sets_aside_what_it_cannot_read(stream: str, record: dict[str, Any], reason: str):
    with pytest.raises(Unreadable) as refused:
        read(stream, record)
    assert refused.value.reason == reason
