"""What publishing a feed would do: what is in, what stays out, and what differs from what stands there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from plugins.feeds.compiling import WRITER, Compiled
from plugins.feeds.facts import gather
from plugins.feeds.folder import ITEMS, Manifest, published, standing
from plugins.feeds.judging import Counts, Reason, judge, reasons
from plugins.store.engine import Store
from plugins.store.mirror import spill_path

MEMORY_LIMIT = "2GB"
FEWEST_GUARDED = 20
"""A smaller feed may change as it likes."""


@dataclass(frozen=True, slots=True)
class Change:
    """How the items differ from those that stand there."""

    added: int
    changed: int
    removed: int
    is_shaped_anew: bool
    """The file is written another way: other columns, another head."""

    @property
    def is_none(self) -> bool:
        """Tell whether the file would be the same."""
        return not (self.added or self.changed or self.removed or self.is_shaped_anew)


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """One feed as it would be published."""

    feed: str
    at: datetime
    counts: Counts
    change: Change
    reasons: list[Reason]
    guard: str
    """Why it must not be published; empty where it may."""


@contextmanager
def planned(
    compiled: Compiled, store: Store, folder: Path, now: datetime, *, accept: bool = False
) -> Iterator[tuple[duckdb.DuckDBPyConnection, FeedPlan]]:
    """Plan one feed; its tables are there while the block runs. `accept` lifts the guard over shrinking."""
    with duckdb.connect(
        ":memory:", config={"memory_limit": MEMORY_LIMIT, "temp_directory": spill_path(store)}
    ) as engine:
        gather(engine, store, compiled.read.feed, now)
        yield engine, plan(engine, compiled, folder, now, accept=accept)


def plan(
    engine: duckdb.DuckDBPyConnection, compiled: Compiled, folder: Path, now: datetime, *, accept: bool = False
) -> FeedPlan:
    """Judge the products in `fact` and compare them with what stands in the folder."""
    counts = judge(engine, compiled, now)
    version = standing(folder, compiled.name)
    before = published(version)
    change = _change(engine, compiled, version, before)
    guard = _guard(compiled, counts, before.items if before else 0, change, accept=accept)
    return FeedPlan(compiled.name, now, counts, change, reasons(engine, compiled), guard)


def shape(compiled: Compiled) -> str:
    """Return a name for the way a feed is written, whatever its items."""
    feed = compiled.read.feed
    said = [WRITER, feed.format, feed.description, feed.shop_url, list(compiled.attributes), bool(feed.bring_to)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _change(engine: duckdb.DuckDBPyConnection, compiled: Compiled, version: Path, before: Manifest | None) -> Change:
    parts = ", ".join(f'coalesce("{name}", chr(0))' for name in compiled.attributes)
    engine.execute(
        "CREATE OR REPLACE TABLE digest AS "
        f"SELECT id AS item_id, md5(concat_ws(chr(31), {parts})) AS hash FROM item WHERE NOT _is_refused"
    )
    engine.execute("CREATE OR REPLACE TABLE standing (item_id VARCHAR, hash VARCHAR)")
    if before:
        engine.execute(f"INSERT INTO standing {READ_ITEMS}", [str(version / ITEMS)])
    added, changed, removed = engine.execute(COMPARED).fetchall()[0]
    return Change(added, changed, removed, before is None or before.shape != shape(compiled))


READ_ITEMS = """
SELECT * FROM read_csv(?, header = true, columns = {'item_id': 'VARCHAR', 'hash': 'VARCHAR'}, delim = ',', quote = '"',
  escape = '"')
"""
COMPARED = """
SELECT count(*) FILTER (standing.item_id IS NULL),
  count(*) FILTER (standing.hash <> digest.hash), count(*) FILTER (digest.item_id IS NULL)
FROM digest FULL JOIN standing USING (item_id)
"""


def _guard(compiled: Compiled, counts: Counts, before: int, change: Change, *, accept: bool) -> str:
    """Return why the feed must not be published: empty ones never, shrunk ones only if somebody says so."""
    if not counts.inside:
        return "no item would be in it; look at the reasons, the published feed stays"
    most = compiled.read.feed.guard.shrink
    if accept or before < FEWEST_GUARDED or change.removed * 100 <= before * most:
        return ""
    return (
        f"{change.removed} of {before} items would go, more than {most}%; look at the reasons, then publish with "
        "--accept"
    )
