"""What Mailchimp's streams mean, record by record."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.canonical.mailchimp import STREAMS
from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import Unreadable
from plugins.store.entities import Consent, Customer, Event, Record
from tests.making import checked

SEEN = datetime(2026, 3, 2, tzinfo=UTC)
HASH = "3ebca25c1787ea98fdda149359390cfc"
CHANGED = "2026-02-11T17:05:02+00:00"
ELS: dict[str, Any] = {
    "id": HASH,
    "list_id": "57afe96172",
    "email_address": "Els.Peeters@Example.com",
    "status": "subscribed",
    "merge_fields": {
        "FNAME": "Els",
        "LNAME": "Peeters",
        "CUSTNR": "C-10017",
        "POINTS": Decimal("240.5"),
        "PHONE": "0478 12 34 56",
        "BIRTHDAY": "03/14",
        "ADDRESS": {"addr1": "Kerkstraat 12", "city": "Antwerpen", "state": "", "zip": "2000", "country": "BE"},
    },
    "ip_opt": "203.0.113.7",
    "timestamp_opt": "2025-11-03T09:12:44+00:00",
    "timestamp_signup": None,
    "last_changed": CHANGED,
    "language": "nl_BE",
    "source": "Embed Form",
    "tags_count": 1,
    "tags": [{"id": 30412, "name": "vip-antwerpen"}],
    "marketing_permissions": [
        {"marketing_permission_id": "1a2b", "text": "Email", "enabled": True},
        {"marketing_permission_id": "6f7a", "text": "Customized online advertising", "enabled": False},
    ],
}
OPEN = {
    "campaign_id": "c1",
    "email_id": HASH,
    "email_address": "els.peeters@example.com",
    "action": "open",
    "timestamp": CHANGED,
    "url": "",
    "type": None,
}


def read(stream: str, record: dict[str, Any]) -> list[Record]:
    return checked(STREAMS[stream].read(record, Reading("mailchimp", stream, SEEN)))


def customer(**changes: Any) -> Customer:
    made = read("members", {**ELS, **changes})[0]
    assert isinstance(made, Customer)
    return made


def consents(stream: str, record: dict[str, Any]) -> dict[str, Consent]:
    return {each.field: each for each in read(stream, record) if isinstance(each, Consent)}


def test_a_member_is_a_customer_with_normalised_identifiers() -> None:
    els = customer()
    assert (els.source_id, els.customer_number, els.status) == (HASH, "C-10017", "subscribed")
    assert (els.email, els.email_given, els.phone) == (
        "els.peeters@example.com",
        "Els.Peeters@Example.com",
        "+32478123456",
    )
    assert (els.first_name, els.last_name, els.language) == ("Els", "Peeters", "nl")
    assert (els.street, els.house_number, els.postcode, els.country) == ("Kerkstraat", "12", "2000", "BE")
    assert els.groups == ["vip-antwerpen"]
    assert els.changed_at == datetime.fromisoformat(CHANGED)
    assert els.registered_at == datetime.fromisoformat("2025-11-03T09:12:44+00:00")


def test_merge_fields_of_the_account_stay_in_raw() -> None:
    assert customer().raw["merge_fields"] == {"POINTS": "240.5", "BIRTHDAY": "03/14"}


@pytest.mark.parametrize("address", ["", None, "Kerkstraat 12  Antwerpen"])
def test_an_address_that_is_no_object_is_no_address(address: Any) -> None:
    assert customer(merge_fields={"ADDRESS": address}).street is None


def test_unset_dates_are_unknown() -> None:
    els = customer(timestamp_opt="", timestamp_signup="", last_changed="")
    assert (els.registered_at, els.changed_at) == (None, None)


def test_an_archived_member_is_a_customer_who_is_not_active() -> None:
    record = {**ELS, "status": "archived"}
    made = read("archived_members", record)[0]
    assert isinstance(made, Customer)
    assert (made.is_active, made.status, made.is_deleted) == (False, "archived", False)
    assert consents("archived_members", record)["status"].value == "archived"


def test_the_status_is_a_statement_with_what_proves_it() -> None:
    said = consents("members", ELS)["status"]
    assert (said.value, said.customer_id, said.email) == ("subscribed", HASH, "els.peeters@example.com")
    assert said.source_id == f"{HASH}:status:subscribed:{CHANGED}"
    assert said.facts == {
        "timestamp_opt": "2025-11-03T09:12:44+00:00",
        "ip_opt": "203.0.113.7",
        "last_changed": CHANGED,
        "source": "Embed Form",
    }


def test_the_reason_of_an_unsubscribe_stands_beside_the_status() -> None:
    said = consents("members", {**ELS, "status": "unsubscribed", "unsubscribe_reason": "Too often"})["status"]
    assert (said.value, said.facts["unsubscribe_reason"]) == ("unsubscribed", "Too often")


def test_each_marketing_permission_is_a_statement() -> None:
    said = consents("members", ELS)
    assert said["marketing_permissions.Email"].value == "true"
    assert said["marketing_permissions.Customized online advertising"].value == "false"


def test_a_permission_that_says_nothing_is_no_statement() -> None:
    permission = {"marketing_permission_id": "1a2b", "text": "Email", "enabled": None}
    said = consents("members", {**ELS, "marketing_permissions": [permission]})
    assert said["marketing_permissions.Email"].value is None


def test_the_sms_status_is_a_statement_about_the_phone() -> None:
    record = {**ELS, "sms_subscription_status": "unsubscribed", "sms_phone_number": "+32478123456"}
    said = consents("members", record)["sms_subscription_status"]
    assert (said.value, said.phone) == ("unsubscribed", "+32478123456")


def test_statements_of_two_moments_are_two_records() -> None:
    later = {**ELS, "last_changed": "2026-02-12T00:00:00+00:00"}
    assert consents("members", ELS)["status"].source_id != consents("members", later)["status"].source_id


@pytest.mark.parametrize("missing", ["id", "status"])
def test_a_member_without_key_or_status_is_unreadable(missing: str) -> None:
    with pytest.raises(Unreadable, match=f"{missing}: missing_key"):
        read("members", {**ELS, missing: ""})


@pytest.mark.parametrize(
    ("action", "kind"), [("open", "email_open"), ("click", "email_click"), ("bounce", "email_bounce")]
)
def test_activity_is_an_event(action: str, kind: str) -> None:
    (event,) = read("email_activity", {**OPEN, "action": action, "type": "hard" if action == "bounce" else None})
    assert isinstance(event, Event)
    assert (event.kind, event.customer_id, event.campaign_id, event.url) == (kind, HASH, "c1", None)
    assert event.facts == ({"type": "hard"} if action == "bounce" else {})


def test_clicks_on_two_links_in_one_second_are_two_events() -> None:
    ids = {
        read("email_activity", {**OPEN, "action": "click", "url": url})[0].source_id for url in ("a" * 900, "b" * 900)
    }
    assert len(ids) == 2
    assert max(map(len, ids)) < 255


def test_an_activity_nobody_knows_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="action: unknown_value"):
        read("email_activity", {**OPEN, "action": "forward"})


def leaver(**changes: Any) -> dict[str, Any]:
    reason = {"reason": "Not interested"}
    return {
        "campaign_id": "c1",
        "email_id": HASH,
        "email_address": "e@x.org",
        "timestamp": CHANGED,
        **reason,
        **changes,
    }


def test_an_unsubscribe_is_a_withdrawal_and_an_event() -> None:
    consent, event = read("unsubscribes", leaver())
    assert isinstance(consent, Consent)
    assert isinstance(event, Event)
    assert (consent.field, consent.value) == ("unsubscribe", "unsubscribed")
    assert consent.facts == {"timestamp": CHANGED, "campaign_id": "c1", "reason": "Not interested"}
    assert (event.kind, event.occurred_at) == ("email_unsubscribe", datetime.fromisoformat(CHANGED))


@pytest.mark.parametrize("timestamp", ["", "yesterday", None])
def test_a_withdrawal_counts_also_when_its_time_is_unreadable(timestamp: str | None) -> None:
    (consent,) = read("unsubscribes", leaver(timestamp=timestamp))
    assert isinstance(consent, Consent)
    assert consent.changed_at is None


@pytest.mark.parametrize("stream", ["segments", "campaigns"])
def test_segments_and_campaigns_make_no_record(stream: str) -> None:
    assert read(stream, {"id": 1}) == []


def test_every_stream_of_the_tap_has_a_mapping() -> None:
    schemas = Path(__file__).parents[3] / "taps/mailchimp/schemas"
    assert {path.stem for path in schemas.glob("*.json")} == set(STREAMS)


values = st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.lists(st.text(max_size=3), max_size=2)


@given(st.fixed_dictionaries({}, optional={name: values for name in ELS if name != "id"}))
def test_whatever_a_member_holds_is_read_or_refused_with_a_reason(changes: dict[str, Any]) -> None:
    try:
        made = read("members", {**ELS, **changes})
    except Unreadable as verdict:
        assert verdict.reason
        return
    assert made == read("members", {**ELS, **changes})


@given(st.permutations(list(ELS)))
def test_the_order_of_fields_does_not_matter(order: list[str]) -> None:
    assert read("members", {name: ELS[name] for name in order}) == read("members", ELS)
