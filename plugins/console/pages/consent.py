"""Consent: the clock of withdrawals, and the register of what is done with whose data."""

from __future__ import annotations

import csv
import io

from starlette.responses import Response

from plugins.console.ask import Ask
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.console.spans_chart import drawn
from plugins.hub.rights.register import COLUMNS, as_table
from plugins.hub.withdrawing import MOST, by_destination, took, waiting

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would work out."""


def clock(ask: Ask) -> Response:
    """Show which withdrawals wait, for how long, and how long they took."""
    with ask.desk.hub.store.reading() as connection:
        rows = waiting(connection, ask.now)
        figures = ask.desk.took.of(ask.now, lambda: took(connection, ask.now))
    whole = [each for each in figures if each.week is None]
    return ask.page(
        "consent.html", waiting=rows, by_destination=by_destination(rows), most=MOST, whole=whole,
        weeks=[each for each in figures if each.week], chart=drawn(whole),
    )  # fmt: skip


def register(ask: Ask) -> Response:
    """Show the register."""
    return ask.page("register.html", register=ask.desk.register, version=ask.desk.hub.meaning.version)


def register_csv(ask: Ask) -> Response:
    """Give the register as a table for elsewhere."""
    written = io.StringIO()
    table = csv.DictWriter(written, COLUMNS)
    table.writeheader()
    for row in as_table(ask.desk.register):
        table.writerow({name: f"'{value}" if value.startswith(FORMULA) else value for name, value in row.items()})
    headers = {"Content-Disposition": 'attachment; filename="register.csv"'}
    return Response(written.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


ROUTES = (
    Seen("/consent", "consent", Right.CONSENT, clock, on_menu=True),
    Seen("/consent/register", "consent", Right.CONSENT, register),
    Seen("/consent/register.csv", "consent", Right.CONSENT, register_csv),
)
