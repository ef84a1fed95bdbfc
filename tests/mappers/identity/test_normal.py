"""What is left of a name, a birth date or a card to compare, however somebody wrote it."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from mappers.identity import normal
from mappers.identity.normal import KEYS, TEXTS


def keys(**said: str) -> dict[str, Any]:
    """Return what a record that says this is compared by."""
    with duckdb.connect() as engine:
        engine.execute(
            f"CREATE TABLE arrived (n BIGINT, record_id TEXT, is_decided BOOLEAN, {' TEXT, '.join(TEXTS)} TEXT)"
        )
        columns, marks = ", ".join(("n", "record_id", "is_decided", *said)), ", ".join("?" * len(said))
        engine.execute(f"INSERT INTO arrived ({columns}) VALUES (0, 'r', false, {marks})", list(said.values()))
        normal.call(engine)
        normal.normalise(engine)
        (row,) = engine.execute(f"SELECT {', '.join(KEYS)} FROM normal").fetchall()
    return {name: value for name, value in zip(KEYS, row, strict=True) if value is not None}


def name(**said: str) -> tuple[str | None, str | None, str | None]:
    """Return the first name, the initial and the surname that are compared."""
    found = keys(**said)
    return found.get("given"), found.get("initial"), found.get("sur")


@pytest.mark.parametrize(
    ("full_name", "found"),
    [
        ("Jan de Vries", ("jan", "j", "vries")),
        ("dhr. J. de Vries", (None, "j", "vries")),
        ("van der Berg, Jan", ("jan", "j", "berg")),
        ("van der Berg Jan Willem", ("jan", "j", "berg")),
        ("de Jong Frank", ("frank", "f", "jong")),
        ("Bauwens V.", (None, "v", "bauwens")),
        ("janse m e", (None, "m", "janse")),
        ("T. Jansen Smit", (None, "t", "smit")),
        ("ANA Geerts", (None, "a", "geerts")),
        ("DHR Jansen", ("jansen", "j", None)),
        ("JAN JANSEN", ("jan", "j", "jansen")),
        ("MarchÃªne NoÃ©mie", ("marchene", "m", "noemie")),
    ],
)
def test_a_name_in_one_piece_falls_apart_where_it_should(full_name: str, found: tuple[str | None, ...]) -> None:
    assert name(full_name=full_name) == found


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("LD", "Jansen", (None, "l", "jansen")),
        ("LD", "JANSEN", (None, "l", "jansen")),
        ("JO", "JANSEN", ("jo", "j", "jansen")),
        ("ROGER", "JANSEN", ("roger", "r", "jansen")),
        ("Jansen ", " M.W.", (None, "m", "jansen")),
        ("Anne", "M.", ("anne", "a", None)),
        ("Łukasz", "Öztürk", ("lukasz", "l", "ozturk")),
        ("Åsa", "Lindström", ("asa", "a", "lindstrom")),
    ],
)
def test_initials_turned_names_and_foreign_letters_are_known(
    first: str, last: str, found: tuple[str | None, ...]
) -> None:
    assert name(first_name=first, last_name=last) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("19 juni 1982", date(1982, 6, 19)),
        ("1 août 1980", date(1980, 8, 1)),
        ("5 May 1959", date(1959, 5, 5)),
        (" 3-5-1981 ", date(1981, 5, 3)),
        ("20041022", date(2004, 10, 22)),
        ("31-02-1980", None),
        ("01-01-1970", None),
        ("19 brumaire 1982", None),
    ],
)
def test_a_birth_date_is_read_in_the_words_of_the_country(text: str, found: date | None) -> None:
    assert keys(birth_date=text).get("born") == found


@pytest.mark.parametrize(
    ("card", "found"),
    [
        ("2901073817824", "2901073817824"),
        ("29 0107 3817824", "2901073817824"),
        ("2901073817824.0", "2901073817824"),
        ("01073817824", "2901073817824"),
        ("2901073817825", None),
        ("2.90107E+12", None),
        ("0000000000000", None),
        ("A-1005", "A1005"),
    ],
)
def test_a_card_is_known_by_what_a_spreadsheet_or_a_till_left_of_it(card: str, found: str | None) -> None:
    assert keys(card_no=card).get("card") == found
