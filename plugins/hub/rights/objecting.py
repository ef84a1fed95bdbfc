"""Objection: a no that a person says to us, kept as an act of consent by hand, and as keys that outlive the record."""

from __future__ import annotations

import getpass
import json
import uuid
from typing import Any

from sqlalchemy import select

from plugins.hub.meaning import BY_HAND, EVERYTHING, OBJECTION
from plugins.hub.plans import Hub
from plugins.hub.rights.subject import CUSTOMER, Subject, of_records
from plugins.store import erasure_list
from plugins.store.keeper import Keeper
from plugins.store.suppression import suppress
from plugins.store.times import utc_text

PLACE = "command line"


def object_to(
    hub: Hub, subject: Subject, channel: str | None, reason: str, place: str = PLACE, by: str | None = None
) -> int:  # fmt: skip
    """Keep that a person wants no more of one channel, or of any; returns how many acts that took.

    Without a channel the person is suppressed too: whatever comes, nothing is sent to them before a new act of theirs.
    """
    by = by or getpass.getuser()
    acts = _acts(hub, subject, channel, {"place": place, "by": by, "reason": reason})
    keeper = Keeper(hub.store, uuid.uuid4().hex, hub.clock)
    for act in acts:
        keeper.record("consent", json.dumps(act).encode())
    keeper.commit()
    if channel is None:
        at = utc_text(hub.clock())
        with hub.store.writing() as connection:
            keys = suppress(connection, hub.store, subject.named(), "objected", at)
        erasure_list.append(hub.store, "objected", keys, at, by=by)
    return len(acts)


def _acts(hub: Hub, subject: Subject, channel: str | None, said: dict[str, str]) -> list[dict[str, Any]]:
    """Return one act for each record of the person: it goes where the record goes, and where its address is."""
    mine = of_records(CUSTOMER, {"source_id": "record"}, subject.records)
    columns = (CUSTOMER.c.source, CUSTOMER.c.source_id, CUSTOMER.c.email, CUSTOMER.c.phone)
    with hub.store.reading() as connection:
        records = connection.execute(select(*columns).where(mine).order_by(*columns[:2])).all()
    at = utc_text(hub.clock())
    facts = {"at": at, **said}
    known = {"source": BY_HAND, "stream": "objections", "changed_at": at, "seen_at": at, "field": OBJECTION}
    return [
        {**known, "source_id": uuid.uuid4().hex, "customer_id": f"{each.source}:{each.source_id}", "email": each.email,
         "phone": each.phone, "value": channel or EVERYTHING, "facts": facts}
        for each in records
    ]  # fmt: skip
