"""Making rows ready while a call is under way: nothing else differs, neither what is sent nor what is recorded."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.wire.audience_steps import Entry, Step
from plugins.wire.audiences import AudienceDelivery, Said
from plugins.wire.outbox import Build, Call, Fixed, Outcome, PlainOutbox, Row
from plugins.wire.retry import HopelessError, RefusedError
from tests.targets.kept import Kept


@dataclass
class Platform:
    """Refuses a call in which somebody is bad; stops at one that nobody may make."""

    size: int = 3
    together: int = 1
    calls: list[tuple[Step, tuple[Entry, ...]]] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)

    def known(self, row: Row) -> str | None:
        return row.wire_id if "nobody" not in row.wire_id else None

    def everywhere(self) -> Sequence[str]:
        return ("gold", "silver")

    def ready(self, audiences: Sequence[str]) -> Mapping[str, str]:
        return {name: "flagged" for name in audiences if name == "flagged"}

    def call(self, step: Step, entries: Sequence[Entry]) -> Call:
        return Call("POST", repr((step, tuple(entries))), b"{}")

    def send(self, call: Call) -> Any:
        step, entries = eval(call.path, {"Step": Step})  # noqa: S307 - what `call` has written
        self.calls.append((step, entries))
        self.threads.add(threading.current_thread().name)
        if any(known.startswith("stop") for known, _ in entries):
            raise HopelessError("the key is refused")
        if any(known.startswith("bad") for known, _ in entries):
            raise RefusedError("code 100", 400)
        return {}

    def said(self, answer: Any, entries: Sequence[Entry]) -> Said:
        return Said()

    def became(self, receipt: str) -> Outcome | None:
        return Outcome("accepted")


class Watched(Kept):
    """Remembers in which order calls are put on record, and their answers."""

    def __init__(self) -> None:
        super().__init__()
        self.order: list[tuple[str, str]] = []

    def fix(self, rows: Sequence[Row], build: Build) -> Fixed:
        fixed = super().fix(rows, build)
        self.order.append(("fixed", fixed.key))
        return fixed

    def answered(self, key: str, outcomes: Mapping[str, Outcome], receipt: str = "") -> None:
        super().answered(key, outcomes, receipt)
        if key:
            self.order.append(("answered", key))


def delivered(batches: Iterable[Sequence[Row]], *, ahead: bool) -> tuple[Platform, Watched, AudienceDelivery]:
    platform, outbox = Platform(), Watched()
    delivery = AudienceDelivery(platform, outbox, is_ahead=ahead)
    for rows in batches:
        delivery.deliver(rows)
    delivery.finish()
    return platform, outbox, delivery


AUDIENCES = st.lists(st.sampled_from(["gold", "silver", "flagged"]), unique=True, max_size=2)
PEOPLE = st.sampled_from(["ann", "ben", "cis", "dot", "eve", "bad", "nobody"])
DECIDED = st.tuples(
    PEOPLE, st.sampled_from(["add", "change", "remove", "erase"]), AUDIENCES, AUDIENCES, st.lists(PEOPLE, max_size=2)
)


def rows_of(decided: Sequence[tuple[str, Any, list[str], list[str], list[str]]]) -> list[Row]:
    return [
        Row(f"k{number}", operation, f"{name}@example.org", {"tags_on": on, "tags_off": off, "sent": sent})
        for number, (name, operation, on, off, sent) in enumerate(decided)
    ]


@given(st.lists(DECIDED, max_size=25), st.integers(1, 7))
def test_going_ahead_makes_the_same_calls_with_the_same_outcomes(decided: list[Any], size: int) -> None:
    rows = rows_of(decided)
    batches = [rows[first : first + size] for first in range(0, len(rows), size)]
    slow, kept, one = delivered(batches, ahead=False)
    fast, watched, other = delivered(batches, ahead=True)
    assert fast.calls == slow.calls
    assert (watched.final, watched.order) == (kept.final, kept.order)
    assert (other.counts, other.reasons) == (one.counts, one.reasons)
    assert not other.is_calling


def adds(*names: str) -> list[Row]:
    return [Row(name, "add", f"{name}@example.org", {"tags_on": ["gold"]}) for name in names]


def test_d3_the_answer_of_a_call_is_recorded_before_the_next_is_put_on_record() -> None:
    platform, outbox, _ = delivered([adds("a", "b", "c", "d"), adds("e", "f")], ahead=True)
    assert outbox.order == [(what, key) for key in "123" for what in ("fixed", "answered")]
    assert platform.threads != {threading.current_thread().name}


def test_a_call_is_under_way_until_somebody_finishes_it() -> None:
    platform, outbox = Platform(), Watched()
    delivery = AudienceDelivery(platform, outbox, is_ahead=True)
    delivery.deliver(adds("a"))
    assert (delivery.is_calling, outbox.states) == (True, {})
    delivery.finish()
    assert (delivery.is_calling, outbox.states) == (False, {"a": "accepted"})


def test_a_key_that_is_refused_ends_the_run_where_the_answer_is_looked_at() -> None:
    delivery = AudienceDelivery(Platform(), outbox := Watched(), is_ahead=True)
    delivery.deliver(adds("stop"))
    with pytest.raises(HopelessError):
        delivery.deliver(adds("a"))
    assert (delivery.is_calling, outbox.states) == (False, {"stop": "unknown"})


def test_alone_a_delivery_leaves_nothing_under_way() -> None:
    delivery = AudienceDelivery(Platform(), PlainOutbox())
    delivery.deliver(adds("a"))
    assert not delivery.is_calling
