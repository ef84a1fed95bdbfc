"""What vendors, tills and apps told by themselves, and nobody has taken up yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from plugins.store.event_tables import waiting_event
from plugins.store.knock_tables import knock
from plugins.store.times import moment_of


def waiting(connection: Connection) -> list[tuple[str, int, datetime]]:
    """Return of each connection how many records wait to be read back or kept, and since when the oldest does."""
    counted = [
        select(by, func.count(), func.min(table.c.taken_at)).group_by(by)
        for table, by in ((knock, knock.c.connection), (waiting_event, waiting_event.c.source))
    ]
    found = [row for each in counted for row in connection.execute(each).tuples()]
    return sorted((name, rows, moment_of(since)) for name, rows, since in found)
