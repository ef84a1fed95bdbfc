"""Whether the ledger still is what was written: sums, counts, and the chain of hashes, account by account."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, case, func, select

from mappers.loyalty.books import CHAINED, chained
from mappers.loyalty.fold import PARTS
from plugins.store.loyalty_tables import ledger_entry, loyalty_account


def totals(connection: Connection) -> dict[tuple[str, str], int]:
    """Return (unit, part) -> what all accounts have in it; of one unit they come to nothing."""
    found: dict[tuple[str, str], int] = {}
    for side, sign in ((ledger_entry.c.credit, 1), (ledger_entry.c.debit, -1)):
        sums = select(ledger_entry.c.unit, side, func.sum(ledger_entry.c.amount)).group_by(ledger_entry.c.unit, side)
        for unit, part, amount in connection.execute(sums):
            found[unit, part] = found.get((unit, part), 0) + sign * int(amount)
    return found


def broken(connection: Connection) -> list[str]:
    """Return what is wrong with the ledger, one line each; nothing where all is as it was written."""
    return [*_sums(connection), *_chains(connection)]


def _sums(connection: Connection) -> Iterator[str]:
    """Compare what each account says of itself with the sum of its entries."""
    entry, account = ledger_entry.c, loyalty_account.c
    sums: list[Any] = [
        func.coalesce(func.sum(case((entry.credit == part, entry.amount), else_=0)), 0)
        - func.coalesce(func.sum(case((entry.debit == part, entry.amount), else_=0)), 0)
        for part in PARTS
    ]
    query = (
        select(account.id, *(account[part] for part in PARTS), *sums)
        .outerjoin(ledger_entry, entry.account == account.id).group_by(account.id).order_by(account.id)
    )  # fmt: skip
    for key, *values in connection.execute(query):
        for part, said, found in zip(PARTS, values[: len(PARTS)], values[len(PARTS) :], strict=True):
            if said != found:
                yield f"account {key}: {part} says {said}, its entries come to {found}; restore it from a backup"


def _chains(connection: Connection) -> Iterator[str]:
    """Count and hash every account's entries again."""
    heads = {row.id: row for row in connection.execute(select(loyalty_account))}
    names = [ledger_entry.c[name] for name in CHAINED]
    rows = connection.execute(select(*names, ledger_entry.c.hash).order_by(ledger_entry.c.account, ledger_entry.c.n))
    for key, entries in groupby(rows, key=lambda row: str(row.account)):
        before, number = "", 0
        for number, row in enumerate(entries, 1):
            before = chained(before, row[:-1])
            if row.n != number or row.hash != before:
                yield f"account {key}: entry {number} is not what was written; restore it from a backup"
                break
        else:
            head = heads.pop(key, None)
            if head is None or (head.entries, head.hash) != (number, before):
                yield f"account {key}: entries after {number} are missing; restore it from a backup"
            continue
        heads.pop(key, None)
    yield from (f"account {key}: its entries are missing" for key, head in heads.items() if head.entries)
