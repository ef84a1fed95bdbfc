"""The calls that write, and what their answers say.

A known contact is sent a status in two cases only: unsubscribed, and subscribed for one who never was asked
(`transactional`) and whose consent the hub holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugins.wire.outbox import Build, Call, Outcome, Row
from plugins.wire.recording import Step
from plugins.wire.sending import json_call
from targets.mailchimp.api import NOT_FOUND

DONE = Outcome("accepted")
EXISTS = Outcome("accepted", "known already")
GONE = Outcome("accepted", "not in the audience")
SILENT = Outcome("rejected", "left alone without a word")
ERASED = "permanently deleted"
COMPLIANCE = "compliance state"

MEMBERS = ("new_members", "updated_members", "members_added")
TOTALS = ("total_created", "total_updated", "total_added", "total_removed", "error_count")


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer says: whom it names, whom it refuses, and whether it accounts for everybody."""

    named: frozenset[str]
    errors: Mapping[str, Mapping[str, Any]]
    adds_up: bool

    @classmethod
    def of(cls, answer: Mapping[str, Any], count: int) -> Said:
        """Read an answer to a call of so many rows."""
        named = frozenset(_plain(each.get("email_address")) for name in MEMBERS for each in answer.get(name, ()))
        errors = {_plain(email): error for error in answer.get("errors", ()) for email in _refused(error)}
        return cls(named, errors, sum(int(answer.get(name) or 0) for name in TOTALS) == count)


def address(row: Row) -> str:
    """Return the address as Mailchimp compares it."""
    return _plain(email_of(row))


def email_of(row: Row) -> str:
    """Return the address: what somebody did names it inside."""
    return str(row.payload.get("email") or row.wire_id)


def hash_of(email: str) -> str:
    """Return the hash under which Mailchimp knows a contact, and our store a customer."""
    return hashlib.md5(_plain(email).encode(), usedforsecurity=False).hexdigest()


def call(path: str, body: Mapping[str, Any], method: str = "POST") -> Call:
    """Return the request with its exact bytes."""
    return json_call(method, path, body)


def enrol(list_id: str) -> Step:
    """Create contacts who are not in the audience; known ones are left alone and said to be known."""
    return Step(_bulk(list_id, "subscribed", update=False), _judge_enrolled, read=Said.of)


def update(list_id: str) -> Step:
    """Change the fields of known contacts, without a status."""
    return Step(_bulk(list_id, None, update=True), _judge_bulk, read=Said.of)


def admit(list_id: str) -> Step:
    """Subscribe known contacts who are only transactional: customers of the shop who said yes elsewhere."""
    return Step(_bulk(list_id, "subscribed", update=True), _judge_bulk, read=Said.of)


def withdraw(list_id: str) -> Step:
    """Unsubscribe; who is not there any more needs no withdrawal."""
    return Step(_bulk(list_id, "unsubscribed", update=True), _judge_withdrawn, read=Said.of)


def tagging(list_id: str, tag: str, segment_id: int) -> Step:
    """Put rows into our static segment or take them out; the tags of others are not touched."""

    def build(rows: Sequence[Row]) -> Call:
        on = [row.wire_id for row in rows if tag in row.payload.get("tags_on", ())]
        off = [row.wire_id for row in rows if tag not in row.payload.get("tags_on", ())]
        body = {name: each for name, each in (("members_to_add", on), ("members_to_remove", off)) if each}
        return call(f"/lists/{list_id}/segments/{segment_id}", body)

    def judge(said: Said, row: Row) -> Outcome:
        if tag not in row.payload.get("tags_on", ()):
            return DONE  # whom the vendor could not take out is not in it
        return _placed(said, row, "not in the audience")

    return Step(build, judge, read=Said.of)


def making(made: Call, met: Outcome = DONE, *, is_last: bool = True) -> Step:
    """Return a call about one thing; `met` is what an answer means, and what is gone already is deleted."""
    done = NOT_FOUND if made.method == "DELETE" else ""
    return Step(lambda _: made, lambda _said, _row: met, done, lambda each: is_last or each.state != "accepted")


def writing(method: str, path: str, body: Mapping[str, Any], met: Outcome = DONE, *, is_last: bool = True) -> Step:
    """Return a call that writes one thing."""
    return making(call(path, body, method), met, is_last=is_last)


def deleting(path: str, *, is_last: bool = True) -> Step:
    """Return a call that deletes one thing."""
    return making(Call("DELETE", path, b""), is_last=is_last)


def _bulk(list_id: str, status: str | None, *, update: bool) -> Build:
    def member(row: Row) -> dict[str, Any]:
        fields = {name: "" if value is None else value for name, value in (row.payload.get("fields") or {}).items()}
        body: dict[str, Any] = {"email_address": email_of(row)}
        if status:
            body["status"] = status
        if fields and status != "unsubscribed":
            body["merge_fields"] = fields
        return body

    def build(rows: Sequence[Row]) -> Call:
        body = {"members": [member(row) for row in rows], "sync_tags": False, "update_existing": update}
        return call(f"/lists/{list_id}?skip_merge_validation=true", body)

    return build


def _judge_bulk(said: Said, row: Row) -> Outcome:
    return _placed(said, row, _reason(said.errors.get(address(row), {})))


def _judge_enrolled(said: Said, row: Row) -> Outcome:
    code = said.errors.get(address(row), {}).get("error_code")
    return EXISTS if code == "ERROR_CONTACT_EXISTS" else _judge_bulk(said, row)


def _judge_withdrawn(said: Said, row: Row) -> Outcome:
    text = said.errors.get(address(row), {}).get("error")
    return GONE if ERASED in str(text) else _judge_bulk(said, row)


def _placed(said: Said, row: Row, refusal: str) -> Outcome:
    if address(row) in said.errors:
        return Outcome("rejected", refusal)
    return DONE if address(row) in said.named or said.adds_up else SILENT


def _reason(error: Mapping[str, Any]) -> str:
    """Return why a member was refused; the vendor's sentence names the person and is dropped."""
    text = str(error.get("error"))
    if ERASED in text:
        return "Forgotten Email Not Subscribed"
    if COMPLIANCE in text:
        return "Member In Compliance State"
    return " ".join(filter(None, [str(error.get("error_code") or "refused"), str(error.get("field") or "")]))[:100]


def _refused(error: Mapping[str, Any]) -> Sequence[str]:
    """Return the addresses of one error: the bulk call names one, the segment call several."""
    return error.get("email_addresses") or [error.get("email_address") or ""]


def _plain(email: object) -> str:
    return str(email).strip().lower()
