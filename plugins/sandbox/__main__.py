"""Run the sandbox: `python -m plugins.sandbox --retailer fiction --memory FOLDER --port 8700`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from plugins.sandbox.channable import Channable
from plugins.sandbox.google_ads import GoogleAds
from plugins.sandbox.google_analytics import GoogleAnalytics
from plugins.sandbox.google_merchant import GoogleMerchant
from plugins.sandbox.mailchimp import Mailchimp
from plugins.sandbox.meta import Meta
from plugins.sandbox.pinterest import Pinterest
from plugins.sandbox.retailer import Retailer
from plugins.sandbox.server import Sandbox, serve
from plugins.sandbox.shopify import Shopify
from plugins.sandbox.stand_in import StandIn
from plugins.sandbox.tilroy import Tilroy
from plugins.sandbox.woocommerce import WooCommerce


def _fiction(anchor: datetime, people: int, seed: int) -> Retailer:
    from plugins.sandbox.fiction import Fiction

    return Fiction(seed=seed, people=people, anchor=anchor)


def _complete_journey(_anchor: datetime, _people: int, _seed: int) -> Retailer:
    from plugins.sandbox.completejourney import CompleteJourney

    return CompleteJourney()


RETAILERS: Mapping[str, Callable[[datetime, int, int], Retailer]] = {
    "fiction": _fiction,
    "completejourney": _complete_journey,
}


KINDS = (
    GoogleAds,
    GoogleMerchant,
    Channable,
    GoogleAnalytics,
    Mailchimp,
    Meta,
    Pinterest,
    Shopify,
    Tilroy,
    WooCommerce,
)


def stand_ins(retailer: Retailer, memory: Path | None) -> dict[str, StandIn]:
    """Return every vendor's stand-in over one retailer; each remembers its changes in a file of `memory`."""
    return {kind.name: kind(retailer=retailer, memory=memory and memory / f"{kind.name}.jsonl") for kind in KINDS}


def _anchor(memory: Path | None) -> datetime:
    """Return the day up to which the retailer's life is told: today, or the day the memory began."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if memory is None:
        return today
    memory.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = memory / "anchor"
    if not kept.exists():
        kept.write_text(today.isoformat(), encoding="utf-8")
    return datetime.fromisoformat(kept.read_text("utf-8"))


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM; writes `sandbox.json` into the memory so that others find it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--retailer", choices=sorted(RETAILERS), default="fiction")
    parser.add_argument("--port", type=int, default=8700, help="loopback port; another one if it is taken")
    parser.add_argument("--memory", type=Path, help="folder in which changes survive a restart")
    parser.add_argument("--people", type=int, default=3000, help="how many people the fictional retailer knows")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    os.umask(0o077)
    retailer = RETAILERS[options.retailer](_anchor(options.memory), options.people, options.seed)
    vendors = stand_ins(retailer, options.memory)
    answer = Sandbox(vendors)
    try:
        server = serve(answer, options.port)
    except (OSError, SystemExit):
        server = serve(answer, 0)
    url = f"http://127.0.0.1:{server.server_port}"
    if options.memory:
        settings = {key: told for each in vendors.values() for key, told in each.settings(f"{url}/{each.name}").items()}
        found = {"url": url, "process": os.getpid(), "retailer": options.retailer, "settings": settings}
        (options.memory / "sandbox.json").write_text(json.dumps(found), encoding="utf-8")
    print(f"sandbox: {options.retailer} at {url}", flush=True)  # noqa: T201
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
