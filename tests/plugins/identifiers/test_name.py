"""What names become."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.identifiers import name, name_key

WORDS = st.text(st.sampled_from("aBé' -,.vandeİßø1’"), max_size=16)


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        (("Jan", None, "van de Vries"), ("Jan", "van de", "Vries", "J", "vries")),
        (("Jan van der", None, "Vries"), ("Jan", "van der", "Vries", "J", "vries")),
        (("Jan", "Van Den", "Bergh-Maas"), ("Jan", "van den", "Bergh-Maas", "J", "berghmaas")),
        (("Élodie", "", "Vries, de"), ("Élodie", "de", "Vries", "E", "vries")),
        (("Dhr. Jan", None, "'t Hart"), ("Jan", "'t", "Hart", "J", "hart")),
        (("J.P.", None, "Peeters"), ("J.P.", None, "Peeters", "J", "peeters")),
        (("Jan de Vries", None, None), ("Jan", "de", "Vries", "J", "vries")),
        ((None, None, "De Smet"), (None, "de", "Smet", None, "smet")),
        (("Åse", None, "Sørensen"), ("Åse", None, "Sørensen", "A", "sorensen")),
        (("Anne Marie", None, ""), ("Anne Marie", None, None, "A", None)),
        (("Li", None, "Van"), ("Li", None, "Van", "L", "van")),
    ],
)
def test_puts_each_part_of_a_name_in_its_place(typed: tuple[str | None, ...], parts: tuple[str | None, ...]) -> None:
    found = name(*typed)
    assert (found.first_name, found.infix, found.last_name, found.initial, found.name_key) == parts


@pytest.mark.parametrize("surname", ["Kassa", "klant", "TEST", "onbekend", "Kassa 3", "xxx", "X", "-", "", None])
def test_a_placeholder_is_no_name_to_match_on(surname: str | None) -> None:
    assert name_key(surname) is None


@settings(deadline=None)
@given(WORDS, WORDS, WORDS)
def test_i7_a_name_written_once_stays(first: str, infix: str, last: str) -> None:
    once = name(first, infix, last)
    assert name(once.first_name, once.infix, once.last_name) == once


@settings(deadline=None)
@given(st.text(max_size=20))
def test_i7_a_name_key_is_the_key_of_itself(surname: str) -> None:
    key = name_key(surname)
    assert key is None or name_key(key) == key
