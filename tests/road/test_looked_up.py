"""What somebody looked up signed in and bought in a shop: told to the site's statistics once, of their browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.sandbox.fiction import Fiction
from plugins.sandbox.fiction.looked_up import ONE_IN
from plugins.sandbox.google_analytics import GoogleAnalytics
from tests.road.test_browsing import Browsed
from tests.road.world import Run, vendors

PROPERTY = "google_analytics"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsed]:
    folder = tmp_path_factory.mktemp("looked_up")
    with vendors(Fiction(seed=1, people=2 * ONE_IN)) as opened:
        settings = opened.every[PROPERTY].settings(f"{opened.url}/{PROPERTY}")
        made = Browsed(folder, f"sqlite:///{folder}/store.db", opened, ga=settings)
        runs = [*made.ingest("woocommerce", "tilroy", PROPERTY), made.resolve()]
        assert all(run.is_well for run in runs), [run.errors[-500:] for run in runs]
        yield made


def brought(world: Browsed, prefix: str = f"TARGET_{PROPERTY}_".upper()) -> Run:
    """Do what the job does: plan and deliver."""
    assert world.ga is not None
    told = {name.removeprefix(prefix).lower(): value for name, value in world.ga.items() if name.startswith(prefix)}
    target, tap = world.folder / "target.json", world.folder / "tap.json"
    target.write_text(json.dumps({**told, "outbox": "plugins.hub.journal:open_outbox"}))
    tap.write_text(json.dumps({"destination": PROPERTY, "lane": "all"}))
    return world.pipe([["taps/hub/tap.py", "--config", str(tap)],
                       [f"targets/{PROPERTY}/target.py", "--config", str(target)]])  # fmt: skip


def test_it_is_told_once_of_the_browser_and_names_nobody(world: Browsed) -> None:
    vendor = world.vendors.every[PROPERTY]
    assert isinstance(vendor, GoogleAnalytics)
    first = brought(world)
    assert first.is_well, first.errors[-500:]
    assert "accepted" in first.errors
    browsers = {each.browser: each.person for each in vendor.retailer.browse_events if each.account}
    cards = {each.id: each.person for each in vendor.retailer.till_customers}
    sales = {f"tilroy:{each.id}": cards.get(each.customer_id or 0) for each in vendor.retailer.till_sales}
    assert vendor.collected
    assert [browsers[each["client_id"]] for each in vendor.collected] == [
        sales[each["order"]] for each in vendor.collected
    ]
    assert not [call for call in vendor.calls if "/mp/" in call.path and b"@" in call.body]
    before = len(vendor.collected)
    assert brought(world).is_well
    assert len(vendor.collected) == before
    assert "purchase of" in next(iter((vendor.holding("collected") or {}).values()))


def test_reading_on_makes_no_order_and_no_basket_of_it(world: Browsed) -> None:
    before = world.stated("order"), world.stated("basket")
    assert all(run.is_well for run in world.ingest(PROPERTY))
    assert (world.stated("order"), world.stated("basket")) == before


def test_the_folder_has_no_secret(world: Browsed) -> None:
    vendor = world.vendors.every[PROPERTY]
    assert isinstance(vendor, GoogleAnalytics)
    held = b"".join(path.read_bytes() for path in Path(world.folder).glob("store.*"))
    assert vendor.api_secret.encode() not in held
