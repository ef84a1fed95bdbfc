"""The golden profile: each field by its survivorship rule, with the record and the time it came from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import duckdb

from mappers.profiles.locks import BY_HAND, lock, locked_fields
from plugins.rules.models import GoldenField
from plugins.store.mirror import mirrored_columns

FIELDS: tuple[str, ...] = get_args(GoldenField)
TOGETHER: dict[str, tuple[str, ...]] = {
    "last_name": ("infix", "last_name"),
    "street": ("street", "house_number", "house_suffix", "postcode", "city", "country"),
}
"""Fields that only make sense from one record: they follow the first one's choice."""
WITHOUT = {"infix": "last_name"}
"""A surname locked by hand stands without the infix that another record has."""
SOURCE = f"'{BY_HAND}'"
TYPES = dict(mirrored_columns("customer"))
QUALITY = {"email": "email_quality", "phone": "phone_quality", "card": "card_quality"}


@dataclass(frozen=True, slots=True)
class Survival:
    """Which value survives: the preferred sources first, then the most recent (or the longest) statement."""

    prefer: Sequence[str] = ()
    then: str = "most_recent"


RECORD_BITS, SIZE_BITS = 26, 7
"""A score is one 63-bit number: preference, size or count, recency, record; it has room for 67 million records."""


def _leaders() -> list[str]:
    followers = {name for names in TOGETHER.values() for name in names}
    return [name for name in FIELDS if name in TOGETHER or name not in followers]


def _leading() -> dict[str, str]:
    """Return the leader of each field; most lead themselves."""
    return {name: leader for leader in _leaders() for name in TOGETHER.get(leader, (leader,))}


def _score(rule: Survival, field: str) -> str:
    """Return one whole number that puts the best statement of a field highest and names its record."""
    rank = "CASE source " + " ".join(
        f"WHEN ${field}_{number} THEN {len(rule.prefer) - number}" for number in range(len(rule.prefer))
    )
    preferred = f"{rank} ELSE 0 END" if rule.prefer else "0"
    most = (1 << SIZE_BITS) - 1
    weight = {
        "most_complete": f"least(length(CAST({field} AS TEXT)), {most})",
        "most_frequent": f"least({field}_times, {most})",
    }.get(rule.then, "0")
    return (
        f"(({preferred})::BIGINT << {2 * RECORD_BITS + SIZE_BITS}) + (({weight})::BIGINT << {2 * RECORD_BITS}) + place"
    )


def _times(field: str) -> str:
    """Return the part of a query that counts how often each value of a field is stated of a person."""
    return (
        f"many_{field} AS (SELECT p, {field}, count(*) AS {field}_times FROM mine "
        f"WHERE {field} IS NOT NULL GROUP BY p, {field}), "
    )


def _winner(field: str, rule: Survival) -> str:
    known = f"{field} IS NOT NULL"
    if field in QUALITY:
        known += f" AND {QUALITY[field]} = 'ok'"
    mask = (1 << RECORD_BITS) - 1
    return f"max({_score(rule, field)}) FILTER ({known}) & {mask} AS {field}_record"


def golden(connection: duckdb.DuckDBPyConnection, rules: Mapping[str, Survival]) -> None:
    """Make view `golden`: one row per profile with every field, and `<field>_source`, `<field>_at` beside it.

    Table `winner` keeps which record won which field, and `locked` what outranks it; `query` reads only the fields
    one needs.
    """
    chosen = {name: rules.get(name, Survival()) for name in _leaders()}
    preferred = {f"{name}_{place}": source for name, rule in chosen.items() for place, source in enumerate(rule.prefer)}
    frequent = [name for name, rule in chosen.items() if rule.then == "most_frequent"]
    connection.execute(
        f"""CREATE OR REPLACE TABLE winner AS WITH ordered AS (
        SELECT n, row_number() OVER (ORDER BY changed_at NULLS FIRST, source, source_id) AS age FROM customer
        ), mine AS (
        SELECT customer.*, p, n + (age << {RECORD_BITS}) AS place
        FROM customer JOIN ordered USING (n) JOIN placed USING (n) WHERE NOT is_echo
        ), {"".join(_times(name) for name in frequent)} statement AS (
        SELECT mine.* {"".join(f", {name}_times" for name in frequent)} FROM mine
          {" ".join(f"LEFT JOIN many_{name} USING (p, {name})" for name in frequent)}
        )
        SELECT p, min(registered_at) AS customer_since, count(*) AS records,
               bool_and(is_guest) AS is_guest,
               {", ".join(_winner(name, rule) for name, rule in chosen.items())}
        FROM statement GROUP BY p""",
        preferred or None,
    )
    lock(connection)
    connection.execute(f"CREATE OR REPLACE VIEW golden AS {query(connection, FIELDS)}")


def query(
    connection: duckdb.DuckDBPyConnection, fields: Iterable[str], counted: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Return the SELECT of golden profiles with these fields, each with its source and time.

    `counted` names lists of fields: `<name>_known` is how many of a list are known of the profile. A field that is
    locked for nobody is read as if there were no locks.
    """
    leading, locked = _leading(), locked_fields(connection)
    wanted = [name for name in FIELDS if name in set(fields)]
    values = "".join(_field(name, f"by_{leading[name]}", locked) for name in wanted)
    lists = counted or {}
    counts = "".join(f", {_count(names, locked)} AS {name}_known" for name, names in lists.items())
    listed = [each for names in lists.values() for each in names]
    followers = [each for each in listed if each not in _leaders()]
    joins = " ".join(
        f"LEFT JOIN customer AS by_{leader} ON by_{leader}.n = winner.{leader}_record"
        for leader in dict.fromkeys(leading[name] for name in (*wanted, *followers))
    )
    joins += "".join(
        f" LEFT JOIN locked AS {name}_lock ON {name}_lock.p = winner.p AND {name}_lock.field = '{name}'"
        for name in dict.fromkeys(each for field in (*wanted, *listed) for each in _locks(field, locked))
    )
    about = "person.profile_id, winner.p, winner.customer_since, records, winner.is_guest"
    return f"SELECT {about}{values}{counts} FROM winner JOIN person ON person.p = winner.p {joins}"


def _locks(field: str, locked: Collection[str]) -> list[str]:
    """Return the fields whose lock decides a field; the first one counts."""
    return [name for name in dict.fromkeys((field, WITHOUT.get(field, field))) if name in locked]


def _unless_locked(field: str, locked: Collection[str], by_hand: str, otherwise: str) -> str:
    """Return an expression that is `by_hand` of the lock that decides a field (`{lock}`), where there is one."""
    cases = (
        f"WHEN {name}_lock.p IS NOT NULL THEN {by_hand.format(lock=f'{name}_lock')}" for name in _locks(field, locked)
    )
    text = " ".join(cases)
    return f"CASE {text} ELSE {otherwise} END" if text else otherwise


def _field(field: str, record: str, locked: Collection[str]) -> str:
    """Return the columns of a field: its value, its source and its time."""
    of_lock = f"CASE WHEN {{lock}}.field = '{field}' THEN CAST({{lock}}.value AS {TYPES[field]}) END"
    return (
        f", {_unless_locked(field, locked, of_lock, f'{record}.{field}')} AS {field}"
        f", {_unless_locked(field, locked, SOURCE, f'{record}.source')} AS {field}_source"
        f", {_unless_locked(field, locked, '{lock}.at', f'{record}.changed_at')} AS {field}_at"
    )


def _count(fields: Sequence[str], locked: Collection[str]) -> str:
    """Return how many of the fields are known; a leader's winner tells without looking at its record."""
    return " + ".join(f"({_known(name, locked)})::BIGINT" for name in fields) or "0"


def _known(field: str, locked: Collection[str]) -> str:
    leader = _leading()[field]
    column = f"winner.{field}_record" if leader == field else f"by_{leader}.{field}"
    of_lock = f"{{lock}}.field = '{field}' AND {{lock}}.value IS NOT NULL"
    return _unless_locked(field, locked, of_lock, f"{column} IS NOT NULL")
