"""The people behind the records: households with names, addresses, habits, and what each really said about mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import NamedTuple

from plugins.sandbox.fiction import names
from plugins.sandbox.fiction.names import GivenName, Surname, Town
from plugins.sandbox.fiction.spelling import plain
from plugins.sandbox.fiction.stories import story_of
from plugins.sandbox.retailer import Address, Truth

YEARS = 730
DOMAINS = {
    "NL": ("example.nl", "example.nl", "example.com", "post.example.nl", "thuis.example.nl"),
    "BE": ("example.be", "example.be", "example.com", "post.example.be", "mail.example.be"),
}
SYSTEMS = (("t", 48), ("w", 13), ("n", 6), ("tw", 12), ("tn", 6), ("wn", 6), ("twn", 9))
TILL_ONLY_EMAIL = 0.19
ON_MARKETPLACE = 0.05


class Habit(NamedTuple):
    """How often someone buys in a year, and between which days ago."""

    name: str
    per_year: tuple[int, int]
    first: tuple[int, int]
    last: tuple[int, int]


HABITS = (
    (Habit("loyal", (8, 16), (700, 729), (1, 20)), 13),
    (Habit("regular", (3, 6), (500, 729), (1, 90)), 26),
    (Habit("occasional", (1, 2), (300, 729), (1, 250)), 36),
    (Habit("lapsing", (4, 8), (600, 729), (120, 300)), 10),
    (Habit("lapsed", (2, 6), (600, 729), (310, 560)), 10),
    (Habit("new", (8, 14), (30, 90), (1, 10)), 5),
)


@dataclass
class Person:
    """Someone real, the dice that decide their life, and the systems they appear in."""

    id: str
    dice: Random
    given: GivenName
    surname: Surname
    maiden: Surname | None
    birth_date: date
    home: Address
    old_home: Address | None
    moved_at: datetime
    language: str
    email: str
    phone: str
    phone_home: str
    card: str
    systems: str
    is_on_marketplace: bool
    habit: Habit
    story: str = "nothing_said"
    wants_email: bool = False
    agreed_at: datetime | None = None
    """When they said yes with proof, or as good as."""
    account_id: int = 0

    def home_at(self, moment: datetime) -> Address:
        """Return where they lived then."""
        return self.old_home if self.old_home and moment < self.moved_at else self.home

    def visits(self, anchor: datetime, share: float) -> list[datetime]:
        """Return the moments of buying, oldest first; `share` is the part that goes to one channel."""
        first, last = self.dice.randint(*self.habit.first), self.dice.randint(*self.habit.last)
        first = max(first, last + 1)
        wanted = self.dice.randint(*self.habit.per_year) * (first - last) / 365 * share
        count = max(1, int(wanted + self.dice.random()))
        days = sorted((self.dice.randint(last, first) for _ in range(count)), reverse=True)
        return [anchor - timedelta(days=day, seconds=self.dice.randrange(3600, 80_000)) for day in days]

    def truth(self, points: int) -> Truth:
        """Return who they are and what they want."""
        return Truth(self.id, self.given.official, str(self.surname), self.birth_date, self.wants_email, points)


class Population:
    """Lets households move in, one after the other, until there are enough people."""

    def __init__(self, seed: int, people: int, anchor: datetime) -> None:
        self.seed, self.count, self.anchor = seed, people, anchor
        self.taken: set[str] = set()

    def everyone(self) -> list[Person]:
        """Return the people; those of the first households stay the same when more move in."""
        people: list[Person] = []
        household = 0
        while len(people) < self.count:
            household += 1
            people += self._household(Random(self.seed * 1_000_003 + household), len(people))
        return people[: self.count]

    def _household(self, dice: Random, before: int) -> Iterator[Person]:
        (size,) = dice.choices((1, 2, 3, 4, 5), (45, 25, 12, 13, 5))
        town = dice.choice(names.TOWNS)
        family, home = surname(town, dice), address(town, dice)
        has_moved = dice.random() < 0.12
        old_home = address(town, dice) if has_moved else None
        moved_at = self.anchor - timedelta(days=dice.randrange(30, YEARS))
        shares_email = size > 1 and dice.random() < 0.16
        family_phone = mobile(town, dice) if size > 1 and dice.random() < 0.12 else ""
        family_card = f"2057{dice.randrange(10**7):07d}" if size > 1 and dice.random() < 0.07 else ""
        home_phone = landline(town, dice) if dice.random() < 0.35 else ""
        for member in range(size):
            own = Random(dice.randrange(2**62))
            name = surname(town, own) if member == 1 and own.random() < 0.55 else family
            person = self._person(own, before + member, member, town, name, family, home)
            person.old_home, person.moved_at, person.phone_home = old_home, moved_at, home_phone
            self._give_email(person, town, shared=shares_email and own.random() < 0.8, family=family)
            person.phone = family_phone or person.phone
            person.card = family_card or person.card
            person.story, person.wants_email = story_of(person.systems, bool(person.email), own)
            yield person

    def _person(
        self, dice: Random, number: int, member: int, town: Town, name: Surname, family: Surname, home: Address
    ) -> Person:
        given = dice.choice(names.FRENCH_GIVEN if town.language == "FR" else names.DUTCH_GIVEN)
        age = dice.randrange(22, 80) if member < 2 else dice.randrange(14, 25)
        is_wed = member == 1 and given.gender == "F" and name == family
        (systems,) = dice.choices([each for each, _ in SYSTEMS], [weight for _, weight in SYSTEMS])
        (habit,) = dice.choices([each for each, _ in HABITS], [weight for _, weight in HABITS])
        return Person(
            id=f"person-{number + 1:05d}",
            dice=dice,
            given=given,
            surname=name,
            maiden=surname(town, dice) if is_wed and dice.random() < 0.5 else None,
            birth_date=(self.anchor - timedelta(days=age * 365 + dice.randrange(365))).date(),
            home=home,
            old_home=None,
            moved_at=self.anchor,
            language=town.language,
            email="",
            phone=mobile(town, dice) if dice.random() < 0.85 else "",
            phone_home="",
            card=f"2055{(number + 1) * 977 % 1_000_003:07d}",
            systems=systems,
            is_on_marketplace=dice.random() < ON_MARKETPLACE,
            habit=habit,
        )

    def _give_email(self, person: Person, town: Town, *, shared: bool, family: Surname) -> None:
        dice = person.dice
        if person.systems == "t" and dice.random() > TILL_ONLY_EMAIL:
            return
        if shared:
            home = f"{plain(family.core)}.{plain(person.home.street)[:6]}{person.home.house_number}"
            person.email = f"fam.{home}@{DOMAINS[town.country][0]}"
            return
        first, last = plain(person.given.called), plain(str(person.surname))
        ways = (f"{first}.{last}", f"{first}{last}", f"{first[0]}.{last}", f"{last}.{first}", f"{first}_{last}")
        local = dice.choice(ways)
        if dice.random() < 0.35:
            local += f"{person.birth_date.year % 100:02d}"
        domain = dice.choice(DOMAINS[town.country])
        while f"{local}@{domain}" in self.taken:
            local += str(dice.randrange(10))
        person.email = f"{local}@{domain}"
        self.taken.add(person.email)


def surname(town: Town, dice: Random) -> Surname:
    """Return a surname of the region."""
    if town.language == "FR":
        return dice.choice(names.FRENCH_SURNAMES)
    return dice.choice(names.DUTCH_SURNAMES if town.country == "NL" else names.FLEMISH_SURNAMES)


def address(town: Town, dice: Random) -> Address:
    """Return a place to live in a town."""
    if town.language == "FR":
        street = dice.choice(names.FRENCH_STREETS)
    else:
        street = dice.choice(names.DUTCH_STREETS if town.country == "NL" else names.FLEMISH_STREETS)
    letters = "ABCDEGHJKLNPRTVWXZ"
    postcode = town.postcode
    if town.country == "NL":
        postcode = f"{postcode}{dice.randrange(10, 99)} {dice.choice(letters)}{dice.choice(letters)}"
    box = dice.choice(("A", "B", "II", "bis", "12")) if dice.random() < 0.15 else ""
    return Address(street, str(dice.randrange(1, 220)), postcode, town.name, town.country, box)


def mobile(town: Town, dice: Random) -> str:
    """Return a mobile number as national digits with the leading 0."""
    if town.country == "NL":
        return f"06{dice.choice('12345')}{dice.randrange(2_000_000, 9_800_000):07d}"
    return f"04{dice.choice('789')}{dice.randrange(2_000_000, 9_800_000):07d}"


def landline(town: Town, dice: Random) -> str:
    """Return a number of the house."""
    if town.country == "NL":
        return f"0{dice.choice(('20', '30', '10', '40'))}{dice.randrange(2_000_000, 7_900_000):07d}"
    return f"0{dice.choice('239')}{dice.randrange(2_000_000, 4_900_000):07d}"
