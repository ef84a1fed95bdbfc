"""What a process that serves takes does not grow with the shop."""

from __future__ import annotations

import subprocess
import sys

import duckdb
import pytest

from plugins.store.engine import open_store
from plugins.store.people import tell
from plugins.store.shown import shown_path

PERSONS, EVERY = 150_000, 900
WIDE = ", ".join(f"repeat('x', 240) || p AS fact_{place}" for place in range(8))
CONSOLE = """
import plugins.console.__main__
from plugins.console.looking import Looking
from plugins.store.people import told_of

look = Looking(store)
for person in people:
    assert len(told_of(store, "trait", person)) == 1
assert look.rows(f"SELECT {', '.join(f'max(fact_{place})' for place in range(8))} FROM trait")
"""
API = """
import plugins.api.__main__
from plugins.store.people import told_of

for person in people:
    assert told_of(store, "trait", person)
"""
AROUND = """
import sys
from pathlib import Path

from plugins.store.engine import open_store

store = open_store(sys.argv[1])
people = [f"p{{number}}" for number in range(0, {persons}, {every})]
{looks}
print(int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024)
"""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The store of a shop of which more is known than a process that serves may hold."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('crowd')}/store.db")
    with duckdb.connect(str(shown_path(store)), config={"memory_limit": "1GB"}) as engine:
        engine.execute("SET force_compression = 'uncompressed'")
        engine.execute("CREATE TABLE mirrored AS SELECT 'consent' AS entity, 1 AS row_seq")
        engine.execute(f"CREATE TABLE trait AS SELECT 'p' || p AS profile_id, {WIDE} FROM range({PERSONS}) AS t(p)")
        tell(engine, store)
    assert shown_path(store).stat().st_size > 200 << 20
    return str(store.engine.url)


@pytest.mark.parametrize(("looks", "ceiling_megabytes"), [(CONSOLE, 300), (API, 200)], ids=["console", "api"])
def test_o1_a_process_that_serves_stays_under_its_ceiling_however_many_persons_there_are(
    crowd: str, looks: str, ceiling_megabytes: int
) -> None:
    program = AROUND.format(persons=PERSONS, every=EVERY, looks=looks)
    done = subprocess.run([sys.executable, "-c", program, crowd], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert int(done.stdout) < ceiling_megabytes
