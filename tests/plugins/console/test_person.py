"""A person: found by what they say, shown as far as a role may see, and each look written down."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

import pytest

from plugins.console.desk import Desk
from plugins.console.finding import find
from plugins.console.masking import Mask
from plugins.console.roles import Role
from plugins.console.words import Words
from plugins.hub.resolve_command import resolve_store
from plugins.store.decided_tables import audit
from plugins.store.shown import unpublish
from plugins.store.tables import profile
from tests.making import keep, person, stored
from tests.plugins.console.browsing import Browser
from tests.plugins.console.people import CARD, EMAIL, PHONE, profile_of, was_issued, was_sent, watched

SAYS = Words("en")


@lru_cache(maxsize=5)
def signed_in(desk: Desk, role: str) -> Browser:
    browser = Browser(desk)
    browser.signs_in(role)
    return browser


def page(desk: Desk, role: str = "dpo", who: str = "ann", more: str = "") -> str:
    answer = signed_in(desk, role).get(f"/person/{profile_of(desk.hub.store, who)}{more}")
    assert answer.status_code == 200
    return answer.text


def looks(desk: Desk) -> list[dict[str, Any]]:
    rows = [row for row in stored(desk.hub.store, audit) if row["kind"] in ("look_up", "reveal")]
    return [{**row, **json.loads(row["detail"])} for row in rows]


@pytest.mark.parametrize(
    ("typed", "by"),
    [
        (EMAIL, "email"), (" ANN@Example.NL ", "email"), (PHONE, "phone"), ("06-87654012", "phone"), (CARD, "card"),
        ("2055 0000 00978", "card"), ("R-77", "receipt"), ("ann-0", "receipt"),
    ],
)  # fmt: skip
def test_somebody_is_found_by_address_phone_card_or_receipt(counter: Desk, typed: str, by: str) -> None:
    with counter.hub.store.reading() as connection:
        assert find(connection, typed) == {profile_of(counter.hub.store, "ann"): [by]}


@pytest.mark.parametrize("typed", ["", "x", "nobody@example.nl", "%", "' OR 1=1 --", "R-99", "\x00", "9" * 5000])
def test_nobody_is_found_by_what_is_nobodys(counter: Desk, typed: str) -> None:
    with counter.hub.store.reading() as connection:
        assert find(connection, typed) == {}
    assert SAYS("person.nobody") in signed_in(counter, "viewer").post("/person", who=typed).text


def test_every_column_a_search_asks_has_an_index(counter: Desk) -> None:
    asked = {
        "customer": ("email = 'x'", "phone IN ('x')", "card = 'x'"),
        '"order"': ("order_number = 'x' OR source_id = 'x'", "(source, customer_id) IN (('a', 'b'))"),
        "event": ("(source, customer_id) IN (('a', 'b'))",),
        "push": ("profile_id IN ('a')", "cause = 'consent'"),
        "profile": ("merged_into = 'x'",),
        "order_line": ("(source, order_id) IN (('a', 'b'))",),
    }
    with counter.hub.store.reading() as connection:
        for table, conditions in asked.items():
            for each in conditions:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {each}").all()
                assert [row[3] for row in plan if re.match(r"SCAN (?!CONSTANT)(?!.* INDEX )", row[3])] == [], each


def test_several_are_listed_each_masked(counter: Desk) -> None:
    keep(counter.hub.store, person("10", "tilroy", phone=PHONE, first_name="Zoe", last_name="Bakker"))
    resolve_store(counter.hub)
    answer = signed_in(counter, "viewer").post("/person", who=PHONE)
    assert SAYS("person.found", count=2) in answer.text
    assert answer.text.count('<li><a href="/person/') == 2
    assert "Zoe" not in answer.text


def test_a_profile_shows_each_field_with_its_source(counter: Desk) -> None:
    text = page(counter)
    for told in ("Ann van den Bakker", EMAIL, PHONE, CARD, "1984-05-06", "Haven", "4811AB", "tilroy", "woocommerce"):
        assert told in text


SHOWN: dict[str, tuple[str, ...]] = {
    "viewer": ("A. v. B.", "a…@….nl", "…12", "…0978", "1984", "4811…"),
    "marketing": ("A. v. B.", "a…@….nl"),
    "ops": ("A. v. B.", "a…@….nl", SAYS("person.reveal")),
    "dpo": ("Ann van den Bakker", EMAIL, PHONE, CARD),
}


@pytest.mark.parametrize("role", SHOWN)
def test_personal_data_is_masked_by_role(counter: Desk, role: str) -> None:
    was_sent(counter.hub.store, "ann")
    for text in (page(counter, role), page(counter, role, more="/why")):
        hidden = [each for each in ("Ann", "Bakker", EMAIL, PHONE, CARD, "Haven", "1984-05-06") if each in text]
        assert role == "dpo" or hidden == []
    assert [each for each in SHOWN[role] if each not in page(counter, role)] == []


def test_operations_may_ask_to_see_all_and_that_is_written_down(counter: Desk) -> None:
    ann, browser = profile_of(counter.hub.store, "ann"), signed_in(counter, "ops")
    assert EMAIL in browser.post(f"/person/{ann}/reveal").text
    assert EMAIL not in browser.get(f"/person/{ann}").text
    assert [(row["who"], row["about"]) for row in looks(counter) if row["kind"] == "reveal"] == [("ops", ann)]
    assert signed_in(counter, "viewer").post(f"/person/{ann}/reveal").status_code == 403


def test_every_look_is_written_down_by_account_and_profile_and_never_what_was_typed(counter: Desk) -> None:
    ann, browser = profile_of(counter.hub.store, "ann"), signed_in(counter, "viewer")
    browser.post("/person", who=EMAIL)
    browser.get(f"/person/{ann}")
    browser.get(f"/person/{ann}/why")
    browser.post("/person", who="nobody@example.nl")
    found = [(row["who"], row["about"], row["why"], row["page"]) for row in looks(counter)]
    assert found == [
        ("viewer", ann, "search", "/person"), ("viewer", ann, "page", "person"), ("viewer", ann, "page", "why"),
        ("viewer", "nobody", "search", "/person"),
    ]  # fmt: skip
    assert looks(counter)[0]["typed"] == counter.seals.of_text("typed", EMAIL)
    assert "@example.nl" not in repr(looks(counter))


def test_the_timeline_runs_over_shop_and_web(counter: Desk) -> None:
    text = page(counter)
    for told in ("order R-77", "25.00 EUR", "Lantern", "return R-78", "-19.00 EUR", "order ann-0", "spring",
                 SAYS("event.email_click"), "complaint", SAYS("kind.case")):  # fmt: skip
        assert told in text
    assert text.index("complaint") < text.index("order ann-0")


def test_what_was_done_on_the_site_is_shown_only_with_consent(counter: Desk) -> None:
    assert SAYS("event.page_view") not in page(counter)
    assert SAYS("person.unwatched") in page(counter)
    keep(counter.hub.store, watched("ann"))
    resolve_store(counter.hub)
    assert SAYS("event.page_view") in page(counter)


def test_consent_stands_with_its_proof(counter: Desk) -> None:
    text = page(counter)
    assert SAYS("consent.granted") in text
    assert "meta_data.newsletter_optin = yes" in text
    assert "webshop-2025-09" in text
    assert "checkout" in text
    assert SAYS("consent.granted") not in page(counter, who="cas")


def test_what_was_sent_is_shown_with_why_and_where_the_person_stands(counter: Desk) -> None:
    was_sent(counter.hub.store, "ann")
    was_sent(counter.hub.store, "bob")
    was_sent(counter.hub.store, "bob", operation="remove", reason="withdrew")
    was_issued(counter.hub.store, "ann")
    assert "mailchimp: letter" in page(counter)
    assert "WELCOME-4711" in page(counter)
    assert "WELCOME-4711" not in page(counter, "viewer")
    assert "mailchimp: letter" not in page(counter, who="bob")
    assert "withdrew" in page(counter, who="bob")


def test_the_links_say_why_records_are_one_person_and_which_audiences_they_meet(counter: Desk) -> None:
    text = page(counter, more="/why")
    assert "tilroy:9" in text
    assert "first name (initial) + email" in text
    assert f"letter: {SAYS('why.in')}" in text
    assert f"fans: {SAYS('why.in')}" in text
    assert f"letter: {SAYS('why.in')}" in page(counter, who="cas", more="/why")


def test_a_merged_profile_is_the_one_that_took_over_and_a_strangers_is_no_page(counter: Desk) -> None:
    ann, browser = profile_of(counter.hub.store, "ann"), signed_in(counter, "dpo")
    with counter.hub.store.writing() as connection:
        row = {"id": "before", "minted_at": "2026-01-01T00:00:00.000000Z", "merged_into": ann}
        connection.execute(profile.insert().values(row))
    assert SAYS("person.was", id="before") in browser.get("/person/before").text
    assert browser.get("/person/nobody").status_code == 404


def test_before_the_first_resolve_a_person_is_found_and_what_is_derived_is_said_to_follow(counter: Desk) -> None:
    unpublish(counter.hub.store)
    assert SAYS("person.unresolved") in page(counter)


def test_a_newer_resolve_is_shown_at_once_though_the_one_before_is_being_read(counter: Desk) -> None:
    with counter.look.cursor() as before:
        assert before.execute("SELECT count(*) FROM person").fetchall() == [(3,)]
        keep(counter.hub.store, person("11", "tilroy", email="dik@example.nl"))
        resolve_store(counter.hub)
        assert counter.look.rows("SELECT count(*) AS n FROM person") == [{"n": 4}]
        assert before.execute("SELECT count(*) FROM person").fetchall() == [(3,)]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("email", "a@b.example.nl", "a…@….nl"), ("phone", "+31687654012", "…12"), ("card", "123", "…"),
        ("first_name", "Ann", "A."), ("postcode", "4811AB", "4811…"), ("birth_date", "1984-05-06", "1984"),
        ("city", "Breda", "Breda"), ("email", None, "–"), ("house_number", "7", "…"),
    ],
)  # fmt: skip
def test_a_mask_leaves_what_somebody_can_be_asked_to_confirm(name: str, value: str | None, shown: str) -> None:
    assert Mask(Role.VIEWER).field(name, value) == shown
    assert Mask(Role.VIEWER, is_lifted=True).field(name, value) == (value or "–")


def test_a_mask_finds_addresses_and_numbers_in_any_text() -> None:
    told = Mask(Role.OPS).text("mail ann@example.nl, or call +31687654012; was guest:bob@x.example.be")
    assert told == "mail a…@….nl, or call …12; was guest:b…@….be"
