"""Which calls about audiences somebody needs, in which order: out of what they must leave, then in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from plugins.wire.outbox import Row

Known = str
"""The identifiers of one person as one text, hashed, with the version of the rule that made them."""
Entry = tuple[Known, tuple[str, ...]]
"""A person, and the names of the audiences they come into or go out of."""
Kind = Literal["out", "stale", "in"]
KINDS: tuple[Kind, ...] = ("out", "stale", "in")
"""Out of what somebody must leave; out under identifiers that hold no more; in."""


class Step(NamedTuple):
    """One kind of call, and the audiences it is about, by the names that rules give them."""

    kind: Kind
    audiences: tuple[str, ...]

    @property
    def joins(self) -> bool:
        """Tell whether people come in."""
        return self.kind == "in"


def steps_of(
    wanted: Iterable[tuple[Kind, tuple[str, ...]]], together: int
) -> dict[tuple[Kind, tuple[str, ...]], list[tuple[Step, tuple[str, ...]]]]:
    """Return by kind and audiences the steps that it takes, each with the audiences that it is about for them."""
    wanted = list(wanted)
    names = sorted({name for _, named in wanted for name in named})
    groups = [tuple(names[at : at + together]) for at in range(0, len(names), together)]
    return {
        (kind, named): [
            (Step(kind, group), here) for group in groups if (here := tuple(name for name in group if name in named))
        ]
        for kind, named in wanted
    }


def plan_of(
    row: Row, now: Known | None, everywhere: tuple[str, ...]
) -> dict[Kind, tuple[list[Known], tuple[str, ...]]]:
    """Return under which identifiers a row goes out of which audiences, and comes into which."""
    payload = row.payload
    held = [str(each) for each in payload.get("sent") or ()]
    known = [now] if now else []
    if row.operation in ("remove", "erase"):
        gone = everywhere if row.operation == "erase" else tuple(payload.get("tags_off") or ())
        return _peopled({"out": (held or known, gone)})
    on, off = tuple(payload.get("tags_on") or ()), tuple(payload.get("tags_off") or ())
    if not (held or off):  # nearly everybody
        return {"in": (known, on)} if known else {}
    stale = [each for each in held if each != now]
    return _peopled({"out": (held or known, off), "stale": (stale, on), "in": (known, on)})


def _peopled(plan: dict[Kind, tuple[list[Known], tuple[str, ...]]]) -> dict[Kind, tuple[list[Known], tuple[str, ...]]]:
    return {kind: (people, named) for kind, (people, named) in plan.items() if people}


def is_next(needed: Mapping[Step, Sequence[Entry]] | None, step: Step) -> bool:
    """Tell whether a step comes next for a row."""
    return bool(needed) and next(iter(needed or ())) == step


def open_part(step: Step, shut: Mapping[str, str]) -> Step:
    """Return a step without the audiences that are shut."""
    return step._replace(audiences=tuple(name for name in step.audiences if name not in shut))


def outside(entries: Iterable[Entry], shut: Mapping[str, str]) -> list[Entry]:
    """Return people without the audiences that are shut; who is in no other is left out."""
    left = ((known, tuple(name for name in audiences if name not in shut)) for known, audiences in entries)
    return [entry for entry in left if entry[1]]
