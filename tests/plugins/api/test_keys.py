"""What a key is for, and how often it may ask."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug.test import Client

from plugins.api.answers import Answer
from plugins.api.app import App
from plugins.api.desk import Desk
from plugins.api.keys import Keys
from plugins.api.pace import SECOND_NS, Pace, pace_of
from plugins.api.routes import Route
from plugins.rules.loyalty import Loyalty
from plugins.store.engine import Store, StoreError

KEY = "a key that is long"
PERSONS = Route("GET", "/persons", "Tell.", "person", ask=lambda call: Answer(200, {"who": call.caller.name}))


def client(store: Store, said: str, pace: Pace | None = None) -> Client:
    return Client(App(Desk(store, Loyalty()), Keys.of(said), [PERSONS], pace))


def get(store: Store, said: str, path: str = "/persons") -> tuple[int, Any]:
    found = client(store, said).get(path, headers={"Authorization": f"Bearer {KEY}"})
    return found.status_code, json.loads(found.data)


def test_a_key_without_scopes_is_for_loyalty_alone(sqlite_store: Store) -> None:
    assert get(sqlite_store, f"till={KEY}", "/loyalty/balances?card=1")[0] == 404
    status, told = get(sqlite_store, f"till={KEY}")
    assert (status, told["code"]) == (403, "no_scope")


def test_a_key_is_for_its_scopes_and_nothing_else(sqlite_store: Store) -> None:
    assert get(sqlite_store, f"shop:person+offers={KEY}") == (200, {"who": "shop"})
    status, told = get(sqlite_store, f"shop:person+offers={KEY}", "/loyalty/balances?card=1")
    assert (status, told["code"]) == (403, "no_scope")


@pytest.mark.parametrize("said", [f"till:={KEY}", f"till:everything={KEY}", f"till:person,offers={KEY}"])
def test_a_scope_that_is_not_there_is_refused_in_one_line(said: str) -> None:
    with pytest.raises(StoreError) as refused:
        Keys.of(said)
    assert str(refused.value).startswith("ROTONDE_API_KEYS: number 1")
    assert KEY not in str(refused.value)


def test_who_asks_too_often_is_told_when_to_go_on(sqlite_store: Store) -> None:
    now = [0]
    counter = client(sqlite_store, f"shop:person={KEY},app:person={KEY[::-1]}", Pace(1, lambda: now[0]))
    headers = {"Authorization": f"Bearer {KEY}"}
    said = [counter.get("/persons", headers=headers) for _ in range(5)]
    assert [each.status_code for each in said] == [200, 200, 200, 200, 429]
    assert said[-1].headers["Retry-After"] == "1"
    assert counter.get("/persons", headers={"Authorization": f"Bearer {KEY[::-1]}"}).status_code == 200
    now[0] += SECOND_NS
    assert counter.get("/persons", headers=headers).status_code == 200


@pytest.mark.parametrize("said", ["0", "-1", "often", "0.5", "9999999"])
def test_a_pace_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(StoreError, match="ROTONDE_API_PER_SECOND: "):
        pace_of(said)


def test_every_answer_is_kept_by_nobody(sqlite_store: Store) -> None:
    for path in ("/persons", "/health", "/nowhere"):
        assert client(sqlite_store, f"shop={KEY}").get(path).headers["Cache-Control"] == "no-store"
