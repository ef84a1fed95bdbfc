"""What street lines and postcodes become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.identifiers import address, house, postcode


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("Kerkstraat 12 bus 3", ("Kerkstraat", "12", "3")),
        ("Kerkstraat 12-a", ("Kerkstraat", "12", "A")),
        ("Kerkstraat 12A", ("Kerkstraat", "12", "A")),
        ("1e Oosterparkstraat 12 hs", ("1e Oosterparkstraat", "12", "HS")),
        ("Plein 1944 12", ("Plein 1944", "12", None)),
        ("Rue Neuve 12 bte 3", ("Rue Neuve", "12", "3")),
        ("12, rue Neuve", ("rue Neuve", "12", None)),
        ("Steenweg op Gent, 014", ("Steenweg op Gent", "14", None)),
        ("Kerkstraat", ("Kerkstraat", None, None)),
        ("", (None, None, None)),
    ],
)
def test_takes_a_street_line_apart(line: str, parts: tuple[str | None, ...]) -> None:
    found = address(line)
    assert (found.street, found.house_number, found.house_suffix) == parts


@pytest.mark.parametrize(
    ("number", "addition", "parts"), [("12", "bus 3", ("12", "3")), ("12-a", None, ("12", "A")), ("", "b", (None, "B"))]
)
def test_reads_a_house_number_kept_apart(number: str, addition: str | None, parts: tuple[str | None, ...]) -> None:
    assert house(number, addition) == parts


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("1012 ab", "NL", "1012AB"),
        ("1012", "NL", None),
        ("1012SS", "NL", None),
        ("2000", "BE", "2000"),
        ("B-2000", "BE", "2000"),
        ("BE 2000", "BE", "2000"),
        ("2000", None, "2000"),
        ("sw1a 1aa", "GB", "SW1A1AA"),
        ("", "NL", None),
    ],
)
def test_writes_a_postcode_as_its_country_does(typed: str, country: str | None, kept: str | None) -> None:
    assert postcode(typed, country) == kept


@given(st.text(max_size=12), st.sampled_from(["NL", "BE", "DE", None, "GB"]))
def test_i7_a_postcode_written_once_stays(typed: str, country: str | None) -> None:
    once = postcode(typed, country)
    assert once is None or postcode(once, country) == once


@given(st.text(st.sampled_from("aé 12-/,.busN'"), max_size=30))
def test_i7_a_house_written_once_stays(line: str) -> None:
    once = address(line)
    assert house(once.house_number, once.house_suffix) == (once.house_number, once.house_suffix)
