"""Events of contacts: each starts a journey that waits for it, and none can be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.payload import MALFORMED, read
from plugins.wire.recording import Recorded, Step
from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError, not_found_out
from plugins.wire.waves import waves
from targets.mailchimp.api import EVENTS, NOT_FOUND, WHERE, Api
from targets.mailchimp.calls import address, admit, enrol, hash_of, writing
from targets.mailchimp.payloads import Event, EventNoted

ROWS_PER_CALL = 500
NOTED = Outcome("accepted", "noted, nothing is sent")
THERE = Outcome("accepted", "there already")


@dataclass
class Events(Recorded[Api]):
    """Carries events to the contacts of one audience; whoever is no contact becomes one first."""

    list_id: str = field(kw_only=True)
    _is_there: bool = False
    """Whether the audience was seen: only then does a 404 say that somebody is no contact."""
    _outside: set[str] = field(default_factory=set)
    """The rows whose people could not be brought in."""

    def deliver(self, rows: Sequence[Row]) -> None:
        """Deliver rows in their order of decision: an address that comes again waits for its first row."""
        noted = {row.key for row in rows if read(EventNoted, row)}
        said = {row.key: event for row in rows if row.operation == "add" and (event := read(Event, row))}
        self.refuse({row.key: NOTED if row.key in noted else MALFORMED for row in rows if row.key not in said})
        for wave in waves([row for row in rows if row.key in said], address):
            self._seen()
            self._bring(enrol(self.list_id), [row for row in wave if not said[row.key].is_known])
            known = [row for row in wave if said[row.key].is_known]
            self._bring(admit(self.list_id), [row for row in known if not said[row.key].is_mailed])
            for row in wave:
                if row.key not in self._outside:
                    self._tell(row, said[row.key])
            self.between()

    def _bring(self, step: Step, rows: Sequence[Row]) -> None:
        """Subscribe people, who agreed to it; who is withheld or refused is told nothing."""
        self._outside |= {row.key for row in rows}

        def judge(said: Any, row: Row) -> Outcome:
            outcome = step.judge(said, row)
            if outcome.state != "accepted":
                return outcome
            self._outside.discard(row.key)
            return replace(outcome, is_final=False)

        self.carry(lambda _: replace(step, judge=judge), rows, ROWS_PER_CALL)

    def _tell(self, row: Row, event: Event) -> None:
        path = f"/lists/{self.list_id}/members/{hash_of(event.email)}{EVENTS}"
        try:
            is_told = event.is_repeat and self._has(path, event)
        except (LostError, RefusedError) as error:
            self.settle(row, not_found_out(error))
            return
        if is_told:
            self.settle(row, THERE)
        else:
            self.call(writing("POST", path, event.body()), [row])

    def _has(self, path: str, event: Event) -> bool:
        """Tell whether an event is there: its name, and when it was to the second."""
        try:
            pages = self.api.pages(path, "events", "name,occurred_at")
            return any(_is_same(each, event) for page in pages for each in page)
        except RefusedError as refusal:
            if str(refusal) != NOT_FOUND:
                raise
            return False

    def _seen(self) -> None:
        if self._is_there:
            return
        self.between()
        try:
            self.api.send(Call("GET", f"/lists/{self.list_id}?fields=id", b""))
        except (LostError, RefusedError) as error:
            raise HopelessError(f"{WHERE}: the audience: {error}; run again") from None
        self._is_there = True


def _is_same(found: Mapping[str, Any], event: Event) -> bool:
    try:
        at = datetime.fromisoformat(str(found.get("occurred_at")))
    except ValueError:
        return False
    return found.get("name") == event.name and at == datetime.fromisoformat(event.occurred_at)
