"""What the columns of a customer hold."""

from datetime import UTC, datetime

from mappers.canonical.person import card_of, email_of, person_fields, phone_of
from plugins.store.entities import Customer

SEEN = datetime(2026, 3, 1, tzinfo=UTC)


def test_fills_the_columns_of_a_customer() -> None:
    fields = person_fields(
        country="NL",
        email=" Els@Voorbeeld.be",
        phone="0478 12 34 99",
        card="2055500001",
        first_name="Els",
        last_name="van den Bergh",
        street="Kerkstraat 12 bus 3",
        postcode="B-2000",
        city="  Antwerpen ",
        address_country="be",
    )
    els = Customer(source="till", source_id="1", stream="customers", seen_at=SEEN, **fields)
    assert (els.email, els.email_given, els.phone) == ("els@voorbeeld.be", " Els@Voorbeeld.be", "+32478123499")
    assert (els.street, els.house_number, els.house_suffix) == ("Kerkstraat", "12", "3")
    assert (els.postcode, els.city, els.country) == ("2000", "Antwerpen", "BE")
    assert (els.initial, els.infix, els.name_key, els.normaliser) == ("E", "van den", "bergh", 1)


def test_keeps_a_placeholder_to_be_seen_and_drops_what_is_invalid() -> None:
    fields = person_fields(country="NL", email="kassa@winkel.nl", phone="06123", card="12")
    assert (fields["email"], fields["email_quality"]) == ("kassa@winkel.nl", "placeholder")
    assert (fields["phone"], fields["phone_quality"], fields["phone_given"]) == (None, "invalid", "06123")
    assert (fields["card"], fields["card_quality"]) == (None, "invalid")


def test_nothing_given_is_nothing_known() -> None:
    known = {
        key: value for key, value in person_fields(country="NL", email="", phone=None).items() if value is not None
    }
    assert known == {"normaliser": 1}


def test_a_number_written_twice_stands_once() -> None:
    fields = person_fields(country="NL", street="Kerkstraat 12", house_number="12", house_suffix="a")
    assert (fields["street"], fields["house_number"], fields["house_suffix"]) == ("Kerkstraat", "12", "A")
    fields = person_fields(country="NL", street="Plein 1944", house_number="7")
    assert (fields["street"], fields["house_number"]) == ("Plein 1944", "7")


def test_gives_only_what_one_person_can_own() -> None:
    assert email_of("Els@Voorbeeld.be") == "els@voorbeeld.be"
    assert email_of("kassa@winkel.nl") is None
    assert email_of("2k7x9@verkopen.bol.com") is None
    assert phone_of("0623456712", "NL") == "+31623456712"
    assert phone_of("0600000000", "NL") is None
    assert card_of("2055500001") == "2055500001"
    assert card_of(None) is None
