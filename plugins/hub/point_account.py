"""An account of points or of a gift voucher as it stands now: its parts, its lots, and what happened to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from mappers.loyalty.holding import balance
from plugins.store.loyalty_tables import ledger_entry

ENTRIES = ("n", "at", "event", "aspect", "debit", "credit", "amount", "reason", "corrects", "posted_at")
PARTS = ("available", "held", "debt", "uncovered")


def account_of(connection: Connection, account: str, now: datetime, most: int | None = None) -> dict[str, Any]:
    """Return `unit`, the parts, `lots` and `entries` (the newest `most`, oldest first); nothing is written."""
    opened = balance(connection, account, now)
    book = opened.account
    columns = [ledger_entry.c[name] for name in ENTRIES]
    query = select(*columns).where(ledger_entry.c.account == account).order_by(ledger_entry.c.n.desc()).limit(most)
    entries = [dict(row) for row in connection.execute(query).mappings()][::-1]
    lots = [{"event": lot.key, "left": lot.left, "lapses_at": None if lot.expires_at == "9" else lot.expires_at}
            for lot in book.lots.values() if lot.left]  # fmt: skip
    parts = {"available": book.available, "held": book.held, "debt": -book.debt, "uncovered": -book.uncovered}
    return {"unit": opened.unit, **parts, "lots": lots, "entries": entries}
