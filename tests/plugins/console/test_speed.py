"""What a look costs does not grow with the shop: the store is asked by its indexes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from plugins.console.desk import Desk
from plugins.console.pages import ROUTES
from plugins.store.engine import Store
from plugins.store.tables import ENTITY_TABLES
from tests.plugins.console.browsing import Browser
from tests.plugins.console.people import CARD, EMAIL, PHONE, profile_of

LARGE = {*ENTITY_TABLES, "membership", "profile", "push", "ledger_entry", "loyalty_account", "loyalty_event", "audit"}
ONE = [each.path for each in ROUTES if each.method == "GET" and each.path.endswith("/{id}")]


@contextmanager
def walked(store: Store) -> Iterator[set[str]]:
    """Give the large tables that were walked through while the block ran, by the database's own plans."""
    found: set[str] = set()

    def explain(connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT") and " 0 = 1" not in statement:  # nobody at all: nothing is read
            plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            scans = [re.fullmatch(r"SCAN (\w+)( .*)?", row[3]) for row in plan]
            found.update(each[1] for each in scans if each and each[1] in LARGE)

    event.listen(store.engine, "before_cursor_execute", explain)
    yield found
    event.remove(store.engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("path", ONE)
def test_a_page_about_somebody_walks_through_no_table(counter: Desk, path: str) -> None:
    browser = Browser(counter)
    browser.signs_in("dpo")
    ann = profile_of(counter.hub.store, "ann")  # known at the till and on the web
    with walked(counter.hub.store) as found:
        assert browser.get(path.replace("{id}", ann)).status_code in {200, 404}
    assert found == set()


@pytest.mark.parametrize("typed", [CARD, EMAIL, PHONE, "R-77"])
def test_looking_for_somebody_walks_through_no_table(counter: Desk, typed: str) -> None:
    browser = Browser(counter)
    browser.signs_in("ops")
    with walked(counter.hub.store) as found:
        assert browser.post("/person", who=typed).status_code == 303
    assert found == set()
