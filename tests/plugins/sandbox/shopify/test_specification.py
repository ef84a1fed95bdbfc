"""What the stand-in plays is part of the vendor's own schema, where that lies beside the repository."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_client_schema,
    parse,
    specified_directives,
    validate,
)

from plugins.sandbox.shopify.documents import schema
from plugins.sandbox.shopify.names import snake
from tests.plugins.sandbox.shopify.contract import READS
from tests.plugins.sandbox.shopify.contract_prices import PRICES
from tests.plugins.sandbox.shopify.contract_writes import WRITES
from tests.plugins.sandbox.shopify.stage import Caller

FOLDER = Path(__file__).parents[5] / "shared/specs/shopify"
CHECKED = FOLDER / "checked_documents.json"
DOCUMENTS = json.loads(CHECKED.read_text("utf-8")) if CHECKED.exists() else []
Fielded = GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType


@pytest.fixture(scope="module")
def real() -> GraphQLSchema:
    file = FOLDER / "admin_2026-10.introspection.json.gz"
    if not file.exists():
        pytest.skip("shared/specs/shopify is not beside the repository")
    with gzip.open(file) as told:
        return build_client_schema(json.load(told)["data"], assume_valid=True)


def differences(ours: Any, theirs: Any) -> Iterator[str]:
    """Yield where a type of ours says what the vendor's does not."""
    if theirs is None or type(ours) is not type(theirs):
        yield f"{ours.name}: another kind of type, or none"
    elif isinstance(ours, Fielded):
        for name, field in ours.fields.items():
            yield from field_differences(f"{ours.name}.{name}", field, theirs.fields.get(name))
    elif isinstance(ours, GraphQLEnumType):
        yield from (f"{ours.name}.{value}: no such value" for value in ours.values if value not in theirs.values)
    elif isinstance(ours, GraphQLUnionType):
        known = {each.name for each in theirs.types}
        yield from (f"{ours.name}: {each.name} is none of it" for each in ours.types if each.name not in known)


def field_differences(place: str, ours: Any, theirs: Any) -> Iterator[str]:
    """Yield where a field of ours has another type, another default or arguments of our own."""
    if theirs is None or str(ours.type) != str(theirs.type):
        yield f"{place}: {ours.type} is {theirs and theirs.type}"
        return
    if bool(ours.deprecation_reason) != bool(theirs.deprecation_reason):
        yield f"{place}: deprecated in one, and not in the other"
    for name, argument in getattr(ours, "args", {}).items():
        known = theirs.args.get(name)
        if known is None or str(argument.type) != str(known.type) or argument.default_value != known.default_value:
            yield f"{place}({name}): not the vendor's"
    for name, argument in getattr(theirs, "args", {}).items():
        if str(argument.type).endswith("!") and name not in ours.args:
            yield f"{place}({name}): the vendor wants it"


def test_every_type_field_argument_and_value_is_the_vendors(
    real: GraphQLSchema, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = {name: each for name, each in schema().type_map.items() if not name.startswith("__")}
    wrong = [each for name, kind in ours.items() for each in differences(kind, real.type_map.get(name))]
    assert not wrong, "\n".join(wrong)
    operations = [root for root in (schema().query_type, schema().mutation_type) if root]
    count = sum(len(root.fields) for root in operations)
    with capsys.disabled():
        sys.stdout.write(f"[{count} operations, {len(ours)} types checked]")
    assert count >= 50


def test_what_the_vendor_demands_of_an_input_we_demand_too(real: GraphQLSchema) -> None:
    for name, ours in schema().type_map.items():
        if isinstance(ours, GraphQLInputObjectType):
            theirs: Any = real.type_map[name]
            needed = {key for key, field in theirs.fields.items() if str(field.type).endswith("!")}
            assert needed <= set(ours.fields), name
            assert ours.is_one_of == theirs.is_one_of, name


def test_every_directive_is_the_vendors(real: GraphQLSchema) -> None:
    known = {each.name: {name: str(of.type) for name, of in each.args.items()} for each in real.directives}
    own = [each for each in schema().directives if each not in specified_directives]
    assert {each.name: {name: str(of.type) for name, of in each.args.items()} for each in own}.items() <= known.items()


def test_every_document_of_the_contract_that_we_take_is_taken_by_the_vendor(real: GraphQLSchema) -> None:
    taken = [row for row in (*READS, *WRITES, *PRICES) if not row.error]
    assert len(taken) > 50
    assert [row.promise for row in taken if validate(real, parse(row.document))] == []


@pytest.mark.parametrize("checked", DOCUMENTS, ids=[each["name"].replace(" ", "_") for each in DOCUMENTS])
def test_takes_the_documents_that_were_checked_against_the_vendor(checked: dict[str, str]) -> None:
    assert [error.message for error in validate(schema(), parse(checked["document"]))] == []
    if checked["document"].startswith("mutation("):
        return  # its variables are the business of the contract
    caller = Caller(options={"most_points": 10**6})
    caller.vendor.bucket.size = 10**6
    assert caller.ask(checked["document"]).keys()


def test_every_root_field_has_its_answer() -> None:
    roots = {"query": schema().query_type, "mutate": schema().mutation_type}
    names = [f"{verb}_{snake(name)}" for verb, root in roots.items() if root for name in root.fields]
    assert [name for name in names if not hasattr(Caller().vendor, name)] == []
