"""What a bulk query may ask, and how its answer becomes lines: each record one, children with `__parentId`.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from graphql import FieldNode, InlineFragmentNode, SelectionSetNode, get_named_type

from plugins.sandbox.shopify.documents import Operation, read, schema

MOST_CONNECTIONS, MOST_LEVELS = 5, 2
Line = dict[str, Any]


class Root(NamedTuple):
    """The one field a bulk query begins with."""

    node: FieldNode
    kind: Any

    @property
    def key(self) -> str:
        """The name of the field in the answer."""
        return (self.node.alias or self.node.name).value

    @property
    def is_connection(self) -> bool:
        """Whether the file has many roots."""
        return _is_connection(self.kind)


def checked(text: str) -> Operation | str:
    """Return the operation of a bulk query, or what is wrong with it."""
    operation = read(text, {})
    if isinstance(operation, list):
        return "; ".join(error.message for error in operation)
    roots = operation.node.selection_set.selections
    if operation.writes:
        return "Bulk queries must not be mutations"
    if len(roots) != 1 or not isinstance(roots[0], FieldNode):
        return "Bulk queries must contain exactly one top-level field"
    found = list(_connections(operation, operation.node.selection_set, schema().query_type, 0))
    if not found:
        return "Bulk queries must contain at least one connection"
    if len(found) > MOST_CONNECTIONS:
        return f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections"
    if max(level for level, _ in found) > MOST_LEVELS:
        return f"Bulk queries cannot contain connections with a nesting depth greater than {MOST_LEVELS}"
    if _is_below_list(operation, operation.node.selection_set, schema().query_type):
        return "Queries that contain a connection field within a list field are not supported."
    if not all(has_id for _, has_id in found):
        return "The parent 'node' field for a nested connection must select the 'id' field"
    return operation


def root_of(operation: Operation) -> Root:
    """Return the field a checked bulk query begins with."""
    (node,) = operation.node.selection_set.selections
    assert isinstance(node, FieldNode)
    query = schema().query_type
    assert query
    return Root(node, get_named_type(query.fields[node.name.value].type))


def _is_connection(kind: Any) -> bool:
    return str(kind.name).endswith("Connection")


def fields_of(operation: Operation, selections: SelectionSetNode | None, kind: Any) -> Iterator[tuple[FieldNode, Any]]:
    """Yield the fields a selection asks of a type, through fragments, each with the type it returns."""
    for each in selections.selections if selections else ():
        if isinstance(each, FieldNode):
            field = getattr(kind, "fields", {}).get(each.name.value)
            if field:
                yield each, get_named_type(field.type)
            continue
        inner: Any = each if isinstance(each, InlineFragmentNode) else operation.fragments[each.name.value]  # type: ignore[attr-defined]
        other = schema().type_map[inner.type_condition.name.value] if inner.type_condition else kind
        yield from fields_of(operation, inner.selection_set, other)


def _connections(
    operation: Operation, selections: SelectionSetNode | None, kind: Any, level: int, has_id: bool = True
) -> Iterator[tuple[int, bool]]:
    """Yield the depth of each connection, and whether its parent shows its id."""
    for node, inner in fields_of(operation, selections, kind):
        if not _is_connection(inner):
            yield from _connections(operation, node.selection_set, inner, level, has_id)
            continue
        yield level + 1, has_id
        for row, row_kind in _rows(operation, node, inner):
            shown = {each.name.value for each, _ in fields_of(operation, row.selection_set, row_kind)}
            yield from _connections(operation, row.selection_set, row_kind, level + 1, "id" in shown)


def _is_below_list(operation: Operation, selections: SelectionSetNode | None, kind: Any, within: bool = False) -> bool:
    """Tell whether a connection stands in a plain list, which is no record that lines could belong to."""
    for node, inner in fields_of(operation, selections, kind):
        if _is_connection(inner):
            below = (_is_below_list(operation, row.selection_set, each) for row, each in _rows(operation, node, inner))
            if within or any(below):
                return True
        elif _is_below_list(
            operation, node.selection_set, inner, within or "[" in str(kind.fields[node.name.value].type)
        ):
            return True
    return False


def _rows(operation: Operation, node: FieldNode, kind: Any) -> Iterator[tuple[FieldNode, Any]]:
    """Yield what is asked of each record of a connection: below `nodes`, or below `edges` and `node`."""
    for below, below_kind in fields_of(operation, node.selection_set, kind):
        if below.name.value == "nodes":
            yield below, below_kind
        elif below.name.value == "edges":
            inner = fields_of(operation, below.selection_set, below_kind)
            yield from (each for each in inner if each[0].name.value == "node")


def records(page: Line) -> list[Line]:
    """Return the records of an answered connection, however they were asked for."""
    rows: list[Line] = page.get("nodes") or [edge["node"] for edge in page.get("edges") or ()]
    return rows


def lines(operation: Operation, node: FieldNode, kind: Any, page: Line, parent: str | None = None) -> Iterator[Line]:
    """Yield a line for each record of a connection, and after it those of its own connections."""
    asked = list(_rows(operation, node, kind))
    for row in records(page):
        children: list[Line] = []
        line: Line = {}
        for inner, row_kind in asked:
            line |= _stripped(operation, inner, row_kind, row, row.get("id"), children)
        yield line | ({"__parentId": parent} if parent else {})
        yield from children


def _stripped(
    operation: Operation, node: FieldNode, kind: Any, row: Line, parent: str | None, children: list[Line]
) -> Line:
    """Return a record without its connections, which go to `children`."""
    line: Line = {}
    for field, inner in fields_of(operation, node.selection_set, kind):
        key = (field.alias or field.name).value
        if key not in row:
            continue
        if _is_connection(inner):
            children.extend(lines(operation, field, inner, row[key], parent))
        elif isinstance(row[key], dict):
            line[key] = _stripped(operation, field, inner, row[key], row[key].get("id", parent), children)
        else:
            line[key] = row[key]
    return line
