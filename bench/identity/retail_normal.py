"""The normal form of a retailer's records, in DuckDB's SQL: names apart, contacts checked, nobody's values gone."""

from __future__ import annotations

import runpy
from pathlib import Path

import duckdb

# the product's own list, so that no two lists are compared; the package around it needs more than is installed here
CALL_NAMES = Path(__file__).parents[2] / "plugins" / "identifiers" / "call_names.py"
INFIX = (
    "(?:aan|af|bij|da|das|de|del|della|den|der|des|di|do|dos|du|el|het|in|la|las|le|les|lo|los|op|onder|over|s|t|te"
    "|ten|ter|tot|uit|uijt|van|vande|vanden|vander|vd|v|d|von|vom|voor|zu|zum|zur)"
)
TITLE = "(?:dhr|de heer|heer|hr|mevr|mevrouw|mw|meneer|mej|mr|mrs|ms|drs|ir|ing|dr|prof|fam|familie)"
NOBODY = (
    "('kassa', 'klant', 'klant kassa', 'kassa klant', 'test', 'onbekend', 'unknown', 'anoniem', 'geen', 'nvt', 'n v t',"
    " 'winkel', 'winkelklant', 'gast', 'guest', 'particulier', 'passant', 'contant', 'x', 'xx', 'xxx', 'nb', 'na')"
)
NOBODYS = r"^((geen|x+|a|nvt|onbekend|test|no-?reply|geen\.?e?mail|pas\.?de\.?mail|klant)|(kassa|winkel)(\.[a-z]+)?)@"
MASKED = r"(verkopen\.bol\.com|marketplace\.amazon\.|members\.ebay\.|privaterelay\.appleid\.com)"
DATES = "['%Y-%m-%d', '%d-%m-%Y', '%d/%m/%Y', '%Y%m%d', '%d.%m.%Y', '%Y/%m/%d', '%d %m %Y', '%d-%m-%y']"
MONTHS = (
    "['januari', 'februari', 'maart', 'april', 'mei', 'juni', 'juli', 'augustus', 'september', 'oktober', 'november',"
    " 'december']"
)

MACROS = rf"""
CREATE OR REPLACE MACRO words(x) AS nullif(trim(regexp_replace(trim(regexp_replace(
  lower(strip_accents(replace(x, '''', ''))), '[^a-z,]+', ' ', 'g')), '^(?:{TITLE} )+', '')), '');
CREATE OR REPLACE MACRO letters(x) AS nullif(regexp_replace(lower(strip_accents(x)), '[^a-z]+', '', 'g'), '');
CREATE OR REPLACE MACRO compact(x) AS nullif(regexp_replace(lower(x), '[^a-z0-9]+', '', 'g'), '');
CREATE OR REPLACE MACRO digits(x) AS nullif(regexp_replace(x, '[^0-9]+', '', 'g'), '');
CREATE OR REPLACE MACRO someones(d) AS CASE
  WHEN replace(d[-7:], d[-1], '') <> '' AND NOT regexp_matches(d, '1234567|2345678|7654321') THEN d END;
CREATE OR REPLACE MACRO ean(c) AS (list_sum([CAST(each AS INT) FOR each IN string_split(c, '')])
  + 2 * list_sum([CAST(c[place] AS INT) FOR place IN [2, 4, 6, 8, 10, 12]])) % 10 = 0;
CREATE OR REPLACE MACRO card_of(c) AS CASE WHEN NOT regexp_matches(c, '^[0-9]{{13}}$') OR ean(c) THEN someones(c) END;
CREATE OR REPLACE MACRO card(x) AS card_of(compact(regexp_replace(x, '\.0$', '')));
CREATE OR REPLACE MACRO mail(x) AS CASE WHEN contains(x, '@') AND NOT regexp_matches(x, '{NOBODYS}')
  THEN regexp_replace(x, '\+[^@]*', '') END;
CREATE OR REPLACE MACRO numbered(x) AS replace(x, regexp_extract(x, '[a-z]+'),
  coalesce(CAST(list_position({MONTHS}, regexp_extract(x, '[a-z]+')) AS VARCHAR), ''));
CREATE OR REPLACE MACRO undotted(x) AS
  CASE WHEN x LIKE '%@gmail.com' THEN replace(x[:-11], '.', '') || '@gmail.com' ELSE x END;
"""

NAMED = rf"""
CREATE OR REPLACE TEMP TABLE named AS
WITH said AS (
  SELECT DISTINCT full_name, first_name, last_name FROM raw WHERE coalesce(full_name, first_name, last_name) IS NOT NULL
), parts AS (
  SELECT *, words(first_name) AS f, words(last_name) AS l, CASE WHEN l IS NULL AND f IS NULL THEN words(full_name)
    WHEN l IS NULL AND contains(f, ' ') THEN f
    WHEN f IS NULL AND contains(l, ' ') AND NOT regexp_matches(l, '^{INFIX} ') THEN l END AS whole FROM said
), cut AS (
  SELECT *, regexp_extract(whole, '^([^,]+), *(.*)$', ['l', 'f']) AS turned,
    regexp_extract(whole, '^(.*?) ((?:{INFIX} )+[a-z].*)$', ['f', 'l']) AS infixed,
    regexp_extract(whole, '^(.*) ([a-z]+)$', ['f', 'l']) AS straight FROM parts
), apart AS (
  SELECT full_name, first_name, last_name,
    CASE WHEN whole IS NULL THEN f WHEN turned.l <> '' THEN turned.f WHEN infixed.f <> '' THEN infixed.f
      WHEN straight.f <> '' THEN straight.f ELSE whole END AS f,
    CASE WHEN whole IS NULL THEN l WHEN turned.l <> '' THEN turned.l WHEN infixed.f <> '' THEN infixed.l
      WHEN straight.f <> '' THEN straight.l END AS l FROM cut
), known AS (
  SELECT * REPLACE (
    CASE WHEN f NOT IN {NOBODY} THEN split_part(trim(replace(f, ',', ' ')), ' ', 1) END AS f,
    CASE WHEN l NOT IN {NOBODY} THEN regexp_replace(trim(replace(l, ',', ' ')), '^(?:{INFIX} +)+', '') END AS l)
  FROM apart
)
SELECT full_name, first_name, last_name, CASE WHEN length(f) > 1 THEN f END AS given, coalesce(f[1], '') AS initial,
  CASE WHEN length(l) > 1 THEN replace(l, ' ', '') END AS surname,
  list_filter(string_split(l, ' '), lambda each: length(each) > 3) AS surname_parts FROM known
"""

CLEANED = rf"""
CREATE OR REPLACE TEMP TABLE cleaned AS
WITH mailed AS (
  SELECT *, undotted(mail(regexp_replace(lower(trim(email)), '^mailto:|[ <>,;]+|\.$', '', 'g'))) AS address_of,
    CAST(try_strptime(numbered(lower(trim(birth_date))), {DATES}) AS DATE) AS born FROM raw
)
SELECT record_id, given, coalesce(initial, '') AS initial, surname, surname_parts, families,
  coalesce(initial, '') || coalesce(officials, '') AS initials,
  given || ' ' || surname AS name,
  CASE WHEN year(born) BETWEEN 1901 AND 2025 AND born <> DATE '1970-01-01' THEN strftime(born, '%Y%m%d') END AS birth,
  CASE WHEN NOT regexp_matches(address_of, '{MASKED}') THEN address_of END AS mail,
  CASE WHEN regexp_matches(address_of, '{MASKED}') THEN address_of END AS alias,
  someones(regexp_replace(digits(replace(phone, '(0)', '')), '^(?:00)?(?:31|32)?0?', '')) AS phone,
  card(card_no) AS card, card(prev_card_no) AS prev_card,
  ltrim(coalesce(nullif(regexp_extract(house_number, '(\d+)', 1), ''),
    regexp_extract(street, '[ ,](\d{{1,5}})(?:\D.*)?$', 1)), '0') AS number,
  letters(regexp_replace(street, '[ ,]\d.*$', '')) AS street,
  regexp_replace(compact(postcode), '^(?:be|nl|b)(\d{{4}})', '\1') AS postcode, letters(city) AS city,
  compact(client_id) AS client, compact(user_id) AS login, compact(receipt_id) AS receipt, compact(social_id) AS social
FROM mailed LEFT JOIN named ON mailed.full_name IS NOT DISTINCT FROM named.full_name
  AND mailed.first_name IS NOT DISTINCT FROM named.first_name
  AND mailed.last_name IS NOT DISTINCT FROM named.last_name
LEFT JOIN call_name ON call_name.name = named.given
"""

# the most surnames and the most records that a value of one person or family has
MOST = {
    "mail": (3, 60), "phone": (3, 60), "card": (2, 100), "client": (3, 100), "login": (3, 200), "receipt": (2, 20),
    "social": (3, 60), "alias": (2, 60), "birth": (10_000, 400),
}  # fmt: skip
HOT = """
CREATE OR REPLACE TEMP TABLE hot_{kind} AS SELECT {kind} AS value FROM cleaned WHERE {kind} IS NOT NULL GROUP BY 1
HAVING count(*) > {records} OR count(DISTINCT surname[1:2]) > {surnames}{logins}
"""
RARE = """
CREATE OR REPLACE TABLE normal AS
WITH cool AS (SELECT cleaned.* REPLACE ({cool}) FROM cleaned)
SELECT *, postcode || ' ' || number AS home, postcode || ' ' || number || ' ' || surname AS family,
  CASE WHEN count(*) OVER (PARTITION BY name) <= 10 THEN name END AS rare_name,
  CASE WHEN count(*) OVER (PARTITION BY split_part(mail, '@', 1)) <= 20 THEN split_part(mail, '@', 1) END AS mailbox
FROM cool
"""


def normalise(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table `normal` of the view `raw`."""
    con.execute(MACROS)
    _call_names(con)
    con.execute(NAMED)
    con.execute(CLEANED)
    for kind, (surnames, records) in MOST.items():
        logins = " OR count(DISTINCT login) > 1" if kind == "client" else ""
        con.execute(HOT.format(kind=kind, surnames=surnames, records=records, logins=logins))
    cool = [f"CASE WHEN {kind} NOT IN (FROM hot_{kind}) THEN {kind} END AS {kind}" for kind in MOST]
    cool.append("CASE WHEN prev_card NOT IN (FROM hot_card) THEN prev_card END AS prev_card")
    con.execute(RARE.format(cool=", ".join(cool)))
    for table in ("named", "cleaned", *(f"hot_{kind}" for kind in MOST)):
        con.execute(f"DROP TABLE {table}")


def _call_names(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table `call_name`: each name, the families it is in, and the initials of their official names."""
    families: list[str] = runpy.run_path(str(CALL_NAMES))["FAMILIES"]
    rows = [(name, number, line[0]) for number, line in enumerate(families) for name in line.split()]
    con.execute("CREATE OR REPLACE TEMP TABLE called (name VARCHAR, family INT, official VARCHAR)")
    con.executemany("INSERT INTO called VALUES (?, ?, ?)", rows)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE call_name AS SELECT name, list(DISTINCT family) AS families,"
        " string_agg(DISTINCT official, '') AS officials FROM called GROUP BY name"
    )
