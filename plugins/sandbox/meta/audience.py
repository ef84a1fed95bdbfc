"""A custom audience: who is in it is kept here, and shown to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from plugins.sandbox.meta.nodes import Node, names, seconds, stamp
from plugins.sandbox.meta.rows import Marks

SMALL = 1000
NORMAL, REPLACING, REPLACE_FAILED, FLAGGED = 200, 414, 415, 471
STATES = {
    NORMAL: "Normal",
    REPLACING: "The audience is being replaced.",
    REPLACE_FAILED: "The last replacement of the audience failed.",
    FLAGGED: "The audience was flagged and cannot be used.",
}


class Membership:
    """Who is in: persons by any value that finds them; adding twice and removing the absent change nothing."""

    def __init__(self) -> None:
        self.found: dict[str, Marks] = {}
        self.size = 0

    def add(self, people: Sequence[Marks]) -> None:
        """Put people in; who is in already gets the further values."""
        new = {mark: marks for marks in people for mark in marks}
        if len(new) == sum(map(len, people)) and self.found.keys().isdisjoint(new):
            self.size += len(people)
            self.found.update(new)
            return
        for marks in people:
            self._join(marks)

    def _join(self, marks: Marks) -> None:
        before = {self.found[mark] for mark in marks if mark in self.found}
        if before != {marks}:
            together = tuple(dict.fromkeys(mark for each in (*sorted(before), marks) for mark in each))
            self.size += 1 - len(before)
            self.found.update(dict.fromkeys(together, together))

    def remove(self, people: Iterable[Marks]) -> None:
        """Take out everybody whom one of the values finds."""
        for marks in people:
            for mark in marks:
                for each in self._take(mark):
                    self.found.pop(each, None)

    def _take(self, mark: str) -> Marks:
        marks = self.found.get(mark, ())
        self.size -= bool(marks)
        return marks

    @property
    def people(self) -> set[Marks]:
        """Return everybody, by the values that find them."""
        return set(self.found.values())


@dataclass
class Session:
    """One upload in several batches."""

    id: str
    audience_id: str
    started_at: datetime
    schema: tuple[str, ...] = ()
    batches: set[int] = field(default_factory=set)
    received: int = 0
    wrong: int = 0
    ended_at: datetime | None = None

    def view(self) -> dict[str, str]:
        """Return the progress, everything as text."""
        is_over = self.ended_at is not None
        told = {
            "session_id": self.id,
            "stage": "finished" if is_over else "receiving",
            "num_received": str(self.received),
            "num_matched": str(self.received - self.wrong),
            "num_invalid_entries": str(self.wrong),
            "progress": "100" if is_over else "0",
            "start_time": stamp(self.started_at),
        }
        return {**told, "end_time": stamp(self.ended_at)} if self.ended_at else told


@dataclass
class Replacement:
    """What will be in the audience when the last batch has come."""

    session: Session
    members: Membership = field(default_factory=Membership)


@dataclass
class Audience(Node):
    """One custom audience of the ad account."""

    kind: ClassVar[str] = "CustomAudience"
    callers: ClassVar[tuple[str, ...]] = ("system",)
    use: ClassVar[str] = "custom_audience"
    known: ClassVar[frozenset[str]] = names(
        "id account_id name description subtype customer_file_source is_value_based approximate_count_lower_bound "
        "approximate_count_upper_bound operation_status delivery_status time_created time_updated "
        "time_content_updated retention_days"
    )
    account_id: str
    name: str
    created_at: datetime
    description: str = ""
    customer_file_source: str = ""
    is_value_based: bool = False
    updated_at: datetime | None = None
    content_updated_at: datetime | None = None
    status: int = NORMAL
    is_blocked: bool = False
    members: Membership = field(default_factory=Membership)
    sessions: dict[str, Session] = field(default_factory=dict)
    replacement: Replacement | None = None

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return what Meta tells: never who is in, and the size in round numbers only."""
        lower, upper = bounds(self.members.size)
        is_ready = self.members.size >= SMALL
        ready = {"code": 200, "description": "This audience is ready for use."}
        return {
            "account_id": self.account_id,
            "name": self.name,
            "description": self.description,
            "subtype": "CUSTOM",
            "customer_file_source": self.customer_file_source,
            "is_value_based": self.is_value_based,
            "approximate_count_lower_bound": lower,
            "approximate_count_upper_bound": upper,
            "operation_status": {"code": self.status, "description": STATES[self.status]},
            "delivery_status": ready if is_ready else {"code": 300, "description": "The audience is too small."},
            "time_created": seconds(self.created_at),
            "time_updated": seconds(self.updated_at or self.created_at),
            "time_content_updated": seconds(self.content_updated_at or self.created_at),
            "retention_days": 0,
        }


def bounds(size: int) -> tuple[int, int]:
    """Return the round numbers around a size; a small one is not told."""
    if size < SMALL:
        return -1, -1
    step = int(10 ** (len(str(size)) - 2))
    lower = size // step * step
    return lower, lower + max(step, lower * 15 // 100 // step * step)
