"""What was said: each statement that means something, as an act of a person at a time, and why a yes does not count."""

from __future__ import annotations

DECLARED = """
CREATE OR REPLACE TABLE declaration (
  d INTEGER, source TEXT, field TEXT, value TEXT, channel TEXT, purpose TEXT, decision TEXT, is_origin BOOLEAN,
  is_veto BOOLEAN, time_fact TEXT, wording TEXT, wording_fact TEXT, place TEXT, place_fact TEXT, method TEXT,
  needs TEXT, unit_fact TEXT, expires_fact TEXT, expires_after INTERVAL
)
"""

# What we wrote ourselves into a system that only copies is no act when it is read back.
WRITTEN = """
CREATE TABLE IF NOT EXISTS written (source TEXT, customer_id TEXT, channel TEXT, "at" TIMESTAMP)
"""

TOPICS = """
CREATE OR REPLACE TABLE topic AS
SELECT row_number() OVER (ORDER BY channel, purpose) AS t, * FROM (SELECT DISTINCT channel, purpose FROM declaration)
"""

# What an act speaks of. A yes is for its own channel and purpose and never spreads; a no to marketing is for its whole
# channel, one to matching with ad platforms for each of them, an objection for everything.
COVERS = """
CREATE OR REPLACE TEMP TABLE covers AS
SELECT d, t, decision IN ('withdrawn', 'refused', 'objected') AS is_no, decision = 'granted' AS is_grant,
       decision = 'soft_opt_in' AS is_soft, decision = 'parent' AS is_parent, decision = 'pending' AS is_pending
FROM declaration AS said JOIN topic ON (topic.channel = said.channel AND topic.purpose = said.purpose)
  OR decision = 'objected' OR (decision = 'blocked' AND topic.channel = said.channel)
  OR (decision IN ('withdrawn', 'refused')
    AND ((said.purpose = 'marketing' AND topic.channel = said.channel)
      OR (said.purpose = 'ads_match' AND starts_with(topic.purpose, 'ads_match_'))))
WHERE decision <> 'nothing'
"""

# A time is reliable with its offset, from 1970 on and not in the future, but for what clocks may differ.
MOMENTS = r"""
CREATE OR REPLACE TEMP MACRO moment(said) AS CASE
  WHEN regexp_full_match(said, '\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(Z|[+-]\d\d(:?\d\d)?)\s*')
  THEN make_timestamp(epoch_us(TRY_CAST(said AS TIMESTAMPTZ))) END;
CREATE OR REPLACE TEMP MACRO reliable(moment, now) AS CASE
  WHEN moment >= TIMESTAMP '1970-01-01' AND moment <= now + INTERVAL 5 MINUTE THEN moment END;
CREATE OR REPLACE TEMP MACRO fact(facts, name) AS nullif(trim(facts[name]), '')
"""

# Every statement that means something. Its facts are opened only where they are asked for.
MEANT = """
CREATE OR REPLACE TEMP TABLE meant AS
WITH exact AS NOT MATERIALIZED (
  SELECT rowid AS number, *, lower(trim(value)) AS said FROM consent
), declared AS (
  SELECT exact.* EXCLUDE (value), declaration.* EXCLUDE (source, field, value) FROM exact JOIN declaration
    ON declaration.source = exact.source AND declaration.field = exact.field AND declaration.value = said
  UNION ALL
  SELECT exact.* EXCLUDE (value), other.* EXCLUDE (source, field, value) FROM exact
  JOIN declaration AS other ON other.source = exact.source AND other.field = exact.field AND other.value = 'any'
  ANTI JOIN declaration AS known
    ON known.source = exact.source AND known.field = exact.field AND known.value = said
  WHERE said <> ''
), opened AS (
  SELECT * REPLACE (CASE WHEN is_yes OR time_fact IS NOT NULL OR unit_fact IS NOT NULL
                         THEN from_json(facts, '"MAP(TEXT, TEXT)"') END AS facts)
  FROM (SELECT *, decision IN ('granted', 'soft_opt_in', 'parent') AS is_yes FROM declared
        WHERE decision <> 'nothing' OR is_veto)
), timed AS (
  SELECT *, moment(facts[time_fact]) AS own_at FROM opened
)
SELECT number, d, source, source_id, customer_id, email, field, said, decision,
       reliable(changed_at, $now) AS reported_at, reliable(own_at, $now) AS acted_at,
       facts[unit_fact] AS unit,
       CASE WHEN NOT is_yes THEN NULL
            WHEN NOT is_origin THEN 'only mirrors a status'
            WHEN email IS NULL AND decision <> 'parent' THEN 'no address'
            WHEN own_at IS NULL THEN 'no time of the act'
            WHEN own_at > $now + INTERVAL 5 MINUTE THEN 'time of the act lies in the future'
            WHEN own_at < TIMESTAMP '1970-01-01' THEN 'time of the act lies before 1970'
            WHEN coalesce(nullif(trim(wording), ''), fact(facts, wording_fact)) IS NULL THEN 'no wording'
            WHEN coalesce(nullif(trim(place), ''), fact(facts, place_fact)) IS NULL THEN 'no place'
            WHEN needs <> '' AND len(list_filter(string_split(needs, ','), lambda need: fact(facts, need) IS NULL)) > 0
              THEN 'no evidence'
            WHEN fact(facts, expires_fact) IS NOT NULL AND coalesce(moment(fact(facts, expires_fact)) <= $now, true)
              THEN 'expired'
            WHEN own_at + expires_after <= $now THEN 'expired' END AS lacks
FROM timed
WHERE is_origin OR decision NOT IN ('withdrawn', 'refused', 'objected') OR NOT EXISTS (
  SELECT 1 FROM written WHERE written.source = timed.source AND written.customer_id = timed.customer_id
    AND written.channel = timed.channel AND timed.changed_at >= written."at" - INTERVAL 5 MINUTE)
"""

# What has no time of its own was said when it was first reported: where the newest unbroken run of that value began.
# Where it is not clear whether something else was said in between, the run began at its last report.
RUNS = """
CREATE OR REPLACE TEMP TABLE run AS
WITH timeless AS (
  SELECT number, d, source, field, coalesce(customer_id, source_id) AS record, coalesce(unit, '') AS unit, said
  FROM meant WHERE acted_at IS NULL AND reported_at IS NOT NULL
    AND decision IN ('withdrawn', 'refused', 'objected', 'pending')
), stream AS (
  SELECT *, row_number() OVER () AS stream FROM (SELECT DISTINCT source, field, record, unit FROM timeless)
), unit_of AS (
  SELECT DISTINCT source, field, unit_fact FROM declaration
), statement AS MATERIALIZED (
  SELECT stream.stream, lower(trim(value)) AS said, reliable(changed_at, $now) AS "at"
  FROM consent JOIN unit_of ON unit_of.source = consent.source AND unit_of.field = consent.field
  JOIN stream ON stream.source = consent.source AND stream.field = consent.field
   AND stream.record = coalesce(consent.customer_id, consent.source_id)
   AND stream.unit = CASE WHEN unit_fact IS NULL THEN '' ELSE coalesce(json_extract_string(facts, unit_fact), '') END
  WHERE trim(value) <> ''
), heard AS (
  SELECT stream, said, min("at") AS first_at, max("at") AS last_at FROM statement GROUP BY ALL
), broken AS (
  SELECT heard.stream, heard.said, max(coalesce(other."at", TIMESTAMP 'infinity')) AS broken_at
  FROM heard JOIN statement AS other ON other.stream = heard.stream AND other.said <> heard.said
   AND (other."at" IS NULL OR other."at" <= heard.last_at) GROUP BY ALL
), resumed AS (
  SELECT broken.stream, broken.said, min("at") FILTER ("at" > broken_at) AS first_at
  FROM broken JOIN statement USING (stream, said) GROUP BY ALL
)
SELECT number, d,
  CASE WHEN broken.stream IS NULL THEN heard.first_at ELSE coalesce(resumed.first_at, last_at) END AS first_at
FROM timeless JOIN stream USING (source, field, record, unit) JOIN heard USING (stream, said)
LEFT JOIN broken USING (stream, said) LEFT JOIN resumed USING (stream, said)
"""

HOLDERS = """
CREATE OR REPLACE TEMP TABLE holder AS SELECT DISTINCT email, p FROM assigned WHERE email IS NOT NULL
"""

# The first paid order of a person; only an opt-in at a sale asks for it.
SALES = """
CREATE OR REPLACE TEMP TABLE sale AS
WITH asked AS (SELECT DISTINCT email, source, customer_id FROM meant WHERE decision = 'soft_opt_in'), paid AS (
  SELECT * FROM "order" WHERE is_paid AND total_minor > 0 AND EXISTS (FROM asked)
)
SELECT p, min(ordered_at) AS first_at FROM (
  SELECT p, ordered_at FROM paid JOIN assigned ON assigned.source = paid.source AND assigned.source_id = customer_id
  UNION ALL SELECT p, ordered_at FROM paid JOIN holder ON holder.email = paid.email
) GROUP BY p
"""

# Acts belong to the profile of their record and to every profile that holds their address. Most addresses have one
# holder, who gave the act: those need no second look. `said_at` is when a no counts from; `nameless` stands for whose
# act it is where there is no address. A sale may end up to an hour after the box at its checkout was shown.
ACTS = """
CREATE OR REPLACE TABLE act AS
WITH shared AS (
  SELECT email FROM holder GROUP BY email HAVING count(*) > 1
), own AS MATERIALIZED (
  SELECT meant.*, record.p, record.email AS own_email FROM meant LEFT JOIN assigned AS record
    ON record.source = CASE WHEN meant.source = 'hub' THEN split_part(meant.customer_id, ':', 1) ELSE meant.source END
   AND record.source_id = CASE WHEN meant.source = 'hub' -- entered by hand, for a record of a source
         THEN substr(meant.customer_id, length(split_part(meant.customer_id, ':', 1)) + 2) ELSE meant.customer_id END
), held AS (
  SELECT * EXCLUDE (own_email), true AS is_own FROM own WHERE p IS NOT NULL
  UNION ALL
  SELECT own.* EXCLUDE (p, own_email), holder.p, false FROM own JOIN holder ON holder.email = own.email
  WHERE holder.p IS DISTINCT FROM own.p
    AND (own.email IS DISTINCT FROM own_email OR own.email IN (SELECT email FROM shared))
)
SELECT p, d, source, source_id, email, is_own, acted_at, reported_at, coalesce(acted_at, run.first_at) AS said_at,
       CASE WHEN email IS NULL THEN source || chr(31) || coalesce(customer_id, source_id) END AS nameless,
       CASE WHEN lacks IS NULL AND decision = 'soft_opt_in'
             AND NOT coalesce(sale.first_at <= acted_at + INTERVAL 1 HOUR, false) THEN 'no paid order by then'
            ELSE lacks END AS lacks
FROM held LEFT JOIN sale USING (p) LEFT JOIN run USING (number, d)
"""
