"""The plan of a destination that is kept equal record by record: a till, a webshop.

Desired are the consent, the points and the movements each customer record there should hold, and what is left of each
gift voucher; delivered is what the journal says it took, or what it said itself since. Leaves table `planned`: removals
first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb

from mappers.consent.fold import declare
from mappers.loyalty.catching_up import lapse
from plugins.hub.bringing import UNTOLD, bring, calls
from plugins.hub.destinations import RecordChannel
from plugins.hub.meaning import Meaning
from plugins.hub.movements import AGAIN, COLUMNS, MOVEMENTS
from plugins.hub.noting import NOTES, write_notes
from plugins.hub.opt_outs import answers, stamp
from plugins.hub.planning import DestinationPlan
from plugins.hub.resolving import BUSINESS_ZONE
from plugins.offers.standing import WIRE, stand
from plugins.store.engine import Store
from plugins.store.mirror import attached, rows
from plugins.store.times import utc_text

EMPTY = """
CREATE OR REPLACE TEMP TABLE planned (
  operation TEXT, kind TEXT, profile_id TEXT, wire_id TEXT, permit TEXT, payload TEXT, payload_hash TEXT, reason TEXT,
  cause TEXT, acted_at TEXT, stored_at TEXT, found TEXT
)
"""
RECORDS = """
CREATE OR REPLACE TEMP TABLE kept_record AS
SELECT customer.source_id, person.profile_id, customer.email, customer.changed_at, customer.registered_at
FROM customer JOIN placed USING (n) JOIN person USING (p)
WHERE customer.source = $source AND NOT placed.is_echo AND NOT customer.is_guest AND customer.is_active
  AND customer.merged_into IS NULL
"""
JOURNAL = """
CREATE OR REPLACE TEMP TABLE brought AS
SELECT seq, wire_id, profile_id, operation, payload, payload_hash, state, answer, prepared_at, planned_at,
       TRY_CAST(answered_at AS TIMESTAMP) AS answered_at, confirmed_at IS NOT NULL AS is_confirmed
FROM origin.push WHERE destination = $destination AND state <> 'planned'
"""
# What a channel holds of somebody's consent: what we brought last, or what it said itself after that.
HELD = """
CREATE OR REPLACE TEMP TABLE held_consent AS
WITH statement AS (
  SELECT customer_id AS source_id, answer.channel, is_no, c.changed_at
  FROM consent AS c JOIN answer_of AS answer ON answer.field = c.field AND answer.value = lower(trim(c.value))
  WHERE c.source = $source AND c.customer_id IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY customer_id, c.field, answer.channel, c.facts ->> '$.bu'
                             ORDER BY c.changed_at DESC NULLS LAST, c.source_id DESC) = 1
), said AS (
  SELECT source_id, channel, NOT bool_or(is_no) AS is_yes, max(changed_at) AS happened_at FROM statement GROUP BY ALL
), ours AS (
  SELECT substr(wire_id, 9) AS source_id, entry.key AS channel, CAST(entry.value AS BOOLEAN) AS is_yes,
         state = 'accepted' OR is_confirmed AS is_sure, answered_at AS happened_at
  FROM brought, json_each(payload, '$.consent') AS entry
  WHERE wire_id LIKE 'consent:%' AND state IN ('accepted', 'unknown', 'prepared')
  QUALIFY row_number() OVER (PARTITION BY wire_id, entry.key ORDER BY seq DESC) = 1
)
SELECT coalesce(said.source_id, ours.source_id) AS source_id, coalesce(said.channel, ours.channel) AS channel,
       CASE WHEN ours.happened_at IS NULL OR coalesce(said.happened_at > ours.happened_at, false) THEN said.is_yes
            WHEN ours.is_sure THEN ours.is_yes END AS is_yes
FROM said FULL JOIN ours USING (source_id, channel)
"""
# A yes goes only where it counts, a no only where somebody said it: what nobody proved stays as the channel has it.
CONSENT = f"""
INSERT INTO planned ({COLUMNS})
WITH wanted AS (
  SELECT source_id, profile_id, channel, state = 'granted' AS is_yes, permit
  FROM kept_record JOIN consent_state USING (profile_id)
  WHERE purpose = 'marketing' AND list_contains($channels, channel)
    AND (state = 'granted' OR state = 'refused' OR (state = 'vetoed' AND refused_at IS NOT NULL))
), different AS (
  SELECT wanted.* FROM wanted LEFT JOIN held_consent AS held USING (source_id, channel)
  WHERE held.is_yes IS DISTINCT FROM wanted.is_yes
), each AS (
  SELECT source_id, any_value(profile_id) AS profile_id, is_yes, min(permit) AS permit,
         CAST(json_group_object(channel, is_yes) AS TEXT) AS consent, list_sort(list(channel)) AS channels
  FROM different GROUP BY source_id, is_yes
)
SELECT CASE WHEN is_yes THEN 'change' ELSE 'remove' END, 'consent', profile_id, 'consent:' || source_id, permit,
       json_object('kind', 'consent', 'customer', source_id, 'consent', CAST(consent AS JSON), 'at', $at),
       md5(concat_ws(' ', is_yes, channels)),
       CASE WHEN is_yes THEN 'consent given: ' ELSE 'consent withdrawn: ' END || array_to_string(channels, ', '),
       CASE WHEN NOT is_yes THEN 'consent' END
FROM each
"""
POINTS = f"""
INSERT INTO planned ({COLUMNS})
WITH wanted AS (
  SELECT source_id, profile_id, json_object('kind', 'points', 'customer', source_id, 'points',
    coalesce(available, 0), 'tier', tier) AS payload
  FROM kept_record JOIN loyalty_standing USING (profile_id) WHERE available IS NOT NULL
), newest AS (
  SELECT wire_id, arg_max(payload_hash, seq) AS payload_hash, arg_max(state, seq) AS state FROM brought
  WHERE wire_id LIKE 'points:%' AND state IN ('accepted', 'unknown', 'prepared') GROUP BY wire_id
)
SELECT 'change', 'points', profile_id, 'points:' || source_id, 'loyalty programme', payload, md5(payload),
       'points and tier', NULL
FROM wanted LEFT JOIN newest ON newest.wire_id = 'points:' || source_id
WHERE NOT (coalesce(state, '') = 'accepted' AND newest.payload_hash = md5(payload))
"""
# What the ledger has left of each voucher, where the channel holds something else: what it said last, or what we wrote
# since. A lost answer is written again. Nothing is written over a reading that contradicts the ledger. A till holds
# what it issued; a webshop a copy for the account of whom it belongs to, and what it got once is kept in step.
VOUCHERS = f"""
INSERT INTO planned ({COLUMNS})
WITH gift AS (
  SELECT gift.*, account.available, gift.source = $source AS is_issuer FROM gift_voucher AS gift
  JOIN origin.loyalty_account AS account ON account.id = gift.account AND account.holder IS NOT NULL
  WHERE (ends_on IS NULL OR ends_on >= $today) AND NOT (is_disputed AND gift.source = $source)
    AND NOT EXISTS (SELECT 1 FROM voucher AS other WHERE other.source = $source AND upper(trim(other.code)) = gift.name
                      AND other.kind NOT IN ('giftvoucher', 'fixed_cart', 'redemption'))
), mine AS (
  SELECT profile_id, arg_max(email, (coalesce(registered_at, changed_at), source_id)) AS email FROM kept_record
  WHERE email IS NOT NULL GROUP BY profile_id
), newest AS (
  SELECT wire_id, payload_hash, state = 'accepted' AS is_sure, CAST(payload ->> '$.open_minor' AS BIGINT) AS open_minor,
         payload ->> '$.email' AS email, coalesce(answered_at, CAST(prepared_at AS TIMESTAMP)) AS happened_at
  FROM brought WHERE starts_with(wire_id, 'voucher:') AND state IN ('accepted', 'unknown', 'prepared')
  QUALIFY row_number() OVER (PARTITION BY wire_id ORDER BY seq DESC) = 1
), said AS (
  SELECT voucher.kind = 'giftvoucher' AS is_issuer,
         CASE WHEN voucher.kind = 'giftvoucher' THEN voucher.source_id ELSE upper(trim(voucher.code)) END AS which,
         coalesce(voucher.open_minor, voucher.amount_minor) AS open_minor,
         CAST(read.stated_at AS TIMESTAMP) AS happened_at
  FROM voucher JOIN origin.voucher AS read
    ON read.source = voucher.source AND read.source_id = voucher.source_id
  WHERE voucher.source = $source AND voucher.kind IN ('giftvoucher', 'fixed_cart')
  QUALIFY row_number() OVER (PARTITION BY is_issuer, which ORDER BY happened_at DESC) = 1
), wanted AS (
  SELECT gift.account, gift.profile_id, gift.available, gift.is_issuer, newest.payload_hash,
         coalesce(is_sure, true) AS is_sure, said.which IS NOT NULL OR newest.wire_id IS NOT NULL AS is_there,
         CASE WHEN newest.wire_id IS NULL OR said.happened_at > newest.happened_at THEN said.open_minor
              ELSE newest.open_minor END AS held,
         json_object('kind', 'voucher', 'code', code, 'type', 'giftvoucher', 'full_minor', full_minor,
           'open_minor', available, 'currency', currency, 'starts_on', starts_on, 'ends_on', ends_on,
           $whom, CASE WHEN gift.is_issuer THEN gift.customer_id ELSE coalesce(mine.email, newest.email) END) AS payload
  FROM gift LEFT JOIN mine ON mine.profile_id = gift.profile_id
  LEFT JOIN newest ON newest.wire_id = 'voucher:' || gift.account
  LEFT JOIN said ON said.is_issuer = gift.is_issuer
    AND said.which = CASE WHEN gift.is_issuer THEN gift.source_id ELSE gift.name END
  WHERE CASE WHEN $whom = 'customer' THEN gift.is_issuer ELSE coalesce(mine.email, newest.email) IS NOT NULL END
)
SELECT CASE WHEN is_there THEN 'change' ELSE 'add' END, 'voucher', coalesce(profile_id, ''), 'voucher:' || account,
       'gift voucher', payload, md5(payload), 'what is left of a gift voucher', NULL
FROM wanted
WHERE CASE WHEN is_there THEN NOT is_sure OR held IS DISTINCT FROM available
             OR (NOT is_issuer AND coalesce(payload_hash <> md5(payload), false))
           ELSE available > 0 END
"""
# Refused as it stands: another try of the same would be refused too. A withdrawal is tried all the same.
REFUSED = """
DELETE FROM planned WHERE operation <> 'remove' AND wire_id NOT IN (SELECT wire_id FROM may_come_again)
  AND (wire_id, payload_hash) IN (
  SELECT wire_id, payload_hash FROM (
    SELECT * FROM brought WHERE state <> 'dropped'
    QUALIFY row_number() OVER (PARTITION BY wire_id ORDER BY seq DESC) = 1
  ) WHERE state = 'rejected'
)
"""
# When a record last changed before we wrote to it: our own writing is no news of the person.
FOUND = """
UPDATE planned SET found = json_object('changed_at', strftime(kept_record.changed_at, '%Y-%m-%dT%H:%M:%S.%fZ'))
FROM kept_record WHERE kind IN ('consent', 'points', 'note') AND kept_record.source_id = (payload ->> '$.customer')
"""
# A code that is open where the channel does not have it as it is, and one that is over where it is still open there:
# nobody's address stays with it. The code is for the newest record of whom it belongs to. Of somebody who was erased
# the journal does not tell any more what was brought where: their codes are closed once more.
OFFERS = f"""
INSERT INTO planned ({COLUMNS})
WITH code AS (
  SELECT issued.*, NOT is_used AND profile_id IS NOT NULL AND ends_on >= $today AS is_open FROM issued
  WHERE NOT is_shared AND list_contains(CAST(terms -> '$.redeem' AS TEXT[]), $destination)
), mine AS (
  SELECT profile_id, arg_max(CASE WHEN $whom = 'customer' THEN source_id ELSE email END,
                             (coalesce(registered_at, changed_at), source_id)) AS whom
  FROM kept_record GROUP BY profile_id
), wanted AS (
  SELECT number, code.profile_id, is_open, offer, json_object('kind', 'offer', 'code', code,
      'percent', terms -> '$.percent', 'minor', terms -> '$.minor', 'from_minor', terms -> '$.from_minor',
      'products', coalesce(json_extract(terms, '$.products.' || $source), '[]'::JSON),
      'currency', terms ->> '$.currency', 'starts_on', starts_on, 'ends_on', ends_on, 'is_open', is_open,
      $whom, CASE WHEN is_open THEN whom END) AS payload
  FROM code LEFT JOIN mine ON mine.profile_id = code.profile_id
), newest AS (
  SELECT wire_id, payload_hash, state = 'accepted' AS is_sure, CAST(payload ->> '$.is_open' AS BOOLEAN) AS was_open
  FROM brought WHERE starts_with(wire_id, '{WIRE}') AND state IN ('accepted', 'unknown', 'prepared')
  QUALIFY row_number() OVER (PARTITION BY wire_id ORDER BY seq DESC) = 1
)
SELECT CASE WHEN newest.wire_id IS NULL THEN 'add' ELSE 'change' END, 'offer', coalesce(wanted.profile_id, ''),
       '{WIRE}' || number, 'offer', payload, md5(payload),
       CASE WHEN is_open THEN 'code of ' ELSE 'no longer open: ' END || offer, NULL
FROM wanted LEFT JOIN newest ON newest.wire_id = '{WIRE}' || number
WHERE CASE WHEN is_open THEN newest.wire_id IS NULL OR NOT is_sure OR newest.payload_hash <> md5(payload)
           ELSE coalesce(was_open OR NOT is_sure, profile_id IS NULL) END
"""
STATEMENTS = {
    "consent": CONSENT, "points": POINTS, "movement": MOVEMENTS, "voucher": VOUCHERS, "offer": OFFERS,
    "note": NOTES.format(columns=COLUMNS),
}  # fmt: skip
COUNTS = "SELECT operation, kind, cause, count(*) FROM planned GROUP BY ALL"


def plan_records(
    connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, channel: RecordChannel, now: datetime
) -> DestinationPlan:
    """Work out table `planned` for one destination and say what it comes to."""
    if "voucher" in channel.holds:
        lapse(store, now)  # what a hold set aside that has timed out is there again
    if "offer" in channel.holds:
        stand(connection, store)
    if "note" in channel.holds:
        write_notes(connection, meaning, channel.destination, now)
    wanted = [kind for kind in channel.holds if kind in STATEMENTS and _is_led(meaning, channel, kind)]
    plan_kinds(connection, store, meaning, channel, now, wanted)
    result = DestinationPlan(channel.destination, calls=calls(channel, bring(connection, store, meaning, channel, now)))
    result.left_out = rows(connection, UNTOLD)
    connection.execute("INSERT INTO planned BY NAME SELECT * FROM beside")
    for operation, kind, cause, count in connection.execute(COUNTS).fetchall():
        setattr(result, operation, getattr(result, operation) + count)
        result.remove_for_consent += count if cause else 0
        result.kinds[kind] = result.kinds.get(kind, 0) + count
        if kind not in channel.brings:
            result.calls += -(-count // channel.batch.size) * channel.batch.calls[kind]
    result.matched = connection.execute("SELECT count(*) FROM kept_record").fetchall()[0][0]
    result.minutes = round(result.calls * channel.limits.seconds_per_call / 60, 1)
    return result


def plan_kinds(
    connection: duckdb.DuckDBPyConnection, store: Store, meaning: Meaning, channel: RecordChannel, now: datetime,
    kinds: Sequence[str],
) -> None:  # fmt: skip
    """Leave table `planned` with the rows of these kinds: `consent` asks for nothing but consents and the journal."""
    known = {
        "source": channel.source, "destination": channel.destination, "channels": list(channel.consent),
        "at": utc_text(now), "today": now.astimezone(BUSINESS_ZONE).date().isoformat(), "whom": channel.voucher_for,
    }  # fmt: skip
    declare(connection, meaning.declarations)
    answers(connection, channel)
    wanted = [STATEMENTS[kind] for kind in kinds]
    with attached(connection, store):
        for statement in (EMPTY, RECORDS, JOURNAL, HELD, *wanted, AGAIN, REFUSED, FOUND):
            connection.execute(statement, {name: each for name, each in known.items() if f"${name}" in statement})
        stamp(connection, channel.destination, channel.consent, utc_text(now))


def _is_led(meaning: Meaning, channel: RecordChannel, kind: str) -> bool:
    """Tell whether this destination takes such rows: movements go to who leads, balances to who follows."""
    leads = meaning.loyalty.leader == channel.source
    return kind in ("consent", "voucher", "offer", "note") or (kind == "movement") == leads
