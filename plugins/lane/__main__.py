"""`python -m plugins.lane`: read back what vendors tell of, until it is told to stop; `rotonde lane` starts it."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import uuid

from sqlalchemy import select

from plugins.api.intake import receivers
from plugins.hub.plans import Hub, open_hub
from plugins.lane.connectors import Connectors
from plugins.lane.running import Lane, forget_deliveries
from plugins.rules.complaint import RulesError
from plugins.store.engine import StoreError
from plugins.store.tables import push
from plugins.wire.changes import STOPPED_BY_SIGNAL

PATIENCE_SECONDS = 8


def main() -> int:
    """Work; exit code 2 for wrong configuration or rules, 143 where it was stopped with something left to do."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    os.umask(0o077)
    try:
        hub, told = open_hub(), receivers()
    except (StoreError, RulesError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _end(stop))
    forget_deliveries(hub)
    connectors = Connectors()
    for line in connectors.warm([*(f"tap-{each}" for each in told), *(f"target-{each}" for each in _written(hub))]):
        logging.getLogger(__name__).warning("%s", line)
    print(f"lane: {', '.join(told) or 'no connection'} may knock", flush=True)  # noqa: T201 - from here on it is quick
    is_open = Lane(hub, f"lane-{uuid.uuid4()}", connectors, stop).run()
    return STOPPED_BY_SIGNAL if is_open else 0


def _end(stop: threading.Event) -> None:
    """Let the lane stop after what it is doing; where that takes too long, end as if killed, which loses nothing."""
    stop.set()
    late = threading.Timer(PATIENCE_SECONDS, os._exit, [STOPPED_BY_SIGNAL])
    late.daemon = True
    late.start()


def _written(hub: Hub) -> list[str]:
    """Return the destinations to which anything was ever written: only there can anybody leave."""
    with hub.store.reading() as connection:
        return sorted(connection.execute(select(push.c.destination).distinct()).scalars())


if __name__ == "__main__":
    sys.exit(main())
