"""`alerts.yml` is held to its shape, each mistake with its place; addresses have no place in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from plugins.rules.alerts import Alerts, Quiet, load_alerts
from plugins.rules.complaint import RulesError
from plugins.rules.load import load_rules

ROOT = Path(__file__).parents[3]


def load(folder: Path, text: str) -> Alerts:
    (folder / "alerts.yml").write_text(text)
    return load_alerts(folder)


MISTAKES = [
    ("to: {ops: {urls_in: 'mailto://me:secret@example.nl'}}", "1:21: urls_in: is no name of a variable; write one in "
     "capitals, an address is a secret and stays out of rules"),
    ("to: {ops: {url: X}}", "1:12: url: unknown key; did you mean 'urls_in'?"),
    ("to: {ops: {}}", "1:11: urls_in: missing; add it"),
    ("to: {Ops: {urls_in: X}}", "1:6: Ops: should be a name; use small letters, digits and _"),
    ("to: {ops: {urls_in: X, kinds: [run_faild]}}", "1:32: kinds: 'run_faild' is not known; did you mean "
     "'run_failed'?"),
    ("to: {ops: {urls_in: X, kinds: []}}", "1:31: kinds: is empty; write at least one"),
    ("quiet: {begins: 22, ends: '07:00'}", "1:17: begins: should look like '22:00'; write hour and minute in quotes"),
    ("quiet: {begins: '25:00', ends: '07:00'}", "1:17: begins: should look like '22:00'; write hour and minute in "
     "quotes"),
    ("quiet: {begin: '22:00', ends: '07:00'}", "1:9: begin: unknown key; did you mean 'begins'?"),
    ("holds: {run_failed: 2}", "1:21: run_failed: should look like '2 looks' or '10 minutes'; write a whole number and "
     "a unit"),
    ("holds: {run_fails: 2 looks}", "1:9: run_fails: unknown key; did you mean 'run_failed'?"),
    ("stale_after: {till: soon}", "1:21: till: should look like '10 minutes', '2 hours' or '3 days'; write a whole "
     "number and a unit"),
    ("counts: {runs: 1}", "1:16: runs: is too small; write at least 3"),
    ("counts: {differs_by: 50}", "1:22: differs_by: should look like 10%; write a whole number and a percent sign"),
    ("quarantine: {more_than: many}", "1:25: more_than: should be a whole number; write a number without quotes"),
    ("remind_every: never", "1:15: remind_every: should look like '10 minutes', '2 hours' or '3 days'; write a whole "
     "number and a unit"),
    ("quite: {}", "1:1: quite: unknown key; did you mean 'quiet'?"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "complaint"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_its_cure(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(RulesError) as wrong:
        load(tmp_path, text)
    told = [str(each).partition("alerts.yml:")[2] for each in wrong.value.complaints]
    assert complaint in told
    assert "secret@" not in "".join(told)


def test_it_is_read_whatever_is_wrong_with_another_file(tmp_path: Path) -> None:
    (tmp_path / "loyalty.yml").write_text("leader: nobody at all\n")
    assert load(tmp_path, "to: {ops: {urls_in: X}}").to["ops"].takes("run_failed")
    with pytest.raises(RulesError):
        load_rules(tmp_path)


def test_what_is_wrong_in_it_is_told_with_all_the_rest(tmp_path: Path) -> None:
    (tmp_path / "alerts.yml").write_text("to: 1\n")
    with pytest.raises(RulesError, match=r"alerts\.yml:1:5: to: should be a mapping"):
        load_rules(tmp_path)


def test_the_shipped_file_sends_nothing_to_anybody() -> None:
    assert load_alerts(ROOT / "sync_rules").to == {}
    assert load_alerts(ROOT) == Alerts()


@pytest.mark.parametrize(
    ("begins", "ends", "hour", "is_quiet"),
    [("22:00", "07:00", 21, True), ("22:00", "07:00", 5, True), ("22:00", "07:00", 6, False),
     ("01:00", "05:00", 0, True), ("01:00", "05:00", 4, False), ("01:00", "01:00", 0, False)],
)  # fmt: skip
def test_quiet_hours_go_by_the_clock_in_the_shops_and_over_midnight(
    begins: str, ends: str, hour: int, is_quiet: bool
) -> None:
    assert Quiet(begins=begins, ends=ends).is_on(datetime(2026, 3, 2, hour, 30, tzinfo=UTC)) is is_quiet


def test_who_is_told_changes_no_version_of_the_rules(tmp_path: Path) -> None:
    before = load_rules(tmp_path).version
    load(tmp_path, "to: {ops: {urls_in: X}}")
    assert load_rules(tmp_path).version == before
