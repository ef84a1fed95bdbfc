"""A round over a store that has been lived in: everybody resolved, points posted, an audience delivered.

`python -m bench.again [--persons 100000]`, over the store of `bench/crowd.py`. The mirror is thrown away first, so that
all is worked out anew beside what stands in ledger and journal; then everything is planned, and for some buyers what
they leave is worked out, as the lane does. Beside it, in the same run, the bare engine copies the same tables out of
SQLite, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from bench.crowd import command, made, url_of
from bench.whole import ROOT, same
from mappers.consent.fold import fold
from plugins.hub.plans import open_hub
from plugins.lane.alone import alone
from plugins.lane.buying import leaves
from plugins.store.engine import open_store
from plugins.store.migrate import migrate
from plugins.store.mirror import mirror_path
from plugins.store.tables import profile

RESULTS = ROOT / "bench" / "results" / "again.jsonl"
TABLES = ("customer", "consent", "order", "order_line", "event", "push", "membership", "ledger_entry", "loyalty_event")
BARE = """
import sys, duckdb, duckdb_extensions
duckdb_extensions.import_extension("sqlite_scanner")
with duckdb.connect(config={"memory_limit": "2GB"}) as engine:
    engine.execute("SET enable_progress_bar = false")
    engine.execute("LOAD sqlite_scanner")
    engine.execute(f"ATTACH '{sys.argv[1]}' AS origin (TYPE sqlite, READ_ONLY)")
    for name in sys.argv[2:]:
        engine.execute(f'CREATE TEMP TABLE "{name}" AS FROM origin."{name}"')
"""


def bare(persons: int) -> dict[str, float]:
    """Copy the tables by the engine alone; returns seconds of both clocks."""
    path = url_of(persons).removeprefix("sqlite:///")
    started, before = time.monotonic(), os.times()
    subprocess.run([sys.executable, "-c", BARE, path, *TABLES], check=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"seconds": round(time.monotonic() - started, 1), "cpu_seconds": round(cpu, 1)}


def bought(persons: int, number: int = 20) -> dict[str, float]:
    """Work out for one buyer after the other what they leave, as the lane does; returns seconds of both clocks."""
    os.environ["ROTONDE_DATABASE_URL"] = url_of(persons)
    hub, walls, cpus = open_hub(), list[float](), list[float]()
    with hub.store.reading() as connection:
        people = connection.execute(select(profile.c.id).order_by(profile.c.id).limit(number + 1)).scalars().all()
    for who in people:
        started, before = time.perf_counter(), time.process_time()
        with alone(hub, {who}) as engine:
            fold(engine, hub.meaning.declarations, hub.clock(), hub.meaning.policy)
            for _ in leaves(hub, engine, {who}):
                pass
        walls.append(time.perf_counter() - started)
        cpus.append(time.process_time() - before)
    parts = statistics.quantiles(walls[1:], n=20, method="inclusive")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return {"p50_seconds": round(statistics.median(walls[1:]), 2), "p95_seconds": round(parts[-1], 2),
            "cpu_p50_seconds": round(statistics.median(cpus[1:]), 2), "peak_megabytes": peak}  # fmt: skip


def measured(persons: int) -> dict[str, Any]:
    """Measure a resolve and a plan, and the engine alone."""
    found: dict[str, Any] = {"persons": persons, "made": made(persons), "bare": bare(persons)}
    store = open_store(url_of(persons))
    migrate(store)
    mirror_path(store).unlink(missing_ok=True)
    store.close()
    resolved = command(persons, "resolve", "--json")
    said = json.loads(resolved.pop("said"))
    named = ("profiles", "moved", "was_fresh")
    same("persons, who moved, whether nothing was new", [said[name] for name in named], [persons, 0, False])
    plan = command(persons, "plan", "--json", "--accept")
    told = json.loads(plan.pop("said"))
    found |= {"resolve": resolved, "plan": plan, "sizes": {each["destination"]: each["matched"] for each in told}}
    same("destinations planned", len(found["sizes"]) > 5 and found["sizes"]["mailchimp"] > 0, True)
    found["purchase"] = bought(persons)
    ratios = {name: round(found[name]["cpu_seconds"] / found["bare"]["cpu_seconds"], 2) for name in ("resolve", "plan")}
    return {**found, "cpu_to_bare": ratios, "load": round(os.getloadavg()[0], 1)}


def main() -> None:
    """Measure, print and write down."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--persons", type=int, default=100_000)
    found = {
        "what": "again",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        **measured(parser.parse_args().persons),
    }
    print(json.dumps(found, indent=1))
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
