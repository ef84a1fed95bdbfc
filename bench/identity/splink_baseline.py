"""Who is who by Splink 5 on DuckDB: `python -m bench.identity.splink_baseline --kind K --records R --answer A`."""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import splink
from splink import DuckDBAPI, Linker, SettingsCreator
from splink.internals.splink_dataframe import SplinkDataFrame

from bench.identity import normal, retail_normal
from bench.identity.models import Model, census, febrl
from bench.identity.retail_model import retailer
from bench.identity.score import scored
from bench.identity.sweep import SWEPT, best

SEED = 1
U_PAIRS = 1e7
EM_PAIRS = 2e6
KINDS = {
    "febrl": (normal.normalise, febrl),
    "census": (normal.normalise, census),
    "retailer": (retail_normal.normalise, retailer),
}
LEAST = 4.0  # the weight from which pairs are joined when nothing else is said


class Clock:
    """Seconds of wall time by what they went to."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        """Time what happens inside."""
        started = time.perf_counter()
        yield
        self.seconds[f"{what}_seconds"] = round(time.perf_counter() - started, 2)


def tables(con: duckdb.DuckDBPyConnection, link: bool) -> list[SplinkDataFrame]:
    """Return what Splink reads: the normal records, or those of each source when sources are linked."""
    api = DuckDBAPI(con)
    if not link:
        return [api.register("normal")]
    sources = [row[0] for row in con.execute("SELECT DISTINCT source FROM normal ORDER BY source").fetchall()]
    for source in sources:
        con.execute(f"CREATE TABLE of_{source} AS SELECT * FROM normal WHERE source = '{source}'")
    return [api.register(f"of_{source}", dataset_display_name=source) for source in sources]


def settings(model: Model, link: bool) -> SettingsCreator:
    """Return the model as Splink takes it, keeping no more columns than it must."""
    return SettingsCreator(
        link_type="link_only" if link else "dedupe_only",
        unique_id_column_name="record_id",
        comparisons=model.comparisons,
        blocking_rules_to_generate_predictions=model.blocking,
        retain_matching_columns=False,
        em_convergence=0.001,
    )


def learn(linker: Linker, model: Model) -> None:
    """Learn how common a match is, what agrees by chance, and what agrees in a match."""
    training = linker.training
    training.estimate_probability_two_random_records_match(model.certain, recall=model.recall)
    training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=SEED)
    for rule in model.training:
        training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=EM_PAIRS)


def answer(con: duckdb.DuckDBPyConnection, linker: Linker, pairs: SplinkDataFrame, weight: float) -> None:
    """Make the table `answer` of the clusters that pairs of this weight and more hold together."""
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_weight=weight)
    con.execute(
        "CREATE OR REPLACE TABLE answer AS"
        f" SELECT record_id, cluster_id AS profile_id FROM {clusters.physical_name} ORDER BY record_id"
    )


def resolved(con: duckdb.DuckDBPyConnection, options: argparse.Namespace) -> dict[str, Any]:
    """Learn unless it was learnt, find the pairs and the clusters, and return the times and the figures."""
    normalise, model_of = KINDS[options.kind]
    clock, model, told, truth = Clock(), model_of(), dict[str, Any](), f"'{options.truth}'"
    with clock.on("normalise"):
        con.execute(f"CREATE VIEW raw AS FROM '{options.records}'")
        normalise(con)
    is_learnt = options.model is not None and options.model.exists()
    chosen = options.model if is_learnt else settings(model, options.link)
    linker = Linker(tables(con, options.link), chosen, log_level=options.log)
    if not is_learnt:
        with clock.on("train"):
            learn(linker, model)
        if options.model:
            linker.misc.save_model_to_json(str(options.model))
    swept = options.weight is None and options.truth is not None
    weight = LEAST if options.weight is None else options.weight
    with clock.on("predict"):
        pairs = linker.inference.predict(threshold_match_weight=SWEPT[0] if swept else weight)
    if swept:
        told = best(con, pairs.physical_name, truth, options.link)
        weight = told["weight"]
    with clock.on("cluster"):
        answer(con, linker, pairs, weight)
    if options.truth:
        told |= scored(con, truth, "answer", options.link)
    return {"weight": weight, "pairs": _count(con, pairs.physical_name), **clock.seconds, **told}


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def asked() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--records", type=Path, required=True)
    parser.add_argument("--answer", type=Path, required=True, help="parquet that is written: record_id, profile_id")
    parser.add_argument("--truth", type=Path, help="score against it, and without a weight find the best one by it")
    parser.add_argument("--link", action="store_true", help="look for pairs across sources only")
    parser.add_argument("--model", type=Path, help="JSON: used when it exists, else written")
    parser.add_argument("--weight", type=float, help=f"join pairs of this match weight and more; {LEAST} by default")
    parser.add_argument("--log", default="ERROR")
    return parser.parse_args()


def main() -> None:
    """Write the answer and print what it took and how right it is as one line of JSON."""
    options = asked()
    con = duckdb.connect()
    told = resolved(con, options)
    con.execute(f"COPY answer TO '{options.answer}'")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    versions = {"splink": splink.__version__, "duckdb": duckdb.__version__, "load": round(os.getloadavg()[0], 1)}
    print(json.dumps({"kind": options.kind, "records_file": options.records.name, **told, "peak_mb": peak, **versions}))


if __name__ == "__main__":
    main()
