"""Who each audience chooses: every condition is evaluated once, in one scan of the traits, for all destinations.

Leaves table `choice`: a row for each person, with what each audience makes of them in a column of its own, and in
`chosen0`, `held0` and so on (see plugins.hub.bundles) the audiences that chose or withhold them; and `matched` (a view
of it in words), `yielded` and `undecided`, by destination; and `tally`, of each audience how many it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb

from plugins.hub.bundles import packed
from plugins.hub.limiting import NONE, Limits, capped
from plugins.hub.meaning import Audience

Counts = Mapping[tuple[str, int | None], int]
"""How many persons a column of `choice` makes the same of."""
CAPPED, OUT, IN, HELD_OUT, YIELDED = range(-1, 4)
"""What an audience makes of a person; `CAPPED` has heard enough lately; from `YIELDED` on, who is in the first, second,
... that comes before it. NULL is undecided: a trait that decides is not known."""

CHOICE = """
CREATE OR REPLACE TEMP TABLE choice AS SELECT * {bits} FROM ({verdicts})
"""
VERDICTS = "SELECT p, profile_id {unknown} {each} FROM (SELECT rowid AS p, profile_id {facts} {conditions} FROM trait)"
CAPS = "SELECT verdict.* {replaced} FROM ({verdicts}) AS verdict LEFT JOIN spoken USING (profile_id)"
# The same person is withheld from the same audience in every channel, run after run.
HELD = "(('0x' || substr(md5({audience} || chr(31) || profile_id), 1, 8))::BIGINT % 10000) < {share}"
NOTES = """
CREATE OR REPLACE TEMP TABLE destined (destination TEXT, audience TEXT, tag TEXT);
CREATE OR REPLACE TEMP TABLE yielded (destination TEXT, audience TEXT, "to" TEXT, persons BIGINT);
CREATE OR REPLACE TEMP TABLE undecided (destination TEXT, audience TEXT, trait TEXT, persons BIGINT);
CREATE OR REPLACE TEMP TABLE tally (
  audience TEXT, matched BIGINT, yielded BIGINT, held_out BIGINT, capped BIGINT, chosen BIGINT
)
"""
COUNT = "SELECT '{column}', {column}, count(*) FROM choice GROUP BY {column}"
UNKNOWN = "SELECT {asked} FROM choice WHERE {column} IS NULL"
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


def choose(
    connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], now: datetime,
    limits: Limits = NONE,
) -> None:  # fmt: skip
    """Evaluate each audience; `trait` must not change while `choice` is used, whose `p` is the row there."""
    conditions = {name: first for each in audiences for name, first in each.before.items()}
    conditions |= {each.name: each.condition for each in audiences}
    facts = _facts(audiences)
    verdicts = VERDICTS.format(
        unknown="".join(f", {column}" for column in facts.values()),
        each="".join(f", {each}" for each in _verdicts(audiences, list(conditions), limits.withheld)),
        facts="".join(f", {quoted(name)} IS NULL AS {column}" for name, column in facts.items()),
        conditions="".join(f", {each.bare} AS c{number}" for number, each in enumerate(conditions.values())),
    )
    bits = "".join(f", {sql} AS {name}" for name, sql in _bits(list(columns(audiences).values())).items())
    values = [value for each in conditions.values() for value in each.bind(now)]
    connection.execute(CHOICE.format(bits=bits, verdicts=_capped(verdicts, audiences, limits)), values)
    _note(connection, audiences, facts)


def _capped(verdicts: str, audiences: Sequence[Audience], limits: Limits) -> str:
    """Return the SQL of the verdicts, with those who have heard enough lately kept out."""
    column = columns(audiences)
    found = capped(limits.caps, column, IN)
    if not found:
        return verdicts
    each = (f"CASE WHEN {sql} THEN {CAPPED}::SMALLINT ELSE {column[name]} END AS {column[name]}"
            for name, sql in found.items())  # fmt: skip
    return CAPS.format(verdicts=verdicts, replaced=f"REPLACE ({', '.join(each)})")


def _bits(columns: Sequence[str]) -> dict[str, str]:
    named = {"chosen": packed(columns, IN), "held": packed(columns, HELD_OUT)}
    return {f"{name}{number}": sql for name, found in named.items() for number, sql in enumerate(found)}


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


def _verdicts(
    audiences: Sequence[Audience], conditions: Sequence[str], withheld: Mapping[str, str]
) -> Iterator[str]:  # fmt: skip
    """Give the column of each audience; who matches an earlier one is there, or withheld from there."""
    for audience, column in zip(audiences, columns(audiences).values(), strict=True):
        own, share = f"c{conditions.index(audience.name)}", audience.holdout_basis_points
        first = [f"WHEN c{conditions.index(each)} THEN {YIELDED + place}" for place, each in enumerate(audience.before)]
        held = [f"WHEN {HELD.format(audience=literal(audience.name), share=share)} THEN {HELD_OUT}"] if share else []
        held += [f"WHEN {withheld[audience.name]} THEN {HELD_OUT}"] if audience.name in withheld else []
        cases = [f"WHEN {own} IS NULL THEN NULL", f"WHEN NOT {own} THEN {OUT}", *first, *held, f"ELSE {IN}"]
        yield f"(CASE {' '.join(cases)} END)::SMALLINT AS {column}"


def _note(connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], facts: Mapping[str, str]) -> None:
    """Fill the tables of who is where, who is elsewhere first, and who is out because something is not known."""
    connection.execute(NOTES)
    _fill(connection, "destined", [[to, each.name, its.name] for each in audiences for to, its in each.to.items()])
    counts = " UNION ALL ".join(COUNT.format(column=column) for column in columns(audiences).values())
    found = connection.execute(counts).fetchall() if counts else []
    by_column = {(column, verdict): persons for column, verdict, persons in found}
    _fill(connection, "tally", _tallies(audiences, by_column))
    _fill(connection, "yielded", _yields(audiences, by_column))
    _fill(connection, "undecided", _unknowns(connection, audiences, facts, by_column))
    connection.execute(MATCHED.format(each=" UNION ALL ".join(_branches(audiences))))


def _branches(audiences: Sequence[Audience]) -> list[str]:
    made = [MATCHED_BY.format(audience=literal(name), column=column) for name, column in columns(audiences).items()]
    return made or ["SELECT '' AS audience, profile_id, false AS is_held_out FROM choice WHERE false"]


def _fill(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Sequence[object]]) -> None:
    if listed := list(rows):
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in listed[0])})", listed)


def _tallies(audiences: Sequence[Audience], counts: Counts) -> Iterator[list[Any]]:
    """Give audience, what it makes of persons, and how many they are."""
    for name, column in columns(audiences).items():
        found = {verdict: persons for (its, verdict), persons in counts.items() if its == column and verdict}
        others = [found.get(verdict, 0) for verdict in (HELD_OUT, CAPPED, IN)]
        yield [name, sum(found.values()), sum(found.values()) - sum(others), *others]


def _yields(audiences: Sequence[Audience], counts: Counts) -> Iterator[list[Any]]:
    """Give destination, audience, which comes first, and how many persons are there."""
    for each, column in zip(audiences, columns(audiences).values(), strict=True):
        for place, first in enumerate(each.before):
            if persons := counts.get((column, YIELDED + place)):
                yield from ([to, each.name, first, persons] for to in each.to)


def _unknowns(
    connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], facts: Mapping[str, str], counts: Counts
) -> Iterator[list[Any]]:
    """Give destination, audience, trait that is not known, and of how many persons."""
    for each, column in zip(audiences, columns(audiences).values(), strict=True):
        names = sorted(each.condition.traits) if (column, None) in counts else []
        asked = ", ".join(f"sum({facts[name]}::UTINYINT)" for name in names)
        found = connection.execute(UNKNOWN.format(asked=asked, column=column)).fetchall()[0] if names else ()
        for name, persons in zip(names, found, strict=True):
            if persons:
                yield from ([to, each.name, name, int(persons)] for to in each.to)
