"""Groups: the named nodes that hold together, without a contradiction among them.

Accepted pairs make components. Nodes with a full first name hold together first; one with an initial or less follows
the group it fits best, and never ties two groups together. Where a component holds a contradiction (a pair that
certainly is not one person), its pairs are taken heaviest first, and one that would bring a contradiction together is
refused. Then groups that are one by decision are joined, whatever the model says against it, and only a decision keeps
them apart. Every choice has a total order, on the nodes' content.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mappers.identity.statements import Statements, hashed
from mappers.identity.thresholds import Thresholds

DECIDED = 1000.0
"""The weight of a decision by hand; minus this for one that keeps apart."""
RULED = DECIDED / 2
"""What decisions weigh at least: by hand, or by the source that made two of its records one."""
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

PAIRS = """
SELECT a, b, weight FROM scored {within} WHERE weight >= $accept OR weight <= $veto
UNION ALL
SELECT a, b, weight FROM ruled {within}
"""
NAMED = f"""
SELECT x, h, given IS NOT NULL OR is_decided AS is_full, coalesce(c1, {hashed("given")}, 0) AS called,
       coalesce(c2, c1, {hashed("given")}, 0) AS called_too FROM unit {{within}} WHERE is_named ORDER BY x
"""
# The parts of a scope: what held its nodes before, and what holds them now.
SUBSET = """
CREATE OR REPLACE TEMP TABLE subset AS
WITH near AS (
  SELECT x FROM scope
  UNION SELECT a FROM parted UNION SELECT b FROM parted
  UNION SELECT a FROM scored WHERE (a IN (FROM scope) OR b IN (FROM scope)) AND weight >= $accept
  UNION SELECT b FROM scored WHERE (a IN (FROM scope) OR b IN (FROM scope)) AND weight >= $accept
  UNION SELECT unnest([a, b]) FROM (FROM ruled UNION ALL FROM was_ruled)
), parts AS (SELECT DISTINCT part FROM grouping SEMI JOIN near USING (x))
SELECT x FROM grouping SEMI JOIN parts USING (part) UNION SELECT x FROM near
"""
WITHIN = (
    "SEMI JOIN (SELECT x AS a FROM subset) AS inner_a USING (a) "
    "SEMI JOIN (SELECT x AS b FROM subset) AS inner_b USING (b)"
)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of node places and their weights."""

    a: Ints
    b: Ints
    weight: NDArray[np.float64]

    def where(self, mask: Flags) -> Pairs:
        """Return the pairs that a mask chooses."""
        return Pairs(self.a[mask], self.b[mask], self.weight[mask])


@dataclass(frozen=True, slots=True)
class Names:
    """Which nodes have a full first name, and the families of call names it is in (or its own hash)."""

    is_full: Flags
    called: Ints
    called_too: Ints


def make(connection: Statements, thresholds: Thresholds) -> None:
    """Make `grouping`: x, the part (component) it is in, and the label of its group within it."""
    connection.execute("CREATE OR REPLACE TABLE grouping (x BIGINT, part BIGINT, label BIGINT, is_held BOOLEAN)")
    _group(connection, thresholds, "", "")


def update(connection: Statements, thresholds: Thresholds) -> None:
    """Group again what `scope` touches; leaves `subset` (x), all nodes that were grouped again or are gone."""
    connection.execute(SUBSET, {"accept": thresholds.accept})
    connection.execute("DELETE FROM grouping WHERE x IN (FROM subset)")
    _group(connection, thresholds, WITHIN, "SEMI JOIN subset USING (x)")


def _group(connection: Statements, thresholds: Thresholds, within: str, nodes_within: str) -> None:
    bounds = {"accept": thresholds.accept, "veto": thresholds.veto}
    found = connection.execute(PAIRS.format(within=within), bounds).fetchnumpy()
    named = connection.execute(NAMED.format(within=nodes_within)).fetchnumpy()
    names, content = named["x"], named["h"]
    places = [np.searchsorted(names, found[side]).astype(np.int64) for side in ("a", "b")]
    holding = Pairs(places[0], places[1], found["weight"])
    names_of = Names(named["is_full"], named["called"], named["called_too"])
    parts, labels, held = groups(content, names_of, holding, thresholds)
    connection.register("grouped_now", {"x": names, "part": parts, "label": labels, "is_held": held})
    connection.execute("INSERT INTO grouping FROM grouped_now")
    connection.unregister("grouped_now")


def groups(content: Ints, names: Names, pairs: Pairs, thresholds: Thresholds) -> tuple[Ints, Ints, Flags]:
    """Return for each node its part, its label, and whether it is held because its group is too large.

    `content` is each node's hash: a part or group goes by the least of its nodes'.
    """
    holding, apart = pairs.where(pairs.weight >= thresholds.accept), pairs.where(pairs.weight <= thresholds.veto)
    parts = _components(len(content), holding)
    torn = apart.where(parts[apart.a] == parts[apart.b])
    hot = _tied_by_little(parts, names.is_full, holding)
    hot[parts[torn.a]] = True
    hot[parts[holding.a[holding.weight >= RULED]]] = True
    labels = _untied(content, names, parts, hot, holding, torn) if hot.any() else parts
    held = np.bincount(labels, minlength=1)[labels] > thresholds.largest
    named = _named_by_content(content, labels)
    return _named_by_content(content, parts), np.where(held, content, named), held


def _tied_by_little(parts: Ints, is_full: Flags, holding: Pairs) -> Flags:
    """Return the parts in which nodes of little information tie several groups of full names together."""
    cores = _components(len(parts), holding.where(is_full[holding.a] & is_full[holding.b]))
    found = np.unique(np.stack([parts[is_full], cores[is_full]], axis=1), axis=0)[:, 0]
    return np.bincount(found, minlength=int(parts.max(initial=-1)) + 1) > 1


def _components(size: int, pairs: Pairs) -> Ints:
    from scipy.sparse import coo_array  # a third of a second, which only a resolve with news should pay
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs.a), dtype=np.int8)
    graph = coo_array((ones, (pairs.a, pairs.b)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _named_by_content(content: Ints, labels: Ints) -> Ints:
    least = np.full(labels.max(initial=0) + 1, np.iinfo(np.int64).max)
    np.minimum.at(least, labels, content)
    return least[labels]


def _untied(content: Ints, names: Names, parts: Ints, hot: Flags, holding: Pairs, torn: Pairs) -> Ints:
    """Return labels in which no torn pair is together, and no two groups are tied by a node of little information."""
    forest = Forest(torn)
    inside = np.nonzero(hot[parts])[0]
    for node in inside[names.is_full[inside]].tolist():
        forest.called[node] = {int(names.called[node]), int(names.called_too[node])}
    held, is_little = _heaviest_first(content, names, holding.where(hot[parts[holding.a]] & (holding.weight < RULED)))
    for a, b, little in zip(held.a.tolist(), held.b.tolist(), is_little.tolist(), strict=True):
        forest.join(a, b, may_tie=not little)
    forest.keep_apart(torn.where(torn.weight <= -RULED))
    ruled, _ = _heaviest_first(content, names, holding.where(holding.weight >= RULED))
    for a, b in zip(ruled.a.tolist(), ruled.b.tolist(), strict=True):
        forest.join(a, b, may_tie=True)
    labels = parts.copy()
    labels[inside] = len(hot) + np.array([forest.root(each) for each in inside.tolist()], dtype=np.int64)
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _heaviest_first(content: Ints, names: Names, held: Pairs) -> tuple[Pairs, Flags]:
    """Return the pairs in the order in which they may join, those of full names before others; and which are others."""
    low, high = np.minimum(content[held.a], content[held.b]), np.maximum(content[held.a], content[held.b])
    is_little = ~(names.is_full[held.a] & names.is_full[held.b])
    order = np.lexsort((high, low, -held.weight, is_little))
    return Pairs(held.a[order], held.b[order], held.weight[order]), is_little[order]


class Forest:
    """Groups that grow by joining, and never join what must stay apart."""

    def __init__(self, apart: Pairs) -> None:
        self.parent: dict[int, int] = {}
        self.called: dict[int, set[int]] = {}
        """What a group with a full first name is called, by its root."""
        self.foes: dict[int, set[int]] = {}
        """The nodes that must stay away from a group, by its root."""
        self.keep_apart(apart)

    def keep_apart(self, apart: Pairs) -> None:
        """From now on keep just these apart."""
        self.foes = {}
        for a, b in zip(apart.a.tolist(), apart.b.tolist(), strict=True):
            self.foes.setdefault(self.root(a), set()).add(b)
            self.foes.setdefault(self.root(b), set()).add(a)

    def root(self, node: int) -> int:
        """Return the node its group goes by."""
        while (above := self.parent.setdefault(node, node)) != node:
            self.parent[node] = node = self.parent[above]
        return node

    def join(self, a: int, b: int, *, may_tie: bool) -> None:
        """Join two groups, unless a foe of one is in the other, or they have other names and this may not tie them."""
        a, b = self.root(a), self.root(b)
        if len(self.foes.get(a, ())) > len(self.foes.get(b, ())):
            a, b = b, a
        if (
            a == b
            or not (may_tie or self._may_be_one(a, b))
            or any(self.root(foe) == b for foe in self.foes.get(a, ()))
        ):
            return
        self.parent[a] = b
        self.foes.setdefault(b, set()).update(self.foes.pop(a, ()))
        if names := self.called.pop(a, None):
            self.called.setdefault(b, set()).update(names)

    def _may_be_one(self, a: int, b: int) -> bool:
        one, other = self.called.get(a), self.called.get(b)
        return not one or not other or not one.isdisjoint(other)
