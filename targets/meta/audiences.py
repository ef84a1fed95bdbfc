"""Custom audiences: how people are written for Meta, which calls bring them in and out, and what the answers say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec
from typing_extensions import override

from plugins.identifiers.wire_form import FORMS
from plugins.wire.audience_steps import Entry, Known, Step
from plugins.wire.audiences import Platform, Said
from plugins.wire.outbox import Call, Outcome, Row
from plugins.wire.retry import HopelessError
from targets.meta.api import WHERE, Api

FORM = FORMS["meta"]
VERSION = "v"
SCHEMA: Mapping[str, tuple[tuple[str, str], ...]] = {
    "email": (("EMAIL", "email"),),
    "phone": (("PHONE", "phone"),),
    "first_name": (("FN", "first_name"),),
    "last_name": (("LN", "last_name"),),
    "city": (("CT", "city"),),
    "postcode": (("ZIP", "postcode"),),
    "country": (("COUNTRY", "country"),),
    "birth_date": (("DOBY", "birth_year"), ("DOBM", "birth_month"), ("DOBD", "birth_day")),
}
"""A field of ours: the keys under which Meta takes it, and the rule by which each is written."""
ORDER = tuple(key for keys in SCHEMA.values() for key, _ in keys)
EVERY_AUDIENCE = "*"
FLAGGED = 471
DESCRIPTION = "Kept by Rotonde: what is changed by hand comes back."
PAGE = 100


@dataclass
class CustomAudiences(Platform):
    """The custom audiences of one ad account."""

    api: Api
    size: int = 10_000
    together: int = 1
    _ids: dict[str, str] | None = None
    _shut: dict[str, str] = field(default_factory=dict)

    @override
    def known(self, row: Row) -> Known | None:
        fields = {"email": row.wire_id, **{name: value for name, value in _fields(row) if value}}
        written = {
            key: hashed
            for name, value in fields.items()
            for key, rule in SCHEMA.get(name, ())
            if (hashed := FORM.wire(rule, str(value)))
        }
        return text_of({VERSION: FORM.version, **written}) if written else None

    @override
    def everywhere(self) -> Sequence[str]:
        return (EVERY_AUDIENCE,)

    @override
    def ready(self, audiences: Sequence[str]) -> Mapping[str, str]:
        for name in audiences:
            if name != EVERY_AUDIENCE and name not in self._known_ids():
                self._known_ids()[name] = self._make(name)
        return {name: self._shut[name] for name in audiences if name in self._shut}

    @override
    def call(self, step: Step, entries: Sequence[Entry]) -> Call:
        (name,) = step.audiences
        people = [msgspec.json.decode(known) for known, _ in entries]
        schema = [key for key in ORDER if any(key in each for each in people)]
        payload = {"schema": schema, "data": [[each.get(key, "") for key in schema] for each in people]}
        body = {"payload": payload} if step.joins else {"method": "DELETE", "payload": payload}
        where = (
            f"{self.api.account}/usersofanyaudience" if name == EVERY_AUDIENCE else f"{self._known_ids()[name]}/users"
        )
        return Call("POST", f"/{where}", msgspec.json.encode(body))

    @override
    def send(self, call: Call) -> Any:
        return self.api.send(call)

    @override
    def said(self, answer: Any, entries: Sequence[Entry]) -> Said:
        if not answer.get("num_invalid_entries"):
            return Said()
        bad = {str(each) for each in answer.get("invalid_entry_samples") or ()}
        spoilt = (known for known, _ in entries if bad.intersection(msgspec.json.decode(known).values()))
        return Said(dict.fromkeys(spoilt, "an identifier that Meta cannot read"))

    @override
    def became(self, receipt: str) -> Outcome | None:
        return Outcome("accepted")  # Meta carries out what it takes

    def _known_ids(self) -> dict[str, str]:
        """Return the id of each audience by its name; looked up once in a run."""
        if self._ids is None:
            self._accepted_terms()
            self._ids = {}
            for each in self._listed():
                name = str(each.get("name"))
                self._ids.setdefault(name, str(each.get("id")))
                if (each.get("operation_status") or {}).get("code") == FLAGGED:
                    self._shut[name] = "Meta has flagged the audience"
        return self._ids

    def _accepted_terms(self) -> None:
        said = self._ask(Call("GET", f"/{self.api.account}?fields=tos_accepted", b""))
        if not (said.get("tos_accepted") or {}).get("custom_audience_tos"):
            raise HopelessError(
                f"{WHERE}: the ad account has not accepted Meta's terms of custom audiences; accept them"
            )

    def _listed(self) -> Iterator[dict[str, Any]]:
        query = {"fields": "id,name,operation_status", "limit": PAGE}
        while True:
            page = self._ask(Call("GET", f"/{self.api.account}/customaudiences?{urlencode(query)}", b""))
            yield from page.get("data") or ()
            paging = page.get("paging") or {}
            if not paging.get("next"):  # a page may be empty and not the last
                return
            query["after"] = paging["cursors"]["after"]

    def _make(self, name: str) -> str:
        body = {
            "name": name, "subtype": "CUSTOM", "description": DESCRIPTION, "customer_file_source": "USER_PROVIDED_ONLY",
        }  # fmt: skip
        made = self._ask(Call("POST", f"/{self.api.account}/customaudiences", json.dumps(body).encode()))
        if not made.get("id"):
            raise HopelessError(f"{WHERE}: nobody knows whether Meta made the audience {name}; run again")
        return str(made["id"])

    def _ask(self, call: Call) -> dict[str, Any]:
        return self.api.ask(call, "the audiences of the account")


def text_of(identifiers: Mapping[str, str]) -> Known:
    """Return identifiers as one text, the same for the same ones."""
    return msgspec.json.encode(identifiers).decode()


def _fields(row: Row) -> Iterator[tuple[str, Any]]:
    yield from (row.payload.get("fields") or {}).items()
