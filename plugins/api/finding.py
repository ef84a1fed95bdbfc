"""Finding a person in the store, by what a till, an app or a webshop has in hand; several persons are nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.sql.elements import ColumnElement

from mappers.identity.claims import SOURCE as CLAIMS
from mappers.identity.claims import claim_id
from plugins.api.asked import Named
from plugins.store.tables import ENTITY_TABLES, membership, profile

CUSTOMER, EVENT, ORDER = (ENTITY_TABLES[name] for name in ("customer", "event", "order"))
MEMBER = select(membership.c.source, membership.c.source_id, membership.c.profile_id)
OF_RECORD = MEMBER.where(membership.c.source == bindparam("of"), membership.c.source_id == bindparam("id"))
SAME = (CUSTOMER.c.source == membership.c.source) & (CUSTOMER.c.source_id == membership.c.source_id)
LIVES = CUSTOMER.c.is_deleted.is_(False) & CUSTOMER.c.is_absent.is_(False)
OF_CARD = (
    MEMBER.join(CUSTOMER, SAME)
    .where(CUSTOMER.c.card == bindparam("card"), LIVES)
    .order_by(membership.c.source, membership.c.source_id)
)
OF_EMAIL = MEMBER.join(CUSTOMER, SAME).where(CUSTOMER.c.email == bindparam("email"), LIVES)
OF_PROFILE = MEMBER.where(membership.c.profile_id == bindparam("profile"))
HEIR = select(profile.c.merged_into).where(profile.c.id == bindparam("profile"))
FORMER = select(profile.c.id).where(profile.c.merged_into == bindparam("profile"))


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the store knows of a purchase."""

    source: str
    id: str
    customer_id: str | None
    email: str | None
    card: str | None
    ordered_at: str

    @property
    def is_nobodys(self) -> bool:
        """Tell whether the till wrote nothing on it that names a customer."""
        return not (self.customer_id or self.email or self.card)


def of_record(connection: Connection, named: Named) -> str | None:
    """Return whose a record of a source is."""
    return _one(row.profile_id for row in connection.execute(OF_RECORD, {"of": named.source, "id": named.id}))


def of_card(connection: Connection, card: str) -> str | None:
    """Return whose a card is."""
    return _one(row.profile_id for row in connection.execute(OF_CARD, {"card": card}))


def receipts(connection: Connection, number: str, source: str | None = None) -> list[Receipt]:
    """Return the purchases that a number on a receipt may stand for: the printed one, or the till's own."""
    mine = ORDER.c.order_number == number
    if source is not None:
        own = _receipts(connection, (ORDER.c.source == source) & (ORDER.c.source_id == number))
        return own or _receipts(connection, mine & (ORDER.c.source == source))
    return _receipts(connection, mine)


def _receipts(connection: Connection, mine: ColumnElement[bool]) -> list[Receipt]:
    columns = ("source", "source_id", "customer_id", "email", "card", "ordered_at")
    lives = ORDER.c.is_deleted.is_(False) & ORDER.c.is_absent.is_(False)
    rows = connection.execute(select(*(ORDER.c[name] for name in columns)).where(mine, lives).limit(3))
    return [Receipt(*row) for row in rows]


def of_receipt(connection: Connection, receipt: Receipt) -> str | None:
    """Return who bought: the customer on it, whom its card or address leads to, or who claimed it."""
    if receipt.customer_id:
        found = of_record(connection, Named(source=receipt.source, id=receipt.customer_id))
        if found:
            return found
    if receipt.card and (found := of_card(connection, receipt.card)):
        return found
    if receipt.email:
        return _one(row.profile_id for row in connection.execute(OF_EMAIL, {"email": receipt.email}))
    return _claimer(connection, receipt) if receipt.is_nobodys else None


def _claimer(connection: Connection, receipt: Receipt) -> str | None:
    """Return who claimed a receipt of nobody."""
    mine = (EVENT.c.source == CLAIMS) & (EVENT.c.source_id == claim_id(receipt.source, receipt.id))
    named = str(connection.execute(select(EVENT.c.customer_id).where(mine)).scalar() or "")
    source, _, key = named.partition(":")
    return of_record(connection, Named(source=source, id=key)) if source and key else None


def records_of(connection: Connection, profile_id: str) -> list[tuple[str, str]]:
    """Return the records of a person."""
    rows = connection.execute(OF_PROFILE, {"profile": profile_id})
    return sorted((row.source, row.source_id) for row in rows)


def present(connection: Connection, profile_id: str) -> str:
    """Return the profile that took over from one, or itself."""
    seen = {profile_id}
    while (heir := connection.execute(HEIR, {"profile": profile_id}).scalar_one_or_none()) and heir not in seen:
        profile_id = str(heir)
        seen.add(profile_id)
    return profile_id


def former(connection: Connection, profile_id: str) -> set[str]:
    """Return what a person is and was known by."""
    found, new = {profile_id}, [profile_id]
    while new:
        merged = [str(each) for one in new for each in connection.execute(FORMER, {"profile": one}).scalars()]
        new = [each for each in merged if each not in found]
        found.update(new)
    return found


def _one(found: Iterable[str]) -> str | None:
    several = {*found}
    return str(several.pop()) if len(several) == 1 else None
