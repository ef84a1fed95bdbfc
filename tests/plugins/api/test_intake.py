"""Deliveries are verified, kept once with what follows from them, and only then answered."""

from __future__ import annotations

import base64
import hashlib
import hmac
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
from werkzeug.test import Client

from plugins.api.intake import Intake, receivers
from plugins.store.engine import Store, StoreError
from plugins.store.knock_tables import duty, knock, taken
from tests.making import stored
from tests.plugins.api.serving import serving

SECRET = "shpss_" + "7e" * 16
CANARY = "canary.piet@example.org"
ROOT = Path(__file__).parents[3]
TOKEN = "what we chose for Meta"
SETTINGS = {
    "ROTONDE_WEBHOOK_SHOPIFY_SECRET": SECRET,
    "ROTONDE_WEBHOOK_MAILCHIMP_PATH": "d5Wm0vQh3kXo2bTz9LrJ1A",
    "ROTONDE_WEBHOOK_META_SECRET": "the secret of the app",
    "ROTONDE_WEBHOOK_META_TOKEN": TOKEN,
}


@pytest.fixture
def client(store: Store) -> Client:
    return Client(Intake(store, receivers(SETTINGS)))


def headers(body: bytes, number: str = "1", topic: str = "customers/update", secret: str = SECRET) -> dict[str, str]:
    mac = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return {"X-Shopify-Hmac-Sha256": mac, "X-Shopify-Webhook-Id": number, "X-Shopify-Topic": topic}


def told(number: str = "1", topic: str = "customers/update", **said: Any) -> dict[str, Any]:
    body = json.dumps({"id": 42, "email": CANARY, **said}).encode()
    return {"data": body, "headers": headers(body, number, topic)}


def test_s8_a_delivery_is_on_record_before_it_is_answered_and_once(client: Client, store: Store) -> None:
    assert [client.post("/webhooks/shopify", **told()).status_code for _ in range(3)] == [200, 200, 200]
    (row,) = stored(store, knock)
    assert (row["connection"], row["stream"], row["found_by"], row["key"]) == (
        "shopify", "customers", "id", "gid://shopify/Customer/42"
    )  # fmt: skip
    assert [each["delivery"] for each in stored(store, taken)] == ["shopify 1"]


def test_s9_what_nobody_signed_is_refused_and_nothing_is_kept(client: Client, store: Store) -> None:
    body = b'{"id": 42}'
    for wrong in ({}, headers(body, secret="x" * 20), headers(b"other")):
        answer = client.post("/webhooks/shopify", data=body, headers=wrong)
        assert (answer.status_code, answer.data) == (401, b"")
    assert stored(store, knock) == stored(store, taken) == []


def test_a_connection_without_a_secret_takes_nothing(client: Client) -> None:
    assert client.post("/webhooks/woocommerce", data=b"{}").status_code == 404
    assert client.post("/webhooks/", data=b"{}").status_code == 404


def test_a_secret_in_the_address_lets_in_who_knows_it(client: Client, store: Store) -> None:
    form = {"type": "unsubscribe", "fired_at": "2026-11-20 10:00:00", "data[email]": CANARY}
    assert client.get("/webhooks/mailchimp/d5Wm0vQh3kXo2bTz9LrJ1A").status_code == 200
    assert client.post("/webhooks/mailchimp/d5Wm0vQh3kXo2bTz9LrJ1B", data=form).status_code == 401
    assert client.post("/webhooks/mailchimp/d5Wm0vQh3kXo2bTz9LrJ1A", data=form).status_code == 200
    assert [row["found_by"] for row in stored(store, knock)] == ["email_address"]


def test_a_vendor_that_tries_the_address_gets_its_word_back(client: Client) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": TOKEN}
    answer = client.get("/webhooks/meta", query_string=asked)
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "1158201444")
    wrong = client.get("/webhooks/meta", query_string={**asked, "hub.verify_token": "another"})
    assert (wrong.status_code, wrong.data) == (403, b"")


def test_what_a_person_must_act_on_is_kept_with_its_day(client: Client, store: Store) -> None:
    asked = told("9", "customers/redact", customer={"id": 7})
    assert client.post("/webhooks/shopify", **asked).status_code == 200
    assert [(row["topic"], len(row["until"])) for row in stored(store, duty)] == [("customers/redact", 10)]


def test_s5_nothing_that_was_sent_is_in_an_answer_or_in_the_log(
    client: Client, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    with store.writing() as connection:
        knock.drop(connection)
    answer = client.post("/webhooks/shopify", **told())
    assert answer.status_code in (500, 503)
    assert CANARY not in answer.get_data(as_text=True) + caplog.text
    assert stored(store, taken) == []  # the vendor tells again


def test_a_secret_that_is_too_short_is_said_with_its_setting() -> None:
    with pytest.raises(StoreError, match=r"^ROTONDE_WEBHOOK_SHOPIFY_…: webhook: a secret is too short"):
        receivers({"ROTONDE_WEBHOOK_SHOPIFY_SECRET": "short"})


@pytest.fixture
def served(sqlite_store: Store) -> Iterator[tuple[subprocess.Popen[str], str]]:
    settings = {**SETTINGS, "ROTONDE_API_KEYS": "till=0123456789abcdef0123"}
    with serving(sqlite_store, settings) as (process, url):
        yield process, url


def test_d2_whatever_was_answered_is_there_after_kill_9(
    served: tuple[subprocess.Popen[str], str], sqlite_store: Store
) -> None:
    process, url = served
    answered: set[str] = set()

    def knock_on(first: int) -> None:
        with requests.Session() as session:
            for number in range(first, first + 10_000):
                asked = told(str(number))
                try:
                    answer = session.post(f"{url}/webhooks/shopify", timeout=5, **asked)
                except requests.RequestException:
                    return
                if answer.status_code == 200:
                    answered.add(f"shopify {number}")

    with ThreadPoolExecutor(4) as pool:
        for lane in range(4):
            pool.submit(knock_on, lane * 10_000)
        until = time.monotonic() + 60
        while len(answered) < 200 and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    with sqlite_store.reading() as connection:
        kept = set(connection.execute(select(taken.c.delivery)).scalars())
        rows = connection.execute(select(knock.c.n)).all()
    assert len(answered) >= 200
    assert answered <= kept
    assert len(rows) == len(kept)
