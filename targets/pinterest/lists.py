"""Customer lists: how people are written for Pinterest, which calls bring them in and out, and what makes a list."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from plugins.identifiers.wire_form import FORMS
from plugins.wire.audience_steps import Entry, Known, Step
from plugins.wire.audiences import Platform, Said, ShutError
from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.pinterest.account import Account, written

FORM = FORMS["pinterest"]
VERSION, EMAIL = "v", "EMAIL"
ADD = b'{"operation_type":"ADD"'
NO_AUDIENCE = "Pinterest made no audience on the list"
NOT_KNOWN = "nobody knows whether Pinterest made the list"


@dataclass
class CustomerLists(Platform):
    """The customer lists of one ad account; the first people of a list make it, for none can be empty."""

    account: Account
    size: int = 10_000
    together: int = 1
    _shut: dict[str, str] = field(default_factory=dict)

    @override
    def known(self, row: Row) -> Known | None:
        hashed = FORM.wire("email", row.wire_id)
        return json.dumps({VERSION: FORM.version, EMAIL: hashed}, separators=(",", ":")) if hashed else None

    @override
    def everywhere(self) -> Sequence[str]:
        return [*self.account.lists()]

    @override
    def ready(self, audiences: Sequence[str]) -> Mapping[str, str]:
        self.account.lists()
        return {name: self._shut[name] for name in audiences if name in self._shut}

    @override
    def call(self, step: Step, entries: Sequence[Entry]) -> Call:
        (name,) = step.audiences
        records = ",".join(json.loads(known)[EMAIL] for known, _ in entries)
        if key := self.account.lists().get(name):
            change = {"operation_type": "ADD" if step.joins else "REMOVE", "records": records}
            return Call("PATCH", f"{self.account.path}/{key}", written(change))
        if step.joins:
            made = {"name": name, "list_type": EMAIL, "records": records}
            return Call("POST", self.account.path, written(made))
        return Call("GET", f"{self.account.path}?page_size=1", b"")  # nobody is in a list that is not there

    @override
    def send(self, call: Call) -> Any:
        name = self._name_of(call)
        if name in self._shut:
            raise ShutError(self._shut[name], 0)
        try:
            answer = self.account.api.send(call)
            if call.method == "POST" and "id" not in answer:
                raise LostError("an answer of another shape")
        except LostError:
            self._look_for(call, name)
            raise
        if call.method == "POST":
            self.account.lists()[name] = str(answer["id"])
        if call.method == "POST" or call.body.startswith(ADD):
            self._cover(name)
        return answer

    @override
    def said(self, answer: Any, entries: Sequence[Entry]) -> Said:
        return Said()  # no row is answered: the counters grow for everybody who was sent

    @override
    def became(self, receipt: str) -> Outcome | None:
        return Outcome("accepted")  # Pinterest matches what it takes

    def _name_of(self, call: Call) -> str:
        if call.method == "POST":
            return str(json.loads(call.body)["name"])
        return self.account.name_of(call.path.rpartition("/")[2])

    def _look_for(self, call: Call, name: str) -> None:
        """Look whether a call without an answer made its list: there must not be a second one of that name."""
        if call.method == "POST":
            self.account.look_again()
            if name not in self.account.lists():
                self._shut[name] = NOT_KNOWN

    def _cover(self, name: str) -> None:
        try:
            self.account.cover(name)
        except (LostError, RefusedError):
            self._shut[name] = NO_AUDIENCE
            raise ShutError(NO_AUDIENCE, 0) from None
