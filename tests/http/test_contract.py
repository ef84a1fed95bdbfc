"""Whatever a vendor answers, every connector ends as it may: nothing is lost, nothing sealed that was not read."""

from __future__ import annotations

import logging
import re
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from plugins.wire.retry import WireError
from tests.http.stages import CANARY, SENDINGS, Reading, read, retailer, send, served

ROOT = Path(__file__).parents[2]
CASES: list[dict[str, Any]] = YAML(typ="safe").load(ROOT / "tests" / "bad_inputs" / "http.yaml")
TAPS, TARGETS = (
    sorted(path.parent.name for path in (ROOT / kind).glob("*/meltano.yml") if path.parent.name != "hub")
    for kind in ("taps", "targets")
)
SECOND = 1
"""The second request: the first has been answered, and others follow."""
each_case = pytest.mark.parametrize("case", CASES, ids=[str(each["name"]) for each in CASES])


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let nobody wait but the vendor."""
    taken: list[float] = []
    sleep = time.sleep

    def nap(seconds: float) -> None:
        if threading.current_thread() is threading.main_thread():
            taken.append(seconds)
        else:
            sleep(seconds)

    monkeypatch.setattr(time, "sleep", nap)
    return taken


@cache
def untroubled(system: str) -> Reading:
    """Return what a tap reads when all goes well."""
    with served(system) as (_, settings):
        return read(system, settings)


def trouble(vendor: Any, case: dict[str, Any], match: str, skip: int) -> None:
    vendor.faults.add(match=match, times=1 if case["how"] == "once" else 10**6, skip=skip, **case["answer"])


def keeps_quiet(said: str, settings: dict[str, str]) -> None:
    """Check that a text names no secret and no person."""
    secrets = [value for name, value in settings.items() if re.search("KEY|TOKEN|SECRET", name) and len(value) > 5]
    people = [CANARY, *(each.email for each in (*retailer().contacts, *retailer().web_accounts))]
    assert not [each for each in (*secrets, *people) if each in said]


@pytest.mark.parametrize("system", TAPS)
def test_a_tap_reads_the_same_twice(system: str) -> None:
    with served(system) as (_, settings):
        assert read(system, settings).records == untroubled(system).records
    assert len(untroubled(system).records) > 1


@each_case
@pytest.mark.parametrize("system", TAPS)
def test_a_tap_reads_on_or_stops_with_one_line(
    system: str, case: dict[str, Any], naps: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    expected = untroubled(system)
    with served(system) as (vendor, settings):
        trouble(vendor, case, ".*", SECOND)
        try:
            found = read(system, settings)
        except WireError as error:
            outcome, said = "stops", str(error)
            assert "\n" not in said
            assert re.match(r"tap-\w+: ", said)
        else:
            outcome, said = ("same" if found.records == expected.records else "other"), ""
            assert found.sealed == expected.sealed
    assert outcome in case["tap"] + case.get("but", {}).get(system, []), said
    keeps_quiet(said + caplog.text, settings)
    waited(case, naps, outcome)


def test_every_target_says_what_it_would_send() -> None:
    assert {kind.partition("/")[0] for kind in SENDINGS} == set(TARGETS)


@each_case
@pytest.mark.parametrize("kind", SENDINGS)
def test_a_row_is_accepted_rejected_or_open_and_never_lost(
    kind: str, case: dict[str, Any], naps: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    system, sending = kind.partition("/")[0], SENDINGS[kind]
    with served(system) as (vendor, settings):
        rows = sending.rows(vendor)
        trouble(vendor, case, sending.match, 0)
        try:
            outbox = send(system, settings, rows)
        except WireError as error:
            outcome, said, outbox = "stops", str(error), error.outbox  # type: ignore[attr-defined]
            assert set(outbox.states.values()) <= {"unknown", "dropped"}
        else:
            (outcome,), said = {*outbox.states.values()}, str(outbox.reasons)
            assert len(outbox.states) == len(rows)
    assert outcome in case["target"] + case.get("but", {}).get(system, []), said
    keeps_quiet(said + caplog.text, settings)
    waited(case, naps, outcome)


def waited(case: dict[str, Any], naps: list[float], outcome: str) -> None:
    if "waits" in case and outcome != "stops":
        least, most = case["waits"]
        assert least <= max(naps) <= most
