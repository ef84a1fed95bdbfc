"""WooCommerce records to canonical ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import Unreadable
from mappers.canonical.woocommerce import STREAMS
from plugins.store.entities import Basket, Consent, Customer, Order, OrderLine, Price, Product, Record, Stock, Voucher
from tests.making import checked

R = TypeVar("R", bound=Record)
SEEN = datetime(2026, 6, 1, 12, tzinfo=UTC)
RECORDINGS = Path(__file__).parents[4] / "shared/specs/woocommerce/recordings.jsonl"

BILLING = {
    "first_name": "Noor", "last_name": "van der Meer", "company": "", "address_1": "Lindelaan 12b", "address_2": "",
    "city": "Delft", "postcode": "2611 ab", "country": "NL", "email": " Noor@Example.NL ", "phone": "06 12345678",
}  # fmt: skip
ACCOUNT: dict[str, Any] = {
    "id": 7, "date_created_gmt": "2026-01-01T09:00:00", "date_modified_gmt": "2026-05-01T10:00:00",
    "email": "noor@example.nl", "first_name": "Noor", "last_name": "van der Meer", "role": "customer",
    "username": "noor", "billing": BILLING, "meta_data": [],
}  # fmt: skip
LINE: dict[str, Any] = {
    "id": 31, "name": "Regenjas", "product_id": 10, "variation_id": 0, "quantity": 1, "subtotal": "57.81",
    "subtotal_tax": "12.14", "total": "57.81", "total_tax": "12.14", "sku": "JAS-1", "price": Decimal("57.81"),
    "global_unique_id": "8711234567895", "meta_data": [],
}  # fmt: skip
ORDER: dict[str, Any] = {
    "id": 15, "number": "2026-15", "status": "processing", "currency": "EUR", "customer_id": 7,
    "date_created_gmt": "2026-05-19T08:00:00", "date_modified_gmt": "2026-05-19T08:03:10", "total": "69.95",
    "total_tax": "12.14", "discount_total": "0.00", "discount_tax": "0.00", "shipping_total": "0.00",
    "shipping_tax": "0.00", "billing": BILLING, "line_items": [LINE], "shipping_lines": [], "fee_lines": [],
    "coupon_lines": [], "meta_data": [],
}  # fmt: skip
REFUND: dict[str, Any] = {
    "id": 23, "parent_id": 15, "date_created_gmt": "2026-05-25T10:00:00", "amount": "69.95", "reason": "te klein",
    "line_items": [{
        **LINE, "id": 44, "quantity": -1, "total": "-57.81", "total_tax": "-12.14",
        "meta_data": [{"id": 1, "key": "_refunded_item_id", "value": "31"}],
    }],
}  # fmt: skip
PRODUCT: dict[str, Any] = {
    "id": 10, "name": "Regenjas", "type": "simple", "status": "publish", "sku": "JAS-1", "regular_price": "79.95",
    "sale_price": "69.95", "date_on_sale_from_gmt": "2026-05-01T22:00:00", "date_on_sale_to_gmt": None,
    "manage_stock": True, "stock_quantity": 3, "stock_status": "instock", "permalink": "https://shop.example/jas",
    "categories": [{"id": 4, "name": "Jassen", "slug": "jassen"}], "brands": [{"id": 2, "name": "Buienmakers"}],
    "images": [{"id": 9, "src": "https://shop.example/jas.jpg"}], "date_modified_gmt": "2026-05-02T00:00:00",
    "attributes": [{"name": "Kleur", "options": ["Geel"]}], "parent_id": 0, "catalog_visibility": "visible",
}  # fmt: skip
VARIATION: dict[str, Any] = {
    "id": 12, "parent_id": 11, "type": "variation", "status": "publish", "name": "S", "sku": "TRUI-S",
    "regular_price": "59.00", "sale_price": "", "manage_stock": "parent", "stock_quantity": 40,
    "stock_status": "instock", "image": None, "attributes": [{"name": "Maat", "option": "S"}],
}  # fmt: skip
COUPON: dict[str, Any] = {
    "id": 14, "code": "welkom10", "amount": "10.00", "status": "publish", "discount_type": "percent", "usage_count": 2,
    "date_expires": "2027-01-31T00:00:00", "email_restrictions": ["noor@example.nl"],
    "date_modified_gmt": "2026-05-02T00:00:00",
}  # fmt: skip


def read(stream: str, record: dict[str, Any]) -> list[Record]:
    return checked(STREAMS[stream].read(record, Reading("woocommerce", stream, SEEN)))


def made(kind: type[R], stream: str, record: dict[str, Any]) -> list[R]:
    return [each for each in read(stream, record) if isinstance(each, kind)]


def meta(**fields: Any) -> list[dict[str, Any]]:
    return [{"id": place, "key": key, "value": value} for place, (key, value) in enumerate(fields.items())]


def test_reads_an_account():
    (customer,) = made(Customer, "customers", ACCOUNT)
    assert (customer.source_id, customer.email, customer.phone) == ("7", "noor@example.nl", "+31612345678")
    assert (customer.street, customer.house_number, customer.postcode) == ("Lindelaan", "12", "2611AB")
    assert customer.changed_at == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert customer.groups == ["customer"]


def test_finds_the_house_number_in_the_second_line():
    billing = {**BILLING, "address_1": "Lindelaan", "address_2": "12 b"}
    (customer,) = made(Customer, "customers", {**ACCOUNT, "billing": billing})
    assert (customer.street, customer.house_number) == ("Lindelaan", "12")


def test_takes_the_registration_as_time_of_an_account_that_never_changed():
    (customer,) = made(Customer, "customers", {**ACCOUNT, "date_modified_gmt": None})
    assert customer.changed_at == customer.registered_at == datetime(2026, 1, 1, 9, tzinfo=UTC)


def test_keeps_what_it_does_not_know():
    (customer,) = made(Customer, "customers", {**ACCOUNT, "plugin_score": Decimal("1.5")})
    assert customer.raw["plugin_score"] == 1.5
    assert "email" not in customer.raw


def test_reports_consent_fields_with_what_stands_beside_them():
    fields = meta(
        newsletter_opt_in="yes", newsletter_opt_in_at="2026-04-01T10:00:00+02:00", newsletter_opt_in_ip="192.0.2.1",
        GDPR_sms=False, favourite="blue",
    )  # fmt: skip
    mail, sms = made(Consent, "customers", {**ACCOUNT, "meta_data": fields})
    assert mail.source_id == "7:meta_data.newsletter_opt_in:2026-05-01T10:00:00+00:00"
    assert (mail.customer_id, mail.email, mail.value) == ("7", "noor@example.nl", "yes")
    assert mail.facts == {
        "date_modified_gmt": "2026-05-01T10:00:00",
        "date_created_gmt": "2026-01-01T09:00:00",
        "newsletter_opt_in_at": "2026-04-01T10:00:00+02:00",
        "newsletter_opt_in_ip": "192.0.2.1",
    }
    assert (sms.field, sms.value) == ("meta_data.GDPR_sms", "false")


@given(st.one_of(st.text(), st.booleans(), st.integers(), st.none(), st.lists(st.integers())))
def test_makes_nothing_of_a_consent_value(value: Any):
    (consent,) = made(Consent, "customers", {**ACCOUNT, "meta_data": meta(optin=value)})
    assert consent.value == (value if value is None or isinstance(value, str) else json.dumps(value))


WRITTEN_BY_US = {
    "rotonde_consent_email": "yes", "rotonde_consent_at": "2026-05-01T10:00:00Z", "rotonde_points": "1250",
    "rotonde_tier": "gold",
}  # fmt: skip


@pytest.mark.parametrize(("stream", "record"), [("customers", ACCOUNT), ("orders", ORDER)])
def test_what_we_wrote_ourselves_is_a_copy_beside_the_rest_and_nothing_else(stream: str, record: dict[str, Any]):
    theirs = read(stream, {**record, "meta_data": meta(newsletter_optin="no")})
    both = read(stream, {**record, "meta_data": meta(newsletter_optin="no", **WRITTEN_BY_US)})
    assert [each for each in both if each not in theirs] == made_of_ours(stream, record)
    assert [each for each in both if each in theirs] == theirs


def made_of_ours(stream: str, record: dict[str, Any]) -> list[Any]:
    """Return what is made of an account's copy of a consent: that it stands there, of nobody's address."""
    only = made(Consent, stream, {**record, "meta_data": meta(**WRITTEN_BY_US)})
    assert [(each.field, each.value, each.customer_id, each.email) for each in only] == (
        [("meta_data.rotonde_consent_email", "yes", "7", None)] if stream == "customers" else []
    )
    return only


def test_takes_the_newest_of_a_field_that_stands_twice():
    twice = [{"id": 9, "key": "optin", "value": "no"}, {"id": 3, "key": "optin", "value": "yes"}]
    (consent,) = made(Consent, "customers", {**ACCOUNT, "meta_data": twice})
    assert consent.value == "no"


def test_reports_the_tick_at_the_checkout():
    order = {**ORDER, "meta_data": meta(_marketing_optin="1", _marketing_optin_text="Ja, mail mij")}
    (consent,) = made(Consent, "orders", order)
    assert consent.source_id == "order:15:meta_data._marketing_optin:2026-05-19T08:03:10+00:00"
    assert (consent.customer_id, consent.email, consent.value) == ("7", "noor@example.nl", "1")
    assert consent.facts["_marketing_optin_text"] == "Ja, mail mij"


def test_reads_an_order_with_vat_in_its_lines():
    (order,), (line,) = made(Order, "orders", ORDER), made(OrderLine, "orders", ORDER)
    assert (order.source_id, order.customer_id, order.channel) == ("15", "7", "web")
    assert (order.total_minor, order.tax_minor, order.is_paid) == (6995, 1214, True)
    assert order.ordered_at == datetime(2026, 5, 19, 8, tzinfo=UTC)
    assert (line.source_id, line.order_id, line.product_id) == ("31", "15", "10")
    assert (line.total_minor, line.unit_minor, line.tax_basis_points) == (6995, 6995, 2100)
    assert not made(Customer, "orders", ORDER)


def test_names_the_variation_as_the_product_of_a_line():
    (line,) = made(OrderLine, "orders", {**ORDER, "line_items": [{**LINE, "variation_id": 12}]})
    assert line.product_id == "12"


def test_tells_the_discount_of_a_line():
    bought = {**LINE, "quantity": 2, "subtotal": "115.62", "subtotal_tax": "24.28", "total": "104.06", "total_tax": "21.85"}  # fmt: skip # noqa: E501
    order = {**ORDER, "line_items": [bought], "coupon_lines": [{"code": "welkom10", "nominal_amount": Decimal("12.5")}]}
    (line,) = made(OrderLine, "orders", order)
    assert (line.unit_minor, line.total_minor, line.discount_minor) == (6995, 12591, 1399)
    assert (line.quantity_thousandths, line.discount_kind) == (2000, "coupon")
    assert made(Order, "orders", order)[0].coupon_codes == ["welkom10"]


def test_adds_before_it_rounds():
    exact = {**LINE, "total": "8.2645", "total_tax": "1.7355"}
    (line,) = made(OrderLine, "orders", {**ORDER, "line_items": [exact]})
    assert line.total_minor == 1000


@given(st.integers(0, 10**7), st.sampled_from([0, 6, 9, 12, 21]))
def test_finds_the_price_with_vat_to_the_cent(gross: int, percent: int):
    net = (Decimal(gross) / 100 * 100 / (100 + percent)).quantize(Decimal("0.0001"))
    item = {**LINE, "total": str(net), "total_tax": str(Decimal(gross) / 100 - net)}
    (line,) = made(OrderLine, "orders", {**ORDER, "line_items": [item]})
    assert line.total_minor == gross


@pytest.mark.parametrize(
    ("status", "paid_at", "is_paid"),
    [
        ("completed", None, True), ("refunded", None, True), ("cancelled", "2026-05-19T08:00:00", False),
        ("on-hold", None, False), ("pending", None, False), ("bij-de-drukker", "2026-05-19T08:00:00", True),
        ("bij-de-drukker", None, False),
    ],
)  # fmt: skip
def test_tells_what_is_paid(status: str, paid_at: str | None, is_paid: bool):
    (order,) = made(Order, "orders", {**ORDER, "status": status, "date_paid_gmt": paid_at})
    assert order.is_paid is is_paid


def test_a_trashed_order_is_gone_with_its_lines_and_its_guest():
    trashed = {**ORDER, "status": "trash", "customer_id": 0}
    kinds = {type(each): each.is_deleted for each in read("orders", trashed)}
    assert kinds == {Customer: True, Basket: True, Order: True, OrderLine: True}


def test_an_account_that_signs_in_with_social_networks_has_them():
    account = {**ACCOUNT, "meta_data": meta(facebook_id="7000000000000001", instagram_username="Noor.M")}
    one, other = made(Customer, "customers", account)
    assert (one.source_id, one.social_id, one.is_guest) == ("7", "facebook:7000000000000001", False)
    assert (other.source_id, other.social_id, other.is_guest) == ("7:instagram:noor.m", "instagram:noor.m", True)
    assert other.email == one.email


def test_a_draft_of_the_checkout_is_a_basket_and_no_order():
    draft = {**ORDER, "status": "checkout-draft", "customer_id": 0, "meta_data": meta(nieuwsbrief="ja")}
    found = read("orders", draft)
    assert {type(each) for each in found} == {Customer, Basket}  # what was ticked was never sent
    (basket,) = made(Basket, "orders", draft)
    assert (basket.source_id, basket.status, basket.customer_id) == ("15", "open", "guest:15")
    assert (basket.email, basket.updated_at) == ("noor@example.nl", basket.changed_at)
    assert [(line["product_id"], line["quantity_thousandths"]) for line in basket.lines] == [("10", 1000)]


def test_an_order_closes_the_basket_it_was():
    (basket,) = made(Basket, "orders", ORDER)
    assert (basket.source_id, basket.status, basket.lines) == ("15", "processing", [])


def test_an_old_order_was_in_no_basket_that_anybody_asks_for():
    long_ago = (SEEN - timedelta(days=32)).strftime("%Y-%m-%dT%H:%M:%S")
    assert not made(Basket, "orders", {**ORDER, "date_created_gmt": long_ago})


def test_a_guest_is_known_from_the_order():
    guest_order = {**ORDER, "customer_id": 0, "meta_data": meta(nieuwsbrief="ja")}
    (guest,), (order,) = made(Customer, "orders", guest_order), made(Order, "orders", guest_order)
    (consent,) = made(Consent, "orders", guest_order)
    assert (guest.source_id, guest.stream, guest.is_guest) == ("guest:15", "orders", True)
    assert guest.email == order.email == "noor@example.nl"
    assert order.customer_id == consent.customer_id == "guest:15"


def test_knows_no_guest_without_an_address_or_number():
    draft = {**ORDER, "customer_id": 0, "billing": {"email": "", "phone": ""}}
    assert not made(Customer, "orders", draft)


def test_a_refund_names_the_line_it_returns():
    (line,) = read("refunds", REFUND)
    assert isinstance(line, OrderLine)
    assert (line.source_id, line.order_id, line.returns_order_id) == ("refund:23:44", "15", "15")
    assert (line.returns_line_id, line.return_reason) == ("31", "te klein")
    assert (line.quantity_thousandths, line.total_minor, line.unit_minor) == (-1000, -6995, 6995)


def test_a_refund_without_lines_is_money_only():
    (line,) = made(OrderLine, "refunds", {**REFUND, "amount": "5.00", "line_items": []})
    assert (line.source_id, line.quantity_thousandths, line.total_minor) == ("refund:23:amount", 0, -500)
    assert line.returns_line_id is None


def test_a_refund_that_includes_the_postage_says_so_in_a_line_of_its_own():
    returned, rest = made(OrderLine, "refunds", {**REFUND, "amount": "74.90"})
    assert (returned.total_minor, rest.total_minor, rest.source_id) == (-6995, -495, "refund:23:amount")


@given(st.integers(0, 10**8), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**5)), max_size=4))
def test_the_lines_of_a_refund_are_the_refund(amount: int, lines: list[tuple[int, int]]):
    items = [
        {**LINE, "id": place, "quantity": -1, "total": f"-{net / 100:.2f}", "total_tax": f"-{tax / 100:.2f}"}
        for place, (net, tax) in enumerate(lines, start=1)
    ]
    record = {**REFUND, "amount": f"{amount / 100:.2f}", "line_items": items}
    assert sum(line.total_minor for line in made(OrderLine, "refunds", record)) == -amount


def test_reads_a_product_with_both_prices_and_its_stock():
    (product,), (stock,) = made(Product, "products", PRODUCT), made(Stock, "products", PRODUCT)
    standard, promo = made(Price, "products", PRODUCT)
    assert (product.source_id, product.brand, product.category) == ("10", "Buienmakers", "Jassen")
    assert (product.colour, product.is_online, product.parent_id) == ("Geel", True, None)
    assert product.image_url == "https://shop.example/jas.jpg"
    assert (standard.source_id, standard.price_minor) == ("10:standard", 7995)
    assert (promo.source_id, promo.price_minor) == ("10:promo", 6995)
    assert promo.starts_at == datetime(2026, 5, 1, 22, tzinfo=UTC)
    assert (stock.available_thousandths, stock.status) == (3000, "instock")


def test_a_variation_names_its_parent_and_does_not_count_its_parents_stock():
    (product,), (stock,) = made(Product, "product_variations", VARIATION), made(Stock, "product_variations", VARIATION)
    assert (product.source_id, product.parent_id, product.size) == ("12", "11", "S")
    assert (stock.available_thousandths, stock.status) == (None, "instock")
    assert [price.price_minor for price in made(Price, "product_variations", VARIATION)] == [5900]


def test_a_parent_of_variations_has_no_price_of_its_own():
    parent = {**PRODUCT, "type": "variable", "regular_price": "", "sale_price": "", "manage_stock": False}
    assert [type(each) for each in read("products", parent)] == [Product]


def test_reads_coupons_in_percent_and_in_euros():
    (percent,) = made(Voucher, "coupons", COUPON)
    (fixed,) = made(Voucher, "coupons", {**COUPON, "discount_type": "fixed_cart", "amount": "7.50"})
    assert (percent.code, percent.percent_basis_points, percent.amount_minor) == ("welkom10", 1000, None)
    assert (fixed.percent_basis_points, fixed.amount_minor) == (None, 750)
    assert (percent.ends_on, percent.usage_count) == (date(2027, 1, 31), 2)
    assert percent.raw["email_restrictions"] == ["noor@example.nl"]


def test_a_coupon_on_an_order_is_a_redemption_with_what_it_took_off_vat_included():
    line = {"id": 91, "code": "gift1", "discount": "8.26", "discount_tax": "1.74"}
    (used,) = made(Voucher, "orders", {**ORDER, "coupon_lines": [line]})
    assert (used.source_id, used.kind, used.code, used.order_id) == ("15:91", "redemption", "gift1", "15")
    assert (used.amount_minor, used.currency, used.customer_id, used.is_deleted) == (1000, "EUR", "7", False)
    (gone,) = made(Voucher, "orders", {**ORDER, "coupon_lines": [line], "status": "trash"})
    assert gone.is_deleted


@pytest.mark.parametrize(
    ("stream", "record", "field"),
    [
        ("customers", {**ACCOUNT, "id": None}, "id"),
        ("orders", {**ORDER, "date_created_gmt": None}, "date_created_gmt"),
        ("orders", {**ORDER, "total": "vijf"}, "total"),
        ("refunds", {**REFUND, "parent_id": None}, "parent_id"),
        ("refunds", {**REFUND, "amount": None}, "amount"),
        ("products", {**PRODUCT, "regular_price": "gratis"}, "regular_price"),
    ],
)
def test_refuses_what_it_cannot_read(stream: str, record: dict[str, Any], field: str):
    with pytest.raises(Unreadable, match=field):
        read(stream, record)


def recorded() -> Iterator[tuple[str, dict[str, Any]]]:
    """Lists that a real shop answered, with the stream they belong to."""
    for each in map(json.loads, RECORDINGS.read_text("utf-8").splitlines()):
        path, rows = each["request"]["path"].removeprefix("/wp-json/wc/v3/"), each["response"]["body"]
        stream = "product_variations" if "/variations" in path else path.split("?")[0]
        if stream in STREAMS and isinstance(rows, list) and "_fields" not in path:
            yield from ((stream, row) for row in rows)


@pytest.mark.skipif(not RECORDINGS.exists(), reason="needs ../shared/specs/woocommerce")
def test_reads_everything_that_a_real_shop_answered():
    streams = {stream for stream, record in recorded() if read(stream, record)}
    assert streams == set(STREAMS)
