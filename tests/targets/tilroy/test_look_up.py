"""A movement whose answer was lost: found, sent after all, or left to a person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
import responses

from plugins.sandbox.tilroy import Tilroy
from plugins.wire.outbox import Row
from tests.plugins.sandbox.tilroy.shop_floor import NOW, Clock
from tests.targets.tilroy.till import balance, deliver, movement, went

HISTORY = "/voucherapi/production/v2/loyalty/points"
POINTS = "/voucherapi/production/loyalty/points"
SENT_AT = "2026-03-10T12:00:00+00:00"


def again(points: int, known: Iterable[str] = ()) -> Row:
    """The same decision once more, after an answer was lost."""
    return movement(points, "again", since=SENT_AT, known=list(known))


def later(till: Tilroy, seconds: float) -> None:
    assert isinstance(till.clock, Clock)
    till.clock.pass_by(seconds)


@pytest.mark.parametrize("points", [25, -25])
def test_what_did_happen_is_found_and_not_sent(till: Tilroy, config: dict[str, Any], points: int):
    till.faults.add(match="POST", reset="after")
    deliver(till, config, movement(points))
    later(till, 3600)
    outbox = deliver(till, config, again(points))
    assert (outbox.states["again"], outbox.reasons["again"]) == ("accepted", "movement 42")
    assert (balance(till), len(went(till))) == (120 + points, 1)
    assert all(fixed.call and fixed.call.method == "GET" for fixed in outbox.calls)


@pytest.mark.parametrize("points", [25, -25])
def test_what_did_not_happen_is_sent(till: Tilroy, config: dict[str, Any], points: int):
    till.faults.add(match="POST", status=500)
    deliver(till, config, movement(points))
    outbox = deliver(till, config, again(points))
    assert (outbox.reasons["again"], balance(till)) == ("movement 42", 120 + points)
    assert [call.method for call in till.calls] == ["GET", "POST", "GET"]


def test_a_movement_that_is_accounted_for_is_another_one(till: Tilroy, config: dict[str, Any]):
    deliver(till, config, movement(-25))
    assert deliver(till, config, again(-25, known=["42"])).reasons["again"] == "movement 43"


def test_two_decisions_are_never_one_movement(till: Tilroy, config: dict[str, Any]):
    deliver(till, config, movement(-25))
    rows = [again(-25), movement(-25, "other", since=SENT_AT, known=[])]
    assert deliver(till, config, *rows).reasons == {"again": "movement 42", "other": "movement 43"}
    rows = [movement(-25, "new"), movement(-25, "late", since=SENT_AT, known=["42", "43"])]
    assert deliver(till, config, *rows).reasons == {"new": "movement 44", "late": "movement 45"}


@pytest.mark.parametrize("made", [(-25, -25), (-20, -5)], ids=["twice", "in parts"])
def test_where_several_fit_a_person_must_look(till: Tilroy, config: dict[str, Any], made: tuple[int, int]):
    deliver(till, config, *(movement(points, f"m{at}") for at, points in enumerate(made)))
    outbox = deliver(till, config, again(-25))
    assert outbox.states["again"] == "unknown"
    assert outbox.reasons["again"] == "several movements fit: a person must look"
    assert len(went(till)) == 2


def test_a_movement_of_the_same_morning_is_not_ours(till: Tilroy, config: dict[str, Any]):
    deliver(till, config, movement(-25))
    later(till, 3600)
    since = (NOW + timedelta(hours=1)).isoformat()
    outbox = deliver(till, config, movement(-25, "again", since=since, known=[]))
    assert (outbox.reasons["again"], balance(till)) == ("movement 43", 70)


def test_a_till_whose_clock_is_ten_minutes_slow_is_still_found(till: Tilroy, config: dict[str, Any]):
    deliver(till, config, movement(-25))
    since = (NOW + timedelta(minutes=10)).isoformat()
    assert deliver(till, config, movement(-25, "again", since=since, known=[])).reasons["again"] == "movement 42"


def test_the_history_is_read_to_its_end(till: Tilroy, config: dict[str, Any]):
    deliver(till, config, *(movement(1, f"m{at}") for at in range(101)), movement(7, "last"))
    assert deliver(till, config, again(7)).reasons["again"] == "movement 143"
    assert [call.query.split("page=")[1] for call in till.calls if call.method == "GET"] == [
        f"{page}&count=100" for page in (1, 2, 3)
    ]


@pytest.mark.parametrize("fault", [{"status": 503, "times": 3}, {"reset": "before"}, {"status": 400}])
def test_nothing_is_sent_when_the_look_up_fails(till: Tilroy, config: dict[str, Any], fault: dict[str, Any]):
    till.faults.add(match="GET", **fault)
    assert deliver(till, config, again(-25)).states == {"again": "unknown"}
    assert went(till) == []


@responses.activate
def test_a_customer_without_points_has_no_history(till: Tilroy, config: dict[str, Any]):
    responses.get(f"{config['api_url']}{HISTORY}", status=404, json={"code": "NotFound", "message": "no points"})
    responses.post(f"{config['api_url']}{POINTS}", json={"tilroyId": "7", "points": "25.0"}, status=201)
    assert deliver(till, config, again(25)).reasons["again"] == "movement 7"
