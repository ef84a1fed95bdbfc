"""What we say of the channels: readable, in agreement with the vendors' own tables where these are at hand."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from plugins.feeds import forms
from plugins.feeds.channel import CHANNEL_OF, FOLDER, AttributeOf, catalogue, channel
from plugins.feeds.compiling import compile_feeds
from plugins.feeds.examples import run_examples
from plugins.rules.condition import compile_condition
from plugins.rules.load import load_rules
from tests.plugins.feeds.conftest import GOOGLE, write_rules

ROOT = Path(__file__).parents[3]
SPECS = ROOT.parent / "shared" / "specs"
at_hand = pytest.mark.skipif(not SPECS.exists(), reason="the vendors' tables are not at hand (../shared/specs)")
NAMES = [path.stem for path in sorted(FOLDER.glob("*.yml"))]
THEIRS = {"google": "google_merchant_file", "meta": "meta_catalog", "pinterest": "pinterest_catalog"}
NEEDS = {"R": "required", "C": "sometimes", "O": "free"}
SURE = {"D": "documented", "C": "seen", "A": "assumed"}


@pytest.mark.parametrize("name", NAMES)
def test_every_check_of_a_channel_can_be_read(name: str) -> None:
    taken = channel(name)
    for check in taken.checks:
        compile_condition(check.when, catalogue(taken))
        assert check.attribute in taken.attributes
    re.compile(taken.money)


def test_every_channel_has_a_format_and_every_format_a_channel() -> None:
    assert set(CHANNEL_OF.values()) == set(NAMES)


@at_hand
@pytest.mark.parametrize("name", THEIRS)
def test_needs_lengths_and_words_are_those_of_the_vendor(name: str) -> None:
    theirs = json.loads((SPECS / "product_feed_rules.json").read_text("utf-8"))["channels"][THEIRS[name]]
    ours = channel(name).attributes
    assert {attribute: _facts(ours[attribute]) for attribute in theirs} == {
        attribute: _theirs(each) for attribute, each in theirs.items()
    }


def _facts(each: AttributeOf) -> dict[str, Any]:
    return {
        "need": each.need, "longest": each.longest, "words": each.values or each.units, "any_case": each.any_case,
        "most_values": each.most_values, "longest_value": each.longest_value, "has_form": bool(each.format),
        "too_long": each.too_long, "sure": each.sure,
    }  # fmt: skip


def _theirs(each: dict[str, Any]) -> dict[str, Any]:
    return {
        "need": NEEDS[each["need"]], "longest": each.get("max_length"), "words": each.get("values", []),
        "any_case": "case ignored" in each.get("note", ""), "most_values": each.get("max_values", 1),
        "longest_value": each.get("max_length_per_value"), "has_form": "format" in each,
        "too_long": "warning" if each.get("too_long") == "W" else "error", "sure": SURE[each["evidence"]],
    }  # fmt: skip


@at_hand
def test_a_gtin_is_right_when_the_vendors_vectors_say_so() -> None:
    cases = json.loads((SPECS / "hash_vectors.json").read_text("utf-8"))["gtin"]["cases"]
    with duckdb.connect(":memory:") as engine:
        engine.execute(forms.MACROS)
        for case in cases:
            is_right, is_ours = engine.execute("SELECT is_gtin($g), is_ours($g)", {"g": case["gtin"]}).fetchall()[0]
            assert is_right == case["check_digit_ok"], case
            assert is_ours == ("note" in case), case


def test_the_feeds_we_ship_keep_their_own_examples() -> None:
    feeds = compile_feeds(load_rules(ROOT / "sync_rules").feeds.values())
    assert {"google", "meta", "pinterest", "channable"} <= feeds.keys()
    assert all(len(each.read.feed.examples) >= 2 for each in feeds.values())
    assert run_examples(feeds.values()) == []


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ("out", "offline: expected out, is in; correct the feed or the example"),
        ("{id: B}", "offline: id should be 'B', is 'A'; correct the feed or the example"),
        ("{brand: B}", "offline: brand should be 'B', is left out; correct the feed or the example"),
        ("{id: null}", "offline: id should be left out, is 'A'; correct the feed or the example"),
    ],
)
def test_an_example_that_does_not_hold_is_told_with_its_place(tmp_path: Path, expect: str, said: str) -> None:
    given = "given: {is_online: true, price_minor: 100, sku: A}, expect: "
    text = GOOGLE.replace("given: {is_online: false}, expect: out", given + expect)
    feeds = compile_feeds(load_rules(write_rules(tmp_path / "sync_rules", text)).feeds.values())
    (failure,) = run_examples(feeds.values(), datetime(2026, 3, 1, tzinfo=UTC))
    assert str(failure).endswith(said)
    assert str(failure).startswith("sync_rules/feeds/shop.yml:21:")


def test_a_feed_is_named_so_that_it_can_be_a_file(tmp_path: Path) -> None:
    from plugins.rules.complaint import RulesError

    with pytest.raises(RulesError, match="My Feed: no name for a feed"):
        load_rules(write_rules(tmp_path / "sync_rules", GOOGLE, "My Feed"))
