"""Matching keys: what is left of a record's names, addresses and identifiers when spelling is taken away.

Set-based SQL over table `arrived` (one row per source record, texts raw as sources deliver them); leaves table
`normal`. It keeps to what Spark understands too, once `spark` has translated it. A key is for comparing only: nothing
here is ever sent or shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mappers.identity.name_keys import NAMES
from mappers.identity.statements import Statements, hashed
from plugins.identifiers.call_names import call_names, official_initial
from plugins.identifiers.contact import PLACEHOLDER_ADDRESSES, PLACEHOLDER_LOCALS

MONTHS = (
    "januari janvier january jan", "februari fevrier february feb", "maart mars march mrt mar", "april avril apr",
    "mei mai may", "juni juin june jun", "juli juillet july jul", "augustus aout august aug",
    "september septembre sept sep", "oktober octobre october okt oct", "november novembre nov",
    "december decembre dec",
)  # fmt: skip
"""What a month is called in Dutch, French and English, without accents."""
MONTH = ", ".join(f"('{name}', '{n:02d}')" for n, names in enumerate(MONTHS, start=1) for name in names.split())
DATES = "['%Y-%m-%d', '%d-%m-%Y', '%d/%m/%Y', '%Y%m%d', '%d.%m.%Y', '%Y/%m/%d', '%m/%d/%Y', '%d %m %Y', '%d-%m-%y']"
DAYS = f"""
CREATE OR REPLACE TEMP TABLE day AS
WITH raw AS (SELECT DISTINCT birth_date FROM arrived WHERE birth_date IS NOT NULL), worded AS MATERIALIZED (
  SELECT birth_date, trim(strip_accents(lower(birth_date))) AS said,
         regexp_extract(strip_accents(lower(birth_date)), '[a-z]+') AS word FROM raw
), numbered AS (
  SELECT birth_date, CASE WHEN number IS NULL THEN said ELSE replace(said, word, number) END AS said FROM worded
  LEFT JOIN (VALUES {MONTH}) AS month(name, number) ON name = word
), known AS (SELECT birth_date, CAST(try_strptime(said, {DATES}) AS DATE) AS born FROM numbered)
SELECT birth_date, born FROM known
WHERE born BETWEEN DATE '1901-01-01' AND DATE '2025-12-31' AND born <> DATE '1970-01-01'
"""
MAIL = "regexp_replace(lower(trim(email)), '^mailto:|[ <>,;]+|\\.$', '', 'g')"
LOCAL = "regexp_replace(split_part(mail, '@', 1), '\\+.*$', '')"
DOMAIN = "split_part(mail, '@', 2)"
MISSPELT = {
    "gmail.com": "gmial.com gmai.com gamil.com gmal.com gmail.nl gmail.con gmail.co gmaill.com gnail.com gmil.com "
    "gmail.cm googlemail.com gmail.com.com gmail.om gmail.cpm gail.com",
    "hotmail.com": "hotmial.com hotmal.com hotmai.com hotmail.con hotmail.co hotmil.com hotamil.com hormail.com "
    "hotmaill.com htomail.com",
    "outlook.com": "outlok.com outloook.com outlook.con outlook.co outllok.com",
    "ziggo.nl": "zigo.nl ziggo.com ziggo.n ziggo.bl zigggo.nl",
    "kpnmail.nl": "kpnmail.com kpmail.nl",
    "live.nl": "live.n live.bl",
    "telenet.be": "telnet.be telenet.b telent.be telenet.com",
    "skynet.be": "skyent.be skynet.com",
    "yahoo.com": "yaho.com yahooo.com yahoo.con",
    "icloud.com": "iclod.com icoud.com icloud.con",
}  # fmt: skip
WRONG = ", ".join(f"('{each}', '{right}')" for right, wrong in MISSPELT.items() for each in wrong.split())
MASKS = ("verkopen.bol.com", "marketplace.amazon.*", "members.ebay.*", "privaterelay.appleid.com")
PLACEHOLDING = (
    "local IN ('" + "', '".join(sorted(PLACEHOLDER_LOCALS)) + "') OR local || '@' || domain IN ('"
    + "', '".join(sorted(PLACEHOLDER_ADDRESSES)) + "') "
    "OR replace(local, left(local, 1), '') = '' "
    "AND (length(local) > 2 OR replace(split_part(domain, '.', 1), left(local, 1), '') = '') "
    "OR NOT contains(domain, '.')"
)  # fmt: skip

MAILS = f"""
CREATE OR REPLACE TEMP TABLE mailbox AS
WITH raw AS (SELECT DISTINCT email FROM arrived WHERE email IS NOT NULL),
cleaned AS MATERIALIZED (SELECT email, {MAIL} AS mail FROM raw),
parted AS MATERIALIZED (
  SELECT email, {LOCAL} AS local, coalesce(misspelt.meant, {DOMAIN}) AS domain FROM cleaned
  LEFT JOIN (VALUES {WRONG}) AS misspelt(typed, meant) ON typed = {DOMAIN}
), folded AS MATERIALIZED (
  SELECT email, CASE WHEN domain = 'gmail.com' THEN replace(local, '.', '') ELSE local END AS local, domain FROM parted
)
SELECT email, CASE WHEN NOT is_masked THEN local END AS local, CASE WHEN NOT is_masked THEN local || '@' || domain END
       AS address, CASE WHEN is_masked THEN local || '@' || domain END AS alias
FROM (SELECT *, regexp_matches(domain, '^(?:[a-z0-9-]+\\.)*(?:{{masked}})$') AS is_masked FROM folded)
WHERE local <> '' AND domain <> '' AND NOT ({PLACEHOLDING})
"""

# Digits with the country's code; a number in national form is read in the record's country, or by its length.
PHONES = r"""
CREATE OR REPLACE TEMP TABLE line AS
WITH raw AS (SELECT DISTINCT phone, upper(trim(country)) AS land FROM arrived WHERE phone IS NOT NULL),
digits AS MATERIALIZED (
  SELECT phone, land, regexp_replace(replace(replace(trim(phone), '(0)', ''), '+', '00'),
         '[^0-9]+', '', 'g') AS d FROM raw
), whole AS MATERIALIZED (
  SELECT phone, land, CASE
    WHEN d LIKE '00%' THEN ltrim(d, '0')
    WHEN length(d) = 11 AND d LIKE '31%' OR length(d) IN (10, 11) AND d LIKE '32%' THEN d
    WHEN d LIKE '06%' AND length(d) = 10 THEN '31' || substr(d, 2)
    WHEN d LIKE '6%' AND length(d) = 9 THEN '31' || d
    WHEN d LIKE '04%' AND length(d) = 10
      AND (land LIKE 'B%' OR substr(d, 3, 1) IN ('5', '6', '7', '8', '9') AND land IS NULL) THEN '32' || substr(d, 2)
    WHEN d LIKE '4%' AND length(d) = 9 THEN '32' || d
    WHEN d LIKE '0%' AND length(d) = 9 THEN '32' || substr(d, 2)
    WHEN d LIKE '0%' AND length(d) = 10 THEN '31' || substr(d, 2)
    WHEN length(d) >= 8 THEN d END AS d FROM digits
)
SELECT phone, land, CASE WHEN d LIKE '310%' OR d LIKE '320%' THEN left(d, 2) || substr(d, 4) ELSE d END AS number
FROM whole WHERE length(d) BETWEEN 8 AND 15 AND replace(right(d, 7), right(d, 1), '') <> ''
  AND NOT regexp_matches(d, '1234567|2345678|3456789|87654321|98765432')
"""

EAN = (
    "(10 - (3 * ("
    + " + ".join(f"CAST(substr(c, {place}, 1) AS INT)" for place in range(2, 13, 2))
    + ") + "
    + " + ".join(f"CAST(substr(c, {place}, 1) AS INT)" for place in range(1, 12, 2))
    + ") % 10) % 10 = CAST(substr(c, 13, 1) AS INT)"
)
# A number that went through a spreadsheet has a fraction, or is rounded away. Shops' own numbers begin with 2 and one
# more digit; a till that leaves these two out leaves enough to know them by the check digit.
OWN = (
    "7 * (10 - (2 + "
    + " + ".join(f"{3 if place % 2 == 0 else 1} * CAST(substr(c, {place}, 1) AS INT)" for place in range(1, 12))
    + ") % 10) % 10"
)
CARDS = f"""
CREATE OR REPLACE TEMP TABLE loyalty AS
WITH raw AS (
  SELECT card_no AS given FROM arrived WHERE card_no IS NOT NULL
  UNION SELECT prev_card_no FROM arrived WHERE prev_card_no IS NOT NULL
), cleaned AS MATERIALIZED (
  SELECT given, upper(regexp_replace(regexp_replace(given, '\\.0+ *$', ''), '[^0-9A-Za-z]+', '', 'g')) AS c FROM raw
  WHERE NOT regexp_matches(given, '^ *[0-9][.,][0-9]+[eE]\\+?[0-9]+ *$')
), whole AS MATERIALIZED (
  SELECT given, CASE WHEN regexp_matches(c, '^[0-9]{{11}}$') THEN '2' || CAST({OWN} AS TEXT) || c ELSE c END AS c
  FROM cleaned
)
SELECT given, c AS card FROM whole
WHERE length(c) BETWEEN 4 AND 32 AND replace(c, left(c, 1), '') <> '' AND NOT regexp_matches(c, '^0*1234567')
  AND CASE WHEN regexp_matches(c, '^[0-9]{{13}}$') THEN {EAN} ELSE true END
"""

PLACES = f"""
CREATE OR REPLACE TEMP TABLE place AS
WITH raw AS (
  SELECT {hashed("street", "house_number", "house_addition", "postcode", "city")} AS place_h,
         any_value(street) AS street, any_value(house_number) AS house_number, any_value(house_addition) AS addition,
         any_value(postcode) AS postcode, any_value(city) AS city
  FROM arrived WHERE coalesce(street, postcode, city) IS NOT NULL GROUP BY 1
), cleaned AS MATERIALIZED (
  SELECT place_h, lower(strip_accents(street)) AS street, lower(trim(coalesce(house_number, ''))) AS house,
         lower(coalesce(addition, '')) AS addition, regexp_replace(upper(postcode), '[^0-9A-Z]+', '', 'g') AS code,
         regexp_replace(lower(strip_accents(city)), '[^a-z]+', '', 'g') AS town
  FROM raw
), house AS MATERIALIZED (
  SELECT place_h, street, addition, town,
         CASE WHEN regexp_matches(code, '^(?:BE|NL|B)[0-9]{{4}}') THEN ltrim(code, 'BENL') ELSE code END AS code,
         regexp_extract(
           CASE WHEN house <> '' THEN house ELSE regexp_extract(street, '[ ,]([0-9]{{1,5}}(?:[^0-9].*)?)$', 1) END,
           '^([0-9]+)(.*)$', ['number', 'rest']) AS cut
  FROM cleaned
)
SELECT place_h, CASE WHEN replace(code, left(code, 1), '') <> '' THEN code END AS code,
       nullif(ltrim(cut.number, '0'), '') AS house,
       nullif(regexp_replace(regexp_replace(cut.rest || addition, 'bus|box|bte|boite|app|apt', '', 'g'),
                             '[^0-9a-z]+', '', 'g'), '') AS addition,
       nullif(regexp_replace(regexp_replace(street, '[0-9].*$', ''), '[^a-z]+', '', 'g'), '') AS street,
       nullif(town, '') AS town
FROM house
"""

TEXTS = (
    "full_name", "first_name", "infix", "last_name", "birth_date", "email", "phone", "street", "house_number",
    "house_addition", "postcode", "city", "country", "card_no", "prev_card_no", "customer_no", "client_id", "user_id",
    "receipt_id", "social_id",
)  # fmt: skip
"""What a source record says about who it is, as its source wrote it."""
KEYS = (
    "given", "initial", "sur", "sur1", "sur2", "sound", "c1", "c2", "officials", "born", "local", "email", "alias",
    "phone", "code", "house", "addition", "street", "town", "card", "prev_card", "customer_no", "client", "login",
    "receipt", "social",
)  # fmt: skip
"""What is compared; records alike in all of it are one node."""
ANCHORED = (
    "coalesce(email, alias, phone, card, prev_card, customer_no, client, login, receipt, social) IS NOT NULL "
    "OR sur IS NOT NULL AND initial IS NOT NULL AND (born IS NOT NULL "
    "OR house IS NOT NULL AND coalesce(code, street) IS NOT NULL)"
)
"""A name alone makes no two records one: without anything else each stands for itself."""

KEYED = f"""
CREATE OR REPLACE TEMP TABLE normal AS
WITH keyed AS (
SELECT r.n, r.record_id, r.is_decided, named.given, initial, sur, sur1, sur2, sound, c1, c2, officials,
  day.born, mailbox.local, mailbox.address AS email, mailbox.alias, line.number AS phone,
  place.code, place.house, place.addition, place.street, place.town,
  own.card, former.card AS prev_card, nullif(upper(trim(customer_no)), '') AS customer_no,
  nullif(trim(client_id), '') AS client, nullif(lower(trim(user_id)), '') AS login,
  nullif(trim(receipt_id), '') AS receipt, nullif(lower(trim(social_id)), '') AS social
FROM arrived AS r LEFT JOIN day ON day.birth_date = r.birth_date
LEFT JOIN named ON named.name_h = {hashed("r.full_name", "r.first_name", "r.infix", "r.last_name")}
LEFT JOIN mailbox ON mailbox.email = r.email
LEFT JOIN line ON line.phone = r.phone AND line.land IS NOT DISTINCT FROM upper(trim(r.country))
LEFT JOIN place ON place.place_h = {hashed("r.street", "r.house_number", "r.house_addition", "r.postcode", "r.city")}
LEFT JOIN loyalty AS own ON own.given = r.card_no LEFT JOIN loyalty AS former ON former.given = r.prev_card_no
)
SELECT *, initial IS NOT NULL OR sur IS NOT NULL OR is_decided AS is_named,
       {hashed(*KEYS, f"CASE WHEN is_decided OR NOT ({ANCHORED}) THEN record_id END")} AS h
FROM keyed
"""
STEPS = (NAMES, DAYS, MAILS, PHONES, CARDS, PLACES, KEYED)


def normalise(connection: Statements, masks: Sequence[str] = MASKS) -> None:
    """Leave temporary table `normal`: the keys of every row of `arrived`, and the hash `h` of all of them.

    `masks` are the domains, with `*`, whose addresses are a marketplace's alias for a person.
    """
    masked = "|".join(re.escape(each).replace(r"\*", "[^@]*") for each in masks)
    for statement in STEPS:
        connection.execute(statement.replace("{masked}", masked))
    for table in ("named", "day", "mailbox", "line", "loyalty", "place"):
        connection.execute(f"DROP TABLE {table}")


def call(connection: Statements) -> None:
    """Make table `called`: call names, by which `normalise` knows a name's family."""
    connection.register("names", _call_names())
    connection.execute(
        "CREATE OR REPLACE TABLE called AS SELECT CAST(name AS TEXT) AS name, c1, nullif(c2, -1) AS c2, "
        "CAST(officials AS TEXT) AS officials FROM names"
    )
    connection.unregister("names")


def _call_names() -> dict[str, NDArray[Any]]:
    """Return name, its first two families, and the initials their official names have."""
    names = call_names()
    columns = {
        "name": list(names),
        "c1": [families[0] for families in names.values()],
        "c2": [families[1] if len(families) > 1 else -1 for families in names.values()],
        "officials": ["".join(sorted({official_initial(each) for each in families})) for families in names.values()],
    }
    return {name: np.array(column) for name, column in columns.items()}
