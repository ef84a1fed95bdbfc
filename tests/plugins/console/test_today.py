"""Today shows what is stale, what failed and why, what waits, and which withdrawals are overdue."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from plugins.console.desk import Desk
from plugins.console.words import Words
from plugins.hub.auditing import logged
from plugins.hub.overdue import overdue
from plugins.scheduler.schedules import Schedule
from plugins.store.alarm_tables import alarm
from plugins.store.knock_tables import duty
from plugins.store.mirror import home
from plugins.store.tables import quarantine, run
from plugins.store.times import utc_text
from tests.making import pushed, stored
from tests.plugins.console.browsing import MORNING, Browser

SAYS = Words("en")


def ran(desk: Desk, job: str, outcome: str | None, ago: timedelta) -> None:
    at = utc_text(MORNING - ago)
    with desk.hub.store.writing() as connection:
        row = {"id": f"{job}{ago}", "job": job, "started_at": at, "ended_at": at if outcome else None}
        connection.execute(insert(run).values(**row, outcome=outcome))


def page(desk: Desk) -> str:
    browser = Browser(desk)
    browser.signs_in("viewer")
    return browser.get("/today").text


def withdrew(destination: str, hours: float, state: str = "planned", **fields: object) -> dict[str, object]:
    at = utc_text(MORNING - timedelta(hours=hours))
    return {
        "destination": destination, "operation": "remove", "wire_id": "w", "cause": "consent", "state": state,
        "stored_at": at, "answered_at": at if state == "accepted" else None, "profile_id": f"of {hours}", **fields,
    }  # fmt: skip


def test_an_empty_store_has_a_page_and_nothing_needs_anybody(desk: Desk) -> None:
    assert SAYS("today.quiet") in page(desk)


def test_a_source_is_stale_once_a_whole_turn_of_its_schedule_was_missed(desk: Desk) -> None:
    every_hour = [Schedule("round", "sync", "0 * * * *")]
    for job, minutes in (("ingest-till", 50), ("ingest-web", 61)):
        ran(desk, job, "ok", timedelta(minutes=minutes))
    text = page(replace(desk, schedules=every_hour))
    assert SAYS("today.is_stale", source="web") in text
    assert SAYS("today.is_stale", source="till") not in text


def test_a_source_without_a_schedule_is_stale_after_a_day_and_one_never_read_well_at_once(desk: Desk) -> None:
    ran(desk, "ingest-till", "ok", timedelta(hours=23))
    ran(desk, "ingest-web", "ok", timedelta(hours=25))
    ran(desk, "ingest-mail", "failed", timedelta(minutes=1))
    text = page(desk)
    stale = [name for name in ("till", "web", "mail") if SAYS("today.is_stale", source=name) in text]
    assert stale == ["web", "mail"]


def test_a_failed_run_is_shown_with_what_its_log_says_until_one_goes_well(desk: Desk) -> None:
    log = home(desk.hub.store) / "logs" / "activate-mail.log"
    log.parent.mkdir()
    log.write_text(
        '{"level": "error", "string_id": "x", "event": "mail: 900 of 1000 would go; see \'rotonde plan\'"}\n'
    )
    ran(desk, "activate-mail", "failed", timedelta(minutes=9))
    assert "mail: 900 of 1000 would go; see &#39;rotonde plan&#39;" in page(desk)
    ran(desk, "activate-mail", "ok", timedelta(minutes=1))
    assert "900 of 1000" not in page(desk)


def test_what_is_planned_and_what_is_set_aside_is_counted(desk: Desk) -> None:
    pushed(desk.hub.store, *({"wire_id": f"w{number}", "state": "planned"} for number in range(3)))
    row = {"stage": "mean", "source": "till", "stream": "sales", "payload": "{}", "times": 1, "state": "open"}
    with desk.hub.store.writing() as connection:
        seen = {"first_seen_at": utc_text(MORNING), "last_seen_at": utc_text(MORNING)}
        connection.execute(insert(quarantine).values(id="1", reason="wrong_type", **row, **seen))
    text = page(desk)
    assert "wrong_type" in text
    assert SAYS("today.is_aside", count=1) in text
    assert '<td class="n">3</td>' in text


@pytest.mark.parametrize(
    ("row", "what"),
    [
        (withdrew("mailchimp", 23), None),
        (withdrew("mailchimp", 25), "unhanded"),
        (withdrew("mailchimp", 25, "rejected"), "unhanded"),
        (withdrew("mailchimp", 47, "accepted"), None),
        (withdrew("mailchimp", 49, "accepted"), "unconfirmed"),
        (withdrew("mailchimp", 49, "accepted", confirmed_at=utc_text(MORNING)), None),
        (withdrew("mailchimp", 49, "dropped"), None),
        (withdrew("mailchimp", 49, cause="erasure"), None),
    ],
)
def test_a_withdrawal_is_overdue_after_a_day_and_its_confirmation_after_two(
    desk: Desk, row: dict[str, object], what: str | None
) -> None:
    pushed(desk.hub.store, row)
    with desk.hub.store.reading() as connection:
        assert [each["what"] for each in overdue(connection, MORNING)] == ([what] if what else [])
        later: datetime = MORNING + timedelta(days=1)
    pushed(desk.hub.store, {**withdrew("mailchimp", 0, "accepted"), "stored_at": utc_text(later)})
    with desk.hub.store.reading() as connection:
        assert overdue(connection, MORNING) == []


def alarmed(desk: Desk, kind: str, about: str, state: str = "open") -> None:
    at = utc_text(MORNING - timedelta(hours=2))
    row = {"kind": kind, "about": about, "state": state, "since": at, "seen_at": at, "last_seen_at": at, "looks": 0}
    with desk.hub.store.writing() as connection:
        connection.execute(insert(alarm).values(**row, detail='{"what": "it is <so>", "cure": "mend it"}'))


def test_an_alarm_that_stands_is_told_with_its_cure_and_its_page_and_not_twice(desk: Desk) -> None:
    ran(desk, "activate-mail", "failed", timedelta(minutes=9))
    alarmed(desk, "run_failed", "activate-mail")
    alarmed(desk, "opt_out_overdue", "letters")
    alarmed(desk, "source_stale", "passing", "waiting")
    text = page(desk)
    assert [text.count(each) for each in ("run failed: activate-mail", "mend it", "it is &lt;so&gt;")] == [1, 2, 2]
    assert SAYS("today.since", at="2026-03-12 07:00") in text
    assert SAYS("today.has_failed", job="activate-mail") not in text
    assert 'href="/consent"' in text
    assert "passing" not in text


def test_a_duty_stands_until_somebody_says_that_it_is_done_and_that_is_written_down(desk: Desk) -> None:
    row = {"connection": "shop", "topic": "customers/redact", "at": utc_text(MORNING), "until": "2026-04-11"}
    with desk.hub.store.writing() as connection:
        connection.execute(insert(duty).values(row))
    (found,) = stored(desk.hub.store, duty)
    assert SAYS("duty.customers/redact") in page(desk)
    browser = Browser(desk)
    browser.signs_in("ops")
    answers = [browser.post(f"/today/duty/{each}").status_code for each in (found["n"], found["n"], "x")]
    assert answers == [303, 404, 404]
    assert SAYS("duty.customers/redact") not in page(desk)
    (line,) = [each for each in logged(desk.hub.store, 9) if each["kind"] == "duty"]
    assert (line["who"], line["about"]) == ("ops", "shop: customers/redact")
