"""What Tilroy's sales, products, prices, stock, vouchers, points and shops mean in canonical records."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.canonical.vendor_record import Unreadable
from plugins.store.entities import Order, OrderLine, Voucher
from tests.mappers.canonical.tilroy_records import LINE, SALE, one, read


def order(**changes: Any) -> Order:
    found = read("sales", SALE | changes)[0]
    assert isinstance(found, Order)
    return found


def line(**changes: Any) -> OrderLine:
    found = read("sales", SALE | {"lines": [LINE | changes]})[1]
    assert isinstance(found, OrderLine)
    return found


def test_a_sale_is_an_order_of_its_shop():
    sold = order()
    assert (sold.source_id, sold.channel, sold.store_id, sold.customer_id) == ("7", "store", "87", "880123")
    assert (sold.total_minor, sold.currency, sold.is_paid, sold.fulfilment) == (15990, "EUR", True, "carried_out")
    assert sold.card is None
    assert "customerFirstName" not in sold.raw


def test_the_receipt_of_another_system_s_order_is_no_second_purchase():
    assert read("sales", SALE | {"externalReference": "channable:830011", "channel": {"code": "ECOM"}}) == []


@pytest.mark.parametrize("note", ["", None, "NA", "PO 4711", "830011", "Ref: Els", ":1", "channable:"])
def test_a_receipt_with_a_note_of_another_kind_is_a_purchase(note):
    assert order(externalReference=note).total_minor == 15990


def test_the_vendor_s_total_outranks_the_sum_of_lines():
    assert order(totalAmountSell=0).total_minor == 0
    assert order(totalAmountSell=150.0).total_minor == 15000


@pytest.mark.parametrize(("paid", "is_paid"), [(159.90, True), (159.85, True), (100, False)])
def test_paid_is_paid_but_for_the_rounding_of_cash(paid, is_paid):
    assert order(totalAmountPaid=paid).is_paid is is_paid


@pytest.mark.parametrize(("code", "channel"), [("TILL", "store"), ("ECOM", "web"), ("B2B", "b2b")])
def test_channels(code, channel):
    assert order(channel={"code": code}).channel == channel


def test_an_unknown_channel_is_not_guessed():
    with pytest.raises(Unreadable, match=r"channel\.code: unknown_value"):
        order(channel={"code": "MARKETPLACE"})


def test_the_till_s_clock_is_the_shop_s():
    assert order(timestamp=None).ordered_at.isoformat() == "2026-03-02T10:11:12+01:00"


@pytest.mark.parametrize(("utc", "offset"), [("00:30", "+02:00"), ("01:30", "+01:00")])
def test_the_hour_that_comes_twice_is_told_apart_by_the_stamp(utc, offset):
    sold = order(saleDate="2026-10-25T02:30:00", timestamp=f"2026-10-25T{utc}:00.000Z")
    assert sold.ordered_at.isoformat() == f"2026-10-25T02:30:00{offset}"


def test_a_stamp_of_another_moment_does_not_move_a_sale():
    assert order(timestamp="2026-03-05T09:11:12.000Z").ordered_at.isoformat() == "2026-03-02T10:11:12+01:00"


def test_a_line_is_exact():
    sold = line()
    assert (sold.order_id, sold.source_id, sold.product_id, sold.sku) == ("7", "71", "1858943", "SHOE-77 BLU 42")
    assert (sold.quantity_thousandths, sold.unit_minor, sold.list_minor, sold.total_minor) == (2000, 7995, 8995, 15990)
    assert (sold.tax_basis_points, sold.discount_minor, sold.discount_kind) == (2100, 2000, "promotion")


def test_a_return_is_negative_and_names_the_line_it_returns():
    back = line(quantity=-1, lineTotalSell=-79.95, idSaleLineReturned="60", returnReason={"code": "SIZE"})
    assert (back.quantity_thousandths, back.total_minor) == (-1000, -7995)
    assert (back.returns_line_id, back.return_reason) == ("60", "SIZE")


def test_a_line_with_a_broken_cent_keeps_the_whole_sale_out():
    with pytest.raises(Unreadable, match="lineTotalSell: too_precise"):
        line(lineTotalSell=Decimal("1.005"))


def test_what_a_line_says_beyond_our_columns_is_kept_unless_it_is_empty_or_internal():
    assert line(promotionName="2+1", salesOrigin="", ppPriceManual=3, isAdvance=False).raw == {"promotionName": "2+1"}


def test_a_used_voucher_is_a_redemption_of_its_order():
    vouchers = [{"voucher": "GIFT1", "isUsed": True}, {"voucher": "SHOWN", "isUsed": False}]
    made = read("sales", SALE | {"vouchers": vouchers})
    (redeemed,) = [each for each in made if isinstance(each, Voucher)]
    assert (redeemed.kind, redeemed.code, redeemed.order_id) == ("redemption", "GIFT1", "7")
    assert redeemed.customer_id == "880123" and redeemed.redeemed_at == order().ordered_at
    assert order(vouchers=vouchers).coupon_codes == ["GIFT1"]


@pytest.mark.parametrize("home", [{"isHomeDelivery": "true"}, {"isClickAndCollect": "true"}])
def test_a_webshop_s_order_is_shipped_or_collected(home):
    sold = order(channel={"code": "ECOM"}, lines=[LINE | {"collectMethod": home}])
    assert sold.fulfilment == ("shipped" if "isHomeDelivery" in home else "click_and_collect")


def test_each_sku_is_a_product_in_the_first_of_our_languages():
    product = {
        "tilroyId": "447464",
        "code": "SHOE-77",
        "descriptions": [{"languageCode": "FR", "standard": "Chaussure"}, {"languageCode": "NL", "standard": "Schoen"}],
        "brand": {"code": "ACME"},
        "groupLevels": [{"level": 2, "code": "RUN"}, {"level": 1, "code": "SHOES"}],
        "colours": [
            {
                "code": "BLUE",
                "skus": [
                    {"tilroyId": "1", "barcodes": [{"code": "123", "isInternal": True}, {"code": "5400000000017"}]},
                    {"tilroyId": "2", "size": {"code": "42"}},
                ],
            }
        ],
    }
    first, second = read("products", product)
    assert (first.source_id, first.parent_id, first.name, first.gtin) == ("1", "447464", "Schoen", "5400000000017")  # type: ignore[attr-defined]
    assert (first.brand, first.department, first.category, first.colour) == ("ACME", "SHOES", "RUN", "BLUE")  # type: ignore[attr-defined]
    assert (second.source_id, second.size, second.gtin) == ("2", "42", None)  # type: ignore[attr-defined]


def test_a_product_without_skus_is_filtered_out():
    assert read("products", {"tilroyId": "1", "colours": []}) == []


RULE = {
    "tilroyId": "sku1_store87",
    "sku": {"tilroyId": "1"},
    "shop": {"tilroyId": "87"},
    "prices": [{"tilroyId": "9", "type": "promo", "price": 79.95, "startDate": "2026-03-01T00:00:00Z"}],
}


def test_each_price_of_a_rule_is_a_price():
    price = one("price_rules", RULE)
    assert (price.source_id, price.product_id, price.store_id) == ("sku1_store87:9", "1", "87")
    assert (price.kind, price.price_minor, price.currency) == ("promo", 7995, "EUR")


def test_a_price_of_another_kind_is_not_guessed():
    with pytest.raises(Unreadable, match="unknown_value"):
        one("price_rules", RULE | {"prices": [{"tilroyId": "9", "type": "rental", "price": 1}]})


def test_stock_may_be_negative_and_fractional():
    record = {
        "tilroyId": "sku_1_shop_87",
        "sku": {"tilroyId": "1"},
        "shop": {"tilroyId": "87"},
        "qty": {"available": -0.5},
    }
    assert one("stock", record).available_thousandths == -500


@pytest.mark.parametrize("field", ["full", "open"])
def test_a_part_of_a_cent_of_a_gift_voucher_is_set_aside_and_of_others_rounded(field: str):
    voucher = {
        "tilroyId": "3",
        "barcode": "B",
        "type": "giftvoucher",
        "amounts": {"full": 25, "open": 10, field: 9.999},
    }
    with pytest.raises(Unreadable):
        one("vouchers", voucher)
    assert one("vouchers", {**voucher, "type": "voucher"}).amount_minor in (1000, 2500)


def test_vouchers_end_on_the_shop_s_day():
    voucher = one("vouchers", {
        "tilroyId": "3", "barcode": "B", "type": "giftvoucher", "amounts": {"full": 25, "open": "10.5"},
        "endDate": "2026-12-30T23:00:00.000Z", "customerId": "880123",
    })  # fmt: skip
    assert (voucher.amount_minor, voucher.open_minor, voucher.ends_on) == (2500, 1050, date(2026, 12, 31))
    assert voucher.customer_id == "880123"


def test_a_balance_belongs_to_the_customer_who_was_asked_for():
    balance = one("loyalty_balance", {"customerId": "880123", "points": 500, "amount": 5, "validUntil": "2027-01-01"})
    assert (balance.customer_id, balance.points, balance.amount_minor) == ("880123", 500, 500)


def test_half_a_point_is_refused():
    with pytest.raises(Unreadable, match="points: too_precise"):
        one("loyalty_balance", {"customerId": "1", "points": 0.5})


def test_points_name_their_sale():
    record = {
        "tilroyId": "50",
        "points": -20,
        "date": "2026-03-02T09:11:12.000Z",
        "saleId": "7",
        "customerId": "880123",
    }
    movement = one("loyalty_points", record)
    assert (movement.points, movement.order_id, movement.customer_id) == (-20, "7", "880123")


def test_shops_and_webshops():
    shop = {"tilroyId": 87.0, "number": 101, "name": "Antwerpen", "type": {"code": "SHOP"}, "country": {"code": "BE"}}
    assert (one("shops", shop).source_id, one("shops", shop).kind, one("shops", shop).country) == ("87", "shop", "BE")
    assert one("shops", shop | {"type": {"code": "WEBSHOP"}}).kind == "webshop"


def test_a_promotion_has_a_name_and_days():
    record = {"tilroyId": "1", "name": "Zomer", "dateFrom": "2026-06-01T00:00:00.000Z", "dateTo": ""}
    assert (one("promotions", record).name, one("promotions", record).ends_at) == ("Zomer", None)


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-(10**7), 10**7)), min_size=1, max_size=6))
def test_no_cent_is_lost_between_lines_and_total(told):
    lines = [
        LINE | {"idTilroySaleLine": str(at), "quantity": quantity, "lineTotalSell": cents / 100}
        for at, (quantity, cents) in enumerate(told)
    ]
    sold, *made = read("sales", SALE | {"lines": lines})
    assert isinstance(sold, Order)
    assert sold.total_minor == sum(cents for _, cents in told)
    assert [each.total_minor for each in made if isinstance(each, OrderLine)] == [cents for _, cents in told]
