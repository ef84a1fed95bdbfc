"""The state of one audience: members, tags and segments, merge fields, and whom it will not take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from plugins.sandbox.mailchimp.member import STATUSES, Member, shown, subscriber_hash
from plugins.sandbox.mailchimp.merge_fields import MergeField
from plugins.sandbox.mailchimp.problems import not_found
from plugins.sandbox.mailchimp.queries import stamp

HIDDEN_IN_SEGMENTS = ("cleaned", "transactional", "unsubscribed")
FIRST_WEB_ID = 51200001
FIRST_SEGMENT_ID = 30401


@dataclass
class Segment:
    """A static segment (which is what a tag is) or a saved one (conditions)."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    kind: str = "static"
    options: dict[str, Any] | None = None
    members: dict[int, Member] = field(default_factory=dict)
    """By web id, which stays when the address changes."""


@dataclass
class Audience:
    """One audience; its members lie in the order in which they were last touched, as an unsorted page shows them."""

    id: str
    created_at: datetime
    members: dict[str, Member] = field(default_factory=dict)
    contacts: dict[str, Member] = field(default_factory=dict)
    segments: dict[int, Segment] = field(default_factory=dict)
    merge_fields: dict[str, MergeField] = field(default_factory=dict)
    permissions: dict[str, str] = field(default_factory=dict)
    categories: dict[str, dict[str, Any]] = field(default_factory=dict)
    interests: dict[str, dict[str, Any]] = field(default_factory=dict)
    webhooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    """Hashes of addresses that were permanently deleted."""
    refused: dict[str, str] = field(default_factory=dict)
    """Hash of an address the vendor will not take, and its words."""
    made_members: int = 0
    made_segments: int = 0
    made_fields: int = 0

    def find(self, key: str) -> Member | None:
        """Find a member by hash, address or contact id."""
        if "@" in key:
            key = subscriber_hash(key)
        return self.members.get(key) or self.contacts.get(key)

    def get(self, key: str) -> Member:
        """Find a member or refuse with 404."""
        if member := self.find(key):
            return member
        raise not_found()

    def get_by_hash(self, key: str) -> Member:
        """Find a member by its hash only, as the tag and erasure paths document it."""
        if member := self.members.get(key):
            return member
        raise not_found()

    def enter(self, email: str, status: str, at: datetime) -> Member:
        """Make a member of an address that is not one."""
        self.made_members += 1
        member = Member(email, status, FIRST_WEB_ID + self.made_members, at.replace(microsecond=0))
        member.merge_fields = {tag: each.default_value for tag, each in self.merge_fields.items()}
        member.interests = dict.fromkeys(self.interests, False)
        self.members[member.id] = self.contacts[member.contact_id] = member
        return member

    def touch(self, member: Member, at: datetime) -> None:
        """Move `last_changed`; the member goes to the end of an unsorted list."""
        member.changed_at = at.replace(microsecond=0)
        self.members[member.id] = self.members.pop(member.id)

    def move(self, member: Member, email: str) -> None:
        """Change the address and with it the hash."""
        del self.members[member.id]
        member.email = email
        self.members[member.id] = member

    def remove(self, member: Member) -> None:
        """Erase a member for good; its address can only come back by the person's own act."""
        for key in member.tags:
            del self.segments[key].members[member.web_id]
        del self.members[member.id], self.contacts[member.contact_id]
        self.forgotten.add(member.id)

    def segment(self, key: str | int) -> Segment:
        """Find a segment or refuse with 404."""
        found = self.segments.get(int(key)) if str(key).isascii() and str(key).isdigit() else None
        if found is None:
            raise not_found()
        return found

    def named(self, name: str) -> Segment | None:
        """Find a tag (a static segment) by its name, whatever the case."""
        tags = (each for each in self.segments.values() if each.kind == "static")
        return next((each for each in tags if each.name.lower() == name.lower()), None)

    def make_segment(self, name: str, at: datetime, options: dict[str, Any] | None = None) -> Segment:
        """Make an empty segment."""
        self.made_segments += 1
        key = FIRST_SEGMENT_ID + self.made_segments
        made = Segment(key, name, at, at, "saved" if options is not None else "static", options)
        self.segments[key] = made
        return made

    def drop_segment(self, segment: Segment) -> None:
        """Remove a segment, not its members."""
        for member in segment.members.values():
            del member.tags[segment.id]
        del self.segments[segment.id]

    def tag(self, member: Member, segment: Segment, at: datetime) -> bool:
        """Put a member into a static segment; tells whether that changed anything."""
        if segment.id in member.tags:
            return False
        member.tags[segment.id] = segment.updated_at = at
        segment.members[member.web_id] = member
        self.touch(member, at)
        return True

    def untag(self, member: Member, segment: Segment, at: datetime) -> bool:
        """Take a member out of a static segment; tells whether that changed anything."""
        if segment.id not in member.tags:
            return False
        del member.tags[segment.id], segment.members[member.web_id]
        segment.updated_at = at
        self.touch(member, at)
        return True

    def in_segment(self, segment: Segment, hidden: tuple[str, ...] = HIDDEN_IN_SEGMENTS) -> list[Member]:
        """Return the members of a segment that the caller may see."""
        return [each for each in segment.members.values() if each.status not in (*hidden, "archived")]

    def present(self) -> Iterator[Member]:
        """Return everybody who is not archived."""
        return (each for each in self.members.values() if each.status != "archived")

    def census(self) -> dict[str, int]:
        """Count the members by status."""
        counts = Counter(each.status for each in self.members.values())
        return {status: counts[status] for status in STATUSES}

    def show(self, member: Member) -> dict[str, Any]:
        """Return a member as the API shows it."""
        return shown(member, self.id, {key: self.segments[key].name for key in member.tags}, self.permissions)

    def brief(self, member: Member, names: Iterable[str]) -> dict[str, Any]:
        """Return a member with the fields that bulk and segment answers have."""
        body = self.show(member)
        del body["location"]["region"]
        return {name: body[name] for name in names}

    def show_segment(self, segment: Segment, hidden: tuple[str, ...] = HIDDEN_IN_SEGMENTS) -> dict[str, Any]:
        """Return a segment as the API shows it."""
        body = {
            "id": segment.id,
            "name": segment.name,
            "member_count": len(self.in_segment(segment, hidden)),
            "type": segment.kind,
            "created_at": stamp(segment.created_at),
            "updated_at": stamp(segment.updated_at),
            "list_id": self.id,
            "_links": [],
        }
        return body if segment.options is None else {**body, "options": segment.options}
