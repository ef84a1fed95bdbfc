"""The fictional retailer, read, resolved and pushed once; its shop knocks at an intake, and the lane is behind it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import delete, insert, select

from plugins.api.intake import Intake, receivers
from plugins.hub.plans import Hub, open_hub
from plugins.lane.connectors import Connectors
from plugins.lane.running import Lane
from plugins.sandbox.fiction import Fiction
from plugins.sandbox.server import running
from plugins.store.knock_tables import knock, taken
from plugins.store.tables import ENTITY_TABLES, lease, membership, push
from plugins.store.times import utc_text
from tests.making import stored
from tests.road.conftest import fiction, loaded, own_environment
from tests.road.world import World, copy_folder, vendors

__all__ = ["fiction", "loaded", "own_environment"]

SECRET = "what the shop signs with"
CONSENT = "newsletter_optin"


@dataclass
class Neighbourhood:
    """A world whose shop knocks at an intake, and the lane behind it."""

    world: World
    hub: Hub
    met: set[str] = field(default_factory=set)
    """Who was in a test already."""

    def __post_init__(self) -> None:
        self.lane = Lane(self.hub, "lane", Connectors(self.settings), threading.Event())

    def settings(self, plugin: str) -> dict[str, Any]:
        outbox = {"outbox": "plugins.hub.journal:open_outbox"} if plugin.startswith("target-") else {}
        till = {"shop_number": self.shop_number, "cents_per_100_points": 100} if plugin == "target-tilroy" else {}
        return {**self.world.vendors.settings(plugin), **outbox, **till}

    @property
    def shop_number(self) -> int:
        return max(each.number for each in self.world.vendors.tilroy.retailer.shops)

    def member(self, audience: str = "", source: str = "") -> tuple[str, str]:
        """Return account and address of somebody at the shop whom we brought into Mailchimp.

        They are in an audience there, and known to a source, where that is asked for.
        """
        customer, elsewhere = ENTITY_TABLES["customer"], membership.alias()
        same = (membership.c.source == customer.c.source) & (membership.c.source_id == customer.c.source_id)
        told = select(push.c.profile_id).where(
            push.c.destination == "mailchimp", push.c.state == "accepted", push.c.operation == "add",
            push.c.wire_id == customer.c.email, push.c.payload.contains(audience),
        )  # fmt: skip
        known = select(elsewhere.c.profile_id).where(elsewhere.c.source == (source or "woocommerce"))
        found = (
            select(customer.c.source_id, customer.c.email)
            .join(membership, same)
            .where(customer.c.source == "woocommerce", customer.c.is_guest.is_(False), customer.c.email.is_not(None))
            .where(membership.c.profile_id.in_(told), customer.c.source_id.not_in(self.met))
            .where(membership.c.profile_id.in_(known))
            .order_by(customer.c.source_id)
        )
        with self.hub.store.reading() as connection:
            key, email = connection.execute(found.limit(1)).tuples().one()
        self.met.add(key)
        return key, str(email)

    def status(self, email: str) -> str:
        members = self.world.mailchimp.audience.members.values()
        return next(each.status for each in members if each.email == email)

    def says_no(self, customer: str) -> None:
        """Let somebody take the tick out of the box, in their account at the shop: it knocks twice."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        for key, value in ((f"{CONSENT}_at", at), (CONSENT, "no")):
            self.world.vendors.woocommerce.perform("set_meta", customer_id=customer, key=key, value=value)
        self.wait(2)

    def wait(self, count: int) -> None:
        until = time.monotonic() + 10
        while len(stored(self.hub.store, taken)) < count and time.monotonic() < until:
            time.sleep(0.02)

    def buys(self, customer: str, email: str) -> None:
        """Let somebody buy in the shop, which knocks."""
        articles = self.world.vendors.woocommerce.products.rows.values()
        sku = next(each["sku"] for each in articles if each["sku"] and each.get("regular_price"))
        self.world.vendors.woocommerce.perform("place_order", sku=sku, email=email, customer_id=customer)
        self.wait(1)

    def knocks(self, stream: str, key: str) -> None:
        """Let the shop knock once more for a record."""
        at = utc_text(datetime.now(UTC))
        told = {"connection": "woocommerce", "stream": stream, "found_by": "id", "key": key}
        with self.hub.store.writing() as connection:
            connection.execute(insert(knock).values(**told, taken_at=at, next_at=at, tries=0))

    def tags(self, email: str) -> set[str]:
        audience = self.world.mailchimp.audience
        mine = next(each for each in audience.members.values() if each.email == email)
        return {audience.segments[key].name for key in mine.tags}

    def rows(self, email: str) -> list[dict[str, Any]]:
        return [row for row in stored(self.hub.store, push) if row["wire_id"] == email]


@pytest.fixture(scope="module")
def neighbourhood(fiction: Fiction, loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbourhood]:
    folder = tmp_path_factory.mktemp("neighbourhood") / "world"
    copy_folder(loaded, folder)
    with vendors(fiction) as opened, pytest.MonkeyPatch.context() as patch:
        world = World(folder, f"sqlite:///{folder}/store.db", opened)
        assert world.push().is_well
        for name, value in world.environment().items():
            patch.setenv(name, value)
        hub = open_hub()
        with listening(world, hub):
            yield Neighbourhood(world, hub)


@pytest.fixture
def hood(neighbourhood: Neighbourhood) -> Neighbourhood:
    """The neighbourhood, in which nothing waits."""
    os.environ.update(neighbourhood.world.environment())
    del os.environ["MELTANO_RUN_ID"]
    with neighbourhood.hub.store.writing() as connection:
        for table in (knock, taken, lease):
            connection.execute(delete(table))
    return Neighbourhood(neighbourhood.world, neighbourhood.hub, neighbourhood.met)


@contextmanager
def listening(world: World, hub: Hub) -> Iterator[None]:
    """Let the shop tell an intake of its customers."""
    with running(Intake(hub.store, receivers({"ROTONDE_WEBHOOK_WOOCOMMERCE_SECRET": SECRET})).answer) as url:
        shop = world.vendors.settings("tap-woocommerce")
        for topic in ("customer.updated", "order.created"):
            made = requests.post(
                f"{shop['api_url']}/wp-json/wc/v3/webhooks",
                json={"topic": topic, "delivery_url": f"{url}/webhooks/woocommerce", "secret": SECRET},
                auth=(shop["consumer_key"], shop["consumer_secret"]),
                headers={"X-Forwarded-Proto": "https"}, timeout=10,
            )  # fmt: skip
            assert made.status_code == 201
        yield
