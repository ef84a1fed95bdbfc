"""The engine on Spark: the same rules, the same SQL, the same persons.

Spark works out a whole resolve and lays its tables into DuckDB as if DuckDB had made them: what comes later (ids,
changes, explanations) goes on there. sqlglot translates the statements. What DuckDB does in a way of its own (hashes,
accents, capitals, dates in many forms) DuckDB does on Spark's workers too: they need it, and pyarrow.

Tables lie as Parquet in a folder that the driver and every worker must reach.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import arrow_udf
from pyspark.sql.pandas.functions import ArrowUDFType
from sqlglot import exp, parse

from mappers.identity import engine, nodes
from mappers.identity.whole import SparkError

MASTER = "ROTONDE_SPARK_MASTER"
FOLDER = "ROTONDE_SPARK_FOLDER"
SETTINGS: Mapping[str, str] = {
    "spark.sql.ansi.enabled": "false",  # a wrong date is no date, as in DuckDB
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",  # its log would repeat what records say
    "spark.executor.syncLogLevel.enabled": "true",
}
DEPTH = 10_000
NEEDED = ("arrived", "ruling")
"""What the engine reads that it does not make."""
FOREIGN = {"lower": "string", "upper": "string", "strip_accents": "string", "hash": "bigint", "try_strptime": "date"}
"""Functions that DuckDB works out on Spark's workers, and what they give."""


def make(connection: duckdb.DuckDBPyConnection, rules: engine.Rules, step: Callable[[str], None]) -> None:
    """Resolve everything that arrived, as `engine.make` does; raises SparkError.

    `ROTONDE_SPARK_MASTER` says where (default `local[*]`), `ROTONDE_SPARK_FOLDER` where tables may lie meanwhile.
    """
    step("start")
    try:
        with warnings.catch_warnings(action="ignore"), _deep(), _folder() as folder, _session(folder) as session:
            _make(connection, Spark(session, folder), rules, step)
    except (PySparkException, Py4JError) as error:
        said = (error.getCondition() if isinstance(error, PySparkException) else None) or type(error).__name__
        raise SparkError(f"engine: Spark stopped with {said}; see its workers, or choose duckdb") from None
    step("")


def _make(
    connection: duckdb.DuckDBPyConnection, spark: Spark, rules: engine.Rules, step: Callable[[str], None]
) -> None:
    for name in _known(connection):
        files = spark.folder / name
        connection.execute(f"COPY (FROM {name}) TO '{files}' (FORMAT parquet, PER_THREAD_OUTPUT)")
        spark.show(name, files)
    engine.make(spark, rules, step)
    step("fetch")
    for name, files in spark.kept.items():
        connection.execute(f"CREATE OR REPLACE TABLE {name} AS FROM read_parquet('{files}/*.parquet')")
    connection.execute(f"CREATE OR REPLACE VIEW node AS {nodes.RAW}")


def _known(connection: duckdb.DuckDBPyConnection) -> list[str]:
    known = "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views()"
    return [name for name in NEEDED if (name,) in connection.execute(known).fetchall()]


@contextmanager
def _folder() -> Iterator[Path]:
    found = Path(tempfile.mkdtemp(prefix="rotonde-spark-", dir=os.environ.get(FOLDER)))
    try:
        yield found
    finally:
        shutil.rmtree(found, ignore_errors=True)


@contextmanager
def _deep() -> Iterator[None]:
    """Let sqlglot read calls that stand forty deep in one another."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@contextmanager
def _session(folder: Path) -> Iterator[SparkSession]:
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise SparkError("engine: Spark needs Java 17; install default-jre-headless, or choose duckdb")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ["SPARK_WORKER_DIR"] = str(folder / "workers")  # of workers on this machine
    builder = SparkSession.builder.appName("rotonde").master(os.environ.get(MASTER, "local[*]"))
    session = builder.config(map={**SETTINGS, "spark.sql.warehouse.dir": str(folder / "warehouse")}).getOrCreate()
    try:
        yield session
    finally:
        session.stop()


@dataclass(frozen=True, slots=True)
class Table:
    """What a query found."""

    rows: pa.Table

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return its rows."""
        return [tuple(row.values()) for row in self.rows.to_pylist()]

    def fetchnumpy(self) -> dict[str, Any]:
        """Return its columns, as numpy arrays."""
        return {name: self.rows[name].to_numpy() for name in self.rows.column_names}


NOTHING = Table(pa.table({}))


@dataclass
class Spark:
    """Takes the engine's statements as a connection to DuckDB does: `statements.Statements`."""

    session: SparkSession
    folder: Path
    kept: dict[str, Path] = field(default_factory=dict)
    """Where each table lies that is not temporary."""
    _functions: set[str] = field(default_factory=set)
    _written: int = 0

    def execute(self, query: str, parameters: Any = None, /) -> Table:
        """Do one or more statements and return what the last one found."""
        found = NOTHING
        for statement in parse(query, read="duckdb"):
            found = self._do(_bound(statement, parameters))
        return found

    def register(self, view_name: str, columns: Any, /) -> None:
        """Show columns as a table."""
        target = self._target(view_name)
        target.mkdir()
        pq.write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), target / "all.parquet")
        self.show(view_name, target)

    def unregister(self, view_name: str, /) -> None:
        """Show it no more."""
        self.session.catalog.dropTempView(view_name)

    def show(self, name: str, files: Path) -> None:
        """Show a folder of Parquet files as a table."""
        self.session.read.parquet(str(files)).createOrReplaceTempView(name)

    def _target(self, name: str) -> Path:
        self._written += 1
        return self.folder / f"{name}-{self._written}"

    def _do(self, statement: exp.Expr) -> Table:
        match statement:
            case exp.Create():
                self._create(statement)
            case exp.Insert():
                name = statement.this.name
                self._write(name, self.session.table(name).union(self._query(statement.expression)))
            case exp.Delete():
                self._write(statement.this.name, self._query(_left_by(statement)))
            case exp.Update():
                name = statement.this.name
                self._write(name, self._query(_changed_by(statement, self.session.table(name).columns)))
            case exp.Drop():
                (table,) = statement.find_all(exp.Table)
                self.session.catalog.dropTempView(table.name)
                self.kept.pop(table.name, None)
            case _:
                return Table(self._query(statement).toArrow())
        return NOTHING

    def _create(self, statement: exp.Create) -> None:
        if isinstance(statement.this, exp.Schema):
            name, query = statement.this.this.name, _empty(statement.this)
            if statement.args.get("exists") and self.session.catalog.tableExists(name):
                return
        else:
            name, query = statement.this.name, statement.expression
        if statement.kind == "VIEW":
            self._query(query).createOrReplaceTempView(name)
            return
        self._write(name, self._query(query), is_kept=not statement.find(exp.TemporaryProperty))

    def _write(self, name: str, found: DataFrame, *, is_kept: bool | None = None) -> None:
        """Write a table; unless it is said, it is kept if it was before."""
        target = self._target(name)
        found.write.parquet(str(target))
        self.show(name, target)
        if name in self.kept if is_kept is None else is_kept:
            self.kept[name] = target

    def _query(self, query: exp.Expr) -> DataFrame:
        return self.session.sql(query.transform(self._translated).sql(dialect="spark", identify=True))

    def _translated(self, node: exp.Expr) -> exp.Expr:
        """Return what Spark should read for one part of a query, where sqlglot knows no better."""
        if isinstance(node, exp.CTE):
            node.set("materialized", None)
        elif isinstance(node, exp.Window) and isinstance(node.this, exp.RowNumber) and not node.args.get("order"):
            return exp.func("monotonically_increasing_id")
        elif isinstance(node, exp.RegexpExtract) and isinstance(node.args.get("group"), exp.Array):
            return _groups(node)
        elif isinstance(node, exp.Levenshtein):
            return exp.func("levenshtein", _bytes(node.this), _bytes(node.expression))
        elif gives := _foreign(node):
            return self._by_duckdb(node, gives)
        return node

    def _by_duckdb(self, node: exp.Expr, gives: str) -> exp.Expr:
        """Return the call of a function in which DuckDB works out a part of a query."""
        given: list[exp.Expr] = []

        def asked(part: exp.Expr) -> exp.Expr:
            if isinstance(part, exp.Column | exp.Case | exp.Coalesce | exp.DPipe):
                given.append(part.copy())
                return exp.column(f"c{len(given) - 1}")
            return part

        sql = node.transform(asked).sql(dialect="duckdb")
        name = f"duckdb_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
        if name not in self._functions:
            self._functions.add(name)
            self.session.udf.register(name, arrow_udf(_working_out(sql), gives, ArrowUDFType.SCALAR))
        return exp.Anonymous(this=name, expressions=given)


def _foreign(node: exp.Expr) -> str:
    """Return what a part of a query gives that DuckDB must work out; nothing for any other part."""
    if isinstance(node, exp.Cast):  # a hash as a signed number, a moment as a date
        inner = node.this.this if isinstance(node.this, exp.BitwiseRightShift) else node.this
        name = inner.name.lower() if isinstance(inner, exp.Anonymous) else ""
        return FOREIGN[name] if name in ("hash", "try_strptime") else ""
    return FOREIGN.get(node.name.lower() if isinstance(node, exp.Anonymous) else node.key, "")


def _working_out(sql: str) -> Callable[..., pa.Array]:
    def work_out(*columns: pa.Array) -> pa.Array:
        given = pa.table({f"c{place}": column for place, column in enumerate(columns)})
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.register("given", given)
            return connection.execute(f"SELECT {sql} AS found FROM given").to_arrow_table()["found"].combine_chunks()

    return work_out


def _groups(node: exp.RegexpExtract) -> exp.Expr:
    """Return a struct of what a pattern found, by the names of its groups."""
    found = []
    for place, name in enumerate(node.args["group"].expressions, start=1):
        one = exp.RegexpExtract(
            this=node.this.copy(), expression=node.expression.copy(), group=exp.Literal.number(place)
        )
        found.append(exp.PropertyEQ(this=exp.to_identifier(name.name), expression=one))
    return exp.Struct(expressions=found)


def _bytes(text: exp.Expr) -> exp.Expr:
    """Return a text as one sign a byte: DuckDB's distance counts bytes, Spark's counts signs."""
    encoded = exp.func("encode", text.copy(), exp.Literal.string("utf-8"))
    return exp.func("decode", encoded, exp.Literal.string("iso-8859-1"))


def _left_by(statement: exp.Delete) -> exp.Expr:
    """Return the query of what a DELETE leaves."""
    is_gone = exp.Coalesce(this=exp.Paren(this=statement.args["where"].this), expressions=[exp.false()])
    return exp.select("*").from_(statement.this).where(exp.Not(this=is_gone))


def _changed_by(statement: exp.Update, columns: Sequence[str]) -> exp.Expr:
    """Return the query of what an UPDATE ... FROM makes of a table."""
    name, source = statement.this.name, statement.args["from_"].this
    found = exp.select("*", exp.alias_(exp.true(), "is_found")).from_(source.copy()).subquery(source.alias_or_name)
    new = {each.this.name: each.expression for each in statement.expressions}
    is_found = exp.column("is_found", source.alias_or_name)
    shown = [
        exp.case().when(is_found, new[each]).else_(exp.column(each, name)).as_(each)
        if each in new
        else exp.column(each, name)
        for each in columns
    ]
    return exp.select(*shown).from_(name).join(found, on=statement.args["where"].this, join_type="left")


def _empty(schema: exp.Schema) -> exp.Expr:
    """Return the query of an empty table."""
    columns = [exp.alias_(exp.cast(exp.null(), each.kind), each.name) for each in schema.expressions]
    return exp.select(*columns).where(exp.false())


def _bound(statement: exp.Expr | None, parameters: Any) -> exp.Expr:
    """Return a statement with its parameters, by name or in order, in their places."""
    assert statement is not None
    left = list(parameters) if isinstance(parameters, Sequence) else []

    def bind(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Placeholder):
            return exp.convert(parameters[node.name] if node.name else left.pop(0))
        return node

    return statement.transform(bind)
