"""What customers looked at and left in their basket, from the browser to the rules."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from plugins.sandbox.retailer import BrowsedItem, BrowseEvent, EmptyRetailer, WebAccount
from plugins.store.tables import ENTITY_TABLES
from tests.road.world import ROOT, World, vendors

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)
SHOE = BrowsedItem("SHOE-77", "Loopschoen", "Acme", "Schoenen", "blauw 42", 7995)


def told(name: str, account: str, minutes: int = 0, **more: Any) -> BrowseEvent:
    """Return what a browser of an account tells."""
    event = BrowseEvent(
        NOON + timedelta(minutes=minutes), name, f"browser.{account or 'x'}", int(NOON.timestamp()), 1,
        "https://www.wandelwind.example/", "google", "organic", "mobile", NOON, account, (SHOE,), value_cents=7995,
    )  # fmt: skip
    return replace(event, **more)


def account(number: int, name: str) -> WebAccount:
    """Return an account of the webshop."""
    since = NOON - timedelta(days=90)
    return WebAccount(number, f"{name.lower()}@example.nl", since, since, name, f"{name}sen")


RETAILER = EmptyRetailer(
    NOON + timedelta(days=2),
    web_accounts=(account(17, "Ann"), account(18, "Ben"), account(19, "Cis")),
    browse_events=(
        told("add_to_cart", "17"),
        told("add_to_cart", "18"),
        told("purchase", "18", 9, order="20001"),
        told("add_to_cart", "", browser="", may_measure=False),
        told("view_item", "", 5),
        told("add_to_cart", "404", 6),
    ),
)


@dataclass
class Browsed(World):
    """A webshop and who measures it."""

    ga: Mapping[str, str] | None = None

    def _file(self, program: str, config: Mapping[str, Any] | None = None) -> str:
        if self.ga is None or not program.endswith("google_analytics"):
            return super()._file(program, config)
        path = self.folder / "tap-google_analytics.json"
        settings = {name.removeprefix("TAP_GOOGLE_ANALYTICS_").lower(): value for name, value in self.ga.items()}
        path.write_text(json.dumps(settings))
        return str(path)

    def _mapper(self, system: str) -> Path:
        path = self.folder / f"mapper-{system}.json"
        whose = {"accounts": "woocommerce"} if system == "google_analytics" else {}
        path.write_text(json.dumps({"system": system, "source": system, **whose}))
        return path

    def stated(self, entity: str) -> list[tuple[str, str | None]]:
        """Return source and customer of all that stands of an entity."""
        table, store = ENTITY_TABLES[entity], self.store()
        with store.reading() as connection:
            found = connection.execute(select(table.c.source, table.c.customer_id)).all()
        store.close()
        return sorted(((source, whose) for source, whose in found), key=str)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsed]:
    folder = tmp_path_factory.mktemp("browsed")
    with vendors(RETAILER) as opened:
        settings = opened.every["google_analytics"].settings(f"{opened.url}/google_analytics")
        made = Browsed(folder, f"sqlite:///{folder}/store.db", opened, ga=settings)
        runs = [*made.ingest("woocommerce", "google_analytics"), made.resolve()]
        assert all(run.is_well for run in runs), [run.errors[-500:] for run in runs]
        yield made


def test_a_basket_that_was_left_is_of_the_customer_of_the_webshop(world: Browsed) -> None:
    store = world.store()
    with store.reading() as connection:
        table = ENTITY_TABLES["basket"]
        found = connection.execute(select(table.c.customer_id, table.c.status)).all()
    store.close()
    assert sorted((str(whose), state) for whose, state in found) == [
        ("17", "open"), ("18", "completed"), ("404", "open"),
    ]  # fmt: skip


def test_nobody_new_comes_of_being_measured(world: Browsed) -> None:
    store, table = world.store(), ENTITY_TABLES["customer"]
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 3
    store.close()


def test_behaviour_names_only_who_was_signed_in(world: Browsed) -> None:
    assert world.stated("event") == [
        ("woocommerce", "17"), ("woocommerce", "18"), ("woocommerce", "404"), ("woocommerce", None),
    ]  # fmt: skip


def test_reading_again_changes_nothing(world: Browsed) -> None:
    before = world.stated("event"), world.stated("basket")
    (run,) = world.ingest("google_analytics")
    assert run.is_well
    assert (world.stated("event"), world.stated("basket")) == before


def test_who_left_it_is_matched_by_the_shipped_audience(world: Browsed) -> None:
    plan = subprocess.run(
        [sys.executable, "-m", "plugins.hub.cli", "plan", "mailchimp", "--json"], cwd=ROOT, env=world.environment(),
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    (told,) = json.loads(plan.stdout)
    assert {each["audience"]: each["matched"] for each in told["funnel"]}["abandoned_basket"] == 1


def test_who_is_erased_leaves_no_behaviour_and_none_comes_back(world: Browsed) -> None:
    erased = world.pipe([["-m", "plugins.hub.cli", "erase", "ann@example.nl", "--yes", "--reason", "asked"]])
    assert erased.is_well, erased.errors[-500:]
    for _ in range(2):
        assert "17" not in {whose for name in ("event", "basket") for _, whose in world.stated(name)}
        assert all(run.is_well for run in world.ingest("woocommerce", "google_analytics"))
    assert "18" in {whose for _, whose in world.stated("event")}
