"""What holds: the acts of each person about each channel and purpose, weighed into one state."""

from __future__ import annotations

# A platform's state is what it said last, a no or a block on equal or unclear time; it vetoes while that is negative.
VETOES = """
CREATE OR REPLACE TEMP TABLE veto AS
WITH stated AS (
  SELECT p, act.d, act.source, coalesce(email, nameless) AS who, reported_at, channel, purpose, decision,
         decision IN ('withdrawn', 'refused', 'objected', 'blocked') AS is_negative
  FROM act JOIN declaration USING (d) WHERE is_veto
), newest AS (
  SELECT p, channel, purpose, source, who, max(reported_at) AS newest_at FROM stated GROUP BY ALL
)
SELECT p, t,
  min(CASE decision WHEN 'blocked' THEN 'platform block: ' ELSE 'platform veto: ' END || stated.source) AS reason
FROM stated JOIN newest USING (p, channel, purpose, source, who) JOIN covers USING (d)
WHERE is_negative AND (reported_at IS NULL OR reported_at = newest_at) GROUP BY p, t
"""

MINORS = """
CREATE OR REPLACE TEMP TABLE minor AS
SELECT p, CASE WHEN bool_or(is_young) THEN 'under age' ELSE 'age unknown' END AS reason
FROM (SELECT p, birth_date > $of_age AND birth_date <= $today AS is_young,
             birth_date BETWEEN $oldest AND $today AS is_known FROM assigned JOIN customer USING (n)
      WHERE $is_unknown_minor OR birth_date > $of_age)
GROUP BY p HAVING coalesce(bool_or(is_young), false) OR ($is_unknown_minor AND NOT coalesce(bool_or(is_known), false))
"""

# A yes stands when it is later than every no: by its own source's clock, and by five minutes where the no is another's.
STANDING = """
CREATE OR REPLACE TEMP MACRO standing(latest, own, refused, others) AS CASE
  WHEN refused IS NULL OR latest >= refused + INTERVAL 5 MINUTE THEN latest
  WHEN own > refused AND (others IS NULL OR own >= others + INTERVAL 5 MINUTE) THEN own END
"""

SUBJECTS = """
CREATE OR REPLACE TEMP TABLE subject AS
WITH spoken AS (
  SELECT p, t, coalesce(email, nameless) AS who, source,
    max(acted_at) FILTER (is_grant AND lacks IS NULL) AS granted_at,
    max({'at': acted_at, 'source': source, 'id': source_id}) FILTER (is_grant AND lacks IS NULL) AS permit,
    bool_or(is_own) FILTER ((is_grant OR is_soft) AND lacks IS NULL) AS is_own,
    max({'at': acted_at, 'source': source, 'id': source_id}) FILTER (is_soft AND lacks IS NULL) AS soft,
    max(acted_at) FILTER (is_parent AND lacks IS NULL) AS parent_at,
    max(said_at) FILTER (is_no) AS refused_at,
    coalesce(bool_or(said_at IS NULL) FILTER (is_no), false) AS is_timeless,
    max(said_at) FILTER (is_pending) AS pending_at, bool_or(is_pending) AS is_pending, min(lacks) AS lacks
  FROM act JOIN covers USING (d) GROUP BY ALL
), weighed AS (
  SELECT p, t, who, max(permit) AS latest, max(refused_at) AS refused_at, bool_or(is_timeless) AS is_timeless,
    arg_max_null(granted_at, refused_at) AS own_at, arg_max_null(permit, refused_at) AS own,
    max(refused_at, 2)[2] AS others_at, bool_or(is_own) AS is_own, max(soft) AS soft, max(parent_at) AS parent_at,
    max(pending_at) AS pending_at, bool_or(is_pending) AS is_pending, min(lacks) AS lacks
  FROM spoken GROUP BY p, t, who
), stood AS (
  SELECT *, standing(latest.at, own_at, refused_at, others_at) AS stood_at FROM weighed
)
SELECT p, t, who, is_own, refused_at, is_timeless, parent_at, coalesce(latest, soft).at AS granted_at,
  CASE WHEN is_timeless THEN 'refused'
       WHEN stood_at IS NOT NULL THEN 'granted'
       WHEN refused_at IS NOT NULL THEN 'refused'
       WHEN soft IS NOT NULL THEN 'soft_opt_in'
       WHEN pending_at >= $now - INTERVAL 7 DAY THEN 'pending' ELSE 'unproven' END AS verdict,
  CASE WHEN stood_at IS NULL THEN soft WHEN stood_at = latest.at THEN latest ELSE own END AS permit,
  least(lacks, CASE WHEN is_pending AND coalesce(pending_at < $now - INTERVAL 7 DAY, true) THEN 'never confirmed' END)
    AS lacks
FROM stood
"""

# A person is refused where one of their addresses is. What a minor agreed to counts with a parent's consent that came
# after every no.
VERDICTS = """
CREATE OR REPLACE TABLE consent_verdict AS
WITH known AS (
  SELECT p, t, bool_or(verdict = 'refused') AS is_refused, bool_or(verdict = 'pending') AS is_pending,
    max({'is_consent': verdict = 'granted', 'at': permit.at, 'who': who, 'act': permit, 'is_own': is_own})
      FILTER (verdict IN ('granted', 'soft_opt_in')) AS best,
    coalesce(max(parent_at) >= max(refused_at) + INTERVAL 5 MINUTE, max(parent_at) IS NOT NULL)
      AND NOT bool_or(is_timeless) AS has_parent,
    max(granted_at) AS granted_at, max(refused_at) AS refused_at, min(lacks) AS lacks
  FROM subject GROUP BY p, t
), stated AS (
  SELECT known.*, veto.reason AS veto, minor.reason AS youth,
    CASE WHEN veto.reason IS NOT NULL THEN 'vetoed' WHEN is_refused THEN 'refused'
         WHEN best IS NOT NULL AND minor.reason IS NOT NULL AND NOT has_parent THEN 'minor'
         WHEN best IS NOT NULL THEN 'granted' WHEN is_pending THEN 'pending' ELSE 'unproven' END AS state
  FROM known LEFT JOIN veto USING (p, t) LEFT JOIN minor USING (p)
)
SELECT profile_id, channel, purpose, state,
  CASE WHEN state = 'granted' THEN CASE WHEN best.is_consent THEN 'consent' ELSE 'soft_opt_in' END END AS basis,
  best.who AS address, CASE WHEN state = 'granted' THEN best.act.source || chr(31) || best.act.id END AS permit,
  best.is_own, granted_at, refused_at,
  CASE state WHEN 'vetoed' THEN veto WHEN 'minor' THEN youth WHEN 'granted' THEN NULL ELSE lacks END AS reason
FROM stated JOIN person USING (p) JOIN topic USING (t)
"""

# For planning and for people: the acts by profile, and with the whole of what was said.
ACT_OF = """
CREATE OR REPLACE VIEW act_of AS
SELECT profile_id, act.source, act.source_id, act.email, act.is_own, act.acted_at, act.said_at, act.lacks,
       channel, purpose, decision, is_origin, is_veto, method
FROM act JOIN declaration USING (d) JOIN person USING (p);
CREATE OR REPLACE VIEW act_told AS
SELECT profile_id, act.source, act.source_id, act.email, act.is_own, act.acted_at, act.said_at, act.lacks,
       coalesce(act.said_at, consent.changed_at) AS "at", acted_at IS NOT NULL AS is_time_of_act, declaration.field,
       consent.value, channel, purpose, decision, CASE WHEN is_origin THEN 'origin' ELSE 'mirror' END AS role,
       coalesce(place, json_extract_string(facts, place_fact)) AS place,
       coalesce(wording, json_extract_string(facts, wording_fact)) AS wording, method, facts
FROM act JOIN declaration USING (d) JOIN person USING (p)
JOIN consent ON consent.source = act.source AND consent.source_id = act.source_id;
CREATE OR REPLACE VIEW refused_address AS
WITH spoken AS (
  SELECT p, email AS address FROM assigned UNION ALL SELECT p, email FROM act
), refusing AS (
  SELECT p, channel, purpose FROM consent_verdict JOIN person USING (profile_id) WHERE state IN ('refused', 'vetoed')
)
SELECT DISTINCT address, channel, purpose FROM spoken JOIN refusing USING (p) WHERE address IS NOT NULL
"""

# An order or an account permits what serves it, at the address that goes with it, whatever is said of advertising.
CONTRACTS = """
CREATE OR REPLACE TABLE account_at AS SELECT unnest($accounts::TEXT[]) AS source
"""
CONSENT_STATE = """
-- the alias that a marketplace gives somebody is no address of theirs
CREATE OR REPLACE VIEW aliased AS
SELECT DISTINCT email FROM customer WHERE email_quality = 'masked' AND email IS NOT NULL;
CREATE OR REPLACE VIEW contract AS
WITH bought AS (
  SELECT p, coalesce("order".email, assigned.email) AS address, "order".source, "order".source_id, ordered_at
  FROM "order" JOIN assigned ON assigned.source = "order".source AND assigned.source_id = "order".customer_id
  UNION ALL
  SELECT p, holder.email, "order".source, "order".source_id, ordered_at
  FROM "order" JOIN (SELECT DISTINCT p, email FROM assigned) AS holder ON holder.email = "order".email
)
SELECT p, address, 'order' AS kind, source, source_id, ordered_at AS "at" FROM bought
UNION ALL
SELECT p, assigned.email, 'account', assigned.source, assigned.source_id, customer.changed_at
FROM assigned JOIN customer USING (n) JOIN account_at ON account_at.source = assigned.source
WHERE NOT is_guest AND is_active;
CREATE OR REPLACE VIEW consent_state AS
SELECT * FROM consent_verdict
UNION ALL
SELECT profile_id, channel, 'service', 'granted', 'contract', best.address,
       concat_ws(chr(31), best.kind, best.source, best.id), true, best.at, NULL, NULL
FROM (
  SELECT p, max({'is_order': kind = 'order', 'at': "at", 'source': source, 'id': source_id, 'kind': kind,
                 'address': address}) AS best
  FROM contract
  WHERE address IS NOT NULL AND address NOT IN (SELECT email FROM aliased)
  GROUP BY p
) JOIN person USING (p) CROSS JOIN (SELECT DISTINCT channel FROM topic WHERE channel NOT IN ('ads', 'site'))
"""
