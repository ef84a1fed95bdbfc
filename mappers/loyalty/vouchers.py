"""Gift vouchers: what was paid for one is an account of its own, and what the till and the webshop took is spent of it.

The till tells totals only. What it reports as open is held against what we wrote there last (the journal), so that
what was spent elsewhere, and brought to the till by us, is not counted again. What cannot be is not booked.
"""

from __future__ import annotations

from datetime import datetime

import duckdb
from sqlalchemy import Connection, select, text

from mappers.loyalty import reporting
from mappers.loyalty.earning import CURRENCY, MOST_MINOR
from mappers.loyalty.holders import HOLDER, VOUCHER
from mappers.loyalty.reconciling import Item
from plugins.rules.loyalty import Loyalty
from plugins.store.engine import Store
from plugins.store.loyalty_tables import loyalty_account
from plugins.store.times import utc_text

KIND = "giftvoucher"
"""The only kind that somebody paid money for; every other is a discount, or lives at the till alone."""
LETTERS = "[!-~]{1,64}"
"""A code that till and webshop can hold and that reads the same everywhere."""

# What is read of each gift voucher, what the ledger has of it, and whether another one has its code.
READ = f"""
CREATE OR REPLACE TEMP TABLE reading_of AS
WITH issued AS (
  SELECT posted.key, posted.amount, subject.source_id AS issued_name, subject.account
  FROM posted JOIN origin.loyalty_subject AS subject ON subject.subject = posted.subject
  WHERE posted.kind = 'earn' AND subject.source = '{VOUCHER}'
), named AS (
  SELECT upper(trim(code)) AS name, count(*) AS vouchers FROM voucher
  WHERE kind NOT IN ('redemption', 'fixed_cart') GROUP BY ALL
), told AS (
  SELECT concat_ws(':', v.source, 'voucher', v.source_id) AS key, v.source, v.source_id, v.code,
         upper(trim(v.code)) AS name, v.customer_id, v.currency, v.amount_minor AS full_minor, v.open_minor,
         v.starts_on, v.ends_on, CAST(read.stated_at AS TIMESTAMP) AS stated_at,
         _ends(CAST(coalesce(v.starts_on, DATE '2000-01-01') - INTERVAL 1 DAY AS DATE)) AS starts
  FROM voucher AS v JOIN origin.voucher AS read ON read.source = v.source AND read.source_id = v.source_id
  WHERE v.kind = '{KIND}' AND v.status IN ('sold', 'used') AND coalesce(v.starts_on <= _day($now), true)
)
SELECT told.*, issued.account, issued.amount AS issued_minor,
       coalesce(vouchers, 0) > 1 OR other.key IS NOT NULL AS is_shared
FROM told LEFT JOIN issued USING (key) LEFT JOIN named USING (name)
LEFT JOIN issued AS other ON other.issued_name = told.name AND other.key <> told.key
"""
# Our writes that a reading may show. The newest answered one is the base that what is open is held against; one whose
# answer was lost is there if what is open is exactly what it said.
BASED = f"""
CREATE OR REPLACE TEMP TABLE based AS
WITH written AS (
  SELECT read.key, push.key AS write, seq, push.state = 'accepted' AS is_sure,
         CAST(payload ->> '$.open_minor' AS BIGINT) AS open_minor, CAST(answered_at AS TIMESTAMP) AS answered_at
  FROM reading_of AS read
  JOIN origin.push AS push ON push.destination = read.source AND push.wire_id = '{HOLDER}' || account
  WHERE CASE WHEN push.state = 'accepted' THEN CAST(answered_at AS TIMESTAMP) < stated_at
             WHEN push.state IN ('unknown', 'prepared', 'reconciled') THEN CAST(prepared_at AS TIMESTAMP) < stated_at
             ELSE false END
), sure AS (
  SELECT * FROM written WHERE is_sure QUALIFY row_number() OVER (PARTITION BY key ORDER BY seq DESC) = 1
), unsure AS (
  SELECT key, list(written.open_minor) AS opens FROM written LEFT JOIN sure USING (key)
  WHERE NOT written.is_sure AND written.seq > coalesce(sure.seq, -1) GROUP BY key
)
SELECT read.*, concat_ws(':', read.key, 'used', sure.write) AS used_key, sure.answered_at AS written_at,
       CASE WHEN sure.key IS NULL THEN full_minor ELSE sure.open_minor END AS base, opens IS NOT NULL AS is_unsure,
       coalesce(list_contains(opens, read.open_minor), false) AS is_as_written
FROM reading_of AS read LEFT JOIN sure USING (key) LEFT JOIN unsure USING (key)
"""
GIFTS = f"""
CREATE OR REPLACE TEMP TABLE gift AS
WITH counted AS (
  SELECT based.*, coalesce(written_at, starts) AS since, base - coalesce(taken.amount, 0) AS expected
  FROM based LEFT JOIN posted AS taken ON taken.key = used_key
)
SELECT *, CASE
  WHEN NOT coalesce(regexp_full_match(name, '{LETTERS}'), false) THEN 'its code cannot be read'
  WHEN is_shared AND account IS NULL THEN 'several vouchers have its code'
  WHEN currency IS DISTINCT FROM $unit AND account IS NULL THEN 'a currency that nobody configured'
  WHEN currency IS DISTINCT FROM $unit THEN 'another currency than before'
  WHEN NOT coalesce(open_minor BETWEEN 0 AND full_minor AND full_minor <= {MOST_MINOR}, false)
    THEN 'amounts that cannot be'
  WHEN full_minor <> issued_minor THEN 'another full amount than before'
  WHEN open_minor > expected AND NOT is_as_written THEN 'more is open than before'
  WHEN open_minor <> expected AND is_unsure AND NOT is_as_written
    THEN 'used at the till while the answer to a write was lost' END AS fault
FROM counted
"""
ISSUED = f"""
INSERT INTO due
SELECT key, source, 'earn', '{VOUCHER}', name, NULL, '{HOLDER}' || name, full_minor, starts, _ends(ends_on), NULL, NULL,
       'issued', '', false
FROM gift WHERE fault IS NULL
"""
# Since our last write there, or since it was issued. A receipt that used it tells when.
USED = f"""
INSERT INTO due
SELECT used_key, gift.source, 'burn', '{VOUCHER}', name, NULL, '{HOLDER}' || name, base - gift.open_minor,
       coalesce(min(redeemed_at) FILTER (redeemed_at >= since), since), NULL, NULL, NULL, 'reported', '', false
FROM gift LEFT JOIN voucher AS receipt
  ON receipt.kind = 'redemption' AND receipt.source = gift.source AND upper(trim(receipt.code)) = name
WHERE fault IS NULL AND base IS NOT NULL AND NOT is_as_written
GROUP BY used_key, gift.source, name, base, gift.open_minor, since
"""
# Through the webshop's coupon: what the order says it took off, unless the shop set it aside here for that order.
ORDERED = f"""
INSERT INTO due
WITH used AS (
  SELECT use.source, use.order_id, gift.key, name, account, least(sum(use.amount_minor), {MOST_MINOR}) AS minor,
         min(greatest(redeemed_at, starts)) AS moment
  FROM voucher AS use JOIN gift ON upper(trim(use.code)) = name AND use.source <> gift.source
  WHERE use.kind = 'redemption' AND use.amount_minor BETWEEN 1 AND {MOST_MINOR} AND use.currency = $unit
    AND (fault IS NULL OR account IS NOT NULL)
  GROUP BY ALL
), captured AS (
  SELECT hold.refers AS order_key, account, sum(capture.amount) AS minor
  FROM origin.loyalty_event AS capture JOIN origin.loyalty_event AS hold ON hold.key = capture.refers
  JOIN origin.loyalty_subject AS subject ON subject.subject = capture.subject
  WHERE capture.kind = 'capture' AND capture.unit = $unit AND hold.kind = 'hold' GROUP BY ALL
)
SELECT concat_ws(':', used.source, 'order', used.order_id, used.key), used.source, 'burn', '{VOUCHER}', name, NULL,
       '{HOLDER}' || name, CASE WHEN o.status IN ('cancelled', 'failed', 'checkout-draft') THEN 0
         ELSE greatest(0, used.minor - coalesce(captured.minor, 0)) END,
       moment, NULL, NULL, NULL, 'coupon', '', false
FROM used LEFT JOIN "order" AS o ON o.source = used.source AND o.source_id = used.order_id
LEFT JOIN captured ON captured.account = used.account
  AND captured.order_key = concat_ws(':', used.source, 'order', used.order_id)
"""
FAULTS = """
SELECT key, expected, found, fault FROM (
  SELECT key, name, fault, CASE WHEN fault = 'another full amount than before' THEN issued_minor
           WHEN starts_with(fault, 'more') OR starts_with(fault, 'used') THEN expected END AS expected,
         CASE WHEN fault = 'another full amount than before' THEN full_minor ELSE open_minor END AS found
  FROM gift WHERE fault IS NOT NULL
  UNION ALL
  SELECT gift.key, name, 'used at the till, and written over before that was read', NULL, gift.open_minor
  FROM gift LEFT JOIN posted ON posted.kind = 'burn' AND starts_with(posted.key, gift.key || ':used')
  WHERE fault IS NULL AND base = gift.open_minor AND EXISTS (
    SELECT 1 FROM voucher AS receipt WHERE receipt.kind = 'redemption' AND receipt.source = gift.source
      AND upper(trim(receipt.code)) = name AND receipt.redeemed_at < written_at)
  GROUP BY ALL HAVING coalesce(sum(posted.amount), 0) = 0
) QUALIFY fault <> 'several vouchers have its code' OR row_number() OVER (PARTITION BY name ORDER BY key) = 1
ORDER BY key
"""
CONFIRMED = text(f"""
SELECT count(*) FROM voucher
JOIN loyalty_subject AS subject ON subject.source = '{VOUCHER}' AND subject.source_id = upper(trim(voucher.code))
JOIN push ON push.destination = voucher.source AND push.wire_id = '{HOLDER}' || subject.account
WHERE voucher.kind = '{KIND}' AND push.answered_at < voucher.stated_at
""")
NONE = """
CREATE OR REPLACE TABLE gift_voucher (
  account TEXT, key TEXT, source TEXT, source_id TEXT, code TEXT, name TEXT, customer_id TEXT, full_minor BIGINT,
  currency TEXT, starts_on DATE, ends_on DATE, is_disputed BOOLEAN, profile_id TEXT
)
"""
KNOWN = """
INSERT INTO gift_voucher
SELECT subject.account, gift.key, gift.source, gift.source_id, code, name, gift.customer_id, earn.amount,
       earn.unit, starts_on, ends_on, fault IS NOT NULL, person.profile_id
FROM gift JOIN origin.loyalty_event AS earn ON earn.key = gift.key AND earn.revision = 0
JOIN origin.loyalty_subject AS subject ON subject.subject = earn.subject
LEFT JOIN customer ON customer.source = gift.source AND customer.source_id = gift.customer_id
LEFT JOIN placed ON placed.n = customer.n LEFT JOIN person ON person.p = placed.p
"""


def key_of(source: str, source_id: str) -> str:
    """Return the key of the event in which a gift voucher was issued; `GIFTS` makes the same."""
    return f"{source}:voucher:{source_id}"


def are_known(connection: duckdb.DuckDBPyConnection, store: Store) -> bool:
    """Tell whether a source reports a gift voucher, or the ledger has one."""
    if connection.execute("SELECT 1 FROM voucher WHERE kind = ? LIMIT 1", [KIND]).fetchall():
        return True
    with store.reading() as reader:
        mine = select(loyalty_account.c.id).where(loyalty_account.c.unit == CURRENCY)
        return reader.execute(mine.limit(1)).first() is not None


def confirmed(connection: Connection) -> int:
    """Return how many of our writes were followed by a reading: what is open means something else since then.

    A reading that says what the one before said is no change of the record, and may be news all the same.
    """
    return int(connection.execute(CONFIRMED).scalar_one())


def work_out(connection: duckdb.DuckDBPyConnection, rules: Loyalty, now: datetime) -> None:
    """Add what gift vouchers come to to the empty table `due`; `posted` has what the ledger has of them."""
    known = {"unit": CURRENCY, "now": now.replace(tzinfo=None)}
    for statement in (READ, BASED, GIFTS, ISSUED, USED, ORDERED):
        connection.execute(statement, {name: each for name, each in known.items() if f"${name}" in statement})
    reporting.restored(connection, rules.grace, "", CURRENCY, utc_text(now).rstrip("Z"))


def found(connection: duckdb.DuckDBPyConnection) -> list[Item]:
    """Return the readings that contradict what is known, and were not booked."""
    return [Item("voucher", *row) for row in connection.execute(FAULTS).fetchall()]
