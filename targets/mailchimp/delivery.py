"""Delivering a batch: the steps each row needs, one call for all rows of a step, halved where one row spoils it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from plugins.wire.outbox import Call, Fixed, Outbox, Outcome, Row
from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError
from plugins.wire.waves import waves
from targets.mailchimp.api import Api
from targets.mailchimp.calls import EXISTS, Said, Step, address, admit, call, enrol, tagging, update, withdraw
from targets.mailchimp.forgetting import forget

SEGMENTS_PER_PAGE = 1000


@dataclass
class Delivery:
    """Carries rows to one audience; each call is fixed in the outbox before its first byte."""

    api: Api
    outbox: Outbox
    list_id: str
    between: Callable[[], None] = lambda: None
    """Called before each call: the moment to stop in."""
    is_calling: bool = False
    """Whether a call is on record whose answer is not."""
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    _open: dict[str, list[str]] = field(default_factory=dict)
    _segments: dict[str, int] | None = None

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision: an address that comes again waits for its first row."""
        for wave in waves(rows, address):
            self._open = {row.key: _steps(row) for row in wave}
            self._forget(wave)
            for step in (each(self.list_id) for each in (enrol, admit, update, withdraw)):
                self._take(step, wave)
            for tag in sorted({tag for row in wave for tag in _tags(row)}):
                waiting = self._waiting(f"tag:{tag}", wave)
                if waiting:
                    self._send(tagging(self.list_id, tag, self._segment(tag)), waiting)
            self.between()

    def _waiting(self, name: str, rows: Sequence[Row]) -> list[Row]:
        return [row for row in rows if self._open.get(row.key, [""])[:1] == [name]]

    def _forget(self, rows: Sequence[Row]) -> None:
        """Erase one by one, as there is no call for many; a 404 means gone only where the audience is there."""
        waiting = self._waiting("forget", rows)
        if waiting:
            self._ask("GET", f"/lists/{self.list_id}?fields=id")
        for row in waiting:
            self._send(forget(self.list_id), [row])

    def _take(self, step: Step, rows: Sequence[Row]) -> None:
        if rows := self._waiting(step.name, rows):
            self._send(step, rows)

    def _send(self, step: Step, rows: Sequence[Row]) -> None:
        self.between()
        self.is_calling = True
        try:
            refused = self._call(step, rows)
        finally:
            self.is_calling = False
        middle = (len(refused) + 1) // 2
        for half in (refused[:middle], refused[middle:]):
            if half:
                self._send(step, half)

    def _call(self, step: Step, rows: Sequence[Row]) -> Sequence[Row]:
        """Make one call; returns its rows when they were refused together and must be halved."""
        fixed = self.outbox.fix(rows, step.build)
        self._drop(rows, fixed)
        if fixed.call is None:
            return ()
        try:
            said = Said.of(self.api.send(fixed.call), len(fixed.rows))
        except RefusedError as refusal:
            return self._refused(fixed, str(refusal))
        except LostError as lost:
            self._answer(fixed, dict.fromkeys(_keys(fixed), Outcome("unknown", str(lost))))
        except HopelessError:
            self._answer(fixed, dict.fromkeys(_keys(fixed), Outcome("unknown", "the run was stopped")))
            raise
        else:
            self._answer(fixed, {row.key: step.judge(said, row) for row in fixed.rows})
        return ()

    def _drop(self, rows: Sequence[Row], fixed: Fixed) -> None:
        going = set(_keys(fixed))
        for row in rows:
            if row.key not in going:
                is_begun = self._open.pop(row.key) != _steps(row)
                self.counts["unknown" if is_begun else "dropped"] += 1

    def _refused(self, fixed: Fixed, title: str) -> Sequence[Row]:
        if len(fixed.rows) == 1:
            self._answer(fixed, {fixed.rows[0].key: Outcome("rejected", title)})
            return ()
        self.outbox.answered(fixed.key, dict.fromkeys(_keys(fixed), Outcome("rejected", title, is_final=False)))
        return fixed.rows

    def _answer(self, fixed: Fixed, outcomes: dict[str, Outcome]) -> None:
        settled = {key: self._settled(key, outcome) for key, outcome in outcomes.items()}
        self.outbox.answered(fixed.key, settled)

    def _settled(self, key: str, outcome: Outcome) -> Outcome:
        steps = self._open[key]
        is_enrolled = steps.pop(0) == "enrol" and outcome is not EXISTS
        if outcome.state == "accepted" and is_enrolled and steps[:1] == ["update"]:
            steps.pop(0)  # its fields went with it
        if outcome.state == "accepted" and steps:
            return replace(outcome, is_final=False)
        del self._open[key]
        self.counts[outcome.state] += 1
        if outcome.state != "accepted":
            self.reasons[outcome.reason] += 1
        return outcome

    def _segment(self, tag: str) -> int:
        """Return the id of the static segment that is this tag; made when missing, empty, so nobody is in the call."""
        if self._segments is None:
            self._segments = {name: key for page in self._segment_pages() for name, key in page.items()}
        if tag.lower() not in self._segments:
            made = self._ask("POST", f"/lists/{self.list_id}/segments", {"name": tag, "static_segment": []})
            self._segments[tag.lower()] = int(made["id"])
        return self._segments[tag.lower()]

    def _segment_pages(self) -> Iterator[dict[str, int]]:
        offset, page = 0, {"": 0}
        while page:
            query = f"type=static&count={SEGMENTS_PER_PAGE}&offset={offset}&fields=segments.id,segments.name"
            found = self._ask("GET", f"/lists/{self.list_id}/segments?{query}")["segments"]
            page = {str(each["name"]).lower(): int(each["id"]) for each in found}
            offset += len(found)
            yield page

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        self.between()
        try:
            answer: dict[str, Any] = self.api.send(call(path, body, method) if body else Call(method, path, b""))
        except (LostError, RefusedError) as error:
            raise HopelessError(f"target-mailchimp: the audience or its tags: {error}; run again") from None
        return answer


def _keys(fixed: Fixed) -> list[str]:
    return [row.key for row in fixed.rows]


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
