"""A shop with a few products, and one feed over it, published into a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plugins.feeds.compiling import Compiled, compile_feeds
from plugins.feeds.folder import Manifest
from plugins.feeds.plan import FeedPlan
from plugins.feeds.publishing import publish
from plugins.rules.load import load_rules
from plugins.store.engine import Store, open_store
from tests.making import MORNING, keep, record

GOOGLE = """\
description: All of it.
format: google_xml
source: web
currency: EUR
where: is_online and price_minor is not null
attributes:
  id: '{sku}'
  title: '{brand} {name}[, size {size}]'
  description: '{description}'
  link: '{url}'
  image_link: '{image_url}'
  availability: '{availability}'
  price: '{price_minor}'
  sale_price: '{sale_price_minor}'
  sale_price_effective_date: '{sale_starts_at}/{sale_ends_at}'
  brand: '{brand}'
  gtin: '{gtin}'
  condition: new
  color: '{colour}'
examples:
- {title: offline, given: {is_online: false}, expect: out}
"""
GTIN = "8719990000014"
KNOWN = {
    "name": "Rain coat", "description": "Keeps <b>dry</b> &amp; warm.", "brand": "Ardenna", "gtin": GTIN,
    "url": "https://shop.example/coat", "image_url": "https://shop.example/coat.jpg", "is_online": True,
}  # fmt: skip


def product(
    key: str, cents: int | None = 9995, pieces: int | None = 3, source: str = "web", **fields: Any
) -> list[Any]:
    """Return the records of a product with a price and stock; a field that is None is not known."""
    made = [record("product", source, key, **{**KNOWN, "sku": f"SKU-{key}", **fields})]
    if cents is not None:
        made.append(price(key, cents, source=source))
    if pieces is not None:
        thousandths = pieces * 1000
        made.append(record("stock", source, f"{key}", product_id=key, available_thousandths=thousandths))
    return made


def price(key: str, cents: int, kind: str = "standard", source: str = "web", **fields: Any) -> dict[str, Any]:
    """Return a price of a product."""
    known = {"product_id": key, "kind": kind, "price_minor": cents, "currency": "EUR"}
    return record("price", source, f"{key}:{kind}:{len(fields)}", **{**known, **fields})


def write_rules(folder: Path, feed: str = GOOGLE, name: str = "shop", **more: str) -> Path:
    """Write a folder of rules with one feed, and other files by their path."""
    for path, text in {f"feeds/{name}.yml": feed, **more}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


@dataclass
class Shop:
    """The store, the rules and the folder of feeds."""

    store: Store
    rules: Path
    folder: Path
    hours: float = 24

    def keep(self, *records: Any) -> None:
        """Put records into the store."""
        keep(self.store, *records)

    def write(self, feed: str = GOOGLE, **more: str) -> None:
        """Write the feed, and other rule files."""
        write_rules(self.rules, feed, **more)

    def compiled(self) -> Compiled:
        """Return the feed as it is written now."""
        return compile_feeds(load_rules(self.rules).feeds.values())["shop"]

    def publish(self, *, accept: bool = False) -> tuple[FeedPlan, Manifest | None]:
        """Publish the feed, an hour after the last time."""
        self.hours += 1
        now = MORNING + timedelta(hours=self.hours)
        return publish(self.compiled(), self.store, self.folder, now, accept=accept)

    def text(self) -> str:
        """Return the published file."""
        manifest = next((self.folder / "shop").glob("shop.*"))
        return manifest.read_text("utf-8")

    def codes(self) -> dict[str, int]:
        """Return the codes of a publication with their counts."""
        return {each.code: each.items for each in self.publish()[0].reasons}


@pytest.fixture
def opened(sqlite_url: str, sqlite_template: Path) -> Iterator[Store]:
    """An empty store in a file."""
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    shutil.copy(sqlite_template, path)
    store = open_store(sqlite_url)
    yield store
    store.close()


@pytest.fixture
def shop(opened: Store, tmp_path: Path) -> Shop:
    """A shop without products on SQLite, with the feed for Google."""
    made = Shop(opened, tmp_path / "sync_rules", tmp_path / "feeds")
    made.write()
    return made


@pytest.fixture
def shop_both(store: Store, tmp_path: Path) -> Shop:
    """The same on each database."""
    made = Shop(store, tmp_path / "sync_rules", tmp_path / "feeds")
    made.write()
    return made
