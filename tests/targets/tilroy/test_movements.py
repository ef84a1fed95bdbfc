"""Points have an effect each time they are sent: what is sent again, and what an answer must say."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from plugins.sandbox.tilroy import Tilroy
from tests.targets.tilroy.till import JAN, balance, deliver, movement

REDEEM = "/voucherapi/production/loyalty/redeem"


@pytest.mark.parametrize(("points", "left"), [(25, 145), (-25, 95)])
def test_the_number_of_the_movement_is_the_reason(till: Tilroy, config: dict[str, Any], points: int, left: int):
    outbox = deliver(till, config, movement(points))
    assert (outbox.states["m"], outbox.reasons["m"], balance(till)) == ("accepted", "movement 42", left)


@pytest.mark.parametrize("points", [25, -25])
@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"status": 504}, {"status": 408},
                                   {"reset": "after"}, {"reset": "before"}, {"cut_at": 9}])  # fmt: skip
def test_an_answer_that_is_lost_is_unknown_and_not_sent_again(
    till: Tilroy, config: dict[str, Any], points: int, fault: dict[str, Any]
):
    till.faults.add(match="POST", **fault)
    outbox = deliver(till, config, movement(points), movement(5, "next", JAN))
    assert outbox.states == {"m": "unknown", "next": "accepted"}
    assert balance(till) in (120, 120 + points)


@pytest.mark.parametrize("points", [25, -25])
def test_tries_again_when_throttled(till: Tilroy, config: dict[str, Any], points: int):
    till.faults.add(match="POST", status=429, times=2)
    assert deliver(till, config, movement(points)).states == {"m": "accepted"}
    assert balance(till) == 120 + points


ODD: list[tuple[Any, str, str]] = [
    ([{"tilroyId": 7.0, "points": -20}, {"tilroyId": "8", "points": "-5"}], "accepted", "movement 7 8"),
    ([{"tilroyId": "65f0-a1", "points": 25}], "accepted", "movement 65f0-a1"),
    ([{"tilroyId": "7", "points": -20}], "unknown", "an answer about other points"),
    ([], "unknown", "an answer about other points"),
    ([{"tilroyId": None, "points": -25}], "unknown", "a movement without a number, or without points"),
    ([{"tilroyId": "7", "points": "NaN"}], "unknown", "a movement without a number, or without points"),
    ([{"points": -25}], "unknown", "a movement of another shape"),
    ([{"tilroyId": "NA", "points": -25}], "unknown", "a movement without a number, or without points"),
    ({"code": "InternalError", "message": "Els"}, "unknown", "HTTP 200 with an error in it"),
]


@pytest.mark.parametrize(("answer", "state", "reason"), ODD, ids=[f"{at}:{row[1]}" for at, row in enumerate(ODD)])
@responses.activate
def test_an_answer_counts_only_when_it_names_the_movement(
    till: Tilroy, config: dict[str, Any], answer: Any, state: str, reason: str
):
    responses.post(f"{config['api_url']}{REDEEM}", json=answer)
    outcome = deliver(till, config, movement(-25)).final["m"]
    assert (outcome.state, outcome.reason) == (state, reason)
