"""What is built comes from locked packages only, and what runs speaks to the hosts it was given only."""

from __future__ import annotations

import importlib.metadata
import re
import socket
import sysconfig
from pathlib import Path

import pytest
import requests
import responses

from plugins.wire.access import Access
from plugins.wire.hosts import HostSession
from plugins.wire.outbox import Call
from plugins.wire.retry import HopelessError
from plugins.wire.sending import Sender
from tests.guarded import StrangeHost, loopback_only

ROOT = Path(__file__).parents[2]
PTH = {"_rotonde.pth", "distutils-precedence.pth"}
"""Ours, which names the project's folder, and that of setuptools."""
INSTALLATIONS = re.findall(r"pip .*(?:install|sync) .*", (ROOT / "Makefile").read_text("utf-8"))
HOME, AWAY = "https://api.vendor.example/v1", "https://elsewhere.example/v1"


def locks() -> list[Path]:
    forms = (".ci/*.lock", "*.lock", "bench/*.lock", "bench/identity/*.lock", "prove/*.lock")
    return sorted(path for form in forms for path in ROOT.glob(form))


@pytest.mark.parametrize("command", INSTALLATIONS)
def test_s15_every_installation_takes_locked_and_hashed_packages_or_ours_alone(command: str) -> None:
    is_hashed = "--require-hashes" in command and ".lock" in command
    is_ours = "--no-deps --no-build-isolation --editable ." in command
    assert is_hashed or is_ours, command


@pytest.mark.parametrize("lock", locks(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_s15_every_package_of_a_lock_file_has_a_version_and_a_hash(lock: Path) -> None:
    text = lock.read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert lines
    assert [line for line in lines if not re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_s15_what_python_runs_at_its_start_is_known() -> None:
    there = {path.name: path for path in Path(sysconfig.get_paths()["purelib"]).glob("*.pth")}
    assert set(there) <= PTH
    files = [each for one in importlib.metadata.distributions() for each in one.files or ()]
    assert set(there) <= {each.name for each in files if each.suffix == ".pth"}
    if "_rotonde.pth" in there:
        assert "import" not in there["_rotonde.pth"].read_text().split()


@responses.activate
@pytest.mark.parametrize("there", [AWAY, "http://api.vendor.example/v1", "https://api.vendor.example:8443/v1"])
@pytest.mark.parametrize("status", [301, 307, 308])
def test_s16_a_redirect_to_another_host_is_not_followed(status: int, there: str) -> None:
    responses.post(f"{HOME}/members", status=status, headers={"Location": f"{there}/members"})
    strange = responses.post(f"{there}/members", json={})
    sender = Sender(HOME, {"max_tries": 1})
    with pytest.raises(HopelessError, match="points to another host"):
        sender.send(Call("POST", "/members", b"{}"))
    assert strange.call_count == 0


@responses.activate
def test_s16_who_signs_in_is_not_led_elsewhere_with_the_secret() -> None:
    responses.post(f"{HOME}/token", status=307, headers={"Location": f"{AWAY}/token"})
    strange = responses.post(f"{AWAY}/token", json={"access_token": "x"})
    with pytest.raises(HopelessError, match="points to another host"):
        Access(dict.fromkeys(("client_id", "client_secret", "refresh_token"), "x"), "trial", f"{HOME}/token").token()
    assert strange.call_count == 0


@responses.activate
def test_s16_a_redirect_at_the_same_host_is_followed() -> None:
    responses.get(f"{HOME}/a", status=302, headers={"Location": f"{HOME}/b"})
    responses.get(f"{HOME}/b", json={"is": "there"})
    assert HostSession("trial", HOME).get(f"{HOME}/a").json() == {"is": "there"}


def test_s16_no_test_of_a_connector_leaves_this_machine() -> None:
    with loopback_only():
        with pytest.raises(StrangeHost):
            socket.create_connection(("192.0.2.1", 443), timeout=1)
        with pytest.raises(requests.ConnectionError):
            requests.get("http://127.0.0.1:9", timeout=1)
    for kind in ("taps", "targets"):
        assert "loopback_only" in (ROOT / "tests" / kind / "conftest.py").read_text("utf-8")
