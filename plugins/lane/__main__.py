"""`python -m plugins.lane`: read back what vendors tell of, until it is told to stop; `rotonde lane` starts it."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import uuid

from plugins.api.intake import receivers
from plugins.hub.plans import open_hub
from plugins.lane.connectors import Connectors
from plugins.lane.running import Lane, forget_deliveries
from plugins.rules.complaint import RulesError
from plugins.store.engine import StoreError


def main() -> int:
    """Work; exit code 2 for wrong configuration or rules."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    os.umask(0o077)
    try:
        hub, told = open_hub(), receivers()
    except (StoreError, RulesError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    forget_deliveries(hub)
    connectors = Connectors()
    for line in connectors.warm([*(f"tap-{each}" for each in told), *(f"target-{each}" for each in hub.channels)]):
        logging.getLogger(__name__).warning("%s", line)
    print(f"lane: {', '.join(told) or 'no connection'} may knock", flush=True)  # noqa: T201 - from here on it is quick
    Lane(hub, f"lane-{uuid.uuid4()}", connectors, stop).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
