"""What goes over the wire to each platform."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.identifiers import FORMS, lookup_key, subscriber_hash

VECTORS = Path(__file__).parents[3].parent / "shared" / "specs" / "hash_vectors.json"
FIELDS = {
    "EMAIL": "email", "em": "email", "emailAddress": "email", "PHONE": "phone", "ph": "phone", "phoneNumber": "phone",
    "FN": "first_name", "fn": "first_name", "givenName": "first_name", "LN": "last_name", "familyName": "last_name",
    "ZIP": "postcode", "postalCode": "postcode", "COUNTRY": "country", "country": "country", "regionCode": "country",
    "CT": "city", "DOBY": "birth_year", "DOBM": "birth_month", "DOBD": "birth_day", "db": "birth_date", "GEN": "gender",
    "EXTERN_ID": "external_id",
}  # fmt: skip


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("platform", "field", "value", "written"),
    [
        ("google", "email", " Els.Peeters+Club@GoogleMail.com ", "elspeeters@googlemail.com"),
        ("google", "email", "Els.Peeters+Club@voorbeeld.be", "els.peeters+club@voorbeeld.be"),
        ("google", "phone", "+31 6 23456712", "+31623456712"),
        ("google", "last_name", " D'Hondt-Maas ", "dhondtmaas"),
        ("meta", "email", " Els.Peeters+Club@Gmail.com ", "els.peeters+club@gmail.com"),
        ("meta", "phone", "+31623456712", "31623456712"),
        ("meta", "first_name", "Zoë", "zoë"),
        ("meta", "city", "'s-Gravenhage", "sgravenhage"),
        ("meta", "birth_month", "1984-03-09", "03"),
        ("pinterest", "email", " Els@Voorbeeld.be", "els@voorbeeld.be"),
    ],
)
def test_writes_as_the_platform_asks_and_then_hashes(platform: str, field: str, value: str, written: str) -> None:
    assert FORMS[platform].normalised(field, value) == written
    assert FORMS[platform].wire(field, value) == sha256(written)


def test_sends_plain_what_the_platform_wants_plain() -> None:
    assert FORMS["google"].wire("postcode", " 1012 AB ") == "1012 AB"
    assert FORMS["google"].wire("country", "nl") == "NL"
    assert FORMS["mailchimp"].wire("email", "Els@Voorbeeld.be") == "els@voorbeeld.be"


def test_mailchimp_knows_a_member_by_the_md5_of_the_lower_case_address() -> None:
    assert subscriber_hash(" Els@Voorbeeld.be") == hashlib.md5(b"els@voorbeeld.be").hexdigest()  # noqa: S324


@pytest.mark.parametrize("platform", ["google", "meta", "pinterest"])
@settings(deadline=None)
@given(text=st.text(min_size=1))
def test_i8_never_hashes_a_hash(platform: str, text: str) -> None:
    once = sha256(text)
    for field in set(FORMS[platform].written) - FORMS[platform].plain:
        assert FORMS[platform].wire(field, once) == once
        assert FORMS[platform].wire(field, once.upper()) == once
        assert FORMS[platform].wire(field, once[:32]) is None


@pytest.mark.parametrize("platform", ["google", "meta", "pinterest", "mailchimp"])
def test_never_sends_an_empty_value(platform: str) -> None:
    for field in FORMS[platform].written:
        assert FORMS[platform].wire(field, "  ") is None
    assert FORMS[platform].wire("email", " @googlemail.com") is None
    assert FORMS["google"].wire("email", "...@gmail.com") is None


@pytest.mark.parametrize("platform", sorted(FORMS))
@settings(deadline=None)
@given(value=st.text())
def test_i7_written_once_stays(platform: str, value: str) -> None:
    form = FORMS[platform]
    for field in set(form.written) - {"birth_year", "birth_month", "birth_day"}:
        once = form.normalised(field, value)
        assert once is None or form.normalised(field, once) == once


def test_a_lookup_key_needs_the_secret() -> None:
    assert lookup_key("els@voorbeeld.be", b"one") == lookup_key("els@voorbeeld.be", b"one")
    assert lookup_key("els@voorbeeld.be", b"one") != lookup_key("els@voorbeeld.be", b"two")


def published() -> list[Any]:
    if not VECTORS.exists():
        return []
    vectors = json.loads(VECTORS.read_text("utf-8"))["vectors"]
    ours = [each for each in vectors if each["channel"] in FORMS and each["field"].split("/")[0].strip() in FIELDS]
    typed = [
        each
        for each in ours
        if "/" not in each["input"] and "US phone" not in each["input"] and "06 " not in each["input"]
    ]
    return [pytest.param(each, id=each["id"]) for each in typed]


@pytest.mark.skipif(not VECTORS.exists(), reason="hash_vectors.json is not here")
@pytest.mark.parametrize("vector", published())
def test_agrees_with_the_published_vectors(vector: dict[str, Any]) -> None:
    form, field = FORMS[vector["channel"]], FIELDS[vector["field"].split("/")[0].strip()]
    assert form.normalised(field, vector["input"]) == vector["normalised"]
    sent = form.wire(field, vector["input"])
    assert sent == (vector["sha256_hex"] or vector["normalised"])
    if "sha256_base64" in vector and sent:
        assert base64.b64encode(bytes.fromhex(sent)).decode() == vector["sha256_base64"]
