"""A customer list: who is in it is kept here, and shown to nobody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

SMALLEST = 100
"""Under so many Pinterest users nobody can be shown anything."""
MATCHING_TAKES = timedelta(minutes=10)
HEX = b"0123456789abcdef"
SHA256_DIGITS = 64
READABLE = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[^\s@A-Z]+@[^\s@A-Z]+")
"""SHA-256, SHA-1 or MD5, or an address in lower case."""


def readable(records: Sequence[str]) -> Sequence[str]:
    """Return the records that can find anybody; ten thousand hashes at once are not looked at one by one."""
    joined = "".join(records)
    is_hex = joined.isascii() and not joined.encode().translate(None, HEX)
    if is_hex and set(map(len, records)) <= {SHA256_DIGITS}:
        return records
    return [each for each in records if READABLE.fullmatch(each)]


@dataclass
class CustomerList:
    """One list of an ad account; its counters count what was sent and never fall."""

    id: str
    ad_account_id: str
    name: str
    list_type: str
    created_at: datetime
    updated_at: datetime
    batches: int = 0
    uploaded: int = 0
    removed: int = 0
    members: set[str] = field(default_factory=set)

    def add(self, records: Sequence[str], at: datetime) -> None:
        """Put people in; who is in already is counted once more."""
        self.members.update(readable(records))
        self.uploaded += len(records)
        self._touch(at)

    def remove(self, records: Sequence[str], at: datetime) -> None:
        """Take people out; who is not in is counted too."""
        self.members.difference_update(records)
        self.removed += len(records)
        self._touch(at)

    def _touch(self, at: datetime) -> None:
        self.batches += 1
        self.updated_at = at

    def status(self, at: datetime) -> str:
        """Return how far the matching is; everybody on a list is taken to have an account."""
        if at < self.updated_at + MATCHING_TAKES:
            return "PROCESSING"
        return "READY" if len(self.members) >= SMALLEST else "TOO_SMALL"

    def view(self, at: datetime) -> dict[str, Any]:
        """Return what Pinterest tells: never who is in."""
        return {
            "id": self.id,
            "type": "customerlist",
            "ad_account_id": self.ad_account_id,
            "name": self.name,
            "created_time": int(self.created_at.timestamp()),
            "updated_time": int(self.updated_at.timestamp()),
            "status": self.status(at),
            "num_batches": self.batches,
            "num_uploaded_user_records": self.uploaded,
            "num_removed_user_records": self.removed,
            "exceptions": {},
        }
