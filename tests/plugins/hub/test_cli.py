"""The command `rotonde` on a small store: what it says, how it ends, and that it tells nobody's name on stderr."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from plugins.hub import sandboxes
from plugins.hub.cli import main
from plugins.hub.resolving import resolve
from plugins.sandbox.__main__ import stand_ins
from plugins.sandbox.retailer import EmptyRetailer, TillCustomer
from plugins.sandbox.server import Sandbox, running
from plugins.store.engine import Store
from plugins.store.keeper import Keeper
from plugins.store.mirror import home, open_mirror
from plugins.store.tables import ENTITY_TABLES, quarantine, run, run_stream
from tests.making import (
    act,
    at,
    clock_at,
    customer,
    hub_on,
    keep,
    person,
    pushed,
    reader,
    record,
    stored,
)  # fmt: skip
from tests.plugins.hub.commands import CARD, PHONE, said, town


def test_the_help_names_every_command_and_exit_code(rotonde: Any) -> None:
    result = rotonde("--help")
    assert result.exit_code == 0
    for word in (*main.commands, "Exit codes: 0"):
        assert word in result.stdout


def test_resolve_says_who_is_who_and_then_that_nothing_is_new(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    assert rotonde("resolve").stdout == "4 customer records are 3 persons; 4 records moved\n"
    assert rotonde("resolve").stdout == "nothing new: 4 customer records are 3 persons\n"
    assert said(rotonde("resolve", "--json")) == {
        "profiles": 3,
        "records": 4,
        "moved": 0,
        "was_fresh": True,
        "held_back": "",
    }


def test_status_of_an_empty_store_is_all_zero(rotonde: Any) -> None:
    found = said(rotonde("status", "--json"))
    assert set(found["entities"].values()) == {0}
    assert (found["profiles"], found["reach"]) == (0, [])


def test_status_shows_what_is_kept_and_who_may_be_reached(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    with sqlite_store.writing() as connection:
        connection.execute(insert(run).values(id="r1", job="ingest-till", started_at="2026-03-02T09:00:00.000000Z"))
        counts = {"read": 5, "accepted": 3, "quarantined": 1, "filtered": 1}
        connection.execute(
            insert(run_stream).values(run_id="r1", stage="mean", source="till", stream="customers", **counts)
        )
    rotonde("resolve")
    found = said(rotonde("status", "--json"))
    assert (found["entities"]["customer"], found["profiles"], found["records"]) == (4, 3, 4)
    reach = {each["why"]: each["persons"] for each in found["reach"] if each["destination"] == "mailchimp"}
    assert reach == {"may be reached": 1, "refused": 1, "nobody ever asked": 1}
    assert found["sales"]["baskets"] == 3
    text = rotonde("status")
    assert text.exit_code == 0
    for title in ("Read and kept", "In the store", "Who is who", "May we?", "Consent on record"):
        assert title in text.stdout


def test_status_counts_pushes_refusals_and_what_is_open(rotonde: Any, sqlite_store: Store) -> None:
    pushed(sqlite_store, {"wire_id": "a@x.nl", "state": "unknown"}, {"wire_id": "b@x.nl", "state": "dropped"},
           {"wire_id": "c@x.nl", "state": "rejected", "answer": "fake address"})  # fmt: skip
    found = said(rotonde("status", "--json"))
    assert {(each["state"], each["rows"]) for each in found["pushes"]} == {("unknown", 1), ("rejected", 1)}
    assert found["refusals"] == [{"destination": "mailchimp", "answer": "fake address", "rows": 1}]


def test_a_plan_tells_who_goes_in_and_who_is_kept_out(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    (found,) = said(rotonde("plan", "mailchimp", "--json"))
    assert (found["destination"], found["add"], found["matched"], found["guards"]) == ("mailchimp", 1, 3, [])
    assert found["blocked"] == {"nobody ever asked": 1, "refused": 1}
    text = rotonde("plan", "mailchimp")
    assert text.exit_code == 0
    assert "Not permitted at mailchimp" in text.stdout


def test_a_plan_changes_nothing(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    told = ("plan", "mailchimp", "--json")
    assert rotonde(*told).stdout == rotonde(*told).stdout


def test_a_plan_that_a_guard_stops_ends_with_one_and_without_it_with_zero(rotonde: Any, sqlite_store: Store) -> None:
    pushed(sqlite_store, *({"wire_id": f"p{number}@x.nl"} for number in range(20)))
    stopped = rotonde("plan")
    assert stopped.exit_code == 1
    assert "guard mailchimp: shrink: 20 of 20 would leave" in stopped.stdout
    assert rotonde("plan", "--accept").exit_code == 0


@pytest.mark.parametrize("command", [("plan", "nowhere"), ("drift", "nowhere", "--no-read")])
def test_an_unknown_destination_ends_with_two_and_names_the_known(rotonde: Any, command: tuple[str, ...]) -> None:
    result = rotonde(*command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.match(r"destination 'nowhere': no target has it in its channel.yml; known: .*mailchimp", result.stderr)


@pytest.mark.parametrize("who", ["ann@example.nl", "ANN@EXAMPLE.NL ", PHONE, CARD, "K7", "tilroy:9", "woocommerce:ann"])
def test_why_finds_a_person_by_whatever_is_known(rotonde: Any, sqlite_store: Store, who: str) -> None:
    town(sqlite_store)
    rotonde("resolve")
    (told,) = said(rotonde("why", who, "--json"))
    assert [f"{each['source']}:{each['source_id']}" for each in told["records"]] == ["tilroy:9", "woocommerce:ann"]
    (link,) = told["identity"]["links"]
    assert (link["one"], link["other"]) == ("tilroy:9", "woocommerce:ann")
    assert "email" in link["agree"]
    assert link["without_it"]


def test_why_tells_the_whole_story(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    rotonde("resolve")
    (told,) = said(rotonde("why", "bob@example.nl", "--json"))
    stated = [(each["channel"], each["purpose"], each["state"], each["basis"]) for each in told["consent"]]
    assert stated[:2] == [("email", "marketing", "refused", None), ("email", "service", "granted", "contract")]
    assert [each["decision"] for each in told["acts"]] == ["granted", "withdrawn"]
    assert told["golden"]["first_name_source"] == "woocommerce"
    pushed(sqlite_store, {"wire_id": "bob@example.nl", "profile_id": told["profile_id"], "reason": "letter"})
    text = rotonde("why", told["profile_id"])
    assert text.exit_code == 0
    for word in ("Records", "Golden profile", "Consent", "What was said", "Traits", "Sent", "letter"):
        assert word in text.stdout


def test_why_says_which_identifier_linked_nobody(rotonde: Any, sqlite_store: Store) -> None:
    names = ("Bakker", "Jansen", "Mulder", "Visser", "Peters", "Dekker", "Koster")
    keep(sqlite_store, *(person(name, last_name=name, email="balie@x.nl") for name in names))
    rotonde("resolve")
    told = said(rotonde("why", "till:Bakker", "--json"))
    (refused,) = told[0]["identity"]["refused"]
    assert (refused["one"], refused["other"], refused["why"]) == ("email", "balie@x.nl", "joins nobody: 7 surnames")


def test_why_adds_up_the_weakest_link_and_says_what_it_holds(rotonde: Any, sqlite_store: Store) -> None:
    ann = {"first_name": "Ann", "last_name": "Smit"}
    keep(sqlite_store, person("1", email="ann@x.nl", **ann), person("2", email="ann@x.nl", phone=PHONE, **ann),
         person("3", phone=PHONE, **ann))  # fmt: skip
    rotonde("resolve")
    (told,) = said(rotonde("why", "till:1", "--json"))
    links = {(each["one"], each["other"]): each for each in told["identity"]["links"]}
    assert links["till:1", "till:2"]["without_it"] in ("till:1", "till:2, till:3")
    assert links["till:2", "till:3"]["agree"] == "first name + surname + phone"
    weakest = min(each["weight"] for each in links.values())
    assert sum(each["bits"] for each in told["identity"]["waterfall"]) == pytest.approx(weakest, abs=0.6)


def test_why_tells_of_the_one_who_was_nearly_the_same_person(rotonde: Any, sqlite_store: Store) -> None:
    home = {"last_name": "Smit", "email": "thuis@x.nl", "postcode": "1011AB", "house_number": "1"}
    keep(sqlite_store, person("1", first_name="Ann", **home), person("2", first_name="Bob", **home))
    rotonde("resolve")
    (told,) = said(rotonde("why", "till:1", "--json"))
    (other,) = told["identity"]["refused"]
    assert (other["other"], other["why"]) == ("till:2", "surname + email + address agree, but first name differs")
    assert other["weight"] < 0


def test_the_tiers_of_the_rules_decide_who_is_incomplete(rotonde: Any, sqlite_store: Store, rules: Path) -> None:
    keep(sqlite_store, person("1", first_name="Ann", email="ann@x.nl"))

    def told(tiers: str) -> Any:
        (rules / "survivorship.yml").write_text(f"tiers: {tiers}\n")
        assert rotonde("resolve").exit_code == 0
        traits = said(rotonde("why", "till:1", "--json"))[0]["traits"]
        return traits["primary_complete_percent"], traits["is_incomplete"]

    assert told("{primary: [first_name, email, phone]}") == (66, True)
    assert told("{primary: [first_name, email]}") == (100, False)


def test_why_follows_a_merged_profile_to_its_heir(rotonde: Any, sqlite_store: Store) -> None:
    keep(sqlite_store, person("1", email="a@x.nl"), person("2", email="a@x.nl"), person("3", card=CARD))
    rotonde("resolve")
    (lost,) = said(rotonde("why", "till:3", "--json"))
    keep(sqlite_store, person("3", card=CARD, email="a@x.nl", changed_at=at(9)))
    rotonde("resolve")
    (told,) = said(rotonde("why", lost["profile_id"], "--json"))
    assert told["merged_from"] == [lost["profile_id"]]
    assert len(told["records"]) == 3


def test_why_of_nobody_ends_with_one_and_does_not_repeat_the_question(rotonde: Any) -> None:
    rotonde("resolve")
    result = rotonde("why", "nobody.special@example.nl")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "nobody is known by that" in result.stderr
    assert "special" not in result.stderr


def test_why_before_anything_was_resolved_says_what_to_do(rotonde: Any) -> None:
    result = rotonde("why", "nobody.special@example.nl")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "rotonde resolve" in result.stderr
    assert "special" not in result.stderr


def test_why_in_json_of_nobody_is_an_empty_list(rotonde: Any) -> None:
    rotonde("resolve")
    assert said(rotonde("why", "x", "--json")) == []


def test_an_empty_quarantine_says_so(rotonde: Any) -> None:
    assert rotonde("quarantine", "list").stdout == "quarantine: empty\n"
    assert said(rotonde("quarantine", "list", "--json")) == []
    assert rotonde("quarantine", "replay").stdout == "0 of 0 records are readable now\n"


def spoilt(store: Store, *payloads: bytes) -> None:
    keeper = Keeper(store, "run")
    for each in payloads:
        keeper.record("customer", each)
    keeper.commit()


def test_the_quarantine_is_counted_by_reason(rotonde: Any, sqlite_store: Store) -> None:
    spoilt(sqlite_store, b'{"source": 7}', b'{"source": 8}', b"{")
    assert {(each["reason"], each["records"]) for each in said(rotonde("quarantine", "list", "--json"))} == {
        ("wrong_type", 2), ("malformed_json", 1),
    }  # fmt: skip
    assert "Open in quarantine" in rotonde("quarantine", "list").stdout


def test_a_replay_keeps_what_is_readable_now_and_leaves_the_rest_open(rotonde: Any, sqlite_store: Store) -> None:
    spoilt(sqlite_store, b'{"source": 7}')
    good = {name: value for name, value in person("1").items() if name != "entity"}
    with sqlite_store.writing() as connection:
        row = stored(sqlite_store, quarantine)[0]
        connection.execute(insert(quarantine).values(**{**row, "id": "2", "payload": json.dumps(good)}))
    result = rotonde("quarantine", "replay", "--json")
    assert (result.exit_code, said(result)) == (1, {"tried": 2, "kept": 1})
    assert sorted(each["state"] for each in stored(sqlite_store, quarantine)) == ["open", "replayed"]
    assert said(rotonde("status", "--json"))["entities"]["customer"] == 1


def test_a_vendors_record_is_replayed_through_its_mapping(rotonde: Any, sqlite_store: Store) -> None:
    vendor = {"tilroyId": "9", "firstName": "Ann", "dateExported": "2026-03-02T10:00:00Z", "bu": []}
    aside(sqlite_store, "customers", json.dumps(vendor))
    assert rotonde("quarantine", "replay").stdout == "1 of 1 records are readable now\n"
    assert rotonde("quarantine", "replay").exit_code == 0


def test_a_replay_reads_by_the_settings_of_the_mapping(
    rotonde: Any, sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = "{system: tilroy, source: till, country: BE}"
    monkeypatch.chdir(tmp_path)
    (tmp_path / "meltano.yml").write_text(f"plugins: {{mappers: [{{mappings: [{{config: {mapping}}}]}}]}}")
    vendor = {"tilroyId": "9", "mobileNumber": "0470 12 34 56", "dateExported": "2026-03-02T10:00:00Z", "bu": []}
    aside(sqlite_store, "customers", json.dumps(vendor), "till")
    assert rotonde("quarantine", "replay").exit_code == 0
    (kept,) = stored(sqlite_store, ENTITY_TABLES["customer"])
    assert (kept["source"], kept["phone"]) == ("till", "+32470123456")


def aside(store: Store, stream: str, payload: str, source: str = "tilroy") -> None:
    """Leave a vendor's record in quarantine."""
    keeper = Keeper(store, "run")
    bad = {"stage": "mean", "source": source, "stream": stream, "reason": "wrong_type", "payload": payload}
    keeper.mapper_bad(json.dumps(bad).encode())
    keeper.commit()


@pytest.mark.parametrize("stream, payload", [("customers", "{broken"), ("martians", "{}"), ("?", "not even json")])
def test_a_replay_of_what_stays_unreadable_adds_nothing(
    rotonde: Any, sqlite_store: Store, stream: str, payload: str
) -> None:
    aside(sqlite_store, stream, payload)
    for _ in range(3):
        rotonde("quarantine", "replay")
    assert [(each["payload"], each["state"], each["times"]) for each in stored(sqlite_store, quarantine)] == [
        (payload, "open", 4)
    ]


def test_the_rules_and_their_examples_are_checked(rotonde: Any, rules: Path) -> None:
    shutil.rmtree(rules / "traits")
    assert rotonde("test").stdout == "4 of 4 examples hold\n"
    assert said(rotonde("test", "--json")) == {"examples": 4, "failures": []}


def test_an_example_that_does_not_hold_ends_with_one(rotonde: Any, rules: Path) -> None:
    shutil.rmtree(rules / "traits")
    path = rules / "audiences" / "letter.yml"
    path.write_text(path.read_text().replace("expect: out", "expect: in"))
    result = rotonde("test")
    assert (result.exit_code, result.stdout) == (1, "3 of 4 examples hold\n")
    assert "letter.yml:" in result.stderr
    assert len(said(rotonde("test", "--json"))["failures"]) == 1


@pytest.mark.parametrize("command", [("test",), ("plan",), ("status",), ("resolve",), ("quarantine", "list")])
def test_wrong_rules_end_with_two_and_a_line_for_each_mistake(rotonde: Any, rules: Path, command: Any) -> None:
    path = rules / "audiences" / "letter.yml"
    path.write_text(path.read_text().replace("where:", "were:").replace("guard:", "gard:"))
    (rules / "surprise.yml").write_text("{}\n")
    result = rotonde(*command)
    assert (result.exit_code, result.stdout) == (2, "")
    lines = result.stderr.strip().splitlines()
    assert len([line for line in lines if "letter.yml:" in line or "surprise.yml:" in line]) == len(lines) >= 3
    assert "Traceback" not in result.stderr


def test_a_wrong_database_ends_with_two(rotonde: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROTONDE_DATABASE_URL", "mysql://u:secret@h/d")
    result = rotonde("status")
    assert result.exit_code == 2
    assert result.stderr.startswith("ROTONDE_DATABASE_URL: neither SQLite nor PostgreSQL")
    assert "secret" not in result.stderr


def test_drift_ends_with_three_when_the_channel_holds_something_else(rotonde: Any, sqlite_store: Store) -> None:
    keep(sqlite_store, reader("ann"), customer("ann", "mailchimp", status="subscribed", groups=["letter"]))
    assert rotonde("drift", "mailchimp", "--no-read").exit_code == 0
    hub = hub_on(sqlite_store, Path(os.environ["ROTONDE_RULES"]))
    with open_mirror(sqlite_store) as engine:
        resolve(engine, sqlite_store, hub.meaning, clock_at(300)(), hub.read_as)
    sent = '{"fields":{},"tags_on":["letter"],"tags_off":[],"is_known":true,"status":null}'
    pushed(sqlite_store, {"wire_id": "ann@example.nl", "payload": sent}, {"wire_id": "gone@x.nl", "payload": sent})
    result = rotonde("drift", "mailchimp", "--no-read", "--json")
    assert result.exit_code == 3
    assert said(result) == {"mailchimp": [{"profile_id": "nobody", "what": "gone at the vendor"}]}
    assert rotonde("drift", "mailchimp", "--no-read", "--calm").exit_code == 0


def test_drift_looks_only_where_somebody_can_be_read_back(rotonde: Any, sqlite_store: Store) -> None:
    pushed(sqlite_store, {"destination": "meta", "wire_id": "ann@example.nl"})
    assert "meta" not in said(rotonde("drift", "--no-read", "--json"))
    result = rotonde("drift", "meta", "--no-read")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("drift: meta: nobody there can be read back; ")


def test_s5_no_command_tells_anything_personal_on_stderr(rotonde: Any, sqlite_store: Store, rules: Path) -> None:
    town(sqlite_store)
    spoilt(sqlite_store, b'{"source": "till", "email": "canary@example.nl"}')
    keep(sqlite_store, record("customer", "till", "odd", email="canary@example.nl", first_name="Canary"), act("canary"))
    commands = ("resolve", "status", "plan", "why canary@example.nl", "why canary-unknown@example.nl",
                "hygiene", "quarantine list", "quarantine replay", "test", "drift --no-read", "identity review",
                "identity link canary@example.nl canary-unknown@example.nl --reason canary",
                "identity unlink canary@example.nl till:odd --reason canary",
                "identity decisions", "identity undo 1 --reason canary",
                "profile lock till:odd last_name Canary --reason canary", "profile locks",
                "profile lock till:odd birth_date canary --reason canary",
                "profile lock till:odd canary canary --reason canary",
                "profile lock till:odd last_name de Canary --reason canary",
                "profile unlock till:odd last_name Canary --reason canary",
                "profile unlock canary@example.nl last_name --reason canary")  # fmt: skip
    told = [rotonde(*command.split()).stderr for command in commands]
    assert "canary" not in "".join(told).lower()
    assert "example.nl" not in "".join(told)


def test_status_compares_who_is_who_with_the_truth_of_the_sandbox(rotonde: Any, sqlite_store: Store) -> None:
    """Two records of Ann are found; her third is taken for Bob's, with whom she shares a card."""
    day = datetime(2026, 3, 1, tzinfo=UTC)
    known = [
        TillCustomer(each, str(each), day, day, person=who) for each, who in enumerate(("ann", "ann", "ann", "bob"))
    ]
    shop = EmptyRetailer(day, till_customers=known)
    keep(sqlite_store, *(person(str(n), "tilroy", email="ann@x.nl") for n in (0, 1)),
         *(person(str(n), "tilroy", card=CARD) for n in (2, 3)))  # fmt: skip
    rotonde("resolve")
    with running(Sandbox(stand_ins(shop, None))) as url:
        sandboxes.note(home(sqlite_store), sandboxes.Running(url, os.getpid(), "fiction"))
        found = said(rotonde("status", "--truth", "--json"))
        assert "persons mixed" in rotonde("status", "--truth").stdout
    assert (found["right_pairs"], found["pairs_found"], found["pairs_in_truth"]) == (1, 2, 3)
    assert (found["precision"], found["recall"], found["persons_mixed"]) == (0.5, 0.3333, 1)


def test_without_a_sandbox_there_is_no_truth(rotonde: Any) -> None:
    result = rotonde("status", "--truth")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "sandbox: none is running; start one with 'rotonde sandbox start'" in result.stderr
