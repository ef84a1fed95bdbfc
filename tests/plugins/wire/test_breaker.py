"""What a vendor that refuses everybody costs: on a clock that only waiting moves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
import responses

from plugins.wire.breaker import Breaker
from plugins.wire.outbox import Call
from plugins.wire.retry import HopelessError
from plugins.wire.sending import LostError, Sender

URL = "https://api.vendor.example"
CALL = Call("POST", "/members", b"{}")
HOUR = 3600.0


@dataclass
class Vendor:
    """A vendor with bad hours; each call takes it half a second."""

    bad: tuple[tuple[float, float], ...] = ()
    """From when to when it refuses everybody."""
    every: int = 0
    """Of how many calls one fails."""
    retry_after: str = ""
    now: float = 0.0
    at: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def answer(self, _request: object) -> tuple[int, dict[str, str], str]:
        self.now += 0.5
        self.at.append(self.now)
        is_bad = any(start <= self.now < end for start, end in self.bad)
        if is_bad or (self.every and len(self.at) % self.every == 0):
            self.refused.append(self.now)
            return 429, {"Retry-After": self.retry_after} if self.retry_after else {}, "{}"
        return 200, {}, json.dumps({"fine": True})


def sender(vendor: Vendor, **config: object) -> Sender:
    made = Sender(URL, {"max_tries": 6, "backoff_seconds": 1, "patience_seconds": 3 * HOUR, **config})
    made.breaker.sleep, made.breaker.clock = vendor.sleep, lambda: vendor.now
    return made


@pytest.fixture(autouse=True)
def played() -> responses.RequestsMock:
    with responses.RequestsMock() as mock:
        yield mock


def push(vendor: Vendor, mock: responses.RequestsMock, calls: int, **config: object) -> Sender:
    mock.add_callback(responses.POST, f"{URL}/members", vendor.answer)
    made = sender(vendor, **config)
    for _ in range(calls):
        assert made.send(CALL) == {"fine": True}
    return made


def test_a_storm_of_two_hours_costs_at_most_a_tenth_more_calls(played: responses.RequestsMock) -> None:
    vendor = Vendor(bad=((30.0, 30.0 + 2 * HOUR),))
    push(vendor, played, 200)
    assert len(vendor.refused) <= 20
    assert len(vendor.at) == 200 + len(vendor.refused)


def test_d14_asks_a_vendor_that_refuses_everybody_once_in_an_interval(played: responses.RequestsMock) -> None:
    vendor = Vendor(bad=((30.0, 30.0 + 2 * HOUR),))
    push(vendor, played, 200)
    probes = vendor.refused[6:]
    assert probes
    assert min(later - before for before, later in pairwise(probes)) >= 60


def test_d14_tries_at_most_one_call_in_ten_again(played: responses.RequestsMock) -> None:
    vendor = Vendor(every=3)
    push(vendor, played, 400)
    assert len(vendor.at) - 400 == len(vendor.refused)
    at_once = [at for at in vendor.refused if any(0 < later - at < 60 for later in vendor.at)]
    assert len(at_once) - 10 <= 0.1 * 400


@pytest.mark.parametrize("asked", ["90", "1200", "3500"])
def test_d15_never_asks_sooner_than_the_vendor_said(played: responses.RequestsMock, asked: str) -> None:
    vendor = Vendor(bad=((3.0, 2 * HOUR),), retry_after=asked)
    push(vendor, played, 10)
    for refused in vendor.refused:
        assert min(at - refused for at in vendor.at if at > refused) >= int(asked)


def test_d15_waits_no_longer_than_an_hour_whatever_the_vendor_says(played: responses.RequestsMock) -> None:
    vendor = Vendor(bad=((3.0, 100.0),), retry_after=str(10**9))
    push(vendor, played, 10)
    assert vendor.now < HOUR + 60


def test_gives_up_when_it_waited_long_enough_and_asks_nothing_more(played: responses.RequestsMock) -> None:
    played.add_callback(responses.POST, f"{URL}/members", (vendor := Vendor(bad=((0.0, 99 * HOUR),))).answer)
    made = sender(vendor, patience_seconds=900)
    with pytest.raises(LostError):
        made.send(CALL)
    asked = len(vendor.at)
    with pytest.raises(HopelessError, match="run again later"):
        made.send(CALL)
    assert len(vendor.at) == asked
    assert vendor.now <= 900 + 130


def test_without_patience_each_call_is_tried_for_itself(played: responses.RequestsMock) -> None:
    played.add_callback(responses.POST, f"{URL}/members", (vendor := Vendor(bad=((0.0, HOUR),))).answer)
    made = sender(vendor, patience_seconds=0, max_tries=2, backoff_seconds=0)
    for _ in range(2):
        with pytest.raises(LostError):
            made.send(CALL)
    assert len(vendor.at) == 4


def test_a_vendor_that_answers_again_is_asked_as_before() -> None:
    breaker = Breaker(patience_seconds=HOUR, sleep=lambda _: None, clock=lambda: 0.0)
    assert breaker.waits(None)
    assert breaker.tries(6) == 1
    breaker.answered()
    assert breaker.tries(6) == 6
