"""What a person did that names no customer we know: it follows the card or the address it does name."""

from __future__ import annotations

from typing import Any

from tests.making import at, person, record
from tests.mappers.identity.town import Town, ids, later

MAIL, CARD, OTHER_CARD = "ann@example.nl", "2055000000978", "2055000000985"
PHONES = (None, "+31687654012", "+31687654013")
ANN = {"first_name": "Ann", "last_name": "Kuipers"}


def receipt(key: str, total: int = 1000, **fields: Any) -> dict[str, Any]:
    """Return a paid receipt of a till, of no customer unless one is named."""
    sold = {"channel": "store", "ordered_at": at(0), "is_paid": True, "currency": "EUR", "total_minor": total}
    return record("order", "till", key, **{**sold, **fields})


def revenue(town: Town) -> dict[str, int]:
    """Return what each customer record's person spent, in cents."""
    found = dict(town.engine.execute("SELECT profile_id, revenue_minor FROM trait").fetchall())
    return {key: found[profile_id] for key, profile_id in ids(town).items()}


def test_a_receipt_is_its_card_holders(town_both: Town) -> None:
    town_both.after(1, person("1", card=CARD), person("2", card=OTHER_CARD), receipt("r1", card=CARD), receipt("r2"))
    assert revenue(town_both) == {"till:1": 1000, "till:2": 0}


def test_a_receipt_without_a_holder_is_nobodys_until_somebody_claims_it(town: Town) -> None:
    before = town.after(1, person("1"), receipt("r1", email=MAIL), receipt("r2", 500, email=MAIL))
    assert (len(before), revenue(town)) == (1, {"till:1": 0})
    town.after(2, person("a", "web", email=MAIL))
    assert revenue(town) == {"till:1": 0, "web:a": 1500}
    town.after(3, later(1, "1", email=MAIL))
    assert revenue(town) == {"till:1": 1500, "web:a": 1500}


def test_a_receipt_follows_a_card_that_went_to_somebody_else(town: Town) -> None:
    town.after(1, person("1", card=CARD, **ANN), person("2"), receipt("r1", card=CARD))
    assert revenue(town) == {"till:1": 1000, "till:2": 0}
    town.after(2, later(1, "1", **ANN), later(1, "2", card=CARD))
    assert revenue(town) == {"till:1": 0, "till:2": 1000}


def test_a_named_customer_comes_before_the_card_that_was_scanned(town: Town) -> None:
    town.after(1, person("1", card=CARD, **ANN), person("2"), receipt("r1", card=CARD, customer_id="2"))
    assert revenue(town) == {"till:1": 0, "till:2": 1000}


def test_an_order_of_a_customer_we_do_not_know_follows_its_address(town: Town) -> None:
    town.after(1, person("1", email=MAIL), receipt("r1", customer_id="gone", email=MAIL))
    assert revenue(town) == {"till:1": 1000}


def test_a_receipt_of_a_shared_address_is_nobodys_and_never_joins_two_persons(town: Town) -> None:
    sam = {"first_name": "Sam", "last_name": "Peeters"}
    made = town.after(1, person("1", email="huis@example.nl", **ANN), person("2", email="huis@example.nl", **sam),
                      receipt("r1", email="huis@example.nl"))  # fmt: skip
    assert made["till:1"] != made["till:2"]
    assert revenue(town) == {"till:1": 0, "till:2": 0}


def test_what_a_receipt_says_of_a_person_does_not_depend_on_the_order_of_arrival(town: Town) -> None:
    town.after(1, receipt("r1", card=CARD))
    town.after(2, person("2", card=CARD, **ANN))
    town.after(3, receipt("r2", 300, card=CARD))
    step = revenue(town)
    town.forget()
    town.resolved(4)
    assert step == revenue(town) == {"till:2": 1300}


def test_an_opened_letter_is_its_readers(town: Town) -> None:
    opened = record("event", "mail", "e1", kind="email_open", occurred_at=at(0), email=MAIL)
    town.after(1, person("1", email=MAIL), opened)
    assert town.engine.execute("SELECT email_opens_90d FROM trait").fetchall() == [(1,)]


def test_a_card_of_two_is_that_of_the_one_known_best_unless_it_is_lent_to_everybody(town: Town) -> None:
    ann = [
        person(str(n), email=MAIL, card=CARD if n == 1 else None, **ANN, phone=phone) for n, phone in enumerate(PHONES)
    ]
    leen = person("9", card=CARD, first_name="Leen", last_name="Maes", birth_date="1981-02-03")
    town.after(1, ann, leen, receipt("r1", card=CARD))
    assert (revenue(town)["till:1"], revenue(town)["till:9"]) == (1000, 0)
    lent = [person(f"n{n}", "kiosk", card=CARD, customer_number=f"K{n}") for n in range(20)]
    town.after(2, lent)
    assert (revenue(town)["till:1"], revenue(town)["till:9"]) == (0, 0)
