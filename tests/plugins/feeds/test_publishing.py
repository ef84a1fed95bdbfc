"""A feed from the store to the file, and from one file to the next."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from plugins.feeds.folder import PublisherAtWork, published, publisher, standing
from plugins.feeds.writing import GOOGLE as NAMESPACE
from plugins.store.engine import StoreError
from tests.plugins.feeds.conftest import GOOGLE, GTIN, Shop, price, product


def items(text: str) -> dict[str, dict[str, str]]:
    """Return the items of an RSS feed by id."""
    found = {}
    for item in ElementTree.fromstring(text.encode()).iter("item"):  # noqa: S314 - our own file
        fields = {child.tag.removeprefix(f"{{{NAMESPACE}}}"): child.text or "" for child in item}
        found[fields["id"]] = fields
    return found


def test_a_product_becomes_an_item_with_its_price_its_stock_and_plain_texts(shop_both: Shop) -> None:
    shop_both.keep(product("1", size="M", colour="zwart"), product("2", 1250, 0, brand="Peel & Zn"))
    _, manifest = shop_both.publish()
    assert manifest is not None
    found = items(shop_both.text())
    assert found["SKU-1"] == {
        "id": "SKU-1", "title": "Ardenna Rain coat, size M", "description": "Keeps dry & warm.",
        "link": "https://shop.example/coat", "image_link": "https://shop.example/coat.jpg",
        "availability": "in_stock", "price": "99.95 EUR", "brand": "Ardenna", "gtin": GTIN, "condition": "new",
        "color": "zwart",
    }  # fmt: skip
    assert found["SKU-2"]["availability"] == "out_of_stock"
    assert found["SKU-2"]["title"] == "Peel & Zn Rain coat"
    assert manifest.items == 2


def test_publishing_again_with_no_change_writes_nothing(shop: Shop) -> None:
    shop.keep(product("1"))
    shop.publish()
    before = {path: path.stat().st_mtime_ns for path in shop.folder.rglob("*")}
    made, manifest = shop.publish()
    assert manifest is None
    assert made.change.is_none
    assert {path: path.stat().st_mtime_ns for path in shop.folder.rglob("*")} == before


def test_the_report_tells_what_was_added_changed_and_removed(shop: Shop) -> None:
    shop.keep(product("1"), product("2"), product("3"))
    shop.publish()
    shop.keep(price("1", 8000) | {"seen_at": "2026-03-02T10:00:00+00:00", "changed_at": "2026-03-02T10:00:00+00:00"},
              product("4"), {**product("3")[0], "is_deleted": True, "changed_at": "2026-03-02T10:00:00+00:00",
                             "seen_at": "2026-03-02T10:00:00+00:00"})  # fmt: skip
    change = shop.publish()[0].change
    assert (change.added, change.changed, change.removed) == (1, 1, 1)
    report = json.loads((shop.folder / "shop" / "report.json").read_text())
    assert report["change"]["added"] == 1
    assert set(items(shop.text())) == {"SKU-1", "SKU-2", "SKU-4"}


def test_an_empty_feed_never_replaces_one_that_has_items(shop: Shop) -> None:
    shop.keep(product("1"))
    shop.publish()
    before = shop.text()
    shop.write(GOOGLE.replace("where: is_online", "where: not is_online"))
    made, manifest = shop.publish(accept=True)
    assert manifest is None
    assert "no item" in made.guard
    assert shop.text() == before


def test_a_feed_that_shrinks_too_much_waits_until_somebody_accepts_it(shop: Shop) -> None:
    shop.keep(*(product(str(number)) for number in range(30)))
    shop.publish()
    shop.write(GOOGLE.replace("price_minor is not null", "sku in ('SKU-1', 'SKU-2')"))
    made, manifest = shop.publish()
    assert manifest is None
    assert "28 of 30 items would go, more than 50%" in made.guard
    assert shop.publish(accept=True)[1] is not None
    assert set(items(shop.text())) == {"SKU-1", "SKU-2"}


def test_a_change_of_the_head_alone_is_published_too(shop: Shop) -> None:
    shop.keep(product("1"))
    shop.publish()
    shop.write(GOOGLE.replace("All of it.", "All there is."))
    assert shop.publish()[1] is not None
    assert "All there is." in shop.text()


def test_two_publishers_are_not_at_work_at_once(shop: Shop) -> None:
    shop.keep(product("1"))
    with publisher(shop.folder, "shop"), pytest.raises(PublisherAtWork, match="another process publishes it"):
        shop.publish()
    assert shop.publish()[1] is not None


def test_what_a_dead_publisher_left_is_cleared_away_and_versions_that_readers_may_be_in_are_kept(shop: Shop) -> None:
    shop.keep(product("1"))
    for number in range(4):
        (shop.folder / ".shop.99").mkdir(parents=True)
        shop.write(GOOGLE.replace("All of it.", f"Number {number}."))
        shop.publish()
    assert sorted(path.name for path in shop.folder.iterdir()) == [
        ".shop.2", ".shop.3", ".shop.4", ".shop.lock", "shop"
    ]  # fmt: skip


def test_a_web_server_may_read_what_is_published(shop: Shop) -> None:
    before = os.umask(0o077)
    try:
        shop.keep(product("1"))
        shop.publish()
    finally:
        os.umask(before)
    assert stat.S_IMODE(shop.folder.stat().st_mode) == 0o755
    assert stat.S_IMODE((shop.folder / "shop").stat().st_mode) == 0o755
    assert {stat.S_IMODE(path.stat().st_mode) for path in (shop.folder / "shop").iterdir()} == {0o644}


def test_what_is_not_ours_is_left_alone(shop: Shop) -> None:
    shop.keep(product("1"))
    (shop.folder / "shop").mkdir(parents=True)
    (shop.folder / "shop" / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="is not a link of ours; move it away"):
        shop.publish()
    assert (shop.folder / "shop" / "mine.txt").read_text() == "mine"
    (shop.folder / "shop" / "manifest.json").write_text("[]")
    with pytest.raises(StoreError, match="is not a manifest of ours"):
        shop.publish()


def test_a_disk_that_is_full_leaves_the_old_feed(shop: Shop) -> None:
    shop.keep(product("1"))
    shop.publish()
    before = shop.text()
    shop.keep(product("2"))
    code = (
        "import resource, runpy, signal, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (400, 400)); "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); sys.argv = ['rotonde', 'feed', 'publish', 'shop']; "
        "runpy.run_module('plugins.hub.cli', run_name='__main__')"
    )
    assert run(shop, command=["-c", code]) != 0
    assert shop.text() == before
    assert shop.publish()[1] is not None


ROOT = Path(__file__).parents[3]
READER = """
import hashlib, json, os, sys, time
from xml.etree import ElementTree
link, looked = sys.argv[1], 0
print("ready", flush=True)
while not os.path.exists(sys.argv[2]):
    folder = os.path.join(os.path.dirname(link), os.readlink(link))
    with open(os.path.join(folder, "manifest.json")) as file:
        manifest = json.load(file)
    with open(os.path.join(folder, manifest["file"]), "rb") as file:
        text = file.read()
    assert hashlib.sha256(text).hexdigest() == manifest["sha256"]
    assert sum(1 for _ in ElementTree.fromstring(text).iter("item")) == manifest["items"]
    looked += 1
print(looked)
"""
DEATHS = [
    f"{point}{manner}"
    for point in ("in publishing of feed", "before switch of feed", "after switch of feed")
    for manner in ("", ":exception", ":sigterm")
]


PUBLISH = ("-m", "plugins.hub.cli", "feed", "publish", "shop")


def run(shop: Shop, crash: str = "", command: Sequence[str] = PUBLISH) -> int:
    environment = {
        **os.environ, "ROTONDE_DATABASE_URL": shop.store.engine.url.render_as_string(hide_password=False),
        "ROTONDE_RULES": str(shop.rules), "ROTONDE_FEEDS": str(shop.folder), "ROTONDE_CRASH": crash,
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    return subprocess.run([sys.executable, *command], env=environment, capture_output=True, check=False).returncode


@pytest.mark.parametrize("death", DEATHS)
def test_d18_a_reader_finds_a_whole_feed_that_agrees_with_its_manifest_whenever_the_publisher_dies(
    shop: Shop, tmp_path: Path, death: str
) -> None:
    shop.keep(product("1"), product("2"))
    shop.publish()
    shop.write(GOOGLE.replace("All of it.", "All of it, and anew."))
    done = tmp_path / "done"
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(shop.folder / "shop"), str(done)], stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    assert run(shop, death) != 0
    is_new = "and anew" in shop.text()
    assert is_new == death.startswith("after")
    assert run(shop) == 0
    done.touch()
    looked = int(reader.communicate(timeout=60)[0])
    assert reader.returncode == 0
    assert looked > 0
    manifest = published(standing(shop.folder, "shop"))
    assert manifest is not None
    assert manifest.items == len(items(shop.text())) == 2
    assert "and anew" in shop.text()
