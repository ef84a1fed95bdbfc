"""The golden profile: each field by its survivorship rule, with the record and the time it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

FIELDS = (
    "first_name", "infix", "last_name", "gender", "birth_date", "language", "email", "phone", "card", "street",
    "house_number", "house_suffix", "postcode", "city", "country", "customer_number", "store_id",
)  # fmt: skip
TOGETHER: dict[str, tuple[str, ...]] = {
    "last_name": ("infix", "last_name"),
    "street": ("street", "house_number", "house_suffix", "postcode", "city", "country"),
}
"""Fields that only make sense from one record: they follow the first one's choice."""
QUALITY = {"email": "email_quality", "phone": "phone_quality", "card": "card_quality"}


@dataclass(frozen=True, slots=True)
class Survival:
    """Which value survives: the preferred sources first, then the most recent (or the longest) statement."""

    prefer: Sequence[str] = ()
    then: str = "most_recent"


RECENCY_BITS, SIZE_BITS = 40, 8


def _score(rule: Survival, field: str) -> str:
    """Return one whole number that puts the best statement highest: preference, then size or count, then recency."""
    rank = "CASE source " + " ".join(
        f"WHEN ${field}_{number} THEN {len(rule.prefer) - number}" for number in range(len(rule.prefer))
    )
    preferred = f"{rank} ELSE 0 END" if rule.prefer else "0"
    most = (1 << SIZE_BITS) - 1
    weight = {
        "most_complete": f"least(length(CAST({field} AS TEXT)), {most})",
        "most_frequent": f"least({field}_times, {most})",
    }.get(rule.then, "0")
    return f"(({preferred})::BIGINT << {RECENCY_BITS + SIZE_BITS}) + (({weight})::BIGINT << {RECENCY_BITS}) + recency"


def _choice(field: str, rule: Survival) -> str:
    known = f"{field} IS NOT NULL"
    if field in QUALITY:
        known += f" AND {QUALITY[field]} = 'ok'"
    values = ", ".join(f"{name} := {name}" for name in TOGETHER.get(field, (field,)))
    chosen = f"struct_pack({values}, source := source, at := changed_at)"
    return f"max_by({chosen}, {_score(rule, field)}) FILTER ({known}) AS {field}_choice"


def golden(connection: duckdb.DuckDBPyConnection, rules: Mapping[str, Survival]) -> None:
    """Write table `golden`: one row per profile with every field, and `<field>_source`, `<field>_at` beside it."""
    followers = {name for names in TOGETHER.values() for name in names}
    leaders = {name: rules.get(name, Survival()) for name in FIELDS if name in TOGETHER or name not in followers}
    preferred = {
        f"{name}_{place}": source for name, rule in leaders.items() for place, source in enumerate(rule.prefer)
    }
    times = "".join(
        f", count({name}) OVER (PARTITION BY profile_id, {name}) AS {name}_times"
        for name, rule in leaders.items()
        if rule.then == "most_frequent"
    )
    connection.execute(
        f"""CREATE OR REPLACE TABLE golden AS WITH statement AS (
        SELECT customer.*, profile_id,
               row_number() OVER (ORDER BY customer.changed_at NULLS FIRST, source, source_id) AS recency {times}
        FROM assigned JOIN customer USING (source, source_id) WHERE NOT is_echo
        ), chosen AS (
        SELECT profile_id, min(registered_at) AS customer_since, count(*) AS records,
               list_sort(list(DISTINCT source)) AS sources, bool_and(is_guest) AS is_guest,
               {", ".join(_choice(name, rule) for name, rule in leaders.items())}
        FROM statement GROUP BY profile_id)
        SELECT profile_id, customer_since, records, sources, is_guest, {", ".join(_outputs(leaders))} FROM chosen""",
        preferred or None,
    )


def _outputs(leaders: Iterable[str]) -> list[str]:
    return [
        f"{leader}_choice.{name} AS {name}, {leader}_choice.source AS {name}_source, {leader}_choice.at AS {name}_at"
        for leader in leaders
        for name in TOGETHER.get(leader, (leader,))
    ]
