"""What became of a request that Google took: it tells how many records it did not take and why, and never whose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from plugins.wire.outbox import Call, Outcome
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.google_ads.api import Api

OF_PURCHASES = "purchase:"
"""How the receipt of a request with purchases begins; one of user lists is Google's id and nothing else."""
INTERNAL = "INTERNAL_ERROR"
"""A failure of Google's own, which may pass."""
KNOWN = "DUPLICATE_TRANSACTION_ID"
"""Google has the purchase already, from us or from the tag of the webshop."""
Parts = Sequence[Mapping[str, Any]]


def became(api: Api, receipt: str) -> Outcome | None:
    """Return what became of everybody in a request, None while nobody knows."""
    query = urlencode({"requestId": receipt.removeprefix(OF_PURCHASES)})
    try:
        told = api.send(Call("GET", f"/v1/requestStatus:retrieve?{query}", b""))
    except LostError:
        return None
    except RefusedError:
        return Outcome("unknown", "Google does not know the request any more")
    parts = told.get("requestStatusPerDestination") or ()
    states = {str(each.get("requestStatus")) for each in parts}
    if not states or not states <= {"SUCCESS", "PARTIAL_SUCCESS", "FAILED"}:
        return None
    if states == {"SUCCESS"}:
        return Outcome("accepted")
    return of_purchases(states, lost(parts)) if receipt.startswith(OF_PURCHASES) else of_members(states, parts)


def of_members(states: set[str], parts: Parts) -> Outcome:
    """Return what became of people that Google did not all take, or did not all take out."""
    missed = lost(parts)
    if states == {"FAILED"} and set(missed) != {INTERNAL}:
        return Outcome("rejected", f"Google took nobody: {words(missed)}")
    is_leaving = any("audienceMembersRemovalStatus" in each for each in parts)
    if "FAILED" in states or is_leaving:  # who is left behind must go again
        return Outcome("unknown", f"Google did not do all of it: {words(missed)}")
    return Outcome("accepted", f"Google did not take all: {words(missed)}")


def of_purchases(states: set[str], missed: Counter[str]) -> Outcome:
    """Return what became of purchases that Google did not all count; what it has already need not go again."""
    if missed and set(missed) == {KNOWN}:
        return Outcome("accepted", f"Google had some already: {words(missed)}")
    if INTERNAL in missed:  # again, under the same references: none counts twice
        return Outcome("unknown", f"Google did not do all of it: {words(missed)}")
    if states == {"FAILED"}:
        return Outcome("rejected", f"Google took no purchase: {words(missed)}")
    return Outcome("accepted", f"Google did not take all: {words(missed)}")


def lost(parts: Parts) -> Counter[str]:
    """Return how many records were not taken, by reason."""
    found: Counter[str] = Counter()
    for part in parts:
        for each in (part.get("errorInfo") or {}).get("errorCounts") or ():
            found[str(each.get("reason")).removeprefix("PROCESSING_ERROR_REASON_")] += int(each.get("recordCount") or 0)
    return found


def words(missed: Counter[str]) -> str:
    """Return counts and reasons as a text."""
    return ", ".join(f"{count} {reason}" for reason, count in sorted(missed.items())) or "no reason told"
