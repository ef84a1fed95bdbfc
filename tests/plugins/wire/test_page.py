"""A tap's output: a page at a time, in order, with the catalog's selection, and nothing too large for a pipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from typing import Any, ClassVar

import pytest
import responses
from singer_sdk import Tap, singerlib
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.pagination import BaseAPIPaginator, PageNumberPaginator

from plugins.wire.page import Page, deselected, drop, encoded, head_of
from plugins.wire.retry import HopelessError
from plugins.wire.stream import RETRY_SETTINGS, VendorStream

URL = "https://shop.test/things"
AT = datetime(2026, 3, 2, tzinfo=UTC)


class Pages(PageNumberPaginator):
    def has_more(self, response: Any) -> bool:
        return bool(response.json())


class Things(VendorStream[int]):
    name = "things"
    path = "/things"
    url_base = "https://shop.test"
    primary_keys = ("id",)
    replication_key = "at"
    is_sorted = True
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    schema: ClassVar[dict[str, Any]] = {
        "properties": {
            "id": {"type": "integer"},
            "at": {"type": "string"},
            "who": {"type": "object", "properties": {"name": {"type": "string"}, "mail": {"type": "string"}}},
        }
    }

    def get_new_paginator(self) -> BaseAPIPaginator[Any]:
        return Pages(1)

    def parse_response(self, response: Any) -> Iterable[dict[str, Any]]:
        yield from response.json()


class TapShop(Tap):
    name = "tap-shop"
    message_writer_class = Page
    config_jsonschema: ClassVar[dict[str, Any]] = {"type": "object", "properties": RETRY_SETTINGS}

    def discover_streams(self) -> list[Things]:
        return [Things(self)]


class Written(BytesIO):
    """A standard output that notes each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: Any) -> int:
        self.writes.append(bytes(data))
        return super().write(data)


@contextmanager
def written() -> Iterator[Written]:
    raw = Written()
    with redirect_stdout(TextIOWrapper(raw, "utf-8")) as text:
        yield raw
    text.detach()


@pytest.fixture
def shop() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def thing(number: int) -> dict[str, Any]:
    return {"id": number, "at": f"2026-03-{number:02d}T00:00:00Z", "who": {"name": "Els", "mail": "els@example.be"}}


def said(raw: Written) -> list[dict[str, Any]]:
    return [json.loads(line) for line in raw.getvalue().splitlines()]


def ids(raw: Written) -> list[int]:
    return [each["record"]["id"] for each in said(raw) if each["type"] == "RECORD" and each["stream"] == "things"]


def test_writes_each_page_in_one_piece_and_its_state_with_it(shop: responses.RequestsMock) -> None:
    for page in ([thing(1), thing(2)], [thing(3)], []):
        shop.get(URL, json=page)
    with written() as out:
        TapShop(config={}).sync_all()
    first = next(write for write in out.writes if b'"RECORD"' in write)
    assert [json.loads(line)["type"] for line in first.splitlines()] == ["RECORD", "RECORD", "STATE"]
    assert ids(out) == [1, 2, 3]
    assert said(out)[-1]["value"]["bookmarks"]["things"]["replication_key_value"] == thing(3)["at"]


def test_state_never_covers_a_record_that_was_not_written(shop: responses.RequestsMock) -> None:
    for page in ([thing(1), thing(2)], [thing(3)], []):
        shop.get(URL, json=page)
    with written() as out:
        TapShop(config={}).sync_all()
    newest = ""
    for each in said(out):
        if each["type"] == "RECORD":
            newest = each["record"]["at"]
        elif each["type"] == "STATE":
            assert each["value"]["bookmarks"]["things"].get("replication_key_value", "") <= newest


def test_a_failing_page_lets_out_the_pages_before_it(shop: responses.RequestsMock) -> None:
    shop.get(URL, json=[thing(1)])
    shop.get(URL, status=401)
    with written() as out, pytest.raises(HopelessError):
        TapShop(config={}).sync_all()
    assert ids(out) == [1]


class Exported(Things):
    """What a vendor gives as JSON already."""

    def raw_records(self) -> Iterator[list[bytes]]:
        yield [encoded(thing(1)), encoded(thing(2))]
        yield []
        yield [encoded({**thing(3), "blob": "x" * 8_000_000})]
        self._increment_stream_state({"at": thing(2)["at"]})


class TapExports(TapShop):
    def discover_streams(self) -> list[Things]:
        return [Exported(self)]


def test_passes_on_what_is_json_already_and_then_the_state() -> None:
    with written() as out:
        TapExports(config={}).sync_all()
    assert [each["record"] for each in said(out) if each.get("stream") == "things" and "record" in each] == [
        thing(1), thing(2),
    ]  # fmt: skip
    assert said(out)[-1]["value"]["bookmarks"]["things"]["replication_key_value"] == thing(2)["at"]
    (bad,) = [each["record"] for each in said(out) if each["type"] == "RECORD" and each["stream"] == "quarantine"]
    assert (bad["stream"], bad["reason"]) == ("things", "too_large")


def test_leaves_out_what_the_catalog_deselects_of_what_is_json_already() -> None:
    catalog = TapExports(config={}).catalog_dict
    for mark in catalog["streams"][0]["metadata"]:
        mark["metadata"]["selected"] = tuple(mark["breadcrumb"][1::2]) != ("who", "mail")
    with written() as out:
        TapExports(config={}, catalog=catalog).sync_all()
    kept = [each["record"]["who"] for each in said(out) if each["type"] == "RECORD" and each["stream"] == "things"]
    assert kept[:2] == [{"name": "Els"}] * 2


def test_a_limited_run_reads_as_usual(shop: responses.RequestsMock) -> None:
    shop.get(URL, json=[thing(7)])
    shop.get(URL, json=[])
    stream = Exported(TapExports(config={}))
    stream.ABORT_AT_RECORD_COUNT = 5
    with written():
        assert [row["id"] for row in stream._sync_records()] == [7]


def test_leaves_out_what_the_catalog_deselects(shop: responses.RequestsMock) -> None:
    shop.get(URL, json=[thing(1)])
    shop.get(URL, json=[])
    catalog = TapShop(config={}).catalog_dict
    for mark in catalog["streams"][0]["metadata"]:
        mark["metadata"]["selected"] = tuple(mark["breadcrumb"][1::2]) != ("who", "mail")
    with written() as out:
        TapShop(config={}, catalog=catalog).sync_all()
    assert next(each for each in said(out) if each["type"] == "RECORD")["record"]["who"] == {"name": "Els"}


def test_a_trial_run_stops_at_its_limit(shop: responses.RequestsMock) -> None:
    shop.get(URL, json=[thing(1), thing(2), thing(3)])
    with written():
        TapShop(config={}).run_sync_dry_run(dry_run_record_limit=2)
    assert len(shop.calls) == 1


def test_stream_maps_go_the_sdks_own_way(shop: responses.RequestsMock) -> None:
    shop.get(URL, json=[thing(1)])
    shop.get(URL, json=[])
    with written() as out:
        TapShop(config={"stream_maps": {"things": {"id": "id + 1"}}}).sync_all()
    assert ids(out) == [2]


def test_a_record_too_large_for_a_pipe_is_set_aside_with_its_beginning() -> None:
    page = Page()
    with written() as out:
        page.record(head_of("things", None, AT), {"id": 1, "name": "x" * 12_000_000}, "things", "tap-shop")
        page.record(head_of("things", None, AT), {"id": 2}, "things", "tap-shop")
        page.flush()
    schema, bad, good = said(out)
    assert (schema["type"], schema["stream"], bad["stream"]) == ("SCHEMA", "quarantine", "quarantine")
    assert (bad["record"]["stream"], bad["record"]["reason"]) == ("things", "too_large")
    assert bad["record"]["payload"].startswith('{"id":1,')
    assert good["record"] == {"id": 2}


def test_says_nothing_after_a_signal_cut_a_page_short() -> None:
    page = Page()
    page.is_writing = True
    with written() as out:
        page.write_message(singerlib.StateMessage({"bookmarks": {}}))
    assert out.getvalue() == b""


def test_a_pipe_that_takes_little_gets_it_all() -> None:
    class Narrow(Written):
        def write(self, data: Any) -> int:
            return super().write(bytes(data[:7]))

    page, raw = Page(), Narrow()
    with redirect_stdout(TextIOWrapper(raw, "utf-8")) as text:
        page.add(b"a" * 100)
        page.flush()
    text.detach()
    assert raw.getvalue() == b"a" * 100 + b"\n"


def test_numbers_stay_exact_and_half_a_surrogate_pair_survives_as_an_escape() -> None:
    assert encoded({"price": Decimal("1.10")}) == b'{"price":1.10}'
    assert encoded({"name": "\ud800"}) == b'{"name":"\\ud800"}'


def test_the_head_carries_version_and_time() -> None:
    line = json.loads(head_of("things", 5, AT) + b"{}}")
    assert line == {
        "type": "RECORD", "stream": "things", "time_extracted": "2026-03-02T00:00:00Z", "version": 5, "record": {},
    }  # fmt: skip


def test_only_the_topmost_deselected_property_counts() -> None:
    mask = {
        (): True,
        ("properties", "a"): False,
        ("properties", "a", "properties", "b"): False,
        ("properties", "c", "properties", "d"): False,
    }
    assert deselected(mask) == [("a",), ("c", "d")]


def test_a_path_that_a_record_lacks_is_left_alone() -> None:
    record = {"c": None, "a": 1}
    drop(record, ("c", "d"))
    assert record == {"c": None, "a": 1}
