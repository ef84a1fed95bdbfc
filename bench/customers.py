"""The customers the bench reads: Tilroy's export, some of them the same person, drawn from their numbers alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

CUSTOMERS_A_PAGE = 100
BAD_EVERY = 100  # one customer in a hundred cannot be read
WITHHELD_EVERY = 25  # one person in so many gives no e-mail address and no phone, and the clerk types what is nobody's
CONSENTS = 6  # what the till's form says of one customer: three of everyone, three of the business unit
CYCLE = (0, 1, 2, 3, 4, 2, 4, 4)
"""Of five persons three have one record, one has two and one has three."""
OPENING = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SHOPS = ("Breda", "Gouda", "Zwolle", "Tiel")
GIVEN = (
    ("Johannes", "Hans"), ("Cornelia", "Corrie"), ("Cornelis", "Kees"), ("Elisabeth", "Els"), ("Wilhelmus", "Wim"),
    ("Margaretha", "Greet"), ("Petrus", "Piet"), ("Catharina", "Toos"), ("Hendrik", "Henk"), ("Johanna", "Jo"),
    ("Jacobus", "Koos"), ("Francisca", "Cisca"), ("Antonius", "Toon"), ("Wilhelmina", "Mien"), ("Gerardus", "Geert"),
    ("Alida", "Lida"), ("Franciscus", "Frans"), ("Bregje", "Bregje"), ("Theodorus", "Theo"), ("Femke", "Femke"),
)  # fmt: skip
INFIXES = ("", "", "", "van", "de", "van der")
BEGINNINGS = (
    "Appel", "Berk", "Brug", "Duin", "Eiken", "Gras", "Haver", "Heide", "Kalk", "Kers", "Klaver", "Linden", "Molen",
    "Noot", "Olm", "Poel", "Riet", "Rogge", "Schans", "Tarwe", "Veen", "Vlas", "Wilgen", "Zand",
)  # fmt: skip
ENDINGS = (
    "beek", "berg", "broek", "dam", "dijk", "hof", "horst", "huis", "kamp", "laar", "meer", "stra", "veld", "wal",
)  # fmt: skip
STREETS = ("Achterweg", "Dorpsstraat", "Kade", "Lindelaan", "Markt", "Nieuwstraat", "Singel", "Veldpad")
BREAKS = (("missing_key", "tilroyId"), ("wrong_type", "active"), ("bad_time", "dateCreated"), ("wrong_type", "bu"))
"""Why a customer cannot be read, and which field."""
WAYS = ("card", "email", "phone", "name")
"""What a second record of a person has in common with the first."""


@dataclass(frozen=True)
class Truth:
    """What a store must hold after reading so many customers, and which of them are one person."""

    customers: int

    @cached_property
    def persons(self) -> dict[str, int]:
        """The person behind each customer that can be read, by its id."""
        numbers = (number for number in range(1, self.customers + 1) if not is_bad(number))
        return {str(number): person_and_copy(number)[0] for number in numbers}

    @cached_property
    def bad(self) -> dict[str, tuple[str, str]]:
        """The reason and the field of each customer that cannot be read, by its code."""
        return {f"C{number}": _break_of(number) for number in range(BAD_EVERY, self.customers + 1, BAD_EVERY)}


@dataclass(frozen=True)
class Person:
    """Who somebody is; partners share a surname and an address, some of them a phone or an e-mail address too."""

    given: tuple[str, str]
    infix: str
    surname: str
    born: date
    email: str
    phone: str
    card: str
    street: str
    house: int
    postcode: str

    @classmethod
    def of(cls, number: int) -> Person:
        """Draw a person; one in four lives with the one before."""
        household = number - 1 if number % 4 == 1 else number
        own, home = Random(number), Random(f"home {household}")
        given, surname = GIVEN[(number // 4 + number) % len(GIVEN)], home.choice(BEGINNINGS) + home.choice(ENDINGS)
        mailbox = f"familie{household}" if household % 16 == 0 else f"{given[0].lower()}.{surname.lower()}{number}"
        phone = f"061{(household if household % 8 == 0 else number) * 104_729 % 10**7:07d}"
        is_withheld = number % WITHHELD_EVERY == 1
        return cls(
            given=given,
            infix=home.choice(INFIXES),
            surname=surname,
            born=date(1940, 1, 1) + timedelta(days=own.randrange(24_000)),
            email=f"{'kassa' if is_withheld else mailbox}@example.nl",
            phone="0600000000" if is_withheld else phone,
            card=f"29{number * 7919 % 10**8:08d}",
            street=home.choice(STREETS),
            house=home.randrange(1, 200),
            postcode=f"{home.randrange(1000, 9999)} {home.choice('ABCDEGHJ')}{home.choice('KLMNPRTV')}",
        )


def is_bad(number: int) -> bool:
    """Tell whether this customer is one of those that cannot be read."""
    return number % BAD_EVERY == 0


def _break_of(number: int) -> tuple[str, str]:
    return BREAKS[number // BAD_EVERY % len(BREAKS)]


def person_and_copy(number: int) -> tuple[int, int]:
    """Return the person behind a customer, and which of their records it is, the first being 0."""
    good = number - 1 - number // BAD_EVERY
    place = good % len(CYCLE)
    return good // len(CYCLE) * 5 + CYCLE[place] + 1, CYCLE[:place].count(CYCLE[place])


def customer(number: int) -> dict[str, Any]:
    """Return one customer as `/export/customers` shows it."""
    person, copy = person_and_copy(number)
    shop = {"tilroyId": number % len(SHOPS) + 1, "sourceId": None, "name": SHOPS[number % len(SHOPS)], "number": 1}
    form = {**_form(number, shop), **_who(Person.of(person), WAYS[(person + copy) % len(WAYS)] if copy else "")}
    return _broken(form, number) if is_bad(number) else form


def _form(number: int, shop: dict[str, Any]) -> dict[str, Any]:
    made = (OPENING + timedelta(seconds=number * 7)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    may = number % 3 == 0
    unit = dict.fromkeys(("doMail", "doEmail", "doSms", "doReview"), may)
    return {
        "tilroyId": number, "customerCode": f"C{number}", "sourceId": None, "middleName": "", "companyName": "",
        "language": "NL", "city": "", "country": "NL", "phoneNumberHome": "", "phoneNumberWork": None, "active": True,
        "mergedId": None, "source": None, "doNotEmail": not may, "doNotCall": not may, "doNotMail": not may,
        "eticket": may, "bu": [{**unit, "memberFrom": made, "shopCreated": dict(shop)}], "gender": {},
        "customerGroup": {"code": "VIP", "description": "", "expiryDate": None}, "extraCustomerGroups": [],
        "customerType": {"code": "Consument", "description": ""}, "customField1": "", "VATNumber": None, "box": "",
        "shopCreated": shop, "dateCreated": made, "dateUpdated": made, "dateDeleted": "", "dateExported": made,
    }  # fmt: skip


def _who(person: Person, way: str) -> dict[str, Any]:
    """Return the fields about a person: all of them, or what a second record has `way` in common."""
    is_whole = way in ("", "name")
    card = person.card if way in ("", "card") else None
    surname = f"{person.infix} {person.surname}".strip()
    return {
        "firstName": {"card": person.given[0][0], "email": person.given[1]}.get(way, person.given[0]),
        "surName": person.surname if way == "phone" else surname,
        "email": {"": person.email, "email": person.email.upper()}.get(way, ""),
        "mobileNumber": {"": f"+31{person.phone[1:]}", "phone": f"{person.phone[:2]}-{person.phone[2:]}"}.get(way, ""),
        "dateOfBirth": person.born.strftime("%d/%m/%Y") if is_whole else "",
        "address1": person.street if is_whole else "",
        "houseNumber": str(person.house) if is_whole else "",
        "postalCode": person.postcode if is_whole else "",
        "cardNumber": card,
        "barcode": card,
        "cards": [{"card": card, "isDefault": True}] if card else [],
    }


def _broken(form: dict[str, Any], number: int) -> dict[str, Any]:
    match _break_of(number):
        case (_, "tilroyId"):
            del form["tilroyId"]
        case (_, field):
            form[field] = "perhaps"
    return form


def shops() -> bytes:
    """Return the shops as `/shops` lists them."""
    listed = [
        {"tilroyId": str(place), "sourceId": f"S{place}", "number": place, "name": name, "country": {"code": "NL"}}
        for place, name in enumerate(SHOPS, start=1)
    ]
    return json.dumps(listed).encode()


def pages(customers: int) -> Iterator[tuple[int, bytes]]:
    """Give each page: its number, and its body."""
    for start in range(0, customers, CUSTOMERS_A_PAGE):
        of_page = range(start + 1, min(start + CUSTOMERS_A_PAGE, customers) + 1)
        yield start // CUSTOMERS_A_PAGE + 1, json.dumps([customer(number) for number in of_page]).encode()
