"""Secrets and persons stay where they belong: in the store and on the wire to their vendor, nowhere else."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ruamel.yaml import YAML

from plugins.hub.cli import main
from plugins.sandbox.fiction import Fiction
from plugins.store.engine import open_store
from tests.road.stage import ROOT, Stage, act, customer, orders, reader, withdrawal
from tests.road.world import LONGEST_SECONDS, World, own_project, project_environment, vendors

SECRET_NAME = re.compile(r"key|secret|token|password|credential|database_url", re.IGNORECASE)
MAIL, PHONE, NAME, CARD = "kanarie.zeldzaam@example.nl", "+31698765432", "Kanarievogel", "2055000099999"
PERSON = re.compile(rb"kanarie|98765432|2055000099999", re.IGNORECASE)
SECRETS = {"tilroy": "canary-secret-of-the-till", "woocommerce": "cs_" + "c4" * 20, "mailchimp": "ca" * 16 + "-us6"}
SECRET = re.compile(b"|".join(re.escape(each.encode()) for each in SECRETS.values()))


def settings() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(ROOT.glob("t*/*/meltano.yml")):
        plugins = (YAML(typ="safe").load(path) or {}).get("plugins", {})
        for kind in ("extractors", "loaders"):
            for plugin in plugins.get(kind, ()):
                for each in plugin.get("settings", ()):
                    yield f"{plugin['name']}: {each['name']}", each


def test_s4_every_setting_that_names_a_secret_is_sensitive() -> None:
    secret = {name: each for name, each in settings() if SECRET_NAME.search(name.partition(": ")[2])}
    assert len(secret) >= 7
    assert [name for name, each in secret.items() if each.get("sensitive") is not True] == []
    assert [name for name, each in settings() if SECRET_NAME.search(name) and each.get("value")] == []


def test_s1_no_committed_file_holds_a_key() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    looks = re.compile(r"\b[0-9a-f]{32}-us\d+\b|\bc[ks]_[0-9a-f]{40}\b|-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}")
    tracked = [ROOT / name for name in listed if (ROOT / name).is_file()]
    found = {path: set(looks.findall(path.read_text("utf-8", "replace"))) for path in tracked}
    flat = {(str(path.relative_to(ROOT)), key) for path, keys in found.items() for key in keys}
    assert {(path, key) for path, key in flat if len(set(key.partition("-")[0].removeprefix("ck_"))) > 6} == set()


@pytest.fixture
def guarded(fiction: Fiction, tmp_path: Path) -> Iterator[World]:
    """A world whose keys are canaries."""
    with vendors(fiction) as opened:
        opened.tilroy.bearer = opened.tilroy.tenant_key = opened.tilroy.gateway_key = SECRETS["tilroy"]
        opened.woocommerce.consumer_secret = SECRETS["woocommerce"]
        opened.mailchimp.api_key = SECRETS["mailchimp"]
        yield _Guarded(tmp_path, f"sqlite:///{tmp_path}/home/store.db", opened)


class _Guarded(World):
    def _file(self, program: str, config: Any = None) -> str:
        mine = {"tilroy": {"tenant_key": SECRETS["tilroy"], "gateway_key": SECRETS["tilroy"],
                           "bearer_token": SECRETS["tilroy"], "start_date": "2099-01-01"},
                "woocommerce": {"consumer_secret": SECRETS["woocommerce"]},
                "mailchimp": {"api_key": SECRETS["mailchimp"]}}[program.rpartition("-")[2]]  # fmt: skip
        return super()._file(program, {**mine, **(config or {})})


@pytest.mark.parametrize("system", ["tilroy", "woocommerce", "mailchimp"])
@pytest.mark.parametrize("status", [200, 401, 500])
def test_s1_no_secret_is_said_whatever_the_vendor_answers(guarded: World, system: str, status: int) -> None:
    stand_in = vars(guarded.vendors)[system]
    if status != 200:
        stand_in.faults.add(times=999, status=status, body=json.dumps({"echo": SECRETS[system], "mail": MAIL}))
    run = guarded.ingest(system)[0]
    if system == "mailchimp":
        run = guarded.push()
    assert run.codes[0] == 0 or status != 200
    assert not SECRET.search("".join(guarded.said).encode())
    assert not [path for path in (guarded.folder / "home").rglob("*") if path.is_file()
                and SECRET.search(path.read_bytes())]  # fmt: skip


def test_s2_files_are_for_their_owner_only(stage: Stage, tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    environment = {**stage.environment(), "ROTONDE_DATABASE_URL": f"sqlite:///{home}/store.db"}
    old = os.umask(0o022)
    try:
        for command in (["resolve"], ["plan"], ["status"]):
            subprocess.run([sys.executable, "-m", "plugins.hub.cli", *command], cwd=ROOT, env=environment, check=True,
                           capture_output=True)  # fmt: skip
    finally:
        os.umask(old)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [home, *home.rglob("*")]}
    assert {"store.db", "store.duckdb"} <= set(modes)
    assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}


def broken_lines() -> list[bytes]:
    """Return lines about one canary person, each broken in another way."""
    person = {"source": "woocommerce", "source_id": "1", "stream": "customers", "seen_at": "2026-03-01T00:00:00Z",
              "email": MAIL, "phone": PHONE, "last_name": NAME, "card": CARD}  # fmt: skip
    wrong: list[Any] = [
        person | {"changed_at": "somewhen"}, person | {"email": 7, "email_given": MAIL}, person | {"unheard_of": MAIL},
        {name: value for name, value in person.items() if name != "source_id"}, person | {"birth_date": "0000-00-00"},
        person | {"is_active": "perhaps"}, [person], MAIL, person | {"first_name": "\ud800"}, person | {"raw": NAME},
    ]  # fmt: skip
    lines = [json.dumps({"type": "RECORD", "stream": "customer", "record": each}).encode() for each in wrong]
    lines += [json.dumps({"type": "RECORD", "stream": "unheard_of", "record": person}).encode()]
    text = lines[0]
    return [*lines, text[:-5], text + b"}", b"", b"null", b'"' + MAIL.encode() + b'"', text.replace(b'"7"', b"NaN"),
            MAIL.encode(), b"\xff\xfe" + MAIL.encode(), b'{"type":"BATCH","stream":"' + MAIL.encode() + b'"}',
            b'{"type":"' + MAIL.encode() + b'"}', b"[" * 5000, text.replace(b'"record"', b'"recorded"')]  # fmt: skip


def outputs(stage: Stage, command: list[str], feed: bytes = b"") -> bytes:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=stage.environment(), input=feed,
                          capture_output=True, timeout=LONGEST_SECONDS)  # fmt: skip
    return done.stderr + (b"" if "mapper.py" in command[0] else done.stdout)


def test_s5_d9_a_canary_person_in_bad_input_is_said_nowhere(stage: Stage, tmp_path: Path) -> None:
    config = tmp_path / "mapper.json"
    config.write_text('{"system": "woocommerce"}')
    feed = b"\n".join([*broken_lines(), b'{"type":"STATE","value":{}}'])
    mapper = outputs(stage, ["mappers/canonical/mapper.py", "--config", str(config)], feed)
    target = outputs(stage, ["targets/hub/target.py"], feed)
    assert not PERSON.search(mapper + target)
    assert target.strip().endswith(b"{}")
    names = [str(path) for path in tmp_path.rglob("*")]
    assert not PERSON.search("\n".join(names).encode())


def test_s5_no_command_but_why_shows_a_person(stage: Stage) -> None:
    numbers = {"phone": PHONE, "phone_quality": "ok", "card": CARD, "card_quality": "ok"}
    canary = {"email": MAIL, "last_name": NAME, **numbers}
    stage.keep(customer("kanarie.zeldzaam", **canary), act("kanarie.zeldzaam"), *orders("kanarie.zeldzaam"))
    stage.keep(reader("kanarie.tweede"), [customer("uma"), *orders("uma")])
    stage.mailchimp.perform("refuse", email="kanarie.tweede@example.nl")
    outputs(stage, ["targets/hub/target.py"], b"\n".join(broken_lines()))
    stage.push()
    stage.keep(withdrawal("kanarie.zeldzaam"))
    stage.read()
    stage.mailchimp.perform("delete", email=MAIL)
    stage.read()
    said = ""
    for command in (["resolve"], ["plan"], ["status"], ["drift", "--no-read"], ["quarantine", "list"],
                    ["quarantine", "replay"], ["test"]):  # fmt: skip
        for form in ([], ["--json"]):
            said += CliRunner().invoke(main, [*command, *form], env=stage.environment()).output
    assert not PERSON.search(said.encode()), PERSON.search(said.encode())
    assert PERSON.search(CliRunner().invoke(main, ["why", MAIL], env=stage.environment()).output.encode())


@pytest.mark.parametrize("body", [b"<html>%s", b'{"email": "%s"', b'[{"id": "%s"}]', b'"%s"'])
def test_s5_a_vendor_that_answers_nonsense_about_a_person_is_not_quoted(guarded: World, body: bytes) -> None:
    for status in (200, 400):
        guarded.mailchimp.faults.clear()
        guarded.mailchimp.faults.add(times=999, status=status, body=(body % MAIL.encode()).decode(),
                                     headers={"Content-Type": "application/json"})  # fmt: skip
        guarded.ingest("mailchimp")
    assert not PERSON.search("".join(guarded.said).encode())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Meltano project of its own with the same code."""
    return own_project(tmp_path / "project")


def test_s3_no_settings_in_clear_outlive_a_killed_run(fiction: Fiction, project: Path) -> None:
    with vendors(fiction) as opened:
        environment = project_environment(project, opened)
        opened.mailchimp.faults.add(times=1, latency_seconds=8)
        silent = subprocess.DEVNULL
        command = ["meltano", "run", "ingest-mailchimp"]
        child = subprocess.Popen(
            command, cwd=project, env=environment, stdout=silent, stderr=silent, start_new_session=True
        )
        deadline = time.monotonic() + LONGEST_SECONDS
        while not opened.mailchimp.connections and time.monotonic() < deadline and child.poll() is None:
            time.sleep(0.02)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        key = opened.mailchimp.api_key.encode()
        run = project / ".meltano" / "run"
        assert any(key in path.read_bytes() for path in run.rglob("*.json")), "the trial itself is void"
        done = subprocess.run([sys.executable, "-m", "plugins.hub.cli", "sync", "--only", "ingest-mailchimp", "--json"],
                              cwd=project, env=environment, capture_output=True, timeout=LONGEST_SECONDS)  # fmt: skip
    assert done.returncode == 0, done.stderr[-800:]
    assert not [path for path in run.rglob("*") if path.is_file() and key in path.read_bytes()]
    assert stat.S_IMODE(run.stat().st_mode) == 0o700
    assert open_store(environment["ROTONDE_DATABASE_URL"]).path.exists()
