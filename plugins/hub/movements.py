"""Points that the till which leads is told of: what the hub awarded or let be spent, each event once.

Adds to table `planned`; tables `brought` (the journal of the destination) and `kept_record` (who is known there) are
there.
"""

COLUMNS = "operation, kind, profile_id, wire_id, permit, payload, payload_hash, reason, cause"
# What the hub awarded or let be spent, and the leader does not know: each event as far as it is not there yet. What was
# brought to a record that is another person's by now, after a merge was taken back, is taken off there again. A call
# whose answer was lost comes again as it was, to be looked up.
MOVEMENTS = f"""
INSERT INTO planned ({COLUMNS})
WITH effect AS (
  SELECT account, event, sum(amount * (CAST(credit IN ('available', 'held', 'debt', 'uncovered') AS BIGINT)
                                     - CAST(debit IN ('available', 'held', 'debt', 'uncovered') AS BIGINT))) AS points
  FROM origin.ledger_entry WHERE unit = 'points' AND aspect = '' AND NOT starts_with(event, $source || ':')
  GROUP BY account, event
), holding AS (
  SELECT account.id AS account, profile_id, source_id, (coalesce(registered_at, changed_at), source_id) AS age
  FROM kept_record JOIN origin.loyalty_account AS account ON account.holder = profile_id AND account.unit = 'points'
), target AS (
  SELECT account, any_value(profile_id) AS profile_id, arg_max(source_id, age) AS source_id
  FROM holding GROUP BY account
), carried AS (
  SELECT seq, payload ->> '$.reference' AS event, payload ->> '$.customer' AS source_id,
         CAST(payload ->> '$.points' AS BIGINT) AS points
  FROM brought WHERE wire_id LIKE 'movement:%' AND state IN ('accepted', 'unknown', 'prepared')
), home AS ( -- where the points of an event are now: whose record is gone there counts for them
  SELECT event, any_value(account ORDER BY account) FILTER (points <> 0) AS account FROM effect GROUP BY event
), sent AS (
  SELECT event, coalesce(holding.account, home.account) AS account, arg_max(carried.source_id, seq) AS source_id,
         sum(carried.points) AS points, count(*) AS times
  FROM carried LEFT JOIN holding USING (source_id) LEFT JOIN home USING (event) GROUP BY ALL
), due AS (
  SELECT event, account, target.profile_id, coalesce(effect.points, 0) AS points, coalesce(sent.points, 0) AS known,
         coalesce(sent.times, 0) AS times,
         CASE WHEN coalesce(effect.points, 0) = 0 THEN sent.source_id ELSE target.source_id END AS source_id
  FROM effect FULL JOIN sent USING (event, account) JOIN target USING (account)
  WHERE coalesce(effect.points, 0) <> coalesce(sent.points, 0)
), known AS (
  SELECT to_json(list(DISTINCT number)) AS numbers FROM (
    SELECT unnest(string_split(substr(answer, 10), ' ')) AS number FROM brought
    WHERE state = 'accepted' AND answer LIKE 'movement %'
  )
), lost AS (
  SELECT wire_id, min(prepared_at) AS since, arg_max(payload, seq) AS payload, arg_max(profile_id, seq) AS profile_id
  FROM brought WHERE wire_id LIKE 'movement:%' AND state <> 'dropped' GROUP BY wire_id
  HAVING arg_max(state, seq) = 'unknown'
)
SELECT 'add', 'movement', profile_id, 'movement:' || md5(concat_ws(' ', event, account, times)), 'loyalty programme',
       json_object('kind', 'movement', 'customer', source_id, 'points', points - known, 'reference', event),
       md5(CAST(points AS TEXT)), 'points the till does not know', NULL
FROM due WHERE event NOT IN (SELECT payload ->> '$.reference' FROM lost)
UNION ALL
SELECT 'add', 'movement', profile_id, wire_id, 'loyalty programme',
       json_merge_patch(CAST(payload AS JSON), json_object('repeat', json_object('since', since, 'known',
         coalesce((SELECT numbers FROM known), '[]'::JSON)))),
       md5(wire_id), 'whether it arrived is not known', NULL
FROM lost
"""
# A till takes no more off than somebody has there, which is no fault of the movement: one that was refused comes again
# with points that are added, or once these were, or once the till tells of a balance that is large enough.
AGAIN = """
CREATE OR REPLACE TEMP TABLE may_come_again AS
WITH due AS (
  SELECT wire_id, payload ->> '$.customer' AS customer, CAST(payload ->> '$.points' AS BIGINT) AS points
  FROM planned WHERE kind = 'movement'
), refused AS (
  SELECT wire_id, max(answered_at) AS refused_at FROM brought
  WHERE starts_with(wire_id, 'movement:') AND state = 'rejected' GROUP BY wire_id
), more AS (
  SELECT customer, NULL::TIMESTAMP AS since, points FROM due ANTI JOIN refused USING (wire_id) WHERE points > 0
  UNION ALL
  SELECT payload ->> '$.customer', answered_at, CAST(payload ->> '$.points' AS BIGINT) FROM brought
  WHERE starts_with(wire_id, 'movement:') AND state = 'accepted' AND CAST(payload ->> '$.points' AS BIGINT) > 0
), balance AS (
  SELECT balance.customer_id AS customer, CAST(read.seen_at AS TIMESTAMP) AS since, balance.points
  FROM loyalty_balance AS balance JOIN origin.loyalty_balance AS read
    ON read.source = balance.source AND read.source_id = balance.source_id
  WHERE balance.source = $source
)
SELECT wire_id FROM due JOIN refused USING (wire_id) JOIN more USING (customer)
WHERE due.points < 0 AND coalesce(more.since > refused_at, true)
UNION
SELECT wire_id FROM due JOIN refused USING (wire_id) JOIN balance USING (customer)
WHERE due.points < 0 AND balance.since > refused_at AND balance.points + due.points >= 0
"""
