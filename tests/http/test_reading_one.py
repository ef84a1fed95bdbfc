"""A tap that can be asked for one record gives the same of it as a whole reading does, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from singer_sdk import Tap

from plugins.lane.connectors import Connectors, _kind
from plugins.wire.stream import VendorStream
from plugins.wire.webhook_file import FILE, read_hook
from tests.http.stages import config_of, read, served

ADDRESS = re.compile(r"https?://127\.0\.0\.1:\d+")
TAPS = Path(__file__).parents[2] / "taps"
TOLD = sorted(path.parent.name for path in TAPS.glob(f"*/{FILE}"))
NOT_YET = {
    ("meta", "comments"), ("meta", "posts"), ("meta", "leads"), ("meta", "media_comments"), ("meta", "tagged_media"),
    ("mailchimp", "campaigns"), ("shopify", "refunds"), ("shopify", "abandoned_checkouts"),
}  # fmt: skip
"""What is told of and waits for the next round."""


def _nowhere(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without where its vendor answered."""
    found: dict[str, Any] = json.loads(ADDRESS.sub("https://vendor.example", json.dumps(record)))
    return found


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without its lists: an export in the background gives their rows in another form."""
    return {name: value for name, value in record.items() if not isinstance(value, list)}


def told_of(system: str) -> list[str]:
    hook = read_hook(TAPS / system / FILE)
    return sorted({stream for each in hook.topics.values() for stream in each})


def connectors(system: str, settings: dict[str, str]) -> Connectors:
    known = _kind(f"taps.{system}.tap", Tap).config_jsonschema["properties"]
    return Connectors(lambda _plugin: config_of(f"TAP_{system.upper()}_", settings, known))


def records(said: list[bytes] | None) -> list[dict[str, Any]]:
    assert said is not None
    return [message["record"] for line in said if (message := json.loads(line))["type"] == "RECORD"]


def whole(system: str, stream: str, settings: dict[str, str]) -> list[dict[str, Any]]:
    said = sorted(read(system, settings).records)
    return [record for name, record in map(json.loads, said) if name == stream]


PAIRS = [(system, stream) for system in TOLD for stream in told_of(system)]


@pytest.mark.parametrize(("system", "stream"), [pair for pair in PAIRS if pair not in NOT_YET])
def test_one_record_is_the_same_as_in_a_whole_reading(system: str, stream: str) -> None:
    with served(system) as (_, settings):
        by = read_hook(TAPS / system / FILE).stored(stream).by
        rows = whole(system, stream, settings)
        assert rows
        for row in (rows[0], rows[-1]):
            (one,) = records(connectors(system, settings).read_one(system, stream, by, str(row[by])))
            assert one[by] == row[by]
            assert _flat(_nowhere(one)) == _flat(row)
        last = str(rows[-1][by])
        gone = re.sub(r"\d+$", "99999999", last) if by != "email_address" else "nobody@example.org"
        assert records(connectors(system, settings).read_one(system, stream, by, gone)) == []


@pytest.mark.parametrize(("system", "stream"), sorted(NOT_YET))
def test_what_cannot_be_asked_for_alone_is_left_to_the_round(system: str, stream: str) -> None:
    with served(system) as (_, settings):
        by = read_hook(TAPS / system / FILE).stored(stream).by
        assert connectors(system, settings).read_one(system, stream, by, "1") is None


def test_nothing_is_sealed_and_no_bookmark_moves_by_reading_one() -> None:
    with served("woocommerce") as (_, settings):
        rows = whole("woocommerce", "customers", settings)
        said = connectors("woocommerce", settings).read_one("woocommerce", "customers", "id", str(rows[0]["id"]))
    assert said is not None
    assert b"ACTIVATE_VERSION" not in b"".join(said)


def test_every_stream_that_reads_one_is_known_by_that_field() -> None:
    for system, stream in PAIRS:
        if (system, stream) not in NOT_YET:
            with served(system) as (_, settings):
                known = _kind(f"taps.{system}.tap", Tap).config_jsonschema["properties"]
                opened = _kind(f"taps.{system}.tap", Tap)(config=config_of(f"TAP_{system.upper()}_", settings, known))
                found = opened.streams[stream]
            assert isinstance(found, VendorStream)
            assert found.reads_one == read_hook(TAPS / system / FILE).stored(stream).by
