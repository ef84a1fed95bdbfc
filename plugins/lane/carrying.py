"""Carrying what was decided for some persons: into the journal and through the target, as a run of its lane does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plugins.hub.destinations import Channel, RecordChannel
from plugins.hub.journal import recover, run_id, write_plan
from plugins.hub.lease import release, take
from plugins.hub.plans import Hub
from plugins.lane.connectors import Connectors
from plugins.wire.outbox import Row


def carry(
    hub: Hub, connectors: Connectors, channel: Channel | RecordChannel, rows: Sequence[Mapping[str, Any]]
) -> int:  # fmt: skip
    """Enter the rows into the journal and let the target deliver them; returns how many there were.

    Raises LeaseTaken where another run is at the destination.
    """
    lease = take(hub.store, channel.destination, run_id(), hub.clock)
    is_handed_over = False
    try:
        with hub.store.writing() as writer:
            recover(writer, channel.destination, lease.fence)
            entered = write_plan(writer, channel, rows, hub.meaning.version, hub.clock())
        made = connectors.target(channel.destination)
        with made.delivering() as delivery:  # it has the lease now, and gives it back
            is_handed_over = True
            delivery.deliver(list(_rows(entered)))
        made.process_endofpipe()
    finally:
        if not is_handed_over:
            release(hub.store, lease)
    return len(entered)


def _rows(entered: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    for each in entered:
        yield Row(each["key"], each["operation"], each["wire_id"], json.loads(each["payload"]))
