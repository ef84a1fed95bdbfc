"""What happened to points or to a voucher, and the one order in which it counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

Kind = Literal["earn", "hold", "burn", "capture", "release", "reverse", "restore"]
RANKS: dict[str, int] = {kind: rank for rank, kind in enumerate(get_args(Kind))}
"""Of one moment, what comes in is there before what goes out, and what is taken back comes last."""
REFERRING = frozenset({"capture", "release", "reverse", "restore"})
NEVER = "9"
"""Sorts after every moment."""

Place = tuple[str, int, str]
"""Where an event stands: when it counts (UTC text), its rank, its key."""


class Event(NamedTuple):
    """One thing that happened in one account; `amount` is points, or minor units of a voucher's currency."""

    key: str
    kind: Kind
    amount: int
    at: str
    expires_at: str = NEVER
    """When what was earned lapses; when a hold times out."""
    grace_at: str = NEVER
    """Until when lives what comes back of points that have lapsed meanwhile."""
    refers: str = ""
    """The earn that is reversed, the burn or capture that is restored, the hold that is captured or released."""


def place_of(event: Event) -> Place:
    """Return where an event stands that refers to nothing, or to what came before it."""
    return event.at, RANKS[event.kind], event.key


def ordered(events: Iterable[Event]) -> list[Event]:
    """Return events in the order in which they count, whatever order they came in.

    What is taken back counts no sooner than what it takes back, however wrong the clock of its till.
    """
    given = {event.key: event for event in events}
    moments: dict[str, str] = {}

    def moment(event: Event) -> str:
        known = moments.get(event.key)
        if known is None:
            moments[event.key] = event.at  # also ends a circle of references
            before = given.get(event.refers) if event.kind in REFERRING else None
            known = moments[event.key] = max(event.at, moment(before)) if before else event.at
        return known

    if not any(event.kind in REFERRING for event in given.values()):
        return sorted(given.values(), key=place_of)
    placed = [(moment(event), RANKS[event.kind], event.key, event) for event in given.values()]
    return [event._replace(at=at) if at != event.at else event for at, _, _, event in sorted(placed)]
