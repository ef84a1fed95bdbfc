"""A line of the log tells what happened, with which run and how much, and never of whom or with which key."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from plugins.observe.logs import FIELDS, Guarded, Line, about, guard, set_up
from plugins.observe.redacting import Redactor

ROOT = Path(__file__).parents[3]
CANARIES = (
    "kanarie.zeldzaam@example.nl", "kanarie.zeldzaam%40example.nl", "+31698765432", "+31 6 98 76 54 32", "0698765432",
    "06-98765432", "0031698765432", "2055000099999", "2055 0000 9999 9", "ck_" + "c4" * 20, "shpat_" + "0a" * 16,
    "ca" * 16 + "-us6", "Bearer kanarie-geheim", "eyJhbGciOiJSUzI1NiJ9.kanarie.x",
)  # fmt: skip
ADDRESS = "https://api.example.com/v1/people?email=kanarie@example.nl&since=2026"
ORDINARY = (
    "schedule tidy: started, due at 2026-06-01T12:00:00.000000Z", "run 0f8fad5b-d9cd-469f-a165-70867728950e is at work",
    "request 0f8fad5bd9cd469fa16570867728950e failed: KeyError", "tap-tilroy: HTTP 401; check the credentials",
    "10,000,000 records, 1000000 rows, 12 of 900", "http://127.0.0.1:8700/tilroy", "activate-google_merchant",
    "store: at revision 0013; what now?", "on 2026-11-20 and 2026-11-21T10:00:00+01:00",
)  # fmt: skip


def record(words: str = "something", *args: Any, **fields: Any) -> logging.LogRecord:
    made = logging.LogRecord("plugins.trial", logging.INFO, __file__, 1, words, args, None)
    vars(made).update(fields)
    return made


def line(form: str, made: logging.LogRecord, environment: dict[str, str] | None = None) -> str:
    return Line(form, Redactor(environment or {})).format(made)


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("canary", CANARIES)
def test_s5_a_canary_in_any_field_stands_in_no_line(form: str, canary: str) -> None:
    for name in FIELDS:
        for value in (canary, [canary], {"a": {canary: 1}}, {"a": [canary, 1]}):
            assert canary not in line(form, record(**{name: value})), name
    for made in (record(f"told {canary} so"), record("told %s so", canary), record(canary), record(unheard_of=canary)):
        assert canary not in line(form, made)
    with about(job=canary):
        assert canary not in line(form, record())


def test_s5_what_follows_a_question_mark_in_an_address_stands_in_no_line() -> None:
    assert line("text", record(f"asked {ADDRESS}")).endswith("asked https://api.example.com/v1/people?[query]")


def test_s5_an_error_is_told_by_its_kind_and_place_and_not_by_its_words() -> None:
    made = record("failed")
    try:
        raise ValueError("Kanarievogel is no customer")
    except ValueError as error:
        made.exc_info = (ValueError, error, error.__traceback__)
    said = json.loads(line("json", made))
    assert said["error"].startswith("ValueError in test_s5_an_error")
    assert "Kanarie" not in str(said)


def test_s5_a_number_that_may_be_a_card_is_left_out_also_where_it_is_a_number() -> None:
    assert json.loads(line("json", record(counts={"kept": 2055000099999, "read": 12})))["counts"] == {
        "kept": "[number]", "read": 12,
    }  # fmt: skip


@given(st.text(max_size=30), st.sampled_from(CANARIES), st.text(" \n\"'(),;<>{}[]", min_size=1, max_size=3))
def test_s5_a_canary_is_found_whatever_stands_around_it(before: str, canary: str, between: str) -> None:
    assert canary not in Redactor({})(f"{before}{between}{canary}{between}")


def secrets() -> list[str]:
    files = [YAML(typ="safe").load(path) or {} for path in sorted(ROOT.glob("t*/*/meltano.yml"))]
    plugins = [each for one in files for kind in one.get("plugins", {}).values() for each in kind]
    return [f"{each['namespace']}_{setting['name']}".upper() for each in plugins for setting in each.get("settings", ())
            if setting.get("sensitive")]  # fmt: skip


@pytest.mark.parametrize("name", secrets())
def test_s1_the_value_of_no_secret_setting_stands_in_a_line(name: str) -> None:
    said = line("json", record("the key is %s, or so", "kanarie", destination="x kanarie x"), {name: "kanarie"})
    assert "kanarie" not in said


def test_s1_keys_of_callers_and_the_password_of_the_store_stand_in_no_line() -> None:
    environment = {"ROTONDE_API_KEYS": "till=kanarie een,shop=kanarie twee",
                   "ROTONDE_DATABASE_URL": "postgresql://hub:kanarie-drie@db/hub"}  # fmt: skip
    assert "kanarie" not in line("json", record("kanarie een, kanarie twee and kanarie-drie"), environment)


@pytest.mark.parametrize("words", ORDINARY)
def test_what_operations_need_is_left_as_it_is(words: str) -> None:
    assert json.loads(line("json", record(words)))["event"] == words


def test_a_line_tells_its_moment_run_job_and_counts() -> None:
    with about(run_id="0f8fad5b-d9cd-469f-a165-70867728950e", job="ingest-tilroy"):
        said = json.loads(line("json", record("kept", counts={"read": 3})))
        text = line("text", record("kept", counts={"read": 3}))
    assert said.pop("at").endswith("Z")
    assert said == {
        "level": "info", "logger": "plugins.trial", "event": "kept", "run_id": "0f8fad5b-d9cd-469f-a165-70867728950e",
        "job": "ingest-tilroy", "counts": {"read": 3},
    }  # fmt: skip
    assert ": kept run_id=0f8fad5b-d9cd-469f-a165-70867728950e job=ingest-tilroy" in text
    assert text.endswith(' counts={"read": 3}')


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Put back what a test changes for the whole process."""
    root, ours, factory = logging.getLogger(), logging.getLogger("plugins"), logging.getLogRecordFactory()
    before = (root.handlers[:], ours.level)
    yield
    root.handlers[:], ours.level = before[0], before[1]
    ours.setLevel(before[1])
    logging.setLogRecordFactory(factory)


@pytest.mark.usefixtures("own_logging")
def test_a_process_writes_lines_of_the_form_that_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROTONDE_LOG", "json")
    for _ in range(2):
        set_up()
    logging.getLogger("plugins.trial").info("begun")
    logging.getLogger("elsewhere").info("not told")
    (said,) = capsys.readouterr().err.splitlines()
    assert json.loads(said)["event"] == "begun"


@pytest.mark.usefixtures("own_logging")
def test_a_command_is_quiet_where_nothing_is_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ROTONDE_LOG", raising=False)
    set_up()
    logging.getLogger("plugins.trial").info("begun")
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("own_logging")
def test_s5_what_others_format_in_our_process_is_redacted_too(caplog: pytest.LogCaptureFixture) -> None:
    guard()
    made = logging.getLogRecordFactory()
    guard()
    assert logging.getLogRecordFactory() is made
    assert isinstance(made, Guarded)
    logging.getLogger("singer_sdk").warning("a record of %s", CANARIES[0])
    assert caplog.messages == ["a record of [address]"]


def test_s5_a_fault_that_ends_a_process_aside_quotes_nothing() -> None:
    program = "from plugins.observe.logs import set_up_aside; set_up_aside(); raise ValueError('ann@example.nl 4711')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ended by a fault error=ValueError" in done.stderr
    assert "Traceback" not in done.stderr
    assert "4711" not in done.stderr
