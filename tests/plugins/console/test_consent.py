"""Consent: which withdrawals wait and for how long, how long they took, and the register with its table."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

from plugins.console.desk import Desk
from plugins.console.minute import Minute
from plugins.console.pages.consent import FORMULA
from plugins.console.words import Words
from plugins.console.writing import lasted
from plugins.hub.rights.register import COLUMNS
from plugins.hub.withdrawing import Took, middle, took, waiting
from plugins.store.engine import Store
from plugins.store.times import utc_text
from tests.making import pushed
from tests.plugins.console.browsing import MORNING, Browser

SAYS = Words("en")


def removal(
    wire_id: str, hours: float, handed: float | None = None, confirmed: float | None = None, **said: Any
) -> dict[str, Any]:
    """Return a withdrawal stored so many hours ago, handed over and confirmed so many seconds later."""
    stored = MORNING - timedelta(hours=hours)
    answered = None if handed is None else stored + timedelta(seconds=handed)
    read_back = None if confirmed is None or answered is None else answered + timedelta(seconds=confirmed)
    return {
        "wire_id": wire_id, "operation": "remove", "cause": "consent", "profile_id": f"of {wire_id}",
        "stored_at": utc_text(stored), "state": "planned" if answered is None else "accepted",
        "answered_at": answered and utc_text(answered), "confirmed_at": read_back and utc_text(read_back), **said,
    }  # fmt: skip


def town(store: Store) -> None:
    pushed(
        store, removal("a", 30), removal("b", 2), removal("c", 49, 60), removal("d", 3, 60),
        *(removal(f"week {number}", 24, 60 * number, 600) for number in (1, 2, 9)),
        removal("long ago", 24 * 40, 9), removal("erased", 30, cause="erasure"),
    )  # fmt: skip


def page(desk: Desk, path: str = "/consent", role: str = "viewer") -> str:
    browser = Browser(desk)
    browser.signs_in(role)
    return browser.get(path).text


def test_each_withdrawal_that_waits_is_there_with_its_age_against_its_own_limit(desk: Desk) -> None:
    town(desk.hub.store)
    with desk.hub.store.reading() as connection:
        found = {each["profile_id"]: (each["what"], each["is_overdue"]) for each in waiting(connection, MORNING)}
        assert len(waiting(connection, MORNING, 2)) == 2
    assert found == {
        "of long ago": ("unconfirmed", True), "of c": ("unconfirmed", True), "of a": ("unhanded", True),
        "of d": ("unconfirmed", False), "of b": ("unhanded", False),
    }  # fmt: skip
    text = page(desk)
    assert '<a href="/person/of a">' in text
    assert '<span class="state overdue">30\u202fh</span>' in text


def test_how_long_it_took_is_told_by_week_as_median_and_slowest_and_drawn(desk: Desk) -> None:
    town(desk.hub.store)
    with desk.hub.store.reading() as connection:
        whole, *weeks = took(connection, MORNING)
    assert (whole.count("handed"), whole.median("handed"), whole.worst("handed")) == (5, 60, 540)
    assert (whole.count("confirmed"), whole.median("confirmed"), whole.worst("confirmed")) == (3, 600, 600)
    assert [str(each.week) for each in weeks] == ["2026-03-09"]
    text = page(desk)
    assert text.count("<rect") == 2
    assert '<td class="n">9\u202fmin</td>' in text
    assert 'role="img"' in text


def test_an_empty_store_has_nothing_that_waits_and_nothing_that_took_time(desk: Desk) -> None:
    text = page(desk)
    assert SAYS("consent.none") in text
    assert SAYS("consent.took.none") in text
    assert (middle([]), Took("x").worst("handed")) == (None, None)


def test_what_took_time_is_worked_out_once_a_minute() -> None:
    numbers, kept = iter((1, 2, 3)), Minute[int]()
    given = [kept.of(MORNING + timedelta(seconds=each), lambda: next(numbers)) for each in (0, 59, 60)]
    assert given == [1, 1, 2]


def test_the_middle_counts_each_span_as_often_as_it_was() -> None:
    assert middle([(5, 1), (1, 10), (90, 2)]) == 1
    assert middle([(1, 1), (2, 1)]) == 1


def test_a_span_is_written_in_the_unit_that_fits() -> None:
    given = (None, 0, 59, 60, 90, 3600, 86_400, 172_800)
    assert [lasted(each).replace("\u202f", " ") for each in given] == [
        "–", "0 s", "59 s", "1 min", "1.5 min", "1 h", "24 h", "2 d",
    ]  # fmt: skip


def test_the_register_names_purposes_words_receivers_and_terms_also_as_a_table(desk: Desk) -> None:
    text = page(desk, "/consent/register")
    assert all(each in text for each in ("marketing", "newsletter-form-2025", "mailchimp", "5 years"))
    rows = list(csv.DictReader(io.StringIO(page(desk, "/consent/register.csv"))))
    assert tuple(rows[0]) == COLUMNS
    assert {"purpose", "source", "receiver", "audience", "term", "measure"} == {each["part"] for each in rows}
    (mail,) = [
        each for each in rows if (each["part"], each["name"], each["channel"]) == ("purpose", "marketing", "email")
    ]
    assert "newsletter-form-2025" in mail["words"]
    assert "mailchimp" in mail["receivers"]
    assert not [value for row in rows for value in row.values() if value.startswith(FORMULA)]
