"""The ledger's arithmetic: what a list of events comes to in one account, whatever order they arrived in.

Pure: no clock, no database. Each event moves amounts between the parts of an account; `available`, `held`, `debt` and
`uncovered` are the customer's (their sum is the balance; the last two are never above zero), `issued`, `redeemed` and
`expired` are where it comes from and goes to.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mappers.loyalty.event import NEVER, Event, Place, ordered, place_of

PARTS = ("available", "held", "debt", "uncovered")
LAPSE, TIMEOUT = "expiry", "timeout"


class Effect(NamedTuple):
    """An amount that goes from one part of the account to another, because of an event, or of time."""

    event: str
    aspect: str
    """Empty for the event itself; `expiry` of a lot, `timeout` of a hold."""
    debit: str
    credit: str
    amount: int
    at: str


@dataclass(slots=True)
class Lot:
    """What is left of what was earned in one go."""

    key: str
    expires_at: str
    left: int


Taken = list[tuple[str, int]]
"""Which lots an amount was taken from; an empty key is what no lot could cover."""


@dataclass(slots=True)
class Hold:
    """Points set aside for a purchase that is not finished."""

    key: str
    until: str
    grace_at: str
    taken: Taken


@dataclass(slots=True)
class Earned:
    """What an earn came to, for its reversal."""

    amount: int
    lapsed: int = 0
    reversed: int = 0


@dataclass(slots=True)
class Account:
    """One account of one unit, up to a place in time."""

    lots: dict[str, Lot] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    debt: int = 0
    uncovered: int = 0
    to: Place = ("", 0, "")
    """The place of the newest event, or of the newest thing that time did."""
    effects: list[Effect] = field(default_factory=list)
    _due: str = NEVER
    _earned: dict[str, Earned] = field(default_factory=dict)
    _spent: dict[str, Taken] = field(default_factory=dict)

    @property
    def available(self) -> int:
        """What may be spent."""
        return sum(lot.left for lot in self.lots.values())

    @property
    def due(self) -> str:
        """Return no later than the moment at which time does something next."""
        return self._due

    @property
    def held(self) -> int:
        """What is set aside."""
        return sum(amount for hold in self.holds.values() for _, amount in hold.taken)

    def apply(self, event: Event) -> None:
        """Let one event happen, after what time did before it; events come in the order of `ordered`."""
        self.advance(event.at)
        self.to = max(self.to, place_of(event))
        getattr(self, f"_{event.kind}")(event)

    def advance(self, to: str) -> None:
        """Let time pass: holds time out and lots lapse, each at its moment."""
        while self._due <= to:
            due = [(hold.until, 0, key) for key, hold in self.holds.items()]
            due += [(lot.expires_at, 1, key) for key, lot in self.lots.items() if lot.left]
            at, is_lot, key = min(due, default=(NEVER, 0, ""))
            self._due = at
            if at > to or at == NEVER:
                return
            self.to = max(self.to, (at, -1, key))
            self._lapse(key, at) if is_lot else self._time_out(key, at)

    def _move(self, event: str, debit: str, credit: str, amount: int, at: str, aspect: str = "") -> None:
        if amount:
            self.effects.append(Effect(event, aspect, debit, credit, amount, at))

    def _lapse(self, key: str, at: str) -> None:
        lot = self.lots[key]
        self._move(key, "available", "expired", lot.left, at, LAPSE)
        if key in self._earned:
            self._earned[key].lapsed += lot.left
        lot.left = 0

    def _time_out(self, key: str, at: str) -> None:
        hold = self.holds.pop(key)
        self._give_back(key, "held", hold.taken, at, hold.grace_at, TIMEOUT)

    def _earn(self, event: Event) -> None:
        self._earned[event.key] = Earned(event.amount)
        self._come_in(event.key, event.key, "issued", event.amount, event.at, event.expires_at)

    def _come_in(
        self, event: str, lot: str, source: str, amount: int, at: str, expires_at: str, aspect: str = ""
    ) -> None:
        """Let an amount into a lot; a debt is repaid first."""
        repaid = min(self.debt, amount)
        self.debt -= repaid
        self._move(event, source, "debt", repaid, at, aspect)
        self._move(event, source, "available", amount - repaid, at, aspect)
        if amount > repaid:
            kept = self.lots.setdefault(lot, Lot(lot, expires_at, 0))
            kept.left += amount - repaid
            kept.expires_at = max(kept.expires_at, expires_at)
            self._due = min(self._due, kept.expires_at)

    def _take(self, amount: int) -> Taken:
        """Take an amount out of the lots, what lapses first goes first; what is short is taken from nowhere."""
        taken: Taken = []
        for lot in sorted(self.lots.values(), key=lambda each: each.expires_at):
            part = min(lot.left, amount)
            if part:
                lot.left -= part
                amount -= part
                taken.append((lot.key, part))
            if not amount:
                break
        return [*taken, ("", amount)] if amount else taken

    def _burn(self, event: Event) -> None:
        taken = self._spent[event.key] = self._take(event.amount)
        self._go_out(event, "redeemed", taken)

    def _go_out(self, event: Event, into: str, taken: Taken) -> None:
        short = taken[-1][1] if taken and not taken[-1][0] else 0
        self.uncovered += short
        self._move(event.key, "available", into, sum(part for _, part in taken) - short, event.at)
        self._move(event.key, "uncovered", into, short, event.at)

    def _hold(self, event: Event) -> None:
        taken = self._take(event.amount)
        self._go_out(event, "held", taken)
        self.holds[event.key] = Hold(event.key, event.expires_at, event.grace_at, taken)
        self._due = min(self._due, event.expires_at)

    def _capture(self, event: Event) -> None:
        hold = self.holds.pop(event.refers, None)
        if hold is None:
            return
        spent, rest = _split(hold.taken, event.amount)
        self._spent[event.key] = spent
        self._move(event.key, "held", "redeemed", sum(part for _, part in spent), event.at)
        self._give_back(event.key, "held", rest, event.at, hold.grace_at)

    def _release(self, event: Event) -> None:
        hold = self.holds.pop(event.refers, None)
        if hold is not None:
            self._give_back(event.key, "held", hold.taken, event.at, hold.grace_at)

    def _restore(self, event: Event) -> None:
        back, self._spent[event.refers] = _split(self._spent.get(event.refers, [])[::-1], event.amount)
        self._spent[event.refers].reverse()
        self._give_back(event.key, "redeemed", back, event.at, event.grace_at)

    def _give_back(self, event: str, source: str, taken: Taken, at: str, grace_at: str, aspect: str = "") -> None:
        """Give amounts back to the lots they were taken from; what has lapsed meanwhile lives until `grace_at`."""
        for key, amount in taken:
            if not key:
                self.uncovered -= amount
                self._move(event, source, "uncovered", amount, at, aspect)
                continue
            old = self.lots[key].expires_at
            self._come_in(event, key, source, amount, at, old if old > at else max(old, grace_at), aspect)

    def _reverse(self, event: Event) -> None:
        """Take back what was earned: from its lot, from what lapsed of it, from other lots; the rest is debt."""
        earned = self._earned.get(event.refers)
        if earned is None:
            return
        amount = min(event.amount, earned.amount - earned.reversed)
        earned.reversed += amount
        lot = self.lots.get(event.refers)
        own = min(lot.left, amount) if lot else 0
        if lot:
            lot.left -= own
        lapsed = min(earned.lapsed, amount - own)
        earned.lapsed -= lapsed
        taken = self._take(amount - own - lapsed)
        short = taken[-1][1] if taken and not taken[-1][0] else 0
        self.debt += short
        self._move(event.key, "expired", "issued", lapsed, event.at)
        self._move(event.key, "available", "issued", amount - lapsed - short, event.at)
        self._move(event.key, "debt", "issued", short, event.at)

    def as_json(self) -> dict[str, Any]:
        """Return what the next event needs to know of those before it, unless that takes something back."""
        kept = {key for hold in self.holds.values() for key, _ in hold.taken}
        return {
            "lots": [[lot.key, lot.expires_at, lot.left] for lot in self.lots.values() if lot.left or lot.key in kept],
            "holds": [[hold.key, hold.until, hold.grace_at, hold.taken] for hold in self.holds.values()],
            "to": self.to,
        }

    @classmethod
    def of_json(cls, kept: dict[str, Any], debt: int, uncovered: int) -> Account:
        """Return the account that `as_json` described."""
        lots = {key: Lot(key, expires_at, left) for key, expires_at, left in kept["lots"]}
        holds = {
            key: Hold(key, until, grace_at, [(lot, amount) for lot, amount in taken])
            for key, until, grace_at, taken in kept["holds"]
        }
        moments = [lot.expires_at for lot in lots.values() if lot.left] + [hold.until for hold in holds.values()]
        place: Place = tuple(kept["to"])
        return cls(lots, holds, debt, uncovered, place, _due=min(moments, default=NEVER))


def _split(taken: Taken, amount: int) -> tuple[Taken, Taken]:
    """Return the first so much of what was taken, and the rest."""
    first: Taken = []
    rest: Taken = []
    for key, part in taken:
        own = min(part, amount)
        amount -= own
        if own:
            first.append((key, own))
        if part > own:
            rest.append((key, part - own))
    return first, rest


def fold(events: Iterable[Event], as_of: str) -> Account:
    """Return the account that these events make, in whatever order they are given, as it stands at a moment (UTC)."""
    account = Account()
    for event in ordered(events):
        account.apply(event)
    account.advance(as_of)
    return account
