"""Golden fields locked by hand: what `rotonde profile` locks, unlocks and lists."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb
from sqlalchemy import insert

from mappers.profiles.golden import FIELDS
from plugins.hub.deciding import Side, mirror, side
from plugins.hub.locked_value import checked
from plugins.hub.plans import Hub
from plugins.hub.resolving import BUSINESS_ZONE
from plugins.rules.complaint import did_you_mean
from plugins.store.engine import StoreError
from plugins.store.mirror import attached
from plugins.store.tables import field_lock
from plugins.store.times import utc_text

# A lock whose record is gone is nobody's until the record comes back.
STANDING = """
WITH owned AS (
  SELECT lock.*, profile_id, source || ':' || source_id AS record
  FROM origin.field_lock AS lock LEFT JOIN assigned USING (source, source_id)
), newest AS (
  FROM owned QUALIFY row_number() OVER (PARTITION BY coalesce(profile_id, record), field ORDER BY seq DESC) = 1
)
SELECT field, profile_id, record, value, reason, decided_by, "at" FROM newest WHERE CAST(is_locked AS BOOLEAN)
ORDER BY seq
"""
HELD = """
WITH newest AS (
  SELECT source || ':' || source_id AS record, is_locked FROM origin.field_lock JOIN assigned USING (source, source_id)
  WHERE profile_id = $id AND field = $field
  QUALIFY row_number() OVER (PARTITION BY record ORDER BY seq DESC) = 1
)
SELECT record FROM newest WHERE CAST(is_locked AS BOOLEAN) ORDER BY record
"""
COUNTRY = "SELECT country FROM golden WHERE profile_id = $id"


@dataclass(frozen=True, slots=True)
class Lock:
    """A golden field that has its value by hand."""

    field: str
    profile_id: str | None
    """None while its record is gone."""
    record: str
    """`source:id` of the record it goes with."""
    value: str | None
    reason: str
    decided_by: str
    at: str


def lock(hub: Hub, who: str, field: str, value: str, reason: str) -> str:
    """Give a field of a person a value that outranks every rule, and return the person's profile id."""
    _check_field(field)
    with mirror(hub, "profile") as connection:
        person = _person(hub, connection, who)
        country = connection.execute(COUNTRY, {"id": person.profile_id}).fetchall()
    today = hub.clock().astimezone(BUSINESS_ZONE).date()
    kept = checked(field, value, country[0][0] if country else None, today)
    _append(hub, person.records[:1], {"field": field, "value": kept, "is_locked": True, "reason": reason})
    return person.profile_id


def unlock(hub: Hub, who: str, field: str, reason: str) -> str:
    """Give a field of a person back to the rules, and return the person's profile id."""
    _check_field(field)
    with mirror(hub, "profile") as connection:
        person = _person(hub, connection, who)
        with attached(connection, hub.store):
            standing = [each for each in _standing(connection) if each.profile_id == person.profile_id]
            held = connection.execute(HELD, {"id": person.profile_id, "field": field}).fetchall()
    if not any(each.field == field for each in standing):
        raise StoreError(f"profile: {field} of this person is not locked; see what is with: rotonde profile locks")
    _append(hub, [name for (name,) in held], {"field": field, "value": None, "is_locked": False, "reason": reason})
    return person.profile_id


def locks(hub: Hub) -> list[Lock]:
    """Return every lock that holds, oldest first."""
    with mirror(hub, "profile") as connection, attached(connection, hub.store):
        return _standing(connection)


def _standing(connection: duckdb.DuckDBPyConnection) -> list[Lock]:
    return [Lock(*row) for row in connection.execute(STANDING).fetchall()]


def _check_field(field: str) -> None:
    if field not in FIELDS:
        raise StoreError(f"profile: FIELD is no field of the golden profile; {did_you_mean(field, FIELDS)}")


def _person(hub: Hub, connection: duckdb.DuckDBPyConnection, who: str) -> Side:
    person = side(hub, connection, "profile: PERSON", who)
    if not person.records:
        raise StoreError("profile: PERSON has no record that is not our own writing; name another")
    return person


def _append(hub: Hub, records: Iterable[str], said: dict[str, Any]) -> None:
    known = {**said, "decided_by": getpass.getuser(), "at": utc_text(hub.clock())}
    keys = (each.partition(":") for each in records)
    rows = [{**known, "source": source, "source_id": source_id} for source, _, source_id in keys]
    with hub.store.writing() as store:
        store.execute(insert(field_lock), rows)
