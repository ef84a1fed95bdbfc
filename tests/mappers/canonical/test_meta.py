"""What Meta's streams mean, record by record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappers.canonical.meta import STREAMS
from mappers.canonical.reading import Reading
from mappers.canonical.vendor_record import Unreadable
from plugins.hub.meaning import read_meaning
from plugins.store.entities import Consent, Customer, Event, Record
from tests.making import checked
from tests.mappers.consent.one_person import state
from tests.road.stage import ROOT

SEEN = datetime(2026, 3, 5, tzinfo=UTC)
AT = "2026-03-04T11:00:00+00:00"
PAGE, ANN = "102030405060", "7000000000000001"
COMMENT: dict[str, Any] = {
    "id": "998877_556677", "page_id": PAGE, "post_id": f"{PAGE}_998877", "created_time": AT, "from": {"id": ANN},
    "parent": None, "is_hidden": False, "permalink_url": "https://www.facebook.com/1",
}  # fmt: skip
PICTURED: dict[str, Any] = {
    "id": "17990000000000001", "account": "wandelwind", "media_id": "179", "timestamp": AT, "username": "Anna_P",
    "parent_id": "1798", "hidden": False,
}  # fmt: skip
TAGGED = {"id": "180", "account": "wandelwind", "timestamp": AT, "username": "Anna_P", "permalink": "https://ig/p/1"}
LEAD: dict[str, Any] = {
    "id": "334455", "created_time": AT, "form_id": "777", "form_name": "Spaarpas", "platform": "ig", "ad_id": "601",
    "field_data": [
        {"name": "full_name", "values": ["Jan Jansen"]}, {"name": "email", "values": ["Jan@Example.com"]},
        {"name": "phone_number", "values": ["0612345679"]}, {"name": "schoenmaat", "values": ["44"]},
    ],
    "custom_disclaimer_responses": [
        {"checkbox_key": "newsletter_optin", "is_checked": "1"}, {"checkbox_key": "profiling", "is_checked": ""},
    ],
    "checkboxes": [{"key": "newsletter_optin", "text": "Mail mij.", "is_required": False}],
}  # fmt: skip


def read(stream: str, record: dict[str, Any]) -> list[Record]:
    return checked(STREAMS[stream].read(record, Reading("meta", stream, SEEN)))


def boxes(**changes: Any) -> dict[str, Consent]:
    return {each.field: each for each in read("leads", {**LEAD, **changes}) if isinstance(each, Consent)}


def lead(**answers: str) -> Customer:
    told = [{"name": name, "values": [said]} for name, said in answers.items()]
    made = read("leads", {**LEAD, "field_data": told})[0]
    assert isinstance(made, Customer)
    return made


def test_a_comment_is_an_act_that_was_found_and_its_author_a_guest_without_a_name() -> None:
    author, act = read("comments", COMMENT)
    assert isinstance(author, Customer)
    assert isinstance(act, Event)
    account = f"facebook:{ANN}"
    assert (author.source_id, author.social_id, author.is_guest) == (account, account, True)
    assert (author.first_name, author.last_name, author.email, author.raw) == (None, None, None, {})
    assert (act.source_id, act.customer_id, act.kind, act.strength) == (
        "facebook:998877_556677", account, "social_comment", "found")  # fmt: skip
    assert (act.channel, act.url) == ("facebook", "https://www.facebook.com/1")
    assert (act.occurred_at, act.facts) == (datetime(2026, 3, 4, 11, tzinfo=UTC), {"post_id": f"{PAGE}_998877"})


def test_a_user_name_on_instagram_is_one_account_in_any_case_of_letters() -> None:
    author, act = read("media_comments", PICTURED)
    assert isinstance(author, Customer)
    assert isinstance(act, Event)
    assert author.social_id == author.source_id == act.customer_id == "instagram:anna_p"
    assert act.facts == {"media_id": "179", "answers": "1798"}


@pytest.mark.parametrize(("stream", "record"), [
    ("tagged_media", TAGGED),
    ("tagged_posts", {"id": "9_1", "page_id": PAGE, "created_time": AT, "from": {"id": ANN}, "permalink_url": "u"}),
])  # fmt: skip
def test_who_names_the_retailer_has_posted_about_it(stream: str, record: dict[str, Any]) -> None:
    author, act = read(stream, record)
    assert isinstance(author, Customer)
    assert isinstance(act, Event)
    assert (act.kind, act.strength, act.customer_id) == ("tagged_post", "found", author.social_id)


@pytest.mark.parametrize(("stream", "record"), [
    ("comments", {**COMMENT, "from": {"id": PAGE}}),
    ("media_comments", {**PICTURED, "username": "Wandelwind"}),
    ("tagged_media", {**TAGGED, "username": "wandelwind"}),
    ("tagged_posts", {"id": "9_1", "page_id": PAGE, "created_time": AT, "from": {"id": PAGE}}),
    ("comments", {**COMMENT, "from": None}),
])  # fmt: skip
def test_what_the_retailer_wrote_itself_and_what_names_nobody_is_left_out(stream: str, record: dict[str, Any]) -> None:
    assert read(stream, record) == []


@pytest.mark.parametrize(("stream", "record"), [
    ("comments", {**COMMENT, "is_hidden": True}), ("media_comments", {**PICTURED, "hidden": True})])  # fmt: skip
def test_a_hidden_comment_shows_nothing(stream: str, record: dict[str, Any]) -> None:
    (act,) = read(stream, record)
    assert isinstance(act, Event)
    assert (act.strength, act.facts["hidden"]) == (None, "true")


def test_a_lead_is_a_guest_with_what_was_filled_in() -> None:
    jan = lead(full_name="Jan Jansen", email="Jan@Example.com", phone_number="0612345679", schoenmaat="44")
    assert (jan.source_id, jan.is_guest, jan.email, jan.phone) == (
        "lead:334455", True, "jan@example.com", "+31612345679")  # fmt: skip
    assert (jan.first_name, jan.last_name, jan.social_id) == ("Jan", "Jansen", None)
    assert jan.raw == {"ad_id": "601", "platform": "ig", "answers": {"schoenmaat": "44"}}


@pytest.mark.parametrize(("answers", "name"), [
    ({"full_name": "Ingrid van den Berg"}, ("Ingrid", "van den", "Berg")),
    ({"full_name": "Anne Marie Jansen"}, ("Anne Marie Jansen", None, None)),
    ({"first_name": "Anne Marie", "last_name": "Jansen"}, ("Anne Marie", None, "Jansen")),
    ({"full_name": "Cher"}, ("Cher", None, None)),
    ({}, (None, None, None)),
])  # fmt: skip
def test_a_whole_name_is_taken_apart_only_where_it_shows_where(
    answers: dict[str, str], name: tuple[str | None, ...]
) -> None:
    known = lead(**answers)
    assert (known.first_name, known.infix, known.last_name) == name


def test_a_box_is_reported_as_it_was_left_with_its_wording_time_and_form() -> None:
    told = boxes()
    ticked = told["lead.newsletter_optin"]
    assert (ticked.value, ticked.customer_id, ticked.email) == ("1", "lead:334455", "jan@example.com")
    assert ticked.facts == {"created_time": AT, "form_id": "777", "form_name": "Spaarpas", "text": "Mail mij."}
    assert (told["lead.profiling"].value, told["lead.profiling"].facts.get("text")) == ("", None)


@pytest.mark.parametrize("forced", ["is_required", "is_checked_by_default"])
def test_a_box_that_was_not_free_is_reported_under_a_name_of_its_own(forced: str) -> None:
    (box,) = LEAD["checkboxes"]
    assert "lead.newsletter_optin" not in boxes(checkboxes=[{**box, forced: True}])
    assert boxes(checkboxes=[{**box, forced: True}])["lead.newsletter_optin.not_free"].value == "1"


@pytest.mark.parametrize(("changes", "becomes"), [
    ({}, "granted"),
    ({"checkboxes": []}, "unproven"),
    ({"form_name": None}, "unproven"),
    ({"custom_disclaimer_responses": [{"checkbox_key": "newsletter_optin", "is_checked": ""}]}, None),
])  # fmt: skip
def test_a_ticked_box_is_a_yes_to_mail_only_with_its_wording_and_its_form(
    changes: dict[str, Any], becomes: str | None
) -> None:
    told = boxes(**changes)["lead.newsletter_optin"].model_dump(mode="json") | {"customer_id": "1"}
    rules = read_meaning(ROOT / "sync_rules").declarations
    found = state({"entity": "consent", **told}, members={"meta:1": "P"}, rules=rules, now=SEEN)
    assert (found and found["state"]) == becomes


@pytest.mark.parametrize("stream", ["posts", "media", "lead_forms"])
def test_nothing_is_made_of_what_the_retailer_published(stream: str) -> None:
    assert read(stream, {"id": "1"}) == []


@pytest.mark.parametrize(("stream", "record", "field"), [
    ("comments", {**COMMENT, "created_time": None}, "created_time"),
    ("comments", {**COMMENT, "id": ""}, "id"),
    ("media_comments", {**PICTURED, "timestamp": "yesterday"}, "timestamp"),
    ("leads", {**LEAD, "id": None}, "id"),
    ("leads", {**LEAD, "field_data": "all"}, "field_data"),
])  # fmt: skip
def test_what_cannot_be_read_is_set_aside_with_its_field(stream: str, record: dict[str, Any], field: str) -> None:
    with pytest.raises(Unreadable) as error:
        read(stream, record)
    assert error.value.field == field


@given(st.dictionaries(st.sampled_from([*COMMENT, *LEAD]), st.none() | st.text(max_size=9) | st.lists(st.integers())))
def test_whatever_comes_is_read_or_set_aside(changes: dict[str, Any]) -> None:
    for stream, record in (("comments", COMMENT), ("leads", LEAD), ("media_comments", PICTURED)):
        try:
            read(stream, {**record, **changes})
        except Unreadable as error:
            assert error.reason
