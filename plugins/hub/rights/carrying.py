"""`python -m plugins.hub.rights.carrying REQUEST`: carry out a request for access or erasure, as the commands do.

A process of its own: it resolves first, which takes as long as it takes, and goes on when whoever asked for it ends.
"""

from __future__ import annotations

import sys

from sqlalchemy import select

from plugins.hub.aside import begin
from plugins.hub.lease import LeaseTaken, beating, release, take
from plugins.hub.plans import Hub, open_hub
from plugins.hub.resolve_command import resolve_store
from plugins.hub.rights import erasing, requests
from plugins.hub.rights.exporting import export_to
from plugins.store.engine import StoreError
from plugins.store.rights_tables import rights_request
from plugins.store.times import utc_text

WHOM = "request: PERSON"
REASON = "asked for by the person"
AGAIN = "it ended before its end; begin again"


def main() -> int:
    """Carry out one request."""
    begin()
    return carry_out(open_hub(), sys.argv[1])


def carry_out(hub: Hub, number: str) -> int:
    """Do what was begun, and put down how it ended; does nothing while somebody else does it."""
    try:
        mine = take(hub.store, requests.lease_of(number), number)
    except LeaseTaken:
        return 1
    try:
        with beating(hub.store, mine):
            return _carried(hub, number)
    finally:
        release(hub.store, mine)


def _carried(hub: Hub, number: str) -> int:
    with hub.store.reading() as connection:
        row = connection.execute(select(rights_request).where(rights_request.c.id == number)).one_or_none()
    if row is None or row.state != "running":
        return 1
    try:
        requests.sweep(hub.store, hub.clock())
        if row.kind == "access":
            _exported(hub, number, row.profile_id)
        else:
            _erased(hub, number, row.profile_id, row.done_by)
    except StoreError as error:  # its text repeats nothing of a person
        return _failed(hub, number, str(error))
    except BaseException:
        _failed(hub, number, AGAIN)
        raise
    return 0


def _exported(hub: Hub, number: str, profile_id: str) -> None:
    resolve_store(hub)
    requests.drop(hub.store, number)
    export_to(hub, erasing.find(hub, profile_id, WHOM), requests.folder_of(hub.store, number))
    with hub.store.writing() as connection:
        requests.turn(connection, number, "ready")


def _erased(hub: Hub, number: str, profile_id: str | None, who: str) -> None:
    """Erase the person; what was cut off is finished first, which may have been this."""
    erasing.resume(hub)
    resolve_store(hub)
    if profile_id is not None and not _is_gone(hub, number):
        erasing.erase(hub, erasing.find(hub, profile_id, WHOM), REASON, by=who, request=number)
        resolve_store(hub)
    with hub.store.writing() as connection:
        requests.turn(connection, number, "done", done_at=utc_text(hub.clock()), profile_id=None)


def _is_gone(hub: Hub, number: str) -> bool:
    """Tell whether the erasure was carried out since, by taking up what was cut off."""
    with hub.store.reading() as connection:
        found = connection.execute(select(rights_request.c.profile_id).where(rights_request.c.id == number))
        return found.scalar() is None


def _failed(hub: Hub, number: str, said: str) -> int:
    with hub.store.writing() as connection:
        requests.turn(connection, number, "failed", said=said)
    return 1


if __name__ == "__main__":
    sys.exit(main())
