"""What a run found wrong and stopped at, kept until a later run finds it right: whoever raises alarms reads it here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, insert, update

from plugins.store.alarm_tables import finding
from plugins.store.times import utc_text

Kind = Literal["guard", "drift", "audience"]


def keep(connection: Connection, kind: Kind, about: str, what: Sequence[str], now: datetime) -> None:
    """Put down what is wrong with something, in words without personal data; nothing wrong takes it out."""
    mine = (finding.c.kind == kind) & (finding.c.about == about)
    if not what:
        connection.execute(delete(finding).where(mine))
        return
    seen = {"what": "; ".join(what), "seen_at": utc_text(now)}
    if not connection.execute(update(finding).where(mine).values(**seen)).rowcount:
        connection.execute(insert(finding).values(kind=kind, about=about, since=utc_text(now), **seen))
