"""A message reaches its address, or waits; an address is a secret, and nobody else is spoken to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from plugins.alerts.looking import Looked, settle
from plugins.alerts.sight import Amiss
from plugins.alerts.telling import by_apprise
from plugins.rules.alerts import Alerts
from plugins.store.engine import Store
from tests.plugins.alerts.conftest import ELSEWHERE, TOKEN, Receiver
from tests.road.stage import MORNING

BROKEN = Amiss("credential_refused", "till", MORNING, "its key is refused in ingest-till", "renew the key")


def look(store: Store, rules: Alerts, number: int, found: list[Amiss]) -> Looked:
    return settle(store, rules, found, MORNING + timedelta(minutes=5 * number))


def test_a_message_says_what_is_wrong_since_when_and_what_to_do(
    sqlite_store: Store, routed: Alerts, receiver: Receiver
) -> None:
    for number in range(4):
        look(sqlite_store, routed, number, [BROKEN] if number < 2 else [])
    begun, over = receiver.got
    assert begun["title"] == "key refused: till"
    assert begun["message"] == ("till: its key is refused in ingest-till (since 2026-03-02 10:00); renew the key")
    assert over["title"] == "Over: key refused: till"
    assert over["message"] == "till: over since 2026-03-02 10:15; nothing more to do"


def test_what_cannot_be_delivered_is_tried_at_every_look_until_it_is(
    sqlite_store: Store, routed: Alerts, receiver: Receiver
) -> None:
    receiver.status = 503
    looked = [look(sqlite_store, routed, number, [BROKEN]) for number in range(3)]
    assert [each.told.waiting for each in looked] == [0, 1, 1]
    assert "check ALERTS_OPERATIONS with 'rotonde alerts test operations'" in looked[-1].told.failed[0]
    receiver.status = 200
    assert look(sqlite_store, routed, 3, [BROKEN]).told.delivered == 1
    assert look(sqlite_store, routed, 4, [BROKEN]).told.delivered == 0
    assert receiver.titles == ["key refused: till"]


def test_a_route_whose_variable_is_not_set_waits_and_says_so(
    sqlite_store: Store, routed: Alerts, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ALERTS_OPERATIONS")
    looked = [look(sqlite_store, routed, number, [BROKEN]) for number in range(2)]
    assert looked[-1].told.failed == [
        "alerts: route operations: ALERTS_OPERATIONS is not set; set it to an Apprise address"
    ]
    monkeypatch.setenv("ALERTS_OPERATIONS", receiver.address)
    assert look(sqlite_store, routed, 2, [BROKEN]).told.delivered == 1


def test_s16_no_other_host_is_spoken_to_than_the_one_that_was_named(receiver: Receiver) -> None:
    receiver.status, receiver.location = 307, f"http://127.0.0.1:{receiver.port}{ELSEWHERE}"
    assert not by_apprise(receiver.address, "title", "text")
    assert receiver.got == []


@pytest.fixture
def loudest() -> Iterator[None]:
    before = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    yield
    logging.getLogger().setLevel(before)


@pytest.mark.parametrize("status", [200, 500])
def test_s1_an_address_stands_in_no_log_and_no_error(
    sqlite_store: Store, routed: Alerts, receiver: Receiver, status: int, loudest: None,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    receiver.status = status
    looked = [look(sqlite_store, routed, number, [BROKEN]) for number in range(2)]
    said = caplog.text + repr(looked) + "".join(capfd.readouterr())
    assert TOKEN not in said
    assert TOKEN.encode() not in sqlite_store.path.read_bytes()


@pytest.mark.parametrize("address", ["no-address", "bogus://x", "json://", "http://["])
def test_what_is_no_address_is_not_delivered_and_breaks_nothing(address: str) -> None:
    assert not by_apprise(address, "title", "text")
