"""In the shop: who it is, what to offer and to ask for; and a receipt that nobody has is put on somebody's name."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from plugins.console.desk import Desk
from plugins.console.pages.shop import APART
from plugins.console.words import Words
from plugins.hub.links import DeadLink, Links
from plugins.hub.resolve_command import resolve_store
from plugins.store.mirror import open_mirror
from plugins.store.shown import publish
from tests.making import keep
from tests.plugins.console.browsing import Browser
from tests.plugins.console.people import CARD, EMAIL, PHONE, profile_of, was_issued, watched
from tests.plugins.console.test_person import looks, signed_in

SAYS = Words("en")
CLAIMS = "https://api.example.nl/claim"


def at_the_counter(desk: Desk, who: str = CARD) -> str:
    browser = signed_in(desk, "shop")
    found = browser.post("/shop", who=who)
    return browser.get(found.headers["location"]).text


@pytest.mark.parametrize("typed", [CARD, "R-77", PHONE])
def test_staff_find_a_customer_by_card_receipt_or_phone_and_see_a_name_but_no_address(
    counter: Desk, typed: str
) -> None:
    text = at_the_counter(counter, typed)
    assert "Ann van den Bakker" in text
    assert [each for each in (EMAIL, PHONE, CARD, "1984", "Haven") if each in text] == []


def test_a_look_in_the_shop_is_written_down(counter: Desk) -> None:
    at_the_counter(counter)
    ann = profile_of(counter.hub.store, "ann")
    assert [(row["who"], row["about"], row["page"]) for row in looks(counter)] == [
        ("shop", ann, "/shop"), ("shop", ann, "shop")]  # fmt: skip


def test_offers_vouchers_and_what_to_ask_for_are_there(counter: Desk) -> None:
    was_issued(counter.hub.store, "ann")
    text = at_the_counter(counter)
    assert "WELCOME-4711" in text
    assert "gift: 15.00 EUR" in text
    assert SAYS("field.gender") in text
    assert SAYS("field.phone") not in text


def test_what_was_looked_at_last_is_told_only_with_consent_and_what_others_bought_always(counter: Desk) -> None:
    for consented in (False, True):
        if consented:
            keep(counter.hub.store, watched("ann"))
        resolve_store(counter.hub)
        with open_mirror(counter.hub.store) as mirror:
            mirror.execute("UPDATE trait SET last_viewed = 'Parka', also_bought = ['Stove', 'Tent']")
            publish(mirror, counter.hub.store)
        text = at_the_counter(counter)
        assert ("Parka" in text) is consented
        assert "Stove" in text


def test_a_receipt_of_nobody_has_a_code_to_claim_it_and_one_of_somebody_has_none(
    counter: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTONDE_CLAIM_URL", CLAIMS)
    browser = signed_in(counter, "shop")
    found = re.search(r'src="(/shop/claim/tilroy/R-99)"', browser.post("/shop", who="R-99").text)
    assert found
    drawn = browser.get(found[1])
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(drawn.content).tag.endswith("svg")  # noqa: S314 - we drew it
    assert browser.get("/shop/claim/tilroy/R-77").status_code == 404
    assert browser.get("/shop/claim/tilroy/R-1").status_code == 404


def test_the_code_names_the_receipt_under_our_seal_and_ends(counter: Desk) -> None:
    links, now = Links(counter.hub.store), counter.hub.clock()
    with counter.hub.store.reading() as connection:
        word = links.make(connection, "claim", APART.join(("tilroy", "R-99")).encode(), now.replace(year=2027))
        assert links.read(connection, "claim", word, now).decode().split(APART) == ["tilroy", "R-99"]
        for wrong, moment in ((word[:-2] + "AA", now), (word, now.replace(year=2028))):
            with pytest.raises(DeadLink):
                links.read(connection, "claim", wrong, moment)


def test_where_no_claims_are_served_there_is_no_code(counter: Desk) -> None:
    browser = Browser(counter)
    browser.signs_in("shop")
    assert "/shop/claim/" not in browser.post("/shop", who="R-99").text
    assert browser.get("/shop/claim/tilroy/R-99").status_code == 404
