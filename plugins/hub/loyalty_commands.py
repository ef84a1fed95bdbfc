"""The commands `rotonde points`: what a person has and why, what does not agree, and whether the ledger is whole."""

from __future__ import annotations

import os
import sys
from typing import Any

import click
from sqlalchemy import select

from mappers.loyalty.checking import broken, totals
from plugins.hub import show
from plugins.hub.command import AS_JSON, DIFFERS, FAILED, OK, said
from plugins.hub.deciding import mirror
from plugins.hub.plans import Hub, open_hub
from plugins.hub.point_account import ENTRIES, PARTS, account_of
from plugins.hub.story import find, present
from plugins.store.loyalty_tables import loyalty_account, loyalty_item

GIFTS = """
SELECT account, profile_id, concat_ws(':', source, 'voucher', source_id) FROM gift_voucher
WHERE list_contains(?::TEXT[], profile_id) ORDER BY ends_on, key
"""
"""A voucher is shown by its number at the till: whoever has its code can spend it."""
ITEMS = ("number", "kind", "key", "expected", "found", "cause", "opened_at")


@click.group()
def points() -> None:
    """The ledger of points and gift vouchers."""


@points.command("show")
@click.argument("person")
@AS_JSON
@said
def show_points(person: str, as_json: bool) -> int:
    """Show what PERSON has, in which lots, and every entry of their account; the same of each gift voucher."""
    found = accounts(open_hub(), person)
    if as_json:
        show.as_json(found)
    for each in [] if as_json else found:
        show.console.rule(each["voucher"] or each["profile_id"], align="left")
        show.rows("Gift voucher, in cents" if each["voucher"] else "Points", [each], PARTS)
        show.rows("Lots", each["lots"], ("event", "left", "lapses_at"))
        show.rows("Entries", each["entries"], ENTRIES)
    if not found:
        show.errors.print("points: nobody with points or a voucher is known by that; try another, or sync first")
    return OK if found else FAILED


def accounts(hub: Hub, who: str) -> list[dict[str, Any]]:
    """Return the accounts of everybody a text may mean, as they stand now."""
    with mirror(hub, "points") as engine:
        profiles = list(dict.fromkeys(present(hub, each) for each in find(engine, who)))
        gifts = engine.execute(GIFTS, [profiles]).fetchall()
    with hub.store.reading() as connection:
        mine = loyalty_account.c.holder.in_(profiles) & (loyalty_account.c.unit == "points")
        held = connection.execute(select(loyalty_account.c.id, loyalty_account.c.holder).where(mine)).tuples().all()
    return [*(_account(hub, *each) for each in held), *(_account(hub, *each) for each in gifts)]


def _account(hub: Hub, account: str, holder: str | None, voucher: str | None = None) -> dict[str, Any]:
    with hub.store.writing() as connection:
        return {"profile_id": holder, "voucher": voucher, **account_of(connection, account, hub.clock())}


@points.command()
@AS_JSON
@said
def items(as_json: bool) -> int:
    """List what does not agree: a balance or voucher the till reports otherwise, what was spent twice; 3 where some."""
    with open_hub().store.reading() as connection:
        query = select(loyalty_item).where(loyalty_item.c.closed_at.is_(None)).order_by(loyalty_item.c.number)
        found = [dict(row) for row in connection.execute(query).mappings()]
    show.as_json(found) if as_json else show.rows("Open items", found, ITEMS)
    if not (found or as_json):
        show.console.print("points: nothing differs")
    return DIFFERS if found else OK


@points.command()
@AS_JSON
@said
def check(as_json: bool) -> int:
    """Count and hash the whole ledger again; 3 where it is not what was written."""
    with open_hub().store.reading() as connection:
        wrong = broken(connection)
        sums = [{"unit": unit, "part": part, "amount": amount} for (unit, part), amount in totals(connection).items()]
    if as_json:
        show.as_json({"broken": wrong, "totals": sums})
    else:
        show.rows("In all accounts together", sums, ("unit", "part", "amount"))
        for line in wrong:
            show.errors.print(line, markup=False)
        show.console.print("points: the ledger is what was written" if not wrong else f"points: {len(wrong)} faults")
    return DIFFERS if wrong else OK


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; put TLS before any other.")
@click.option("--port", default=8800, show_default=True, help="Port to listen on.")
@click.option("--threads", default=16, show_default=True, help="Requests answered at once.")
def api(host: str, port: int, threads: int) -> None:
    """Answer tills, apps and webshops: persons, offers, points, preferences, receipts; until it is stopped."""
    options = ["--host", host, "--port", str(port), "--threads", str(threads)]
    os.execv(sys.executable, [sys.executable, "-m", "plugins.api", *options])  # noqa: S606 - a room of its own
