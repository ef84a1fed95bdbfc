"""A receipt of nobody becomes a customer's: once, while it is fresh, and with the points that go with it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import Client

from plugins.hub.meaning import Meaning
from plugins.hub.rights.erasing import erase, find
from plugins.rules.loyalty import Loyalty
from plugins.store.mirror import open_mirror, rows
from plugins.store.tables import ENTITY_TABLES
from tests.making import keep, record, stored
from tests.plugins.api.counter import CARD, Shop, receipt

ANN, BOB = {"source": "woocommerce", "id": "ann"}, {"source": "till", "id": "bob"}
EARNS = Loyalty.model_validate({"earn": {"shop": {"on": "purchase", "points": 1, "per_cents": 100}}})
WHEN = "2026-03-11T10:00:00+00:00"


@pytest.fixture
def till(shop: Shop) -> Shop:
    """Receipt 9 was bought yesterday by nobody knows whom, for fifty euros."""
    shop.hub = replace(shop.hub, meaning=replace(shop.hub.meaning, loyalty=EARNS))
    keep(shop.store, sale("9"))
    return shop


def sale(key: str, **fields: Any) -> list[dict[str, Any]]:
    of_it = {"order_id": key, "currency": "EUR", "quantity_thousandths": 1000, "total_minor": 5000}
    return [receipt(key, ordered_at=WHEN, **fields), record("order_line", "till", f"{key}.1", **of_it)]


def claim(shop: Shop, key: str = "9", customer: dict[str, str] = ANN) -> tuple[int, Any]:
    return shop.post("/receipts/claims", {"receipt": {"source": "till", "id": key}, "customer": customer})


def link(shop: Shop, key: str = "9") -> str:
    status, told = shop.post("/receipts/links", {"receipt": {"source": "till", "id": key}})
    assert status == 201
    assert told["qr_svg"].startswith("<svg")
    return str(told["url"])


def points(shop: Shop) -> int:
    shop.resolve()
    return int(shop.get(f"/persons?card={CARD}")[1]["points"])


def bought(shop: Shop) -> int:
    with open_mirror(shop.store, read_only=True) as mirror:
        (ann,) = rows(mirror, "SELECT order_count FROM trait WHERE profile_id = ?", [shop.who("ann")])
    return int(ann["order_count"])


def claims(shop: Shop) -> int:
    return sum(each["kind"] == "receipt_claim" for each in stored(shop.store, ENTITY_TABLES["event"]))


def test_a_claimed_receipt_counts_as_the_customers_and_earns_its_points_once(till: Shop) -> None:
    assert (points(till), bought(till)) == (0, 2)
    assert claim(till) == (201, {"receipt": {"source": "till", "id": "9"}, "state": "tied"})
    assert [points(till), points(till), bought(till)] == [50, 50, 3]


def test_the_number_on_the_receipt_will_do(till: Shop) -> None:
    assert claim(till, "R-9")[1]["receipt"] == {"source": "till", "id": "9"}


def test_a_receipt_is_claimed_once_by_whoever_is_first(till: Shop) -> None:
    with ThreadPoolExecutor(6) as callers:
        answers = [status for status, _ in callers.map(lambda who: claim(till, customer=who), [ANN, BOB] * 3)]
    assert sorted(answers) == [201, 409, 409, 409, 409, 409]
    assert claim(till)[1]["code"] == "claimed"
    assert claims(till) == 1


BAD: dict[str, tuple[dict[str, Any], int, str]] = {
    "of a customer": ({"customer_id": "bob"}, 409, "has_customer"),
    "with a card": ({"card": "77"}, 409, "has_customer"),
    "with an address": ({"email": "bob@example.nl"}, 409, "has_customer"),
    "too old": ({"ordered_at": "2026-02-01T10:00:00+00:00"}, 409, "too_old"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_receipt_that_is_not_theirs_to_have_is_refused(till: Shop, case: str) -> None:
    fields, status, code = BAD[case]
    keep(till.store, receipt("8", **{"ordered_at": WHEN, **fields}))
    found = claim(till, "8")
    assert (found[0], found[1]["code"]) == (status, code)
    assert claims(till) == 0


def test_a_receipt_and_a_customer_that_nobody_knows_are_not_found(till: Shop) -> None:
    assert claim(till, "99")[1]["code"] == "unknown_receipt"
    assert claim(till, customer={"source": "till", "id": "zoe"})[1]["code"] == "unknown_person"
    assert claims(till) == 0


def test_a_receipt_may_be_claimed_by_its_link_before_the_till_is_read(till: Shop) -> None:
    word = link(till, "77").rpartition("/")[2]
    body = {"link": word, "customer": ANN}
    assert till.post("/receipts/claims", body) == (201, {"receipt": {"source": "till", "id": "77"}, "state": "waiting"})
    assert points(till) == 0
    keep(till.store, sale("77"))
    assert points(till) == 50


def test_a_claim_gives_way_to_the_customer_whom_the_till_names_after_all(till: Shop) -> None:
    word = link(till, "77").rpartition("/")[2]
    till.post("/receipts/claims", {"link": word, "customer": ANN})
    keep(till.store, sale("77", customer_id="bob"))
    assert points(till) == 0


def test_a_link_that_is_not_ours_or_over_claims_nothing(till: Shop) -> None:
    word = link(till).rpartition("/")[2]
    assert till.post("/receipts/claims", {"link": word[:-2], "customer": ANN})[1]["code"] == "dead_link"
    till.hub = till.later(days=31)
    assert till.post("/receipts/claims", {"link": word, "customer": ANN})[1]["code"] == "dead_link"
    assert claims(till) == 0


def test_a_link_is_for_what_it_was_made_for(till: Shop) -> None:
    _, told = till.post("/preferences/links", {"customer": ANN})
    word = str(told["url"]).rpartition("/")[2]
    assert till.client.get(f"/claim/{word}").status_code == 404
    assert till.post("/receipts/claims", {"link": word, "customer": ANN})[0] == 404


def test_the_page_hands_over_to_the_shops_own_sign_in(meaning: Meaning, shop: Shop, monkeypatch: Any) -> None:
    assert "kassa" in shop.client.get(link(shop)).text
    monkeypatch.setenv("ROTONDE_SHOP_URL", "https://shop.example/account?from=receipt")
    client = Client(shop.app())
    url = link(shop)
    found = client.get(url + "?lang=en")
    (on,) = re.findall(r'class="button" href="([^"]+)"', found.text)
    assert parse_qs(urlsplit(on.replace("&amp;", "&")).query) == {
        "from": ["receipt"],
        "claim": [url.rpartition("/")[2]],
    }
    assert "default-src 'none'" in found.headers["Content-Security-Policy"]
    assert client.get(url[:-1]).status_code == 404


def test_a_claim_goes_with_the_person(till: Shop) -> None:
    claim(till)
    till.resolve()
    erase(till.hub, find(till.hub, "woocommerce:ann", "erase: PERSON"), "asked")
    assert claims(till) == 0
