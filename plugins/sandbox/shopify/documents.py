"""The documents callers send: read, held against the schema, and executed."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    get_named_type,
    parse,
    validate,
)
from graphql.execution.values import get_directive_values, get_variable_values

from plugins.sandbox.shopify.connections import Connection
from plugins.sandbox.shopify.names import decimal, moment, snake, stamp
from plugins.sandbox.shopify.refusals import Refused, UserError

DOCUMENTS_KEPT = 500
READ = {"DateTime": moment, "Decimal": decimal, "Money": decimal, "UnsignedInt64": str}


class Operation(NamedTuple):
    """One operation of a document, ready to be priced and executed."""

    document: DocumentNode
    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    variables: dict[str, Any]

    @property
    def writes(self) -> bool:
        """Whether it is a mutation."""
        return self.node.operation is OperationType.MUTATION


@cache
def schema() -> GraphQLSchema:
    """Return what the sandbox plays of the vendor's schema."""
    built = build_schema((Path(__file__).parent / "schema.graphql").read_text("utf-8"))
    for name in ("DateTime", "Decimal", "Money", "UnsignedInt64"):
        scalar: Any = built.type_map[name]
        scalar.serialize = stamp if name == "DateTime" else str
        scalar.parse_value = READ[name]
    return built


def read(text: str, variables: dict[str, Any], name: str | None = None) -> Operation | list[GraphQLError]:
    """Return the operation of a document with its variables, or all that is wrong with it."""
    operation = parsed(text, name)
    if isinstance(operation, list):
        return operation
    given = get_variable_values(schema(), operation.node.variable_definitions or (), variables)
    return given if isinstance(given, list) else operation._replace(variables=given)


@lru_cache(maxsize=DOCUMENTS_KEPT)
def parsed(text: str, name: str | None = None) -> Operation | list[GraphQLError]:
    """Return the operation of a document, or all that is wrong with it."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return [error]
    if wrong := validate(schema(), document):
        return wrong
    fragments, operations = {}, []
    for each in document.definitions:
        if isinstance(each, FragmentDefinitionNode):
            fragments[each.name.value] = each
        elif isinstance(each, OperationDefinitionNode) and name in (None, each.name.value if each.name else None):
            operations.append(each)
    if len(operations) != 1:
        return [GraphQLError("An operation name is required")]
    return Operation(document, operations[0], fragments, {})


def execute(operation: Operation, root: Any, variables: dict[str, Any]) -> ExecutionResult:
    """Execute an operation; mutations run one after the other, each for itself."""
    return execute_sync(
        schema(),
        operation.document,
        root,
        root,
        variables,
        operation.node.name.value if operation.node.name else None,
        field_resolver=resolved,
        type_resolver=lambda value, *_: value["__typename"] if isinstance(value, dict) else value.typename,
    )


def resolved(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    """Return a field: an entry, an attribute, or what a method gives for the arguments."""
    vendor = info.context
    vendor.allow(f"{info.parent_type.name}.{info.field_name}")
    given = {snake(name): value for name, value in arguments.items()}
    if vendor.bulk_page and str(get_named_type(info.return_type)).endswith("Connection"):
        given |= vendor.bulk_page if source is vendor else {"first": None, "is_whole": True}
    if source is vendor:
        return _rooted(vendor, info, given)
    found = source.get(info.field_name) if isinstance(source, dict) else getattr(source, snake(info.field_name))
    return found(**given) if callable(found) else found


def _rooted(vendor: Any, info: GraphQLResolveInfo, given: dict[str, Any]) -> Any:
    name = snake(info.field_name)
    if info.parent_type is info.schema.query_type:
        vendor.path = [str(part) for part in info.path.as_list()]
        found = getattr(vendor, f"query_{name}")(**given)
        vendor.bulk_cursor = found.end if isinstance(found, Connection) and found.has_next else None
        return found
    directive = info.schema.get_directive("idempotent")
    assert directive
    told = get_directive_values(directive, info.field_nodes[0], info.variable_values)
    vendor.idempotency_key = told["key"] if told else ""
    try:
        return {"userErrors": [], **getattr(vendor, f"mutate_{name}")(**given)}
    except Refused as refusal:
        return {"userErrors": [_told(error) for error in refusal.errors]}


def _told(error: UserError) -> dict[str, Any]:
    return {
        "__typename": "UserError",
        "field": error.field,
        "message": error.message,
        "code": error.code,
        "elementIndex": error.element_index,
        "extraInfo": error.extra_info,
    }
