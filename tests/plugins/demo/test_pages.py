"""What a demonstration ends with: pages to look at, and who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy.engine import make_url

from plugins.console.roles import Role
from plugins.demo.pages import serve
from plugins.hub import sandboxes
from plugins.store.engine import Store


@pytest.fixture
def running(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[sandboxes.Running]:
    """A console as `rotonde demo` leaves it."""
    url = sqlite_store.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("ROTONDE_DATABASE_URL", url)
    folder = folder_of(sqlite_store)
    yield serve(folder, "fiction", sqlite_store, port=0)
    sandboxes.stop(folder)


def folder_of(store: Store) -> Path:
    return Path(str(make_url(store.engine.url).database)).parent


def is_let_in(url: str, name: str, password: str) -> bool:
    browser = requests.Session()
    token = re.findall(r'name="form_token" value="([^"]+)"', browser.get(f"{url}/sign-in", timeout=10).text)[0]
    said = {"form_token": token, "name": name, "password": password}
    return browser.post(f"{url}/sign-in", said, timeout=10, allow_redirects=False).status_code == 303


def test_every_role_may_look_with_the_password_that_is_told(running: sandboxes.Running) -> None:
    for role in Role:
        assert is_let_in(running.url, role.value, running.settings["password"])
    assert not is_let_in(running.url, Role.OPS.value, "another password")


def test_a_second_demonstration_finds_the_console_that_is_there(
    running: sandboxes.Running, sqlite_store: Store
) -> None:
    assert serve(folder_of(sqlite_store), "fiction", sqlite_store, port=0) == running


def test_the_console_ends_with_the_sandbox_and_opens_again_under_a_new_password(
    running: sandboxes.Running, sqlite_store: Store
) -> None:
    assert sandboxes.stop(folder_of(sqlite_store))
    assert not sandboxes.stop(folder_of(sqlite_store))
    again = serve(folder_of(sqlite_store), "fiction", sqlite_store, port=0)
    assert not is_let_in(again.url, Role.OPS.value, running.settings["password"])
    assert is_let_in(again.url, Role.OPS.value, again.settings["password"])
    assert (folder_of(sqlite_store) / "console.json").stat().st_mode & 0o077 == 0
