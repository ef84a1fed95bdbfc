"""Delivering people to an audience: the steps each row needs, one call for all rows of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.recording import Recorded, Step
from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError, not_found_out
from plugins.wire.waves import waves
from targets.mailchimp.api import WHERE, Api
from targets.mailchimp.calls import DONE, EXISTS, address, admit, deleting, enrol, hash_of, tagging, update, withdraw
from targets.mailchimp.forgetting import forget
from targets.mailchimp.store import Store
from targets.mailchimp.tags import Tags

BULK: Mapping[str, Callable[[str], Step]] = {
    "enrol": enrol, "admit": admit, "update": update, "withdraw": withdraw
}  # fmt: skip


@dataclass
class Delivery(Recorded[Api]):
    """Carries people to one audience; who is erased is erased in the store too."""

    list_id: str = field(kw_only=True)
    store: Store | None = field(default=None, kw_only=True)
    _open: dict[str, list[str]] = field(default_factory=dict)
    """What each row of the wave still needs."""

    def __post_init__(self) -> None:
        self._tags = Tags(self.api, self.list_id)

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision: an address that comes again waits for its first row."""
        for wave in waves(rows, address):
            self._open = {row.key: self._steps(row) for row in wave}
            self._forget(wave)
            for name, make in BULK.items():
                self._take(name, make(self.list_id), wave)
            for tag in sorted({tag for row in wave for tag in _tags(row)}):
                if self._waiting(f"tag:{tag}", wave):
                    self.between()
                    self._take(f"tag:{tag}", tagging(self.list_id, tag, self._tags.segment(tag)), wave)
            self.between()

    def _steps(self, row: Row) -> list[str]:
        return [*_steps(row), *(["buyer"] if row.operation == "erase" and self.store else [])]

    def _waiting(self, name: str, rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if self._open[row.key][:1] == [name]]

    def _take(self, name: str, step: Step, rows: Sequence[Row], size: int | None = None) -> None:
        judged = replace(step, judge=lambda said, row: self._stepped(row, step.judge(said, row)))
        self.carry(lambda _: judged, self._waiting(name, rows), size)

    def _stepped(self, row: Row, outcome: Outcome) -> Outcome:
        """Take the step from what the row needs; the outcome is not final where another call must follow."""
        steps = self._open[row.key]
        is_enrolled = steps.pop(0) == "enrol" and outcome is not EXISTS
        if outcome.state == "accepted" and is_enrolled and steps[:1] == ["update"]:
            steps.pop(0)  # its fields went with it
        if outcome.state != "accepted":
            steps.clear()
        return replace(outcome, is_final=not steps)

    def _forget(self, rows: Sequence[Row]) -> None:
        """Erase one by one, as there is no call for many; a 404 means gone only where the audience is there."""
        if not self._waiting("forget", rows):
            return
        self.between()
        try:
            self.api.send(Call("GET", f"/lists/{self.list_id}?fields=id", b""))
        except (LostError, RefusedError) as error:
            raise HopelessError(f"{WHERE}: the audience: {error}; run again") from None
        self._take("forget", forget(self.list_id), rows, size=1)
        for row in self._waiting("buyer", rows):
            self._forget_buyer(row)

    def _forget_buyer(self, row: Row) -> None:
        """Erase the customer of the store, whose orders and carts would stay behind."""
        assert self.store is not None
        try:
            traces = self.store.traces(hash_of(address(row)))
        except (LostError, RefusedError) as error:
            self.settle(row, not_found_out(error))
            return
        for number, path in enumerate(traces, 1):
            outcome = self.call(deleting(path, is_last=number == len(traces)), [row]).get(row.key)
            if outcome is None or outcome.is_final:
                return
        self.settle(row, DONE)


def _tags(row: Row) -> list[str]:
    return [*row.payload.get("tags_on", ()), *row.payload.get("tags_off", ())]


def _steps(row: Row) -> list[str]:
    """Return the names of the steps a row needs, in order."""
    tags = [f"tag:{tag}" for tag in sorted(set(_tags(row)))]
    if row.operation == "erase":
        return ["forget"]
    if row.payload.get("status") == "unsubscribed":
        return ["withdraw", *tags]
    if row.operation == "remove":
        return tags or ["update"]
    if row.payload.get("is_known") and row.payload.get("status") == "subscribed":
        return ["admit", *tags]
    enrolled = [] if row.payload.get("is_known") else ["enrol"]
    updated = ["update"] if row.payload.get("fields") or not (enrolled or tags) else []
    return [*enrolled, *updated, *tags]
