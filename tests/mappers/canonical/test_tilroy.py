"""What Tilroy's records mean in canonical ones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.canonical.reading import Reading
from mappers.canonical.tilroy import STREAMS
from mappers.canonical.vendor_record import Unreadable
from plugins.store.entities import Consent, Customer, Order, OrderLine, Record, Voucher
from tests.making import checked

SEEN = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)
ELS: dict[str, Any] = {
    "tilroyId": 880123,
    "customerCode": "C10023",
    "firstName": "Els",
    "middleName": "van",
    "surName": "Peeters",
    "email": "Els.Peeters@example.be",
    "mobileNumber": "0470112233",
    "cardNumber": "2055500001",
    "dateOfBirth": "14/02/1985",
    "language": "NL",
    "country": "BE",
    "postalCode": "2000",
    "active": True,
    "mergedId": None,
    "doNotEmail": False,
    "doNotCall": True,
    "bu": [{"id": 2820, "doMail": False, "doEmail": True, "doSms": False, "doReview": True}],
    "customerGroup": {"code": "VIP"},
    "extraCustomerGroups": [{"code": "STAFF"}, {"code": "VIP"}],
    "shopCreated": {"tilroyId": 87},
    "dateCreated": "2024-09-18T22:23:01.720Z",
    "dateUpdated": "",
    "dateDeleted": "",
    "dateExported": "2026-03-02T10:12:00.000Z",
    "customField1": "blue",
}
LINE: dict[str, Any] = {
    "idTilroySaleLine": "71",
    "lineNumber": 1,
    "sku": {"idTilroy": "1858943", "idSource": "SHOE-77 BLU 42"},
    "quantity": 2,
    "sellPrice": 79.95,
    "standardPrice": 89.95,
    "discountType": 3,
    "lineTotalSell": Decimal("159.90"),
    "lineTotalDiscount": 20.0,
    "vatPercentage": 21,
    "idSaleLineReturned": "",
}
SALE: dict[str, Any] = {
    "idTilroySale": "7",
    "saleDate": "2026-03-02T10:11:12.000",
    "timestamp": "2026-03-02T09:11:12.000Z",
    "shop": {"idTilroy": "87", "number": 101},
    "customer": {"idTilroy": "880123"},
    "customerEmail": "els.peeters@example.be",
    "customerCard": "NA",
    "customerFirstName": "Els",
    "channel": {"code": "TILL"},
    "currency": 1,
    "lines": [LINE],
}


def read(stream: str, record: dict[str, Any]) -> list[Record]:
    return checked(STREAMS[stream].read(record, Reading("tilroy", stream, SEEN)))


def one(stream: str, record: dict[str, Any]) -> Any:
    (made,) = read(stream, record)
    return made


def customer(**changes: Any) -> Customer:
    found = read("customers", ELS | changes)[0]
    assert isinstance(found, Customer)
    return found


def consents(**changes: Any) -> list[Consent]:
    return [each for each in read("customers", ELS | changes) if isinstance(each, Consent)]


def order(**changes: Any) -> Order:
    found = read("sales", SALE | changes)[0]
    assert isinstance(found, Order)
    return found


def line(**changes: Any) -> OrderLine:
    found = read("sales", SALE | {"lines": [LINE | changes]})[1]
    assert isinstance(found, OrderLine)
    return found


def test_a_customer_is_known_by_number_card_mail_and_phone():
    els = customer()
    assert (els.source_id, els.customer_number, els.card) == ("880123", "C10023", "2055500001")
    assert (els.email, els.phone, els.infix, els.last_name) == (
        "els.peeters@example.be", "+32470112233", "van", "Peeters",
    )  # fmt: skip
    assert (els.birth_date, els.language, els.store_id) == (date(1985, 2, 14), "nl", "87")
    assert els.groups == ["VIP", "STAFF"]
    assert els.changed_at == datetime(2026, 3, 2, 10, 12, tzinfo=UTC)
    assert els.raw == {"customField1": "blue"}


@pytest.mark.parametrize("key", [880123, "880123", 880123.0, Decimal("880123.0")])
def test_an_id_is_the_same_however_it_is_written(key):
    assert customer(tilroyId=key).source_id == "880123"


@pytest.mark.parametrize("nothing", ["NA", "N/A", "", None])
def test_words_for_nothing_are_nothing(nothing):
    assert customer(email=nothing, cardNumber=nothing, mergedId=nothing).email is None


NO_ADDRESS = {"country": "", "postalCode": ""}


def at_a_shop_in(land: Any, phone: str, **changes: Any) -> Customer:
    """Return a customer without an address, made in a shop, as a Dutch connection reads it."""
    return customer(**{**NO_ADDRESS, "mobileNumber": phone, "shopCreated": {"tilroyId": 87, "country": land}} | changes)


@pytest.mark.parametrize("country", [{"code": "BE"}, "BE"])
def test_without_an_address_a_phone_is_read_in_the_country_of_the_shop(country):
    for typed in ("0471/98.76.51", "0475/98.76.51"):  # the second would be a landline in the Netherlands
        els = at_a_shop_in(country, typed)
        assert (els.phone, els.phone_quality) == (f"+32{typed[1:4]}987651", "ok")
        assert (els.country, els.store_id) == (None, "87")


def test_the_country_of_the_address_outranks_that_of_the_shop():
    assert at_a_shop_in({"code": "BE"}, "0687654012", country="NL").phone == "+31687654012"
    assert at_a_shop_in({"code": "BE"}, "0475987651", country="NL").phone == "+31475987651"


def test_a_dutch_mobile_typed_in_a_belgian_shop_is_dutch():
    assert at_a_shop_in({"code": "BE"}, "06-87654012").phone == "+31687654012"


def test_a_shop_whose_country_nobody_knows_is_where_the_connection_is():
    for country in (None, {}, ""):
        assert at_a_shop_in(country, "0687654012").phone == "+31687654012"
        assert at_a_shop_in(country, "0471987651").phone_quality == "invalid"


def test_the_shop_of_a_business_unit_tells_the_country_too():
    unit = {"id": 1, "doEmail": True, "shopCreated": {"tilroyId": 88, "country": {"code": "BE"}}}
    els = at_a_shop_in(None, "0471987651", shopCreated=None, bu=[unit])
    assert (els.phone, els.store_id) == ("+32471987651", "88")


def test_a_consent_is_about_the_phone_that_the_customer_has():
    shop = {"tilroyId": 87, "country": {"code": "BE"}}
    found = consents(**NO_ADDRESS, mobileNumber="0471987651", shopCreated=shop)
    assert {each.phone for each in found} == {"+32471987651"}


def test_a_merged_customer_names_the_one_that_was_kept():
    loser = customer(mergedId="880001", active=False)
    assert (loser.merged_into, loser.is_active) == ("880001", False)


def test_an_impossible_birthday_costs_the_field_and_not_the_person():
    els = customer(dateOfBirth="31/02/1985")
    assert els.birth_date is None
    assert els.raw["dateOfBirth"] == "31/02/1985"


@pytest.mark.parametrize("cards", [{"card": "2055500009"}, [{"card": "1"}, {"card": "2055500009", "isDefault": True}]])
def test_a_card_is_found_where_the_flat_field_is_empty(cards):
    assert customer(cardNumber="", cards=cards).card == "2055500009"


def test_both_polarities_are_reported_as_they_stand():
    said = {(each.field, each.value) for each in consents()}
    assert said == {
        ("doNotEmail", "false"), ("doNotCall", "true"),
        ("bu.doEmail", "true"), ("bu.doSms", "false"), ("bu.doMail", "false"),
    }  # fmt: skip


def test_a_consent_names_its_business_unit_and_its_export():
    found = next(each for each in consents() if each.field == "bu.doEmail")
    assert found.source_id == "880123:bu.doEmail:2820:2026-03-02T10:12:00.000Z"
    assert found.facts == {"dateExported": "2026-03-02T10:12:00.000Z", "bu": "2820"}
    assert (found.customer_id, found.email) == ("880123", "els.peeters@example.be")


def test_two_business_units_speak_for_themselves():
    units = [{"id": 1, "doEmail": True}, {"id": 2, "doEmail": False}]
    said = {each.source_id: each.value for each in consents(bu=units) if each.field == "bu.doEmail"}
    assert sorted(said.values()) == ["false", "true"]


def test_a_silent_field_is_no_statement():
    assert next(each.value for each in consents(doNotEmail=None) if each.field == "doNotEmail") is None


def test_a_deleted_customer_is_a_tombstone_of_the_same_record():
    gone = one("deleted_customers", {"tilroyId": 880123.0, "dateExported": "2026-03-04T10:12:00.000Z"})
    assert (gone.entity, gone.source_id, gone.stream, gone.is_deleted) == ("customer", "880123", "customers", True)
    assert gone.changed_at > customer().changed_at


def test_a_sale_is_an_order_of_its_shop():
    sold = order()
    assert (sold.source_id, sold.channel, sold.store_id, sold.customer_id) == ("7", "store", "87", "880123")
    assert (sold.total_minor, sold.currency, sold.is_paid, sold.fulfilment) == (15990, "EUR", True, "carried_out")
    assert sold.card is None
    assert "customerFirstName" not in sold.raw


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
