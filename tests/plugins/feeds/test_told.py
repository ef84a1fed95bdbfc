"""The page about feeds is held to the code: every key, fact, format and code is told, and its feed can be read."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import get_args

import pytest

from plugins.feeds.channel import FOLDER, channel
from plugins.feeds.compiling import compile_feeds
from plugins.feeds.examples import run_examples
from plugins.rules.feed_facts import FACTS
from plugins.rules.feeds import Feed, FeedExample, FeedGuard, FeedRule, FeedRules, Format
from plugins.rules.load import load_rules
from plugins.rules.price_lists import PriceList
from plugins.rules.strict import Strict

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "feeds.md").read_text("utf-8")
FIRST = "\n".join(line.split(" | ")[0] for line in PAGE.splitlines() if line.startswith("| "))
CODE = re.compile(r"\b[A-Z]\d{3}\b")


@pytest.mark.parametrize(
    "model", [Feed, FeedRule, FeedRules, FeedGuard, FeedExample, PriceList], ids=lambda each: each.__name__
)
def test_every_key_of_a_feed_has_a_row(model: type[Strict]) -> None:
    assert [name for name in model.model_fields if f"`{name}`" not in FIRST] == []


def test_every_format_has_a_row_and_no_other() -> None:
    section = PAGE.split("### Formats\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)`", section, re.MULTILINE) == list(get_args(Format))


def test_every_fact_is_told_as_the_catalogue_says_it() -> None:
    section = PAGE.split("## Facts\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{each.name}` | {each.type} | {each.meaning} |" for each in FACTS.values()]


def test_every_code_has_a_row_and_no_other() -> None:
    code = "".join(path.read_text("utf-8") for path in sorted((ROOT / "plugins" / "feeds").glob("*.py")))
    known = set(re.findall(r'"([A-Z]\d{3})"', code))
    for path in FOLDER.glob("*.yml"):
        taken = channel(path.stem)
        known |= {each.code for each in taken.checks}
        known |= {each for one in taken.attributes.values() for each in (one.code, one.long_code) if each}
    assert set(CODE.findall(FIRST)) == known


def test_the_feed_in_the_page_can_be_read_and_its_examples_hold(tmp_path: Path) -> None:
    blocks = [textwrap.dedent(each) for each in re.findall(r"^ *```yaml\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)]
    parts = [block for block in blocks if block.startswith("bring_to:")]
    whole = [block for block in blocks if block not in parts]
    for number, block in enumerate([*whole, *(whole[-1] + part for part in parts)]):
        kind = "feeds" if "format:" in block else "feed_rules"
        (tmp_path / kind).mkdir(exist_ok=True)
        (tmp_path / kind / f"told_{number}.yml").write_text(block, "utf-8")
    feeds = compile_feeds(load_rules(tmp_path).feeds.values())
    assert len(feeds) == 5
    assert run_examples(feeds.values()) == []
