"""Each broken set-up gets its line: what is wrong and what to do; a good one is green."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from plugins.health import configured, machine, stored
from plugins.health.doctor import examine
from plugins.health.finding import Finding, worst
from plugins.hub.resolving import resolve
from plugins.store.ballast import ballast_path
from plugins.store.engine import Store
from plugins.store.mirror import mirror_path, open_mirror
from plugins.store.suppression import suppress
from plugins.store.times import now, utc_text
from tests.making import hub_on, keep, person
from tests.plugins.health.conftest import Rotonde

ROOT = Path(__file__).parents[3]
SHOP = """
plugins:
  extractors:
  - name: tap-shop
    namespace: tap_shop
    settings_group_validation: [[api_url, key]]
    settings:
    - {name: api_url, value: "https://shop.example"}
    - {name: key, sensitive: true}
    - {name: other_key, sensitive: true}
"""
PROJECT = """
jobs: [{name: sync, tasks: [x]}]
schedules: [{name: round, interval: "*/15 * * * *", job: sync}]
include_paths: [taps/*/meltano.yml]
"""


@pytest.fixture
def project(rotonde: Rotonde, sqlite_store: Store, rules: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project in which all is well: a shop that is set up, a store that is resolved."""
    for name in [each for each in os.environ if each.startswith(("TAP_", "TARGET_", "OTEL_", "ROTONDE_LOG"))]:
        monkeypatch.delenv(name)
    folder = rotonde.folder
    folder.chmod(0o700)
    before = os.umask(0o077)
    (folder / "meltano.yml").write_text(PROJECT)
    (folder / "taps" / "shop").mkdir(parents=True)
    (folder / "taps" / "shop" / "meltano.yml").write_text(SHOP)
    monkeypatch.setenv("TAP_SHOP_KEY", "kanarie-geheim")
    for path in (sqlite_store.path, *folder.glob("store.db-*")):
        path.chmod(0o600)
    ballast_path(sqlite_store).touch()
    hub = hub_on(sqlite_store, rules)
    with open_mirror(sqlite_store) as engine:
        resolve(engine, sqlite_store, hub.meaning, now(), {})
    yield folder
    os.umask(before)


def lines(root: Path, **more: Any) -> dict[str, Finding]:
    return {each.about: each for each in examine(root, **more)}


def seen(root: Path, about: str, colour: str, *words: str) -> None:
    found = lines(root)[about]
    assert found.colour == colour, found
    assert [word for word in words if word not in str(found)] == []


def test_a_good_set_up_is_green_but_for_a_scheduler_that_is_not_at_work(project: Path) -> None:
    found = lines(project)
    amiss = {about: str(each) for about, each in found.items() if each.colour != "green"}
    assert amiss.keys() <= {"scheduler", "disk"}, amiss
    assert found["tap-shop"].told == "key set, other_key not set"


def test_s1_no_value_of_a_secret_is_said_in_any_form(project: Path, rotonde: Rotonde) -> None:
    said = rotonde("doctor").output + rotonde("doctor", "--json").output
    assert "tap-shop" in said
    assert "kanarie-geheim" not in said


def test_the_exit_code_is_that_of_the_worst_line(project: Path, rotonde: Rotonde) -> None:
    assert [worst([Finding("green", "a", "b")]), worst([])] == [0, 0]
    assert rotonde("doctor").exit_code == 1
    (project / "meltano.yml").unlink()
    done = rotonde("doctor", "--json")
    assert done.exit_code == 2
    assert {(each["about"], each["cure"]) for each in json.loads(done.stdout) if each["colour"] == "red"} == {
        ("project", "run it in the project's folder")
    }


def test_packages_that_are_not_as_locked_are_named(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        'click==0.1 \\\n    --hash=sha256:x\nnever-there==1.0 ; sys_platform == "win32" \\\nclickhouse==1\n'
    )
    found = machine.packages(lock)
    assert (found.colour, found.told) == ("red", "not as locked: click, clickhouse")
    assert machine.packages(tmp_path / "none").colour == "yellow"


def test_what_is_installed_here_is_as_locked() -> None:
    assert machine.packages(ROOT / "requirements.lock").colour == "green"


def test_a_store_that_is_not_there_is_not_made(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROTONDE_DATABASE_URL", "sqlite:///away/store.db")
    seen(project, "store", "red", "there is none yet", "rotonde sync")
    assert not (project / "away").exists()


@pytest.mark.parametrize("url", ["mysql://x/y", "no address at all", "postgresql://hub:kanarie@127.0.0.1:9/hub"])
def test_a_store_that_cannot_be_opened_is_said_without_its_password(
    project: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("ROTONDE_DATABASE_URL", url)
    seen(project, "store", "red", "ROTONDE_DATABASE_URL")
    assert "kanarie" not in str(lines(project)["store"])


@pytest.mark.parametrize(("revision", "colour"), [("0001", "yellow"), ("9999", "red")])
def test_a_store_of_another_revision_is_told(project: Path, sqlite_store: Store, revision: str, colour: str) -> None:
    with sqlite_store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": revision})
    seen(project, "revision", colour, revision)


def test_a_broken_file_is_found(project: Path, sqlite_store: Store) -> None:
    keep(sqlite_store, *(person(f"{each}") for each in range(300)))
    sqlite_store.close()
    with sqlite_store.path.open("r+b") as file:
        file.seek(-8 * 4096, os.SEEK_END)
        file.write(b"\xff" * 4096 * 8)
    (integrity, _) = stored.integrity(sqlite_store)
    assert (integrity.colour, integrity.told) == ("red", "the file is broken")


def test_a_journal_mode_other_than_wal_is_found(project: Path, sqlite_store: Store) -> None:
    (_, mode) = stored.integrity(sqlite_store)
    assert (mode.about, mode.colour) == ("journal mode", "green")


def test_a_postgresql_that_is_new_enough_is_told(store: Store) -> None:
    if not store.is_sqlite:
        (found,) = stored.integrity(store)
        assert (found.colour, found.told[:11]) == ("green", "PostgreSQL ")
    assert stored.clocks(store).colour == "green"
    assert stored.clocks(store, lambda: now() + timedelta(hours=2)).colour == "red"


def test_a_suppression_key_that_is_lost_is_found(project: Path, sqlite_store: Store) -> None:
    with sqlite_store.writing() as connection:
        suppress(connection, sqlite_store, [("email", "ann@example.nl")], "objected", utc_text(now()))
    seen(project, "suppression key", "green")
    (project / "suppression.key").write_text("another")
    seen(project, "suppression key", "red", "put back suppression.key")


def test_a_mirror_that_is_broken_or_old_or_not_there_is_found(project: Path, sqlite_store: Store) -> None:
    path = mirror_path(sqlite_store)
    with sqlite_store.writing() as connection:
        connection.execute(text("UPDATE resolve_run SET fingerprint = 'another'"))
    seen(project, "mirror", "yellow", "rotonde resolve")
    path.write_bytes(b"no mirror" * 1000)
    assert lines(project)["mirror"].colour != "green"
    path.unlink()
    seen(project, "mirror", "yellow", "nothing is resolved yet")


@pytest.mark.parametrize("name", ["store.db", "suppression.key", ".env", "logs/ingest-shop.log"])
def test_s2_a_file_that_others_may_read_is_found(project: Path, name: str) -> None:
    path = project / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    path.chmod(0o640)
    seen(project, "files", "red", path.name, "chmod")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_settings_that_a_killed_run_left_in_clear_are_found(project: Path) -> None:
    left = project / ".meltano" / "run" / "tap-shop"
    left.mkdir(parents=True)
    (left / "tap.1.config.json").write_text("{}")
    seen(project, ".meltano/run", "red", "1 files", "rotonde sync")


@pytest.mark.parametrize(("free", "colour"), [(1 << 20, "red"), (128 << 20, "yellow"), (1 << 40, "green")])
def test_a_disk_that_is_nearly_full_is_told(sqlite_store: Store, free: int, colour: str) -> None:
    (disk, ballast) = machine.disk(sqlite_store, free)
    assert disk.colour == colour
    assert (ballast.about, ballast.colour) == ("ballast", "yellow")


def test_rules_that_cannot_be_read_are_told_with_their_line(project: Path, rules: Path) -> None:
    path = next((rules / "audiences").glob("*.yml"))
    path.write_text(path.read_text() + "\nonlyif: x\n")
    seen(project, "rules", "red", path.name, "onlyif")


def test_an_example_that_does_not_hold_is_counted(project: Path, rules: Path) -> None:
    shutil.rmtree(rules)
    shutil.copytree(ROOT / "sync_rules", rules)
    path = rules / "audiences" / "gone_quiet.yml"
    path.write_text(path.read_text().replace("expect: in", "expect: out"))
    seen(project, "rules", "red", "examples do not hold", "rotonde test")


def test_settings_that_are_missing_are_named_with_their_variable(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TAP_SHOP_KEY")
    seen(project, "tap-shop", "green", "not set up")
    monkeypatch.setenv("TAP_SHOP_OTHER_KEY", "kanarie-geheim")
    seen(project, "tap-shop", "red", "lacks key", "key not set", "other_key set", "TAP_SHOP_KEY")


@pytest.mark.parametrize("url", ["http://shop.example", "shop.example", "ftp://shop.example"])
def test_an_address_that_is_not_safe_is_found(project: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("TAP_SHOP_API_URL", url)
    seen(project, "tap-shop", "red", "https")


def test_schedules_that_cannot_be_read_are_told(project: Path) -> None:
    (project / "meltano.yml").write_text(PROJECT.replace("*/15 * * * *", "sometimes"))
    seen(project, "schedules", "red", "sometimes")
    (project / "meltano.yml").write_text("include_paths: []\n")
    seen(project, "schedules", "yellow")


@pytest.mark.parametrize(
    ("name", "value", "about", "colour"),
    [
        ("ROTONDE_LOG", "xml", "log", "yellow"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "traces", "red"),
        ("ROTONDE_METRICS_KEY", "short", "metrics", "red"),
    ],
)
def test_a_wrong_setting_of_who_watches_is_found(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, about: str, colour: str
) -> None:
    monkeypatch.setenv(name, value)
    assert {each.about: each for each in configured.watching(os.environ)}[about].colour == colour


def test_online_a_vendor_that_does_not_answer_and_a_key_that_reads_nothing_are_found() -> None:
    assert configured.answering("tap-shop", "http://127.0.0.1:9").colour == "red"
    assert configured.reading("tap-shop", lambda _: 1).colour == "red"
    assert configured.reading("tap-shop", lambda _: 0).colour == "green"
