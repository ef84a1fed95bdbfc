"""Who is who: the resolve, whole or for what changed; both give the same groups.

Takes `arrived`, the source records that are new or came again (n, record_id, is_decided and the texts of
`normal.TEXTS`), and `gone` (n), those that left or came again. Leaves `grouped` (n, label): a label is made of the
content of its group, so equal groups have equal labels whatever the order in which records came.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from mappers.identity import attach, cluster, nodes, normal, pairs
from mappers.identity.model import Model, default
from mappers.identity.statements import Statements, hashed
from mappers.identity.thresholds import Thresholds

FORM = "4"
"""Changes when the engine does, so that what an older one made is made anew."""
SURNAMES = {"email": 5, "phone": 5, "card": 4, "login": 4, "social": 4, "alias": 3, "customer_no": 3}
"""An identifier with more surnames than this is a placeholder."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How records become persons."""

    model: Model = field(default_factory=default)
    thresholds: Thresholds = field(default_factory=Thresholds)
    surnames: Mapping[str, int] = field(default_factory=lambda: dict(SURNAMES))
    masks: Sequence[str] = normal.MASKS
    """Domains, with `*`, whose addresses are a marketplace's alias for a person."""
    listed: Sequence[tuple[str, str]] = ()
    """Kind and value of identifiers known to be nobody's."""
    engine: str = "duckdb"
    """Where a whole resolve is worked out, `duckdb` or `spark`; it says nothing about who is who."""

    @property
    def text(self) -> str:
        """Return all of it as JSON, from which `rules_of` makes it again."""
        model = {"levels": {name: table.tolist() for name, table in self.model.probability.items()},
                 "same": self.model.same_per_record, "household": self.model.household_per_record}  # fmt: skip
        said = {"model": model, "thresholds": asdict(self.thresholds), "surnames": dict(self.surnames),
                "masks": list(self.masks), "listed": [list(each) for each in self.listed]}  # fmt: skip
        return json.dumps(said, sort_keys=True)

    @property
    def version(self) -> str:
        """Return what stands for all of it, and for the engine's own form."""
        return hashlib.sha256(f"{FORM} {self.text}".encode()).hexdigest()


def rules_of(text: str) -> Rules:
    """Return the rules that a text stands for."""
    said = json.loads(text)
    model = said["model"]
    table = {name: np.array(levels) for name, levels in model["levels"].items()}
    return Rules(
        Model(table, model["same"], model["household"]), Thresholds(**said["thresholds"]), said["surnames"],
        said["masks"], [(kind, value) for kind, value in said["listed"]],
    )  # fmt: skip


# Records alike in all they say are one node; where what they say turned out to be nobody's, each is alone again.
STANDING = f"""
SELECT n, record_id, x, records > 1 AND is_named AND NOT ({normal.ANCHORED}) AS is_alone
FROM unit {{within}} JOIN record USING (h)
"""
PLACED = f"""
SELECT n, coalesce(CASE WHEN NOT is_alone THEN coalesce(grouping.label, attached.label) END,
                   {hashed("'alone', record_id")}) AS label
FROM ({{standing}}) LEFT JOIN (SELECT x, label FROM grouping {{among}}) AS grouping USING (x)
LEFT JOIN (SELECT x, label FROM attached {{among}}) AS attached USING (x)
"""
NO_RULING = "CREATE TABLE IF NOT EXISTS ruling (one TEXT, other TEXT, weight DOUBLE)"
RULED = """
CREATE TABLE IF NOT EXISTS ruled (a BIGINT, b BIGINT, weight DOUBLE);
CREATE OR REPLACE TEMP TABLE was_ruled AS FROM ruled;
CREATE OR REPLACE TABLE ruled AS
SELECT least(a.x, b.x) AS a, greatest(a.x, b.x) AS b, arg_max(weight, abs(weight)) AS weight FROM ruling
JOIN record AS one_record ON one_record.record_id = one JOIN unit AS a ON a.h = one_record.h
JOIN record AS other_record ON other_record.record_id = other JOIN unit AS b ON b.h = other_record.h
WHERE a.x <> b.x GROUP BY ALL
"""
SHAKEN = f"CREATE OR REPLACE TEMP TABLE shaken AS {STANDING.format(within='SEMI JOIN moved USING (x)')}"
LISTED = "CREATE OR REPLACE TABLE listed AS SELECT CAST(kind AS TEXT) AS kind, CAST(value AS TEXT) AS value FROM told"
AMONG = "WHERE x IN (SELECT x FROM shaken)"
Step = Callable[[str], None]


def make(connection: Statements, rules: Rules, step: Step = lambda _name: None) -> None:
    """Resolve everything that arrived, from nothing."""
    step("normalise")
    normal.call(connection)
    normal.normalise(connection, rules.masks)
    step("nodes")
    connection.execute(NO_RULING)
    listed = np.array(rules.listed, dtype=str).reshape(-1, 2)
    connection.register("told", {"kind": listed[:, 0], "value": listed[:, 1]})
    connection.execute(LISTED)
    connection.unregister("told")
    nodes.make(connection, rules.surnames)
    connection.execute(RULED)
    step("pairs")
    pairs.make(connection, rules.model, rules.thresholds)
    step("groups")
    cluster.make(connection, rules.thresholds)
    step("attach")
    attach.make(connection)
    placed = PLACED.format(standing=STANDING.format(within=""), among="")
    connection.execute(f"CREATE OR REPLACE TABLE grouped AS {placed}")
    connection.execute(f"CREATE OR REPLACE TABLE weighed_for AS SELECT {pairs.named_nodes(connection)} AS nodes")
    step("")


def update(connection: Statements, rules: Rules, step: Step = lambda _name: None) -> bool:
    """Resolve what arrived and what is gone; False where so much changed that all has to be made anew."""
    step("normalise")
    normal.normalise(connection, rules.masks)
    step("nodes")
    nodes.update(connection, rules.surnames)
    connection.execute(RULED)
    if connection.execute("SELECT nodes FROM weighed_for").fetchall()[0][0] != pairs.named_nodes(connection):
        return False
    step("pairs")
    pairs.update(connection, rules.model, rules.thresholds)
    step("groups")
    cluster.update(connection, rules.thresholds)
    step("attach")
    attach.update(connection)
    step("place")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE moved AS SELECT x FROM subset UNION SELECT x FROM again "
        "UNION SELECT x FROM scope UNION SELECT x FROM counted"
    )
    connection.execute(SHAKEN)
    connection.execute("DELETE FROM grouped WHERE n IN (SELECT n FROM shaken) OR n IN (SELECT n FROM gone)")
    connection.execute(f"INSERT INTO grouped {PLACED.format(standing='FROM shaken', among=AMONG)}")
    step("")
    return True
