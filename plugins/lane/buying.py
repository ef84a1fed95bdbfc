"""Who bought leaves at once the audiences they no longer belong in: those persons alone, as a resolve would have it.

Nobody is brought in, and nothing is booked. What cannot be known of some persons alone (points and tiers, which the
ledger gives when the round books the purchase, and what others also bought) takes nobody out.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
from sqlalchemy import Connection, select

from mappers.profiles.golden import golden
from mappers.profiles.traits import traits
from plugins.hub.bundles import masks
from plugins.hub.choosing import IN, columns, quoted
from plugins.hub.desired import desire, prepare
from plugins.hub.destinations import Channel
from plugins.hub.meaning import Audience, Meaning
from plugins.hub.planning import TAGS, read_journal, subtract
from plugins.hub.plans import Hub, guard_of, journal_rows
from plugins.hub.visiting import knows_visitors
from plugins.rules.also_bought import AlsoBought
from plugins.rules.declared import Quintile, needed
from plugins.store.pairs import among
from plugins.store.tables import ENTITY_TABLES, membership, push

CUSTOMER, ORDER = ENTITY_TABLES["customer"], ENTITY_TABLES["order"]
BOOKED = "loyalty_movement"
"""What the ledger tells, when it was brought up to the purchase."""
OTHERS = """
CREATE TEMP VIEW others AS SELECT * FROM shown.trait WHERE profile_id NOT IN (SELECT profile_id FROM person)
"""
LAST_KNOWN = """
UPDATE trait SET {name} = told.{name} FROM shown.trait AS told WHERE told.profile_id = trait.profile_id
"""
SHOWN = "SELECT column_name FROM duckdb_columns() WHERE database_name = 'shown' AND table_name = 'trait'"
WHERE = "SELECT profile_id, address FROM consent_state WHERE channel = $channel AND purpose = $purpose"
SAID = """
SELECT wire_id, operation, outcome, _tags(payload) FROM journal
WHERE outcome IN ('accepted', 'unknown', 'prepared', 'staged') AND operation <> 'erase' AND NOT contains(wire_id, ':')
ORDER BY seq
"""
Left = Mapping[str, frozenset[int]]
"""Of each person, the places of the audiences that they are out of."""


def buyers(connection: Connection, orders: Collection[tuple[str, str]]) -> set[str]:
    """Return the profiles that made these orders and were ever brought anywhere: nobody else can leave.

    An order that nobody made who is known, or that one of several may have made, is left to the next round.
    """
    mine = among(ORDER.c.source, ORDER.c.source_id, orders)
    same = (membership.c.source == ORDER.c.source) & (membership.c.source_id == ORDER.c.customer_id)
    columns = (ORDER.c.email, ORDER.c.card, membership.c.profile_id, CUSTOMER.c.source_id)
    there = (CUSTOMER.c.source == ORDER.c.source) & (CUSTOMER.c.source_id == ORDER.c.customer_id)
    told = select(*columns).select_from(ORDER).join(membership, same, isouter=True).join(CUSTOMER, there, isouter=True)
    found = set[str]()
    for email, card, profile, is_customer in connection.execute(told.where(mine)).tuples():
        holders = {profile} if profile else set() if is_customer else _holders(connection, email, card)
        found |= holders if len(holders) == 1 else set()
    brought = push.c.profile_id.in_(found) & push.c.operation.in_(("add", "change"))
    return set(connection.execute(select(push.c.profile_id).distinct().where(brought)).scalars()) if found else set()


def _holders(connection: Connection, email: str | None, card: str | None) -> set[str]:
    same = (membership.c.source == CUSTOMER.c.source) & (membership.c.source_id == CUSTOMER.c.source_id)
    lives = CUSTOMER.c.is_deleted.is_(False) & CUSTOMER.c.is_absent.is_(False)
    found = set[str]()
    for column, value in ((CUSTOMER.c.email, email), (CUSTOMER.c.card, card)):
        who = select(membership.c.profile_id).distinct().join(CUSTOMER, same).where(column == value, lives)
        found |= set(connection.execute(who).scalars()) if value else set()
    return found


def leaves(
    hub: Hub, engine: duckdb.DuckDBPyConnection, people: Collection[str]
) -> Iterator[tuple[Channel, list[dict[str, Any]]]]:  # fmt: skip
    """Give each destination that some persons leave, or leave an audience of, and the rows of that.

    The engine has them alone, and what they agreed to.
    """
    moment = hub.clock()
    left = _derived(hub, engine, moment)
    for channel in hub.channels.values():
        if knows_visitors(channel):
            continue
        read_journal(engine, hub.store, channel)
        held = _held(engine, channel)
        if not any(held.values()):
            continue
        _only_who_stays(engine, hub.meaning.audiences, channel, held, left)
        desire(engine, hub.meaning.audiences, channel)
        subtract(engine, hub.store, channel, guard_of(hub.meaning, channel.destination), moment)
        planned = [row for row in journal_rows(engine, channel, "all") if row["profile_id"] in people]
        if rows := [row for row in planned if _is_leave(row, held)]:
            yield channel, rows


def _is_leave(row: Mapping[str, Any], held: Mapping[str, frozenset[str]]) -> bool:
    told = json.loads(row["payload"])
    brings = {*told["tags_on"]} - held.get(row["profile_id"], frozenset())
    return row["operation"] == "remove" or bool(row["operation"] == "change" and told["tags_off"] and not brings)


def _derived(hub: Hub, engine: duckdb.DuckDBPyConnection, moment: datetime) -> Left:
    """Work out the traits, and return who is out of what."""
    meaning = hub.meaning
    golden(engine, meaning.survival)
    shown = {name for (name,) in engine.execute(SHOWN).fetchall()}
    is_ranked = {name for each in meaning.declared for name in needed(each)} <= shown
    engine.execute(OTHERS)
    traits(engine, moment, meaning.tiers, meaning.declared, "others" if is_ranked else "")
    for each in meaning.declared:
        if isinstance(each, AlsoBought) and each.trait.name in shown:
            name = quoted(each.trait.name)
            engine.execute(LAST_KNOWN.format(name=name))
    return _out(engine, meaning, moment, unknowable(meaning, is_ranked=is_ranked))


def unknowable(meaning: Meaning, *, is_ranked: bool) -> frozenset[str]:
    """Return the traits that some persons alone do not tell, nor those made of them."""
    found = {each.name for each in meaning.catalogue.values() if each.of == BOOKED}
    for each in meaning.declared:
        is_of_all = isinstance(each, AlsoBought) or (isinstance(each, Quintile) and not is_ranked)
        if is_of_all or needed(each) & found:
            found.add(each.trait.name)
    return frozenset(found)


def _out(engine: duckdb.DuckDBPyConnection, meaning: Meaning, moment: datetime, unknown: frozenset[str]) -> Left:
    """Evaluate the audiences with what is not known left open, and return who is out of what in any case."""
    hidden = ", ".join(f"CASE WHEN false THEN {name} END AS {name}" for name in map(quoted, sorted(unknown)))
    engine.execute("CREATE TEMP TABLE known AS FROM trait")
    engine.execute(f"CREATE OR REPLACE TABLE trait AS SELECT * REPLACE ({hidden}) FROM known ORDER BY rowid")
    prepare(engine, meaning.audiences, moment)
    engine.execute("CREATE OR REPLACE TABLE trait AS FROM known ORDER BY rowid")
    asked = ", ".join(columns(meaning.audiences).values())
    rows = engine.execute(f"SELECT profile_id, {asked} FROM choice").fetchall() if asked else []
    sure = [_is_sure(each, unknown) for each in meaning.audiences]
    rests = [bool(each.condition.traits & unknown) for each in meaning.audiences]
    return {
        profile: frozenset(
            place for place, verdict in enumerate(verdicts)
            if sure[place] and verdict != IN and not (verdict is None and rests[place])
        ) for profile, *verdicts in rows
    }  # fmt: skip


def _is_sure(audience: Audience, unknown: frozenset[str]) -> bool:
    """Tell whether what is not known stays open in it: asked whether it is null, it would not."""
    asked = [audience.condition, *audience.before.values()]
    return not any(f"({quoted(name)} is null)" in each.sql for each in asked for name in unknown)


def _held(engine: duckdb.DuckDBPyConnection, channel: Channel) -> dict[str, frozenset[str]]:
    """Return the tags that each person has at a destination, as far as it may have had its effect."""
    topic = {"channel": channel.channel, "purpose": channel.purpose}
    by_address: dict[str, frozenset[str]] = {}
    for statement in TAGS:
        engine.execute(statement)
    for address, operation, outcome, tags in engine.execute(SAID).fetchall():
        before = by_address.get(address, frozenset())
        if operation == "remove":
            by_address[address] = frozenset() if outcome == "accepted" else before
        else:
            by_address[address] = frozenset(tags) if outcome == "accepted" else before | {*tags}
    where = engine.execute(WHERE, topic).fetchall()
    return {profile: by_address.get(address, frozenset()) for profile, address in where}


def _only_who_stays(
    engine: duckdb.DuckDBPyConnection, audiences: Sequence[Audience], channel: Channel,
    held: Mapping[str, frozenset[str]], left: Left,
) -> None:  # fmt: skip
    """Let everybody be chosen by what they are in, and are not out of."""
    gives = {place: its for place, each in enumerate(audiences) if (its := each.to.get(channel.destination))}
    for profile, out in left.items():
        tags = held.get(profile, frozenset())
        stays = [place for place, its in gives.items() if its.name in tags and place not in out]
        bits = masks(stays, len(audiences))
        told = ", ".join(f"chosen{number} = {mask}, held{number} = 0" for number, mask in bits.items())
        engine.execute(f"UPDATE choice SET {told} WHERE profile_id = ?", [profile])
