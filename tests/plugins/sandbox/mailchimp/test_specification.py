"""Every answer fits the vendor's own specification, where that lies beside the repository."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft4Validator

from tests.plugins.sandbox.mailchimp import shop
from tests.plugins.sandbox.mailchimp.contract import ROWS
from tests.plugins.sandbox.mailchimp.stage import ELS, LIST, Caller, member_path

FOLDER = Path(__file__).parents[5] / "shared/specs/mailchimp"
REPORT = "/3.0/reports/c0ffee0001"
MORE = [
    ("POST", f"{LIST}/merge-fields", {"tag": "TIER", "name": "Tier", "type": "text"}),
    ("GET", f"{LIST}/merge-fields/1", None),
    ("PATCH", f"{LIST}/merge-fields/1", {"name": "First"}),
    ("DELETE", f"{LIST}/merge-fields/1", None),
    ("POST", LIST, {"members": [{"email_address": ELS, "language": "fr", "tags": ["a"]}], "update_existing": True}),
    ("POST", LIST, {"members": [{"email_address": ELS, "status": "subscribed"}]}),
    ("POST", f"{member_path(ELS)}/events", {"name": "tier_up", "properties": {"tier": "gold"}, "is_syncing": True}),
    ("GET", f"{member_path(ELS)}/events", None),
    ("GET", f"{member_path(ELS)}/activity-feed", None),
    ("GET", f"{LIST}/segments/30402", None),
    ("POST", f"{LIST}/segments/30402", {"members_to_add": [ELS, "x@example.com"], "members_to_remove": ["y"]}),
    ("POST", f"{LIST}/segments/30402/members", {"email_address": ELS}),
    ("GET", f"{LIST}/segments/30402/members", None),
    ("DELETE", f"{LIST}/segments/30402/members/{member_path(ELS).rpartition('/')[2]}", None),
    ("GET", f"/3.0/search-members?query={ELS}", None),
    ("GET", LIST, None),
    ("GET", "/3.0/campaigns/c0ffee0001", None),
    *(("GET", f"{REPORT}{below}", None) for below in ("", "/email-activity", "/open-details", "/click-details")),
    *(("GET", f"{REPORT}{below}", None) for below in ("/unsubscribed", "/sent-to")),
    ("GET", "/3.0/batches", None),
]


class Operation(NamedTuple):
    """One method on one path of the specification."""

    method: str
    template: str
    responses: dict[str, Any]

    def covers(self, method: str, path: str) -> bool:
        """Tell whether a call is one of this operation."""
        pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(self.template))
        return self.method == method and re.fullmatch(f"/3.0{pattern}", path) is not None


@pytest.fixture(scope="module")
def specification() -> list[Operation]:
    files = sorted(FOLDER.glob("*.swagger.json"))
    if not files:
        pytest.skip("shared/specs/mailchimp is not beside the repository")
    paths = [item for file in files for item in json.loads(file.read_text("utf-8"))["paths"].items()]
    return [
        Operation(method.upper(), template, operation["responses"])
        for template, operations in paths
        for method, operation in operations.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]


def closed(schema: Any) -> Any:
    """Forbid what the specification does not name, and let unset values be the empty text they are in life."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    own = {key: closed(value) for key, value in schema.items()}
    if isinstance(own.get("properties"), dict) and own.get("type") == "object":
        own.setdefault("additionalProperties", False)
    if isinstance(own.get("enum"), list):
        own["enum"] = [*own["enum"], ""]
    return own


def problems(operation: Operation, status: int, body: Any) -> list[str]:
    """Return where an answer leaves the specification."""
    if status < 400 and str(status) not in operation.responses:
        return [f"status {status} is not documented"]
    response = operation.responses.get(str(status), operation.responses["default"])
    if "schema" not in response:
        return [] if body is None else ["a body where there is none"]
    schema = response["schema"] if status >= 400 else closed(response["schema"])
    return [f"{error.json_path}: {error.message[:120]}" for error in Draft4Validator(schema).iter_errors(body)]


def test_every_answer_fits_the_specification(
    specification: list[Operation], record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    checked, wrong = set(), []
    asked = [
        *((Caller, row.method, row.path, row.body) for row in ROWS),
        *((Caller, *each) for each in MORE),
        *((shop.opened, row.method, row.path, row.body) for row in shop.ROWS),
    ]
    for start, method, path, body in asked:
        operation = next((each for each in specification if each.covers(method, urlsplit(path).path)), None)
        if operation is None:
            continue
        response = start().call(method, path, body)
        found = problems(operation, response.status_code, response.json if response.data else None)
        wrong += [f"{method} {operation.template}: {each}" for each in found]
        if response.status_code < 400:
            checked.add((operation.method, operation.template))
    assert not wrong, "\n".join(sorted(set(wrong)))
    record_property("operations checked", len(checked))
    with capsys.disabled():
        sys.stdout.write(f"[{len(checked)} operations checked]")
    assert len(checked) >= 86


def test_follows_the_specification_through_ids_that_it_made_itself(
    specification: list[Operation], caller: Caller
) -> None:
    def made(path: str, body: dict[str, Any]) -> str:
        answer = caller.call("POST", path, body)
        operation = next(each for each in specification if each.covers("POST", path))
        assert problems(operation, answer.status_code, answer.json) == []
        return f"{path}/{(answer.json or {})['id']}"

    batch = made("/3.0/batches", {"operations": [{"method": "GET", "path": "/ping"}]})
    category = made(f"{LIST}/interest-categories", {"title": "Styles", "type": "checkboxes"})
    made(f"{category}/interests", {"name": "Denim"})
    link = caller.get(f"{REPORT}/click-details")["urls_clicked"][0]["id"]
    click = f"{REPORT}/click-details/{link}"
    for path in (*[batch] * 4, category, f"{category}/interests", click, f"{click}/members", member_path(ELS)):
        operation = next(each for each in specification if each.covers("GET", path))
        assert problems(operation, 200, caller.get(path)) == []
