"""Schedules of meltano.yml are read as they stand there, and due by the clock on the wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from meltano.core.schedule import is_valid_cron

from plugins.hub.project import declared
from plugins.scheduler.schedules import Note, Schedule, read_schedules
from plugins.store.engine import StoreError

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NIGHTS = (date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31))
"""In which the clock is put forward or back."""


def daily(cron: str) -> Schedule:
    return Schedule("night", "sync", cron, Note(timezone=AMSTERDAM))


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=AMSTERDAM)


def turns(schedule: Schedule, day: date) -> list[datetime]:
    start, end = midnight(day), midnight(day + timedelta(days=1))
    return [each for each in schedule.due_between(start - timedelta(seconds=1), end) if each < end]


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize("cron", ["0 0 * * *", "59 1 * * *", "0 2 * * *", "30 2 * * *", "59 2 * * *", "0 3 * * *"])
def test_o5_every_schedule_of_a_day_is_due_once_in_the_nights_that_have_an_hour_more_or_less(
    night: date, cron: str
) -> None:
    for day in (night - timedelta(days=1), night, night + timedelta(days=1)):
        assert len(turns(daily(cron), day)) == 1


@pytest.mark.parametrize("night", NIGHTS)
def test_o5_what_was_due_last_is_the_same_whether_looked_for_from_before_or_from_after(night: date) -> None:
    for cron in ("30 2 * * *", "*/15 * * * *", "0 2,3 * * *"):
        schedule = daily(cron)
        due = turns(schedule, night)
        for each in due:
            assert schedule.last_due(each) == each
            assert schedule.last_due(each + timedelta(seconds=1)) == each


def test_what_is_due_in_the_hour_that_is_missing_comes_right_after_it() -> None:
    (only,) = turns(daily("30 2 * * *"), date(2026, 3, 29))
    assert only.astimezone(AMSTERDAM).isoformat() == "2026-03-29T03:00:00+02:00"


def test_every_quarter_of_an_hour_goes_on_through_the_hour_that_comes_twice() -> None:
    due = turns(daily("*/15 * * * *"), date(2026, 10, 25))
    assert len(due) == 25 * 4
    assert {later - earlier for earlier, later in pairwise(due)} == {timedelta(minutes=15)}


@pytest.mark.parametrize(
    ("cron", "weekdays"), [("0 6 * * 0", {6}), ("0 6 * * 7", {6}), ("0 6 * * 1-5", {0, 1, 2, 3, 4})]
)
def test_weekdays_are_those_of_crontab(cron: str, weekdays: set[int]) -> None:
    start = midnight(date(2026, 11, 23))
    assert {each.astimezone(AMSTERDAM).weekday() for each in daily(cron).due_between(start, start + timedelta(14))} == (
        weekdays
    )


def project(folder: Path, text: str) -> Path:
    (folder / "meltano.yml").write_text(
        f"include_paths: [more/*.yml]\njobs:\n- {{name: sync, tasks: [rotonde:sync]}}\nschedules:\n{text}",
        encoding="utf-8",
    )
    return folder


def test_schedules_are_found_in_included_files_too(tmp_path: Path) -> None:
    root = project(tmp_path, "- {name: night, interval: '@daily', job: sync, env: {TZ: UTC}}\n")
    (root / "more").mkdir()
    (root / "more" / "a.yml").write_text(
        "schedules:\n- name: a\n  interval: 5 4 * * 1\n  job: sync\n"
        "  annotations: {rotonde: {timezone: UTC}, other: {x: 1}}\n"
    )
    first, second = read_schedules(root)
    assert (first.name, first.cron, first.note.timezone.key) == ("a", "5 4 * * 1", "UTC")
    assert (second.cron, second.note.timezone, dict(second.env)) == ("0 0 * * *", AMSTERDAM, {"TZ": "UTC"})


def test_what_is_started_by_hand_is_never_due(tmp_path: Path) -> None:
    (only,) = read_schedules(project(tmp_path, "- {name: x, interval: '@manual', job: sync}\n"))
    assert only.next_due(datetime.now(UTC)) is None
    assert only.last_due(datetime.now(UTC)) is None


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        "- {name: a, interval: '* * *', job: sync}\n- {name: b, interval: '@daily', job: snyc}\n"
        "- {name: c, interval: '@daily', extractor: x, loader: y}\n- {name: d, interval: '@daily', job: sync,"
        " annotations: {rotonde: {timezone: Europe/Amsterdm}}}\n- {name: e, interval: '@daily', job: sync,"
        " annotations: {rotonde: {tz: UTC}}}\n- {name: f, interval: '@daily', job: sync}\n"
        "- {name: f, interval: '@daily', job: sync}\n- {name: g, interval: '0 0 31 2 *', job: sync}\n",
    )
    with pytest.raises(StoreError) as caught:
        read_schedules(root)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1].split()[-1] for line in lines] == ["a", "b", "c", "d", "e", "f", "g"]
    assert lines[1] == "meltano.yml: schedule b: no such job 'snyc'; known: sync"
    assert lines[3].startswith("meltano.yml: schedule d: annotations.rotonde.timezone: not a time zone; write it like")
    assert lines[4].endswith("known: timezone, timeout_minutes")


def test_ours_are_understood_by_meltano_too() -> None:
    for each in read_schedules():
        assert each.cron is not None
        assert is_valid_cron(each.cron)
    assert {each.name for each in read_schedules()} == {
        said["name"] for said in (each for told in declared(Path()) for each in told.get("schedules") or ())
    }
