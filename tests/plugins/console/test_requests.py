"""What a person asks for by their rights: taken on with a clock, carried out as the commands do, and written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from httpx import Response

from plugins.console.desk import Desk
from plugins.console.pages.requests import CARRYING
from plugins.console.words import Words
from plugins.hub.auditing import logged
from plugins.hub.lease import release, take
from plugins.hub.rights import requests
from plugins.hub.rights.carrying import carry_out
from plugins.store.rights_tables import erasure, rights_request, suppression
from plugins.store.tables import ENTITY_TABLES
from tests.making import stored
from tests.plugins.console.browsing import Browser, Time
from tests.plugins.console.people import EMAIL, profile_of

SAYS = Words("en")


@pytest.fixture
def started() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def office(counter: Desk, started: list[tuple[str, str]], own_environment: None) -> Desk:
    """The town, and a console that starts nothing by itself."""
    return replace(counter, start=lambda *what: started.append(what[1:]))


def who(desk: Desk, role: str) -> Browser:
    browser = Browser(desk)
    browser.signs_in(role)
    return browser


def takes_on(browser: Browser, name: str, kind: str, **more: str) -> Response:
    return browser.post(f"/requests/of/{profile_of(browser.desk.hub.store, name)}", kind=kind, **more)


def told(desk: Desk) -> list[tuple[str, str, object]]:
    """Return the lines of the audit log about requests, oldest first: who, about what, and what."""
    lines = reversed([each for each in logged(desk.hub.store, 50) if each["kind"] in ("request", "objection")])
    return [(each["who"], each["kind"], each["detail"].get("what")) for each in lines]


def test_an_answer_is_due_a_month_later() -> None:
    days = [date(2026, 3, 12), date(2026, 1, 31), date(2026, 12, 31)]
    assert [str(requests.month_after(each)) for each in days] == ["2026-04-12", "2026-02-28", "2027-01-31"]


def test_access_is_written_by_a_process_beside_us_and_handed_over_by_the_officer_alone(
    office: Desk, started: list[tuple[str, str]]
) -> None:
    ops, officer = who(office, "ops"), who(office, "dpo")
    path = takes_on(ops, "ann", "access", asked_on="2026-03-01").headers["location"]
    assert takes_on(ops, "ann", "access").headers["location"] == path
    assert SAYS("requests.left", days=20) in ops.get("/requests").text
    assert ops.post(f"{path}/prepare").status_code == 303
    ((module, number),) = started
    assert (module, path) == (CARRYING, f"/requests/{number}")
    folder = requests.folder_of(office.hub.store, number)
    assert carry_out(office.hub, number) == 0
    assert [ops.get(f"{path}/file/person.json").status_code, ops.post(f"{path}/prepare").status_code] == [403, 400]
    given = officer.get(f"{path}/file/person.json")
    assert EMAIL in given.text
    assert given.headers["content-disposition"] == 'attachment; filename="person.json"'
    assert (folder / "person.json").stat().st_mode & 0o077 == 0
    assert officer.get(f"{path}/file/..%2Fstore.db").status_code == 404
    assert officer.post(f"{path}/close", state="done").status_code == 303
    assert not folder.exists()
    assert officer.get(f"{path}/file/person.json").status_code == 404
    assert told(office) == [
        ("ops", "request", "taken on"), ("ops", "request", "taken on"), ("ops", "request", "prepared"),
        ("dpo", "request", "handed over"), ("dpo", "request", "done"),
    ]  # fmt: skip


def test_files_that_nobody_comes_for_are_deleted_and_the_request_is_open_again(office: Desk) -> None:
    store, browser = office.hub.store, who(office, "dpo")
    number = takes_on(browser, "bob", "access").headers["location"].rpartition("/")[2]
    written = lies_there(office, number, "bob").stat().st_mtime
    long_after = datetime.fromtimestamp(written, UTC) + timedelta(days=8)
    assert [requests.sweep(store, each) for each in (long_after - timedelta(days=2), long_after)] == [0, 1]
    assert [each["state"] for each in stored(store, rights_request)] == ["open"]
    assert not requests.folder_of(store, number).exists()


def lies_there(desk: Desk, number: str, text: str) -> Path:
    """Let a file wait to be handed over."""
    folder = requests.folder_of(desk.hub.store, number)
    folder.mkdir(parents=True)
    (folder / "person.json").write_text(text)
    with desk.hub.store.writing() as connection:
        requests.turn(connection, number, "ready")
    return folder


def test_erasure_shows_what_goes_first_and_then_names_nobody_any_more(
    office: Desk, started: list[tuple[str, str]]
) -> None:
    store, ops, officer = office.hub.store, who(office, "ops"), who(office, "dpo")
    asked = takes_on(ops, "ann", "access").headers["location"].rpartition("/")[2]
    folder = lies_there(office, asked, EMAIL)
    path = takes_on(ops, "ann", "erasure").headers["location"]
    assert (ops.post(f"{path}/erase", sure="yes").status_code, officer.post(f"{path}/erase").status_code) == (403, 400)
    assert SAYS("requests.dpo") in ops.get(path).text
    page = officer.get(path).text
    assert '<th scope="row">customer</th><td class="n">2</td>' in page
    assert stored(store, erasure) == []
    assert officer.post(f"{path}/erase", sure="yes").status_code == 303
    mine = take(store, requests.lease_of(started[0][1]), "somebody")
    assert carry_out(office.hub, started[0][1]) == 1
    release(store, mine)
    assert carry_out(office.hub, started[0][1]) == 0
    assert EMAIL not in {each["email"] for each in stored(store, ENTITY_TABLES["customer"])}
    assert list(folder.glob("*")) == []
    (made,) = stored(store, erasure)
    assert made["requested_by"] == "dpo"
    rows = {each["kind"]: each for each in stored(store, rights_request)}
    assert {(kind, row["state"], row["profile_id"]) for kind, row in rows.items()} == {
        ("access", "done", None), ("erasure", "done", None),
    }  # fmt: skip
    page = officer.get(path).text
    assert SAYS("erasure.proof", number=made["id"]) in page
    assert '<th scope="row">customer</th><td class="n">2</td>' in page
    assert carry_out(office.hub, started[0][1]) == 1


def test_an_objection_holds_at_once_and_is_kept_with_who_took_it(office: Desk) -> None:
    store, ops = office.hub.store, who(office, "ops")
    assert takes_on(ops, "ann", "objection", channel="nothing").status_code == 400
    path = takes_on(ops, "ann", "objection", reason="said so by phone").headers["location"]
    assert SAYS("request.done") in ops.get(path).text
    assert {each["reason"] for each in stored(store, suppression) if each["kind"] == "email"} == {"objected"}
    facts = [each["facts"] for each in stored(store, ENTITY_TABLES["consent"]) if each["source"] == "hub"]
    assert facts
    assert all('"by":"ops"' in each.replace(" ", "") and '"place":"console"' in each.replace(" ", "") for each in facts)
    takes_on(ops, "bob", "objection", channel="sms", reason="too many")
    assert [each["said"] for each in stored(store, rights_request)] == ["all channels", "sms"]
    assert told(office)[:2] == [("ops", "request", "taken on"), ("ops", "objection", None)]


def test_a_request_that_cannot_be_carried_out_says_so_and_can_be_begun_again_or_not_followed(
    desk: Desk, counter: Desk, time: Time
) -> None:
    officer = who(replace(counter, start=lambda *_: None), "dpo")
    path = takes_on(officer, "cas", "access", asked_on="never").headers["location"]
    officer.post(f"{path}/prepare")
    with counter.hub.store.writing() as connection:
        requests.turn(connection, path.rpartition("/")[2], "running", profile_id="p-nobody")
    assert carry_out(counter.hub, path.rpartition("/")[2]) == 1
    page = officer.get(path).text
    assert SAYS("request.failed") in page
    assert "request: PERSON is nobody" in page
    assert officer.post(f"{path}/close", state="refused").status_code == 400
    time.after(days=40)
    officer.signs_in("dpo")
    assert 'class="state overdue"' in officer.get("/requests").text
    assert officer.post(f"{path}/close", state="refused", said="not shown who").status_code == 303
    assert [officer.post(f"{path}/{each}", state="done").status_code for each in ("close", "prepare")] == [400, 400]


def test_a_person_nobody_knows_asks_for_nothing(office: Desk) -> None:
    ops = who(office, "ops")
    assert [ops.get("/requests/of/nobody").status_code, ops.get("/requests/nothing").status_code] == [404, 404]
    assert takes_on(ops, "ann", "everything").status_code == 400
    ann = profile_of(office.hub.store, "ann")
    assert "A. v. B." in ops.get(f"/requests/of/{ann}").text
    assert f"/requests/of/{ann}" in ops.get(f"/person/{ann}").text
    assert f"/requests/of/{ann}" not in who(office, "viewer").get(f"/person/{ann}").text
