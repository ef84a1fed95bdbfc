"""The code of an offer becomes a voucher of the till: so much off the next sale, while it is open."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.sandbox.tilroy import Tilroy
from plugins.wire.outbox import Row
from targets.tilroy.decisions import Unsendable, decision_of
from tests.targets.tilroy.till import ELS, deliver, vouchers


def offer(operation: Any = "add", **more: Any) -> Row:
    payload = {
        "kind": "offer", "code": "RTD0001", "customer": ELS, "percent": None, "minor": 500, "from_minor": None,
        "products": [], "currency": "EUR", "starts_on": "2026-03-10", "ends_on": "2026-04-10", "is_open": True, **more,
    }  # fmt: skip
    return Row(f"offer-{operation}", operation, "offer:7", payload)


def test_makes_a_voucher_that_takes_an_amount_off(till: Tilroy, config: dict[str, Any]) -> None:
    outbox = deliver(till, config, offer())
    assert {each.state for each in outbox.final.values()} == {"accepted"}
    (made,) = vouchers(till)
    assert (made["type"], made["amounts"]["full"], made["amounts"]["open"]) == ("nextsalediscount", 5.0, 5.0)
    assert made["customer"]["tilroyId"] == ELS


def test_what_is_over_has_nothing_left(till: Tilroy, config: dict[str, Any]) -> None:
    deliver(till, config, offer())
    deliver(till, config, offer(operation="change", is_open=False, customer=None))
    (made,) = vouchers(till)
    assert made["amounts"]["open"] == 0


@pytest.mark.parametrize(
    "more", [{"percent": 10, "minor": None}, {"from_minor": 2000}, {"products": ["1"]}, {"minor": 0}, {"code": "A B"},
             {"note": "x"}],
    ids=str,
)  # fmt: skip
def test_what_a_till_cannot_hold_is_not_sent(more: Any) -> None:
    with pytest.raises(Unsendable):
        decision_of(offer(**more))
