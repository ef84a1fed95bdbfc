"""`python -m plugins.api`: answer tills, apps and webshops until it is told to stop; `rotonde api` starts it."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from threading import Thread

from waitress.server import create_server

from plugins.api.app import App
from plugins.api.desk import Desk
from plugins.api.events import senders
from plugins.api.intake import Intake, beside, receivers
from plugins.api.keys import SETTING, Keys
from plugins.api.metrics import Watched
from plugins.api.pace import pace_of
from plugins.api.table import routes_over
from plugins.hub.plans import open_hub
from plugins.observe.logs import set_up
from plugins.rules.complaint import RulesError
from plugins.store.engine import StoreError, open_store
from plugins.store.together import attend, keep_checkpointing


def main() -> int:
    """Serve; exit code 2 for wrong configuration or rules."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8800)
    parser.add_argument("--threads", type=int, default=16)
    options = parser.parse_args()
    set_up(logging.INFO)
    os.umask(0o077)
    try:
        keys, pace = Keys.of(os.environ.get(SETTING, "")), pace_of()
        senders(keys)
        hub, told = open_hub(), receivers()
        store = open_store(serves=True)
        more = routes_over(hub, store)
    except (StoreError, RulesError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a caller that waits for its turn is no fault
    if store.is_sqlite:
        Thread(target=keep_checkpointing, args=[store], daemon=True).start()
    asked = App(Desk(store, hub.meaning.loyalty), keys, more, pace)
    app = Watched(beside(Intake(store, told), asked), store)
    server = create_server(
        app,
        host=options.host,
        port=options.port,
        threads=options.threads,
        ident=None,
        clear_untrusted_proxy_headers=True,
    )
    attend()
    port = getattr(server, "effective_port", options.port)
    print(f"api: http://{options.host}:{port}", flush=True)  # noqa: T201 - from here on it answers
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
