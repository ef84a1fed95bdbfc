"""Export: all that is held on a person, and nothing of anybody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from plugins.hub.rights import erasing
from plugins.hub.rights.export_words import TITLES
from plugins.hub.rights.exporting import export_to, held_on, page
from plugins.store.engine import StoreError
from plugins.store.tables import ENTITY_TABLES, decision
from tests.making import act, at, person, record, stored
from tests.plugins.hub.commands import said, town
from tests.plugins.hub.rights.people import CARD, HOME_PHONE, MAIL, PHONE, bad, canary
from tests.road.stage import Stage, reader

OTHER = "buurman.vreemd@example.nl"
FOREIGN = ("buurman", "vreemd", "Vreemdeling", "880999", "other-secret")


def two(stage: Stage) -> erasing.Found:
    """Let two people share a phone, a card and a household; return the one who asks."""
    theirs = {"email": OTHER, "last_name": "Vreemdeling", "name_key": "vreemdeling",
              "first_name": "Buurman", "initial": "B", "phone": HOME_PHONE, "phone_quality": "ok", "card": CARD,
              "card_quality": "ok"}  # fmt: skip
    stage.keep(*canary(), [person("880999", "tilroy", **theirs), act("buurman", email=OTHER, customer_id="880999")],
               record("event", "mailchimp", "e9", email=OTHER, kind="email_click", occurred_at=at(1)),
               record("order", "tilroy", "R9", customer_id="880999", email=OTHER, card=CARD, channel="store",
                      ordered_at=at(0), currency="EUR", is_paid=True, raw={"secret": "other-secret"}))  # fmt: skip
    bad(stage.store, json.dumps({"mail": MAIL}), json.dumps({"mail": OTHER}))
    stage.push()
    found = erasing.find(stage.hub, MAIL)
    sides = {"one_source": "tilroy", "one_id": "880123", "other_source": "tilroy", "other_id": "880999"}
    told = {"act": 1, "verdict": "apart", "reason": "other-secret told us", "decided_by": "desk", "at": at(1)}
    with stage.store.writing() as connection:
        connection.execute(insert(decision).values(**sides, **told))
    return found


def test_c11_nothing_of_anybody_else_is_in_an_export(stage_both: Stage, tmp_path: Path) -> None:
    stage = stage_both
    files = export_to(stage.hub, two(stage), tmp_path / "out")
    for path in files:
        assert [each for each in FOREIGN if each.lower() in path.read_text("utf-8").lower()] == []


def test_c11_every_record_of_the_person_is_in_the_export(stage_both: Stage) -> None:
    stage = stage_both
    held = held_on(stage.hub, two(stage))
    for name in ("customer", "basket", "event", "service_case", "voucher", "loyalty_balance", "loyalty_movement"):
        expected = {each["source_id"] for each in stored(stage.store, ENTITY_TABLES[name])} - {
            "880999",
            "e9",
            "buurman",
        }
        assert {each["source_id"] for each in held[name]} == expected - {
            each for each in expected if "mailchimp" in each
        }
    assert {each["source_id"] for each in held["order"]} == {"R1", "zus-0"}
    assert [each["source_id"] for each in held["order_line"]] == ["R1-1"]
    assert [each["tracking_code"] for each in held["delivery"]] == ["KANARIE-1"]
    assert [(each["wording"], each["place"]) for each in held["consent_acts"]][:1] == [("webshop-2025-09", "checkout")]
    assert [(each["destination"], each["wire_id"], each["state"]) for each in held["recipients"]] == [
        ("mailchimp", MAIL, "accepted")
    ]
    assert {each["audience"] for each in held["audiences"]} >= {"letter"}
    assert all(each["rule"] for each in held["audiences"])
    assert [each["amount"] for each in held["ledger"]] == [5]
    assert {"kind": "phone", "value": PHONE} in held["identifiers"]
    assert {each["field"] for each in held["profile"]} >= {"first_name", "last_name", "email"}
    assert [json.loads(each["payload"]) for each in held["unreadable"]] == [{"mail": MAIL}]
    assert held["terms"][0] == {"class": "behaviour", "term": "13 months"}


@pytest.mark.parametrize(("language", "title"), [("nl", "Uw gegevens"), ("fr", "Your data"), (None, "Your data")])
def test_the_page_is_in_the_language_of_the_person_and_runs_nothing(
    stage: Stage, language: str | None, title: str
) -> None:
    name = "<script>alert(1)</script>"
    stage.keep(reader("ann", first_name=name, language=language))
    stage.plan()
    held = held_on(stage.hub, erasing.find(stage.hub, "ann@example.nl"))
    shown = page(held)
    assert f"<h1>{title}</h1>" in shown
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert set(TITLES) | {"made_at", "language"} == set(held)


def test_the_files_are_for_their_owner_and_say_nothing_by_their_names(
    rotonde: Any, sqlite_store: Any, tmp_path: Path
) -> None:
    town(sqlite_store)
    out = tmp_path / "out"
    result = rotonde("export", "ann@example.nl", "--out", str(out), "--json")
    assert [Path(each).name for each in said(result)["files"]] == ["person.json", "person.html"]
    assert out.stat().st_mode & 0o077 == 0
    assert [path.stat().st_mode & 0o077 for path in out.iterdir()] == [0, 0]
    again = rotonde("export", "bob@example.nl", "--out", str(out))
    assert (again.exit_code, again.stderr) == (2, "export: the folder is not empty; name a new one\n")


def test_a_correction_is_in_the_export_and_goes_with_the_person(stage: Stage) -> None:
    from plugins.hub.locking import lock
    from plugins.store.tables import field_lock

    stage.keep(reader("ann"))
    stage.push()
    lock(stage.hub, "ann@example.nl", "first_name", "Anna", "asked")
    stage.push()
    assert stage.mailchimp.audience.find("ann@example.nl").merge_fields["FNAME"] == "Anna"  # type: ignore[union-attr]
    found = erasing.find(stage.hub, "ann@example.nl")
    assert [each["value"] for each in held_on(stage.hub, found)["field_locks"]] == ["Anna"]
    erasing.erase(stage.hub, found, "asked")
    assert stored(stage.store, field_lock) == []


def test_nobody_is_a_refusal_in_one_line(stage: Stage) -> None:
    stage.plan()
    with pytest.raises(StoreError, match=r"^export: PERSON is nobody"):
        erasing.find(stage.hub, "x@example.nl", "export: PERSON")
