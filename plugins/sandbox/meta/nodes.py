"""The graph: nodes with fields, and edges that lead from one to others."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

DEFAULT_LIMIT = 25
MAXIMUM_LIMIT = 100


@dataclass
class Node:
    """One object of the graph, under an id that no other has."""

    kind: ClassVar[str] = ""
    """As Meta calls the type."""
    use: ClassVar[str] = "app"
    """The business use case whose limit a call on it counts against."""
    callers: ClassVar[tuple[str, ...]] = ("system", "page")
    """Whose token may ask for it."""
    default: ClassVar[tuple[str, ...]] = ()
    """What is shown beside the id when no field is named."""
    known: ClassVar[frozenset[str]] = frozenset()
    """Every field that may be named."""
    id: str

    @abstractmethod
    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return the values of the fields, without those that the caller may not see or that have none."""


@dataclass(frozen=True)
class Connection:
    """What an edge leads to, in its order, and what is said of all of it."""

    rows: Sequence[Node | dict[str, Any]]
    summary: dict[str, Any] = field(default_factory=dict)
    maximum: int = MAXIMUM_LIMIT
    is_paged: bool = True


def edge(kind: str, name: str, method: str = "GET") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a method as the answer to an edge of a kind of node; `FIELD` is one that can be named as a field only."""

    def mark(answer: Callable[..., Any]) -> Callable[..., Any]:
        marks = getattr(answer, "__edges__", [])
        answer.__edges__ = [*marks, (kind, name, method)]  # type: ignore[attr-defined]
        return answer

    return mark


def stamp(moment: datetime) -> str:
    """Write a moment as Meta does: the offset has no colon."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def seconds(moment: datetime) -> int:
    """Return a moment as unix seconds."""
    return int(moment.timestamp())


def digits(text: str, length: int = 15) -> str:
    """Return an id of digits, the same for the same text."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    return str(10 ** (length - 1) + number % (9 * 10 ** (length - 1)))


def names(text: str) -> frozenset[str]:
    """Return a set of field names written with spaces."""
    return frozenset(text.split())
