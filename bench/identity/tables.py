"""The two tables of every data set: the records that are resolved, and whose they truly are."""

from __future__ import annotations

import argparse
from hashlib import blake2b
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

COLUMNS = (
    *("record_id", "source", "kind", "event_time"),
    *("full_name", "first_name", "infix", "last_name", "birth_date", "email", "phone"),
    *("street", "house_number", "house_addition", "postcode", "city", "country"),
    *("card_no", "prev_card_no", "client_id", "user_id", "receipt_id", "social_id", "consent_email"),
)
SCHEMA = pa.schema([(name, pa.timestamp("us") if name == "event_time" else pa.string()) for name in COLUMNS])
TRUTH = ("record_id", "source", "person_id", "household_id")


def hidden(source: str, key: object) -> str:
    """Return a record id that tells its source, and nothing of the person or the place in the file."""
    return f"{source}-{blake2b(f'{source}/{key}'.encode(), digest_size=8).hexdigest()}"


def written(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Write `{name}_records.parquet` and `{name}_truth.parquet`, in the order of the record ids."""
    ordered = table.sort_values("record_id").reset_index(drop=True)
    folder.mkdir(parents=True, exist_ok=True)
    records = pa.Table.from_pandas(ordered.assign(event_time=pd.NaT).reindex(columns=COLUMNS), SCHEMA, False)
    truth = pa.Table.from_pandas(ordered[[each for each in TRUTH if each in ordered]].astype(str), None, False)
    parquet.write_table(records, folder / f"{name}_records.parquet")
    parquet.write_table(truth, folder / f"{name}_truth.parquet")
    print(f"{name}: {len(ordered)} records of {ordered.person_id.nunique()} persons")


def folder_asked_for(about: str | None) -> Path:
    """Return the folder that the command names."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    return folder
