"""Rows of several kinds at one destination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from plugins.wire.kinds import AUDIENCE, ByKind
from plugins.wire.outbox import Call, Outcome, PlainOutbox, Row, Staged
from plugins.wire.recording import Recorded, Step
from plugins.wire.retry import RefusedError
from plugins.wire.sending import Sender
from plugins.wire.staging import settle
from tests.targets.kept import Kept


@dataclass
class Vendor(Sender):
    """Refuses every call that has a bad row in it."""

    calls: list[list[str]] = field(default_factory=list)

    def __init__(self) -> None:
        super().__init__("https://vendor.example", {})
        self.calls = []

    @override
    def send(self, call: Call) -> Any:
        names = call.body.decode().split()
        self.calls.append(names)
        if any(each.startswith("bad") for each in names):
            raise RefusedError("code 1", 400)
        return names


class Goods(Recorded[Vendor]):
    """Carries items, three in a call."""

    receipt = ""

    def deliver(self, rows: Sequence[Row]) -> None:
        state = "staged" if self.receipt else "accepted"
        step = Step(_build, lambda _answer, _row: Outcome(state), receipt=lambda _: self.receipt)  # type: ignore[arg-type]
        self.carry(lambda _: step, rows, size=3)


def _build(rows: Sequence[Row]) -> Call:
    return Call("POST", "/items", " ".join(row.key for row in rows).encode())


def item(key: str) -> Row:
    return Row(key, "add", f"item:{key}", {"kind": "item"})


def goods(outbox: PlainOutbox, vendor: Vendor | None = None) -> Goods:
    return Goods(vendor or Vendor(), outbox)


def test_a_bad_row_is_found_by_halves_and_the_others_arrive() -> None:
    outbox, vendor = Kept(), Vendor()
    goods(outbox, vendor).deliver([item(each) for each in ("a", "bad", "c", "d")])
    assert outbox.states == {"a": "accepted", "bad": "rejected", "c": "accepted", "d": "accepted"}
    assert vendor.calls == [["a", "bad", "c"], ["a", "bad"], ["a"], ["bad"], ["c"], ["d"]]


def test_each_kind_is_carried_its_own_way_in_the_order_of_the_carriers() -> None:
    outbox = Kept()
    people, things = Vendor(), Vendor()
    delivery = ByKind(outbox, {AUDIENCE: goods(outbox, people), "item": goods(outbox, things)})
    delivery.deliver([item("a"), Row("ann", "add", "ann@example.org")])
    assert (people.calls, things.calls) == ([["ann"]], [["a"]])
    assert [row.key for fixed in outbox.calls for row in fixed.rows] == ["ann", "a"]
    assert delivery.counts == {"accepted": 2}
    assert not delivery.is_calling


def test_a_kind_that_nobody_carries_is_rejected_and_the_rest_goes_on() -> None:
    outbox = Kept()
    delivery = ByKind(outbox, {"item": goods(outbox)})
    odd = [Row("odd", "add", "x:1", {"kind": "x"}), Row("odder", "add", "x:2", {"kind": 7})]
    delivery.deliver([*odd, item("a")])
    assert outbox.states == {"odd": "rejected", "odder": "rejected", "a": "accepted"}
    assert delivery.counts == {"accepted": 1, "rejected": 2}


def test_what_is_staged_is_asked_for_row_by_row_until_it_is_known() -> None:
    outbox = Kept()
    carrier = goods(outbox)
    carrier.receipt = "r1"
    carrier.deliver([item("a"), item("b")])
    assert outbox.states == {"a": "staged", "b": "staged"}
    answers: list[Mapping[str, Outcome] | None] = [
        None,
        {"a": Outcome("accepted"), "b": Outcome("rejected", "no picture")},
    ]
    asked: list[dict[str, str]] = []

    def became(staged: Staged) -> Mapping[str, Outcome] | None:
        asked.append(dict(staged.rows))
        return answers.pop(0)

    settle(outbox, became, carrier.count, sleep=lambda _: None)
    assert asked == [{"a": "item:a", "b": "item:b"}] * 2
    assert outbox.reasons == {"a": "", "b": "no picture"}


def test_what_time_may_cure_is_planned_anew_and_not_refused_for_good() -> None:
    kept = Kept()
    carrier = goods(kept)
    step = Step(_build, lambda _answer, _row: Outcome("accepted"), later=("code 1",))
    carrier.carry(lambda _: step, [item("bad"), item("good")], size=1)
    assert kept.states == {"bad": "dropped", "good": "accepted"}
    assert carrier.counts == {"dropped": 1, "accepted": 1}
