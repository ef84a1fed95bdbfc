"""What a document costs: nothing for a value, one for an object, by `first` for a connection, ten for a mutation.

https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.values import get_argument_values

MUTATION_POINTS, CONNECTION_POINTS = 10, 2
PROMISED = object()
"""Stands for an answer that is not there yet: everything that can come is counted."""


class Price:
    """Prices one operation: what it may cost at most, and what it cost."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], variables: dict[str, Any]
    ) -> None:
        self.schema, self.fragments, self.variables = schema, fragments, variables

    def of(self, operation: OperationDefinitionNode, answer: Any = PROMISED) -> int:
        """Return the points of an operation, or of what it answered."""
        root = self.schema.get_root_type(operation.operation)
        return self._selection(operation.selection_set, root, answer)

    def _selection(self, selections: SelectionSetNode | None, parent: Any, answer: Any) -> int:
        if selections is None or answer is None:
            return 0
        plain, kinds = 0, [0]
        for each in selections.selections:
            points, is_kind = self._selected(each, parent, answer)
            if is_kind:
                kinds.append(points)
            else:
                plain += points
        return plain + max(kinds)

    def _selected(self, node: SelectionNode, parent: Any, answer: Any) -> tuple[int, bool]:
        """Return the points of one selection, and whether it is one of several kinds the answer may be of."""
        if isinstance(node, FieldNode):
            return self._field(node, parent, answer), False
        inner = node if isinstance(node, InlineFragmentNode) else self.fragments[node.name.value]  # type: ignore[attr-defined]
        kind = self.schema.type_map[inner.type_condition.name.value] if inner.type_condition else parent
        return self._selection(inner.selection_set, kind, answer), kind is not parent and is_abstract_type(parent)

    def _field(self, node: FieldNode, parent: Any, answer: Any) -> int:
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or node.name.value not in parent.fields:
            return 0
        field = parent.fields[node.name.value]
        kind = get_named_type(field.type)
        held = answer if answer is PROMISED else answer.get((node.alias or node.name).value)
        if is_leaf_type(kind) or held is None:
            return 0
        if parent is self.schema.mutation_type:
            return MUTATION_POINTS
        size = get_argument_values(field, node, self.variables).get("first")
        if kind.name.endswith("Connection"):
            return CONNECTION_POINTS + self._connection(node, kind, held, size or 0)
        if isinstance(held, list):
            each = [1 + self._selection(node.selection_set, kind, one) for one in held]
            return sum(each) if size is not None else max(each, default=1)
        return (size or 1) * (1 + self._selection(node.selection_set, kind, held))

    def _connection(self, node: FieldNode, kind: Any, held: Any, size: int) -> int:
        """Return the points of the records behind `nodes` and `edges`; the page itself is in the fixed part."""
        points = 0
        for inner in node.selection_set.selections if node.selection_set else ():
            if not isinstance(inner, FieldNode) or inner.name.value not in ("nodes", "edges"):
                continue
            below = get_named_type(kind.fields[inner.name.value].type)
            rows = [PROMISED] * size if held is PROMISED else held[(inner.alias or inner.name).value]
            each = self._row if inner.name.value == "nodes" else self._edge
            points += (
                size * each(inner, below, PROMISED)
                if held is PROMISED
                else sum(each(inner, below, row) for row in rows)
            )
        return points

    def _row(self, node: FieldNode, kind: Any, held: Any) -> int:
        return 1 + self._selection(node.selection_set, kind, held)

    def _edge(self, node: FieldNode, kind: Any, held: Any) -> int:
        return self._selection(node.selection_set, kind, held) or 1
