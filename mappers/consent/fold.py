"""Consent, folded from acts: withdrawal and latest evidence win, a mirror can withdraw and never grant.

One set of SQL texts serves a million profiles (over the mirror) and one batch (over a few rows in memory), so what
was planned and what the gate lets through cannot differ. The rules are those of the retailer's `consent.yml`;
what is not declared means nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

import duckdb

from mappers.consent.said import ACTS, COVERS, DECLARED, HOLDERS, MEANT, MOMENTS, RUNS, SALES, TOPICS, WRITTEN
from mappers.consent.state import ACT_OF, CONSENT_STATE, CONTRACTS, MINORS, STANDING, SUBJECTS, VERDICTS, VETOES

BUSINESS_ZONE = ZoneInfo("Europe/Amsterdam")
OLDEST_YEARS = 120
"""A birth date that makes somebody older is no birth date."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What one value of one source's field means."""

    source: str
    field: str
    value: str
    """As reported, lower case; `any` stands for all that are not declared."""
    channel: str
    purpose: str
    decision: str
    """granted, soft_opt_in, parent, withdrawn, refused, objected, blocked, pending or nothing."""
    is_origin: bool
    """False for a mirror: it can withdraw, never grant."""
    is_veto: bool = False
    """A platform's own state: while it is negative, it outranks every other act."""
    time_fact: str | None = None
    wording: str | None = None
    wording_fact: str | None = None
    place: str | None = None
    place_fact: str | None = None
    method: str | None = None
    needs: str = ""
    """Facts that must be there, separated by commas."""
    unit_fact: str | None = None
    """The fact that tells apart whom or what the same field of the same record is about."""
    expires_fact: str | None = None
    expires_after: str | None = None
    """How long a yes counts from the act on, such as `24 months`."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for everybody."""

    age: int = 16
    """Who is younger may not be advertised to, unless a parent's consent stands."""
    is_unknown_minor: bool = False
    """Whether somebody without a birth date is taken for a minor."""
    accounts: Sequence[str] = ()
    """Sources whose customers have an account there, which permits messages of service."""


def fold(
    connection: duckdb.DuckDBPyConnection,
    declarations: Sequence[Declaration],
    now: datetime,
    policy: Policy | None = None,
) -> None:
    """Fold `consent`, `assigned` (record, its address, its profile), `customer` and `order` into `consent_state`.

    `consent_state` has one row per profile, channel and purpose that an act speaks of, and one for `service` of who
    has an order or an account: `state` is granted, refused, vetoed, minor, pending or unproven; `basis` is consent,
    soft_opt_in or contract; `address` and `permit` (`source` + unit separator + `source_id` of the act, with `order`
    or `account` before it of a contract) belong to the grant; `is_own` tells whether a record of this very profile
    gave it, and not only the same address. No row at all means nobody ever said anything: that is a no. `now` is the
    moment of sending: the age is that of its day in the shops' time.
    """
    declare(connection, declarations)
    judge(connection, now, policy or Policy())


def declare(connection: duckdb.DuckDBPyConnection, declarations: Sequence[Declaration]) -> None:
    """Tell the engine what each source's fields mean."""
    connection.execute(DECLARED)
    rows = [[number, *astuple(_asked_once(each))] for number, each in enumerate(declarations)]
    if rows:
        one = f"({', '.join('?' for _ in rows[0])})"
        connection.execute(f"INSERT INTO declaration VALUES {', '.join([one] * len(rows))}", list(chain(*rows)))
    for statement in (TOPICS, COVERS, MOMENTS, WRITTEN):
        connection.execute(statement)


def _asked_once(each: Declaration) -> Declaration:
    """Return it without the needs that are asked for as time, wording or place."""
    asked = (each.time_fact, each.wording_fact, each.place_fact)
    return replace(each, needs=",".join(name for name in each.needs.split(",") if name not in asked))


def judge(connection: duckdb.DuckDBPyConnection, now: datetime, policy: Policy) -> None:
    """Fold by what was declared."""
    today = now.astimezone(BUSINESS_ZONE).date()
    known = {
        "now": now.astimezone(ZoneInfo("UTC")).replace(tzinfo=None), "today": today,
        "of_age": _years_before(today, policy.age), "oldest": _years_before(today, OLDEST_YEARS),
        "is_unknown_minor": policy.is_unknown_minor, "accounts": list(policy.accounts),
    }  # fmt: skip
    for statement in (MEANT, RUNS, HOLDERS, SALES, ACTS, VETOES, MINORS, STANDING, SUBJECTS, VERDICTS, ACT_OF,
                      CONTRACTS, CONSENT_STATE):  # fmt: skip
        used = {name: value for name, value in known.items() if f"${name}" in statement}
        connection.execute(statement, used or None)


def _years_before(day: date, years: int) -> date:
    """Return the same day so many years ago; who was born on a 29 February comes of age on a 1 March."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return (day - timedelta(days=1)).replace(year=day.year - years)
