"""Parquet files of records and of their truth."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from plugins.sandbox.population.arrays import Texts
from plugins.sandbox.population.records import Records
from plugins.sandbox.population.sheet import COLUMNS


def write_records(records: Records, path: Path, **more: Texts) -> None:
    """Write records, with more columns of text before them."""
    columns = {name: pa.array(values, pa.string()) for name, values in more.items()}
    for name in COLUMNS:
        is_time = name == "event_time"
        columns[name] = (
            pa.array(records.moment.astype("datetime64[us]"))
            if is_time
            else pa.array(records.columns[name], pa.string())
        )
    _write(columns, path)


def write_truth(records: Records, path: Path) -> None:
    """Write who each record is of, where they live, and what went wrong with it."""
    told = {
        "record_id": records.columns["record_id"],
        "person_id": records.person,
        "household_id": records.household,
        "kind": records.columns["kind"],
        "trouble": records.trouble,
    }
    _write({name: pa.array(values, pa.string()) for name, values in told.items()}, path)


def _write(columns: dict[str, pa.Array], path: Path) -> None:
    parquet.write_table(pa.table(columns), path, compression="zstd")
