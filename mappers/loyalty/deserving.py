"""What persons earn by other things than buying: joining, birthdays, telling of themselves, speaking of the shop."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb

from mappers.loyalty.earning import lapses, within
from mappers.loyalty.programme import Version
from plugins.rules.loyalty import Earn

# A pseudonym stands for the record in the key: `@` until it has one.
SUBJECT = "coalesce(named.subject, '@')"
NAMED = "LEFT JOIN origin.loyalty_subject AS named ON named.source = {of}.source AND named.source_id = {of}.source_id"
INTO = """
INSERT INTO due
SELECT key, source, 'earn', source, source_id, NULL, holder, CASE WHEN counts THEN {points:d} ELSE 0 END,
       moment, {expires}, NULL, NULL, $rule, $version, {is_once}
FROM ({candidates}) WHERE {within}
"""

# Joining is rewarded once per person: the first record that has a date.
REGISTERED = f"""
SELECT concat_ws(':', 'registration', {SUBJECT}, $rule) AS key, joined.source, joined.source_id, holder, moment,
       _day(moment) AS day, row_number() OVER (PARTITION BY p ORDER BY moment, joined.source, joined.source_id) = 1
         AS counts
FROM (
  SELECT customer.source, customer.source_id, person.p, person.profile_id AS holder, customer.registered_at AS moment
  FROM customer JOIN placed USING (n) JOIN person USING (p)
  WHERE customer.registered_at IS NOT NULL AND NOT placed.is_echo AND NOT customer.is_guest {{only}}
) AS joined {NAMED.format(of="joined")}
"""
# Every birthday since the rule was first seen, on the record whose birth date the golden profile has.
BIRTHDAYS = f"""
WITH day_of AS (
  SELECT winner.p, by_birth.source, by_birth.source_id, by_birth.birth_date AS born FROM winner
  JOIN customer AS by_birth ON by_birth.n = winner.birth_date_record {{only}}
), year AS (
  SELECT unnest(range(extract(year FROM CAST($first AS DATE)), extract(year FROM CAST($now AS TIMESTAMP)) + 1)) AS y
), feast AS (
  SELECT day_of.*, y, make_date(y, extract(month FROM born), least(extract(day FROM born),
    extract(day FROM last_day(make_date(y, extract(month FROM born), 1))))) AS day
  FROM day_of CROSS JOIN year WHERE born IS NOT NULL
), mine AS (
  SELECT feast.*, person.profile_id AS holder FROM feast JOIN person USING (p)
  WHERE day >= CAST($first AS DATE) AND day <= _day(CAST($now AS TIMESTAMP)) AND y > extract(year FROM born)
)
SELECT concat_ws(':', 'birthday', y, {SUBJECT}, $rule) AS key, mine.source, mine.source_id, holder,
       _ends(CAST(day - INTERVAL 1 DAY AS DATE)) AS moment, day, true AS counts
FROM mine {NAMED.format(of="mine")}
"""
# Once per person, when it is first seen that nothing is missing; never taken back.
COMPLETE = f"""
SELECT concat_ws(':', 'completeness', {SUBJECT}, $rule) AS key, whole.source, whole.source_id, holder,
       CAST($now AS TIMESTAMP) AS moment, _day(CAST($now AS TIMESTAMP)) AS day, true AS counts
FROM (
  SELECT person.profile_id AS holder, arg_min(customer.source, (customer.source, customer.source_id)) AS source,
         arg_min(customer.source_id, (customer.source, customer.source_id)) AS source_id
  FROM complete JOIN person USING (p) JOIN placed USING (p) JOIN customer USING (n)
  WHERE NOT placed.is_echo {{only}} GROUP BY person.profile_id, person.p
) AS whole {NAMED.format(of="whole")}
"""
# An event counts as far as it is shown; what was ordered must have been paid and kept, or the points go back.
KEPT = """EXISTS (SELECT 1 FROM receipt LEFT JOIN (
    SELECT source, returns_order_id, sum(returned) AS gone FROM taken_back GROUP BY ALL
  ) AS gone ON gone.source = receipt.source AND gone.returns_order_id = receipt.order_id
  WHERE receipt.source = happened.source AND receipt.order_id = (happened.facts ->> '$.order_id')
    AND receipt.is_paid AND coalesce(gone, 0) < receipt.total_minor AND receipt.p {of} happened.p)"""
SHOWN = {
    "clicked": "true",
    "found": "happened.strength = 'found'",
    "ordered": KEPT.format(of="="),
    "bought": KEPT.format(of="<>"),
}
ENGAGED = """
SELECT concat_ws(':', source, 'event', md5(source_id), $rule) AS key, source, customer_id AS source_id, holder, moment,
       _day(moment) AS day, {shown} AND NOT is_again AS counts
FROM (
  SELECT event.source, event.source_id, event.customer_id, event.strength, CAST(event.facts AS JSON) AS facts, person.p,
         person.profile_id AS holder, least(event.occurred_at, coalesce(event.changed_at, event.occurred_at)) AS moment,
         false AS is_again
  FROM event JOIN customer ON customer.source = event.source AND customer.source_id = event.customer_id
  JOIN placed USING (n) JOIN person USING (p) WHERE event.kind = $kind {only}
) AS happened
"""
CAPPED = """
SELECT * REPLACE (counts AND row_number() OVER (
  PARTITION BY holder, {period} ORDER BY NOT counts, moment, key) <= {times:d} AS counts)
FROM ({candidates})
"""


def deserve(
    connection: duckdb.DuckDBPyConnection, version: Version, name: str, rule: Earn, first: str, now: datetime
) -> None:
    """Add what persons earn by one rule that is not about purchases; `first` is when the rule was first seen."""
    known: dict[str, Any] = {"rule": name, "version": version.name, "kind": rule.kind, "first": first[:10],
                             "now": now.replace(tzinfo=None).isoformat(), "sources": list(rule.sources)}  # fmt: skip
    candidates = _candidates(rule)
    if rule.cap:
        number, unit = rule.cap.within
        months = "(extract(year FROM day) * 12 + extract(month FROM day) - 1)"
        days = "(day - DATE '1970-01-01')"
        period = f"{days if unit == 'days' else months} // {number:d}"
        candidates = CAPPED.format(period=period, times=rule.cap.times, candidates=candidates)
    condition, values = within(version, rule, "moment", "day")
    statement = INTO.format(
        points=rule.points, expires=lapses(version.rules), is_once=rule.on == "completeness", candidates=candidates,
        within=condition,
    )  # fmt: skip
    bound = {key: value for key, value in {**known, **values}.items() if f"${key}" in statement}
    connection.execute(statement, bound)


def _candidates(rule: Earn) -> str:
    alias = {"birthday": "by_birth", "engagement": "event"}.get(rule.on, "customer")
    only = f" AND list_contains($sources, {alias}.source)" if rule.sources else ""
    match rule.on:
        case "registration":
            return REGISTERED.format(only=only)
        case "birthday":
            return BIRTHDAYS.format(only=only)
        case "completeness":
            return COMPLETE.format(only=only)
        case _:
            assert rule.evidence
            return ENGAGED.format(shown=SHOWN[rule.evidence], only=only)
