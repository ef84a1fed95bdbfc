"""Profile ids for groups: the group that holds most of an old profile keeps its id, and others get new ones.

Works on `grouped` (n, label) and `was` (n, profile_id): which profile each record had before. Leaves `person`
(p: the label, profile_id).
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from plugins.store.times import utc_text

# Of an old profile's groups the one with most of its records is the heir; of several profiles that chose one group,
# the one with most records there stays, then the oldest. Every choice has a total order.
HEIRS = """
CREATE OR REPLACE TEMP TABLE heir AS
WITH overlap AS (
  SELECT label, profile_id, count(*) AS shared, min(record_id) AS first_record
  FROM grouped {within} JOIN was USING (n) JOIN record USING (n) GROUP BY label, profile_id
), chosen AS (
  SELECT * FROM overlap
  QUALIFY row_number() OVER (PARTITION BY profile_id ORDER BY shared DESC, first_record) = 1
)
SELECT label, profile_id FROM chosen LEFT JOIN minted ON minted.id = chosen.profile_id
QUALIFY row_number() OVER (PARTITION BY label ORDER BY shared DESC, minted_at, profile_id) = 1
"""
PERSONS = """
SELECT label AS p, coalesce(heir.profile_id, 'p' || substr(md5(concat_ws(chr(31), label, $at)), 1, 20)) AS profile_id
FROM (SELECT DISTINCT label FROM grouped {within}) LEFT JOIN heir USING (label)
"""
# A profile that lost a record is looked at whole: it stays with those who have most of it.
AFFECTED = """
CREATE OR REPLACE TEMP TABLE affected AS
SELECT DISTINCT label FROM grouped SEMI JOIN shaken USING (n)
UNION
SELECT DISTINCT label FROM grouped JOIN was USING (n)
WHERE profile_id IN (SELECT profile_id FROM was SEMI JOIN shaken USING (n))
"""


def name(connection: duckdb.DuckDBPyConnection, at: datetime, *, is_partial: bool = False) -> None:
    """Give every group its profile id; a new id is made of `at` too, and so never recurs.

    Partially: only groups of the records in `shaken` (n) are looked at, with all their records.
    """
    known = {"at": utc_text(at)}
    if not is_partial:
        connection.execute(HEIRS.format(within=""))
        connection.execute(f"CREATE OR REPLACE TABLE person AS {PERSONS.format(within='')}", known)
        return
    connection.execute(AFFECTED)
    within = "SEMI JOIN affected USING (label)"
    connection.execute(HEIRS.format(within=within))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE renamed AS {PERSONS.format(within=within)}", known)
    connection.execute("DELETE FROM person WHERE p IN (SELECT p FROM renamed) OR p NOT IN (SELECT label FROM grouped)")
    connection.execute("INSERT INTO person FROM renamed")
