"""What a till and a webshop are told, on both databases; and that nothing they send has two effects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import insert
from werkzeug.test import Client, TestResponse

from mappers.loyalty.event import Event
from mappers.loyalty.holders import settle
from mappers.loyalty.posting import Posting, post
from plugins.api.app import App
from plugins.api.desk import Desk
from plugins.api.keys import Keys
from plugins.rules.loyalty import Loyalty
from plugins.store.engine import Store, StoreError
from plugins.store.loyalty_tables import api_request, ledger_entry
from plugins.store.tables import membership
from tests.making import keep, person, stored
from tests.mappers.loyalty.world import earn

KEY, CARD = "a key of the till", "2055000000978"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Counter:
    """A client of the endpoint, and the store's clock."""

    def __init__(self, store: Store) -> None:
        self.store, self.now, self.calls = store, NOON, 0
        desk = Desk(store, Loyalty(), lambda _: self.now)
        self.client = Client(App(desk, Keys({"till": KEY, "webshop": "a key of the webshop"})))

    def ask(self, path: str, key: str = "", **body: Any) -> tuple[int, dict[str, Any]]:
        self.calls += 1
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": key or f"call {self.calls}"}
        return said(self.client.post(f"/loyalty/{path}", json=body, headers=headers))

    def points(self) -> dict[str, Any]:
        found = self.client.get(f"/loyalty/balances?card={CARD}", headers={"Authorization": f"Bearer {KEY}"})
        return said(found)[1]


def said(response: TestResponse) -> tuple[int, dict[str, Any]]:
    body: dict[str, Any] = json.loads(response.data)
    return response.status_code, body


@pytest.fixture
def counter(store: Store) -> Iterator[Counter]:
    """Ann has 100 points, a card, and two records; Bob has none."""
    keep(store, person("ann", card=CARD), person("web", "woocommerce", card=CARD), person("bob"))
    with store.writing() as connection:
        rows = [("till", "ann", "p1"), ("woocommerce", "web", "p1"), ("till", "bob", "p2")]
        connection.execute(insert(membership), [dict(zip(membership.c.keys(), row, strict=True)) for row in rows])
        ann = settle(connection, {("till", "ann"): "p1"})["till", "ann"]
        post(connection, {ann.account: [Posting(earn("e", 100), ann.subject, "till")]}, NOON)
        voucher = settle(connection, {("voucher", "GIFT1"): "voucher:GIFT1"}, "EUR")["voucher", "GIFT1"]
        gift = Event("v", "earn", 2500, "2026-05-01T09:00:00.000000Z")
        post(connection, {voucher.account: [Posting(gift, voucher.subject, "till", "EUR")]}, NOON)
    yield Counter(store)


def test_points_are_held_captured_and_gone_whichever_record_names_the_customer(counter: Counter) -> None:
    status, hold = counter.ask("holds", customer={"source": "woocommerce", "id": "web"}, amount=60)
    assert (status, hold["available"], hold["expires_at"]) == (201, 40, "2026-06-01T12:15:00.000000Z")
    assert counter.points() == {"available": 40, "held": 60, "debt": 0}
    captured = {"hold": hold["hold"], "amount": 50, "available": 50}
    assert counter.ask("captures", hold=hold["hold"], amount=50) == (201, captured)
    assert counter.points() == {"available": 50, "held": 0, "debt": 0}


def test_a_release_gives_back(counter: Counter) -> None:
    _, hold = counter.ask("holds", card=CARD, amount=60)
    assert counter.ask("releases", hold=hold["hold"])[1]["available"] == 100


def test_a_gift_voucher_is_money_of_its_own(counter: Counter) -> None:
    _, hold = counter.ask("holds", voucher="GIFT1", amount=2000)
    assert counter.ask("captures", hold=hold["hold"])[1]["available"] == 500
    assert counter.ask("holds", voucher="GIFT1", amount=501)[1]["code"] == "not_enough"
    assert counter.points()["available"] == 100


def test_a_gift_voucher_is_found_in_any_case_of_letters_and_its_code_is_kept_nowhere(counter: Counter) -> None:
    assert counter.ask("holds", voucher=" gift1", amount=2000)[0] == 201
    assert counter.ask("holds", voucher="GIFT-1", amount=2000) == (
        404, {"code": "unknown_holder", "message": "voucher: not known here; check its code"},
    )  # fmt: skip
    assert "gift" not in str(stored(counter.store, api_request)).lower()


def test_l5_till_and_webshop_that_ask_at_once_spend_a_voucher_once(counter: Counter) -> None:
    """Ten tills and ten webshops want the whole of it in the same moment."""
    start = Barrier(20)

    def want(number: int) -> int:
        start.wait()
        return counter.ask("holds", f"w{number}", voucher=("GIFT1", "gift1")[number % 2], amount=2500)[0]

    with ThreadPoolExecutor(20) as callers:
        answers = sorted(callers.map(want, range(20)))
    assert answers == [201] + [409] * 19
    found = counter.client.get("/loyalty/balances?voucher=Gift1", headers={"Authorization": f"Bearer {KEY}"})
    assert said(found)[1] == {"available": 0, "held": 2500, "debt": 0}


def test_a_hold_times_out_by_the_clock_of_the_store(counter: Counter) -> None:
    _, hold = counter.ask("holds", card=CARD, amount=60)
    counter.now += timedelta(minutes=15)
    assert counter.points()["available"] == 100
    assert counter.ask("captures", hold=hold["hold"])[0] == 409


def test_the_same_key_with_the_same_request_is_one_effect_and_one_answer(counter: Counter) -> None:
    first = counter.ask("holds", "k", card=CARD, amount=60)
    assert counter.ask("holds", "k", card=CARD, amount=60) == first
    assert len(stored(counter.store, ledger_entry)) == 3
    refused = counter.ask("holds", "l", card=CARD, amount=60)
    assert refused[0] == 409
    counter.ask("releases", hold=first[1]["hold"])
    assert counter.ask("holds", "l", card=CARD, amount=60) == refused


@pytest.mark.parametrize("other", [{"amount": 61}, {"amount": 60, "order": {"source": "woocommerce", "id": "17"}}])
def test_a_key_that_stood_for_another_request_is_refused(counter: Counter, other: dict[str, Any]) -> None:
    counter.ask("holds", "k", card=CARD, amount=60)
    assert counter.ask("holds", "k", card=CARD, **other)[0] == 422
    assert counter.ask("releases", "k", hold="h")[0] == 422
    assert counter.points()["held"] == 60


def test_keys_of_two_clients_do_not_meet(counter: Counter) -> None:
    counter.ask("holds", "k", card=CARD, amount=60)
    headers = {"Authorization": "Bearer a key of the webshop", "Idempotency-Key": "k"}
    found = counter.client.post("/loyalty/holds", json={"card": CARD, "amount": 40}, headers=headers)
    assert found.status_code == 201


BAD: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "nobody": ("holds", {"customer": {"source": "till", "id": "zoe"}, "amount": 1}, 404, "unknown_holder"),
    "a card nobody has": ("holds", {"card": "1", "amount": 1}, 404, "unknown_holder"),
    "an unknown voucher": ("holds", {"voucher": "NO", "amount": 1}, 404, "unknown_holder"),
    "somebody without points": ("holds", {"customer": {"source": "till", "id": "bob"}, "amount": 1}, 409, "not_enough"),
    "too many": ("holds", {"card": CARD, "amount": 101}, 409, "not_enough"),
    "nothing": ("holds", {"card": CARD, "amount": 0}, 400, "bad_request"),
    "less than nothing": ("holds", {"card": CARD, "amount": -1}, 400, "bad_request"),
    "a part of a point": ("holds", {"card": CARD, "amount": 1.5}, 400, "bad_request"),
    "a number in quotes": ("holds", {"card": CARD, "amount": "5"}, 400, "bad_request"),
    "a huge number": ("holds", {"card": CARD, "amount": 10**30}, 400, "bad_request"),
    "no amount": ("holds", {"card": CARD}, 400, "bad_request"),
    "two holders": ("holds", {"card": CARD, "voucher": "GIFT1", "amount": 1}, 400, "bad_request"),
    "no holder": ("holds", {"amount": 1}, 400, "bad_request"),
    "an unknown key": ("holds", {"card": CARD, "amount": 1, "ann@example.nl": 1}, 400, "bad_request"),
    "a hold nobody made": ("captures", {"hold": "hub:hold:x"}, 404, "no_such_hold"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_its_answer_and_moves_nothing(counter: Counter, case: str) -> None:
    path, body, status, code = BAD[case]
    found = counter.ask(path, **body)
    assert (found[0], found[1]["code"]) == (status, code)
    assert "ann" not in found[1]["message"]
    assert counter.points() == {"available": 100, "held": 0, "debt": 0}


@pytest.mark.parametrize(
    ("headers", "data", "status"),
    [
        ({"Authorization": f"Bearer {KEY}", "Idempotency-Key": "k"}, b"{", 400),
        ({"Authorization": f"Bearer {KEY}", "Idempotency-Key": "k"}, b"[" * 20_000, 413),
        ({"Authorization": f"Bearer {KEY}"}, b"{}", 400),
        ({"Authorization": f"Bearer {KEY}", "Idempotency-Key": "k" * 300}, b"{}", 400),
        ({"Idempotency-Key": "k"}, b"{}", 401),
        ({"Authorization": "Bearer wrong", "Idempotency-Key": "k"}, b"{}", 401),
        ({"Authorization": f"Basic {KEY}", "Idempotency-Key": "k"}, b"{}", 401),
        ({"Authorization": f"Bearer {KEY.upper()}", "Idempotency-Key": "k"}, b"{}", 401),
        ({"Authorization": f"Bearer {KEY[:-1]}", "Idempotency-Key": "k"}, b"{}", 401),
    ],
)
def test_a_request_that_cannot_be_taken_is_refused(
    counter: Counter, headers: dict[str, str], data: bytes, status: int
) -> None:
    assert counter.client.post("/loyalty/holds", data=data, headers=headers).status_code == status


def test_paths_and_methods_that_are_not_there(counter: Counter) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    assert counter.client.get("/loyalty/holds", headers=headers).status_code == 405
    assert counter.client.get("/loyalty", headers=headers).status_code == 404
    assert counter.client.get("/health").status_code == 200


@pytest.mark.parametrize("said", ["", "till", "till=short", "Till=a key that is long", f"till={KEY},till={KEY}"])
def test_keys_that_cannot_be_read_are_one_line_without_a_key_in_it(said: str) -> None:
    with pytest.raises(StoreError) as refused:
        Keys.of(said)
    assert str(refused.value).startswith("ROTONDE_API_KEYS: ")
    assert "short" not in str(refused.value)
    assert KEY not in str(refused.value)
