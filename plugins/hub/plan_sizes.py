"""How large the newest plan of each destination was, for those who watch."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert

from plugins.hub.planning import DestinationPlan
from plugins.store.engine import Store
from plugins.store.tables import plan_size
from plugins.store.times import utc_text


def note_size(store: Store, lane: str, made: DestinationPlan, at: datetime) -> None:
    """Put down what a plan that is carried out comes to, in the place of the one before."""
    mine = (plan_size.c.destination == made.destination) & (plan_size.c.lane == lane)
    counts = {"add_rows": made.add, "change_rows": made.change, "remove_rows": made.remove, "calls": made.calls}
    with store.writing() as connection:
        connection.execute(delete(plan_size).where(mine))
        connection.execute(
            insert(plan_size).values(
                destination=made.destination, lane=lane, planned_at=utc_text(at), guards=len(made.guards), **counts
            )
        )  # fmt: skip
