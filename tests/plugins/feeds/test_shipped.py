"""The feeds we ship over the fictional retailer: what its webshop sells is in them, and nothing is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mappers.canonical.mapper import Mapper
from plugins.feeds.compiling import compile_feeds
from plugins.feeds.plan import FeedPlan
from plugins.feeds.publishing import publish
from plugins.rules.load import load_rules
from plugins.sandbox.channable.feed_file import items_of, judged, unpacked
from plugins.sandbox.fiction import Fiction
from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from targets.hub.target import Door
from tests.making import keep, record
from tests.plugins.sandbox.fiction.conftest import ANCHOR
from tests.plugins.sandbox.woocommerce.shop import Caller

ROOT = Path(__file__).parents[3]
SETTINGS = {"system": "woocommerce", "source": "woocommerce", "country": "NL", "currency": "EUR"}


def listed(shop: Caller) -> Iterator[tuple[str, Any]]:
    """Give every product and variation as the tap would read them."""
    page = 1
    while rows := shop.get(f"/products?per_page=100&page={page}"):
        for row in rows:
            yield "products", row
            if row["type"] == "variable":
                yield from (("product_variations", each) for each in shop.get(f"/products/{row['id']}/variations"))
        page += 1


@pytest.fixture(scope="module")
def retailer() -> Fiction:
    return Fiction(seed=7, people=20, anchor=ANCHOR)


@pytest.fixture
def plans(retailer: Fiction, opened: Store, tmp_path: Path) -> dict[str, FeedPlan]:
    """Read the webshop, know the departments of the till, and publish every feed."""
    mapper, door = Mapper(SETTINGS), Door(Keeper(opened, "read", accept_shrink=True))
    for stream, row in listed(Caller(retailer)):
        line = {"type": "RECORD", "stream": stream, "record": row}
        for made in mapper.line(json.dumps(line).encode()):
            door.line(made)
    door.rest(is_end=True)
    keep(opened, [record("product", "tilroy", str(each.sku_id), sku=each.sku, department=each.department)
                  for each in retailer.articles])  # fmt: skip
    feeds = compile_feeds(load_rules(ROOT / "sync_rules").feeds.values())
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    return {name: publish(each, opened, tmp_path / "feeds", now)[0] for name, each in feeds.items()}


def test_every_shipped_feed_has_what_the_webshop_sells_and_refuses_nothing(
    plans: dict[str, FeedPlan], retailer: Fiction, tmp_path: Path
) -> None:
    online = [each for each in retailer.articles if each.is_online]
    for plan in plans.values():
        assert [each for each in plan.reasons if each.severity == "error"] == []
    for name in ("google", "pinterest", "channable"):
        assert plans[name].counts.inside == len(online)
    assert 0 < plans["meta"].counts.inside < len(online)
    google = (tmp_path / "feeds" / "google" / "google.xml").read_text("utf-8")
    first = online[0]
    assert f"<g:id>{first.sku}</g:id>" in google
    assert f"<g:image_link>{first.picture}</g:image_link>" in google
    assert f"<g:product_type>{first.department} &gt; {first.category}</g:product_type>" in google
    assert "<p>" not in google


def test_the_feed_for_marketplaces_is_taken_whole_by_who_fetches_it(
    plans: dict[str, FeedPlan], retailer: Fiction, tmp_path: Path
) -> None:
    file = (tmp_path / "feeds" / "channable" / "channable.xml").read_bytes()
    taken, refused = judged(items_of(unpacked(file)))
    assert (len(taken), refused) == (plans["channable"].counts.inside, [])
    assert taken.keys() == {each.sku for each in retailer.articles if each.is_online}
