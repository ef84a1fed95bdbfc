"""Which calls about audiences somebody needs, in which order: out of what they must leave, then in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from plugins.wire.outbox import Row

Known = str
"""The identifiers of one person as one text, hashed, with the version of the rule that made them."""
Entry = tuple[Known, tuple[str, ...]]
"""A person, and the names of the audiences they come into or go out of."""
Kind = Literal["out", "stale", "in"]
Plan = dict[Kind, tuple[list[Known], tuple[str, ...]]]
"""By kind the identifiers of one person, and the audiences."""
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


def needed_by(plans: Sequence[tuple[str, Plan]], together: int) -> Iterator[tuple[str, dict[Step, list[Entry]]]]:
    """Give each row's key with the steps it takes, and who it is in each."""
    steps = steps_of({(kind, named) for _, plan in plans for kind, (_, named) in plan.items()}, together)
    for key, plan in plans:
        yield (
            key,
            {
                step: [(each, here) for each in people]
                for kind, (people, named) in plan.items()
                for step, here in steps[kind, named]
            },
        )


def batches(rows: Sequence[tuple[Row, int]], size: int) -> Iterator[list[Row]]:
    """Give rows, each with how many people it names, in batches as large as a call of so many people may be."""
    some: list[Row] = []
    count = 0
    for row, more in rows:
        if some and count + more > size:
            yield some
            some, count = [], 0
        some.append(row)
        count += more
    if some:
        yield some


def plan_of(row: Row, now: Known | None, everywhere: tuple[str, ...]) -> Plan:
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


def _peopled(plan: Plan) -> Plan:
    return {kind: (people, named) for kind, (people, named) in plan.items() if people}


def is_next(needed: Mapping[Step, Sequence[Entry]] | None, step: Step) -> bool:
    """Tell whether a step comes next for a row."""
    return bool(needed) and next(iter(needed or ())) == step


def outside(
    needed: Mapping[Step, Sequence[Entry]], shut: Mapping[str, str]
) -> tuple[dict[Step, list[Entry]], Sequence[str]]:
    """Return steps without the audiences that are shut, and which these were; a step without anybody is left out."""
    gone = [name for entries in needed.values() for _, names in entries for name in names if name in shut]
    left = {
        step._replace(audiences=_open(step.audiences, shut)): [
            (known, here) for known, names in entries if (here := _open(names, shut))
        ]
        for step, entries in needed.items()
    }
    return {step: entries for step, entries in left.items() if entries}, gone


def _open(audiences: Iterable[str], shut: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in audiences if name not in shut)
