"""Write a population: `python -m plugins.sandbox.population --records 100000 --seed 7 --out FILE --truth FILE`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from plugins.sandbox.population import Population
from plugins.sandbox.population.changes import changed
from plugins.sandbox.population.files import write_records, write_truth


def main(arguments: list[str] | None = None) -> int:
    """Write records and their truth, and what changes a day later."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True, help="Parquet file for the records")
    parser.add_argument("--truth", type=Path, required=True, help="Parquet file for who each record is of")
    parser.add_argument("--changes", type=Path, help="Parquet file for what changes in the days after")
    parser.add_argument("--changes-truth", type=Path, help="Parquet file for who the new records are of")
    parser.add_argument(
        "--share", type=float, default=0.01, help="how many changes there are, as a share of the records"
    )
    options = parser.parse_args(arguments)
    population = Population.of(options.records, options.seed)
    write_records(population.records, options.out)
    write_truth(population.records, options.truth)
    if options.changes or options.changes_truth:
        changes = changed(population, options.share)
        if options.changes:
            write_records(changes.records, options.changes, op=changes.op)
        if options.changes_truth:
            write_truth(changes.inserted, options.changes_truth)
    return 0


if __name__ == "__main__":
    sys.exit(main())
