"""The bench of activation runs what the product's job runs, on people of whom one in a hundred is bad."""

from __future__ import annotations

from bench.activation import accounts, programs


def test_the_programs_are_those_of_the_products_job() -> None:
    assert ["/".join(each.parts[-3:]) for each in programs()] == ["taps/hub/tap.py", "targets/meta/target.py"]
    assert all(each.exists() for each in programs())


def test_everybody_agreed_and_one_more_in_a_hundred_has_no_address_that_can_be_hashed() -> None:
    made = list(accounts(200))
    assert [entity for entity, _ in made] == ["customer", "consent"] * 202
    assert sum("@" not in record["email"] for _, record in made) == 4
