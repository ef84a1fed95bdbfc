"""Who is who, against Splink 5 and against DuckDB's bare work: `make bench-identity` (ARGS="retailer --runs 1").

Data come from packages and from the sandbox's population, with their truth; they are made once, in `bench/.data`. Every
run is the product's own command in a process of its own. Each part prints one JSON line, kept in
`results/identity.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from bench.identity.score import scored
from bench.whole import ROOT, BenchError, Took, environment, timed

DATA = ROOT / "bench" / ".data" / "identity"
RESULTS = ROOT / "bench" / "results" / "identity.jsonl"
SPLINK = ROOT / "bench" / "identity" / ".venv" / "bin" / "python"
PACKAGED = {"febrl4": ("febrl", True), "febrl3": ("febrl", False), "census": ("census", True)}
"""Data set: which module makes it, and whether it is two files to be linked."""

CLEAN = "accept: -2\nreview: -2\nname_only: -2\n"
"""Rules for two clean lists of everybody: a pair in doubt is one person, and a rare name is evidence."""


def prepared(name: str) -> tuple[Path, Path]:
    """Return records and truth of a packaged data set, made when they are not there."""
    records, truth = DATA / f"{name}_records.parquet", DATA / f"{name}_truth.parquet"
    if not records.exists():
        run = [SPLINK, "-m", f"bench.identity.{PACKAGED[name][0]}", DATA]
        subprocess.run([str(each) for each in run], cwd=ROOT, check=True, env={**os.environ, "TQDM_DISABLE": "1"})
    return records, truth


def population(records: int, seed: int) -> dict[str, Path]:
    """Return the files of a population: records, truth, changes, and the table after the changes."""
    files = {
        name: DATA / f"retailer_{records}_{seed}_{name}.parquet" for name in ("records", "truth", "changes", "after")
    }
    if not files["records"].exists():
        run = [sys.executable, "-m", "plugins.sandbox.population", "--records", records, "--seed", seed,
               "--out", files["records"], "--truth", files["truth"], "--changes", files["changes"]]  # fmt: skip
        subprocess.run([str(each) for each in run], cwd=ROOT, check=True)
        duckdb.execute(f"""COPY (
            SELECT * FROM '{files["records"]}' ANTI JOIN '{files["changes"]}' USING (record_id)
            UNION ALL SELECT * EXCLUDE (op) FROM '{files["changes"]}' WHERE op <> 'delete'
        ) TO '{files["after"]}' (FORMAT parquet)""")
    return files


def resolved(out: Path, records: Path, rules: Path | None = None, *more: str | Path) -> Took:
    """Run `rotonde resolve` on a table."""
    env = environment(DATA, **({"ROTONDE_RULES": str(rules)} if rules else {}))
    command = ["rotonde", "resolve", "--records", records, "--out", out, *more]
    return timed(command, env, ROOT, DATA / "ours.log")


def learnt(name: str, records: Path) -> Path:
    """Return a rules folder with the model that a table teaches, without its truth."""
    rules = DATA / f"{name}_rules"
    rules.mkdir(exist_ok=True)
    (rules / "identity.yml").write_text(CLEAN)
    command = ["rotonde", "identity", "learn", "--records", records]
    timed(command, environment(DATA, ROTONDE_RULES=str(rules)), ROOT, DATA / "learn.log")
    return rules


def score(truth: Path, answer: Path, is_link: bool) -> dict[str, Any]:
    with duckdb.connect() as engine:
        return scored(engine, f"'{truth}'", f"'{answer}'", is_link)


def packaged(name: str) -> Iterator[dict[str, Any]]:
    """Score the built-in model, and one learnt from the data without labels."""
    records, truth = prepared(name)
    out = DATA / f"{name}_answer.parquet"
    for model, rules in (("built in", None), ("learnt", learnt(name, records))):
        took = resolved(out, records, rules)
        found = score(truth, out, PACKAGED[name][1])
        yield {"part": name, "model": model, "p": found["p"], "r": found["r"], "f1": found["f1"], "wall": took.wall}


def retailer(records: int, seed: int, runs: int) -> Iterator[dict[str, Any]]:
    """Time and score a whole resolve, a step of 1 % changes, Splink and DuckDB's bare work, in turn."""
    files = population(records, seed)
    first, step, whole = (DATA / f"answer_{name}.parquet" for name in ("first", "step", "whole"))
    splink = DATA / "answer_splink.parquet"
    model = DATA / f"splink_{records}_{seed}.json"
    learning = _splink(files["records"], splink, model, files["truth"]) if not model.exists() else {}
    told_before = ("--previous", first, "--changes", files["changes"])
    sides: dict[str, Callable[[], dict[str, Any]]] = {
        "ours": lambda: _took(resolved(first, files["records"])),
        "step": lambda: _took(resolved(step, files["records"], None, *told_before)),
        "after": lambda: _took(resolved(whole, files["after"])),
        "splink": lambda: _splink(files["records"], splink, model, None),
        "floor": lambda: _took(timed([sys.executable, "-m", "bench.identity.floor", files["records"]],
                                     environment(DATA), ROOT, DATA / "floor.log")),
    }  # fmt: skip
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    for _ in range(runs):
        for name, run in sides.items():
            told[name].append(run())
    if _partition(step) != _partition(whole):
        raise BenchError("the step of changes gave other persons than all of it")
    wall = {name: statistics.median(each["wall"] for each in runs_) for name, runs_ in told.items()}
    yield {
        "part": "retailer", "records": records, "seed": seed, "runs": runs, "wall": wall,
        "ours / splink": round(wall["ours"] / wall["splink"], 3),
        "ours / floor": round(wall["ours"] / wall["floor"], 3),
        "step / after": round(wall["step"] / wall["after"], 3), "megabytes": max(each["mb"] for each in told["ours"]),
        "ours": score(files["truth"], first, False), "splink": score(files["truth"], splink, False),
        "splink learnt": learning,
    }  # fmt: skip


def _took(took: Took) -> dict[str, Any]:
    return {"wall": took.wall, "cpu": took.cpu, "mb": took.megabytes}


def _splink(records: Path, answer: Path, model: Path, truth: Path | None) -> dict[str, Any]:
    """Run Splink: with the truth it learns and picks its best threshold, without it only predicts and clusters."""
    best = model.with_suffix(".best")
    more = ["--truth", truth] if truth else ["--weight", best.read_text()]
    command = [SPLINK, "-m", "bench.identity.splink_baseline", "--kind", "retailer", "--records", records,
               "--answer", answer, "--model", model, *more]  # fmt: skip
    done = subprocess.run([str(each) for each in command], cwd=ROOT, check=True, capture_output=True, text=True,
                          env={**os.environ, "TQDM_DISABLE": "1"})  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    if truth:
        best.write_text(str(found["weight"]))
    return {**found, "wall": sum(value for name, value in found.items() if name in WORK)}


WORK = {"normalise_seconds", "predict_seconds", "cluster_seconds", "predict_and_cluster_seconds"}
"""What of Splink's time counts: its model is learnt before."""


def _partition(answer: Path) -> int:
    """Return a number that is the same for the same groups of records."""
    with duckdb.connect() as engine:
        found = engine.execute(
            "SELECT sum(hash(record_id, first))::TEXT FROM (SELECT record_id, min(record_id) OVER "
            "(PARTITION BY profile_id) AS first FROM read_parquet(?))", [str(answer)]
        ).fetchall()  # fmt: skip
    return int(found[0][0])


def main() -> int:
    """Run the parts that are asked for, all of them by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PACKAGED, "retailer", []], default=[])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    DATA.mkdir(parents=True, exist_ok=True)
    for name in options.parts or [*PACKAGED, "retailer"]:
        made = retailer(options.records, options.seed, options.runs) if name == "retailer" else packaged(name)
        for each in made:
            line = json.dumps({"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}", "load": os.getloadavg()[0], **each})
            print(line, flush=True)
            with RESULTS.open("a", encoding="utf-8") as kept:
                kept.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
