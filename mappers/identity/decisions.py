"""What people decide about who is who: kept for ever, the newest about two records holds, and none may contradict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, func, insert, select

from plugins.store.tables import decision
from plugins.store.times import utc_text

Verdict = Literal["same", "apart", "undone"]
Pair = tuple[str, str]
"""The names of two records, `source:id`, the lesser first."""


class ContradictionError(Exception):
    """A decision that others already rule out. The text is `where: what; what to do`."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about two records."""

    act: int
    pair: Pair
    verdict: str
    reason: str
    decided_by: str
    at: str


def paired(one: str, other: str) -> Pair:
    """Return two records' names in order."""
    return (one, other) if one <= other else (other, one)


def decisions(store: Connection) -> list[Decision]:
    """Return every decision ever taken, oldest first."""
    return [
        Decision(row.act, paired(f"{row.one_source}:{row.one_id}", f"{row.other_source}:{row.other_id}"),
                 row.verdict, row.reason, row.decided_by, row.at)
        for row in store.execute(select(decision).order_by(decision.c.seq))
    ]  # fmt: skip


def standing(taken: Iterable[Decision]) -> dict[Pair, Decision]:
    """Return what holds: the newest decision about each two records, unless it was undone."""
    newest = {each.pair: each for each in taken}
    return {pair: each for pair, each in newest.items() if each.verdict != "undone"}


def decide(
    store: Connection, pairs: Sequence[Pair], verdict: Verdict, reason: str, decided_by: str, at: datetime
) -> int:
    """Record one act over these pairs and return its number; raises ContradictionError and then records nothing."""
    held = {pair: each for pair, each in standing(decisions(store)).items() if pair not in set(pairs)}
    if verdict == "same":
        _check_apart(pairs, held)
    elif verdict == "apart":
        _check_same(pairs, held)
    act = int(store.execute(select(func.coalesce(func.max(decision.c.act), 0))).scalar_one()) + 1
    said = {"act": act, "verdict": verdict, "reason": reason, "decided_by": decided_by, "at": utc_text(at)}
    for one, other in pairs:
        one_source, _, one_id = one.partition(":")
        other_source, _, other_id = other.partition(":")
        ends = {"one_source": one_source, "one_id": one_id, "other_source": other_source, "other_id": other_id}
        store.execute(insert(decision).values(**said, **ends))
    return act


def _check_same(pairs: Iterable[Pair], held: Mapping[Pair, Decision]) -> None:
    ties = {pair: each for pair, each in held.items() if each.verdict == "same"}
    for one, other in pairs:
        if path := _path(one, other, ties):
            _refuse(f"{one} and {other} cannot stay apart", path)


def _check_apart(pairs: Iterable[Pair], held: Mapping[Pair, Decision]) -> None:
    ties = {pair: each for pair, each in held.items() if each.verdict == "same"}
    ties |= {pair: Decision(0, pair, "same", "", "", "") for pair in pairs}
    for (one, other), each in held.items():
        if each.verdict == "apart" and (path := _path(one, other, ties)):
            linked = " and ".join(f"{a} and {b}" for a, b in pairs)
            _refuse(f"{linked} cannot be one", [each, *path])


def _refuse(what: str, path: Sequence[Decision]) -> None:
    """Raise for decisions that rule another out; those of number 0 are the ones that are being taken."""
    found = {each.act: each for each in path if each.act}
    told = ", ".join(
        f"decision {each.act} says that {each.pair[0]} and {each.pair[1]} are "
        f"{'one' if each.verdict == 'same' else 'not one'}"
        for each in found.values()
    )
    raise ContradictionError(f"identity: {what}: {told}; take one back first with: rotonde identity undo NUMBER")


def _path(start: str, goal: str, ties: Mapping[Pair, Decision]) -> list[Decision]:
    """Return the decisions that make two records one, or nothing."""
    near: dict[str, list[Decision]] = {}
    for (one, other), each in ties.items():
        near.setdefault(one, []).append(each)
        near.setdefault(other, []).append(each)
    came: dict[str, list[Decision]] = {start: []}
    waiting = [start]
    while waiting and goal not in came:
        here = waiting.pop(0)
        for each in near.get(here, []):
            there = each.pair[0] if each.pair[1] == here else each.pair[1]
            if there not in came:
                came[there] = [*came[here], each]
                waiting.append(there)
    return came.get(goal, [])
