"""Nodes and edges as an answer: only the fields that were named, expanded as deep as was asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from plugins.sandbox.meta.fields import Wanted, picked, wanted
from plugins.sandbox.meta.nodes import Connection, Node
from plugins.sandbox.meta.paging import page
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.refusals import missing, nonexisting_field
from plugins.sandbox.retailer import Retailer
from plugins.sandbox.stand_in import StandIn

Answer = Callable[..., Any]
N = TypeVar("N", bound=Node)


@dataclass
class Graph(StandIn):
    """Every node by its id, and every edge by the kind of node it starts from."""

    name: ClassVar[str] = "meta"
    retailer: Retailer = field(kw_only=True)
    has_empty_pages: bool = field(default=True, kw_only=True)
    """Whether the second page of a long list is empty and still has a next one, as Meta warns of."""

    def __post_init__(self) -> None:
        self.edges: dict[tuple[str, str, str], Answer] = {}
        for name in dir(type(self)):
            for mark in getattr(getattr(type(self), name), "__edges__", ()):
                self.edges[mark] = getattr(self, name)
        super().__post_init__()

    def seed(self) -> None:
        """Start with an empty graph."""
        self.nodes: dict[str, Node] = {}
        self.of_kind: dict[type[Node], dict[str, Any]] = defaultdict(dict)

    def add(self, node: N) -> N:
        """Put a node into the graph."""
        self.nodes[node.id] = self.of_kind[type(node)][node.id] = node
        return node

    def remove(self, node: Node) -> None:
        """Take a node out of the graph."""
        del self.nodes[node.id], self.of_kind[type(node)][node.id]

    def every(self, kind: type[N]) -> list[N]:
        """Return the nodes of a kind, in the order in which they came."""
        return list(self.of_kind[kind].values())

    def find(self, kind: type[N], node_id: str) -> N:
        """Return a node of a kind, or refuse."""
        node = self.nodes.get(node_id)
        if not isinstance(node, kind):
            raise missing(node_id, "GET")
        return node

    def shown(self, node: Node, fields: Sequence[Wanted], parameters: Parameters) -> dict[str, Any]:
        """Return the fields of a node that were named, and always its id."""
        values, body = node.view(is_page=parameters.is_page), {}
        for each in fields or [Wanted(name, {}) for name in node.default]:
            if each.name in node.known:
                if each.name in values:
                    body[each.name] = self._inner(values[each.name], each, parameters)
            elif each.name != "id" and (found := self._expanded(node, each, parameters)) is not None:
                body[each.name] = found
        return {**body, "id": node.id}

    def _inner(self, value: Any, named: Wanted, parameters: Parameters) -> Any:
        if isinstance(value, Node):
            return self.shown(value, named.below, parameters) if named.below else {"id": value.id}
        return picked(value, named.below)

    def _expanded(self, node: Node, named: Wanted, parameters: Parameters) -> Any:
        options = {**named.options, **({"fields": named.text} if named.text else {})}
        inner = parameters.under(f"{node.id}/{named.name}", options)
        if answer := self.edges.get((node.kind, named.name, "FIELD")):
            found = answer(node, inner)
            return self.shown(found, named.below, inner) if found else None
        answer = self.edges.get((node.kind, named.name, "GET"))
        if answer is None:
            raise nonexisting_field(named.name, node.kind)
        return self.listed(answer(node, inner), named.below, inner)

    def listed(self, connection: Connection, fields: Sequence[Wanted], parameters: Parameters) -> dict[str, Any]:
        """Return one page of an edge, with its summary when that was asked for."""
        cut = page(connection, parameters, pauses=self.has_empty_pages)
        rows = [
            self.shown(row, fields, parameters) if isinstance(row, Node) else picked(row, tuple(fields))
            for row in cut.rows
        ]
        body: dict[str, Any] = {"data": rows}
        if cut.paging:
            body["paging"] = cut.paging
        if connection.summary and parameters.text("summary") not in ("", "0", "false"):
            body["summary"] = connection.summary
        return body

    def fields_of(self, parameters: Parameters) -> tuple[Wanted, ...]:
        """Return the fields a call names."""
        text = parameters.text("fields")
        return wanted(",".join(parameters.names("fields")) if text.startswith("[") else text)
