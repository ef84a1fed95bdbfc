"""Events of tills, apps and doors at the API: each once, by itself, on record before it is answered."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from plugins.api.events import senders
from plugins.api.keys import Keys
from plugins.api.pace import Pace
from plugins.store.engine import Store, StoreError
from plugins.store.event_tables import sent_event, waiting_event
from tests.plugins.api.sending import (
    AGREED,
    AT,
    BOUGHT,
    CHECK_IN,
    KEY,
    PROVEN,
    TILL_KEY,
    App,
    registration,
)
from tests.plugins.api.serving import serving

ROOT = Path(__file__).parents[3]
CANARY = "kanarie@example.nl"


def test_l4_the_same_event_again_is_answered_as_before_and_means_nothing(app: App) -> None:
    assert [app.send(BOUGHT) for _ in range(3)] == [(202, {"id": "buy-1", "state": "taken", "left_out": []})] * 3
    assert len(app.waiting) == 1
    app.take_in()
    assert app.send(BOUGHT)[0] == 202
    assert app.waiting == []


def test_d6_an_id_that_stood_for_another_event_is_refused(app: App) -> None:
    app.send(BOUGHT)
    status, told = app.send({**BOUGHT, "total_minor": 1})
    assert (status, told["code"]) == (409, "other_event")
    _, several = app.send({**BOUGHT, "total_minor": 1}, CHECK_IN)
    assert [each["state"] for each in several["events"]] == ["refused", "taken"]
    assert json.loads(app.waiting[0]["body"])["total_minor"] == 4990


def test_of_many_at_once_with_one_id_one_is_kept(app: App) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: app.send(BOUGHT, CHECK_IN)[0], range(12)))
    assert answers == [202] * 12
    assert sorted(json.loads(row["body"])["id"] for row in app.waiting) == ["buy-1", "in-1"]


def deep(levels: int) -> Any:
    return [deep(levels - 1)] if levels else 1


BAD: dict[str, Any] = {
    "no object": 7,
    "no kind": {"id": "x", "at": AT},
    "an unknown key": {**CHECK_IN, CANARY: 1},
    "a time without an offset": {**CHECK_IN, "at": "2026-03-11T10:00:00"},
    "the far future": {**CHECK_IN, "at": "2099-01-01T00:00:00Z"},
    "money with a point": {**BOUGHT, "total_minor": 49.9},
    "money in quotes": {**BOUGHT, "total_minor": "4990"},
    "no lines": {**BOUGHT, "lines": []},
    "nobody's visit": {name: each for name, each in CHECK_IN.items() if name != "card"},
    "an address as a number": {**AGREED, "customer_id": CANARY},
    "a yes without words": {**AGREED, "consents": [{**PROVEN, "words": None}]},
    "a yes without an address": {**AGREED, "email": None},
    "an act that nobody declared": {**AGREED, "consents": [{**PROVEN, "channel": "sms"}]},
    "a deep hole": {**CHECK_IN, "place": deep(700)},
    "half a sign": {**CHECK_IN, "store_id": "\ud800"},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_d9_a_bad_event_is_answered_by_itself_and_stops_no_other(app: App, bad: Any) -> None:
    _, told = app.send(bad, CHECK_IN)
    refused, taken = told["events"]
    assert (refused["state"], taken["state"], len(app.waiting)) == ("refused", "taken", 1)
    assert refused["code"]
    assert app.send(bad)[0] == 400


def test_s5_what_is_wrong_is_said_without_what_was_sent(app: App, caplog: pytest.LogCaptureFixture) -> None:
    for bad in BAD.values():
        assert CANARY not in json.dumps(app.send(bad)[1]) + caplog.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"events": []}', b'{"events": 7}', b'{"events": [1], "x": 1}',
                                  b'{"a":' * 5000, b"\xff", b'{"at": NaN}'])  # fmt: skip
def test_what_is_no_event_at_all_is_refused(app: App, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    assert app.shop.client.post("/events", data=body, headers=headers).status_code == 400
    assert app.waiting == []


def test_more_than_may_come_at_once_is_refused_whole(app: App) -> None:
    many = [{**CHECK_IN, "id": f"in-{number}"} for number in range(101)]
    assert app.send(*many)[0] == 400
    assert app.send(*many[1:])[0] == 202
    assert app.send({**CHECK_IN, "place": "x" * 500_000})[0] == 413


def test_a_key_that_is_not_for_events_or_asks_too_often_is_held(app: App) -> None:
    assert app.send(CHECK_IN, key=TILL_KEY)[0] == 403
    assert app.send(CHECK_IN, key="nobody's")[0] == 401
    app.api.pace = Pace(1, clock_ns=lambda: 0)
    assert [app.send(CHECK_IN)[0] for _ in range(5)] == [202] * 4 + [429]


def test_a_sender_may_not_have_the_name_of_a_connection_that_is_read() -> None:
    keys = Keys({"tilroy": KEY}, {"tilroy": frozenset({"events"})})
    with pytest.raises(StoreError, match="'tilroy' is a connection that is read; give who sends events a name"):
        senders(keys)
    assert senders(Keys({"tilroy": KEY})) == {}


def test_a_token_registers_one_person_and_is_not_kept(app: App) -> None:
    token, registered = registration(app)
    assert app.send({**registered, "id": "qr-0", "token": token[:-2]})[1]["code"] == "dead_link"
    assert [app.send(registered)[0] for _ in range(2)] == [202, 202]
    for _ in range(2):
        status, told = app.send({**registered, "id": "qr-2", "customer_id": "other"})
        assert (status, told["code"]) == (409, "claimed")
    assert token not in json.dumps(app.waiting)


@pytest.fixture
def served(sqlite_store: Store) -> Iterator[tuple[subprocess.Popen[str], str]]:
    settings = {"ROTONDE_API_KEYS": f"door:events={KEY}", "ROTONDE_API_PER_SECOND": "100000"}
    with serving(sqlite_store, settings) as (process, url):
        yield process, url


def test_s8_what_was_answered_is_on_record_once_after_kill_9(
    served: tuple[subprocess.Popen[str], str], sqlite_store: Store
) -> None:
    process, url = served
    answered: list[str] = []

    def send(first: int) -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {KEY}"
            for number in range(first, first + 10_000):
                events = [{**CHECK_IN, "id": f"in-{number}"}, {**CHECK_IN, "id": f"again-{number // 2}"}]
                try:
                    answer = session.post(f"{url}/events", json={"events": events}, timeout=5)
                except requests.RequestException:
                    return
                answered.extend(each["id"] for each in answer.json()["events"])

    with ThreadPoolExecutor(4) as pool:
        for lane in range(4):
            pool.submit(send, lane * 10_000)
        until = time.monotonic() + 60
        while len(answered) < 400 and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    with sqlite_store.reading() as connection:
        known = set(connection.execute(select(sent_event.c.id)).scalars())
        waits = [json.loads(body)["id"] for body in connection.execute(select(waiting_event.c.body)).scalars()]
    assert len(answered) >= 400
    assert {*answered} <= known
    assert sorted(waits) == sorted(known)
