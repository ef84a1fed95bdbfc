"""One call of a row: how it goes, and what its answer or its refusal makes of the row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plugins.wire.outbox import Call, Outcome
from plugins.wire.retry import RefusedError

DONE = Outcome("accepted")
NEXT = Outcome("accepted", is_final=False)


def rejected(refusal: RefusedError) -> Outcome:
    """Return what a refusal means unless a call knows better."""
    return Outcome("rejected", str(refusal))


@dataclass(frozen=True, slots=True)
class Step:
    """A call; `judge` may raise LostError where the answer does not say what became of the row."""

    call: Call
    judge: Callable[[Any], Outcome]
    refused: Callable[[RefusedError], Outcome] = rejected
