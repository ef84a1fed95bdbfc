"""What a body does to a member: checked as the vendor checks it, written as the vendor writes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugins.sandbox.mailchimp.audience import Audience
from plugins.sandbox.mailchimp.member import Member, subscriber_hash
from plugins.sandbox.mailchimp.merge_fields import value_errors
from plugins.sandbox.mailchimp.problems import (
    FieldError,
    forgotten,
    in_compliance_state,
    invalid,
    member_exists,
)
from plugins.sandbox.mailchimp.queries import moment

ADDRESS = re.compile(r"[^@\s,;:<>()\[\]\"]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}", re.I)
FAKE_ENDINGS = (".invalid", ".localhost")
KINDS: dict[str, type] = {
    "email_address": str,
    "status": str,
    "status_if_new": str,
    "email_type": str,
    "merge_fields": dict,
    "interests": dict,
    "language": str,
    "vip": bool,
    "location": dict,
    "marketing_permissions": list,
    "ip_signup": str,
    "timestamp_signup": str,
    "ip_opt": str,
    "timestamp_opt": str,
    "tags": list,
}
NAMES = {str: "string", dict: "object", bool: "boolean", list: "array"}
Noted = Callable[[str, str, str], None]


def shape_errors(body: Any, required: Collection[str], statuses: Collection[str]) -> list[FieldError]:
    """Return what the schema would not let through."""
    if not isinstance(body, dict):
        return [FieldError("", "Schema describes object")]
    errors = [FieldError(name, "This value should not be blank.") for name in required if not body.get(name)]
    for name, kind in KINDS.items():
        if name in body and not isinstance(body[name], kind):
            errors.append(FieldError(name, f"Schema describes {NAMES[kind]}"))
    for name in ("status", "status_if_new"):
        if isinstance(body.get(name), str) and body[name] not in statuses:
            errors.append(FieldError(name, f"This value should be one of: {', '.join(statuses)}."))
    return errors


@dataclass
class Enrolment:
    """Writes bodies into an audience at one moment; `noted` hears what was done."""

    audience: Audience
    at: datetime
    noted: Noted
    skip_merge_validation: bool = False

    def create(self, body: Mapping[str, Any], status: str) -> Member:
        """Add a new address."""
        email = self.accept(body["email_address"])
        self._check(body, {}, new=True)
        member = self.audience.enter(email, status, self.at)
        self._write(member, body)
        if status == "subscribed" and member.opted_in_at is None:
            member.opted_in_at = self.at
        self.noted("created", email, status)
        return member

    def change(self, member: Member, body: Mapping[str, Any]) -> Member:
        """Change a known member: address, status and profile."""
        email = self.accept(body.get("email_address", member.email))
        status = body.get("status", member.status)
        self._check_move(member, email)
        if status == "subscribed" and member.lock:
            raise in_compliance_state(email)
        self._check(body, member.merge_fields, new=False)
        before = member.profile()
        self._move(member, email)
        self._set_status(member, status)
        self._write(member, body)
        if member.profile() != before:
            self.audience.touch(member, self.at)
        self.noted("updated", member.email, "")
        return member

    def accept(self, text: str) -> str:
        """Return a trimmed address, or refuse what the vendor would not take."""
        email = text.strip()
        key = subscriber_hash(email)
        if not ADDRESS.fullmatch(email) or ".." in email or email.startswith("."):
            raise invalid(FieldError("email_address", "Please provide a valid email address."), detail=_bad(email))
        if email.lower().endswith(FAKE_ENDINGS):
            raise invalid(detail=f"{email} looks fake or invalid, please enter a real email address.")
        if key in self.audience.refused:
            raise invalid(detail=f"{email} {self.audience.refused[key]}")
        if key in self.audience.forgotten and key not in self.audience.members:
            raise forgotten(email)
        return email

    def _check_move(self, member: Member, email: str) -> None:
        other = self.audience.find(email)
        if other is not None and other is not member:
            raise member_exists(email)

    def _check(self, body: Mapping[str, Any], held: Mapping[str, Any], *, new: bool) -> None:
        required = not self.skip_merge_validation and (new or "merge_fields" in body)
        errors = value_errors(
            self.audience.merge_fields, body.get("merge_fields", {}), {} if new else held, required=required
        )
        if errors:
            raise invalid(*errors, detail="Your merge fields were invalid.")
        errors = [*self._interest_errors(body), *self._permission_errors(body)]
        if body.get("email_type", "html") not in ("html", "text", ""):
            errors.append(FieldError("email_type", "This value should be one of: html, text."))
        if errors:
            raise invalid(*errors)
        for name in ("timestamp_signup", "timestamp_opt"):
            if body.get(name):
                moment(body[name], name)

    def _interest_errors(self, body: Mapping[str, Any]) -> list[FieldError]:
        return [
            FieldError("interests", f"Invalid interest ID: '{key}'.")
            for key, value in body.get("interests", {}).items()
            if key not in self.audience.interests or not isinstance(value, bool)
        ]

    def _permission_errors(self, body: Mapping[str, Any]) -> list[FieldError]:
        return [
            FieldError("marketing_permissions", "Invalid marketing permission.")
            for each in body.get("marketing_permissions", ())
            if not isinstance(each, dict)
            or each.get("marketing_permission_id") not in self.audience.permissions
            or not isinstance(each.get("enabled"), bool)
        ]

    def _move(self, member: Member, email: str) -> None:
        if email == member.email:
            return
        old = member.email
        self.audience.move(member, email)
        if email.lower() != old.lower():
            self.noted("moved", email, old)

    def _set_status(self, member: Member, status: str) -> None:
        if status == member.status:
            return
        self.noted("status", member.email, f"{member.status}->{status}")
        member.status = status
        if status == "cleaned":
            member.lock = member.lock or "bounce"
        if status == "subscribed" and member.opted_in_at is None:
            member.opted_in_at = self.at
        if status == "unsubscribed":
            member.left_at, member.unsubscribe_reason = self.at, ""

    def _write(self, member: Member, body: Mapping[str, Any]) -> None:
        for tag, value in body.get("merge_fields", {}).items():
            if each := self.audience.merge_fields.get(tag):
                member.merge_fields[tag] = each.default_value if value is None else each.stored(value)
        member.interests |= body.get("interests", {})
        for each_permission in body.get("marketing_permissions", ()):
            member.permissions[each_permission["marketing_permission_id"]] = each_permission["enabled"]
        for name in ("email_type", "language", "vip", "ip_signup", "ip_opt"):
            if name in body:
                setattr(member, name, body[name])
        for name, attribute in (("timestamp_signup", "signed_up_at"), ("timestamp_opt", "opted_in_at")):
            if body.get(name):
                setattr(member, attribute, moment(body[name], name))
        for name in ("latitude", "longitude"):
            setattr(member, name, body.get("location", {}).get(name, getattr(member, name)))

    def replace_tags(self, member: Member, names: list[str]) -> None:
        """Make the named tags the only ones a member has."""
        wanted = {name.lower() for name in names}
        for key in list(member.tags):
            if (segment := self.audience.segments[key]).name.lower() not in wanted:
                self.untag(member, segment.name)
        self.add_tags(member, names)

    def add_tags(self, member: Member, names: list[str]) -> None:
        """Give a member tags; a tag that is missing is made."""
        for name in names:
            segment = self.audience.named(name) or self.audience.make_segment(name, self.at)
            self.audience.tag(member, segment, self.at)
            self.noted("tagged", member.email, name)

    def untag(self, member: Member, name: str) -> None:
        """Take a tag from a member, if there is such a tag."""
        if segment := self.audience.named(name):
            self.audience.untag(member, segment, self.at)
        self.noted("untagged", member.email, name)


def _bad(email: str) -> str:
    return f"{email or 'The address'} looks fake or invalid. Please provide a valid email address."


def tag_errors(tags: Any) -> list[FieldError]:
    """Return what is wrong with a list of tag names."""
    is_good = isinstance(tags, list) and all(isinstance(name, str) and name.strip() for name in tags)
    return [] if is_good else [FieldError("tags", "Schema describes array of strings")]
