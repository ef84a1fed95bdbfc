"""The commands that decide about persons by hand, and the one that tells what shops type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from plugins.store.engine import Store
from tests.making import (
    act,
    customer,
    keep,
    orders,
    person,
    record,
    withdrawal,
)  # fmt: skip
from tests.mappers.loyalty.test_catching_up import HUB, sale
from tests.plugins.hub.commands import said, town


def counter(store: Store) -> None:
    """Let there be a shop where seven strangers have the counter's own address, and somebody has none."""
    names = ("Bakker", "Claes", "Dekker", "Evers", "Faber", "Goossens", "Hendriks")
    same = {"email": "balie@example.nl", "store_id": "s1"}
    crowd = [person(str(n), first_name=name, last_name=name, **same) for n, name in enumerate(names)]
    nameless = person("8", phone="0000000000", phone_quality="placeholder", store_id="s1")
    keep(store, crowd, nameless, record("store", "till", "s1", name="Gent"), customer("ann"))


def test_hygiene_shows_which_shop_types_what_is_nobodys(rotonde: Any, sqlite_store: Store) -> None:
    counter(sqlite_store)
    rotonde("resolve")
    found = said(rotonde("hygiene", "--json"))
    gent = next(each for each in found["shops"] if each["shop"] == "Gent")
    assert (gent["records"], gent["email_shared"], gent["phone_placeholder"], gent["lacks_surname"]) == (8, 7, 1, 1)
    assert {each["value"]: each["why"] for each in found["values"]} == {
        "balie@example.nl": "shared", "0000000000": "placeholder",
    }  # fmt: skip


def test_hygiene_shows_a_table_without_the_faults_that_are_nowhere(rotonde: Any, sqlite_store: Store) -> None:
    counter(sqlite_store)
    rotonde("resolve")
    result = rotonde("hygiene")
    assert result.exit_code == 0
    for word in ("Gent", "shared", "balie@example.nl", "100.0", "woocommerce  -"):
        assert word in result.stdout
    assert "card" not in result.stdout
    assert "invalid" not in result.stdout


def test_hygiene_before_anything_was_resolved_says_what_to_do(rotonde: Any) -> None:
    result = rotonde("hygiene")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "hygiene: nothing is resolved yet; run 'rotonde resolve' first\n"


def test_hygiene_of_an_empty_store_says_so(rotonde: Any) -> None:
    rotonde("resolve")
    assert rotonde("hygiene").stdout == "hygiene: there are no customer records\n"
    assert said(rotonde("hygiene", "--json")) == {"shops": [], "values": []}


def test_a_decision_by_hand_is_told_listed_and_taken_back(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    rotonde("resolve")
    linked = rotonde("identity", "link", "bob@example.nl", "woocommerce:cas", "--reason", "one man, two addresses")
    assert (linked.exit_code, linked.stdout.splitlines()) == (0, [
        "decision 1: woocommerce:bob and woocommerce:cas are one person",
        "It holds from the next resolve on: rotonde resolve",
    ])  # fmt: skip
    assert "are 2 persons" in rotonde("resolve").stdout
    assert "decided by hand" in rotonde("why", "bob@example.nl").stdout
    (taken,) = said(rotonde("identity", "decisions", "--json"))
    assert (taken["act"], taken["verdict"], taken["reason"]) == (1, "same", "one man, two addresses")
    assert rotonde("identity", "undo", "1", "--reason", "brothers").exit_code == 0
    assert "are 3 persons" in rotonde("resolve").stdout
    assert "identity undo: no decision 9" in rotonde("identity", "undo", "9", "--reason", "x").stderr
    assert "one man, two addresses" in rotonde("identity", "decisions").stdout


def test_plan_shows_what_changed_rules_would_do_and_applies_nothing(
    rotonde: Any, sqlite_store: Store, rules: Path
) -> None:
    name = {"first_name": "Ann", "initial": "A", "last_name": "Zwartendijk"}
    keep(sqlite_store, customer("ann", **name), act("ann"), orders("ann"), customer("bob", **name), withdrawal("bob"))
    rotonde("resolve")
    assert "plan: the rules of identity are those in force" in rotonde("plan", "--rules").stdout
    (rules / "identity.yml").write_text("name_only: 1\naccept: 1\n")
    result = rotonde("plan", "--rules")
    assert result.exit_code == 0
    for told in ("2 persons would be 1: 1 would join others, 0 would fall apart; 1 consents would be granted no more",
                 "first name + surname", "granted", "refused", "letter", "Nothing was applied"):  # fmt: skip
        assert told in result.stdout
    assert said(rotonde("plan", "--rules", "--json"))["persons_after"] == 1
    assert len(said(rotonde("status", "--json"))["consent"]) == 2


def test_plan_shows_what_points_would_go_to_other_accounts(rotonde: Any, sqlite_store: Store, rules: Path) -> None:
    (rules / "loyalty.yml").write_text(HUB)
    two = [person(who, first_name="Ann", last_name="Zwartendijk") for who in ("ann", "old")]
    keep(sqlite_store, two, sale("r1", 3000), sale("r2", 3000, who="old"))
    rotonde("resolve")
    (rules / "identity.yml").write_text("name_only: 1\naccept: 1\n")
    told = rotonde("plan", "--rules").stdout
    assert "30 points would go from 1 accounts to others" in told
    assert "Points would move" in told
    found = said(rotonde("plan", "--rules", "--json"))
    assert (found["points_moved"], found["accounts_moved"]) == (30, 1)
    assert [(each["points"], len(each["other"])) for each in found["points"]] == [(30, 1)]


def test_a_field_is_locked_shown_listed_and_unlocked(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    rotonde("resolve")
    locked = rotonde(
        "profile", "lock", "bob@example.nl", "last_name", "van der Berg", "--reason", "showed his passport"
    )
    (before,) = said(rotonde("why", "bob@example.nl", "--json"))
    assert (locked.exit_code, locked.stdout.splitlines()) == (0, [
        f"last_name of {before['profile_id']} is locked", "It holds from the next resolve on: rotonde resolve",
    ])  # fmt: skip
    rotonde("resolve")
    (told,) = said(rotonde("why", "bob@example.nl", "--json"))
    assert (told["golden"]["last_name"], told["golden"]["last_name_source"]) == ("van der Berg", "by hand")
    assert told["golden"]["last_name_at"]
    assert "by hand" in rotonde("why", "bob@example.nl").stdout
    (listed,) = said(rotonde("profile", "locks", "--json"))
    assert (listed["field"], listed["profile_id"], listed["value"], listed["reason"]) == (
        "last_name", told["profile_id"], "van der Berg", "showed his passport")  # fmt: skip
    assert "showed his passport" in rotonde("profile", "locks").stdout
    again = rotonde("profile", "unlock", told["profile_id"], "last_name", "--reason", "it was his brother", "--json")
    assert said(again) == {"profile_id": told["profile_id"], "field": "last_name"}
    assert rotonde("profile", "locks").stdout == "profile: nothing is locked\n"
    rotonde("resolve")
    assert said(rotonde("why", "bob@example.nl", "--json"))[0]["golden"] == before["golden"]


def test_words_without_quotes_are_refused_and_not_repeated(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    rotonde("resolve")
    result = rotonde("profile", "lock", "till:9", "last_name", "van", "der", "Berg", "--reason", "x")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "profile: there are too many words; put what has several words in quotes\n"


def test_profile_before_anything_was_resolved_says_what_to_do(rotonde: Any) -> None:
    result = rotonde("profile", "lock", "till:9", "last_name", "Berg", "--reason", "x")
    assert (result.exit_code, result.stderr) == (2, "profile: nothing is resolved yet; run 'rotonde resolve' first\n")


def test_review_says_that_nothing_waits(rotonde: Any, sqlite_store: Store) -> None:
    town(sqlite_store)
    rotonde("resolve")
    assert rotonde("identity", "review").stdout == "identity: nothing waits for a decision\n"
    assert said(rotonde("identity", "review", "--json")) == {"waiting": 0, "nearly": [], "held": []}
