"""Plans: a million persons, fifty audiences and six destinations; a diff of a million members; five hundred rule files.

`python -m bench.plan [plan diff rules] [--runs 3] [--persons 1000000]`. `plan` runs from opening the mirror to the
printed plan, against DuckDB keeping the ids of the same fifty conditions, one set after the other, in the same file;
each side in a process of its own, in turn. Nothing was delivered yet, so all who may be reached are additions. `diff`
has a million members on record of whom one in a hundred changed, came or went, against a bare full join of the same
addresses and hashes; reading the journal out of SQLite is told by itself. `rules` checks a folder of rules and runs
its examples. Counts are compared before a time is told.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.plan_journal import CHANGED, diffed, joined, prepared, stocked
from bench.plan_people import NOW, hub_in, make
from bench.plan_rules import files
from bench.whole import ROOT, BenchError, same
from plugins.hub import show
from plugins.hub.plans import Shown, planning
from plugins.rules import load_rules, run_examples
from plugins.store.mirror import open_mirror

RESULTS = ROOT / "bench" / "results" / "plan.jsonl"
DATA = ROOT / "bench" / ".data" / "plan"


@dataclass(frozen=True, slots=True)
class Side:
    """What one process took, and what it found."""

    seconds: float
    cpu: float
    megabytes: int
    found: dict[str, Any]


def planned(folder: Path) -> dict[str, Any]:
    """Plan every destination and print it, from opening the mirror; returns how many match each audience."""
    hub, out = hub_in(folder), StringIO()
    show.console = Console(file=out, width=160)
    started, begun = time.perf_counter(), time.process_time()
    with planning(hub, hub.destinations, Shown(funnel=True)) as opened:
        made = [opened.of(name) for name in hub.destinations]
    show.plans(made)
    took = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - begun}
    if not opened.resolved.was_fresh or len(out.getvalue()) < 1000:
        raise BenchError("the store was resolved anew, or nothing was printed")
    sizes = {each["audience"]: each["matched"] for one in made for each in one.funnel}
    return {**took, "sizes": sizes, "add": sum(each.add for each in made)}


def bare(folder: Path) -> dict[str, Any]:
    """Keep the ids of whom each condition matches; returns how many they are."""
    hub = hub_in(folder)
    started, begun, sizes = time.perf_counter(), time.process_time(), {}
    with open_mirror(hub.store) as engine:
        for number, each in enumerate(hub.meaning.audiences):
            made = f"CREATE TEMP TABLE set{number} AS SELECT profile_id FROM trait WHERE {each.condition.sql}"
            sizes[each.name] = engine.execute(made, each.condition.bind(NOW)).fetchall()[0][0]
        took = {"seconds": time.perf_counter() - started, "cpu": time.process_time() - begun}
    return {**took, "sizes": sizes}


def child(side: str, folder: Path) -> Side:
    """Run one side in a process of its own."""
    command = [sys.executable, "-m", "bench.plan", "--side", side, "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        found = json.loads(process.stdout.read())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BenchError(f"{side}: exit {process.returncode}")
    return Side(found.pop("seconds"), found.pop("cpu"), usage.ru_maxrss // 1024, found)


def in_turn(sides: dict[str, Callable[[], Any]], runs: int) -> Iterator[dict[str, Any]]:
    """Run the sides so many times, the order turned round each time."""
    for turn in range(runs):
        yield {name: sides[name]() for name in list(sides)[:: 1 if turn % 2 == 0 else -1]}


def content(folder: Path) -> str:
    """Return the hash of a store, with what its log has that is not in it yet."""
    files = [folder / "store.db", folder / "store.db-wal"]
    return hashlib.sha256(b"".join(each.read_bytes() for each in files if each.exists())).hexdigest()


def plan(runs: int, persons: int) -> dict[str, Any]:
    """Compare a plan with the bare conditions."""
    folder = DATA / str(persons)
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        make(folder, persons)
        (folder / "done").touch()
    before = content(folder)
    turns = list(in_turn({"plan": lambda: child("plan", folder), "bare": lambda: child("bare", folder)}, runs))
    for each in turns:
        same("sizes of audiences", each["plan"].found["sizes"], each["bare"].found["sizes"])
    same("the store", content(folder), before)
    return {
        "persons": persons, "audiences": 50, "destinations": 6, "rows": turns[0]["plan"].found["add"],
        **_told(turns, "plan", "bare"), "plan_megabytes": max(each["plan"].megabytes for each in turns),
        "store_writes": 0,
    }  # fmt: skip


def _told(turns: list[dict[str, Any]], mine: str, other: str) -> dict[str, float]:
    median = statistics.median
    seconds = {f"{name}_seconds": round(median(each[name].seconds for each in turns), 2) for name in (mine, other)}
    cpu = {f"{name}_cpu_seconds": round(median(each[name].cpu for each in turns), 2) for name in (mine, other)}
    return {
        **seconds, **cpu, f"{mine} / {other}": round(median(e[mine].seconds / e[other].seconds for e in turns), 2),
        f"cpu {mine} / {other}": round(median(e[mine].cpu / e[other].cpu for e in turns), 2),
    }  # fmt: skip


def timed(run: Callable[[], Any]) -> Side:
    """Time something in this process."""
    started, begun = time.perf_counter(), time.process_time()
    found = run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Side(time.perf_counter() - started, time.process_time() - begun, peak, found or {})


def diff(runs: int, members: int) -> dict[str, Any]:
    """Compare the diff of members of whom few changed with a bare join; the journal is read in the store."""
    with tempfile.TemporaryDirectory(dir=DATA.parent) as folder:
        hub = stocked(Path(folder), members)
        with open_mirror(hub.store) as engine:
            prepared(engine)
            sides = {"diff": lambda: timed(lambda: diffed(engine, hub)), "join": lambda: timed(lambda: joined(engine))}
            turns = list(in_turn(sides, runs))
        hub.store.close()
    for each in turns:
        found = each["diff"].found
        same("changed", found["rows"], each["join"].found["rows"])
        each_way = members // CHANGED
        same("rows and calls", (found["rows"], found["calls"]), (each_way * 3, -(-each_way // 500) * 3))
    reads = [each["diff"].found["read"] for each in turns]
    took = [(each["diff"].seconds - read, each["join"].seconds) for each, read in zip(turns, reads, strict=True)]
    return {
        "members": members, "changed": turns[0]["diff"].found["rows"], "calls": turns[0]["diff"].found["calls"],
        "read_seconds": round(statistics.median(reads), 2),
        "diff_seconds": round(statistics.median(mine for mine, _ in took), 2),
        "join_seconds": round(statistics.median(other for _, other in took), 2),
        "diff / join": round(statistics.median(mine / other for mine, other in took), 2),
    }  # fmt: skip


def rules(runs: int, count: int) -> dict[str, Any]:
    """Check a folder of rule files, and run the examples in them."""
    with tempfile.TemporaryDirectory() as folder:
        files(Path(folder), count)
        same("files", len(list(Path(folder).rglob("*.yml"))), count)
        turns = [timed(lambda: {"read": load_rules(Path(folder))}) for _ in range(runs)]
        read = turns[-1].found["read"]
        ran = [timed(lambda: {"failed": len(list(run_examples(read)))}) for _ in range(runs)]
    same("examples that do not hold", ran[-1].found["failed"], 0)
    return {
        "files": count, "check_seconds": round(statistics.median(each.seconds for each in turns), 2),
        "examples_seconds": round(statistics.median(each.seconds for each in ran), 2),
    }  # fmt: skip


def main() -> None:
    """Measure what was asked for, print it and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["plan", "diff", "rules"])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--side", choices=["plan", "bare"], help="one side, for the bench itself")
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.side:
        print(json.dumps({"plan": planned, "bare": bare}[asked.side](asked.folder)))
        return
    sizes = {"plan": asked.persons, "diff": asked.persons // CHANGED * CHANGED, "rules": asked.files}
    for part in asked.parts:
        result = {"plan": plan, "diff": diff, "rules": rules}[part](asked.runs, sizes[part])
        line = json.dumps({"what": part, "at": datetime.now(UTC).isoformat(timespec="seconds"), **result,
                           "runs": asked.runs, "load": round(os.getloadavg()[0], 1)})  # fmt: skip
        print(line, flush=True)
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")


if __name__ == "__main__":
    main()
