"""Conversions: answered one by one in their order, and kept where they fit."""

from __future__ import annotations

from tests.plugins.sandbox.pinterest.stage import EVENTS, Caller, event


def test_answers_in_the_order_of_the_events(caller: Caller) -> None:
    wrong = event(event_id="2", custom_data={"value": 1})
    response = caller.call("POST", EVENTS, {"data": [event(event_id="1"), wrong, event(event_id="3")]})
    assert response.status_code == 422
    assert response.json
    details = response.json["details"]
    assert (details["num_events_received"], details["num_events_processed"]) == (3, 2)
    assert [each["status"] for each in details["events"]] == ["processed", "failed", "processed"]
    assert details["events"][1]["error_message"] == "'custom_data.value' is not valid"
    assert [each["event_id"] for each in caller.vendor.conversions] == ["1", "3"]


def test_keeps_nothing_of_a_test(caller: Caller) -> None:
    caller.done("POST", f"{EVENTS}?test=true", {"data": [event()]})
    assert caller.vendor.conversions == []


def test_knows_an_event_of_the_web_again_and_none_of_the_shop(caller: Caller) -> None:
    for source in ("web", "offline"):
        for _ in range(2):
            caller.done("POST", EVENTS, {"data": [event(action_source=source)]})
    assert [each["action_source"] for each in caller.vendor.conversions] == ["web", "offline", "offline"]


def test_says_what_is_missing(caller: Caller) -> None:
    lacking = {name: value for name, value in event().items() if name != "event_id"}
    response = caller.call("POST", EVENTS, {"data": [lacking]})
    assert response.json
    assert response.json["details"]["events"] == [{"status": "failed", "error_message": "'event_id' is required"}]
