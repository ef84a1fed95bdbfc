"""How each feed is: what was judged last, kept beside what is derived, and what the report beside a feed says of items.

What a feed leaves out is not beside the feed: a web server shows all of that, and what is not sold yet is nobody's.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from plugins.feeds.compiling import Compiled
from plugins.feeds.folder import ITEMS, MANIFEST, REPORT
from plugins.feeds.judging import BY_RULE, UNWANTED
from plugins.store.engine import Store
from plugins.store.mirror import home

BEGINS = ' "items": ['
EXAMPLES = 5
LEFT_OUT = """
COPY (
  SELECT product_id, coalesce(sku, '') AS sku, CASE WHEN _is_wanted THEN _left_by ELSE -1 END AS rule FROM choice
  WHERE NOT _is_wanted OR _left_by IS NOT NULL ORDER BY product_id
) TO '{path}' (HEADER)
"""
Row = dict[str, Any]
Reason = tuple[str, str, str]
"""Code, attribute and what is wrong."""


def note_health(engine: duckdb.DuckDBPyConnection, compiled: Compiled, store: Store, summary: Row) -> None:
    """Put down what was judged, and which products the feed leaves out by which rule; its tables are there."""
    folder = home(store) / "feed_health"
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{compiled.name}.csv"
    engine.execute(LEFT_OUT.format(path=str(fresh).replace("'", "''")))
    fresh.replace(folder / f"{compiled.name}.csv")
    rules = [each.title for each in compiled.read.rules]
    fresh = folder / f".{compiled.name}.json"
    fresh.write_text(json.dumps({**summary, "rules": rules}, ensure_ascii=False) + "\n", "utf-8")
    fresh.replace(folder / f"{compiled.name}.json")


def health(store: Store, name: str) -> Row | None:
    """Return what a feed was judged to be last, None where it never was; see `publishing.summary`."""
    path = home(store) / "feed_health" / f"{name}.json"
    if not path.exists():
        return None
    found: Row = json.loads(path.read_text("utf-8"))
    return found


def left_out(store: Store, name: str) -> Iterator[Row]:
    """Give each product that a feed leaves out: `product_id`, `sku`, and by which code and rule."""
    path, known = home(store) / "feed_health" / f"{name}.csv", health(store, name)
    if known is None or not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as file:
        for product, sku, rule in islice(csv.reader(file), 1, None):
            number = int(rule)
            is_ours = 0 <= number < len(known["rules"])
            yield {"product_id": product, "sku": sku, "attribute": "", "code": BY_RULE if is_ours else UNWANTED,
                   "what": f"left out by the rule '{known['rules'][number]}'" if is_ours
                   else "not what `where` asks for"}  # fmt: skip


def told_of(version: Path, holds: str) -> Iterator[Row]:
    """Give what the report of a published version says of single items, where a line of it holds a text."""
    path, sought = version / REPORT, json.dumps(holds, ensure_ascii=False).encode()
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if line.startswith(b"  {") and sought in line:
                yield json.loads(line.rstrip(b",\n"))


def is_inside(version: Path, item: str) -> bool:
    """Tell whether an item is in a published version."""
    path = version / ITEMS
    if not path.exists():
        return False
    with path.open(encoding="utf-8", newline="") as file:
        return any(row[0] == item for row in islice(csv.reader(file), 1, None))


def examples(version: Path) -> dict[Reason, list[str]]:
    """Return a few items for each thing that a report says."""
    manifest = version / MANIFEST
    return _examples(version, manifest.stat().st_mtime_ns) if manifest.exists() else {}


@lru_cache(maxsize=32)
def _examples(version: Path, _written_at: int) -> dict[Reason, list[str]]:
    found: dict[Reason, list[str]] = {}
    for each in told_of(version, "code"):
        listed = found.setdefault((each["code"], each["attribute"], each["what"]), [])
        if len(listed) < EXAMPLES:
            listed.append(each["item_id"] or each["product_id"])
    return found
