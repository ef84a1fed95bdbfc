"""The story: one customer through every system, with what each of them holds after each step.

Everything is done the way it happens: sales and clicks in the sandbox, spending through the endpoint, the jobs of the
project, the hub's own commands. What a system holds, its own stand-in says.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from plugins.hub import deciding, sandboxes, show
from plugins.hub.consenting import consents
from plugins.hub.loyalty_commands import accounts
from plugins.hub.plans import Hub
from plugins.hub.project import JobResult, reason_of, run_jobs
from plugins.hub.resolve_command import resolve_store
from plugins.hub.rights import erasing
from plugins.store.engine import StoreError
from plugins.store.mirror import attached, open_mirror, rows

# Somebody with one record in each system, who may be mailed, whom we brought to Mailchimp, and who shares nothing.
SOMEBODY = """
WITH alone AS (
  SELECT profile_id, any_value(source_id) FILTER (source = 'tilroy') AS till,
         any_value(source_id) FILTER (source = 'woocommerce') AS web,
         any_value(email) FILTER (source = 'mailchimp') AS mail
  FROM assigned GROUP BY profile_id
  HAVING count(*) = 3 AND count(DISTINCT source) = 3 AND count(DISTINCT email) = 1
)
SELECT profile_id, till, web, mail FROM alone
JOIN consent_state USING (profile_id) JOIN loyalty_standing USING (profile_id)
WHERE channel = 'email' AND purpose = 'marketing' AND state = 'granted' AND available > 0 AND NOT web LIKE 'guest:%'
  AND (SELECT count(DISTINCT profile_id) FROM assigned WHERE email = mail) = 1
  AND mail IN (SELECT wire_id FROM origin.push WHERE destination = 'mailchimp' AND state = 'accepted'
                 AND operation = 'add' AND wire_id NOT IN (SELECT wire_id FROM origin.push WHERE operation = 'remove'))
ORDER BY mail LIMIT 1
"""
SHELF = """
SELECT (SELECT any_value(store_id ORDER BY ordered_at DESC) FROM "order" WHERE source = 'tilroy') AS shop,
       (SELECT any_value(product_id ORDER BY source_id DESC) FROM order_line
        WHERE source = 'tilroy' AND total_minor > 0) AS article,
       (SELECT min(sku) FROM product JOIN price ON price.source = product.source AND product_id = product.source_id
        WHERE product.source = 'woocommerce' AND price_minor BETWEEN 8000 AND 20000) AS sku
"""
NEWEST = """
SELECT max(CAST(source_id AS BIGINT)) FROM "order" WHERE source = 'woocommerce' AND customer_id = $who
"""
NEWEST_OF_MARKETPLACES = """
SELECT max(CAST(source_id AS BIGINT)) FROM "order" WHERE source = 'channable'
"""
WAITS_SECONDS = 60.0


@dataclass
class Story:
    """One customer, and the retailer around them."""

    hub: Hub
    folder: Path
    person: str
    till: str
    web: str
    mail: str
    shelf: dict[str, Any]
    others: list[str] = field(default_factory=list)
    """Further persons whose state is shown: a second account, while it is somebody else's."""
    step: int = 0

    def act(self, vendor: str, act: str, **params: str) -> None:
        """Let something happen at a vendor's side."""
        sandboxes.perform(self.folder, vendor, act, params)

    def run(self, *names: str) -> None:
        """Run jobs in the order of their steps, and work out persons and points between reading and bringing."""
        for step in ("ingest", "withdraw", "activate"):
            chosen = [name for name in names if name.startswith(step)]
            for result in run_jobs(self.hub.store, chosen, _silent):
                if result.exit_code:
                    raise StoreError(f"demo: {result.job} failed: {reason_of(result)}; see {result.log}")
            if step == "ingest":
                resolve_store(self.hub)

    def told(self, title: str) -> None:
        """Print what every system holds by now."""
        self.step += 1
        lines = [line for who in (self.person, *self.others) for line in self._hub_of(who)]
        keys = {"tilroy": self.till, "woocommerce": self.web, "mailchimp": self.mail}
        lines += [_vendor(name, sandboxes.holding(self.folder, name, key)) for name, key in keys.items()]
        show.console.print(f"[bold]{self.step}. {title}[/]")
        show.table("", ("system", "points", "e-mail", "and"), lines)

    def _hub_of(self, who: str) -> Iterator[tuple[str, ...]]:
        known = consents(self.hub, who)
        points = accounts(self.hub, who)
        if not known:
            yield (f"hub {who[:8]}", "–", "–", "nobody")
        for each in known:
            state = [row["state"] for row in each.states if (row["channel"], row["purpose"]) == ("email", "marketing")]
            mine = [row for row in points if row["profile_id"] == each.profile_id and not row["voucher"]]
            had = next(iter(mine), {"available": 0, "held": 0})
            more = f"{had['held']} set aside" if had["held"] else ""
            yield (f"hub {each.profile_id[:8]}", str(had["available"]), (state or ["never asked"])[0], more)


def _vendor(name: str, holding: Mapping[str, str] | None) -> tuple[str, ...]:
    if holding is None:
        return (name, "–", "–", "nobody")
    more = ", ".join(f"{key}: {said}" for key, said in holding.items() if key not in ("points", "email"))
    return (name, holding.get("points", "–"), holding.get("email", "–"), more)


def tell(hub: Hub, folder: Path) -> None:
    """Tell the story; raises StoreError where a job fails or nobody fits."""
    show.console.rule("One customer", align="left")
    story = _cast(hub, folder)
    story.told("A customer whom all three systems know")
    for chapter in (_buys, _spends, _returns, _withdraws, _merges, _is_erased, _comes_back):
        chapter(story)


def _cast(hub: Hub, folder: Path) -> Story:
    resolve_store(hub)
    with open_mirror(hub.store, read_only=True) as engine, attached(engine, hub.store):
        found, (shelf,) = rows(engine, SOMEBODY), rows(engine, SHELF)
    if not found:
        raise StoreError("demo: nobody is known to all three systems and may be mailed; run 'rotonde sync' first")
    who = found[0]
    return Story(hub, folder, who["profile_id"], who["till"], who["web"], who["mail"], shelf)


def _buys(story: Story) -> None:
    shelf = {"shop_id": story.shelf["shop"], "sku_id": story.shelf["article"]}
    story.act("tilroy", "sell", customer_id=story.till, **shelf, quantity="2", unit_cents="10000")
    story.run("ingest-tilroy", "activate-woocommerce")
    story.told("Buys for 200.00 in the shop: 200 points, and the webshop knows")


def _spends(story: Story) -> None:
    story.act("woocommerce", "place_order", sku=story.shelf["sku"], email=story.mail, customer_id=story.web)
    story.run("ingest-woocommerce")
    with open_mirror(story.hub.store, read_only=True) as engine:
        order = str(engine.execute(NEWEST, {"who": story.web}).fetchall()[0][0])
    with _endpoint() as ask:
        held = ask("holds", {"customer": {"source": "woocommerce", "id": story.web}, "amount": 150,
                             "order": {"source": "woocommerce", "id": order}})  # fmt: skip
        refused = ask("holds", {"customer": {"source": "tilroy", "id": story.till}, "amount": held["available"] + 1})
        ask("captures", {"hold": held["hold"]})
    story.run("ingest-tilroy", "activate-tilroy", "activate-woocommerce")
    story.told("Buys online and pays with 150 points; the till learns of it")
    show.console.print(f"   A till that wanted one more than was left meanwhile was told: {refused['code']}\n")


def _returns(story: Story) -> None:
    with open_mirror(story.hub.store, read_only=True) as engine:
        query = "SELECT source_id, total_minor FROM \"order\" WHERE source = 'woocommerce' AND customer_id = $who "
        (order,) = rows(engine, query + "ORDER BY CAST(source_id AS BIGINT) DESC LIMIT 1", {"who": story.web})
    half = order["total_minor"] // 2
    story.act("woocommerce", "refund_order", order_id=order["source_id"], amount=f"{half // 100}.{half % 100:02d}")
    story.run("ingest-woocommerce", "activate-tilroy", "activate-woocommerce")
    story.told("Sends half of it back: half of what it earned goes, half of what it cost returns")


def _withdraws(story: Story) -> None:
    story.act("mailchimp", "unsubscribe", email=story.mail)
    story.run("ingest-mailchimp", "withdraw-tilroy", "withdraw-woocommerce")
    story.told("Unsubscribes in Mailchimp: till and webshop are told")


def _merges(story: Story) -> None:
    address = f"second.{secrets.token_hex(3)}@mail.example.be"
    story.act("woocommerce", "register", email=address, first_name="Second", last_name="Account")
    story.run("ingest-woocommerce")
    with deciding.mirror(story.hub) as engine:
        other = deciding.side(story.hub, engine, "demo: second account", address)
    (record,), story.others = other.records, [other.profile_id]
    account = record.partition(":")[2]
    story.act("woocommerce", "place_order", sku=story.shelf["sku"], email=address, customer_id=account)
    story.run("ingest-woocommerce")
    story.told("Buys with a second account in the webshop: somebody else, as far as anybody knows")
    deciding.link(story.hub, f"tilroy:{story.till}", record, "said so at the desk")
    story.run("activate-tilroy", "activate-woocommerce")
    story.others = []
    story.told("Says so at the desk: one person, with the points of both; a welcome is only for who is new")
    deciding.unlink(story.hub, f"tilroy:{story.till}", record, "it was a mistake")
    story.run("activate-tilroy", "activate-woocommerce")
    story.others = [other.profile_id]
    story.told("It was a mistake: each has what they had, the welcome too")
    story.others = []


def _is_erased(story: Story) -> None:
    hub = story.hub
    erasure = erasing.erase(hub, erasing.found_of(hub, story.person), "asked for by the person")
    story.run("withdraw-tilroy", "withdraw-woocommerce", "withdraw-mailchimp")
    story.told("Asks to be forgotten: every system has done so")
    steps = next(each for each in erasing.erasures(hub) if each.id == erasure).steps
    show.table(f"Erasure {erasure}", ("step", "rows", "done_at"), [
        (step["step"], step["rows"], step["done_at"]) for step in steps])  # fmt: skip


def _comes_back(story: Story) -> None:
    """Let a stranger buy at a marketplace; the till sends it, and the marketplace learns of it."""
    story.act("channable", "order", sku=story.shelf["sku"])
    story.run("ingest-channable", "activate-tilroy")
    with open_mirror(story.hub.store, read_only=True) as engine:
        order = str(engine.execute(NEWEST_OF_MARKETPLACES).fetchall()[0][0])
    story.act("tilroy", "dispatch_order", number=f"channable:{order}", carrier="BPOST", tracking_code="3232001")
    story.run("ingest-tilroy", "activate-channable")
    held = sandboxes.holding(story.folder, "channable", order) or {}
    show.console.print(
        f"   An order of a marketplace, placed in the till and sent from there, is there: {held.get('status')}\n"
    )


@contextmanager
def _endpoint() -> Iterator[Callable[[str, Mapping[str, Any]], dict[str, Any]]]:
    """Serve the ledger as `rotonde api` does, and ask it as a webshop would."""
    key = secrets.token_hex(16)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    served = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "plugins.api", "--port", port], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "ROTONDE_API_KEYS": f"webshop={key}"},
    )  # fmt: skip
    try:
        url = _address(served)

        def ask(what: str, body: Mapping[str, Any]) -> dict[str, Any]:
            said = {"Authorization": f"Bearer {key}", "Idempotency-Key": secrets.token_hex(8)}
            answer: dict[str, Any] = requests.post(f"{url}/loyalty/{what}", json=body, headers=said, timeout=30).json()
            return answer

        yield ask
    finally:
        served.terminate()
        served.wait(timeout=WAITS_SECONDS)


def _address(served: subprocess.Popen[str]) -> str:
    assert served.stdout is not None
    line = served.stdout.readline()
    if not line.startswith("api: "):
        raise StoreError("demo: the endpoint did not start; try 'rotonde api'")
    return line.removeprefix("api: ").strip()


def _silent(_result: JobResult) -> None:
    return None
