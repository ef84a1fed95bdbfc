"""The normal form of the records of FEBRL and of the census, in DuckDB's SQL."""

from __future__ import annotations

import duckdb

MACROS = r"""
CREATE OR REPLACE MACRO letters(x) AS
  nullif(trim(regexp_replace(lower(strip_accents(x)), '[^a-z]+', ' ', 'g')), '');
CREATE OR REPLACE MACRO plain(x) AS
  nullif(trim(regexp_replace(lower(strip_accents(x)), '[^a-z0-9]+', ' ', 'g')), '');
CREATE OR REPLACE MACRO compact(x) AS nullif(regexp_replace(lower(x), '[^a-z0-9]+', '', 'g'), '');
"""

NORMAL = r"""
CREATE OR REPLACE TABLE normal AS
SELECT record_id, source, letters(first_name) AS given, letters(last_name) AS surname,
  given || ' ' || surname AS name, nullif(regexp_extract(letters(full_name), '^\S+ (\S) ', 1), '') AS middle,
  compact(birth_date) AS birth, plain(street) AS street, plain(house_number) AS number,
  concat_ws(' ', street, number, plain(house_addition)) AS address,
  compact(postcode) AS postcode, letters(city) AS city, compact(social_id) AS social
FROM raw
"""


def normalise(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table `normal` of the view `raw`."""
    con.execute(MACROS)
    con.execute(NORMAL)
