"""How large each audience was at each plan that was carried out, and whom it shares with others, for those who look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from plugins.hub.planning import DestinationPlan
from plugins.store.engine import Store
from plugins.store.size_tables import audience_overlap, audience_size
from plugins.store.times import utc_text

EVERY_PLAN, EVERY_DAY = timedelta(days=2), timedelta(days=400)
"""How long each plan's counts are kept, and after that the last ones of each day."""
STEPS = ("matched", "yielded", "held_out", "capped", "no_consent", "no_address", "reachable")
Row = dict[str, Any]


def note_audiences(store: Store, made: DestinationPlan, at: datetime) -> None:
    """Put down how large the audiences of a plan are, and forget what is too old; it was made with both shown."""
    named = {"destination": made.destination, "planned_at": utc_text(at)}
    sizes = [{**named, "audience": each["audience"], **{step: each[step] for step in STEPS}} for each in made.funnel]
    shared = [{**named, **each} for each in made.overlap]
    with store.writing() as connection:
        _thin(connection, made.destination, at)
        connection.execute(delete(audience_overlap).where(audience_overlap.c.destination == made.destination))
        for table, rows in ((audience_size, sizes), (audience_overlap, shared)):
            if rows:
                connection.execute(insert(table), rows)


def _thin(connection: Connection, destination: str, at: datetime) -> None:
    """Keep of each older day the last plan, and nothing of days that are long gone."""
    planned = audience_size.c.planned_at
    mine = audience_size.c.destination == destination
    day = func.substr(planned, 1, 10)
    lasts = select(func.max(planned)).where(mine).group_by(day)
    too_many = (planned < utc_text(at - EVERY_PLAN)) & planned.not_in(lasts)
    goes = too_many | (planned < utc_text(at - EVERY_DAY)) | (planned == utc_text(at))  # of one moment the last plan
    connection.execute(delete(audience_size).where(mine, goes))


def newest_sizes(connection: Connection) -> list[Row]:
    """Return each audience at each destination as its newest plan counted it, and `before`: as the one before did."""
    planned = audience_size.c.planned_at
    last = select(audience_size.c.destination, func.max(planned).label("at")).group_by(audience_size.c.destination)
    each = last.subquery()
    earlier = select(audience_size.c.destination, func.max(planned).label("at")).join(
        each, (audience_size.c.destination == each.c.destination) & (planned < each.c.at)
    ).group_by(audience_size.c.destination)  # fmt: skip
    then = {(row["destination"], row["audience"]): row for row in _at(connection, earlier)}
    found = _at(connection, last)
    return [{**row, "before": then.get((row["destination"], row["audience"]))} for row in found]


def _at(connection: Connection, moments: Any) -> list[Row]:
    """Return the counts of each destination at a moment of its own."""
    asked = moments.subquery()
    is_of = (audience_size.c.destination == asked.c.destination) & (audience_size.c.planned_at == asked.c.at)
    query = select(audience_size).join(asked, is_of).order_by(audience_size.c.audience, audience_size.c.destination)
    return [dict(row) for row in connection.execute(query).mappings()]


def history(connection: Connection, audience: str, since: datetime) -> dict[str, list[Row]]:
    """Return how large an audience was, oldest first, by destination."""
    mine = (audience_size.c.audience == audience) & (audience_size.c.planned_at >= utc_text(since))
    found: dict[str, list[Row]] = {}
    order = (audience_size.c.destination, audience_size.c.planned_at)
    for row in connection.execute(select(audience_size).where(mine).order_by(*order)).mappings():
        found.setdefault(row["destination"], []).append(dict(row))
    return found


def overlaps(connection: Connection, audience: str) -> Sequence[Row]:
    """Return who else has persons of an audience, most first; once, also where both go to several destinations."""
    mine = (audience_overlap.c.audience == audience) | (audience_overlap.c.other == audience)
    newest: dict[str, Row] = {}
    for row in connection.execute(select(audience_overlap).where(mine).order_by(audience_overlap.c.planned_at)):
        other = row.other if row.audience == audience else row.audience
        newest[other] = {"other": other, "persons": row.persons, "percent_of_smaller": row.percent_of_smaller}
    return sorted(newest.values(), key=lambda each: (-each["persons"], each["other"]))
