"""Who belongs together among the customers of the mirror: the engine over what the store says now.

What we wrote into a channel comes back when it is read. Such an echo is no evidence: table `echo` (source, source_id,
owner_source, owner_id) ties it to a record of the person it was written for, and its identifiers join nobody. Table
`renamed` (source, source_id, first_name, infix, last_name) says what a record of a channel was called before we wrote.

An order, basket or event without a customer we know goes where its address or card leads: a record without a name.

Leaves the view `component` (n, label, source, source_id, is_echo) of customers; table `loose` (email, card, record_id)
is what has none. The engine's tables stay in the mirror, so the next resolve looks only at what the store says
otherwise; any order of arrival gives the same groups.
"""

from __future__ import annotations

import duckdb

from mappers.identity import engine, whole
from mappers.identity.cluster import DECIDED
from mappers.identity.normal import TEXTS

NO_ECHO = """
CREATE TABLE IF NOT EXISTS echo (source TEXT, source_id TEXT, owner_source TEXT, owner_id TEXT);
CREATE TABLE IF NOT EXISTS renamed (source TEXT, source_id TEXT, first_name TEXT, infix TEXT, last_name TEXT)
"""
ECHOED = """
CREATE OR REPLACE TABLE echoed AS
SELECT customer.n, owner.n AS owner FROM echo JOIN customer USING (source, source_id)
LEFT JOIN customer AS owner ON owner.source = owner_source AND owner.source_id = owner_id
"""
LOOSE = """
CREATE OR REPLACE TABLE loose AS
SELECT DISTINCT email, card, chr(31) || coalesce(email, '') || chr(31) || coalesce(card, '') AS record_id FROM (
  SELECT source, customer_id, email, card FROM "order"
  UNION ALL SELECT source, customer_id, email, NULL FROM basket
  UNION ALL SELECT source, customer_id, email, NULL FROM event
) AS said WHERE coalesce(email, card) IS NOT NULL
  AND NOT EXISTS (FROM customer WHERE customer.source = said.source AND customer.source_id = said.customer_id)
"""
NAMES = ("first_name", "infix", "last_name")
KEY = "source || chr(31) || source_id"
# What people decided and did not take back: the newest about two records holds, whichever was named first.
STANDING = """
CREATE OR REPLACE TABLE standing AS
WITH paired AS (
  SELECT *, one_source || chr(31) || one_id AS a, other_source || chr(31) || other_id AS b FROM decision
), newest AS (
  SELECT act, least(a, b) AS one, greatest(a, b) AS other, verdict, reason, "at", decided_by FROM paired
  QUALIFY row_number() OVER (PARTITION BY one, other ORDER BY seq DESC) = 1
)
SELECT * FROM newest WHERE verdict <> 'undone'
"""
# Two records that their own source made one, and what a person decided, which outranks it.
RULINGS = f"""
CREATE TABLE IF NOT EXISTS ruling (one TEXT, other TEXT, weight DOUBLE);
CREATE OR REPLACE TEMP TABLE former_ruling AS FROM ruling;
CREATE OR REPLACE TABLE ruling AS
SELECT one, other, CASE verdict WHEN 'same' THEN {DECIDED} ELSE -{DECIDED} END AS weight FROM standing
UNION ALL
SELECT loser.source || chr(31) || loser.source_id, winner.source || chr(31) || winner.source_id, {DECIDED} / 2
FROM customer AS loser JOIN customer AS winner ON winner.source = loser.source AND winner.source_id = loser.merged_into
"""
STATED = f"""
CREATE OR REPLACE TEMP TABLE stated AS
SELECT *, hash({", ".join(TEXTS)}, is_decided) AS digest FROM (
  SELECT {KEY} AS record_id, NULL::TEXT AS full_name,
    coalesce(first_name, CASE WHEN NOT is_renamed THEN initial END) AS first_name, infix,
    coalesce(last_name, CASE WHEN NOT is_renamed THEN name_key END) AS last_name,
    CAST(birth_date AS TEXT) AS birth_date,
    CASE WHEN email_quality IN ('ok', 'masked') THEN email END AS email,
    CASE WHEN phone_quality = 'ok' THEN phone END AS phone, street, house_number, house_suffix AS house_addition,
    postcode, city, country, CASE WHEN card_quality = 'ok' THEN card END AS card_no, NULL::TEXT AS prev_card_no,
    customer_number AS customer_no, NULL::TEXT AS client_id, NULL::TEXT AS user_id, NULL::TEXT AS receipt_id,
    social_id, {KEY} IN (SELECT one FROM ruling UNION ALL SELECT other FROM ruling) AS is_decided
  FROM (
    SELECT customer.* EXCLUDE (first_name, infix, last_name), NOT renamed.source IS NULL AS is_renamed,
      {", ".join(f"CASE WHEN is_renamed THEN renamed.{name} ELSE customer.{name} END AS {name}" for name in NAMES)}
    FROM customer LEFT JOIN renamed USING (source, source_id) WHERE n NOT IN (SELECT n FROM echoed)
  )
  UNION ALL BY NAME SELECT record_id, email, card AS card_no, false AS is_decided FROM loose
)
"""
CHANGED = (
    "CREATE OR REPLACE TEMP TABLE arriving AS SELECT stated.*, coalesce(record.n, (SELECT max(n) FROM record) + "
    "row_number() OVER ()) AS n FROM stated LEFT JOIN record USING (record_id) "
    "WHERE (record_id, digest) NOT IN (SELECT record_id, digest FROM known)",
    "CREATE OR REPLACE TEMP TABLE gone AS SELECT n FROM record "
    "WHERE record_id NOT IN (SELECT record_id FROM stated) OR n IN (SELECT n FROM arriving)",
    "CREATE OR REPLACE TEMP VIEW arrived AS FROM arriving",
)
FOUND = f"""
CREATE OR REPLACE TABLE found AS
WITH own AS (SELECT customer.n, label FROM grouped JOIN record USING (n) JOIN customer ON {KEY} = record_id)
SELECT n, label, false AS is_echo FROM own
UNION ALL
SELECT echoed.n, coalesce(own.label, (hash('echo', {KEY}) >> 1)::BIGINT), true
FROM echoed JOIN customer USING (n) LEFT JOIN own ON own.n = echoed.owner
"""
COMPONENT = """
CREATE OR REPLACE VIEW component AS
SELECT n, label, source, source_id, is_echo FROM found JOIN customer USING (n)
"""
MOST_CHANGES = 0.2
"""Where more than this share of the records changed, all is made anew, which is as quick."""


def resolve(connection: duckdb.DuckDBPyConnection, rules: engine.Rules) -> None:
    """Group the customer records of the mirror."""
    for statement in (NO_ECHO, ECHOED, LOOSE, STANDING, RULINGS, STATED):
        connection.execute(statement)
    is_known = _is_known(connection, rules)
    connection.execute("DROP TABLE IF EXISTS grouped_by")  # what follows is not done before it is whole
    if not (is_known and _update(connection, rules)):
        connection.execute("CREATE OR REPLACE TEMP VIEW arrived AS SELECT row_number() OVER () - 1 AS n, * FROM stated")
        whole.make(connection, rules)
    connection.execute("CREATE OR REPLACE TABLE known AS SELECT record_id, digest FROM stated")
    connection.execute(FOUND)
    connection.execute(COMPONENT)
    connection.execute("CREATE TABLE grouped_by AS SELECT ? AS rules, ? AS said", [rules.version, rules.text])


def in_force(connection: duckdb.DuckDBPyConnection) -> engine.Rules:
    """Return the rules by which the mirror was resolved."""
    said: str = connection.execute("SELECT said FROM grouped_by").fetchall()[0][0]
    return engine.rules_of(said)


def _is_known(connection: duckdb.DuckDBPyConnection, rules: engine.Rules) -> bool:
    """Tell whether the engine's tables are whole, and of these rules."""
    made = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'grouped_by'"
    if not connection.execute(made).fetchall():
        return False
    return connection.execute("SELECT rules FROM grouped_by").fetchall() == [(rules.version,)]


def _update(connection: duckdb.DuckDBPyConnection, rules: engine.Rules) -> bool:
    for statement in CHANGED:
        connection.execute(statement)
    counts = (
        "SELECT (SELECT count(*) FROM arriving) + (SELECT count(*) FROM gone) + (SELECT count(*) FROM ("
        "(FROM ruling EXCEPT FROM former_ruling) UNION ALL (FROM former_ruling EXCEPT FROM ruling))), "
        "(SELECT count(*) FROM record)"
    )
    changes, records = connection.execute(counts).fetchall()[0]
    return changes <= MOST_CHANGES * records and (not changes or engine.update(connection, rules))
