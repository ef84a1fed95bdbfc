"""The project around the hub: its jobs, what a killed run left, and what a person reads of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from plugins.hub.project import JobResult, environment, jobs, mappings, not_set_up, reason_of, sweep
from plugins.hub.show import money


def project(root: Path, **files: str) -> Path:
    (root / "meltano.yml").write_text("include_paths: [./taps/*/meltano.yml]\njobs:\n- {name: ingest-own}\n")
    for name, text in files.items():
        (root / "taps" / name).mkdir(parents=True)
        (root / "taps" / name / "meltano.yml").write_text(text)
    return root


def test_jobs_are_found_through_the_folders_by_what_their_name_begins_with(tmp_path: Path) -> None:
    b = "jobs: [{name: ingest-b}, {name: activate-b}, {name: withdraw-b}]"
    root = project(tmp_path, b=b, a="jobs: [{name: ingest-a}]", c="", d="jobs: [{name: other}]")
    assert jobs(root) == {
        "ingest": ["ingest-a", "ingest-b", "ingest-own"], "withdraw": ["withdraw-b"], "activate": ["activate-b"],
    }  # fmt: skip


def test_a_system_of_which_no_secret_is_set_is_not_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = "settings: [{name: api_key, sensitive: true}, {name: url}]"
    plugin = "plugins: {extractors: [{name: tap-b, namespace: tap_b, %s}]}\njobs: [{name: ingest-b}]"
    open_one = (
        "plugins: {extractors: [{name: tap-c, namespace: tap_c, settings: [{name: url}]}]}\njobs: [{name: ingest-c}]"
    )
    root = project(
        tmp_path, b=plugin % settings, c=open_one, d=plugin.replace("b", "d") % f"{settings}, config: {{api_key: x}}"
    )
    assert not_set_up(root) == {"ingest-b": ["TAP_B_API_KEY"]}
    monkeypatch.setenv("TAP_B_API_KEY", "k")
    assert not_set_up(root) == {}


def test_a_mapping_is_found_by_the_connection_it_is_for(tmp_path: Path) -> None:
    b = "plugins: {mappers: [{name: mapper-b, mappings: [{name: canonical-b, config: {system: b, source: b--be}}]}]}"
    root = project(tmp_path, a="plugins: {mappers: [{mappings: [{config: {system: a, accounts: c}}]}]}", b=b, c="")
    assert mappings(root) == {"a": {"system": "a", "accounts": "c"}, "b--be": {"system": "b", "source": "b--be"}}
    assert mappings(tmp_path / "elsewhere") == {}


def test_withdrawals_come_before_any_addition(tmp_path: Path) -> None:
    assert list(jobs(project(tmp_path))) == ["ingest", "withdraw", "activate"]


def test_s3_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / ".meltano" / "run" / "tap-x"
    folder.mkdir(parents=True)
    (folder / "tap.1.config.json").write_text('{"api_key": "secret"}')
    (folder / "tap.properties.json").write_text("{}")
    sweep(tmp_path)
    assert [each.name for each in folder.iterdir()] == ["tap.properties.json"]
    assert (tmp_path / ".meltano" / "run").stat().st_mode & 0o777 == 0o700


def test_a_project_that_never_ran_is_swept_in_silence(tmp_path: Path) -> None:
    sweep(tmp_path)


def test_a_run_sends_no_statistics_home_and_finds_our_programs_first() -> None:
    made = environment({"MELTANO_RUN_ID": "7"})
    assert made["MELTANO_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    assert made["PATH"].split(os.pathsep)[0].endswith("bin")
    assert made["MELTANO_RUN_ID"] == "7"


OURS = {"level": "info", "string_id": "target-x", "event": "mailchimp: the key is refused; check the key"}
ERROR = {"level": "error", "event": "Run invocation could not be completed"}
CHATTER = {"level": "info", "string_id": "tap-x", "event": "read 7 of somebody@example.nl"}


@pytest.mark.parametrize("entries, told", [
    ([CHATTER, OURS, ERROR], "mailchimp: the key is refused; check the key"),
    ([CHATTER, ERROR], "Run invocation could not be completed"),
    ([CHATTER], "it said nothing"),
    ([], "it said nothing"),
    ([{"plugin_exception": {"module": "taps.x.tap", "message": "tap: a; b"}}, ERROR], "tap: a; b"),
])  # fmt: skip
def test_a_failed_job_tells_why_in_one_line_of_ours(tmp_path: Path, entries: list[Any], told: str) -> None:
    log = tmp_path / "job.log"
    log.write_text("\n".join(["no JSON at all", "[1]", *map(json.dumps, entries)]))
    assert reason_of(JobResult("job", "1", 1, 0.1, log)) == told


@pytest.mark.parametrize("minor, text", [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123456789, "1,234,567.89")])
def test_money_is_written_as_a_person_writes_it(minor: int, text: str) -> None:
    assert money(minor) == text
