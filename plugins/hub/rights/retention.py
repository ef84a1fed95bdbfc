"""Retention: what is older than its class's term goes, by business days in the shops' time.

What the hub needs to be correct stays while the person is there: which identifier a destination holds, the newest
payload it accepted, the newest sign of life without what it was, the ledger.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from datetime import time as time_of_day

from sqlalchemy import Connection, bindparam, func, or_, select, text, update

from mappers.identity.claims import KIND as CLAIM
from plugins.hub.bringing import OF_PERSONS
from plugins.hub.plans import Hub
from plugins.hub.resolve_command import resolve_store
from plugins.hub.resolving import BUSINESS_ZONE
from plugins.hub.rights.clearing import clear_derived
from plugins.hub.rights.erasing import erase_all
from plugins.hub.rights.requests import sweep as sweep_exports
from plugins.hub.rights.telling import GOT
from plugins.rules.retention import before
from plugins.store.mirror import open_mirror
from plugins.store.tables import push
from plugins.store.times import utc_text

SIGN = "sign_of_life"
"""What is left of a person's newest event or basket: that it was, and when."""
NEWEST = """
SELECT source, source_id FROM (
  SELECT source, source_id, {at} AS "when", {who} AS who,
         row_number() OVER (PARTITION BY source, {who} ORDER BY {at} DESC, source_id DESC) AS n
  FROM {entity} WHERE {ages}
) AS ranked WHERE n = 1 AND who IS NOT NULL AND "when" < :cut AND "when" >= :gone
"""
STRIP = """
UPDATE {entity} SET {what} = :sign, {nothing}, raw = '{{}}', content_hash = ''
WHERE {what} IS DISTINCT FROM :sign AND (source, source_id) IN ({newest})
"""
AGED = """
DELETE FROM {entity} WHERE {at} < :cut AND {ages}
AND ({what} IS DISTINCT FROM :sign OR {at} < :gone OR (source, source_id) NOT IN ({newest}))
"""
BEHAVIOUR = (
    {
        "entity": "event", "what": "kind", "at": "occurred_at", "who": "coalesce(customer_id, email)",
        "ages": f"kind <> '{CLAIM}'",
        "nothing": "channel = NULL, campaign_id = NULL, product_id = NULL, url = NULL, strength = NULL, facts = '{}'",
    },
    {
        "entity": "basket", "what": "status", "at": "coalesce(updated_at, opened_at, changed_at, seen_at)",
        "who": "coalesce(customer_id, email)", "ages": "true",
        "nothing": "web_user_id = NULL, currency = NULL, total_minor = NULL, url = NULL, lines = '[]'",
    },
)  # fmt: skip
ORDERS = (
    "DELETE FROM delivery WHERE (of_source, of_order_id) IN "
    '(SELECT source, source_id FROM "order" WHERE ordered_at < :cut) OR coalesce(changed_at, seen_at) < :cut',
    "DELETE FROM order_line WHERE (source, order_id) IN "
    '(SELECT source, source_id FROM "order" WHERE ordered_at < :cut)',
    'DELETE FROM "order" WHERE ordered_at < :cut',
    f"DELETE FROM event WHERE kind = '{CLAIM}' AND occurred_at < :cut",
)
FORGOTTEN = "DELETE FROM sent_event WHERE at < :cut"
# A first row says who was there before us, the newest accepted one what is there now; the rest has said its say.
SETTLED_STATES = ("accepted", "rejected", "dropped", "reconciled")
SETTLED = """
UPDATE push SET {change} WHERE key IN (
  SELECT key FROM (
    SELECT key, payload, found, state, operation, coalesce(answered_at, planned_at) AS "when",
           row_number() OVER (PARTITION BY destination, wire_id ORDER BY seq) AS first,
           row_number() OVER (PARTITION BY destination, wire_id ORDER BY
             CASE WHEN state = 'accepted' AND operation IN ('add', 'change') THEN 0 ELSE 1 END, seq DESC) AS newest
    FROM push
  ) AS ranked
  WHERE "when" < :cut AND operation <> 'erase' AND {which}
  AND state IN ('accepted', 'rejected', 'dropped', 'reconciled')
  AND NOT (newest = 1 AND state = 'accepted' AND operation IN ('add', 'change'))
)
"""
KNOWN, NEW = '{"is_known":true}', '{"is_known":false}'
PAYLOADS = (
    "UPDATE call SET body = '', path = '' WHERE prepared_at < :cut AND body <> ''",
    SETTLED.format(change="payload = '{}', found = NULL", which="first > 1 AND (payload <> '{}' OR found IS NOT NULL)"),
    SETTLED.format(change="payload = :known", which="first = 1 AND payload LIKE '%\"is_known\":true,%'"),
    SETTLED.format(change="payload = :new", which="first = 1 AND payload LIKE '%\"is_known\":false,%'"),
)
CONSENT = """
DELETE FROM consent WHERE coalesce(changed_at, seen_at) < :cut
AND NOT EXISTS (SELECT 1 FROM customer WHERE customer.source = consent.source AND source_id = consent.customer_id)
AND NOT EXISTS (SELECT 1 FROM customer WHERE customer.email = consent.email)
AND NOT (source = 'hub' AND customer_id IN (SELECT customer.source || ':' || source_id FROM customer))
AND source || :mark || source_id NOT IN (SELECT permit FROM push WHERE permit IS NOT NULL AND prepared_at >= :cut)
"""
SILENT = """
WITH sign AS (
  SELECT profile_id, ordered_at AS "at" FROM "order" AS each JOIN assigned AS who
    ON who.source = each.source AND who.source_id = each.customer_id
  {others}
  UNION ALL SELECT profile_id, acted_at FROM act_of WHERE decision <> 'nothing'
  UNION ALL SELECT profile_id, registered_at FROM customer JOIN assigned USING (n)
), newest AS (SELECT profile_id, max("at") AS "at" FROM sign GROUP BY profile_id)
SELECT profile_id FROM assigned JOIN customer USING (n) LEFT JOIN newest USING (profile_id)
GROUP BY profile_id HAVING max(coalesce(newest."at", changed_at)) < $cut ORDER BY profile_id
"""
SIGNS = {"event": "occurred_at", "basket": "updated_at", "service_case": "opened_at",
         "loyalty_movement": "occurred_at", "voucher": "redeemed_at"}  # fmt: skip
BY_ADDRESS = ("order", "event", "basket", "service_case")


@dataclass
class Kept:
    """What went, or would go, of each class."""

    counts: dict[str, int] = field(default_factory=dict)
    is_dry: bool = False


class _TakenBack(Exception):  # noqa: N818 - a dry run ends here
    """Nothing of a dry run stays."""


def retain(hub: Hub, *, dry_run: bool = False) -> Kept:
    """Take out what is older than its term; a dry run only counts."""
    resolve_store(hub)
    result = Kept(is_dry=dry_run)
    silent = _silent(hub)
    try:
        with hub.store.writing() as connection:
            result.counts = _sweep(connection, hub)
            if dry_run:
                raise _TakenBack
    except _TakenBack:
        pass
    result.counts["profiles"] = len(silent)
    if not dry_run:
        sweep_exports(hub.store, hub.clock())
        erase_all(hub, silent, f"no sign of life for {hub.meaning.retention.profiles}")
    if not dry_run and any(result.counts.values()):
        clear_derived(hub.store)
        resolve_store(hub)
    return result


def cut_of(hub: Hub, name: str) -> datetime:
    """Return the beginning of the oldest business day that a class still has."""
    today = hub.clock().astimezone(BUSINESS_ZONE).date()
    return datetime.combine(before(today, getattr(hub.meaning.retention, name)), time_of_day(), BUSINESS_ZONE)


def _sweep(connection: Connection, hub: Hub) -> dict[str, int]:
    cuts = {name: utc_text(cut_of(hub, name)) for name in type(hub.meaning.retention).model_fields}
    return {
        "behaviour": sum(_behaviour(connection, each, cuts) for each in BEHAVIOUR),
        "quarantine": _run(connection, "DELETE FROM quarantine WHERE last_seen_at < :cut", cut=cuts["quarantine"]),
        "payloads": sum(_run(connection, each, cut=cuts["payloads"], known=KNOWN, new=NEW) for each in PAYLOADS)
        + _bought(connection, cuts["payloads"])
        + _run(connection, FORGOTTEN, cut=cuts["payloads"]),
        "orders": sum(_run(connection, each, cut=cuts["orders"]) for each in ORDERS),
        "consent": _run(connection, CONSENT, cut=cuts["consent"], mark="\x1f"),
    }


def _behaviour(connection: Connection, of: dict[str, str], cuts: dict[str, str]) -> int:
    newest = NEWEST.format(**of)
    given = {"cut": cuts["behaviour"], "gone": cuts["profiles"], "sign": SIGN}
    return sum(_run(connection, each.format(**of, newest=newest), **given) for each in (STRIP, AGED))


def _bought(connection: Connection, cut: str) -> int:
    """Leave of what somebody bought, or put aside, only by what its recipient can be asked to forget them."""
    told = or_(*(push.c.wire_id.startswith(f"{kind}:", autoescape=True) for kind in OF_PERSONS))
    old = (func.coalesce(push.c.answered_at, push.c.planned_at) < cut) & push.c.state.in_(SETTLED_STATES)
    whole = push.c.payload.contains('"reference"') & (push.c.operation != "erase")
    found = connection.execute(select(push.c.key, push.c.state, push.c.payload).where(told, old, whole)).all()
    left = [{"row": key, "left": _asked_by(payload) if state in GOT else "{}"} for key, state, payload in found]
    if left:
        trimmed = update(push).where(push.c.key == bindparam("row")).values(payload=bindparam("left"), sent=None)
        connection.execute(trimmed, left)
    return len(left)


def _asked_by(payload: str) -> str:
    email = json.loads(payload).get("email")
    return json.dumps({"email": email} if email else {}, separators=(",", ":"))


def _run(connection: Connection, statement: str, **values: str) -> int:
    named = {name: value for name, value in values.items() if f":{name}" in statement}
    escaped = statement.replace('"is_known":', '"is_known"\\:')
    return connection.execute(text(escaped), named).rowcount


def _silent(hub: Hub) -> list[str]:
    """Return the profiles without a sign of life within the term; a record that says nothing is as old as itself."""
    own = "UNION ALL SELECT profile_id, {at} FROM {name} AS each JOIN assigned AS who "
    others = [own.format(name=name, at=at) + "ON who.source = each.source AND who.source_id = each.customer_id"
              for name, at in SIGNS.items()]  # fmt: skip
    times = {"order": "ordered_at", **SIGNS}
    others += [own.format(name=f'"{name}"', at=times[name]) + "ON who.email = each.email" for name in BY_ADDRESS]
    cut = cut_of(hub, "profiles").astimezone(UTC).replace(tzinfo=None)
    with open_mirror(hub.store, read_only=True) as engine:
        found = engine.execute(SILENT.format(others="\n  ".join(others)), {"cut": cut}).fetchall()
    return [profile_id for (profile_id,) in found]
