"""One user list: what it takes, and whom it holds; nobody is told who is in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

DAYS_MOST = 540
DEFAULT_DURATION = f"{DAYS_MOST * 86_400}s"
SMALLEST_TOLD = 100
Mark = str
"""A value by which somebody is found: a hash in lower-case hex, an address, or an id."""


@dataclass
class UserList:
    """One list. Each identifier is a member of its own: what was not named when somebody left still finds them."""

    id: str
    parent: str
    told: dict[str, Any]
    """What its owner said of it."""
    members: dict[Mark, datetime] = field(default_factory=dict)
    """When each was last added."""

    @property
    def name(self) -> str:
        """Return what it is called in rules and screens."""
        return str(self.told["displayName"])

    @property
    def kinds(self) -> set[str]:
        """Return which kinds of identifiers it takes."""
        return set(self.told["ingestedUserListInfo"]["uploadKeyTypes"])

    @property
    def duration(self) -> timedelta:
        """Return how long somebody stays without being added again."""
        return timedelta(seconds=int(str(self.told["membershipDuration"]).removesuffix("s")))

    def add(self, marks: Iterable[Mark], at: datetime) -> None:
        """Put people in, or renew those who are."""
        self.members.update(dict.fromkeys(marks, at))

    def remove(self, marks: Iterable[Mark]) -> None:
        """Take people out; who is not in is no error."""
        for mark in marks:
            self.members.pop(mark, None)

    def remove_before(self, moment: datetime) -> None:
        """Take out everybody who was last added before a moment."""
        self.members = {mark: at for mark, at in self.members.items() if at >= moment}

    def holds(self, mark: Mark, now: datetime) -> bool:
        """Tell whether somebody is in and was added recently enough."""
        return mark in self.members and now < self.members[mark] + self.duration

    def view(self) -> dict[str, Any]:
        """Return what Google tells: never who is in, and the size in round numbers only."""
        size = str(len(self.members) // SMALLEST_TOLD * SMALLEST_TOLD)
        counts = ("displayNetworkMembersCount", "searchNetworkMembersCount")
        return {
            "name": f"{self.parent}/userLists/{self.id}",
            "id": self.id,
            "readOnly": False,
            **self.told,
            "accessReason": "OWNED",
            "accountAccessStatus": "ENABLED",
            "sizeInfo": dict.fromkeys(counts, size),
        }
