"""Withdrawals that are overdue, asked of the store alone: quick enough for a page and for an alarm."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, exists, or_, select

from plugins.hub.opt_out_clock import CONFIRMED_WITHIN, HANDED_WITHIN
from plugins.store.tables import push
from plugins.store.times import utc_text

OPEN = ("planned", "prepared", "unknown", "rejected", "staged")


def overdue(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Return which withdrawals were not handed over within 24 hours, or not confirmed within 48, oldest first.

    Of each address or record only the newest row can still wait for something. What no run has planned is not here.
    """
    newer = push.alias("newer")
    same = (newer.c.destination == push.c.destination) & (newer.c.wire_id == push.c.wire_id)
    is_newest = ~exists().where(same, newer.c.seq > push.c.seq, newer.c.state != "dropped")
    unhanded = and_(push.c.state.in_(OPEN), push.c.stored_at < utc_text(now - HANDED_WITHIN))
    unconfirmed = and_(push.c.state == "accepted", push.c.answered_at < utc_text(now - CONFIRMED_WITHIN))
    what = case((unhanded, "unhanded"), else_="unconfirmed").label("what")
    columns = (push.c.destination, push.c.profile_id, push.c.state, push.c.stored_at, push.c.answered_at, what)
    mine = (push.c.cause == "consent") & push.c.confirmed_at.is_(None) & or_(unhanded, unconfirmed)
    found = connection.execute(select(*columns).where(mine, is_newest).order_by(push.c.stored_at, push.c.seq))
    return [dict(row) for row in found.mappings()]
