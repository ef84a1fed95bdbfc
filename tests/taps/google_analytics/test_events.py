"""The files of the export, day by day."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from plugins.wire.retry import HopelessError, TransientError
from taps.google_analytics.events import key_of
from tests.taps.google_analytics.property import FILES, Property, ago, error, event, file

Read = Callable[..., list[dict[str, Any]]]


def records(messages: list[dict[str, Any]], stream: str = "events") -> list[dict[str, Any]]:
    return [each["record"] for each in messages if each["type"] == "RECORD" and each["stream"] == stream]


def stamps(messages: list[dict[str, Any]]) -> list[int]:
    return [int(each["event_timestamp"][-2:]) for each in records(messages)]


def last_state(messages: list[dict[str, Any]]) -> dict[str, Any]:
    return [each["value"] for each in messages if each["type"] == "STATE"][-1]


def test_reads_every_day_in_its_order(measured: Property, read: Read) -> None:
    measured.files = {f"events_{ago(days)}.jsonl": file(event(9 - days, days)) for days in (3, 1, 2)}
    messages = read("events", start_date=f"{ago(4)[:4]}-{ago(4)[4:6]}-{ago(4)[6:]}")
    assert stamps(messages) == [6, 7, 8]
    assert not [each for each in messages if each["type"] == "ACTIVATE_VERSION"]
    assert last_state(messages)["bookmarks"]["events"]["replication_key_value"] == ago(1)


def test_reads_the_last_three_days_again_and_finds_what_came_late(measured: Property, read: Read) -> None:
    measured.files = {f"events_{ago(days)}.jsonl": file(event(9 - days, days)) for days in (6, 5, 4, 3, 2)}
    first = read("events")
    measured.files[f"events_{ago(4)}.jsonl"] = file(event(44, 4), event(5, 4))
    measured.files[f"events_{ago(1)}.jsonl"] = file(event(8, 1))
    measured.fetched.clear()
    second = read("events", state=last_state(first))
    assert measured.fetched[0] == f"events_{ago(5)}.jsonl"
    assert stamps(second) == [4, 44, 5, 6, 7, 8]
    keys = {each["event_timestamp"]: each["event_key"] for each in records(first)}
    again = {each["event_timestamp"]: each["event_key"] for each in records(second)}
    assert all(again[stamp] == key for stamp, key in keys.items() if stamp in again)


def test_reads_nothing_twice_when_no_day_is_late(measured: Property, read: Read) -> None:
    measured.files = {f"events_{ago(days)}.jsonl": file(event(days, days)) for days in (3, 2, 1)}
    first = read("events")
    assert stamps(read("events", state=last_state(first), late_days=0)) == [1]


def test_starts_thirty_days_back_and_passes_over_days_that_are_not_there(
    measured: Property, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    measured.files = {f"events_{ago(20)}.jsonl": file(event(1, 20))}
    assert stamps(read("events")) == [1]
    assert 30 <= len(measured.fetched) <= 32
    assert "no file for" in caplog.text


def test_the_key_is_the_same_in_every_version_and_another_for_another_event() -> None:
    one = event(1)
    assert key_of(one) == key_of({**one, "user_id": "1002", "items": [{"item_id": "SOCK-3"}], "is_active_user": True})
    columns = ("user_pseudo_id", "event_timestamp", "event_name", "event_bundle_sequence_id", "batch_page_id",
               "batch_ordering_id", "batch_event_index")  # fmt: skip
    assert len({key_of({**one, name: "7"}) for name in columns} | {key_of(one)}) == len(columns) + 1


def test_passes_on_only_the_columns_it_declares(measured: Property, read: Read) -> None:
    measured.files = {f"events_{ago(1)}.jsonl": file(event(1, user_properties=[{"key": "mail"}], user_ltv={}))}
    (row,) = records(read("events"))
    assert not {"geo", "user_properties", "user_ltv"} & row.keys()
    assert (row["user_id"], row["device"], row["ecommerce"]) == ("1001", {"category": "mobile"}, None)


def test_passes_on_only_the_events_that_are_wanted(measured: Property, read: Read) -> None:
    rows = [event(1), event(2, event_name="scroll"), event(3, event_name="purchase")]
    measured.files = {f"events_{ago(1)}.jsonl": file(*rows)}
    assert stamps(read("events")) == [1, 3]
    assert stamps(read("events", event_names=["scroll"])) == [2]
    assert stamps(read("events", event_names=[])) == [1, 2, 3]


def test_a_broken_line_is_set_aside_and_the_next_one_read(measured: Property, read: Read) -> None:
    broken = b'{"event_date": "2026\n[]\n{"event_name":"page_view"}\n\n'
    measured.files = {f"events_{ago(1)}.jsonl": file(event(1)) + broken + file(event(2))}
    messages = read("events")
    assert stamps(messages) == [1, 2]
    aside = records(messages, "quarantine")
    assert [(each["reason"], each["stream"]) for each in aside] == [("malformed_json", "events")] * 3


def test_reads_the_intraday_file_only_when_told_and_only_while_the_day_is_not_written(
    measured: Property, read: Read
) -> None:
    measured.files = {
        f"events_{ago(1)}.jsonl": file(event(1)),
        f"events_intraday_{ago(1)}.jsonl": file(event(2)),
        f"events_intraday_{ago(0)}.jsonl": file(event(3, 0)),
    }
    assert stamps(read("events")) == [1]
    assert stamps(read("events", intraday=True)) == [1, 3]


def test_reads_a_folder_on_this_computer_without_a_key(tmp_path: Path, read: Read) -> None:
    (tmp_path / f"events_{ago(2)}.jsonl").write_bytes(file(event(1, 2)))
    (tmp_path / f"events_{ago(1)}.jsonl").write_bytes(file(event(2)))
    assert stamps(read("events", export_url=str(tmp_path), credentials=None)) == [1, 2]


def test_asks_for_files_with_a_token_that_opens_no_property(measured: Property, read: Read) -> None:
    measured.files = {f"events_{ago(1)}.jsonl": file(event(1))}
    read("events")
    claims = measured.statements[0].split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert told["scope"] == "https://www.googleapis.com/auth/devstorage.read_only"
    assert set(measured.bearers) == {"Bearer ya29.1"}


def test_asks_for_files_without_a_token_where_there_is_no_key(measured: Property, read: Read) -> None:
    measured.files = {f"events_{ago(1)}.jsonl": file(event(1))}
    assert stamps(read("events", credentials=None)) == [1]
    assert set(measured.bearers) == {""}


def test_tries_a_file_again_that_failed(measured: Property, read: Read) -> None:
    measured.files = {f"events_{ago(1)}.jsonl": file(event(1))}
    measured.refusals = [error(503, "UNAVAILABLE"), error(500, "INTERNAL")]
    assert stamps(read("events")) == [1]
    measured.refusals = [error(503, "UNAVAILABLE")] * 3
    with pytest.raises(TransientError, match="503"):
        read("events")


def test_reads_nothing_of_a_file_that_is_cut_off(http: responses.RequestsMock, read: Read) -> None:
    url = f"{FILES}/events_{ago(1)}.jsonl"
    http.add("GET", url, body=requests.exceptions.ChunkedEncodingError("cut"))
    http.add("GET", url, body=file(event(1), event(2)))
    day = f"{ago(1)[:4]}-{ago(1)[4:6]}-{ago(1)[6:]}"
    http.add_callback("GET", re.compile(rf"{FILES}/events_(?!{ago(1)})\d+\.jsonl"), lambda _: (404, {}, ""))
    assert stamps(read("events", credentials=None, start_date=day)) == [1, 2]


def test_stops_when_the_bucket_refuses(measured: Property, read: Read) -> None:
    measured.refusals = [error(403, "PERMISSION_DENIED")]
    with pytest.raises(HopelessError, match="403"):
        read("events")


def test_stops_at_a_start_date_that_is_none(measured: Property, read: Read) -> None:
    with pytest.raises(HopelessError, match="start_date"):
        read("events", start_date="last week")
