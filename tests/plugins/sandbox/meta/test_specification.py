"""Every edge, field and parameter is one of the vendor's own list, where that lies beside the repository."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest

from plugins.sandbox.meta.nodes import Node
from tests.plugins.sandbox.meta.contract import AUDIENCE, ROWS
from tests.plugins.sandbox.meta.stage import (
    ANN,
    CATALOGUE,
    COMMENT,
    DATASET,
    FORM,
    INSTAGRAM,
    LEAD,
    MEDIA,
    PAGE,
    POST,
    Caller,
    batch,
    item,
    people,
)  # fmt: skip
from tests.plugins.sandbox.meta.test_catalogue import BAD

FOLDER = Path(__file__).parents[5] / "shared/specs/meta"
ANYWHERE = {"fields", "limit", "after", "before", "since", "until", "summary", "filtering", "access_token", "method"}
"""What every edge takes, and is therefore in no list; `filtering` stands on the page about reading leads."""
KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,), "datetime": (str,), "bool": (bool,), "int": (int,), "unsigned int": (int,), "float": (int, float),
}  # fmt: skip
INSIGHTS = {
    "Page": "metric=page_follows&period=day",
    "PagePost": "metric=post_media_view",
    "IGUser": "metric=reach&period=day",
    "IGMedia": "metric=reach",
}
Specification = dict[str, Any]


class Operation(NamedTuple):
    """One method on one edge of a kind of node."""

    kind: str
    edge: str
    method: str


@pytest.fixture(scope="module")
def specification() -> Specification:
    files = sorted(FOLDER.glob("*.json"))
    if not files:
        pytest.skip("shared/specs/meta is not beside the repository")
    return {file.stem: json.loads(file.read_text("utf-8")) for file in files}


@pytest.fixture
def full(caller: Caller) -> dict[str, str]:
    """Return one node of every kind, by kind."""
    audience = caller.audience()
    caller.post(f"{audience}/users", people([ANN], **batch(1, last=True)))
    caller.items(item())
    feed = caller.post(f"{CATALOGUE}/product_feeds", {"name": "All"})["id"]
    file = {"file": (io.BytesIO(BAD.encode()), "all.csv"), "access_token": caller.vendor.access_token}
    upload = (caller.client.post(f"/v25.0/{feed}/uploads", data=file).json or {})["id"]
    caller.clock.forward(seconds=5)
    return {
        "Page": PAGE,
        "PagePost": POST,
        "Comment": COMMENT,
        "IGUser": INSTAGRAM,
        "IGMedia": MEDIA,
        "IGComment": "1780",
        "LeadgenForm": FORM,
        "Lead": LEAD,
        "CustomAudience": audience,
        "AdsPixel": DATASET,
        "ProductCatalog": CATALOGUE,
        "ProductItem": caller.get(f"{CATALOGUE}/products")["data"][0]["id"],
        "ProductFeed": feed,
        "ProductFeedUpload": upload,
        "ProductFeedUploadError": caller.get(f"{upload}/errors")["data"][0]["id"],
    }


def node_types() -> Iterator[type[Node]]:
    waiting = [Node]
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        yield found


def fields_of(specification: Specification, kind: str) -> dict[str, str]:
    return {each["name"]: each["type"] for each in specification[kind]["fields"]} | {"id": "string"}


def described(specification: Specification, operation: Operation) -> dict[str, Any] | None:
    name = {"": {"DELETE": "#delete", "POST": "#update", "GET": "#get"}[operation.method]}.get(operation.edge)
    apis: list[dict[str, Any]] = specification[operation.kind]["apis"]
    wanted = (operation.method, name or operation.edge)
    return next((each for each in apis if (each["method"], each.get("endpoint") or each.get("name")) == wanted), None)


def wrong_values(fields: dict[str, str], row: dict[str, Any]) -> list[str]:
    found = [f"unknown field {name}" for name in row if name not in fields]
    for name, value in row.items():
        if name == "parent_id" and value is None:  # as in Meta's own example of a comment that answers nothing
            continue
        kind = fields.get(name, "")
        allowed = KINDS.get(kind, (list,) if kind.startswith("list") else ())
        if allowed and (not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed)):
            found.append(f"{name} is {type(value).__name__} and not {kind}")
    return found


def test_every_edge_is_one_of_the_vendors(
    specification: Specification, caller: Caller, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    known = [Operation(*each) for each in caller.vendor.edges if each[0] in specification]
    reads = {Operation(each.kind, "", "GET") for each in known}
    checked = [*reads, *(each for each in known if each.method != "FIELD")]
    assert [each for each in checked if described(specification, each) is None] == []
    fields = [each for each in known if each.method == "FIELD"]
    assert [each for each in fields if each.edge not in fields_of(specification, each.kind)] == []
    record_property("operations checked", len(checked))
    with capsys.disabled():
        sys.stdout.write(f"[{len(checked)} operations checked]")
    assert len(checked) >= 57


def test_every_field_is_one_of_the_vendors(specification: Specification) -> None:
    wrong = [
        f"{each.kind}.{name}"
        for each in node_types()
        if each.kind in specification
        for name in each.known - set(fields_of(specification, each.kind))
    ]
    assert wrong == []


def test_every_node_fits_its_description(specification: Specification, caller: Caller, full: dict[str, str]) -> None:
    known = {each.kind: ",".join(sorted(each.known)) for each in node_types()}
    wrong = []
    for kind, node_id in full.items():
        for who in caller.vendor.nodes[node_id].callers:
            shown = caller.get(node_id, who=who, fields=known[kind])
            wrong += [f"{kind}: {each}" for each in wrong_values(fields_of(specification, kind), shown)]
    assert wrong == []


def test_every_list_holds_what_the_vendor_says(
    specification: Specification, caller: Caller, full: dict[str, str]
) -> None:
    (handle,) = caller.items(item("SKU-2"))["handles"]
    queries = {"insights": INSIGHTS, "check_batch_request_status": {"ProductCatalog": f"handle={handle}"}}
    wrong, checked = [], 0
    for kind, edge, method in caller.vendor.edges:
        api = described(specification, Operation(kind, edge, method)) if kind in full and method == "GET" else None
        if api is None or api["return"] not in specification:
            continue
        query = queries.get(edge, {}).get(kind, "limit=50")
        who = caller.vendor.nodes[full[kind]].callers[-1]
        rows = caller.get(f"{full[kind]}/{edge}?{query}", who=who)["data"]
        checked += bool(rows)
        fields = fields_of(specification, api["return"])
        wrong += [f"{kind}/{edge}: {each}" for row in rows for each in wrong_values(fields, row)]
    assert wrong == []
    assert checked >= 20


def test_every_parameter_is_one_of_the_vendors(specification: Specification, caller: Caller) -> None:
    wrong = []
    for row in ROWS:
        path, _, query = row.path.replace(AUDIENCE, caller.audience()).partition("?")
        node_id, _, edge = urlsplit(path).path.removeprefix("/v20.0/").partition("/")
        node = caller.vendor.nodes.get(node_id)
        if row.status >= 400 or node is None or node.kind not in specification:
            continue
        api = described(specification, Operation(node.kind, edge, row.method)) or {"params": []}
        sent = {*dict(parse_qsl(query)), *(row.body or {})} - ANYWHERE
        wrong += [f"{row.promise}: {name}" for name in sent - {each["name"] for each in api["params"]}]
    assert wrong == []
