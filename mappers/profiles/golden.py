"""The golden profile: each field by its survivorship rule, with the record and the time it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def _order(rule: Survival, field: str) -> str:
    rank = "CASE customer.source " + " ".join(
        f"WHEN ${field}_{number} THEN {len(rule.prefer) - number}" for number in range(len(rule.prefer))
    )
    preferred = f"{rank} ELSE 0 END" if rule.prefer else "0"
    size = f"length(CAST(customer.{field} AS TEXT))" if rule.then == "most_complete" else "0"
    return f"({preferred}, {size}, customer.changed_at, customer.source, customer.source_id)"


def _choice(field: str, rule: Survival) -> str:
    known = f"customer.{field} IS NOT NULL"
    if field in QUALITY:
        known += f" AND customer.{QUALITY[field]} = 'ok'"
    values = ", ".join(f"{name} := customer.{name}" for name in TOGETHER.get(field, (field,)))
    chosen = f"struct_pack({values}, source := customer.source, at := customer.changed_at)"
    return f"max_by({chosen}, {_order(rule, field)}) FILTER ({known}) AS {field}_choice"


def golden(connection: duckdb.DuckDBPyConnection, rules: Mapping[str, Survival]) -> None:
    """Write table `golden`: one row per profile with every field, and `<field>_source`, `<field>_at` beside it."""
    followers = {name for names in TOGETHER.values() for name in names}
    leaders = [name for name in FIELDS if name in TOGETHER or name not in followers]
    choices = ",\n".join(_choice(name, rules.get(name, Survival())) for name in leaders)
    outputs: list[str] = []
    for leader in leaders:
        for name in TOGETHER.get(leader, (leader,)):
            outputs.append(f"{leader}_choice.{name} AS {name}")
            outputs.append(f"{leader}_choice.source AS {name}_source, {leader}_choice.at AS {name}_at")
    preferred = {
        f"{name}_{number}": source
        for name in leaders
        for number, source in enumerate(rules.get(name, Survival()).prefer)
    }
    connection.execute(
        f"""CREATE OR REPLACE TABLE golden AS WITH chosen AS (
        SELECT profile_id, min(customer.registered_at) AS customer_since, count(*) AS records,
               list_sort(list(DISTINCT customer.source)) AS sources,
               bool_or(customer.is_guest) AND NOT bool_or(NOT customer.is_guest) AS is_guest,
               {choices}
        FROM assigned JOIN customer USING (source, source_id) WHERE NOT is_echo GROUP BY profile_id)
        SELECT profile_id, customer_since, records, sources, is_guest, {", ".join(outputs)} FROM chosen""",
        preferred or None,
    )
