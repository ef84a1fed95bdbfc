"""Signing in: slow to guess, a new token each time, and never for longer than a working day."""

from __future__ import annotations

import pytest

from plugins.console import accounts
from plugins.console.attempts import LONGEST_WAIT, wait_after
from plugins.console.desk import Desk
from plugins.store.console_tables import console_account, console_attempt, console_session
from plugins.store.engine import StoreError
from tests.making import stored
from tests.plugins.console.browsing import PASSWORD, Browser, Time


def test_s12_a_password_is_kept_as_argon2id(desk: Desk) -> None:
    kept = {row["password"] for row in stored(desk.hub.store, console_account)}
    assert len(kept) == 5
    assert all(each.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for each in kept)


def test_s12_after_five_tries_even_the_right_password_waits_and_ever_longer(browser: Browser, time: Time) -> None:
    assert [browser.signs_in("ops", "wrong").status_code for _ in range(5)] == [401] * 5
    refused = browser.signs_in("ops")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    time.after(seconds=31)
    assert browser.signs_in("ops", "wrong").status_code == 401
    time.after(seconds=59)
    assert browser.signs_in("ops").status_code == 429
    time.after(seconds=2)
    assert browser.signs_in("ops").status_code == 303
    assert [wait_after(tries).total_seconds() for tries in (4, 5, 6, 7)] == [0, 30, 60, 120]
    assert wait_after(5000) == LONGEST_WAIT


def test_an_account_is_guarded_against_many_addresses_and_an_address_against_many_accounts(desk: Desk) -> None:
    crowd = [Browser(desk, f"192.0.2.{number}") for number in range(2, 8)]
    assert [each.signs_in("ops", "wrong").status_code for each in crowd] == [401] * 5 + [429]
    lone = Browser(desk, "198.51.100.1")
    assert [lone.signs_in(f"guess{number}", "wrong").status_code for number in range(6)] == [401] * 5 + [429]


def test_a_name_that_nobody_has_is_answered_like_one_with_a_wrong_password(desk: Desk) -> None:
    accounts.set_disabled(desk.hub.store, "viewer", desk.hub.clock())
    answers = {
        Browser(desk, f"192.0.2.{number}").signs_in(name, word).text.replace(name, "")
        for number, (name, word) in enumerate([("nobody", "wrong"), ("dpo", "wrong"), ("viewer", PASSWORD)], 20)
    }
    assert len({text.partition("form_token")[0] for text in answers}) == 1


def test_tries_are_counted_under_keys_that_name_nobody(desk: Desk, browser: Browser) -> None:
    browser.signs_in("dpo", "wrong")
    kept = repr(stored(desk.hub.store, console_attempt))
    assert "dpo" not in kept
    assert browser.address not in kept


def test_s12_every_sign_in_gives_a_new_token_and_ends_the_one_before(browser: Browser) -> None:
    name = browser.desk.cookie("session")
    browser.signs_in("ops")
    first = browser.client.cookies[name]
    browser.client.post("/sign-in", data={"form_token": browser.token("/oneself"), "name": "ops", "password": PASSWORD})
    assert browser.client.cookies[name] != first
    browser.client.cookies.clear()
    browser.client.cookies.set(name, first)
    assert not browser.is_signed_in


def test_s12_half_an_hour_idle_ends_a_session(browser: Browser, time: Time) -> None:
    browser.signs_in("ops")
    for _ in range(4):
        time.after(minutes=29)
        assert browser.is_signed_in
    time.after(minutes=31)
    assert not browser.is_signed_in


def test_s12_twelve_hours_end_a_session_however_busy(browser: Browser, time: Time) -> None:
    browser.signs_in("ops")
    for _ in range(25):
        time.after(minutes=28.8)
        assert browser.is_signed_in
    time.after(minutes=1)
    assert not browser.is_signed_in


def test_the_store_has_no_token_that_a_browser_holds(browser: Browser) -> None:
    browser.signs_in("ops")
    token = browser.client.cookies[browser.desk.cookie("session")]
    assert token not in repr(stored(browser.desk.hub.store, console_session))


def test_a_cookie_is_for_this_host_over_tls_and_for_no_script_or_other_site(browser: Browser) -> None:
    said = browser.signs_in("ops").headers["set-cookie"]
    assert said.startswith("__Host-rotonde-session=")
    assert all(word in said for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"))
    assert "Domain" not in said


@pytest.mark.parametrize(
    "change", [accounts.set_disabled, lambda *args: accounts.set_password(*args[:2], "n" * 12, args[2])]
)
def test_a_change_of_an_account_ends_its_sessions(browser: Browser, change: object) -> None:
    browser.signs_in("ops")
    change(browser.desk.hub.store, "ops", browser.desk.hub.clock())  # type: ignore[operator]
    assert not browser.is_signed_in
    assert browser.signs_in("ops").status_code == 401


def test_who_signs_out_is_out_everywhere_that_token_was(browser: Browser) -> None:
    browser.signs_in("ops")
    browser.post("/sign-out")
    assert stored(browser.desk.hub.store, console_session) == []


def test_a_short_password_a_taken_name_and_an_unknown_account_are_refused_with_what_to_do(desk: Desk) -> None:
    store, now = desk.hub.store, desk.hub.clock()
    with pytest.raises(StoreError, match="12 to 200 signs"):
        accounts.set_password(store, "ops", "short", now)
    with pytest.raises(StoreError, match="there already"):
        accounts.add(store, "ops", accounts.Role.OPS, PASSWORD, now)
    with pytest.raises(StoreError, match="no account 'x'"):
        accounts.set_disabled(store, "x", now)
