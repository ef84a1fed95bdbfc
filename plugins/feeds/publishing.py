"""Publishing a feed: planned, written beside, and switched to at once; or left as it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import duckdb

from plugins.feeds.compiling import Compiled
from plugins.feeds.folder import GOODS, ITEMS, REPORT, Manifest, new_version, publisher, write_manifest
from plugins.feeds.health import note_health
from plugins.feeds.judging import problems
from plugins.feeds.plan import FeedPlan, planned, shape
from plugins.feeds.writing import Row, layout_of, write
from plugins.store.engine import Store
from plugins.store.times import utc_text

AT_ONCE = 2000


class Hashing:
    """A file that knows its length and its SHA-256."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.bytes, self.digest = file, 0, hashlib.sha256()

    def write(self, content: bytes, /) -> None:
        """Write some of it."""
        self.file.write(content)
        self.bytes += len(content)
        self.digest.update(content)


def publish(
    compiled: Compiled, store: Store, folder: Path, now: datetime, *, accept: bool = False
) -> tuple[FeedPlan, Manifest | None]:
    """Publish a feed unless a guard stops it or nothing changed; returns the plan, and what was published if it was."""
    with publisher(folder, compiled.name), planned(compiled, store, folder, now, accept=accept) as (engine, made):
        note_health(engine, compiled, store, summary(made))
        if made.guard or made.change.is_none:
            return made, None
        return made, publish_planned(engine, compiled, folder, made)


def publish_planned(engine: duckdb.DuckDBPyConnection, compiled: Compiled, folder: Path, made: FeedPlan) -> Manifest:
    """Write what was planned and switch to it; the caller is the only publisher."""
    with new_version(folder, compiled.name) as version:
        manifest = _written(engine, compiled, version, made.at)
        _report(engine, compiled, version / REPORT, made)
        engine.execute(
            f"COPY (SELECT item_id, hash FROM digest ORDER BY item_id) TO '{_quoted(version / ITEMS)}' (HEADER)"
        )
        if compiled.read.feed.bring_to:
            engine.execute(f"COPY ({_goods(compiled)}) TO '{_quoted(version / GOODS)}' (FORMAT parquet)")
        write_manifest(version, manifest)
    return manifest


def _goods(compiled: Compiled) -> str:
    """Return the query for each item with its attributes as one JSON text, for channels that are told item by item."""
    pairs = ", ".join(f"'{name}', \"{name}\"" for name in compiled.attributes)
    return (
        f"SELECT item_id, hash, json_merge_patch('{{}}', json_object({pairs}))::VARCHAR AS fields "  # takes nulls out
        "FROM digest JOIN item ON item.id = digest.item_id WHERE NOT _is_refused ORDER BY item_id"
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def items(engine: duckdb.DuckDBPyConnection, compiled: Compiled) -> Iterator[Row]:
    """Give the items that are in, in the order of their ids, some at a time."""
    cursor = engine.cursor()
    cursor.execute(f"SELECT {compiled.columns} FROM item WHERE NOT _is_refused ORDER BY id")
    while rows := cursor.fetchmany(AT_ONCE):
        yield from rows


def _written(engine: duckdb.DuckDBPyConnection, compiled: Compiled, version: Path, now: datetime) -> Manifest:
    feed = compiled.read.feed
    layout = layout_of(feed, compiled.channel, compiled.attributes)
    name = f"{compiled.name}.{layout.suffix}"
    with (version / name).open("wb") as file:
        sink = Hashing(file)
        count = write(layout, items(engine, compiled), sink)
    return Manifest(
        feed=compiled.name, file=name, format=feed.format, items=count, bytes=sink.bytes,
        sha256=sink.digest.hexdigest(), at=utc_text(now), rules=compiled.version, shape=shape(compiled),
    )  # fmt: skip


def summary(made: FeedPlan) -> dict[str, Any]:
    """Return what a plan or a publication says of a feed, for machines."""
    return {
        "feed": made.feed, "at": utc_text(made.at), "products": asdict(made.counts), "change": asdict(made.change),
        "guard": made.guard, "reasons": [asdict(each) for each in made.reasons],
    }  # fmt: skip


def _report(engine: duckdb.DuckDBPyConnection, compiled: Compiled, path: Path, made: FeedPlan) -> None:
    """Write the summary, and everything that is said of single items, without holding all of it."""
    head = json.dumps(summary(made), ensure_ascii=False, indent=1)
    with path.open("w", encoding="utf-8") as file:
        file.write(f'{head[:-2]},\n "items": [')
        for number, each in enumerate(problems(engine, compiled)):
            file.write(f"{',' if number else ''}\n  {json.dumps(each, ensure_ascii=False)}")
        file.write("\n ]\n}\n")
