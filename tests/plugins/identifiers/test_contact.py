"""What e-mail addresses and phone numbers become."""

import random

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from plugins.identifiers import email, looks_hashed, match_key, phone, phone_near

TYPED = st.text(st.sampled_from("aB1.+-_@ é\u200bＡ\tİßσΣ\u0301ﬁ"), max_size=20)
ADDRESSES = st.one_of(st.text(max_size=30), TYPED, st.builds("{}@{}.nl".format, TYPED, TYPED))
NUMBERS = st.one_of(st.text(max_size=20), st.text(st.sampled_from("0123456789+() -٠٦"), max_size=16))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Jan.de.Vries+Shop@GMail.com ", "jan.de.vries+shop@gmail.com"),
        ("els@voorbeeld.be", "els@voorbeeld.be"),
        ("e\u200bls@voor\u00adbeeld.be\ufeff", "els@voorbeeld.be"),
        ("Ｅls＠voorbeeld.be", "els@voorbeeld.be"),
        ("jose\u0301@voorbeeld.be", "josé@voorbeeld.be"),
        ("info@café.nl", "info@xn--caf-dma.nl"),
        ("j@devries.nl", "j@devries.nl"),
    ],
)
def test_writes_an_address_in_one_form(typed: str, kept: str) -> None:
    assert (email(typed).value, email(typed).quality) == (kept, "ok")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "quinn",
        "@gmail.com",
        "...@gmail.com",
        "a b@voorbeeld.be",
        "a@b@c.nl",
        "jan@",
        "jan@voorbeeld",
        "jan@-x.nl",
        "jan@voorbeeld.be\nels@voorbeeld.be",
        "a" * 65 + "@voorbeeld.be",
        "d41d8cd98f00b204e9800998ecf8427e",
        "ab" * 32,
    ],
)
def test_refuses_what_is_no_address(typed: str) -> None:
    assert (email(typed).value, email(typed).quality) == (None, "invalid")


@pytest.mark.parametrize(
    "typed",
    [
        "kassa@winkel.nl",
        "geen@email.nl",
        "NoReply@winkel.nl",
        "no-reply@x.com",
        "nomail@nomail.nl",
        "test@test.nl",
        "x@x.x",
        "a@a.nl",
        "aaaa@gmail.com",
        "nvt@nvt.nl",
    ],
)
def test_knows_what_tills_type_for_no_address(typed: str) -> None:
    assert (email(typed).value, email(typed).quality) == (typed.lower(), "placeholder")


@pytest.mark.parametrize(
    "domain",
    [
        "verkopen.bol.com",
        "marketplace.amazon.de",
        "marketplace.amazon.co.uk",
        "members.ebay.com",
        "privaterelay.appleid.com",
    ],
)
def test_knows_the_masks_of_market_places(domain: str) -> None:
    assert email(f"2k7x9@{domain}").quality == "masked"


@settings(deadline=None)
@given(ADDRESSES)
@example("İ@voorbeeld.nl")
@example("ß@ß.nl")
def test_i7_an_address_written_once_stays(typed: str) -> None:
    once = email(typed)
    assert once.value is None or email(once.value).value == once.value
    assert once.value is None or email(once.value).quality == once.quality


def test_one_mailbox_matches_under_its_spellings() -> None:
    spellings = ("jan.de.vries+shop@gmail.com", "jandevries@googlemail.com", "jandevries@gmail.com")
    assert {match_key(each) for each in spellings} == {"jandevries@gmail.com"}
    assert match_key("jan.de.vries+shop@voorbeeld.nl") == "jan.de.vries+shop@voorbeeld.nl"


@settings(deadline=None)
@given(ADDRESSES)
def test_i7_a_match_key_matches_itself(typed: str) -> None:
    assert match_key(match_key(typed)) == match_key(typed)


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("06 - 2345 6712", "NL", "+31623456712"),
        ("+31 (0)6 23 45 61 11", "BE", "+31623456111"),
        ("0031623456712", None, None),
        ("+31623456712", None, "+31623456712"),
        ("0478/12.34.99", "BE", "+32478123499"),
        ("020 624 11 11", "NL", "+31206241111"),
        ("٠٦٢٣٤٥٦٧١٢", "NL", "+31623456712"),
        ("０６２３４５６７１２", "NL", "+31623456712"),
        ("06123", "NL", None),
        ("mobiel", "NL", None),
        ("", "NL", None),
    ],
)
def test_reads_a_number_in_the_country_of_its_record(typed: str, country: str | None, kept: str | None) -> None:
    assert phone(typed, country).value == kept


def test_the_same_digits_are_another_number_elsewhere() -> None:
    assert phone("0623456712", "DE").value != phone("0623456712", "NL").value


@pytest.mark.parametrize(
    "typed", ["0600000000", "0612345678", "+31612345678", "0000000000", "9999999999", "0698765432"]
)
def test_knows_what_tills_type_for_no_number(typed: str) -> None:
    assert phone(typed, "NL").quality == "placeholder"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0475/98.76.51", "+32475987651"),  # a landline of Roermond in the Netherlands
        ("06-87654012", "+31687654012"),
        ("00 31 6 87654012", "+31687654012"),
        ("061 21 34 65", "+3261213465"),
    ],
)
def test_a_mobile_of_the_neighbour_is_known_where_the_country_has_no_such_number(typed: str, kept: str) -> None:
    assert phone_near(typed, "BE", "NL").value == kept


def test_a_landline_of_the_neighbour_is_not_guessed_and_a_placeholder_stays_one() -> None:
    assert phone_near("061 21 34 65", "NL", "BE").quality == "invalid"
    assert phone_near("0600000000", "BE", "NL").quality == "placeholder"
    assert phone_near("0612345678", "BE", "NL").quality == "placeholder"
    assert phone_near("0471987651", "NL", None).quality == "invalid"


@settings(deadline=None)
@given(NUMBERS, st.sampled_from(["NL", "BE", "DE", None]))
def test_i7_a_number_written_once_stays(typed: str, country: str | None) -> None:
    once = phone(typed, country)
    assert once.value is None or phone(once.value, country).value == once.value


def test_the_short_way_for_mobiles_agrees_with_phonenumbers() -> None:
    draw = random.Random(7)
    for country, prefix in (("NL", "06"), ("BE", "04")):
        for _ in range(500):
            typed = prefix + "".join(draw.choices("0123456789", k=8))
            valid = phonenumbers.is_valid_number(phonenumbers.parse(typed, country))
            assert phone(typed, country).quality in ({"ok", "placeholder"} if valid else {"invalid", "placeholder"}), (
                typed
            )


def test_knows_a_hash_when_it_sees_one() -> None:
    assert looks_hashed("d41d8cd98f00b204e9800998ecf8427e")
    assert looks_hashed("AB" * 32)
    assert not looks_hashed("jan@voorbeeld.nl")
