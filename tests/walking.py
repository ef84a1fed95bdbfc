"""Which large tables are walked through, by the plans of the database itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from plugins.store.engine import Store
from plugins.store.tables import ENTITY_TABLES

LARGE = {*ENTITY_TABLES, "membership", "profile", "push", "ledger_entry", "loyalty_account", "loyalty_event", "audit"}
ANY_ONE = ".is_absent IS 0\n LIMIT ? OFFSET ?"


@contextmanager
def walked(store: Store) -> Iterator[set[str]]:
    """Give the large tables that were walked through while the block ran, by the database's own plans."""
    found: set[str] = set()

    def explain(connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        is_short = " 0 = 1" in statement or statement.endswith(ANY_ONE)  # nobody at all, or the first that lives
        if statement.startswith("SELECT") and not is_short:
            plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            scans = [re.fullmatch(r"SCAN (\w+)( .*)?", row[3]) for row in plan]
            found.update(each[1] for each in scans if each and each[1] in LARGE)

    event.listen(store.engine, "before_cursor_execute", explain)
    yield found
    event.remove(store.engine, "before_cursor_execute", explain)
