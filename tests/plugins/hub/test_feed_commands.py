"""The commands `rotonde feed`: what they print, how they end, and what they leave on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plugins.feeds.folder import publisher
from plugins.store.engine import Store
from tests.making import keep, record
from tests.plugins.feeds.conftest import GOOGLE, product, write_rules
from tests.plugins.hub.commands import said


@pytest.fixture
def feeds(sqlite_store: Store, rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two products, one of which the channel refuses, one feed, and a folder for it."""
    write_rules(rules, GOOGLE)
    keep(sqlite_store, product("1"), product("2", image_url=None))
    monkeypatch.setenv("ROTONDE_FEEDS", str(tmp_path / "out"))
    return tmp_path / "out"


def test_plan_tells_what_would_be_in_and_why_not_and_writes_nothing(rotonde: Any, feeds: Path) -> None:
    result = rotonde("feed", "plan", "shop")
    assert result.exit_code == 0
    assert "shop: 1 of 2 products (1 added, 0 changed, 0 removed)" in result.stdout
    assert "F001" in result.stdout
    assert "image_link" in result.stdout
    assert not feeds.exists()


def test_publish_says_where_the_file_is_and_then_that_nothing_changed(rotonde: Any, feeds: Path) -> None:
    result = rotonde("feed", "publish", "all")
    assert result.exit_code == 0
    assert str(feeds / "shop" / "shop.xml") in result.stdout.replace("\n", "")
    report = json.loads((feeds / "shop" / "report.json").read_text("utf-8"))
    assert [(each["item_id"], each["code"], each["attribute"]) for each in report["items"]] == [
        ("SKU-2", "F001", "image_link")
    ]
    assert "shop: nothing changed, 1 items stand" in rotonde("feed", "publish", "all").stdout


def test_list_tells_what_stands_where(rotonde: Any, feeds: Path) -> None:
    assert said(rotonde("feed", "list", "--json"))[0]["items"] is None
    rotonde("feed", "publish", "shop")
    (listed,) = said(rotonde("feed", "list", "--json"))
    assert (listed["feed"], listed["items"], listed["file"]) == ("shop", 1, str(feeds / "shop" / "shop.xml"))
    assert "google_xml" in rotonde("feed", "list").stdout


def test_machines_get_counts_changes_and_reasons(rotonde: Any, feeds: Path) -> None:
    (planned,) = said(rotonde("feed", "plan", "shop", "--json"))
    assert planned["products"] == {"considered": 2, "unwanted": 0, "left_out": 0, "refused": 1, "inside": 1}
    assert planned["change"] == {"added": 1, "changed": 0, "removed": 0, "is_shaped_anew": True}
    (published,) = said(rotonde("feed", "publish", "shop", "--json"))
    assert published["outcome"] == "published"
    assert published["manifest"]["items"] == 1
    assert said(rotonde("feed", "publish", "shop", "--json"))[0]["outcome"] == "unchanged"


def test_a_guard_ends_with_1_and_leaves_the_old_file(rotonde: Any, feeds: Path, rules: Path) -> None:
    rotonde("feed", "publish", "shop")
    before = (feeds / "shop" / "shop.xml").read_bytes()
    write_rules(rules, GOOGLE.replace("where: is_online", "where: not is_online"))
    for command in ("plan", "publish"):
        result = rotonde("feed", command, "shop", "--accept")
        assert result.exit_code == 1
        assert "no item would be in it" in result.stdout
    assert (feeds / "shop" / "shop.xml").read_bytes() == before


def test_a_second_publisher_ends_with_1(rotonde: Any, feeds: Path) -> None:
    with publisher(feeds, "shop"):
        result = rotonde("feed", "publish", "shop")
    assert result.exit_code == 1
    assert "another process publishes it" in result.stderr
    assert not (feeds / "shop").exists()


@pytest.mark.usefixtures("feeds")
def test_a_feed_that_is_not_there_ends_with_2_and_names_the_nearest(rotonde: Any) -> None:
    result = rotonde("feed", "publish", "shpo")
    assert result.exit_code == 2
    assert "feed shpo: there is no such feed; did you mean 'shop'?" in result.stderr


@pytest.mark.usefixtures("feeds")
def test_a_mistake_in_a_feed_ends_with_2(rotonde: Any, rules: Path) -> None:
    write_rules(rules, GOOGLE.replace("condition: new", "conditie: new"))
    for command in (("feed", "list"), ("test",)):
        result = rotonde(*command)
        assert result.exit_code == 2
        assert "feeds/shop.yml:18:3: conditie: Google Merchant Center has no such attribute" in result.stderr


@pytest.mark.usefixtures("feeds")
def test_the_examples_of_feeds_run_with_the_others(rotonde: Any, rules: Path) -> None:
    assert rotonde("test").exit_code == 0
    write_rules(rules, GOOGLE.replace("expect: out", "expect: {id: a}"))
    result = rotonde("test")
    assert result.exit_code == 1
    assert "offline: expected in, is out" in result.stderr


def issue(key: str, item: str, code: str = "image_link_broken", severity: str = "refused", **fields: Any) -> Any:
    told = {"item_id": item, "code": code, "attribute": "image_link", "severity": severity, **fields}
    return record("item_issue", "google_merchant", key, **told)


def test_issues_tell_what_channels_say_of_the_items_gravest_first(
    rotonde: Any, feeds: Path, sqlite_store: Store, rules: Path
) -> None:
    write_rules(rules, GOOGLE.replace("currency: EUR", "currency: EUR\nissues_from: [google_merchant]", 1))
    solved = issue("4", "SKU-4", is_deleted=True)
    keep(sqlite_store, issue("1", "SKU-1", "tiny", "noted"), issue("2", "SKU-2", place="SHOPPING_ADS"),
         issue("3", "SKU-3", place="FREE_LISTINGS", description="No picture"), solved)  # fmt: skip
    told = said(rotonde("feed", "issues", "shop", "--json"))["shop"]
    assert [(each["severity"], each["code"], each["items"], each["for_example"]) for each in told] == [
        ("refused", "image_link_broken", 2, ["SKU-2", "SKU-3"]), ("noted", "tiny", 1, ["SKU-1"]),
    ]  # fmt: skip
    assert (told[0]["places"], told[0]["what"]) == (["FREE_LISTINGS", "SHOPPING_ADS"], "No picture")
    assert "image_link_broken" in rotonde("feed", "issues", "all").stdout
    assert "2 items are refused there: rotonde feed issues shop" in rotonde("feed", "plan", "shop").stdout


def test_issues_of_a_feed_that_no_channel_was_asked_about_are_none(rotonde: Any, feeds: Path) -> None:
    result = rotonde("feed", "issues", "shop")
    assert (result.exit_code, "shop: nothing is wrong, or no channel was read" in result.stdout) == (0, True)
