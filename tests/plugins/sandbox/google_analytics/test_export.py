"""The files of the nightly export: what is in them, when they are there, and how they change."""

from __future__ import annotations

from datetime import datetime

from tests.plugins.sandbox.google_analytics.stage import ANN, DAY, Caller, Clock

FIRST, SECOND = "events_20261115.jsonl", "events_20261116.jsonl"


def named(rows: list[dict[str, object]]) -> list[object]:
    return sorted(str(each["event_name"]) for each in rows)


def test_writes_a_file_for_each_day_that_had_events(caller: Caller) -> None:
    assert caller.files() == [FIRST, SECOND]
    assert named(caller.file(SECOND)) == ["add_to_cart", "view_item", "view_item"]


def test_a_row_is_as_the_export_writes_it(caller: Caller) -> None:
    (row,) = [each for each in caller.file(FIRST) if each["event_name"] == "purchase"]
    assert (row["user_id"], row["user_pseudo_id"], row["event_date"]) == ("1001", ANN, "20261115")
    assert row["event_timestamp"] == str(int(DAY.timestamp() + 240) * 1_000_000)
    assert row["ecommerce"]["transaction_id"] == "20001"
    assert [(each["item_id"], each["price"], each["quantity"]) for each in row["items"]] == [
        ("SHOE-77-BLU-42", 79.95, "1"),
        ("SOCK-3", 12.5, "2"),
    ]
    assert row["items"][1]["item_brand"] == "(not set)"
    params = {each["key"]: each["value"] for each in row["event_params"]}
    assert params["ga_session_id"]["int_value"] == str(int(DAY.timestamp()))
    assert params["value"]["double_value"] == 109.9
    assert not {"event_id", "person"} & row.keys()


def test_who_refuses_has_no_cookie_and_no_session(caller: Caller) -> None:
    (row,) = [each for each in caller.file(FIRST) if not each["user_pseudo_id"]]
    assert row["privacy_info"]["analytics_storage"] == "No"
    assert row["user_id"] is None
    assert "ga_session_id" not in {each["key"] for each in row["event_params"]}


def test_today_is_in_a_file_that_goes_when_the_day_is_written() -> None:
    caller = Caller(Clock(datetime.fromisoformat("2026-11-16T01:00:00+00:00")))
    assert caller.files() == ["events_intraday_20261115.jsonl"]
    assert len(caller.file("events_intraday_20261115.jsonl")) == 7
    caller.clock.forward(hours=3)
    caller.bearer = ""
    assert caller.files() == [FIRST]
    assert caller.call("GET", "/export/events_intraday_20261115.jsonl").status_code == 404


def test_a_day_is_written_anew_with_what_came_late() -> None:
    caller = Caller(Clock(datetime.fromisoformat("2026-11-17T04:00:00+00:00")))
    assert len(caller.file(SECOND)) == 2
    for hours, count in ((24, 2), (24, 3), (240, 3)):
        caller.clock.forward(hours=hours)
        caller.bearer = ""
        assert len(caller.file(SECOND)) == count


def test_what_comes_more_than_three_days_late_is_never_written(caller: Caller) -> None:
    caller.vendor.perform("browse", event="page_view", browser="1.1", hours_ago="20")
    caller.vendor.perform("browse", event="page_view", browser="1.2", hours_ago="110")
    caller.clock.forward(days=5)
    caller.bearer = ""
    rows = [each for name in caller.files() for each in caller.file(name)]
    assert [each["user_pseudo_id"] for each in rows if str(each["user_pseudo_id"]).startswith("1.")] == ["1.1"]


def test_a_browser_tells_of_a_basket(caller: Caller) -> None:
    caller.vendor.perform("browse", event="add_to_cart", browser="9.9", account="1001", sku="SHOE-77-BLU-42")
    (row,) = caller.file("events_intraday_20261120.jsonl")
    assert (row["user_id"], row["items"][0]["price"], row["event_name"]) == ("1001", 79.95, "add_to_cart")
    assert caller.vendor.holding("1001") == {"events": "4", "last": "add_to_cart at 2026-11-20 08:00"}
    assert caller.vendor.truth() == {"user:1001": "ann", "user:1002": "ben"}
