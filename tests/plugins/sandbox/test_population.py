"""The population: the same for a seed, complete in its truth, and as messy as sources are."""

from collections import defaultdict
from collections.abc import Iterable

import duckdb
import numpy as np
import pytest

from plugins.sandbox.population import Population
from plugins.sandbox.population.__main__ import main
from plugins.sandbox.population.changes import Changes, changed
from plugins.sandbox.population.habits import KINDS
from plugins.sandbox.population.records import Records
from plugins.sandbox.population.sheet import COLUMNS
from plugins.sandbox.population.shops import KNOWN_EMAILS

MASKS = ("@verkopen.bol.com", "@marketplace.amazon.nl")
TRUTH = ["record_id", "person_id", "household_id", "kind", "trouble"]


@pytest.fixture(scope="module")
def town() -> Population:
    return Population.of(20_000, seed=3)


@pytest.fixture(scope="module")
def changes(town: Population) -> Changes:
    return changed(town, 0.02)


def of_kind(records: Records, kind: str) -> Records:
    return records.take(records.columns["kind"] == kind)


def people_by(records: Records, column: str) -> dict[str, set[str]]:
    """Return for each value of a column the people in whose records it stands."""
    people: dict[str, set[str]] = defaultdict(set)
    for value, person in zip(records.columns[column], records.person, strict=True):
        if value is not None:
            people[value.strip().lower()].add(person)
    return people


def values(records: Records, column: str) -> set[str]:
    return {value for value in records.columns[column] if value is not None}


def share(flags: Iterable[bool]) -> float:
    return float(np.mean(list(flags)))


def has_right_check_digit(card: str) -> bool:
    digits = [int(digit) for digit in card]
    return (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def test_the_same_seed_gives_the_same_records_and_another_seed_others():
    one, again, other = (Population.of(500, seed).records for seed in (5, 5, 6))
    assert all((one.columns[name] == again.columns[name]).all() for name in one.columns)
    assert (one.moment == again.moment).all() and (one.person == again.person).all()
    assert not values(one, "record_id") & values(other, "record_id")


@pytest.mark.parametrize("count", [100, 1_000, 7_777])
def test_there_are_as_many_records_as_asked(count):
    assert len(Population.of(count, seed=9).records) == count


def test_files_have_exactly_these_columns_and_types(tmp_path):
    out, truth, later, later_truth = (tmp_path / f"{name}.parquet" for name in ("r", "t", "c", "ct"))
    options = ["--out", out, "--truth", truth, "--changes", later, "--changes-truth", later_truth]
    assert main(["--records", "300", "--seed", "4", "--share", "0.1", *map(str, options)]) == 0
    described = {path: duckdb.sql(f"DESCRIBE FROM '{path}'").fetchall() for path in (out, truth, later, later_truth)}
    types = {path: [(row[0], row[1]) for row in rows] for path, rows in described.items()}
    expected = [(name, "TIMESTAMP" if name == "event_time" else "VARCHAR") for name in COLUMNS]
    assert types[out] == expected
    assert types[later] == [("op", "VARCHAR"), *expected]
    assert types[truth] == types[later_truth] == [(name, "VARCHAR") for name in TRUTH]
    told = f"SELECT count(*), count(DISTINCT record_id) FROM '{out}' JOIN '{truth}' USING (record_id)"
    assert duckdb.sql(told).fetchone() == (300, 300)


def test_every_record_is_of_one_person_in_one_household(town):
    assert len(values(town.records, "record_id")) == len(town.records)
    households = defaultdict(set)
    for person, household in zip(town.records.person, town.records.household, strict=True):
        households[person].add(household)
    assert all(len(homes) == 1 for homes in households.values())


def test_there_is_every_kind_of_record_and_most_people_have_few(town):
    assert values(town.records, "kind") == set(KINDS)
    counts = np.unique(town.records.person, return_counts=True)[1]
    assert 4.3 < counts.mean() < 5.1
    assert share(counts <= 2) > 0.3
    assert counts.max() >= 20


def test_record_ids_do_not_tell_who_belongs_together(town):
    by_id = town.records.person[np.argsort(town.records.columns["record_id"])]
    assert share(by_id[1:] == by_id[:-1]) < 0.01


def test_households_share_addresses_phones_and_e_mail(town):
    household = dict(zip(town.records.person, town.records.household, strict=True))
    for column in ("email", "phone", "card_no", "client_id"):
        shared = [people for people in people_by(town.records, column).values() if len(people) == 2]
        assert share(len({household[person] for person in people}) == 1 for people in shared) > 0.3


def test_a_family_logs_in_at_one_browser_with_several_accounts(town):
    logins = defaultdict(set)
    for client, user in zip(town.records.columns["client_id"], town.records.columns["user_id"], strict=True):
        if client and user:
            logins[client].add(user)
    assert 2 in {len(users) for users in logins.values()}


def test_marketplace_orders_have_masked_e_mail_and_nothing_else_has(town):
    is_masked = [bool(email) and email.endswith(MASKS) for email in town.records.columns["email"]]
    assert (np.array(is_masked) == (town.records.columns["kind"] == "marketplace_order")).all()


def test_check_digits_of_cards_are_mostly_right_and_some_are_not(town):
    cards = [card for card in town.records.columns["card_no"] if card and card.isdigit() and len(card) == 13]
    assert 0.95 < share(map(has_right_check_digit, cards)) < 1


def test_a_claim_names_a_receipt(town):
    receipts = values(of_kind(town.records, "till_receipt"), "receipt_id")
    assert share(claim in receipts for claim in of_kind(town.records, "qr_claim").columns["receipt_id"]) > 0.98


def test_a_reissued_card_names_one_that_the_same_person_used(town):
    used = people_by(town.records, "card_no")
    members = of_kind(town.records, "loyalty_member")
    pairs = zip(members.columns["prev_card_no"], members.person, strict=True)
    named = [person in used.get(card, set()) for card, person in pairs if card]
    assert named and share(named) > 0.3


def test_placeholders_stand_in_records_of_many_people_and_not_all_are_known_ones(town):
    crowds = {email: len(people) for email, people in people_by(town.records, "email").items()}
    assert max(crowds.get(email, 0) for email in KNOWN_EMAILS) > 4
    assert max(crowd for email, crowd in crowds.items() if email not in KNOWN_EMAILS) > 8


def test_a_public_browser_serves_strangers(town):
    assert max(len(people) for people in people_by(town.records, "client_id").values()) > 12


def test_different_people_have_the_same_name(town):
    households: dict[str, set[str]] = defaultdict(set)
    for name, household in zip(town.records.columns["last_name"], town.records.household, strict=True):
        if name:
            households[name.lower()].add(household)
    assert max(map(len, households.values())) > 15
    named: dict[tuple[str, str], set[str]] = defaultdict(set)
    columns = (town.records.columns["first_name"], town.records.columns["last_name"], town.records.household)
    for first, last, household in zip(*columns, strict=True):
        if first and last and len(first) > 2:
            named[first.lower(), last.lower()].add(household)
    assert sum(len(homes) > 1 for homes in named.values()) > 5


def test_inserts_are_new_and_updates_and_deletes_name_records_that_exist(town, changes):
    known = values(town.records, "record_id")
    ids = {op: values(changes.records.take(changes.op == op), "record_id") for op in ("insert", "update", "delete")}
    assert len(changes.op) == sum(map(len, ids.values())) == round(len(town.records) * 0.02)
    assert not ids["insert"] & known
    assert ids["update"] <= known and ids["delete"] <= known and not ids["update"] & ids["delete"]
    assert len(ids["insert"]) > len(ids["update"]) > len(ids["delete"]) > 0


def test_changes_come_after_all_records(town, changes):
    assert changes.records.moment.min() > town.records.moment.max()


def test_new_records_are_of_known_people_and_of_some_new_ones(town, changes):
    known = set(town.records.person)
    assert 0.5 < share(person in known for person in changes.inserted.person) < 1


def test_an_update_changes_what_it_says_and_keeps_the_rest(town, changes):
    before = {key: row for row, key in enumerate(town.records.columns["record_id"])}
    updates = changes.records.take(changes.op == "update")
    differing = [
        {name for name in updates.columns if updates.columns[name][row] != town.records.columns[name][before[key]]}
        for row, key in enumerate(updates.columns["record_id"])
    ]
    assert all(differing)
    home = {"street", "house_number", "house_addition", "postcode", "city", "country"}
    assert all(names <= home or names in ({"email"}, {"phone"}) for names in differing)


def test_a_delete_tells_no_more_than_which_record_it_was(changes):
    gone = changes.records.take(changes.op == "delete")
    told = {name for name in gone.columns if values(gone, name)}
    assert told == {"record_id", "source", "kind"}


def test_tomorrow_does_not_change_today():
    town = Population.of(2_000, seed=8)
    before = {name: column.copy() for name, column in town.records.columns.items()}
    changed(town, 0.05)
    assert all((town.records.columns[name] == column).all() for name, column in before.items())
