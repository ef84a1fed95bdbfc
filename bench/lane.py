"""How long it takes until a vendor knows: from an act at one vendor's side to its effect at another's.

`python -m bench.lane [--persons 40] [--pause 1]`, in a folder after `make demo`. `rotonde api` and `rotonde lane` are
processes of their own over the demonstration's store; the shop's stand-in tells them by its webhook. Customers of the
shop say no to mail, or buy; it is over when Mailchimp's stand-in, asked by its own API, has them unsubscribed, or
without the tag of who has gone quiet. Among them is a delivery about nobody. Beside it, in the same run, the bare
calls: read the customer at the shop, change the member at Mailchimp.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import secrets
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import func, select

from bench.whole import ROOT, BenchError
from plugins.hub.demo import folder_of, load_env
from plugins.hub.sandboxes import find, perform
from plugins.store.engine import Store, open_store
from plugins.store.knock_tables import knock
from plugins.store.tables import ENTITY_TABLES, membership, push

RESULTS = ROOT / "bench" / "results" / "lane.jsonl"
SECRET = secrets.token_urlsafe(24)
CONSENT, TAG = "newsletter_optin", "gone_quiet"
LATEST_SECONDS = 60.0
TOPICS = ("customer.updated", "order.created")


@contextmanager
def served(module: str, said: bytes, *more: str) -> Iterator[str]:
    """Start a process of the product; gives what it said when it was ready, after `said`."""
    env = {**os.environ, "ROTONDE_WEBHOOK_WOOCOMMERCE_SECRET": SECRET, "ROTONDE_API_KEYS": f"till={SECRET}"}
    with Path(f"bench-{module.rpartition('.')[2]}.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", module, *more], env=env, stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout
        line = process.stdout.readline()
        if not line.startswith(said):
            raise BenchError(f"{module}: did not start")
        yield line.removeprefix(said).decode().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


class Shop:
    """The shop's stand-in: what happens there, and whom it tells."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = os.environ["TAP_WOOCOMMERCE_API_URL"]
        self.session = requests.Session()
        self.session.auth = (os.environ["TAP_WOOCOMMERCE_CONSUMER_KEY"], os.environ["TAP_WOOCOMMERCE_CONSUMER_SECRET"])
        self.session.headers["X-Forwarded-Proto"] = "https"

    def tells(self, url: str) -> None:
        """Let it tell of customers and orders."""
        for topic in TOPICS:
            hook = {"topic": topic, "delivery_url": f"{url}/webhooks/woocommerce", "secret": SECRET}
            self.session.post(f"{self.url}/wp-json/wc/v3/webhooks", json=hook, timeout=10).raise_for_status()

    def says_no(self, customer: str) -> None:
        """Let somebody take the tick out of the box."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        for key, value in ((f"{CONSENT}_at", at), (CONSENT, "no")):
            perform(self.folder, "woocommerce", "set_meta", {"customer_id": customer, "key": key, "value": value})

    def buys(self, customer: str, email: str) -> None:
        """Let somebody buy."""
        found = self.session.get(f"{self.url}/wp-json/wc/v3/products", params={"per_page": 50}, timeout=10).json()
        sku = next(each["sku"] for each in found if each["sku"] and each.get("regular_price"))
        perform(self.folder, "woocommerce", "place_order", {"sku": sku, "email": email, "customer_id": customer})

    def knocks_for_nobody(self, url: str) -> None:
        """Let the shop tell of a customer that it does not have."""
        body = json.dumps({"id": 999_999_999}).encode()
        mark = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
        headers = {"Content-Type": "application/json", "X-WC-Webhook-Topic": TOPICS[0],
                   "X-WC-Webhook-Delivery-ID": secrets.token_hex(8), "X-WC-Webhook-Signature": mark}  # fmt: skip
        requests.post(f"{url}/webhooks/woocommerce", body, headers=headers, timeout=10).raise_for_status()

    def read(self, customer: str) -> None:
        """Read one customer, as the bare call."""
        self.session.get(f"{self.url}/wp-json/wc/v3/customers/{customer}", timeout=10).raise_for_status()


class Mail:
    """Mailchimp's stand-in, asked by its own API."""

    def __init__(self) -> None:
        self.url = os.environ["TAP_MAILCHIMP_API_URL"] + "/lists/" + os.environ["TAP_MAILCHIMP_LIST_ID"] + "/members/"
        self.session = requests.Session()
        self.session.auth = ("bench", os.environ["TAP_MAILCHIMP_API_KEY"])

    def member(self, email: str) -> dict[str, Any]:
        """Return what it holds of an address."""
        answer = self.session.get(self.url + _mark(email), timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def touch(self, email: str) -> None:
        """Change a member, as the bare call."""
        self.session.patch(self.url + _mark(email), json={"language": "nl"}, timeout=10).raise_for_status()


def _mark(email: str) -> str:
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def members(store: Store, audience: str, most: int, but: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return accounts at the shop, and addresses of their own, of persons whom we brought into an audience."""
    customer = ENTITY_TABLES["customer"]
    same = (membership.c.source == customer.c.source) & (membership.c.source_id == customer.c.source_id)
    told = select(push.c.profile_id).where(
        push.c.destination == "mailchimp", push.c.state == "accepted", push.c.operation == "add",
        push.c.wire_id == customer.c.email, push.c.payload.contains(audience),
    )  # fmt: skip
    own = (
        select(customer.c.email).join(membership, same).group_by(customer.c.email)
        .having(func.count(func.distinct(membership.c.profile_id)) == 1)
    )  # fmt: skip
    found = (
        select(customer.c.source_id, customer.c.email).join(membership, same)
        .where(customer.c.source == "woocommerce", customer.c.is_guest.is_(False), membership.c.profile_id.in_(told))
        .where(customer.c.email.not_in(but), customer.c.email.in_(own)).order_by(customer.c.source_id).limit(most)
    )  # fmt: skip
    with store.reading() as connection:
        return [(str(key), str(email)) for key, email in connection.execute(found)]


def until(is_so: Callable[[], bool]) -> float:
    """Return after how many seconds something is so; raises BenchError where it never is."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > LATEST_SECONDS:
            raise BenchError(f"nothing had happened after {LATEST_SECONDS:.0f} seconds")
        time.sleep(0.02)
    return time.monotonic() - began


def measured(acts: Sequence[tuple[Callable[[], None], Callable[[], bool]]], pause: float) -> list[float]:
    """Return the seconds from each act to its effect, one after the other."""
    found = []
    for act, is_done in acts:
        act()
        found.append(until(is_done))
        time.sleep(pause)
    return found


def told(seconds: Sequence[float]) -> dict[str, Any]:
    """Return what is told of a list of seconds."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return {"persons": len(ordered), "p50_s": round(statistics.median(ordered), 2), "p95_s": round(p95, 2),
            "most_s": round(ordered[-1], 2)}  # fmt: skip


def main() -> None:
    """Measure, check, and only then tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=40)
    parser.add_argument("--pause", type=float, default=1.0)
    options = parser.parse_args()
    load_env()
    folder = folder_of("fiction")
    if find(folder) is None:
        raise BenchError("no sandbox answers; run 'make demo' first")
    store, shop, mail = open_store(), Shop(folder), Mail()
    quiet = [each for each in members(store, TAG, 4 * options.persons) if _is_quiet(mail, each[1])][: options.persons]
    others = [each for each in members(store, "", 4 * options.persons, [email for _, email in quiet])
              if mail.member(each[1])["status"] == "subscribed"][: options.persons]  # fmt: skip
    buying = [(partial(shop.buys, *one), partial(_is_chased_no_more, mail, one[1])) for one in quiet]
    refusing = [(partial(shop.says_no, one[0]), partial(_is_out, mail, one[1])) for one in others]
    with ExitStack() as stack:
        url = stack.enter_context(served("plugins.api", b"api: ", "--port", "0"))
        shop.tells(url)
        stack.enter_context(served("plugins.lane", b"lane: "))
        shop.knocks_for_nobody(url)
        bought, refused = measured(buying, options.pause), measured(refusing, options.pause)
        until(lambda: not _waits(store))
    if any(mail.member(email)["status"] != "subscribed" for _, email in quiet):
        raise BenchError("somebody who bought is not a subscriber any more")
    bare = []
    for customer, email in quiet:
        began = time.monotonic()
        shop.read(customer)
        mail.touch(email)
        bare.append(time.monotonic() - began)
    found = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "said_no": told(refused), "bought": told(bought),
             "bare_calls_p50_s": round(statistics.median(bare), 3), "load": os.getloadavg()[0],
             "processors": os.cpu_count()}  # fmt: skip
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(found) + "\n")
    print(json.dumps(found, indent=2))


def _is_quiet(mail: Mail, email: str) -> bool:
    held = mail.member(email)
    return held["status"] == "subscribed" and TAG in {each["name"] for each in held["tags"]}


def _is_chased_no_more(mail: Mail, email: str) -> bool:
    return not _is_quiet(mail, email)


def _is_out(mail: Mail, email: str) -> bool:
    return bool(mail.member(email)["status"] == "unsubscribed")


def _waits(store: Store) -> int:
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(knock)).scalar_one()


if __name__ == "__main__":
    main()
