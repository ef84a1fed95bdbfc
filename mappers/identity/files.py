"""A table of source records resolved by itself: Parquet in, Parquet out, by the same engine as the hub's.

The answer has one row per record: `record_id`, `profile_id`, `rule` (what ties it to its profile: the fields that
agree, the identifier that points, or `alone`) and `weight` (log2 odds of its best tie, null where none is weighed).
Beside the answer lies its working state (`ANSWER.state`, derived, may be deleted), so that changes to the table are
resolved by looking only at what they touch.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Collection
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from mappers.identity import engine, naming, ties, whole
from mappers.identity.learning import learn_from
from mappers.identity.model import Model
from mappers.identity.normal import TEXTS

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "900MB", "preserve_insertion_order": "false", "force_compression": "uncompressed",
    "checkpoint_threshold": "4GB",
}  # fmt: skip
OPERATIONS = ("insert", "update", "delete")
UNREAD = {"source", "kind", "event_time", "consent_email", "op"}
"""Columns that say nothing about who it is."""
LATER = """
CREATE OR REPLACE TEMP TABLE later AS
SELECT change.* EXCLUDE (row), coalesce(record.n, row + 1 + (SELECT coalesce(max(n), -1) FROM record)) AS n
FROM change LEFT JOIN record USING (record_id);
CREATE OR REPLACE TEMP TABLE gone AS SELECT n FROM later SEMI JOIN record USING (n);
CREATE OR REPLACE TEMP VIEW arrived AS SELECT *, false AS is_decided FROM later WHERE op <> 'delete'
"""
MARK = "SELECT decode(value) FROM parquet_kv_metadata($file) WHERE decode(key) = 'rotonde'"
"""An answer's own mark: a state belongs to the answer that has the same, and the same size."""
ANSWER = """
COPY (
  SELECT record_id, person.profile_id, coalesce(tie.rule, attached.rule, 'alone') AS rule, tie.weight
  FROM grouped JOIN record USING (n) JOIN person ON person.p = grouped.label JOIN unit USING (h)
  LEFT JOIN tie USING (x) LEFT JOIN attached USING (x)
) TO '{out}' (FORMAT parquet, KV_METADATA {{rotonde: '{mark}'}})
"""

REMEMBERED = (
    "CREATE OR REPLACE TEMP TABLE is_now AS SELECT n, profile_id FROM grouped JOIN person ON p = label "
    "ANTI JOIN was USING (n, profile_id)",
    "DELETE FROM was WHERE n IN (SELECT n FROM is_now) OR n NOT IN (SELECT n FROM grouped)",
    "INSERT INTO was FROM is_now",
)


class TableError(Exception):
    """A table that cannot be resolved: where, what, and what to do."""


@dataclass
class Answer:
    """What resolving a table came to."""

    records: int = 0
    profiles: int = 0
    changed: int = 0
    was_incremental: bool = False
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """The answer before, and what changed since."""

    previous: Path
    changes: Path


def resolve_table(
    records: Path,
    out: Path,
    rules: engine.Rules,
    now: datetime,
    change: Change | None = None,
    step: Callable[[str], None] = lambda _name: None,
) -> Answer:
    """Resolve a table, or what changed in it; raises TableError, and then nothing is written.

    Spark works everything out anew, with the same ids.
    """
    answer = Answer()
    work = out.with_name(out.name + ".making")
    work.unlink(missing_ok=True)
    kept = _usable_state(change, rules) if change and rules.engine == "duckdb" else None
    if kept:
        shutil.copyfile(kept, work)
    try:
        with closing(duckdb.connect(str(work), config=SETTINGS)) as connection:
            step("read")
            _resolve(connection, records, rules, now, change, answer, step, is_kept=kept is not None)
            step("answer")
            _write(connection, out, rules, answer)
            step("state")
        work.replace(state_of(out))
    finally:
        work.unlink(missing_ok=True)
    step("")
    return answer


def state_of(answer: Path) -> Path:
    """Return where an answer's working state lies."""
    return answer.with_name(answer.name + ".state")


def _resolve(
    connection: duckdb.DuckDBPyConnection,
    records: Path,
    rules: engine.Rules,
    now: datetime,
    change: Change | None,
    answer: Answer,
    step: Callable[[str], None],
    *,
    is_kept: bool,
) -> None:
    if change:
        _read_changes(connection, change.changes, answer)
    if change and is_kept:
        connection.execute(LATER)
        answer.was_incremental = engine.update(connection, rules, step)
    if not answer.was_incremental:
        _read_all(connection, records, change, answer)
        whole.make(connection, rules, step)
    step("ids")
    naming.name(connection, now, is_partial=answer.was_incremental)


def _usable_state(change: Change, rules: engine.Rules) -> Path | None:
    """Return the state of the previous answer, if it is of these rules and of just that answer."""
    state = state_of(change.previous)
    if not state.is_file():
        return None
    try:
        with closing(duckdb.connect(str(state), read_only=True)) as connection:
            made = connection.execute("SELECT form, mark, size FROM answered_as").fetchall()
            found = connection.execute(MARK, {"file": str(change.previous)}).fetchall()
    except duckdb.Error:
        return None
    return state if made == [(rules.version, *(each for (each,) in found), change.previous.stat().st_size)] else None


def _table(connection: duckdb.DuckDBPyConnection, name: str, file: Path, answer: Answer, *more: str) -> None:
    """Show a Parquet file as a view with the columns we know, all text, and its row number; raises TableError."""
    try:
        found = connection.execute("DESCRIBE SELECT * FROM read_parquet($file)", {"file": str(file)}).fetchall()
    except duckdb.Error:
        raise TableError(f"{file}: is not a Parquet table; write one with the columns of the docs") from None
    columns = [each[0] for each in found]
    for needed in ("record_id", *more):
        if needed not in columns:
            raise TableError(f"{file}: has no column {needed}; add it")
    if extra := sorted(set(columns) - {"record_id", *TEXTS, *more} - UNREAD):
        answer.notes.append(f"{file.name}: ignored {', '.join(extra)}")
    shown = [_shown(each, columns) for each in ("record_id", *more, *TEXTS)]
    path = str(file).replace("'", "''")
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {', '.join(shown)}, file_row_number AS row "
        f"FROM read_parquet('{path}', file_row_number = true)"
    )
    _check_ids(connection, name, file)


def _shown(column: str, columns: Collection[str]) -> str:
    return f'CAST("{column}" AS TEXT) AS {column}' if column in columns else f"NULL::TEXT AS {column}"


def _check_ids(connection: duckdb.DuckDBPyConnection, name: str, file: Path) -> None:
    counts = f"SELECT count(*) - count(record_id), count(record_id) - count(DISTINCT record_id) FROM {name}"
    missing, repeated = connection.execute(counts).fetchall()[0]
    if missing or repeated:
        told = f"{missing:,} rows have no record_id, {repeated:,} repeat one"
        raise TableError(f"{file}: {told}; give each row its own")


def _read_changes(connection: duckdb.DuckDBPyConnection, changes: Path, answer: Answer) -> None:
    _table(connection, "change", changes, answer, "op")
    unknown = f"SELECT count(*) FROM change WHERE op IS NULL OR op NOT IN {OPERATIONS}"
    if wrong := connection.execute(unknown).fetchall()[0][0]:
        raise TableError(f"{changes}: {wrong:,} rows with another op; write insert, update or delete")
    answer.changed = connection.execute("SELECT count(*) FROM change").fetchall()[0][0]


def _read_all(connection: duckdb.DuckDBPyConnection, records: Path, change: Change | None, answer: Answer) -> None:
    """Show every record as it is now as `arrived`, and the profile it had as `was`."""
    _table(connection, "before", records, answer)
    columns = ", ".join(("record_id", *TEXTS))
    now = f"SELECT row AS n, {columns} FROM before"
    if change:
        now += (
            f" ANTI JOIN change USING (record_id) UNION ALL SELECT row + (SELECT count(*) FROM before), {columns} "
            "FROM change WHERE op <> 'delete'"
        )
    connection.execute(f"CREATE OR REPLACE TEMP VIEW arrived AS SELECT *, false AS is_decided FROM ({now})")
    connection.execute("CREATE OR REPLACE TABLE was (n BIGINT, profile_id TEXT)")
    connection.execute("CREATE OR REPLACE TABLE minted (id TEXT, minted_at TEXT)")
    if change:
        found = "SELECT n, profile_id FROM read_parquet($file) JOIN arrived USING (record_id)"
        connection.execute(f"INSERT INTO was {found}", {"file": str(change.previous)})


def _write(connection: duckdb.DuckDBPyConnection, out: Path, rules: engine.Rules, answer: Answer) -> None:
    ties.best(connection, rules.thresholds.accept)
    making, mark = out.with_name(out.name + ".part"), uuid.uuid4().hex
    connection.execute(ANSWER.format(out=str(making).replace("'", "''"), mark=mark))
    made = [rules.version, mark, making.stat().st_size]
    connection.execute("CREATE OR REPLACE TABLE answered_as AS SELECT ? AS form, ? AS mark, ? AS size", made)
    making.replace(out)
    for statement in REMEMBERED:
        connection.execute(statement)
    counts = "SELECT (SELECT count(*) FROM grouped), (SELECT count(*) FROM person)"
    answer.records, answer.profiles = connection.execute(counts).fetchall()[0]


def learn_table(records: Path, rules: engine.Rules) -> Model:
    """Return what a table of records teaches about agreement; raises TableError."""
    with closing(duckdb.connect()) as connection:
        _read_all(connection, records, None, Answer())
        engine.make(connection, rules)
        return learn_from(connection)
