"""What Tilroy's customers mean: who they are, and what they were told to agree to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from plugins.store.entities import Consent, Customer
from tests.mappers.canonical.tilroy_records import ELS, one, read


def customer(**changes: Any) -> Customer:
    found = read("customers", ELS | changes)[0]
    assert isinstance(found, Customer)
    return found


def consents(**changes: Any) -> list[Consent]:
    return [each for each in read("customers", ELS | changes) if isinstance(each, Consent)]


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
