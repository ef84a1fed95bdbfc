"""Comparisons: on which level two nodes agree, field by field; SQL over aliases `a` and `b`.

A level's number is its place in `model.LEVELS`, from 1; 0 is a field that one side lacks.
"""

from __future__ import annotations


def close(one: str, other: str, *, two_from: int, one_from: int = 4) -> str:
    """Return SQL: two words differ by a letter (long ones by two), or by two letters that changed places."""
    shortest = f"least(length({one}), length({other}))"
    ends = f"left({one}, 1) <> left({other}, 1) AND right({one}, 1) <> right({other}, 1)"  # spares most of the counting
    return (
        f"(CASE WHEN {ends} OR abs(length({one}) - length({other})) > 2 OR {shortest} < {one_from} THEN false "
        f"ELSE CASE levenshtein({one}, {other}) WHEN 0 THEN true WHEN 1 THEN true WHEN 2 THEN {shortest} >= {two_from} "
        f"OR list_sort(string_split({one}, '')) = list_sort(string_split({other}, '')) ELSE false END END)"
    )


COMPARISONS = {
    "given": f"""CASE WHEN a.initial IS NULL OR b.initial IS NULL THEN 0
      WHEN a.given = b.given THEN 1
      WHEN a.given = b.sur AND a.sur = b.given THEN 1
      WHEN a.given IS NULL OR b.given IS NULL THEN
        CASE WHEN a.initial = b.initial OR contains(a.officials, b.initial) OR contains(b.officials, a.initial)
             THEN 4 ELSE 6 END
      WHEN a.c1 = b.c1 OR a.c1 = b.c2 OR a.c2 = b.c1 OR a.c2 = b.c2 THEN 2
      WHEN {close("a.given", "b.given", two_from=7)} THEN 3
      WHEN {close("a.given", "b.sur", two_from=7)} AND {close("a.sur", "b.given", two_from=7)} THEN 3
      WHEN length(a.given) > 2 AND starts_with(b.given, a.given) THEN 3
      WHEN length(b.given) > 2 AND starts_with(a.given, b.given) THEN 3
      WHEN a.initial = b.initial THEN 5 ELSE 6 END""",
    "sur": f"""CASE WHEN a.sur IS NULL OR b.sur IS NULL THEN 0
      WHEN a.sur = b.sur THEN 1
      WHEN a.given = b.sur AND a.sur = b.given THEN 1
      WHEN a.sound = b.sound OR {close("a.sur", "b.sur", two_from=8)} THEN 2
      WHEN {close("a.given", "b.sur", two_from=7)} AND {close("a.sur", "b.given", two_from=7)} THEN 2
      WHEN a.sur1 = b.sur OR a.sur2 = b.sur OR b.sur1 = a.sur OR b.sur2 = a.sur THEN 3
      WHEN a.sur1 = b.sur2 OR a.sur2 = b.sur1 THEN 3
      ELSE 4 END""",
    "born": """CASE WHEN a.born IS NULL OR b.born IS NULL THEN 0
      WHEN a.born = b.born THEN 1
      WHEN CAST(year(a.born) = year(b.born) AS INT) + CAST(month(a.born) = month(b.born) AS INT)
           + CAST(day(a.born) = day(b.born) AS INT) = 2 THEN 2
      WHEN year(a.born) = year(b.born) AND month(a.born) = day(b.born) AND day(a.born) = month(b.born) THEN 2
      ELSE 3 END""",
    "email": f"""CASE WHEN a.email IS NULL OR b.email IS NULL THEN 0
      WHEN a.email = b.email THEN 1
      WHEN a.local = b.local AND length(a.local) > 4
           AND levenshtein(split_part(a.email, '@', 2), split_part(b.email, '@', 2)) <= 2 THEN 2
      WHEN split_part(a.email, '@', 2) = split_part(b.email, '@', 2)
           AND {close("a.local", "b.local", one_from=6, two_from=99)}
           AND translate(a.local, '0123456789', '') <> translate(b.local, '0123456789', '') THEN 2
      ELSE 3 END""",
    "phone": """CASE WHEN a.phone IS NULL OR b.phone IS NULL THEN 0
      WHEN a.phone = b.phone THEN 1
      WHEN length(a.phone) = length(b.phone) AND levenshtein(a.phone, b.phone) <= 1 THEN 2 ELSE 3 END""",
    "home": f"""CASE WHEN a.code = b.code AND a.house = b.house THEN
           CASE WHEN a.addition = b.addition OR a.addition IS NULL OR b.addition IS NULL THEN 1 ELSE 2 END
      WHEN a.house = b.house AND {close("a.street", "b.street", two_from=7)}
           AND (a.town = b.town OR a.town IS NULL OR b.town IS NULL) THEN 1
      WHEN a.code IS NULL AND a.street IS NULL OR b.code IS NULL AND b.street IS NULL THEN 0
      WHEN a.street = b.street AND (a.code = b.code OR a.town = b.town OR a.house = b.house)
           AND (a.house = b.house OR a.house IS NULL OR b.house IS NULL) THEN 2
      WHEN a.code = b.code OR a.street = b.street AND a.town = b.town THEN 3
      WHEN a.town = b.town AND (a.code IS NULL OR b.code IS NULL) THEN 0
      ELSE 4 END""",
    "id": f"""CASE WHEN a.login = b.login OR a.social = b.social OR a.alias = b.alias THEN 1
      WHEN a.customer_no = b.customer_no THEN 1
      WHEN {close("a.social", "b.social", two_from=99)} THEN 3
      WHEN a.login <> b.login OR a.social <> b.social OR a.alias <> b.alias THEN 2 ELSE 0 END""",
    "card": """CASE WHEN a.card = b.card OR a.card = b.prev_card OR a.prev_card = b.card THEN 1
      WHEN a.card <> b.card THEN 2 ELSE 0 END""",
}
