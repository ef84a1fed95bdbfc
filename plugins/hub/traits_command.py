"""The command `rotonde traits`: what a rule may ask of a person, and how much of it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import click
import duckdb

from plugins.hub import show
from plugins.hub.command import AS_JSON, OK, said
from plugins.hub.desired import reporting
from plugins.hub.plans import Hub, open_hub
from plugins.hub.resolving import resolve
from plugins.rules.catalogue import PERSONAL, Trait
from plugins.store.mirror import open_mirror

FEWEST = 5
"""An example value is shown only where so many persons share it, or, of what has an order, where so many are known."""
EXAMPLES = {
    "text": "SELECT v FROM known GROUP BY v HAVING count(*) >= $fewest ORDER BY count(*) DESC, v LIMIT 1",
    "boolean": "SELECT v FROM known GROUP BY v HAVING count(*) >= $fewest ORDER BY count(*) DESC, v LIMIT 1",
    "texts": "SELECT t FROM (SELECT unnest(v) AS t FROM known) GROUP BY t HAVING count(*) >= $fewest "
             "ORDER BY count(*) DESC, t LIMIT 1",
}  # fmt: skip
MIDDLE = "SELECT quantile_disc(v, 0.5) FROM known HAVING count(*) >= $fewest"


@dataclass(frozen=True, slots=True)
class Told:
    """One trait, and how much of it is known."""

    name: str
    type: str
    meaning: str
    known_basis_points: int
    """Of how many persons it is known; 50 % is 5000."""
    example: str | None
    sources: str
    """Who reports what it is made of."""


@click.command()
@AS_JSON
@said
def traits(as_json: bool) -> int:
    """List what a rule may ask of a person: type, meaning, of how many it is known, an example, who reports it."""
    told = told_traits(open_hub())
    if as_json:
        show.as_json(told)
        return OK
    columns = ("trait", "type", "known of", "example", "reported by", "meaning")
    show.table("Traits", columns, [
        (each.name, each.type, f"{each.known_basis_points / 100:.1f}%", each.example or "", each.sources, each.meaning)
        for each in told
    ])  # fmt: skip
    return OK


def told_traits(hub: Hub) -> list[Told]:
    """Return every trait of the catalogue, built in and declared."""
    with open_mirror(hub.store) as connection:
        resolve(connection, hub.store, hub.meaning, hub.clock(), hub.read_as)
        sources = reporting(connection, {trait.of for trait in hub.meaning.catalogue.values() if trait.of})
        return [_told(connection, trait, sources) for trait in hub.meaning.catalogue.values()]


def _told(connection: duckdb.DuckDBPyConnection, trait: Trait, sources: Mapping[str, str]) -> Told:
    connection.execute(
        f'CREATE OR REPLACE TEMP VIEW known AS SELECT "{trait.name}" AS v FROM trait WHERE "{trait.name}" IS NOT NULL'
    )
    share = "SELECT (SELECT count(*) FROM known) * 10000 // greatest(count(*), 1) FROM trait"
    known: int = connection.execute(share).fetchall()[0][0]
    example = None
    if trait.name not in PERSONAL:
        found = connection.execute(EXAMPLES.get(trait.type, MIDDLE), {"fewest": FEWEST}).fetchone()
        example = None if found is None or found[0] is None else _written(found[0])
    return Told(trait.name, trait.type, trait.meaning, known, example, sources.get(trait.of, ""))


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).partition(".")[0]
