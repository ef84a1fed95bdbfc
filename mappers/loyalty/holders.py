"""Whose account it is: records and vouchers behind pseudonyms, so that the ledger itself names nobody."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from mappers.loyalty.books import open_accounts
from plugins.store.loyalty_tables import loyalty_account, loyalty_subject
from plugins.store.writing import any_of, bulk_insert

Named = tuple[str, str]
"""Source and id of the record an event is about; source `voucher` and its code for a gift voucher."""
VOUCHER = "voucher"
OF_ONE = select(loyalty_subject).where(
    loyalty_subject.c.source == bindparam("source"), loyalty_subject.c.source_id == bindparam("id")
)
HOLDER = f"{VOUCHER}:"
"""What begins the holder of a gift voucher's account; its code follows."""


def voucher(code: str) -> Named:
    """Return what a gift voucher is known by: its code in any case of letters, as webshops compare them."""
    return VOUCHER, code.strip().upper()


class Holder(NamedTuple):
    """Who stands behind events."""

    subject: str
    account: str


def settle(connection: Connection, wanted: Mapping[Named, str], unit: str = "points") -> dict[Named, Holder]:
    """Return subject and account of each record, made where there are none; `wanted` says who holds it.

    A record that is known keeps the account it is in: `moves` tells which should be in another.
    """
    known = subjects(connection, wanted)
    missing = {named: holder for named, holder in wanted.items() if named not in known}
    if not missing:
        return known
    accounts = accounts_of(connection, missing.values(), unit)
    accounts |= open_accounts(
        connection, unit, [each for each in dict.fromkeys(missing.values()) if each not in accounts]
    )
    made = {named: Holder(f"s{secrets.token_hex(10)}", accounts[holder]) for named, holder in missing.items()}
    bulk_insert(
        connection, loyalty_subject, ("source", "source_id", "subject", "account"),
        [(*named, *each) for named, each in made.items()],
    )  # fmt: skip
    return {**known, **made}


def subjects(connection: Connection, wanted: Iterable[Named]) -> dict[Named, Holder]:
    """Return what is known of records."""
    table = loyalty_subject.c
    by_source: dict[str, list[str]] = {}
    for source, key in wanted:
        by_source.setdefault(source, []).append(key)
    found: dict[Named, Holder] = {}
    for source, keys in by_source.items():
        if len(keys) == 1:
            rows = connection.execute(OF_ONE, {"source": source, "id": keys[0]})
        else:
            mine = (table.source == source) & any_of(connection, table.source_id, keys)
            rows = connection.execute(select(loyalty_subject).where(mine))
        for row in rows:
            found[row.source, row.source_id] = Holder(row.subject, row.account)
    return found


def accounts_of(connection: Connection, holders: Iterable[str], unit: str = "points") -> dict[str, str]:
    """Return the accounts that holders have: holder -> account."""
    table = loyalty_account.c
    mine = any_of(connection, table.holder, sorted(set(holders))) & (table.unit == unit)
    return {str(row.holder): str(row.id) for row in connection.execute(select(table.holder, table.id).where(mine))}
