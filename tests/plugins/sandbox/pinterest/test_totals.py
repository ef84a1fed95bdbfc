"""Pins and the account are told in totals by day; who did it is not."""

from __future__ import annotations

from typing import Any

from tests.plugins.sandbox.pinterest.stage import START, Caller

DAYS = "start_date=2026-10-22&end_date=2026-11-01"
METRICS = "metric_types=IMPRESSION,SAVE,SAVE_RATE,TOTAL_COMMENTS"


def of_pin(caller: Caller, more: str = "") -> Any:
    return caller.get(f"{caller.pin()}/analytics?{DAYS}&{METRICS}{more}")


def test_a_pin_stands_for_each_article_of_the_webshop(caller: Caller) -> None:
    pins = caller.get("/v5/pins?pin_metrics=true")["items"]
    assert [each["title"] for each in pins] == ["Sweater 1", "Sweater 2", "Sweater 3"]
    assert all(each["created_at"] < START.isoformat() and "+" not in each["created_at"] for each in pins)
    assert set(pins[0]["pin_metrics"]) == {"90d", "lifetime_metrics"}
    assert caller.get("/v5/pins")["items"][0]["pin_metrics"] is None


def test_the_last_days_are_not_final(caller: Caller) -> None:
    daily = of_pin(caller)["all"]["daily_metrics"]
    assert [each["data_status"] for each in daily][-4:] == ["READY", "ESTIMATE", "ESTIMATE", "PROCESSING"]
    caller.clock.forward(days=3)
    assert of_pin(caller)["all"]["daily_metrics"][-1]["data_status"] == "READY"


def test_the_sum_is_that_of_the_days_and_of_the_devices(caller: Caller) -> None:
    whole, parts = of_pin(caller)["all"], of_pin(caller, "&split_field=APP_TYPE")
    seen = whole["summary_metrics"]["IMPRESSION"]
    assert seen == sum(each["metrics"]["IMPRESSION"] for each in whole["daily_metrics"])
    assert seen == sum(part["summary_metrics"]["IMPRESSION"] for part in parts.values())
    assert whole["lifetime_metrics"].keys() == {"TOTAL_COMMENTS"}
    assert "TOTAL_COMMENTS" not in whole["summary_metrics"]


def test_there_is_no_number_of_before_a_pin_was_made(caller: Caller) -> None:
    days = "start_date=2026-08-04&end_date=2026-11-01"
    told = [caller.get(f"/v5/pins/{key}/analytics?{days}&{METRICS}")["all"] for key in caller.vendor.pins]
    before = [each for one in told for each in one["daily_metrics"] if each["data_status"] == "BEFORE_PIN_CREATED"]
    assert before
    assert {len(each["metrics"]) for each in before} == {0}


def test_the_account_is_the_sum_of_its_pins(caller: Caller) -> None:
    ids = "".join(f"&pin_ids={key}" for key in caller.vendor.pins)
    pins = caller.get(f"/v5/pins/analytics?{DAYS}&metric_types=IMPRESSION{ids}")
    account = caller.get(f"/v5/user_account/analytics?{DAYS}")["all"]
    assert account["summary_metrics"]["IMPRESSION"] == sum(
        each["all"]["summary_metrics"]["IMPRESSION"] for each in pins.values()
    )
    assert len(account["summary_metrics"]) == 9


def test_needs_metrics_for_a_pin_and_shows_all_for_the_account(caller: Caller) -> None:
    assert caller.refusal("GET", f"{caller.pin()}/analytics?{DAYS}") == (400, 400)


def test_followers_are_names_that_come_and_go(caller: Caller) -> None:
    for name in ("anna", "bert"):
        caller.vendor.perform("follow", username=name)
    caller.vendor.perform("unfollow", username="anna")
    assert caller.get("/v5/user_account/followers")["items"] == [{"type": "user", "username": "bert"}]
    assert caller.get("/v5/user_account")["follower_count"] == 1


def test_websites_tell_whether_they_are_verified(caller: Caller) -> None:
    assert caller.get("/v5/user_account/websites")["items"][0]["status"] == "verified"
    caller.vendor.perform("unverify_website")
    assert "verified_at" not in caller.get("/v5/user_account/websites")["items"][0]
