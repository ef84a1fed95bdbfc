"""Every answer fits the vendor's own specification, where that lies beside the repository."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft4Validator

from plugins.sandbox.google_analytics.asked import FIELDS, NOT_PLAYED
from plugins.sandbox.google_analytics.report_paths import CHECKED
from tests.plugins.sandbox.google_analytics.contract import ROWS
from tests.plugins.sandbox.google_analytics.stage import PROPERTY, Caller, asked, names

FOLDER = Path(__file__).parents[5] / "shared/specs/google_analytics"
NOT_ANSWERED = {"runPivotReport", "batchRunPivotReports", "runRealtimeReport"}
KINDS = {"STRING": str, "INTEGER": str, "FLOAT": (float, int), "BOOLEAN": bool, "RECORD": dict}
"""How the export writes each kind of column; whole numbers of 64 bits are texts."""


class Operation(NamedTuple):
    """One method of the discovery document."""

    id: str
    method: str
    path: str
    request: str
    response: str

    def covers(self, method: str, path: str) -> bool:
        """Tell whether a call is one of this operation."""
        pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/:]+", re.escape(f"/{self.path}"))
        return self.method == method and re.fullmatch(pattern, path) is not None


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    file = FOLDER / "analyticsdata.v1beta.discovery.json"
    if not file.exists():
        pytest.skip("shared/specs/google_analytics is not beside the repository")
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def operations(resources: dict[str, Any]) -> Iterator[Operation]:
    for resource in resources.values():
        for name, each in resource.get("methods", {}).items():
            said = (each.get(kind, {}).get("$ref", "") for kind in ("request", "response"))
            yield Operation(name, each["httpMethod"], each["flatPath"], *said)
        yield from operations(resource.get("resources", {}))


def closed(schema: Any) -> Any:
    """Forbid what the document does not name, and find its references."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "any":
        return {}
    if set(schema) >= {"$ref"} and isinstance(schema["$ref"], str):
        return {"$ref": f"#/definitions/{schema['$ref']}"}
    own = {key: closed(value) for key, value in schema.items() if key not in ("id", "description")}
    if isinstance(own.get("properties"), dict) and own.get("type") == "object":
        own.setdefault("additionalProperties", False)
    return own


def problems(document: dict[str, Any], name: str, body: Any) -> list[str]:
    """Return where a body leaves the document."""
    definitions = {
        key: {**closed({k: v for k, v in each.items() if k != "properties"}),
              "properties": {k: closed(v) for k, v in each.get("properties", {}).items()},
              "additionalProperties": False}
        for key, each in document["schemas"].items()
    }  # fmt: skip
    validator = Draft4Validator({"$ref": f"#/definitions/{name}", "definitions": definitions})
    return [f"{error.json_path}: {error.message[:120]}" for error in validator.iter_errors(body)]


def test_every_answer_fits_the_specification(
    document: dict[str, Any], record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    known, checked, wrong = list(operations(document["resources"])), set(), []
    for row in ROWS:
        operation = next((each for each in known if each.covers(row.method, urlsplit(row.path).path)), None)
        if operation is None or row.status >= 400:
            continue
        response = Caller().call(row.method, row.path, row.body)
        found = problems(document, operation.response, response.json)
        if operation.request and not any(isinstance(each, int) for each in (row.body or {}).values()):
            found += problems(document, operation.request, row.body)
        wrong += [f"{row.promise}: {each}" for each in found]
        checked.add(operation.id)
    assert not wrong, "\n".join(sorted(set(wrong)))
    record_property("operations checked", len(checked))
    wrong, more = snapshots(document)
    assert wrong == []
    with capsys.disabled():
        sys.stdout.write(f"[{len(checked | more)} operations checked]")
    assert {each.id for each in known} - checked - more == NOT_ANSWERED


def snapshots(document: dict[str, Any]) -> tuple[list[str], set[str]]:
    """Follow a snapshot of an audience through the id that it was given."""
    caller, body = Caller(), {"audience": f"properties/{PROPERTY}/audiences/2"}
    path = f"/v1beta/properties/{PROPERTY}/audienceExports"
    dimensions = [{"dimensionName": "deviceId"}, {"dimensionName": "isAdsPersonalizationAllowed"}]
    made = caller.call("POST", path, {**body, "dimensions": dimensions}).json or {}
    mine, wrong = f"/v1beta/{made['name']}", problems(document, "Operation", made)
    for seconds in (0, 30):
        caller.clock.forward(seconds=seconds)
        wrong += problems(document, "AudienceExport", caller.call("GET", mine).json)
    wrong += problems(document, "ListAudienceExportsResponse", caller.call("GET", f"{path}?pageSize=1").json)
    asked_for, answer = {"limit": "1", "offset": "0"}, caller.call("POST", f"{mine}:query", {"limit": "1"}).json
    wrong += problems(document, "QueryAudienceExportRequest", asked_for)
    return wrong + problems(document, "QueryAudienceExportResponse", answer), {"create", "get", "list", "query"}


def test_knows_the_fields_of_its_requests(document: dict[str, Any]) -> None:
    schemas = document["schemas"]
    assert set(schemas["RunReportRequest"]["properties"]) == FIELDS | NOT_PLAYED
    assert set(schemas["CheckCompatibilityRequest"]["properties"]) == CHECKED
    assert set(schemas["BatchRunReportsRequest"]["properties"]) == {"requests"}


def test_tells_the_quota_with_all_its_parts(document: dict[str, Any]) -> None:
    told = Caller().report(returnPropertyQuota=True)["propertyQuota"]
    assert set(told) == set(document["schemas"]["PropertyQuota"]["properties"])


def test_the_limits_are_those_the_document_tells(document: dict[str, Any]) -> None:
    said = {name: each["description"] for name, each in document["schemas"]["RunReportRequest"]["properties"].items()}
    assert "250,000" in said["limit"]
    assert "10,000" in said["limit"]
    assert "9 dimensions" in document["schemas"]["Dimension"]["description"]
    assert "10 metrics" in document["schemas"]["Metric"]["description"]
    assert "4 date ranges" in document["schemas"]["DateRange"]["description"]


def test_every_column_of_the_export_is_one_of_the_table(document: dict[str, Any]) -> None:
    table = json.loads((FOLDER / "bigquery_events.schema.json").read_text("utf-8"))
    caller, wrong = Caller(), []
    rows = [row for name in caller.files() for row in caller.file(name)]
    for row in rows:
        wrong += list(misplaced(row, table, "row"))
    assert len(rows) == 10
    assert sorted(set(wrong)) == []


def misplaced(row: dict[str, Any], fields: list[dict[str, Any]], place: str) -> Iterator[str]:
    """Give the columns that the table does not have, or has as another kind."""
    known = {each["name"]: each for each in fields}
    for name, value in row.items():
        if name not in known:
            yield f"{place}.{name}: unknown"
            continue
        each = known[name]
        values = value if each["mode"] == "REPEATED" else [value]
        for one in values:
            if one is not None and not isinstance(one, KINDS[each["type"]]):
                yield f"{place}.{name}: {type(one).__name__}"
            elif isinstance(one, dict):
                yield from misplaced(one, each["fields"], f"{place}.{name}")


def test_answers_the_document_does_not_know_of_are_none(document: dict[str, Any]) -> None:
    body = {"requests": [asked(metrics=names("sessions", "purchaseRevenue"), metricAggregations=["COUNT"])]}
    response = Caller().call("POST", f"/v1beta/properties/{PROPERTY}:batchRunReports", body)
    assert problems(document, "BatchRunReportsResponse", response.json) == []
