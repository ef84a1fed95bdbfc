"""Daily figures, page by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from plugins.wire.retry import HopelessError, TransientError
from tests.taps.google_analytics.property import TODAY, Property, ago, error

Read = Callable[..., list[dict[str, Any]]]
ROWS = [(ago(3 - n // 2), f"SKU-{n % 2}", str(n), "1", "0", "79.95") for n in range(5)]


def records(messages: list[dict[str, Any]], stream: str = "daily_items") -> list[dict[str, Any]]:
    return [each["record"] for each in messages if each["type"] == "RECORD" and each["stream"] == stream]


def test_reads_every_page_once(measured: Property, read: Read) -> None:
    measured.rows = ROWS
    found = records(read("daily_items", page_size=2))
    assert [(each["date"], each["itemId"], each["itemsViewed"]) for each in found] == [
        (row[0], row[1], int(row[2])) for row in ROWS
    ]
    assert [each["offset"] for each in measured.asked] == ["0", "2", "4"]
    assert {each["limit"] for each in measured.asked} == {"2"}


def test_asks_in_an_order_and_up_to_yesterday(measured: Property, read: Read) -> None:
    read("daily_items", start_date="2026-03-01")
    (asked,) = measured.asked
    assert asked["dateRanges"] == [{"startDate": "2026-03-01", "endDate": "yesterday"}]
    assert [each["dimension"]["dimensionName"] for each in asked["orderBys"]] == ["date", "itemId"]
    assert [each["name"] for each in asked["metrics"]] == [
        "itemsViewed", "itemsAddedToCart", "itemsPurchased", "itemRevenue",
    ]  # fmt: skip


def test_counts_are_numbers_and_money_stays_a_text(measured: Property, read: Read) -> None:
    measured.rows = ROWS[:1]
    (row,) = records(read("daily_items"))
    assert (row["itemsViewed"], row["itemsAddedToCart"], row["itemRevenue"]) == (0, 1, "79.95")
    assert (row["currency_code"], row["time_zone"]) == ("EUR", "Europe/Brussels")


def test_says_with_each_row_what_google_hid(measured: Property, read: Read) -> None:
    measured.rows = [(ago(1), "Email", "4", "3", "1", "79.95")]
    measured.metadata |= {"subjectToThresholding": True, "samplingMetadatas": [{"samplesReadCount": "1"}]}
    (row,) = records(read("daily_channels"), "daily_channels")
    flags = ("subject_to_thresholding", "data_loss_from_other_row", "is_sampled")
    assert [row[name] for name in flags] == [True, False, True]
    assert (row["sessionDefaultChannelGroup"], row["sessions"], row["activeUsers"]) == ("Email", 4, 3)


def test_reads_the_last_days_again(measured: Property, read: Read) -> None:
    measured.rows = ROWS
    state = [each["value"] for each in read("daily_items") if each["type"] == "STATE"][-1]
    read("daily_items", state=state)
    bookmark = date.fromisoformat(ROWS[-1][0])
    assert measured.asked[1]["dateRanges"][0]["startDate"] == (bookmark - timedelta(days=3)).isoformat()


def test_never_asks_for_days_that_have_not_been(measured: Property, read: Read) -> None:
    state = {"bookmarks": {"daily_items": {"replication_key": "date", "replication_key_value": ago(-1)}}}
    read("daily_items", state=state, late_days=0)
    assert measured.asked[0]["dateRanges"][0]["startDate"] < TODAY.isoformat()


def test_reads_nothing_where_there_is_nothing(measured: Property, read: Read) -> None:
    assert records(read("daily_items")) == []


def test_waits_for_calls_that_run_and_stops_when_the_quota_is_used_up(
    measured: Property, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    measured.rows = ROWS
    measured.refusals = [error(429, "RESOURCE_EXHAUSTED", "Exhausted concurrent requests quota.")]
    assert len(records(read("daily_items"))) == 5
    assert waited == [5.0]
    measured.refusals = [error(429, "RESOURCE_EXHAUSTED", "Exhausted property tokens for a project per hour.")]
    with pytest.raises(HopelessError, match="used up"):
        read("daily_items")


def test_tries_three_times_and_no_more(measured: Property, read: Read) -> None:
    measured.refusals = [error(500, "INTERNAL")] * 9
    with pytest.raises(TransientError, match="500"):
        read("daily_items")
    assert len(measured.bearers) == 3


def test_asks_for_a_new_token_once(measured: Property, read: Read) -> None:
    measured.rows = ROWS
    measured.refusals = [error(401, "UNAUTHENTICATED")]
    assert len(records(read("daily_items"))) == 5
    assert measured.bearers == ["Bearer ya29.1", "Bearer ya29.2"]
    measured.refusals = [error(401, "UNAUTHENTICATED")] * 2
    with pytest.raises(HopelessError, match="401"):
        read("daily_items")


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        (error(403, "PERMISSION_DENIED", "ann@example.com may not"), "lacks a right"),
        (error(403, "PERMISSION_DENIED", "", "SERVICE_DISABLED"), "switch on"),
        (error(403, "PERMISSION_DENIED", "", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), "scope"),
        (error(400, "INVALID_ARGUMENT", "Field foo of ann@example.com"), "400"),
        (error(404, "NOT_FOUND"), "404"),
    ],
)
def test_stops_at_once_and_repeats_nothing_of_the_answer(
    measured: Property, read: Read, refusal: Any, says: str
) -> None:
    measured.refusals = [refusal]
    with pytest.raises(HopelessError, match=says) as stopped:
        read("daily_items")
    assert "@" not in str(stopped.value)
    assert len(measured.bearers) == 1


def test_says_when_little_of_the_hour_is_left(measured: Property, read: Read, caplog: pytest.LogCaptureFixture) -> None:
    measured.left = 2000
    read("daily_items")
    assert "2000 tokens left" in caplog.text
