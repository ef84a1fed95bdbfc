"""The audience as the retailer's people filled it before anybody called the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from plugins.sandbox.mailchimp.audience import Audience
from plugins.sandbox.mailchimp.member import Member, digest
from plugins.sandbox.mailchimp.merge_fields import MergeField, guessed_kind
from plugins.sandbox.retailer import Contact, Retailer

LOCKS = {"unsubscribed": "unsubscribe", "cleaned": "bounce"}


def seeded(retailer: Retailer, list_id: str) -> Audience:
    """Return the audience of a retailer's contacts."""
    contacts = sorted(retailer.contacts, key=lambda each: each.last_changed)
    times = [each.opted_in_at or each.last_changed for each in contacts]
    audience = Audience(list_id, min([*times, retailer.anchor]))
    _add_merge_fields(audience, contacts)
    texts = dict.fromkeys(text for each in contacts for text, _ in each.permissions)
    audience.permissions = {permission_id(text): text for text in texts}
    for contact in contacts:
        _add(audience, contact)
    return audience


def permission_id(text: str) -> str:
    """Return the identifier of a marketing permission: the same for the same wording."""
    return digest(f"permission {text}", 10)


def _add_merge_fields(audience: Audience, contacts: list[Contact]) -> None:
    values: dict[str, list[Any]] = {"FNAME": [], "LNAME": []}
    for contact in contacts:
        for tag, value in contact.merge_fields:
            values.setdefault(tag, []).append(value)
    names = {"FNAME": "First Name", "LNAME": "Last Name"}
    for tag, held in values.items():
        audience.made_fields += 1
        key = audience.made_fields
        kind = guessed_kind(held)
        audience.merge_fields[tag] = MergeField(key, tag, names.get(tag, tag.title()), kind, display_order=key + 1)


def _add(audience: Audience, contact: Contact) -> None:
    at = contact.last_changed
    member = audience.enter(contact.email, contact.status, at)
    member.merge_fields |= {"FNAME": contact.first_name, "LNAME": contact.last_name, **dict(contact.merge_fields)}
    member.permissions = {permission_id(text): enabled for text, enabled in contact.permissions}
    member.opted_in_at, member.ip_opt = contact.opted_in_at, contact.ip_opt
    member.source, member.language = contact.source, contact.language
    member.lock = LOCKS.get(contact.status, "")
    if contact.status == "unsubscribed":
        member.left_at, member.unsubscribe_reason = at, contact.unsubscribe_reason
    for name in contact.tags:
        _tag(audience, member, name, at)


def _tag(audience: Audience, member: Member, name: str, at: datetime) -> None:
    segment = audience.named(name) or audience.make_segment(name, at)
    audience.tag(member, segment, at)
