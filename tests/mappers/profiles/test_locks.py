"""Fields locked by hand: they outrank the rules, last, go where their record goes, and can be given back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from mappers.profiles.golden import Survival, golden
from mappers.profiles.traits import traits
from plugins.hub.deciding import link, undo, unlink
from plugins.hub.locked_value import checked
from plugins.hub.locking import lock, locks, unlock
from plugins.store.engine import StoreError
from plugins.store.tables import field_lock
from tests.making import act, clock_at, columnar, customer, person, reader, rows, stored
from tests.mappers.identity.town import Town, later

MONDAY, FRIDAY = "2026-03-02T10:00:00Z", "2026-03-06T10:00:00Z"
AT = datetime(2026, 3, 9, 8)  # noqa: DTZ001 - the engine's times are UTC without saying so
STAMP = "2026-03-09T08:00:00.000000Z"
CARD, MAIL, PHONE = "2055000000978", "ann@example.nl", "+31687654012"
TODAY = date(2026, 3, 9)
WHY = "showed her passport"
ANN, BOB = {"first_name": "Ann", "last_name": "Smit"}, {"first_name": "Bob", "last_name": "Bos"}
TIERS = {"primary": ["first_name", "last_name"], "secondary": ["infix", "house_number"], "tertiary": ["birth_date"]}


def derived(table: str, records: Any, *said: tuple[Any, ...], **rules: Survival) -> dict[str, Any]:
    """Return the golden profile or the traits of one person; `said` are field, value, is it locked, record."""
    held = {f"{each['source']}:{each['source_id']}": "P" for each in records}
    with columnar(records, members=held) as engine:
        for seq, (field, value, *rest) in enumerate(said):
            is_locked, key = [*rest, *(True, "till:1")[len(rest) :]]
            row = [seq, *key.split(":"), field, value, is_locked, WHY, "els", STAMP]
            engine.execute("INSERT INTO field_lock VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        golden(engine, rules)
        traits(engine, clock_at(300)(), TIERS)
        return rows(engine, f"SELECT * FROM {table}")[0]


def best(records: Any, *said: tuple[Any, ...], **rules: Survival) -> dict[str, Any]:
    return derived("golden", records, *said, **rules)


def known(*said: tuple[Any, ...]) -> dict[str, Any]:
    return derived("trait", TWO, *said)


def complete(*said: tuple[Any, ...]) -> list[Any]:
    return [known(*said)[f"{tier}_complete_percent"] for tier in TIERS]


TWO = [
    person("1", "till", changed_at=MONDAY, infix="van der", last_name="Berg", language="nl", street="Markt",
           house_number="1", city="Breda"),
    person("2", "web", changed_at=FRIDAY, language="fr", gender="f"),
]  # fmt: skip


def test_i6_a_locked_value_outranks_every_rule_and_names_its_source_and_time() -> None:
    for rule in (Survival(), Survival(("till", "web")), Survival((), "most_complete"), Survival((), "most_frequent")):
        found = best(TWO, ("language", "de"), language=rule)
        assert (found["language"], found["language_source"], found["language_at"]) == ("de", "by hand", AT)
        assert (found["gender"], found["gender_source"]) == ("f", "web")


def test_a_field_that_no_record_knows_can_be_locked() -> None:
    found = best(TWO, ("birth_date", "1980-02-03"))
    assert (str(found["birth_date"]), found["birth_date_source"]) == ("1980-02-03", "by hand")


def test_a_field_can_be_locked_as_not_known() -> None:
    found = best(TWO, ("language", None))
    assert (found["language"], found["language_source"], found["language_at"]) == (None, "by hand", AT)


def test_the_newest_row_about_a_field_of_a_person_holds_whichever_record_it_is_kept_on() -> None:
    assert best(TWO, ("language", "de"), ("language", "en", True, "web:2"))["language"] == "en"
    assert best(TWO, ("language", "de"), ("language", None, False, "web:2"))["language"] == "fr"
    assert best(TWO, ("language", "de"), ("language", None, False), ("language", "en"))["language"] == "en"


def test_a_surname_by_hand_stands_without_the_infix_of_another() -> None:
    found = best(TWO, ("last_name", "Smit"))
    assert (found["infix"], found["last_name"], found["infix_source"]) == (None, "Smit", "by hand")
    found = best(TWO, ("last_name", "Smit"), ("infix", "de"))
    assert (found["infix"], found["last_name"]) == ("de", "Smit")


def test_an_infix_by_hand_leaves_the_surname_to_the_rules() -> None:
    found = best(TWO, ("infix", "van den"))
    assert (found["infix"], found["last_name"], found["last_name_source"]) == ("van den", "Berg", "till")


def test_the_rest_of_an_address_still_comes_from_the_record_that_wins() -> None:
    found = best(TWO, ("street", "Grote Markt"), ("postcode", "4811XX"))
    names = ("street", "house_number", "postcode", "city")
    assert [found[name] for name in names] == ["Grote Markt", "1", "4811XX", "Breda"]
    assert [found[f"{name}_source"] for name in names] == ["by hand", "till", "by hand", "till"]


def test_traits_follow_what_is_locked() -> None:
    said = (("first_name", "Ann"), ("infix", "de"), ("last_name", "Smit"), ("birth_date", "1980-02-03"))
    found = known(*said)
    assert (found["first_name"], found["last_name"], str(found["birth_date"])) == ("Ann", "de Smit", "1980-02-03")
    assert found["is_incomplete"] is False
    assert complete(*said) == [100, 100, 100]


def test_completeness_counts_what_is_locked_as_not_known_as_not_known() -> None:
    assert complete() == [50, 100, 0]
    assert complete(("last_name", None), ("house_number", None)) == [0, 0, 0]
    assert complete(("last_name", "Smit")) == [50, 50, 0]


def named(town: Town) -> dict[str, tuple[str | None, str | None]]:
    """Return surname and its source, by the first names of everybody."""
    found = rows(town.engine, "SELECT first_name, last_name, last_name_source FROM golden")
    return {each["first_name"]: (each["last_name"], each["last_name_source"]) for each in found}


def test_a_lock_holds_in_every_resolve_and_goes_with_its_record_through_merge_and_unmerge(town_both: Town) -> None:
    before = town_both.after(1, person("1", **ANN), person("2", **BOB), person("3", **BOB, email=MAIL))
    ann, bob = before["till:1"], before["till:2"]
    assert town_both.away(2, lock, "till:1", "last_name", "Bakker", WHY) == ann
    town_both.resolved(2)
    kept = town_both.told()
    assert named(town_both) == {"Ann": ("Bakker", "by hand"), "Bob": ("Bos", "till")}
    town_both.after(3, later(3, "1", **ANN))
    assert named(town_both)["Ann"] == ("Bakker", "by hand")
    town_both.away(4, link, "till:1", "till:2", WHY)
    town_both.resolved(4)
    assert ("Bakker", "by hand") in named(town_both).values()
    town_both.away(5, unlink, ann, bob, WHY)
    town_both.resolved(5)
    assert named(town_both) == {"Ann": ("Bakker", "by hand"), "Bob": ("Bos", "till")}
    assert [each["profile_id"] for each in town_both.told()["golden"]] == [
        each["profile_id"] for each in kept["golden"]
    ]


def test_a_lock_survives_a_mirror_that_is_thrown_away(town: Town) -> None:
    town.after(1, person("1", **ANN))
    town.away(2, lock, "till:1", "last_name", "Bakker", WHY)
    town.forget()
    town.resolved(3)
    assert named(town) == {"Ann": ("Bakker", "by hand")}


def test_a_lock_made_on_a_merged_person_stays_with_the_record_it_is_kept_on(town: Town) -> None:
    town.after(1, person("1", **ANN), person("2", **BOB))
    town.away(2, link, "till:1", "till:2", WHY)
    town.resolved(2)
    town.away(3, lock, "till:2", "last_name", "Bakker", WHY)
    town.away(4, undo, 1, WHY)
    town.resolved(4)
    assert named(town) == {"Ann": ("Smit", "till"), "Bob": ("Bakker", "by hand")}


def test_an_unlock_gives_the_field_back_to_the_rules_for_every_record_of_the_person(town: Town) -> None:
    town.after(1, person("1", **ANN), person("2", **BOB))
    for key in ("till:1", "till:2"):
        town.away(2, lock, key, "last_name", "Bakker", WHY)
    town.away(2, link, "till:1", "till:2", WHY)
    town.resolved(2)
    town.away(3, unlock, "till:1", "last_name", "a mistake")
    town.resolved(3)
    assert [source for _, source in named(town).values()] == ["till"]
    town.away(4, undo, 1, WHY)
    town.resolved(4)
    assert named(town) == {"Ann": ("Smit", "till"), "Bob": ("Bos", "till")}


def test_a_lock_of_a_record_that_is_gone_holds_again_when_it_comes_back(town: Town) -> None:
    town.after(1, person("1", **ANN, email=MAIL), person("2", **ANN, email=MAIL))
    town.away(2, lock, "till:2", "last_name", "Bakker", WHY)
    town.after(3, later(1, "2", is_deleted=True))
    assert named(town) == {"Ann": ("Smit", "till")}
    assert [(each.profile_id, each.record) for each in town.away(3, locks)] == [(None, "till:2")]
    town.after(4, later(2, "2", **ANN, email=MAIL))
    assert named(town) == {"Ann": ("Bakker", "by hand")}


def test_the_locks_that_hold_are_listed(town: Town) -> None:
    town.after(1, person("1", **ANN), person("2", **BOB))
    for hour, key, value in ((2, "till:1", "Bakker"), (3, "till:1", "Visser"), (4, "till:2", "Mulder")):
        town.away(hour, lock, key, "last_name", value, WHY)
    town.away(5, unlock, "till:2", "last_name", WHY)
    (found,) = town.away(6, locks)
    assert (found.field, found.record, found.value, found.reason) == ("last_name", "till:1", "Visser", WHY)
    assert len(stored(town.store, field_lock)) == 4


def test_a_lock_changes_neither_who_may_be_reached_nor_at_which_address(town: Town) -> None:
    town.after(1, reader("ann"), customer("cas"), act("cas"))
    before = town.told()["consent"]
    for who in ("woocommerce:ann", "woocommerce:cas"):
        town.away(2, lock, who, "email", "other@example.nl", WHY)
    town.resolved(2)
    assert {each["email"] for each in town.told()["golden"]} == {"other@example.nl"}
    assert town.told()["consent"] == before


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("birth_date", " 1980-02-03 ", "1980-02-03"), ("email", "Ann.Smit@Example.NL", "ann.smit@example.nl"),
        ("phone", "06-87654012", PHONE), ("phone", "+32 470 98 76 51", "+32470987651"),
        ("card", "2055-000000978", CARD), ("country", "be", "BE"), ("language", "NL", "nl"),
        ("postcode", "1011 ab", "1011AB"), ("last_name", "  van  der Berg ", "van der Berg"),
        ("infix", "", None), ("birth_date", " ", None),
    ],
)  # fmt: skip
def test_a_value_is_kept_in_the_form_that_records_have(field: str, typed: str, kept: str | None) -> None:
    assert checked(field, typed, "NL", TODAY) == kept


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("birth_date", "1980-02-31"), ("birth_date", "19800203"), ("birth_date", "2026-03-10"), ("birth_date", "x"),
        ("email", "geen@example.nl"), ("email", "ann"), ("phone", "0612345678"), ("phone", "0687654012"),
        ("card", "2055000000977"), ("card", "0000000000"), ("country", "Belgium"), ("language", "n1"),
        ("first_name", "A\x07nn"), ("last_name", "Sm\udce9t"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_in_one_line_that_does_not_repeat_it(field: str, typed: str) -> None:
    with pytest.raises(StoreError) as caught:
        checked(field, typed, None, TODAY)
    told = str(caught.value)
    assert told.startswith(f"profile: VALUE cannot be kept as {field}; ")
    assert "\n" not in told
    assert typed not in told.partition("; ")[2].split()


def test_a_national_number_is_read_in_the_person_s_country(town: Town) -> None:
    town.after(1, person("1", **ANN, street="Markt", city="Gent", country="BE"), person("2", **BOB))
    town.away(2, lock, "till:1", "phone", "0470 98 76 51", WHY)
    assert [each["value"] for each in stored(town.store, field_lock)] == ["+32470987651"]
    with pytest.raises(StoreError, match="VALUE cannot be kept as phone"):
        town.away(2, lock, "till:2", "phone", "0470 98 76 51", WHY)


@pytest.mark.parametrize(
    ("work", "arguments", "told"),
    [
        (lock, ("till:1", "lastname", "Smit"), "profile: FIELD is no field of the golden profile; "
         "did you mean 'last_name'?"),
        (unlock, ("till:1", "surname"), "profile: FIELD is no field of the golden profile; "),
        (lock, ("nobody", "last_name", "Smit"), "profile: PERSON is nobody; name a record"),
        (unlock, ("till:1", "last_name"), "profile: last_name of this person is not locked; see what is with: "
         "rotonde profile locks"),
    ],
)  # fmt: skip
def test_what_cannot_be_locked_is_refused_in_one_clear_line(
    town: Town, work: Any, arguments: tuple[str, ...], told: str
) -> None:
    town.after(1, person("1", **ANN))
    with pytest.raises(StoreError) as caught:
        town.away(2, work, *arguments, WHY)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)
