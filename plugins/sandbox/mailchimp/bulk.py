"""`POST /lists/{id}`: up to 500 members at once, answered with 200 and the errors inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import Account, read_body
from plugins.sandbox.mailchimp.enrolment import Enrolment, shape_errors, tag_errors
from plugins.sandbox.mailchimp.member import BULK_FIELDS, SETTABLE, Member, subscriber_hash
from plugins.sandbox.mailchimp.problems import FieldError, Refusal, invalid
from plugins.sandbox.mailchimp.queries import Query
from plugins.sandbox.stand_in import json_response, route

MEMBERS_PER_CALL = 500
EXISTS = "ERROR_CONTACT_EXISTS"
GENERIC = "ERROR_GENERIC"


@dataclass
class Bulk:
    """One bulk call under way."""

    enrolment: Enrolment
    update_existing: bool
    sync_tags: bool
    skip_duplicates: bool
    counts_skipped: bool
    new: list[Member] = field(default_factory=list)
    updated: list[Member] = field(default_factory=list)
    errors: list[dict[str, str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def take(self, sent: Mapping[str, Any]) -> None:
        """Write one member, or keep the reason why not."""
        email = sent["email_address"].strip()
        body = {key: value for key, value in sent.items() if key != "marketing_permissions"} | {"email_address": email}
        key = subscriber_hash(email)
        if key in self.seen:
            if not self.skip_duplicates:
                self._fail(email, "Duplicate items found in member list", GENERIC)
            return
        self.seen.add(key)
        try:
            self._write(body, self.enrolment.audience.members.get(key))
        except Refusal as refusal:
            self._refuse(email, refusal)

    def _write(self, body: dict[str, Any], member: Member | None) -> None:
        if member is None:
            if "status" not in body:
                raise invalid(FieldError("status", "This value should not be blank."))
            member = self.enrolment.create(body, body["status"])
            self.new.append(member)
        elif not self.update_existing:
            detail = f"{member.email} is already a list member, do you want to update? please provide update_existing"
            self._fail(member.email, detail, EXISTS)
            return
        elif member.lock and body.get("status") == "subscribed":  # left alone, and nothing says so
            self.updated += [member] * self.counts_skipped
            return
        else:
            self.updated.append(self.enrolment.change(member, body))
        self._tag(member, body)

    def _tag(self, member: Member, body: Mapping[str, Any]) -> None:
        names = body.get("tags", [])
        if self.sync_tags:
            self.enrolment.replace_tags(member, names)
        else:
            self.enrolment.add_tags(member, names)

    def _refuse(self, email: str, refusal: Refusal) -> None:
        first = refusal.errors[0] if refusal.errors else FieldError("", "")
        self._fail(email, refusal.detail or "", GENERIC, first)

    def _fail(self, email: str, text: str, code: str, about: FieldError | None = None) -> None:
        field, message = about or ("", "")
        error = {"email_address": email, "error": text, "error_code": code, "field": field, "field_message": message}
        self.errors.append(error)

    def answer(self) -> dict[str, Any]:
        """Return what the call says it did."""
        audience = self.enrolment.audience
        return {
            "new_members": [audience.brief(each, BULK_FIELDS) for each in self.new],
            "updated_members": [audience.brief(each, BULK_FIELDS) for each in self.updated],
            "errors": self.errors,
            "total_created": len(self.new),
            "total_updated": len(self.updated),
            "error_count": len(self.errors),
            "_links": [],
        }


class BulkPaths(Account):
    """Answers the bulk call."""

    @route("/3.0/lists/<list_id>", "POST")
    def batch_members(self, request: Request, list_id: str) -> Response:
        """Add or update many members; only a malformed envelope is refused as a whole."""
        body, enrolment, query = read_body(request), self.enrolment(list_id, request), Query(request)
        if errors := _envelope_errors(body):
            raise invalid(*errors)
        bulk = Bulk(
            enrolment,
            update_existing=body.get("update_existing", False),
            sync_tags=body.get("sync_tags", False),
            skip_duplicates=query.flag("skip_duplicate_check"),
            counts_skipped=self.counts_skipped,
        )
        for each in body["members"]:
            bulk.take(each)
        return json_response(bulk.answer())


def _envelope_errors(body: dict[str, Any]) -> list[FieldError]:
    members = body.get("members")
    if not isinstance(members, list):
        return [
            FieldError("members", "This value should not be blank." if members is None else "Schema describes array")
        ]
    if len(members) > MEMBERS_PER_CALL:
        return [FieldError("members", f"Up to {MEMBERS_PER_CALL} members may be added or updated with each call.")]
    errors = [
        FieldError(name, "Schema describes boolean")
        for name in ("update_existing", "sync_tags")
        if not isinstance(body.get(name, False), bool)
    ]
    for place, each in enumerate(members):
        found = shape_errors(each, ("email_address",), SETTABLE) or tag_errors(each.get("tags", []))
        errors += [FieldError(f"members.item:{place}.{name}", message) for name, message in found]
    return errors
