"""Every document the tap sends is valid by the vendor's own schema, where that lies beside the repository."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_client_schema,
    parse,
    validate,
    visit,
)

from taps.shopify.export import CANCEL, LOOK, RUN
from taps.shopify.streams import STREAMS
from taps.shopify.tap import TapShopify
from tests.taps.shopify.shop import TOKEN

FILE = Path(__file__).parents[4] / "shared/specs/shopify/admin_2026-10.introspection.json.gz"
DEPRECATED = {"InventoryItem.variant"}
"""Fields we ask for although they are deprecated; docs/shopify.md says so."""


@pytest.fixture(scope="module")
def real() -> GraphQLSchema:
    if not FILE.exists():
        pytest.skip("shared/specs/shopify is not beside the repository")
    with gzip.open(FILE) as told:
        return build_client_schema(json.load(told)["data"], assume_valid=True)


def documents() -> dict[str, str]:
    """Return every document by what it is for."""
    tap = TapShopify(config={"shop": "example.myshopify.com", "access_token": TOKEN, "start_date": "2026-01-01"})
    found = {"run": RUN, "look": LOOK, "cancel": CANCEL}
    for kind in STREAMS:
        stream: Any = tap.streams[kind.name]
        found[f"page of {kind.name}"] = stream.document
        if kind.is_exported:
            found[f"export of {kind.name}"] = stream.export
        if kind.children:
            found[f"rest of {kind.name}"] = kind.children.rest
    return found


def test_every_document_is_valid_by_the_vendors_schema(real: GraphQLSchema, capsys: pytest.CaptureFixture[str]) -> None:
    told = documents()
    wrong = [f"{name}: {error.message}" for name, text in told.items() for error in validate(real, parse(text))]
    assert wrong == []
    with capsys.disabled():
        sys.stdout.write(f"[{len(told)} documents checked]")


class Deprecations(Visitor):
    """Notes the deprecated fields of a document."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info, self.found = info, set[str]()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        field, parent = self.info.get_field_def(), self.info.get_parent_type()
        if field and field.deprecation_reason is not None and parent:
            self.found.add(f"{parent.name}.{node.name.value}")


def test_asks_for_no_deprecated_field_but_those_that_are_told_of(real: GraphQLSchema) -> None:
    found = set[str]()
    for text in documents().values():
        info = TypeInfo(real)
        noted = Deprecations(info)
        visit(parse(text), TypeInfoVisitor(info, noted))
        found |= noted.found
    assert found == DEPRECATED
