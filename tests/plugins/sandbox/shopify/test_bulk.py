"""Exports and imports in the background, from the first word to the last line."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.sandbox.shopify.stage import BACK, ELS, JAN, SOLD, TOM, Caller

RUN = "mutation($q: String!) { bulkOperationRunQuery(query: $q, groupObjects: false) { bulkOperation { id status } "
RUN += "userErrors { field code } } }"
LOOK = "query($id: ID!) { bulkOperation(id: $id) { status url errorCode objectCount rootObjectCount fileSize } }"
STAGE = "mutation($m: StagedUploadHttpMethodType!) { stagedUploadsCreate(input: [{resource: BULK_MUTATION_VARIABLES, "
STAGE += 'filename: "vars.jsonl", mimeType: "text/jsonl", httpMethod: $m}]) { stagedTargets { url parameters { '
STAGE += "name value } } userErrors { field } } }"
IMPORT = "mutation($m: String!, $p: String!) { bulkOperationRunMutation(mutation: $m, stagedUploadPath: $p) { "
IMPORT += "bulkOperation { id } userErrors { field code } } }"
TAG = "mutation($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { node { id } userErrors { field } } }"
ORDERS = "{ orders { edges { node { id name lineItems { edges { node { id sku } } } } } } }"


def begun(caller: Caller, query: str) -> str:
    """Begin an export and return its id."""
    answer = caller.ask(RUN, q=query)["bulkOperationRunQuery"]
    assert (answer["userErrors"], answer["bulkOperation"]["status"]) == ([], "CREATED")
    return str(answer["bulkOperation"]["id"])


def finished(caller: Caller, key: str) -> Any:
    """Look at an operation until it is done."""
    looks = [caller.ask(LOOK, id=key)["bulkOperation"] for _ in range(3)]
    assert [look["status"] for look in looks][:2] == ["RUNNING", looks[2]["status"]]
    return looks[2]


def rows(caller: Caller, operation: Any) -> list[Any]:
    """Fetch the lines, without a token."""
    response = caller.client.get(operation["url"].removeprefix("http://localhost"))
    assert (response.status_code, len(response.data)) == (200, int(operation["fileSize"]))
    return [json.loads(line) for line in response.get_data(as_text=True).splitlines()]


def uploaded(caller: Caller, *lines: Any, method: str = "POST") -> str:
    """Put up a file of variables, and return its path."""
    (target,) = caller.ask(STAGE, m=method)["stagedUploadsCreate"]["stagedTargets"]
    content = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode()
    path, fields = target["url"].removeprefix("http://localhost"), {p["name"]: p["value"] for p in target["parameters"]}
    if method == "PUT":
        assert caller.client.put(path, data=content).status_code == 200
        return str(path.removeprefix("/uploads/"))

    assert caller.client.post(path, data={**fields, "file": (BytesIO(content), "vars.jsonl")}).status_code == 201
    return str(fields["key"])


def test_exports_records_and_their_children_as_lines(caller: Caller) -> None:
    done = finished(caller, begun(caller, ORDERS))
    found = rows(caller, done)
    assert (done["objectCount"], done["rootObjectCount"]) == ("6", "3")
    assert {"id": SOLD, "name": "#1001"} in found
    assert {"id": "gid://shopify/LineItem/8003", "sku": "WW2", "__parentId": BACK} in found


def test_children_need_not_follow_their_parent(caller: Caller) -> None:
    found = rows(caller, finished(caller, begun(caller, ORDERS)))
    assert ["__parentId" in line for line in found] == [False] * 3 + [True] * 3


def test_exports_what_fits_a_search_and_keeps_objects_inside(caller: Caller) -> None:
    query = (
        "{ customers(query: \"updated_at:>='2026-11-17'\") { nodes { id defaultEmailAddress { marketingState } } } }"
    )
    found = rows(caller, finished(caller, begun(caller, query)))
    assert found[0] == {"id": ELS, "defaultEmailAddress": {"marketingState": "SUBSCRIBED"}}
    assert [line["id"] for line in found] == [ELS, TOM]


def test_has_no_file_where_there_are_no_rows(caller: Caller) -> None:
    done = finished(caller, begun(caller, '{ customers(query: "tag:nobody") { nodes { id } } }'))
    assert (done["status"], done["url"], done["objectCount"]) == ("COMPLETED", None, "0")


def test_keeps_the_file_for_seven_days(caller: Caller) -> None:
    path = finished(caller, begun(caller, ORDERS))["url"].removeprefix("http://localhost")
    caller.clock.forward(days=7)
    assert caller.client.get(path).status_code == 200
    caller.clock.forward(seconds=1)
    assert caller.client.get(path).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "{ shop { name } }",
        "{ customers { nodes { id } } orders { nodes { id } } }",
        "{ customers { nodes { name } } }",
        "{ customers { nodes { firstName orders { nodes { id } } } } }",
        "{ customers { nodes { id orders { nodes { id lineItems { nodes { id } } } } } } }",
        "{ orders { nodes { id refunds { id refundLineItems { nodes { id } } } } } }",
        "{ orders { nodes { id " + " ".join(f"{name}: lineItems {{ nodes {{ id }} }}" for name in "abcde") + " } } }",
        TAG,
    ],
)
def test_refuses_queries_that_no_export_takes(caller: Caller, query: str) -> None:
    answer = caller.ask(RUN, q=query)["bulkOperationRunQuery"]
    assert answer == {"bulkOperation": None, "userErrors": [{"field": ["query"], "code": "INVALID"}]}


def test_runs_five_at_once_and_no_sixth(caller: Caller) -> None:
    keys = [begun(caller, ORDERS) for _ in range(5)]
    (error,) = caller.ask(RUN, q=ORDERS)["bulkOperationRunQuery"]["userErrors"]
    assert error["code"] == "LIMIT_REACHED"
    finished(caller, keys[0])
    begun(caller, ORDERS)


def test_fails_where_the_token_may_not_look(caller: Caller) -> None:
    caller.vendor.scopes -= {"read_orders"}
    done = finished(caller, begun(caller, ORDERS))
    assert (done["status"], done["errorCode"], done["url"]) == ("FAILED", "ACCESS_DENIED", None)


def test_can_be_cancelled(caller: Caller) -> None:
    key = begun(caller, ORDERS)
    caller.ask(f'mutation {{ bulkOperationCancel(id: "{key}") {{ bulkOperation {{ status }} }} }}')
    assert caller.ask(LOOK, id=key)["bulkOperation"]["status"] == "CANCELED"


def test_shows_the_newest_operation_the_old_way(caller: Caller) -> None:
    begun(caller, ORDERS)
    key = begun(caller, ORDERS)
    assert caller.ask("{ currentBulkOperation { id } }")["currentBulkOperation"] == {"id": key}


def test_serves_a_file_that_was_made_before_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl"
    file.write_text('{"id":"a"}\n{"id":"b","__parentId":"a"}\n')
    caller = Caller(options={"exports": {"orders": file}})
    done = finished(caller, begun(caller, ORDERS))
    assert (done["objectCount"], done["rootObjectCount"]) == ("2", "1")
    assert rows(caller, done) == [{"id": "a"}, {"id": "b", "__parentId": "a"}]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_imports_line_by_line_and_says_what_became_of_each(caller: Caller, method: str) -> None:
    nobody = "gid://shopify/Customer/1"
    path = uploaded(caller, {"id": ELS, "tags": ["a"]}, {"id": nobody, "tags": ["a"]}, {"id": JAN}, method=method)
    answer = caller.ask(IMPORT, m=TAG, p=path)["bulkOperationRunMutation"]
    good, refused, broken = rows(caller, finished(caller, answer["bulkOperation"]["id"]))
    assert good == {"data": {"tagsAdd": {"node": {"id": ELS}, "userErrors": []}}, "__lineNumber": 0}
    assert (refused["data"]["tagsAdd"]["userErrors"], refused["__lineNumber"]) == ([{"field": ["id"]}], 1)
    assert ("data" in broken, broken["__lineNumber"]) == (False, 2)


@pytest.mark.parametrize(
    ("mutation", "lines", "code"),
    [
        (ORDERS, ["{}"], "INVALID_MUTATION"),
        ("mutation { nothing }", ["{}"], "INVALID_MUTATION"),
        (TAG, ["{", "[]"], "INVALID_STAGED_UPLOAD_FILE"),
    ],
)
def test_refuses_imports_it_cannot_read(caller: Caller, mutation: str, lines: list[str], code: str) -> None:
    answer = caller.ask(IMPORT, m=mutation, p=uploaded(caller, *lines))["bulkOperationRunMutation"]
    assert [error["code"] for error in answer["userErrors"]] == [code]


def test_imports_no_file_that_was_not_put_up(caller: Caller) -> None:
    answer = caller.ask(IMPORT, m=TAG, p="tmp/nothing")["bulkOperationRunMutation"]
    assert [error["code"] for error in answer["userErrors"]] == ["NO_SUCH_FILE"]
    assert caller.client.put("/uploads/tmp/nothing", data=b"{}").status_code == 404
