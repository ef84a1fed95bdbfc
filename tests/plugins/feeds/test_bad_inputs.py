"""The table of bad inputs: each is refused or told of as it says, and the good product beside it is published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from ruamel.yaml import YAML

from plugins.feeds.compiling import Compiled, compile_feeds
from plugins.feeds.facts import columns
from plugins.feeds.judging import judge, problems
from plugins.rules.complaint import RulesError
from plugins.rules.load import load_rules
from tests.plugins.feeds.conftest import GOOGLE, GTIN, write_rules

TABLE = Path(__file__).parents[2] / "bad_inputs" / "feeds.yaml"
CASES: list[dict[str, Any]] = YAML(typ="safe").load(TABLE.read_text("utf-8"))
OUTCOMES = ("error ", "warning ", "in")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOOD = {
    "product_id": "a", "sku": "GOOD", "name": "Rain coat", "description": "Keeps dry.", "brand": "Ardenna",
    "gtin": GTIN, "url": "https://shop.example/coat", "image_url": "https://shop.example/coat.jpg", "is_online": True,
    "price_minor": 9995, "availability": "in_stock", "colour": "zwart",
}  # fmt: skip
ITEMS = [each for each in CASES if each["expected"].startswith(OUTCOMES)]
RULES = [each for each in CASES if not each["expected"].startswith(OUTCOMES)]


def named(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(each["input"], each["expected"], id=each["id"]) for each in cases]


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as opened:
        yield opened


def compiled(folder: Path, case: Mapping[str, Any]) -> Compiled:
    text = GOOGLE.replace("google_xml", case.get("format", "google_xml")).replace(" and price_minor is not null", "")
    more = YAML(typ="safe").load(text)
    more["attributes"] |= case.get("attributes", {})
    if "country" in case:
        more["country"] = case["country"]
    folder = write_rules(folder, "")
    with (folder / "feeds" / "shop.yml").open("w", encoding="utf-8") as file:
        YAML().dump(more, file)
    return compile_feeds(load_rules(folder).feeds.values())["shop"]


def odd(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the product of a case; what is to be long is filled up, with the brand before it in a title."""
    facts = {**GOOD, "product_id": case.get("key", "b"), "sku": "ODD", **case.get("facts", {})}
    for name, length in case.get("long", {}).items():
        start = {"url": "https://shop.example/", "name": ""}.get(name, "x")
        held = length - len("Ardenna ") if name == "name" else length
        facts[name] = start + case.get("letter", "x") * (held - len(start))
    return facts


@pytest.mark.parametrize(("case", "expected"), named(ITEMS))
def test_a_bad_item_is_told_of_and_the_good_one_beside_it_is_published(
    engine: duckdb.DuckDBPyConnection, tmp_path: Path, case: dict[str, Any], expected: str
) -> None:
    feed = compiled(tmp_path / "sync_rules", case)
    engine.execute(f"CREATE OR REPLACE TABLE fact ({columns()})")
    shared = "attributes" in case or "country" in case
    for facts in (odd(case),) if shared else (GOOD, odd(case)):
        names, marks = ", ".join(f'"{name}"' for name in facts), ", ".join("?" for _ in facts)
        engine.execute(f"INSERT INTO fact ({names}) VALUES ({marks})", list(facts.values()))
    counts = judge(engine, feed, NOW)
    found = {f"{each['severity']} {each['code']} {each['attribute']}" for each in problems(engine, feed)
             if each["product_id"] != "a"}  # fmt: skip
    assert found == ({expected} if expected != "in" else set())
    assert counts.refused == expected.startswith("error")
    assert counts.inside == (not shared) + (not expected.startswith("error"))


@pytest.mark.parametrize(("case", "expected"), named(RULES))
def test_a_mistake_in_a_feed_is_told_with_its_place(tmp_path: Path, case: dict[str, Any], expected: str) -> None:
    good, bad = case.get("replace", ("", ""))
    assert good in GOOGLE
    text = GOOGLE.replace(good, bad, 1) + case.get("append", "")
    with pytest.raises(RulesError) as wrong:
        compile_feeds(load_rules(write_rules(tmp_path / "sync_rules", text)).feeds.values())
    said = [str(each) for each in wrong.value.complaints]
    assert any(line.startswith(f"sync_rules/feeds/shop.yml:{expected}") for line in said), said


def test_the_table_is_long_and_every_case_has_a_name_of_its_own() -> None:
    assert len(CASES) >= 60
    assert len({each["id"] for each in CASES}) == len(CASES)
