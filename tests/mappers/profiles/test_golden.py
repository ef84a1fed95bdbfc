"""The golden profile: every field by its rule, with the record and the moment it came from."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

import pytest

from mappers.profiles.golden import Survival, golden
from tests.making import columnar, person, rows

MONDAY, TUESDAY, FRIDAY = (f"2026-03-0{day}T10:00:00Z" for day in (2, 3, 6))


def best(*records: dict[str, Any], shuffled: int | None = None, **rules: Survival) -> dict[str, Any]:
    """Return the golden profile of one person's records."""
    held = [f"{each['source']}:{each['source_id']}" for each in records]
    given = random.Random(shuffled).sample(records, len(records)) if shuffled is not None else list(records)
    with columnar(given, members=dict.fromkeys(held, "P")) as engine:
        golden(engine, rules)
        return rows(engine, "SELECT * FROM golden")[0]


def till(key: str, at: str | None, **fields: Any) -> dict[str, Any]:
    return person(key, "till", changed_at=at, **fields)


def web(key: str, at: str | None, **fields: Any) -> dict[str, Any]:
    return person(key, "web", changed_at=at, **fields)


def test_the_most_recent_statement_survives_by_default() -> None:
    assert best(till("1", MONDAY, city="Breda"), web("1", FRIDAY, city="Gent"))["city"] is None
    found = best(till("1", MONDAY, language="nl"), web("1", FRIDAY, language="fr"), till("2", TUESDAY, language="de"))
    assert found["language"] == "fr"


def test_i6_every_field_names_its_source_and_time() -> None:
    found = best(till("1", MONDAY, first_name="Ann", phone="+31612345678"), web("1", FRIDAY, first_name="Anna"))
    assert (found["first_name"], found["first_name_source"], found["first_name_at"]) == (
        "Anna", "web", datetime(2026, 3, 6, 10),  # noqa: DTZ001 - the engine's times are UTC without saying so
    )  # fmt: skip
    assert (found["phone_source"], found["phone_at"]) == ("till", datetime(2026, 3, 2, 10))  # noqa: DTZ001


def test_a_field_nobody_knows_has_no_source() -> None:
    found = best(till("1", MONDAY))
    assert (found["gender"], found["gender_source"], found["gender_at"]) == (None, None, None)


def test_the_preferred_source_survives_though_another_is_newer() -> None:
    records = [till("1", MONDAY, gender="f"), web("1", FRIDAY, gender="m")]
    assert best(*records, gender=Survival(("till", "web")))["gender"] == "f"


def test_a_preferred_source_that_says_nothing_is_passed_over() -> None:
    records = [till("1", MONDAY), web("1", FRIDAY, gender="m"), web("2", MONDAY, gender="f")]
    assert best(*records, gender=Survival(("till", "web")))["gender"] == "m"


def test_within_the_preferred_source_the_rule_decides() -> None:
    records = [till("1", FRIDAY, first_name="A."), till("2", MONDAY, first_name="Annelies"),
               web("1", FRIDAY, first_name="Annelies Maria")]  # fmt: skip
    assert best(*records, first_name=Survival(("till",), "most_complete"))["first_name"] == "Annelies"


def test_the_longest_statement_survives_where_completeness_counts() -> None:
    records = [till("1", MONDAY, first_name="Annelies"), web("1", FRIDAY, first_name="A.")]
    assert best(*records, first_name=Survival((), "most_complete"))["first_name"] == "Annelies"


def test_of_equally_long_statements_the_newest_survives() -> None:
    records = [till("1", FRIDAY, first_name="Anne"), web("1", MONDAY, first_name="Anna")]
    assert best(*records, first_name=Survival((), "most_complete"))["first_name"] == "Anne"


def test_the_most_frequent_statement_survives_where_numbers_count() -> None:
    days = ["1980-01-01", "1980-01-01", "1999-12-31"]
    records = [till(str(n), when, birth_date=day) for n, (when, day) in enumerate(zip((MONDAY, MONDAY, FRIDAY), days,
                                                                                    strict=True))]  # fmt: skip
    assert str(best(*records, birth_date=Survival((), "most_frequent"))["birth_date"]) == "1980-01-01"


@pytest.mark.parametrize("then", ["most_recent", "most_complete", "most_frequent"])
def test_ties_are_decided_the_same_for_every_order_of_arrival(then: str) -> None:
    records = [till("1", MONDAY, first_name="Anna"), till("2", MONDAY, first_name="Anne"),
               web("1", MONDAY, first_name="Anni"), web("2", None, first_name="Anno")]  # fmt: skip
    found = {best(*records, shuffled=seed, first_name=Survival((), then))["first_name"] for seed in range(4)}
    assert found == {"Anni"}


def test_a_record_without_a_time_is_the_oldest() -> None:
    assert best(till("1", None, language="nl"), web("1", MONDAY, language="fr"))["language"] == "fr"


def test_a_very_long_value_outranks_no_preferred_source() -> None:
    records = [till("1", MONDAY, first_name="Al"), web("1", FRIDAY, first_name="A" * 5000)]
    assert best(*records, first_name=Survival(("till",), "most_complete"))["first_name"] == "Al"


@pytest.mark.parametrize("field", ["email", "phone", "card"])
def test_i2_a_bad_identifier_never_survives(field: str) -> None:
    good = till("1", MONDAY, **{field: "good"})
    for quality in ("placeholder", "masked", "invalid", None):
        assert best(good, web("1", FRIDAY, **{field: "bad", f"{field}_quality": quality}))[field] == "good"


def test_an_address_comes_from_one_record_and_is_never_mixed() -> None:
    old = {"street": "Markt", "house_number": "1", "house_suffix": "a", "postcode": "4811XX", "city": "Breda"}
    new = {"street": "Veldstraat", "house_number": "22", "postcode": None, "city": "Gent", "country": "BE"}
    found = best(till("1", MONDAY, **old, country="NL"), web("1", FRIDAY, **new))
    names = ("street", "house_number", "house_suffix", "postcode", "city", "country")
    assert [found[name] for name in names] == ["Veldstraat", "22", None, None, "Gent", "BE"]
    assert {found[f"{name}_source"] for name in names} == {"web"}


def test_an_infix_comes_with_its_surname() -> None:
    found = best(till("1", MONDAY, infix="van der", last_name="Berg"), web("1", FRIDAY, last_name="Jansen"))
    assert (found["infix"], found["last_name"]) == (None, "Jansen")


def test_a_profile_counts_its_records_and_names_its_systems() -> None:
    found = best(till("1", MONDAY, registered_at=FRIDAY, is_guest=True), web("1", FRIDAY, registered_at=MONDAY))
    assert (found["records"], found["is_guest"]) == (2, False)
    assert found["customer_since"] == datetime(2026, 3, 2, 10)  # noqa: DTZ001


def test_what_we_wrote_ourselves_is_no_statement() -> None:
    records = [till("1", MONDAY, language="nl"), person("m", "mail", changed_at=FRIDAY, language="fr")]
    with columnar(records, members={"till:1": "P", "mail:m": "P"}) as engine:
        engine.execute("UPDATE placed SET is_echo = true WHERE n IN (SELECT n FROM customer WHERE source = 'mail')")
        golden(engine, {})
        assert rows(engine, "SELECT language, records FROM golden") == [{"language": "nl", "records": 1}]


def test_people_do_not_lend_each_other_fields() -> None:
    with columnar(
        till("1", MONDAY, language="nl"), till("2", FRIDAY), members={"till:1": "P", "till:2": "Q"}
    ) as engine:
        golden(engine, {})
        found = rows(engine, "SELECT profile_id, language FROM golden ORDER BY 1")
    assert found == [{"profile_id": "P", "language": "nl"}, {"profile_id": "Q", "language": None}]
