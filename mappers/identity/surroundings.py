"""One person and all whom the engine would compare them with: its tables, of these alone, for an explanation.

What `plugins.store.people` has of them is laid before an engine as the mirror has everybody.
"""

from __future__ import annotations

import duckdb

from mappers.identity.engine import rules_of
from mappers.identity.explain import Explained, explain
from mappers.identity.pairs import power_of
from plugins.store.people import Derived, lay

NAMES = ("email", "phone", "card", "prev_card", "login", "social", "alias", "customer_no", "born")


def explained(engine: duckdb.DuckDBPyConnection, people: Derived, profile_id: str) -> Explained:
    """Return why a profile is one person; leaves temporary tables on the engine's cursor."""
    (found,) = people.rows("rules", 1)
    _lay(engine, people, profile_id)
    return explain(engine, rules_of(found["said"]), profile_id, power_of(found["named"]))


def _lay(engine: duckdb.DuckDBPyConnection, people: Derived, profile_id: str) -> None:
    mine = [each["x"] for each in people.rows("node_of", profile_id)]
    shared = {each["k"] for each in people.rows("block_of", *mine)}
    blocks = people.rows("block", *shared)
    near = {*mine, *(x for each in blocks for x in each["nodes"])}
    people.lay(engine, "unit", "unit", near)
    people.lay(engine, "customer", "record", near, ("n", "source", "source_id"))
    people.lay(engine, "assigned", "record", near, ("n", "profile_id"))
    people.lay(engine, "record", "record", near, ("record_id", "h"))
    for name in ("scored", "ruled", "attached"):
        people.lay(engine, name, name, mine)
    nodes = people.rows("blocked_node", *mine)
    people.lay(engine, "node", "blocked_node", mine)
    people.lay(engine, "blocked", "blocked", {str(each[name]) for each in nodes for name in NAMES if each[name]})
    members = [{"k": each["k"], "most": each["most"], "x": x} for each in blocks for x in each["nodes"]]
    lay(engine, "TEMP TABLE block", {"k": "BIGINT", "most": "UTINYINT", "x": "BIGINT"}, members)
