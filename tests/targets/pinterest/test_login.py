"""How the target logs in: with a token that was set, or one that each run makes of the refresh token."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from plugins.sandbox.pinterest import Pinterest
from plugins.wire.outbox import Call
from plugins.wire.retry import HopelessError
from targets.pinterest.api import Api
from tests.targets.pinterest.stage import NOON


@pytest.fixture
def config(vendor: Pinterest, config: dict[str, Any]) -> dict[str, Any]:
    """The settings with a refresh token instead of a token."""
    renewable = {
        "client_id": vendor.client_id, "client_secret": vendor.client_secret, "refresh_token": vendor.refresh_token,
    }  # fmt: skip
    return {**config, **renewable, "access_token": None}


def reads(config: dict[str, Any], times: int = 1) -> None:
    api = Api(config)
    for _ in range(times):
        assert api.send(Call("GET", f"{api.account}/customer_lists", b""))["items"] == []


def logins(vendor: Pinterest) -> list[str]:
    return [call.body.decode() for call in vendor.calls if call.path == "/v5/oauth/token"]


def test_makes_one_token_for_a_run(vendor: Pinterest, config: dict[str, Any]) -> None:
    reads(config, times=3)
    assert logins(vendor) == ["grant_type=refresh_token&refresh_token=pinr.sandbox&continuous_refresh=true"]


def test_prefers_what_never_ends_to_a_token_that_does(vendor: Pinterest, config: dict[str, Any]) -> None:
    reads({**config, "access_token": "long over"})
    assert len(logins(vendor)) == 1


def test_takes_a_token_that_was_set_where_there_is_no_refresh_token(vendor: Pinterest, config: dict[str, Any]) -> None:
    reads({**config, "access_token": vendor.access_token, "refresh_token": None})
    assert logins(vendor) == []


def test_says_what_to_set_where_nothing_is_set(config: dict[str, Any]) -> None:
    with pytest.raises(HopelessError, match="set access_token, or client_id, client_secret, refresh_token"):
        reads({**config, "refresh_token": ""})


def test_keeps_the_newest_refresh_token_where_nobody_else_can_read_it(
    vendor: Pinterest, config: dict[str, Any], tmp_path: Path
) -> None:
    kept = tmp_path / "login.json"
    for _ in range(2):
        reads({**config, "login_file": str(kept)})
    vendor.tokens.refreshers[vendor.refresh_token].ends_at = NOON
    reads({**config, "login_file": str(kept)})
    assert kept.stat().st_mode & 0o077 == 0
    assert json.loads(kept.read_text())["newest"] in vendor.tokens.refreshers
    assert vendor.refresh_token not in kept.read_text()


def test_a_refresh_token_that_is_set_anew_counts_more_than_the_one_that_was_kept(
    vendor: Pinterest, config: dict[str, Any], tmp_path: Path
) -> None:
    kept = tmp_path / "login.json"
    reads({**config, "login_file": str(kept)})
    vendor.perform("expire_tokens", kind="refresh")
    newest = vendor.tokens.give_refresh(frozenset({"ads:read"}), datetime.now(UTC))
    reads({**config, "login_file": str(kept), "refresh_token": newest})


def test_a_broken_login_file_is_as_none(config: dict[str, Any], tmp_path: Path) -> None:
    kept = tmp_path / "login.json"
    kept.write_text("{")
    reads({**config, "login_file": str(kept)})


@pytest.mark.parametrize("wrong", ["client_secret", "refresh_token"])
def test_stops_at_once_when_the_login_is_refused(vendor: Pinterest, config: dict[str, Any], wrong: str) -> None:
    with pytest.raises(HopelessError, match="HTTP 401") as refused:
        reads({**config, wrong: "another"})
    assert vendor.client_secret not in str(refused.value)
    assert len(vendor.calls) == 1


def test_tries_the_login_again_after_an_outage(vendor: Pinterest, config: dict[str, Any]) -> None:
    vendor.faults.add(match="POST /v5/oauth/token", status=503, body="{}", times=2)
    reads(config)


def test_says_so_where_no_login_can_be_had(vendor: Pinterest, config: dict[str, Any]) -> None:
    vendor.faults.add(match="POST /v5/oauth/token", status=503, body="{}", times=9)
    with pytest.raises(HopelessError, match="no token could be had, run again"):
        reads(config)
