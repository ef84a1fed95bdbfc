"""Erasure: out of every table and file, kept out, told to everybody who had it, and proved."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from plugins.hub.destinations import record_channels
from plugins.hub.rights import erasing
from plugins.hub.rights.exporting import held_on
from plugins.hub.rights.objecting import object_to
from plugins.hub.rights.telling import by_hand, due, unwanted
from plugins.store.crash import POINTS
from plugins.store.engine import Store, StoreError
from plugins.store.loyalty_tables import ledger_entry, loyalty_account, loyalty_subject
from plugins.store.mirror import home, mirror_path
from plugins.store.rights_tables import erasure_step, suppression
from plugins.store.tables import ENTITY_TABLES, call, membership, metadata, push, quarantine
from tests.making import MORNING, at, clock_at, orders, person, pushed, record, stored
from tests.plugins.hub.rights.people import CANARY, CARD, HOME_PHONE, MAIL, PHONE, canary, erase, named, partner, settle
from tests.road.stage import ROOT, Stage, act, reader


def test_c10_nothing_names_the_person_anywhere_once_recipients_have_confirmed(
    stage_both: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    stage = stage_both
    found = settle(stage)
    assert {"customer", "push", "call", "quarantine", mirror_path(stage.store).name} <= set(named(stage.store))
    erasing.erase(stage.hub, found, "asked")
    assert set(named(stage.store)) <= {"push", "store.db"}
    stage.push("removals")
    assert named(stage.store) == {}
    assert not any(each in "".join(capfd.readouterr()).lower() for each in CANARY)


def test_what_must_stay_stays_without_a_name(stage_both: Stage) -> None:
    stage = stage_both
    found = settle(stage)
    before = len(stored(stage.store, push))
    erasing.erase(stage.hub, found, "asked")
    (receipt,) = [each for each in stored(stage.store, ENTITY_TABLES["order"]) if each["source_id"] == "R1"]
    assert [receipt[name] for name in ("customer_id", "email", "card", "raw")] == [None, None, None, "{}"]
    assert receipt["total_minor"] == 1995
    assert len(stored(stage.store, ENTITY_TABLES["order_line"])) == 1
    journal = stored(stage.store, push)
    assert len(journal) == before + 1
    bodies = [each for each in stored(stage.store, call) if each["body"] == ""]
    assert bodies
    assert all(len(each["body_hash"]) == 64 for each in bodies)


def test_l17_the_ledger_keeps_its_sums_and_names_nobody(stage_both: Stage) -> None:
    stage = stage_both
    found = settle(stage)
    (account,) = stored(stage.store, loyalty_account)
    receipt = {"source": "woocommerce", "source_id": f"address {MAIL}", "subject": "s2", "account": account["id"]}
    with stage.store.writing() as connection:
        connection.execute(insert(loyalty_subject).values(**receipt))
    before = stored(stage.store, ledger_entry)
    erasing.erase(stage.hub, found, "asked")
    assert stored(stage.store, ledger_entry) == before
    (account,) = stored(stage.store, loyalty_account)
    assert (account["holder"], account["available"]) == (None, 5)
    assert stored(stage.store, loyalty_subject) == []


def test_l17_a_gift_voucher_is_cut_from_its_owner_and_its_money_stays_in_the_sums(stage_both: Stage) -> None:
    stage = stage_both
    code = "GIFT-CANARY"
    worth = {"status": "sold", "currency": "EUR", "amount_minor": 5000, "open_minor": 5000}
    mine = {"kind": "giftvoucher", "code": code, "customer_id": "880123", **worth}
    others = {**mine, "code": "GIFT-MUS", "customer_id": "880124"}
    stage.keep(record("voucher", "tilroy", "v2", **mine), record("voucher", "tilroy", "v3", **others))
    found = settle(stage)
    sent = {"destination": "woocommerce", "wire_id": "voucher:a1", "profile_id": found.profile_id}
    pushed(stage.store, {**sent, "payload": json.dumps({"kind": "voucher", "code": code})})
    shown = {(each["unit"], each["amount"]) for each in held_on(stage.hub, found)["ledger"]}
    assert shown == {("points", 5), ("EUR", 5000)}
    before = stored(stage.store, ledger_entry)
    erasing.erase(stage.hub, found, "asked")
    assert stored(stage.store, ledger_entry) == before
    accounts = {(each["unit"], each["holder"], each["available"]) for each in stored(stage.store, loyalty_account)}
    assert accounts == {("points", None, 5), ("EUR", None, 5000), ("EUR", "voucher:GIFT-MUS", 5000)}
    assert [each["source_id"] for each in stored(stage.store, loyalty_subject)] == ["GIFT-MUS"]
    assert [table.name for table in metadata.sorted_tables if code in str(stored(stage.store, table))] == []
    stage.plan()
    assert stored(stage.store, ledger_entry) == before


def test_another_person_of_the_household_stays_as_they_are(stage_both: Stage) -> None:
    stage = stage_both
    found = settle(stage)
    erasing.erase(stage.hub, found, "asked")
    stage.keep(*partner())
    stage.push()
    kept = {each["source_id"]: each for each in stored(stage.store, ENTITY_TABLES["customer"])}
    assert set(kept) >= {"piet", "880124", "cas"}
    assert kept["piet"]["phone"] == HOME_PHONE
    assert "zus" not in kept
    assert set(stage.held()) == {"piet"}
    left = [json.loads(each["payload"]) for each in stored(stage.store, quarantine)]
    assert left == [{"id": 2}]


@pytest.mark.parametrize("again", ["the same records", "another record with the address", "with the phone", "a card"])
def test_c9_whoever_is_erased_is_not_made_anew_by_what_a_source_sends_again(stage_both: Stage, again: str) -> None:
    stage = stage_both
    erasing.erase(stage.hub, settle(stage), "asked")
    sent = {
        "the same records": canary(),
        "another record with the address": [person("new", "webshop", email=MAIL), reader("new", email=MAIL)],
        "with the phone": [person("new", "webshop", phone=PHONE)],
        "a card": [person("new", "tilroy", card=CARD)],
    }[again]  # fmt: skip
    stage.keep(*sent)
    stage.push()
    assert "zus" not in {each["source_id"] for each in stored(stage.store, ENTITY_TABLES["customer"])}
    assert "new" not in {each["source_id"] for each in stored(stage.store, membership)}
    assert not any("kanarie" in name for name in stage.held())
    orders = [each for each in stored(stage.store, ENTITY_TABLES["order"]) if each["source_id"] in ("R1", "zus-0")]
    assert {(each["customer_id"], each["email"], each["card"]) for each in orders} == {(None, None, None)}


def test_c12_every_recipient_is_told_and_the_identifier_goes_with_its_answer(stage_both: Stage) -> None:
    stage = stage_both
    stage.keep(reader("ann"), reader("bob"))
    stage.push()
    number = erase(stage, "ann@example.nl")
    (row,) = [each for each in stage.journal() if each["operation"] == "erase"]
    assert (row["wire_id"], row["cause"], row["state"]) == ("ann@example.nl", "erasure", "planned")
    assert [each.operation for each in stage.due("removals")] == ["erase"]
    stage.push("removals")
    assert set(stage.held()) == {"bob"}
    assert not [each for each in stage.journal() if "ann@" in json.dumps(each)]
    (made,) = erasing.erasures(stage.hub)
    assert (made.id, made.state, made.overdue) == (number, "done", [])
    assert {step["step"]: step["rows"] for step in made.steps}["mailchimp"] == 1
    assert all(step["done_at"] for step in made.steps)
    assert stage.plan().is_empty


def test_a_recipient_that_does_not_answer_is_asked_again_until_it_does(stage: Stage) -> None:
    stage.keep(reader("ann"))
    stage.push()
    erase(stage, "ann@example.nl")
    stage.mailchimp.faults.add(match="delete-permanent", times=9, status=500, body="{}")
    stage.push("removals")
    assert [each["state"] for each in stage.journal() if each["operation"] == "erase"] == ["unknown"]
    stage.mailchimp.faults.clear()
    stage.push("removals")
    assert erasing.erasures(stage.hub)[0].state == "done"
    assert stage.held() == {}


def test_whatever_waits_too_long_is_overdue(stage: Stage) -> None:
    stage.keep(reader("ann"))
    stage.push()
    stage.hub.__dict__["clock"] = lambda: MORNING
    erase(stage, "ann@example.nl")
    for days, expected in ((29, []), (31, ["mailchimp"])):
        stage.hub.__dict__["clock"] = clock_at(24 * days)
        assert erasing.erasures(stage.hub)[0].overdue == expected


def test_somebody_comes_back_by_a_whole_consent_of_their_own_and_by_nothing_less(stage: Stage) -> None:
    from plugins.hub.rights.lifting import came_back
    from plugins.store.keeper import Keeper

    stage.keep(reader("ann"))
    erase(stage, "ann@example.nl")
    late = {"newsletter_optin_at": "2026-11-22T23:00:00Z"}
    proof = {"newsletter_optin_text": "webshop-2025-09", "newsletter_optin_form": "checkout"}
    for facts, names in ((late, set()), (proof, set()), ({**proof, "newsletter_optin_at": at(1)}, set())):
        keeper = Keeper(stage.store, "run", grants=came_back)
        _give(keeper, *reader("ann")[:1], act("ann", facts=facts))
        assert {each["source_id"] for each in stored(stage.store, ENTITY_TABLES["customer"])} == names
    recent = (stage.hub.clock() + timedelta(seconds=2)).isoformat()
    keeper = Keeper(stage.store, "run", grants=came_back)
    _give(keeper, *reader("ann")[:1], act("ann", facts={**proof, "newsletter_optin_at": recent}))
    assert {each["source_id"] for each in stored(stage.store, ENTITY_TABLES["customer"])} == {"ann"}
    stage.keep(orders("ann", 3))
    stage.push()
    assert set(stage.held()) == {"ann"}


def _give(keeper: Any, *records: dict[str, Any]) -> None:
    for each in records:
        body = {name: value for name, value in each.items() if name != "entity"}
        keeper.record(each["entity"], json.dumps(body).encode())
    keeper.commit()


@pytest.mark.parametrize("point", [point for point in POINTS if point.endswith("erasure")])
def test_c10_an_erasure_that_was_killed_is_finished_by_the_next_run(stage_both: Stage, point: str) -> None:
    stage = stage_both
    settle(stage)
    command = [sys.executable, "-m", "plugins.hub.cli", "erase"]
    killed = subprocess.run(
        [*command, MAIL, "--yes"], cwd=ROOT, env=stage.environment(point), capture_output=True, check=False
    )
    assert killed.returncode == 137
    done = subprocess.run(
        [*command, "--replay"], cwd=ROOT, env=stage.environment(), capture_output=True, check=False, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "1 erasures were taken up" in done.stdout
    stage.push("removals")
    told_by_hand(stage, "tilroy", "woocommerce")
    assert erasing.erasures(stage.hub)[0].state == "done"
    assert named(stage.store) == {}
    assert not any(each in (killed.stdout + killed.stderr).decode().lower() for each in CANARY)


def told_by_hand(stage: Stage, *systems: str) -> None:
    """Tell recipients that are not on this stage."""
    (open_one,) = erasing.erasures(stage.hub)
    with stage.store.writing() as connection:
        for each in systems:
            by_hand(connection, open_one.id, each, at(1))


def test_c13_a_backup_that_is_put_back_and_the_list_give_the_same_as_no_backup(stage: Stage, tmp_path: Path) -> None:
    found = settle(stage)
    stage.store.close()
    _copy(stage.store.path, tmp_path / "backup.db")
    erasing.erase(stage.hub, found, "asked")
    stage.plan()
    expected = _standing(stage.store)
    stage.store.close()
    _copy(tmp_path / "backup.db", stage.store.path)
    mirror_path(stage.store).unlink()
    assert "customer" in named(stage.store)
    assert erasing.replay(stage.hub) == 1
    assert erasing.replay(stage.hub) == 0
    assert _standing(stage.store) == expected
    stage.push("removals")
    assert set(named(stage.store)) == {"backup.db"}


def _copy(source: Path, target: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(source, target)


def _standing(store: Store) -> dict[str, Any]:
    """Return what is in the store, apart from when and by which number it was written."""
    loose = {"seq", "key", "planned_at", "done_at", "row_seq", "lifted_at", "call_key", "reason"}
    with store.reading() as connection:
        tables = {table.name: connection.execute(select(table)).mappings().all() for table in metadata.sorted_tables}
    left_out = {"counter", "lease", "resolve_run", "suppression"}
    tables["erasure_step"] = [row for row in tables["erasure_step"] if row["step"] != "files"]
    held = {
        name: sorted(json.dumps({key: row[key] for key in row if key not in loose}, default=str) for row in rows)
        for name, rows in tables.items() if name not in left_out
    }  # fmt: skip
    return {**held, "suppression": sorted(row["key"] for row in tables["suppression"])}


def test_one_person_or_a_refusal_in_one_line(stage: Stage) -> None:
    stage.keep(*partner())
    stage.plan()
    for who in ("nobody@example.nl", HOME_PHONE):
        with pytest.raises(StoreError, match=r"^erase: PERSON is .*; name a record \(source:id\) or a profile id$"):
            erasing.find(stage.hub, who)


def test_a_destination_that_knows_records_is_told_by_record(stage: Stage) -> None:
    stage.hub.records.update(record_channels())
    till = stage.hub.records["tilroy"]
    stage.keep(person("880123", "tilroy", card=CARD, last_name="Mus", name_key="mus"))
    erase(stage, "tilroy:880123")
    with stage.store.writing() as connection:
        (row,) = due(connection, "tilroy")
        ids = ["consent:880123", "consent:880124", "points:880123"]
        assert unwanted(connection, stage.store, till, ids) == {"consent:880123"}
    assert row["wire_id"] == "customer:880123"
    assert json.loads(row["payload"]) == {"kind": "customer", "customer": "880123"}


def test_an_objection_goes_with_the_person(stage: Stage) -> None:
    stage.keep(person("9", "tilroy", card=CARD, last_name="Mus", name_key="mus"))
    stage.plan()
    object_to(stage.hub, erasing.find(stage.hub, CARD).subject, None, "by phone")
    assert len(stored(stage.store, ENTITY_TABLES["consent"])) == 1
    erase(stage, CARD)
    assert stored(stage.store, ENTITY_TABLES["consent"]) == []


def test_s6_the_keys_are_made_with_a_secret_that_is_not_in_the_store(stage_both: Stage) -> None:
    stage = stage_both
    settle(stage)
    erase(stage, MAIL)
    secret = (home(stage.store) / "suppression.key").read_text().strip()
    assert (home(stage.store) / "suppression.key").stat().st_mode & 0o077 == 0
    for table in (suppression, erasure_step):
        assert not [each for each in stored(stage.store, table) if secret in json.dumps(each)]
    os.environ["ROTONDE_SUPPRESSION_KEY"] = "another"
    with pytest.raises(StoreError, match="the key is not the one of this store"):
        stage.keep(*canary())
