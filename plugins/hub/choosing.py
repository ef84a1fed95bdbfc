"""Who each audience chooses: every condition is evaluated once, in one scan of the traits, for all destinations.

Leaves table `choice`: a row for each person, with what each audience makes of them in a column of its own; and
`matched` (a view of it in words), `yielded` and `undecided`, by destination.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import duckdb

from plugins.hub.meaning import Audience

OUT, IN, HELD_OUT, YIELDED = range(4)
"""What an audience makes of a person; from `YIELDED` on, who is in the first, second, ... that comes before it. NULL is
undecided: a trait that decides is not known."""

CHOICE = """
CREATE OR REPLACE TEMP TABLE choice AS SELECT p, profile_id {unknown} {verdicts}
FROM (SELECT rowid AS p, profile_id {facts} {conditions} FROM trait)
"""
# The same person is withheld from the same audience in every channel, run after run.
HELD = "(('0x' || substr(md5({audience} || chr(31) || profile_id), 1, 8))::BIGINT % 10000) < {share}"
NOTES = """
CREATE OR REPLACE TEMP TABLE destined (destination TEXT, audience TEXT, tag TEXT);
CREATE OR REPLACE TEMP TABLE yielded (destination TEXT, audience TEXT, "to" TEXT, persons BIGINT);
CREATE OR REPLACE TEMP TABLE undecided (destination TEXT, audience TEXT, trait TEXT, persons BIGINT)
"""
MATCHED = """
CREATE OR REPLACE TEMP VIEW matched AS
SELECT destination, audience, tag, profile_id, is_held_out FROM ({each}) JOIN destined USING (audience)
"""
MATCHED_BY = f"""
SELECT {{audience}} AS audience, profile_id, {{column}} = {HELD_OUT} AS is_held_out
FROM choice WHERE {{column}} IN ({IN}, {HELD_OUT})
"""


def columns(audiences: Sequence[Audience]) -> Mapping[str, str]:
    """Return the column of `choice` that each audience has, by its name."""
    return {each.name: f"a{number}" for number, each in enumerate(audiences)}


def choose(connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], now: datetime) -> None:
    """Evaluate each audience; `trait` must not change while `choice` is used, whose `p` is the row there."""
    conditions = {name: first for each in audiences for name, first in each.before.items()}
    conditions |= {each.name: each.condition for each in audiences}
    facts = _facts(audiences)
    connection.execute(
        CHOICE.format(
            unknown="".join(f", {column}" for column in facts.values()),
            verdicts="".join(f", {each}" for each in _verdicts(audiences, list(conditions))),
            facts="".join(f", {quoted(name)} IS NULL AS {column}" for name, column in facts.items()),
            conditions="".join(f", {each.bare} AS c{number}" for number, each in enumerate(conditions.values())),
        ),
        [value for each in conditions.values() for value in each.bind(now)],
    )
    _note(connection, audiences, facts)


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return f'"{name.replace(chr(34), chr(34) * 2)}"'


def literal(text: str) -> str:
    """Return a text as SQL writes it, for what a statement that is kept cannot bind."""
    return f"'{text.replace(chr(39), chr(39) * 2)}'"


def _facts(audiences: Sequence[Audience]) -> Mapping[str, str]:
    """Return the column that tells whether a trait is unknown, for each trait that a condition asks for."""
    names = sorted({name for each in audiences for name in each.condition.traits})
    return {name: f"u{number}" for number, name in enumerate(names)}


def _verdicts(audiences: Sequence[Audience], conditions: Sequence[str]) -> Iterator[str]:
    """Give the column of each audience; who matches an earlier one is there, or withheld from there."""
    for audience, column in zip(audiences, columns(audiences).values(), strict=True):
        own, share = f"c{conditions.index(audience.name)}", audience.holdout_basis_points
        first = [f"WHEN c{conditions.index(each)} THEN {YIELDED + place}" for place, each in enumerate(audience.before)]
        held = [f"WHEN {HELD.format(audience=literal(audience.name), share=share)} THEN {HELD_OUT}"] if share else []
        cases = [f"WHEN {own} IS NULL THEN NULL", f"WHEN NOT {own} THEN {OUT}", *first, *held, f"ELSE {IN}"]
        yield f"(CASE {' '.join(cases)} END)::SMALLINT AS {column}"


def _note(connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], facts: Mapping[str, str]) -> None:
    """Fill the tables of who is where, who is elsewhere first, and who is out because something is not known."""
    connection.execute(NOTES)
    _fill(connection, "destined", [[to, each.name, its.name] for each in audiences for to, its in each.to.items()])
    counts = {**_yields(audiences), **_unknowns(audiences, facts)}
    found = connection.execute(f"SELECT {', '.join(['0', *counts.values()])} FROM choice").fetchall()[0][1:]
    noted = [(key, persons) for key, persons in zip(counts, found, strict=True) if persons]
    to = {each.name: list(each.to) for each in audiences}
    for table in ("yielded", "undecided"):
        rows = [[where, *key[1:], persons] for key, persons in noted if key[0] == table for where in to[key[1]]]
        _fill(connection, table, rows)
    connection.execute(MATCHED.format(each=" UNION ALL ".join(_branches(audiences))))


def _branches(audiences: Sequence[Audience]) -> list[str]:
    made = [MATCHED_BY.format(audience=literal(name), column=column) for name, column in columns(audiences).items()]
    return made or ["SELECT '' AS audience, profile_id, false AS is_held_out FROM choice WHERE false"]


def _fill(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    if rows:
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in rows[0])})", rows)


def _yields(audiences: Sequence[Audience]) -> dict[tuple[str, str, str], str]:
    """Return how to count who is in another audience first: table, audience, which -> SQL."""
    column = columns(audiences)
    return {
        ("yielded", each.name, first): f"count(*) FILTER ({column[each.name]} = {YIELDED + place})"
        for each in audiences for place, first in enumerate(each.before)
    }  # fmt: skip


def _unknowns(audiences: Sequence[Audience], facts: Mapping[str, str]) -> dict[tuple[str, str, str], str]:
    """Return how to count who is out because a trait is not known: table, audience, trait -> SQL."""
    column = columns(audiences)
    return {
        ("undecided", each.name, trait): f"count(*) FILTER ({column[each.name]} IS NULL AND {facts[trait]})"
        for each in audiences for trait in sorted(each.condition.traits)
    }  # fmt: skip
