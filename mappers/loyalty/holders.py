"""Whose account it is: records and vouchers behind pseudonyms, so that the ledger itself names nobody."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from mappers.loyalty.books import MOST_KEYS, open_account
from plugins.store.loyalty_tables import loyalty_account, loyalty_subject

Named = tuple[str, str]
"""Source and id of the record an event is about; source `voucher` and its code for a gift voucher."""
VOUCHER = "voucher"


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
    for holder in dict.fromkeys(missing.values()):
        if holder not in accounts:
            accounts[holder] = open_account(connection, unit, holder)
    made = {named: Holder(f"s{secrets.token_hex(10)}", accounts[holder]) for named, holder in missing.items()}
    rows = [
        {"source": named[0], "source_id": named[1], "subject": each.subject, "account": each.account}
        for named, each in made.items()
    ]
    connection.execute(insert(loyalty_subject), rows)
    return {**known, **made}


def subjects(connection: Connection, wanted: Iterable[Named]) -> dict[Named, Holder]:
    """Return what is known of records."""
    table = loyalty_subject.c
    by_source: dict[str, list[str]] = {}
    for source, key in wanted:
        by_source.setdefault(source, []).append(key)
    found: dict[Named, Holder] = {}
    for source, keys in by_source.items():
        for start in range(0, len(keys), MOST_KEYS):
            mine = (table.source == source) & table.source_id.in_(keys[start : start + MOST_KEYS])
            for row in connection.execute(select(loyalty_subject).where(mine)):
                found[row.source, row.source_id] = Holder(row.subject, row.account)
    return found


def accounts_of(connection: Connection, holders: Iterable[str], unit: str = "points") -> dict[str, str]:
    """Return the accounts that holders have: holder -> account."""
    wanted, table, found = sorted(set(holders)), loyalty_account.c, {}
    for start in range(0, len(wanted), MOST_KEYS):
        mine = table.holder.in_(wanted[start : start + MOST_KEYS]) & (table.unit == unit)
        for row in connection.execute(select(table.holder, table.id).where(mine)):
            found[str(row.holder)] = str(row.id)
    return found
