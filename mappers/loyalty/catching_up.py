"""Bringing the ledger up to the store: whose records moved, what the sources say now, and what time did meanwhile.

Runs after the persons are on record, from the mirror of a resolve. Only what is new or says something else is posted,
some accounts at a time, each time in one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import duckdb
from sqlalchemy import select

from mappers.loyalty import earning, reconciling, reporting, vouchers
from mappers.loyalty.books import open_accounts
from mappers.loyalty.deserving import deserve
from mappers.loyalty.event import NEVER, Event
from mappers.loyalty.holders import Named, accounts_of, settle
from mappers.loyalty.posting import Posting, move_subjects, post
from mappers.loyalty.programme import HUB, Version, in_force
from mappers.profiles.golden import query
from plugins.rules.loyalty import Loyalty
from plugins.store.engine import Store
from plugins.store.loyalty_tables import loyalty_account, loyalty_rules, loyalty_subject
from plugins.store.mirror import attached
from plugins.store.times import utc_text
from plugins.store.writing import any_of

POINTS = "points"
ACCOUNTS_AT_ONCE = 500
Tiers = Mapping[str, Sequence[str]]
STAMP = "strftime({}, '%Y-%m-%dT%H:%M:%S.%fZ')"

# Records whose profile is no longer the one that holds their account.
STRAYED = f"""
WITH owner AS (
  SELECT subject, p FROM origin.loyalty_subject JOIN customer USING (source, source_id) JOIN placed USING (n)
  UNION
  SELECT subject, p FROM origin.loyalty_subject JOIN follower
    ON source_id = {earning.loose("follower.card", "follower.email")}
)
SELECT subject, person.profile_id AS holder
FROM owner JOIN person USING (p) JOIN origin.loyalty_subject USING (subject)
JOIN origin.loyalty_account AS held ON held.id = account
WHERE held.unit = 'points' AND held.holder IS DISTINCT FROM person.profile_id
ORDER BY account, subject
"""
POSTED = """
CREATE OR REPLACE TEMP TABLE posted AS
SELECT key, max(revision) AS revision, arg_max(kind, revision) AS kind, arg_max(amount, revision) AS amount,
       arg_max(occurred_at, revision) AS occurred_at, arg_max(coalesce(expires_at, ''), revision) AS expires_at,
       arg_max(coalesce(refers, ''), revision) AS refers, arg_max(subject, revision) AS subject,
       arg_max(rule, revision) AS rule
FROM origin.loyalty_event WHERE unit = $unit GROUP BY key
"""
# Of persons that became one, the second birthday of a year, or the second reward for telling all, goes back.
DOUBLED = """
INSERT INTO due
SELECT posted.key, split_part(posted.key, ':', 1), 'earn', named.source, named.source_id, NULL, due.holder, 0,
       CAST(posted.occurred_at AS TIMESTAMP), NULL, NULL, NULL, posted.rule, due.rules_version, false
FROM posted JOIN origin.loyalty_subject AS named ON named.subject = posted.subject
JOIN customer ON customer.source = named.source AND customer.source_id = named.source_id
JOIN placed USING (n) JOIN person USING (p)
JOIN due ON due.holder = person.profile_id AND due.rule = posted.rule AND due.key <> posted.key
  AND split_part(due.key, ':', 1) = split_part(posted.key, ':', 1)
  AND (split_part(posted.key, ':', 1) = 'completeness' OR split_part(due.key, ':', 2) = split_part(posted.key, ':', 2))
WHERE split_part(posted.key, ':', 1) IN ('birthday', 'completeness') AND posted.amount > 0
"""
FRESH = f"""
CREATE OR REPLACE TEMP TABLE fresh AS
WITH said AS (
  SELECT due.* REPLACE ({STAMP.format("occurred_at")} AS occurred_at, {STAMP.format("expires_at")} AS expires_at,
                        {STAMP.format("grace_at")} AS grace_at) FROM due
)
SELECT said.*, coalesce(posted.revision + 1, 0) AS revision FROM said LEFT JOIN posted USING (key)
WHERE CASE WHEN posted.key IS NULL THEN said.amount > 0
           WHEN is_once THEN false
           ELSE (said.kind, said.amount, coalesce(said.refers, '')) <> (posted.kind, posted.amount, posted.refers)
             OR (said.amount > 0 AND (said.occurred_at, coalesce(said.expires_at, '')) <>
                                     (posted.occurred_at, posted.expires_at)) END
"""
ROWS = """
SELECT key, source, kind, named_source, named_id, fresh.subject, coalesce(holder, 'subject ' || fresh.subject) AS whose,
       holder, amount, occurred_at, expires_at, grace_at, refers, rule, rules_version, revision
FROM fresh ORDER BY whose, occurred_at, key
"""


NOBODY = """
CREATE OR REPLACE TABLE loyalty_standing (profile_id TEXT, available BIGINT, held BIGINT, debt BIGINT, tier TEXT)
"""


@dataclass(slots=True)
class Caught:
    """What bringing the ledger up came to."""

    events: int = 0
    moved: int = 0
    """Records whose points went to another account."""
    lapsed: int = 0
    """Accounts to which only time did something."""
    items: int = 0
    """Differences that are open."""


STANDING = """
CREATE OR REPLACE TABLE loyalty_standing AS
SELECT person.profile_id, available, held, -debt AS debt, tier
FROM person LEFT JOIN origin.loyalty_account AS account ON account.holder = person.profile_id AND unit = 'points'
LEFT JOIN tier_now USING (p)
"""


def catch_up(
    connection: duckdb.DuckDBPyConnection, store: Store, rules: Loyalty, tiers: Tiers, now: datetime
) -> Caught:
    """Post what is new; the mirror has `person`, `placed`, `follower` and `winner` of the last resolve.

    Leaves table `loyalty_standing` (profile_id, available, held, debt, tier). `tiers` are those of completeness.
    """
    for statement in (NOBODY, vouchers.NONE):
        connection.execute(statement)
    has_points = rules != Loyalty() or _is_used(store)
    has_vouchers = vouchers.are_known(connection, store)
    caught = Caught()
    if has_points:
        with store.writing() as writer:
            versions = in_force(writer, rules, now)
        caught.moved = _follow(connection, store, now)
        with attached(connection, store):
            _work_out(connection, versions, rules, tiers, now)
        caught.events += _post_fresh(connection, store, POINTS, now)
    if has_vouchers:
        with attached(connection, store):
            _work_out_vouchers(connection, rules, now, is_prepared=has_points)
        caught.events += _post_fresh(connection, store, earning.CURRENCY, now)
    if has_points or has_vouchers:
        caught.lapsed = lapse(store, now)
        caught.items = _settle(connection, store, rules, now, has_points=has_points, has_vouchers=has_vouchers)
    return caught


def _settle(
    connection: duckdb.DuckDBPyConnection, store: Store, rules: Loyalty, now: datetime, *,
    has_points: bool, has_vouchers: bool,
) -> int:  # fmt: skip
    """Leave the tables of what stands, and the open items; returns how many are open."""
    with attached(connection, store):
        items = reconciling.uncovered(connection)
        if has_points:
            connection.execute(STANDING)
            items += reconciling.found(connection, None if rules.leader == HUB else rules.leader)
        if has_vouchers:
            connection.execute(vouchers.KNOWN)
            items += vouchers.found(connection)
    with store.writing() as writer:
        return reconciling.keep(writer, items, now)


def _is_used(store: Store) -> bool:
    """Tell whether there ever was a programme, or an account of points."""
    with store.reading() as reader:
        account = select(loyalty_account.c.id).where(loyalty_account.c.unit == POINTS)
        return any(reader.execute(each.limit(1)).first() for each in (select(loyalty_rules.c.version), account))


def _work_out(
    connection: duckdb.DuckDBPyConnection, versions: Sequence[Version], rules: Loyalty, tiers: Tiers, now: datetime
) -> None:
    """Leave table `fresh`: what is due and not posted, or posted otherwise."""
    earning.prepare(connection, rules)
    connection.execute(earning.TIERS.format(
        window=earning.interval(rules.tiers.within), tier=earning.tier_of(rules, "minor")
    ), {"now": now.replace(tzinfo=None)})  # fmt: skip
    if any(rule.on == "completeness" for version in versions for rule in version.rules.earn.values()):
        needed = [field for tier in ("primary", "secondary") for field in tiers.get(tier, ())]
        known = query(connection, (), {"needed": needed})
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE complete AS SELECT p FROM ({known}) WHERE needed_known = {len(needed)}"
        )
    connection.execute(POSTED, {"unit": POINTS})
    for version in versions:
        for name, rule in version.rules.earn.items():
            if rule.on == "purchase":
                earning.purchases(connection, version, name, rule, version.rules.leader)
            else:
                first = min(each.first_seen for each in versions if name in each.rules.earn)
                deserve(connection, version, name, rule, first, now)
    earning.unearned(connection, versions[-1].name)
    if rules.leader != HUB:
        reporting.movements(connection, versions[-1], rules.leader)
    reporting.restored(connection, rules.grace, versions[-1].name, POINTS, utc_text(now).rstrip("Z"))
    connection.execute(DOUBLED)
    connection.execute(FRESH)


def _work_out_vouchers(
    connection: duckdb.DuckDBPyConnection, rules: Loyalty, now: datetime, *, is_prepared: bool
) -> None:
    """Leave table `fresh` of gift vouchers."""
    connection.execute(earning.DUE) if is_prepared else earning.prepare(connection, rules)
    connection.execute(POSTED, {"unit": earning.CURRENCY})
    vouchers.work_out(connection, rules, now)
    connection.execute(FRESH)


def _follow(connection: duckdb.DuckDBPyConnection, store: Store, now: datetime) -> int:
    """Let events follow records that belong to another person now."""
    with attached(connection, store):
        strayed = connection.execute(STRAYED).fetchall()
    if not strayed:
        return 0
    with store.writing() as writer:
        holders = dict.fromkeys(str(holder) for _, holder in strayed)
        accounts = accounts_of(writer, holders)
        accounts |= open_accounts(writer, POINTS, [each for each in holders if each not in accounts])
        move_subjects(writer, {str(subject): accounts[str(holder)] for subject, holder in strayed}, now)
    return len(strayed)


def _chunks(connection: duckdb.DuckDBPyConnection) -> Iterator[list[dict[str, Any]]]:
    """Give the fresh rows, some accounts at a time."""
    cursor = connection.execute(ROWS)
    names = [each[0] for each in cursor.description or ()]

    def rows() -> Iterator[dict[str, Any]]:
        while found := cursor.fetchmany(10_000):
            yield from (dict(zip(names, row, strict=True)) for row in found)

    chunk: list[dict[str, Any]] = []
    for number, (_, mine) in enumerate(groupby(rows(), key=lambda row: str(row["whose"])), 1):
        chunk += mine
        if number % ACCOUNTS_AT_ONCE == 0:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _post_fresh(connection: duckdb.DuckDBPyConnection, store: Store, unit: str, now: datetime) -> int:
    return sum(_post(store, rows, unit, now) for rows in _chunks(connection))


def _post(store: Store, rows: list[dict[str, Any]], unit: str, now: datetime) -> int:
    with store.writing() as writer:
        wanted: dict[Named, str] = {
            (row["named_source"], row["named_id"]): row["holder"] for row in rows if row["subject"] is None
        }
        known = settle(writer, wanted, unit)
        subjects = {each.subject: each.account for each in known.values()}
        given: dict[str, list[Posting]] = defaultdict(list)
        strangers = [row["subject"] for row in rows if row["subject"] and row["subject"] not in subjects]
        subjects |= _accounts_of_subjects(writer, strangers)
        for row in rows:
            subject = row["subject"] or known[row["named_source"], row["named_id"]].subject
            if subject in subjects:  # else somebody who was erased
                given[subjects[subject]].append(_posting(row, subject, unit))
        post(writer, given, now)
    return len(rows)


def _accounts_of_subjects(writer: Any, subjects: Sequence[str]) -> dict[str, str]:
    mine = any_of(writer, loyalty_subject.c.subject, list(subjects))
    found = writer.execute(select(loyalty_subject.c.subject, loyalty_subject.c.account).where(mine))
    return {str(subject): str(account) for subject, account in found}


def _posting(row: dict[str, Any], subject: str, unit: str) -> Posting:
    key = str(row["key"]).replace("@", subject)
    event = Event(
        key, row["kind"], int(row["amount"]), row["occurred_at"], row["expires_at"] or NEVER, row["grace_at"] or NEVER,
        row["refers"] or "",
    )  # fmt: skip
    return Posting(event, subject, row["source"], unit, row["rule"], row["rules_version"], int(row["revision"]))


def lapse(store: Store, now: datetime) -> int:
    """Let every account in which something is due come up to the moment; returns how many there were."""
    with store.reading() as reader:
        due = select(loyalty_account.c.id).where(loyalty_account.c.due_at <= utc_text(now))
        ids = [str(each) for each in reader.execute(due.order_by(loyalty_account.c.id)).scalars()]
    for start in range(0, len(ids), ACCOUNTS_AT_ONCE):
        with store.writing() as writer:
            post(writer, dict.fromkeys(ids[start : start + ACCOUNTS_AT_ONCE], ()), now)
    return len(ids)
