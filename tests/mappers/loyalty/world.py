"""Made-up lives of an account: earning, spending, holding and taking back, at random and in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from mappers.loyalty.event import NEVER, Event

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
END = "2028-01-01T00:00:00.000000Z"


def at(hours: float) -> str:
    """Return a moment so many hours after the start, as the store writes it."""
    moment = START + timedelta(hours=hours)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def earn(key: str, amount: int, hours: float = 0, lapses: float | None = None) -> Event:
    """Return points earned."""
    return Event(key, "earn", amount, at(hours), NEVER if lapses is None else at(lapses))


def burn(key: str, amount: int, hours: float = 1) -> Event:
    """Return points spent."""
    return Event(key, "burn", amount, at(hours))


def back(key: str, refers: str, amount: int, hours: float = 2) -> Event:
    """Return points taken back that were earned."""
    return Event(key, "reverse", amount, at(hours), refers=refers)


def restored(key: str, refers: str, amount: int, hours: float = 2, grace: float = 10_000) -> Event:
    """Return points given back that were spent."""
    return Event(key, "restore", amount, at(hours), grace_at=at(grace), refers=refers)


def held(key: str, amount: int, hours: float = 1, until: float = 50) -> Event:
    """Return points set aside."""
    return Event(key, "hold", amount, at(hours), at(until), at(until + 100))


def life(dice: Random, name: str = "", most: int = 14) -> list[Event]:
    """Return the events of one account, each key beginning with `name`."""
    events: list[Event] = []
    for number in range(dice.randint(1, most)):
        key, hours = f"{name}{number}", dice.choice((1, 2, 3, 5, 8, 13, 24, 48, 72)) * dice.randint(1, 9)
        amount, kind = dice.choice((0, 1, 5, 10, 30, 100)), dice.random()
        before = {
            kind: [event for event in events if event.kind == kind] for kind in ("earn", "burn", "hold", "capture")
        }
        if kind < 0.45:
            lapses = None if dice.random() < 0.3 else hours + dice.choice((0, 1, 24, 100))
            events.append(earn(key, amount, hours, lapses))
        elif kind < 0.6:
            events.append(burn(key, amount, hours))
        elif kind < 0.72:
            events.append(held(key, amount, hours, hours + dice.choice((1, 10, 100))))
        elif kind < 0.82 and before["hold"]:
            refers = dice.choice(before["hold"])
            ending = dice.choice(("capture", "release"))
            events.append(Event(key, ending, dice.randint(0, refers.amount), at(hours), refers=refers.key))  # type: ignore[arg-type]
        elif kind < 0.92 and before["earn"]:
            refers = dice.choice(before["earn"])
            events.append(back(key, refers.key, dice.choice((1, refers.amount, 1000)), hours))
        elif before["burn"] or before["capture"]:
            refers = dice.choice([*before["burn"], *before["capture"]])
            events.append(restored(key, refers.key, dice.choice((1, refers.amount, 1000)), hours, hours + 24))
    return events
