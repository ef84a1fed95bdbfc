"""`rotonde erase`, `erasures` and `register`, as people type them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plugins.hub.cli import main
from plugins.store.engine import Store
from plugins.store.tables import ENTITY_TABLES, membership, push
from tests.making import pushed, stored
from tests.plugins.hub.commands import said, town

SEE = "see them with: rotonde erasures --json"


def test_it_shows_what_would_go_and_does_nothing_unless_told_so(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    shown = CliRunner().invoke(main, ["erase", "ann@example.nl"], input="n\n")
    assert shown.exit_code == 0
    assert "customer" in shown.stdout
    assert "ann@" not in shown.stdout
    assert len(stored(sqlite_store, ENTITY_TABLES["customer"])) == 4


def test_whoever_was_told_is_listed_with_what_is_overdue(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    pushed(sqlite_store, {"wire_id": "ann@example.nl"})
    made = said(rotonde("erase", "ann@example.nl", "--yes", "--json"))
    assert made["state"] == "open"
    assert "Waits for" not in rotonde("erasures").stdout
    (listed,) = said(rotonde("erasures", "--json"))
    assert listed["id"] == made["id"]
    with sqlite_store.writing() as connection:
        connection.exec_driver_sql("UPDATE erasure SET requested_at = '2020-01-01T00:00:00.000000Z'")
    overdue = rotonde("erasures")
    assert overdue.exit_code == 3
    assert "mailchimp" in overdue.stdout
    for system in ("tilroy", "woocommerce"):
        rotonde("erasures", "--told", made["id"], system)
    by_hand = rotonde("erasures", "--told", made["id"], "mailchimp", "--json")
    assert by_hand.exit_code == 0
    assert said(by_hand)[0]["state"] == "done"


def test_where_nobody_can_be_told_by_us_it_says_what_to_do(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    rotonde("resolve")
    known = {each["source_id"]: each["profile_id"] for each in stored(sqlite_store, membership)}
    sold = {"wire_id": "purchase:tilroy:7", "payload": '{"visitor":"1187465820.1761823410"}'}
    pushed(sqlite_store, {"destination": "google_analytics", "profile_id": known["ann"], **sold})
    shown = " ".join(rotonde("erase", "ann@example.nl", "--yes").stdout.split())
    assert "Erase them there by hand, then: rotonde erasures --told" in shown
    assert "1187465820" not in shown + repr(stored(sqlite_store, push))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("erase",), "erase: nobody is named; give PERSON, or --replay"),
        (("erase", "els@x.nl", "de", "--yes"), "erase: there are too many words; put what has several words in quotes"),
        (("erase", "els@x.nl", "--yes"), "erase: PERSON is nobody; name a record (source:id) or a profile id"),
        (("erasures", "--told", "1", "x"), f"erasures: no such erasure and destination; {SEE}"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_one_line(rotonde: Any, words: tuple[str, ...], line: str) -> None:
    result = rotonde(*words)
    assert (result.exit_code, result.stderr) == (2, f"{line}\n")


def test_the_register_follows_the_configuration(rotonde: Any, sqlite_store: Store, rules: Path) -> None:
    town(sqlite_store)
    before = rotonde("register").stdout
    assert "FNAME: first_name" in before
    assert "CITY: city" not in before
    letter = rules / "audiences" / "letter.yml"
    letter.write_text(letter.read_text().replace("FNAME: first_name", "FNAME: first_name, CITY: city"))
    (rules / "retention.yml").write_text("behaviour: 3 months\n")
    after = rotonde("register").stdout
    assert "CITY: city" in after
    assert "- behaviour: 3 months" in after


def test_the_register_names_sources_fields_and_purposes_as_they_are(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    rotonde("resolve")
    made = said(rotonde("register", "--json"))
    taps = {path.parent.name for path in (Path(__file__).parents[4] / "taps").glob("*/meltano.yml")} - {"hub"}
    assert {each["source"] for each in made["sources"]} == taps >= {"tilroy", "woocommerce", "mailchimp"}
    till = next(each for each in made["sources"] if each["source"] == "tilroy")
    assert "card" in till["categories"]["customer"]
    assert "birth_date" not in till["categories"]["customer"]
    assert {each["destination"] for each in made["destinations"]} >= {"mailchimp"}
    assert {(each["purpose"], each["channel"]) for each in made["purposes"]} >= {("marketing", "email")}
