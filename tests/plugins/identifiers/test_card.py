"""What loyalty cards become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.identifiers import card, has_check_digit


@pytest.mark.parametrize(
    ("typed", "kept"), [("2055 5000-01", "2055500001"), ("kl-12345", "KL12345"), ("2012345678903", "2012345678903")]
)
def test_writes_a_card_in_one_form(typed: str, kept: str) -> None:
    assert (card(typed).value, card(typed).quality) == (kept, "ok")


@pytest.mark.parametrize("typed", ["", "12", "2012345678904", "geen", "-" * 9, "1" * 40 + "2"])
def test_refuses_what_is_no_card(typed: str) -> None:
    assert (card(typed).value, card(typed).quality) == (None, "invalid")


@pytest.mark.parametrize("typed", ["00000000", "9999999999999", "1234567890", "12345678"])
def test_knows_what_tills_type_for_no_card(typed: str) -> None:
    assert card(typed).quality == "placeholder"


@pytest.mark.parametrize(("digits", "right"), [("5449000000996", True), ("5449000000997", False), ("96385074", True)])
def test_checks_the_check_digit(digits: str, right: bool) -> None:
    assert has_check_digit(digits) is right


@given(st.one_of(st.text(max_size=20), st.text(st.sampled_from("0123456789 -aB"), max_size=16)))
def test_i7_a_card_written_once_stays(typed: str) -> None:
    once = card(typed)
    assert once.value is None or (card(once.value).value, card(once.value).quality) == (once.value, once.quality)
