"""What the answer to a mutation says of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from plugins.wire.outbox import Outcome, Row
from plugins.wire.retry import RefusedError
from targets.shopify.refusals import code_of

DONE = Outcome("accepted")
NOT_NAMED = Outcome("unknown", "the answer does not name it")
ERRORS = "userErrors { field code }"
PLAIN_ERRORS = "userErrors { field }"


def judged(payload: Any) -> Outcome:
    """Return what the payload of a mutation says: any error means that it did nothing."""
    errors = errors_of(payload)
    if errors is None:
        return NOT_NAMED
    return Outcome("rejected", code_of(errors)) if errors else DONE


def errors_of(payload: Any) -> Sequence[Mapping[str, Any]] | None:
    """Return the errors of a mutation, None where the answer does not name it."""
    errors = payload.get("userErrors") if isinstance(payload, dict) else None
    return errors if isinstance(errors, list) else None


def named(field: str) -> Callable[[Any, Row], Outcome]:
    """Return what judges a mutation that shows what it did in a field."""

    def judge(answer: Any, _: Row) -> Outcome:
        payload = answer.get("made")
        outcome = judged(payload)
        return NOT_NAMED if outcome.state == "accepted" and not payload.get(field) else outcome

    return judge


def judged_by_place(errors: Sequence[Mapping[str, Any]], field: str, place: int, items: int) -> Outcome:
    """Return what became of an item: one that is wrong keeps all of them out, and those that are right go again."""
    if not errors:
        return DONE
    own = [each for each in errors if _is_at(each.get("field") or [], field, place)]
    return Outcome("rejected", code_of(own or errors), is_final=bool(own) or items == 1)


def not_found_out(error: Exception) -> Outcome:
    """Return what becomes of a row before whose call something had to be looked up."""
    return Outcome("rejected" if isinstance(error, RefusedError) else "unknown", f"look-up: {error}")


def _is_at(path: Sequence[str], field: str, place: int) -> bool:
    return (field, str(place)) in pairwise(path)
