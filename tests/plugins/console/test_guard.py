"""Each route by each role; writes only with session, token and right; headers and errors on every page."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

import pytest
from starlette.responses import Response
from starlette.routing import Route

from plugins.console.app import make_app
from plugins.console.ask import Ask
from plugins.console.desk import TEMPLATES, Desk
from plugins.console.pages import ROUTES
from plugins.console.roles import RIGHTS, Right, Role, may
from plugins.console.route import Seen
from plugins.console.shell import HEADERS
from tests.plugins.console.browsing import Browser

CANARY = "canary@example.nl"


def path_of(seen: Seen) -> str:
    return re.sub(r"\{\w+(:\w+)?\}", "nothing", seen.path)


def ids(seen: Seen) -> str:
    return f"{seen.method} {seen.path}"


def test_every_route_names_the_right_it_needs(desk: Desk) -> None:
    routes = [each for each in make_app(desk).routes if isinstance(each, Route)]
    assert len(make_app(desk).routes) == len(ROUTES) == len(routes)
    assert all(isinstance(each.right, Right) for each in ROUTES)
    writes_for_anybody = [each.path for each in ROUTES if each.right is Right.ANYBODY and each.method != "GET"]
    assert writes_for_anybody == ["/sign-in"]


def test_every_role_stands_in_the_table_and_every_right_is_somebodys() -> None:
    assert RIGHTS.keys() == set(Role)
    assert frozenset.union(*RIGHTS.values()) == set(Right) - {Right.ANYBODY}


@pytest.mark.parametrize("role", list(Role))
def test_s10_each_route_answers_who_has_the_right_and_nobody_else(desk: Desk, role: Role) -> None:
    browser = Browser(desk)
    browser.signs_in(role)
    for seen in ROUTES:
        is_open = may(role, seen.right)
        asked = browser.post(path_of(seen)) if seen.method == "POST" else browser.get(path_of(seen))
        assert (asked.status_code == 403) is not is_open, ids(seen)
        assert asked.status_code < 500, ids(seen)
        assert "/sign-in" not in asked.headers.get("location", "") or seen.path == "/sign-out"
        if seen.path in ("/sign-out", "/sign-in"):
            browser.signs_in(role)


@pytest.mark.parametrize("seen", [each for each in ROUTES if each.right is not Right.ANYBODY], ids=ids)
def test_s10_nobody_is_shown_anything_before_signing_in(browser: Browser, seen: Seen) -> None:
    answer = browser.client.request(
        seen.method, path_of(seen), data={"form_token": "0"} if seen.method == "POST" else None
    )
    assert (answer.status_code, answer.headers["location"], answer.text) == (303, "/sign-in", "")


@pytest.mark.parametrize("seen", [each for each in ROUTES if each.method == "POST"], ids=ids)
def test_s10_a_write_without_the_token_of_this_session_is_refused(desk: Desk, seen: Seen) -> None:
    browser, other = Browser(desk), Browser(desk, "192.0.2.2")
    browser.signs_in("ops"), other.signs_in("dpo")
    for token in ({}, {"form_token": ""}, {"form_token": "é"}, {"form_token": other.token("/oneself")}):
        assert browser.client.post(path_of(seen), data=token or {"x": "y"}).status_code == 403
    assert browser.is_signed_in


def test_a_form_of_another_kind_or_size_is_refused_before_it_is_read(browser: Browser) -> None:
    browser.signs_in("ops")
    assert browser.client.post("/language", json={}).status_code == 415
    assert browser.client.post("/language", files={"x": b"y"}).status_code == 415
    assert browser.post("/language", language="n" * 200_001).status_code == 413
    assert browser.post("/language", **{f"f{number}": "" for number in range(300)}).status_code == 400


def _breaks(_ask: Ask) -> Response:
    raise RuntimeError(CANARY)


BROKEN = Seen("/broken", "broken", Right.ANYBODY, _breaks)
PATHS = ("/", "/sign-in", "/static/console.css", "/oneself", "/no-such-page", "/%00", "/broken")


@pytest.mark.parametrize("path", PATHS)
def test_s11_every_answer_keeps_the_browser_strict(desk: Desk, path: str) -> None:
    browser = Browser(desk, more=[BROKEN])
    for answer in (browser.get(path), browser.client.put(path)):
        assert [name for name, value in HEADERS.items() if answer.headers.get(name) != value] == []
        assert answer.headers["cache-control"] == "no-store" or (path, answer.status_code) == (PATHS[2], 200)
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_s11_no_template_has_a_script_a_style_or_an_event_of_its_own() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|javascript:|https?://|\|\s*safe\b|autoescape", re.I
    )
    assert {
        path.name for path in TEMPLATES.rglob("*") if path.is_file() and inline.search(path.read_text("utf-8"))
    } == set()


def test_s11_what_somebody_typed_comes_back_escaped(browser: Browser) -> None:
    typed = '"><script>alert(1)</script>{{ 7 * 7 }}'
    page = browser.signs_in(typed, "wrong").text
    assert "<script" not in page
    assert "&#34;&gt;&lt;script&gt;" in page
    assert "{{ 7 * 7 }}" in page


def test_s13_an_error_shows_its_number_and_the_log_its_kind_but_neither_what_it_said(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(desk, more=[BROKEN])
    with caplog.at_level(logging.DEBUG):
        answer = browser.get(f"/broken?who={CANARY}")
    number = re.search(r"Number (\w{12})", answer.text)
    assert answer.status_code == 500
    assert number
    told = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("plugins"))
    assert f"request {number[1]} failed: RuntimeError at " in told
    assert CANARY not in answer.text + told
    assert "Traceback" not in answer.text


def test_on_the_machine_itself_a_cookie_needs_no_tls(desk: Desk) -> None:
    browser = Browser(replace(desk, is_secure=False))
    said = browser.signs_in("ops").headers["set-cookie"]
    assert "Secure" not in said
    assert "__Host-" not in said
