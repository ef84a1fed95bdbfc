"""One person, what they said and bought, and the state that is folded from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mappers.consent.fold import Declaration, Policy, fold
from tests.making import columnar, record, rows
from tests.mappers.consent.acts import CUSTOMERS, DECLARATIONS, NOW, POLICIES, PROFILES, WHOLE

MAIL, OTHER = "ann@x.nl", "bob@x.nl"
EARLY, NOON, LATE = "2026-03-02T10:00:00+01:00", "2026-03-02T12:00:00+01:00", "2026-03-02T14:00:00+01:00"
LATELY = "2026-03-10T12:00:00+01:00"
ONE_OWNER = dict.fromkeys(CUSTOMERS, "P")


def folded(
    given: Sequence[dict[str, Any]],
    members: dict[str, str] = PROFILES,
    rules: Sequence[Declaration] = DECLARATIONS,
    policy: Policy = POLICIES[0],
    now: datetime = NOW,
) -> list[dict[str, Any]]:
    with columnar(*given, members=members) as engine:
        fold(engine, rules, now, policy)
        return rows(engine, "SELECT * FROM consent_state ORDER BY profile_id, channel, purpose")


def act(
    value: str | None, when: str | None = NOON, source: str = "web", field: str = "optin", key: str = "", **told: Any
) -> dict[str, Any]:
    facts = {**WHOLE, **({"when": when} if when else {}), **told.pop("facts", {})}
    known = {"customer_id": "1", "email": MAIL, "changed_at": when, **told}
    return record(
        "consent", source, key or f"{source}{field}{value}{when}", field=field, value=value, facts=facts, **known
    )


def state(
    *said: dict[str, Any], channel: str = "email", purpose: str = "marketing", members: dict[str, str] = ONE_OWNER,
    born: str | None = None, **told: Any,
) -> Any:  # fmt: skip
    """Return the one state of one person, or None when nobody ever said anything."""
    known = [record("customer", *key.split(":"), email=MAIL, birth_date=born) for key in members]
    found = [each for each in folded([*known, *said], members, **told) if each["profile_id"] == "P"]
    return next((each for each in found if (each["channel"], each["purpose"]) == (channel, purpose)), None)


def platform(value: str | None, when: str | None, key: str = "m", **told: Any) -> dict[str, Any]:
    return act(value, when, "news", "status", key=key, customer_id="5", **told)


def flag(value: str, reported: str | None, key: str, **told: Any) -> dict[str, Any]:
    """Return one export of the till's flag, which has no time of its own."""
    return act(value, None, "till", "mail", key=key, customer_id="3", changed_at=reported, **told)


def order(when: str, **told: Any) -> dict[str, Any]:
    paid = {"customer_id": "1", "is_paid": True, "total_minor": 900, "channel": "web", "currency": "EUR"}
    return record("order", "web", f"o{when}", **{**paid, "ordered_at": when, **told})
