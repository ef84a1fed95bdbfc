"""Whom the tills know: records that clerks typed, twice for some people, with what was wrong in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from plugins.sandbox.fiction.catalogue import SHOPS
from plugins.sandbox.fiction.people import Person
from plugins.sandbox.fiction.spelling import (
    PLACEHOLDER_CARDS,
    PLACEHOLDER_EMAILS,
    PLACEHOLDER_PHONES,
    mistyped,
    typed_address,
    typed_email,
    typed_phone,
    typed_surname,
)
from plugins.sandbox.fiction.stories import till_flag
from plugins.sandbox.retailer import Address, Shop, TillCustomer

FIRST_CUSTOMER = 880_001
SECOND_RECORD, THIRD_RECORD = 0.13, 0.2
REASONS = ("new_card", "moved", "typing", "nickname", "maiden_name")


@dataclass
class Record:
    """A till customer before it has its number."""

    person: Person
    created_at: datetime
    shop: Shop
    newsletter: bool
    reason: str = ""
    """Why there is another record of the same person."""
    changed_at: datetime | None = None
    merged_into: Record | None = None
    deleted_at: datetime | None = None
    card: str = ""
    id: int = 0
    points: int = 0

    @property
    def ended_at(self) -> datetime | None:
        """When sales stop to be put on it."""
        return self.deleted_at or (self.changed_at if self.merged_into else None)


class Tills:
    """Lets clerks make customer records; `seal` numbers them in order of creation."""

    def __init__(self, anchor: datetime) -> None:
        self.anchor = anchor
        self.records: list[Record] = []
        self.of_person: dict[str, list[Record]] = {}

    def enrol(self, person: Person, first_visit: datetime) -> None:
        """Make the records of one person; the first one before the first sale."""
        if "t" not in person.systems:
            return
        dice = person.dice
        earlier = timedelta(days=dice.randrange(0, 1400)) if dice.random() < 0.4 else timedelta(minutes=6)
        records = [self._record(person, first_visit - earlier, "")]
        while dice.random() < (SECOND_RECORD if len(records) == 1 else THIRD_RECORD) and len(records) < 3:
            later = self._between(records[-1].created_at, dice)
            records.append(self._record(person, later, dice.choice(REASONS)))
        if len(records) > 1 and dice.random() < 0.3:
            self._merge(records[0], records[1], dice)
        elif dice.random() < 0.025:
            records[-1].deleted_at = self._between(records[-1].created_at, dice)
        self.of_person[person.id] = records
        self.records += records

    def _record(self, person: Person, at: datetime, reason: str) -> Record:
        dice = person.dice
        home = [shop for shop in SHOPS[:-1] if shop.address and shop.address.country == person.home.country]
        near = [shop for shop in home if shop.address and shop.address.city == person.home.city] or home
        record = Record(person, at, dice.choice(near), till_flag(person.story, dice), reason)
        record.card = person.card if reason != "new_card" else f"2056{person.card[4:]}"
        if dice.random() < 0.02:
            record.card = dice.choice(PLACEHOLDER_CARDS)
        return record

    def _merge(self, old: Record, kept: Record, dice: Random) -> None:
        """A clerk sees that two are one."""
        old.merged_into = kept
        old.changed_at = kept.changed_at = self._between(kept.created_at, dice)

    def _between(self, moment: datetime, dice: Random) -> datetime:
        minutes = int((self.anchor - moment).total_seconds() // 60) - 30
        return moment + timedelta(minutes=dice.randrange(5, max(6, minutes)))

    def record_at(self, person: Person, moment: datetime) -> Record | None:
        """Return the record a clerk finds: mostly the newest that is in use."""
        open_ones = [
            record
            for record in self.of_person.get(person.id, ())
            if record.created_at <= moment and (record.ended_at is None or moment < record.ended_at)
        ]
        if not open_ones:
            return None
        return open_ones[-1] if person.dice.random() < 0.85 else person.dice.choice(open_ones)

    def seal(self) -> None:
        """Number the records by creation and write down what the clerk typed."""
        self.records.sort(key=lambda record: (record.created_at, record.person.id))
        for number, record in enumerate(self.records, FIRST_CUSTOMER):
            record.id = number

    def customers(self) -> tuple[TillCustomer, ...]:
        """Return the records as the till has them, with the points that are on them now."""
        return tuple(self._customer(record) for record in self.records)

    def _customer(self, record: Record) -> TillCustomer:
        person, dice = record.person, record.person.dice
        first, last = self._name(record)
        ended = record.deleted_at or record.changed_at
        exported_at = (ended or record.created_at) + timedelta(minutes=dice.randrange(1, 20))
        linked = person.account_id and dice.random() < 0.15
        return TillCustomer(
            id=record.id,
            code=f"C{record.id - 870_000:05d}",
            created_at=record.created_at,
            exported_at=min(exported_at, self.anchor),
            source_id=f"WEB-{person.account_id}" if linked else "",
            first_name=first,
            surname=last,
            gender={"M": "M", "F": "V"}[person.given.gender] if dice.random() < 0.8 else "",
            birth_date=self._birth_date(record),
            email=self._email(record),
            mobile=self._mobile(record),
            phone_home=person.phone_home if dice.random() < 0.5 else "",
            address=self._address(record),
            language=person.language,
            card=record.card,
            newsletter=record.newsletter,
            sms=dice.random() < 0.08,
            post=dice.random() < 0.35,
            group="VIP" if person.habit.name == "loyal" and dice.random() < 0.5 else "",
            shop_id=record.shop.id,
            is_active=record.merged_into is None and record.deleted_at is None,
            merged_into=record.merged_into.id if record.merged_into else None,
            deleted_at=record.deleted_at,
            points=record.points,
            person=person.id,
        )

    def _name(self, record: Record) -> tuple[str, str]:
        person, dice = record.person, record.person.dice
        surname = person.maiden if record.reason == "maiden_name" and person.maiden else person.surname
        is_official = dice.random() < 0.35
        if record.reason == "nickname":
            is_official = not is_official
        first = person.given.official if is_official else person.given.called
        last = typed_surname(surname.infix, surname.core, dice)
        chance = dice.random()
        if record.reason == "typing" or chance < 0.05:
            first, last = (mistyped(first, dice), last) if dice.random() < 0.4 else (first, mistyped(last, dice))
        elif chance < 0.15:
            first = first[0] + "."
        elif chance < 0.20:
            first, last = first.upper(), last.upper()
        elif chance < 0.22:
            first, last = last, first
        return first, last

    def _birth_date(self, record: Record) -> date | None:
        person, dice = record.person, record.person.dice
        chance = dice.random()
        if chance < 0.45:
            return None
        if chance < 0.48 and person.birth_date.day <= 12:  # the clerk swapped day and month
            return person.birth_date.replace(day=person.birth_date.month, month=person.birth_date.day)
        return person.birth_date if chance < 0.98 else date(1900, 1, 1)

    def _address(self, record: Record) -> Address | None:
        person, dice = record.person, record.person.dice
        if dice.random() < 0.2:
            return None
        home = person.home if record.reason == "moved" else person.home_at(record.created_at)
        return typed_address(home, dice)

    def _email(self, record: Record) -> str:
        person, dice = record.person, record.person.dice
        if dice.random() < 0.035:
            return dice.choice(PLACEHOLDER_EMAILS)
        if not person.email or dice.random() < 0.12:
            return ""
        if record.reason == "typing" or dice.random() < 0.02:
            local, _, domain = person.email.partition("@")
            return f"{mistyped(local, dice)}@{domain}"
        return typed_email(person.email, dice)

    def _mobile(self, record: Record) -> str:
        person, dice = record.person, record.person.dice
        if dice.random() < 0.02:
            return dice.choice(PLACEHOLDER_PHONES)
        if not person.phone or dice.random() < 0.25:
            return ""
        return typed_phone(person.phone, person.home.country, dice)
