"""Accounts are kept by commands; a password is asked for, and never an argument."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from plugins.console.__main__ import _is_here, console
from plugins.console.seals import Seals
from plugins.store.console_tables import console_account
from plugins.store.engine import Store
from plugins.store.suppression import secret_of
from tests.making import stored

SECRET = "a long enough secret"


@pytest.fixture
def run(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ROTONDE_DATABASE_URL", sqlite_store.engine.url.render_as_string(hide_password=False))

    def invoke(*arguments: str, says: str = "") -> Result:
        return CliRunner().invoke(console, ("account", *arguments), input=says, catch_exceptions=False)

    return invoke


def test_an_account_is_made_listed_and_disabled(run: Any, sqlite_store: Store) -> None:
    made = run("add", "ann", "--role", "ops", "--language", "nl", "--password-stdin", says=f"{SECRET}\n")
    assert made.exit_code == 0
    (row,) = json.loads(run("list", "--json").stdout)
    assert (row["name"], row["role"], row["language"], row["is_disabled"]) == ("ann", "ops", "nl", False)
    assert run("disable", "ann").exit_code == 0
    (kept,) = stored(sqlite_store, console_account)
    assert kept["is_disabled"]


def test_s1_a_password_is_in_no_output_no_argument_and_not_in_the_store(run: Any, sqlite_store: Store) -> None:
    said = [run("add", "ann", "--role", "ops", "--password-stdin", says=f"{SECRET}\n"),
            run("password", "ann", "--password-stdin", says=f"{SECRET}\n"), run("list"), run("list", "--json"),
            run("add", "ann", "--role", "ops", "--password-stdin", says=f"{SECRET}\n")]  # fmt: skip
    assert [each.exit_code for each in said] == [0, 0, 0, 0, 2]
    assert SECRET not in "".join(each.output for each in said) + repr(stored(sqlite_store, console_account))
    options = {
        name for each in console.commands["account"].commands.values() for one in each.params for name in one.opts
    }  # type: ignore[attr-defined]
    assert not {"--password", "-p"} & options


def test_without_a_terminal_and_without_standard_input_one_line_says_what_to_do(run: Any) -> None:
    told = run("add", "ann", "--role", "ops")
    assert told.exit_code == 2
    assert "give --password-stdin" in told.output


def test_the_key_of_the_console_is_made_once_for_its_owner_and_is_not_that_of_suppression(
    sqlite_store: Store, tmp_path: Path
) -> None:
    first = Seals.of(sqlite_store)
    assert Seals.of(sqlite_store).of_text("session", "x") == first.of_text("session", "x")
    assert (sqlite_store.path.parent / "console.key").stat().st_mode & 0o777 == 0o600
    assert secret_of(sqlite_store, make=True) != first.secret
    assert first.secret.decode() not in repr(first)


@pytest.mark.parametrize(
    ("host", "here"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("192.0.2.9", False), ("shop", False)]
)
def test_only_on_the_machine_itself_cookies_go_without_tls(host: str, here: bool) -> None:
    assert _is_here(host) is here
