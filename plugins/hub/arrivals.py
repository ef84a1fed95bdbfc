"""Who came into an audience that a destination is told of by an event: told once, and again only after having left.

An event cannot be taken back and starts something there, so leaving is noted in the journal and told to nobody. Who has
left is whom the condition does not hold for any more: not who is kept out by a cap, by another audience that comes
first, by a consent that is missing or a trait that is not known. The first run of a rule is a back-fill, which starts
nothing; it ends with a row that is nobody's. Adds to table `beside`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

import duckdb

from plugins.hub.choosing import IN, OUT, columns
from plugins.hub.destinations import Channel
from plugins.hub.meaning import Audience, Delivery
from plugins.hub.planning import GROW, SHRINK
from plugins.hub.selling import COLUMNS
from plugins.store.times import utc_text

EVENT, BACK_FILL, NOTED = "event", "event, back-fill", "event, noted"
"""Kinds of rows in a plan: what starts something there, what does not, and what is told to nobody."""
LEAST = 20
"""Of an audience that fewer have come into, a guard counts as of one with so many."""
ARRIVED = """
CREATE OR REPLACE TEMP TABLE told_of AS
SELECT *, split_part(wire_id, ':', 2) AS audience, payload ->> '$.email' AS address FROM brought
WHERE starts_with(wire_id, 'event:') AND state NOT IN ('planned', 'dropped')
QUALIFY row_number() OVER (PARTITION BY wire_id ORDER BY seq DESC) = 1 AND operation = 'add'
"""
IS_OPEN = "SELECT count(*) > 0 FROM told_of WHERE wire_id = $opening AND state = 'accepted'"
# One whose answer was lost is told again as it was, and looked for first. Of who is no contact yet the address is kept:
# the contact that is read there later is our own writing.
COMING = f"""
INSERT INTO beside ({COLUMNS}, found)
WITH here AS (
  SELECT p, wanted.profile_id, address, permit, 'event:' || $audience || ':' || wanted.profile_id AS wire_id
  FROM wanted JOIN choice USING (p) WHERE is_desired AND choice.{{column}} = {IN}
), standing AS (
  SELECT wire_id, profile_id, address, state, payload FROM told_of WHERE audience = $audience
), due AS (
  SELECT *, NULL::TEXT AS lost FROM here
  WHERE profile_id NOT IN (SELECT profile_id FROM standing)
    AND address NOT IN (SELECT address FROM standing WHERE address IS NOT NULL)
  UNION ALL
  SELECT here.*, payload FROM here JOIN standing USING (wire_id, address) WHERE state = 'unknown'
), said AS (
  SELECT due.*, member.wire_id IS NOT NULL AS is_known,
         coalesce(CAST(lost ->> '$.is_syncing' AS BOOLEAN), $is_quiet) AS is_quiet,
         json_object('kind', 'event', 'name', $name, 'email', address, 'is_known', member.wire_id IS NOT NULL,
           'is_mailed', coalesce(member.status, '') <> 'transactional', 'properties',
           json_merge_patch(json_object(), json_object({{properties}}))) AS payload
  FROM due JOIN trait ON trait.rowid = p LEFT JOIN member ON member.wire_id = address
)
SELECT 'add', CASE WHEN is_quiet THEN '{BACK_FILL}' ELSE '{EVENT}' END, profile_id, wire_id, permit,
       json_merge_patch(payload, json_object('is_syncing', is_quiet, 'is_repeat', lost IS NOT NULL,
         'at', coalesce(lost ->> '$.at', $at))),
       md5(payload || is_quiet::TEXT), 'came into ' || $audience,
       CASE WHEN NOT is_known THEN json_object('email', address) END
FROM said
"""
LEFT = f"""
INSERT INTO beside ({COLUMNS})
SELECT 'remove', '{NOTED}', profile_id, wire_id, NULL, $noted, md5($noted), 'left ' || $audience FROM told_of
WHERE audience = $audience AND wire_id <> $opening
  AND profile_id NOT IN (SELECT profile_id FROM choice WHERE {{column}} IS DISTINCT FROM {OUT})
  AND NOT coalesce(address IN (SELECT address FROM wanted JOIN choice USING (p)
                               WHERE address IS NOT NULL AND {{column}} IS DISTINCT FROM {OUT}), false)
"""
OPENING = f"""
INSERT INTO beside ({COLUMNS})
VALUES ('add', '{NOTED}', '', $opening, NULL, $noted, md5($noted), 'the back-fill is over')
"""
# A rule that comes back begins anew.
GONE = f"""
INSERT INTO beside ({COLUMNS})
SELECT 'remove', '{NOTED}', profile_id, wire_id, NULL, told, md5(told), 'no event of it any more'
FROM (SELECT *, json_object('kind', 'event', 'name', audience) AS told FROM told_of
      WHERE NOT list_contains($audiences, audience))
"""
COUNTED = "SELECT kind, operation, count(*) FROM beside WHERE starts_with(kind, 'event') GROUP BY ALL"
OF_ONE = """
SELECT (SELECT count(*) FROM told_of WHERE audience = $audience AND profile_id <> ''),
       count(*) FILTER (kind = $event AND (payload ->> '$.is_repeat') = 'false'), count(*) FILTER (operation = 'remove')
FROM beside WHERE starts_with(wire_id, 'event:' || $audience || ':')
"""
TOLD = "SELECT split_part(wire_id, ':', 2), count(*) FROM beside WHERE operation = 'add' AND kind IN (?, ?) GROUP BY 1"
HOLD = "DELETE FROM beside WHERE kind = ? AND operation = ? AND starts_with(wire_id, 'event:' || ? || ':')"


def arrive(
    connection: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], channel: Channel, now: datetime
) -> tuple[Counter[tuple[str, str]], list[str]]:
    """Plan the events of one destination; returns how many rows of each kind and operation, and what would stop them.

    Needs `brought`, `wanted`, `choice`, `trait` and `member`.
    """
    connection.execute(ARRIVED)
    column = columns(audiences)
    here = {each.name: each for each in audiences if _event(each, channel) is not None}
    guards: list[str] = []
    for name, audience in here.items():
        delivery = _event(audience, channel)
        assert delivery is not None
        _come(connection, name, delivery, column[name], now)
        guards += _guards(connection, audience)
    connection.execute(GONE, {"audiences": list(here)})
    counted = connection.execute(COUNTED).fetchall()
    return Counter({(kind, operation): count for kind, operation, count in counted}), guards


def told(connection: duckdb.DuckDBPyConnection) -> Mapping[str, int]:
    """Return how many would be told of their coming into each audience, by its name."""
    return dict(connection.execute(TOLD, [EVENT, BACK_FILL]).fetchall())


def hold(connection: duckdb.DuckDBPyConnection, guards: Sequence[str]) -> None:
    """Take out of `beside` what a guard stops: who comes, or that somebody left."""
    for each in guards:
        word, _, rest = each.partition(" ")
        if word == EVENT:
            name, way, _ = rest.split(": ", 2)
            kind, operation = (NOTED, "remove") if way == "shrink" else (EVENT, "add")
            connection.execute(HOLD, [kind, operation, name])


def _event(audience: Audience, channel: Channel) -> Delivery | None:
    delivery = audience.to.get(channel.destination)
    return delivery if delivery is not None and delivery.kind == EVENT else None


def _come(
    connection: duckdb.DuckDBPyConnection, audience: str, delivery: Delivery, column: str, now: datetime
) -> None:  # fmt: skip
    opening, noted = f"event:{audience}:~", f'{{"kind":"event","name":"{delivery.name}"}}'
    is_open = connection.execute(IS_OPEN, {"opening": opening}).fetchall()[0][0]
    of = {"audience": audience, "opening": opening, "noted": noted}
    connection.execute(LEFT.format(column=column), of)
    connection.execute(
        COMING.format(column=column, properties=_properties(delivery)),
        {"audience": audience, "name": delivery.name, "is_quiet": not is_open, "at": utc_text(now)},
    )
    if not is_open:
        connection.execute(OPENING, {"opening": opening, "noted": noted})


def _properties(delivery: Delivery) -> str:
    """Return the SQL of the properties, each a text; names come from checked rules, traits from the catalogue."""
    texts = {trait: f"CAST(trait.{trait} AS TEXT)" for trait in delivery.fields.values()}
    texts |= {trait: f"array_to_string(trait.{trait}, ', ')" for trait in delivery.listed}
    return ", ".join(f"'{name}', {texts[trait]}" for name, trait in sorted(delivery.fields.items()))


def _guards(connection: duckdb.DuckDBPyConnection, audience: Audience) -> list[str]:
    """Say what would stop the events of an audience, as its own guard has it."""
    there, coming, leaving = connection.execute(OF_ONE, {"audience": audience.name, "event": EVENT}).fetchall()[0]
    shrink = SHRINK if audience.shrink_basis_points is None else audience.shrink_basis_points
    grow = GROW if audience.grow_basis_points is None else audience.grow_basis_points
    found = []
    if leaving * 10000 > there * shrink and there >= LEAST:
        found.append(f"shrink: {leaving} of {there} would leave, and be told anew if they come back; check the sources")
    if coming * 10000 > max(there, LEAST) * grow:
        found.append(f"grow: {coming} would be told, {there} were; check the rule")
    return [f"event {audience.name}: {each}, then plan with --accept" for each in found]
