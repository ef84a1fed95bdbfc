"""`rotonde points`: what a person has on their points and vouchers, and what does not agree, without any code."""

from __future__ import annotations

from typing import Any

from plugins.store.engine import Store
from plugins.store.loyalty_tables import loyalty_account
from tests.making import keep, stored
from tests.mappers.loyalty.gifts import CODE, ann, gift
from tests.plugins.hub.commands import said


def test_it_shows_a_persons_vouchers_by_their_number_at_the_till(rotonde: Any, sqlite_store: Store) -> None:
    keep(sqlite_store, ann(), gift(7_500, ends_on=None))
    assert rotonde("resolve").exit_code == 0
    (account,) = said(rotonde("points", "show", "ann@example.nl", "--json"))
    assert (account["voucher"], account["unit"], account["available"]) == ("tilroy:voucher:31", "EUR", 7_500)
    assert [each["amount"] for each in account["entries"]] == [10_000, 2_500]
    shown = rotonde("points", "show", "ann@example.nl")
    assert "Gift voucher, in cents" in shown.stdout
    assert CODE not in shown.stdout + str(account)
    nobody = rotonde("points", "show", "bob@example.nl")
    assert (nobody.exit_code, nobody.stdout) == (1, "")


def test_a_contradiction_is_listed_by_number_without_its_code(rotonde: Any, sqlite_store: Store) -> None:
    keep(sqlite_store, ann(), gift(7_500, 9, ends_on=None))
    rotonde("resolve")
    keep(sqlite_store, gift(8_000, 10, ends_on=None))
    rotonde("resolve")
    listed = rotonde("points", "items", "--json")
    assert listed.exit_code == 3
    (item,) = said(listed)
    assert (item["kind"], item["key"], item["expected"], item["found"]) == (
        "voucher", "tilroy:voucher:31", 7_500, 8_000,
    )  # fmt: skip
    assert CODE not in listed.stdout + rotonde("points", "items").stdout + rotonde("plan").stdout


def test_check_reads_vouchers_too_and_sees_what_was_tampered_with(rotonde: Any, sqlite_store: Store) -> None:
    keep(sqlite_store, ann(), gift(7_500, ends_on=None))
    rotonde("resolve")
    whole = said(rotonde("points", "check", "--json"))
    assert {"unit": "EUR", "part": "available", "amount": 7_500} in whole["totals"]
    with sqlite_store.writing() as connection:
        connection.execute(loyalty_account.update().values(available=9_999))
    assert [each["available"] for each in stored(sqlite_store, loyalty_account)] == [9_999]
    assert rotonde("points", "check").exit_code == 3
