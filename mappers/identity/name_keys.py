"""Matching keys of names: how a name is taken apart, and what is left of it when spelling is taken away."""

from __future__ import annotations

import re

from mappers.identity.statements import hashed
from plugins.identifiers.name import INFIXES, PLACEHOLDERS

TITLES = "dhr|de heer|heer|hr|mevr|mevrouw|mw|meneer|mej|mrs|ms|drs|ir|ing|dr|prof|fam|familie"
INFIX = "|".join(sorted({re.sub(r"[^a-z]", "", each) for each in INFIXES} - {"", "d", "l", "v"})) + "|s|t|v d|v|d"
NONE = "('" + "', '".join(sorted(PLACEHOLDERS)) + "')"
SPELLINGS = (
    ("ij", "y"), ("ei", "y"), ("ey", "y"), ("sch", "sg"), ("ch", "g"), ("gh", "g"), ("ck", "k"), ("cqu", "k"),
    ("qu", "kw"), ("x", "ks"), ("ph", "f"), ("th", "t"), ("dt", "t"), ("c", "k"), ("v", "f"), ("z", "s"), ("au", "ou"),
    ("ae", "a"), ("aa", "a"), ("ee", "e"), ("ie", "i"), ("oo", "o"), ("uu", "u"), ("oe", "u"), ("bb", "b"),
    ("dd", "t"), ("d", "t"), ("ff", "f"), ("gg", "g"), ("kk", "k"), ("ll", "l"), ("mm", "m"), ("nn", "n"), ("pp", "p"),
    ("rr", "r"), ("ss", "s"), ("tt", "t"),
)  # fmt: skip
"""Letters that sound alike in Dutch, each pair in turn."""


UNGLUED = "CASE WHEN length(sur) > 8 THEN regexp_replace(sur, '^(?:vanden|vander|vande)', '') ELSE sur END"
"""Vandenberg sounds like van den Berg."""


GARBLED = tuple((each.encode().decode("latin-1"), each) for each in "éèëêïîíöôóòüûúùçáàâäåñøÉÈËÖÜÇşŞğİıłśćńżźąęčšž")
"""Letters whose bytes somebody read as other letters, and what they were."""


def mended(text: str) -> str:
    """Return SQL for a name whose accents were read in the wrong encoding, put right."""
    right = text
    for garbled, letter in GARBLED:
        right = f"replace({right}, '{garbled}', '{letter}')"
    return f"CASE WHEN regexp_matches({text}, '[ÃÄÅ]') THEN {right} ELSE {text} END"


def words(text: str) -> str:
    """Return SQL for the words of a name: lower case, no accents, no signs but the comma, no title before them."""
    plain = f"translate(strip_accents(lower(replace({mended(text)}, '''', ''))), 'łøđıß', 'lodis')"
    plain = f"regexp_replace({plain}, '[^\\p{{L}},]+', ' ', 'g')"
    return f"nullif(trim(regexp_replace(trim({plain}), '^((?:{TITLES}) )+', '')), '')"


def sound(text: str) -> str:
    """Return SQL for how a surname sounds."""
    for written, heard in SPELLINGS:
        text = f"replace({text}, '{written}', '{heard}')"
    return text


GLUED = (
    "(regexp_matches({first}, '^[A-Z]{{2,4}} ') AND regexp_matches({rest}, '[a-z]') "
    "OR regexp_matches(lower({first}), '^[b-df-hj-np-tv-xz]{{2,4}} ')) "
    f"AND NOT regexp_matches(lower({{first}}), '^(?:{TITLES}|{INFIX}) ')"
)
"""Initials without their dots: capitals beside a surname that is not all capitals, or letters nobody can pronounce."""
LONG_INFIX = "|".join(each for each in INFIX.split("|") if len(each.split()[0]) > 1)

NAMES = f"""
CREATE OR REPLACE TEMP TABLE named AS
WITH given AS (
  SELECT {hashed("full_name", "first_name", "infix", "last_name")} AS name_h, any_value(full_name) AS full_name,
         any_value(first_name) AS first_name, any_value(last_name) AS last_name
  FROM arrived WHERE coalesce(full_name, first_name, last_name) IS NOT NULL GROUP BY 1
), spaced AS MATERIALIZED (
  SELECT name_h, last_name,
    CASE WHEN {GLUED.format(first="full_name", rest="full_name")}
         THEN left(full_name, 1) || substr(full_name, strpos(full_name, ' ')) ELSE full_name END AS full_name,
    CASE WHEN {GLUED.format(first="first_name || ' '", rest="last_name")}
         THEN left(first_name, 1) ELSE first_name END AS first_name
  FROM given
), plain AS MATERIALIZED (
  SELECT name_h, {words("full_name")} AS full_name, {words("first_name")} AS f, {words("last_name")} AS l FROM spaced
), one AS MATERIALIZED (
  SELECT name_h, CASE WHEN f IS NULL AND l IS NULL THEN full_name WHEN l IS NULL AND contains(f, ' ') THEN f
       WHEN f IS NULL AND contains(l, ' ') AND NOT regexp_matches(l, '^(?:{INFIX}) ') THEN l END AS whole, f, l
  FROM plain
), cut AS MATERIALIZED (
  SELECT name_h, whole, f, l, regexp_extract(whole, '^([^,]+?),+ *(.*)$', ['l', 'f']) AS turned,
         regexp_extract(whole, '^((?:(?:{LONG_INFIX}) )+\\p{{L}}+) ([^,]+)$', ['l', 'f']) AS led,
         regexp_extract(whole, '^(.*?) ((?:(?:{INFIX}) )+\\p{{L}}.*)$', ['f', 'l']) AS infixed,
         regexp_extract(whole, '^(.*\\p{{L}}{{2}}) ((?:\\p{{L}} )*\\p{{L}})$', ['f', 'l']) AS ended,
         regexp_extract(whole, '^(.*) (\\p{{L}}+)$', ['f', 'l']) AS plain
  FROM one
), apart AS MATERIALIZED (
  SELECT name_h, CASE WHEN whole IS NULL THEN f WHEN turned.l <> '' THEN turned.f WHEN led.l <> '' THEN led.f
              WHEN infixed.f <> '' THEN infixed.f WHEN ended.f <> '' THEN ended.f
              WHEN plain.f <> '' THEN plain.f ELSE whole END AS f,
         CASE WHEN whole IS NULL THEN l WHEN turned.l <> '' THEN turned.l WHEN led.l <> '' THEN led.l
              WHEN infixed.f <> '' THEN infixed.l WHEN ended.f <> '' THEN ended.l
              WHEN plain.f <> '' THEN plain.l END AS l
  FROM cut
), right_way AS (
  SELECT name_h, CASE WHEN is_turned THEN l ELSE f END AS f, CASE WHEN is_turned THEN f ELSE l END AS l FROM (
    SELECT *, regexp_matches(l, '^(?:\\p{{L}} )*\\p{{L}}$') AND regexp_matches(f, '\\p{{L}}{{3}}')
      AND NOT EXISTS (FROM called WHERE called.name = split_part(f, ' ', 1)) AS is_turned FROM apart)
), bare AS MATERIALIZED (
  SELECT name_h, trim(replace(f, ',', ' ')) AS f,
         trim(regexp_replace(' ' || regexp_replace(trim(replace(l, ',', ' ')), ' +', ' ', 'g') || ' ',
                             ' (?:(?:{INFIX}) )+', ' ', 'g')) AS l, l AS l_whole
  FROM right_way
), known AS MATERIALIZED (
  SELECT name_h, CASE WHEN replace(f, ' ', '') NOT IN {NONE} THEN nullif(f, '') END AS f,
         CASE WHEN replace(l_whole, ' ', '') NOT IN {NONE} AND replace(l, ' ', '') NOT IN {NONE}
              THEN coalesce(nullif(l, ''), nullif(replace(l_whole, ' ', ''), '')) END AS l
  FROM bare
), keyed AS MATERIALIZED (
  SELECT name_h, split_part(f, ' ', 1) AS first_word, left(f, 1) AS initial, replace(l, ' ', '') AS sur,
         split_part(l, ' ', 1) AS sur1, split_part(l, ' ', -1) AS sur2
  FROM known WHERE f IS NOT NULL OR l IS NOT NULL
)
SELECT name_h, CASE WHEN length(first_word) > 1 THEN first_word END AS given, initial,
       CASE WHEN length(sur) > 1 THEN sur END AS sur,
       CASE WHEN sur1 <> sur THEN sur1 END AS sur1, CASE WHEN sur2 <> sur THEN sur2 END AS sur2,
       CASE WHEN length(sur) > 1 THEN {sound(UNGLUED)} END AS sound, c1, c2, officials
FROM keyed LEFT JOIN called ON called.name = keyed.first_word
"""
