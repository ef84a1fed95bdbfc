"""The calls that write, and what their answers say of each row."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugins.wire.outbox import Build, Call, Outcome, Row
from targets.channable.payloads import Stock

NOT_NAMED = Outcome("unknown", "the answer does not name it")
UNSENT = Call("NONE", "", b"")
"""Stands in the journal for a row that was settled without a call."""
LONGEST_REASON = 100


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of call: how it is made of rows, and what its answer says of one."""

    build: Build
    judge: Callable[[Any, Row], Outcome]


def update(payloads: Mapping[str, Stock]) -> Step:
    """Say how many there are of items, whose payloads are given by row; of one that comes twice the last counts."""

    def build(rows: Sequence[Row]) -> Call:
        return call("/stock_updates", list(items_of(rows, payloads).values()))

    def judge(answer: Any, row: Row) -> Outcome:
        content = answer.get("content") if isinstance(answer, dict) else None
        items = content if isinstance(content, list) else []
        sku = payloads[row.key].sku
        return judged(next((each for each in items if isinstance(each, dict) and each.get("id") == sku), None))

    return Step(build, judge)


def items_of(rows: Sequence[Row], payloads: Mapping[str, Stock]) -> dict[str, dict[str, Any]]:
    """Return the items of a call by sku, in its order."""
    return {each.sku: each.item() for each in (payloads[row.key] for row in rows)}


def call(path: str, body: Any) -> Call:
    """Return a call that writes JSON."""
    return Call("POST", path, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def judged(said: Mapping[str, Any] | None, *, tells: bool = True) -> Outcome:
    """Return what an item says: HTTP 200 does not mean that it was taken. `tells`: its words name no person."""
    status = said.get("status") if said else None
    if status == "success":
        return Outcome("accepted")
    if status == "warning":
        return Outcome("accepted", "taken with a warning")
    if status == "error":
        words = str(said.get("message") or "")[:LONGEST_REASON] if said and tells else ""
        return Outcome("rejected", words or "refused")
    return NOT_NAMED
