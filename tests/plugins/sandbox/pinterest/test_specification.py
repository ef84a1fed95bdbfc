"""Every answer fits the vendor's own specification, where that lies beside the repository; so does what is taken."""

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

from plugins.sandbox.pinterest.attributes import KNOWN
from plugins.sandbox.pinterest.conversion import ACTION_SOURCES, CONTENT, CUSTOM, EVENT, EVENT_NAMES, USER
from plugins.sandbox.pinterest.item import MASK
from plugins.sandbox.pinterest.languages import LANGUAGES, LOCALES
from plugins.sandbox.pinterest.operations import ROOT, operation_of
from plugins.sandbox.pinterest.pin import ACCOUNT_METRICS, PIN_METRICS
from tests.plugins.sandbox.pinterest.contract import ROWS
from tests.plugins.sandbox.pinterest.stage import (
    ACCOUNT,
    AUDIENCES,
    BATCH,
    FEEDS,
    ITEMS,
    Caller,
    batch,
    event,
    feed,
    item,
    wanted,
)  # fmt: skip

FILE = Path(__file__).parents[5] / "shared/specs/pinterest/openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")
DAYS = "start_date=2026-10-01&end_date=2026-10-31&metric_types=IMPRESSION,SAVE_RATE,TOTAL_COMMENTS"


class Operation(NamedTuple):
    """One method on one path of the specification."""

    method: str
    template: str
    told: dict[str, Any]

    def covers(self, method: str, path: str) -> bool:
        """Tell whether a call is one of this operation."""
        pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(self.template))
        return self.method == method and re.fullmatch(f"{ROOT}{pattern}", path) is not None


def plain(schema: Any) -> Any:
    """Return a schema of OpenAPI 3.0 as JSON Schema: null where it may be, one of many where several fit."""
    if isinstance(schema, list):
        return [plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    own = {("anyOf" if key == "oneOf" else key): plain(value) for key, value in schema.items()}
    if own.pop("nullable", False) is True:
        return {"anyOf": [own, {"type": "null"}]}
    return own


class Specification:
    """The vendor's operations and schemas."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.components = plain(told["components"])
        every = [Operation(method.upper(), template, each) for template, item in told["paths"].items()
                 for method, each in item.items() if method in METHODS]  # fmt: skip
        self.operations = sorted(every, key=lambda each: each.template.count("{"))

    def find(self, method: str, path: str) -> Operation | None:
        return next((each for each in self.operations if each.covers(method, urlsplit(path).path)), None)

    def wrong(self, schema: dict[str, Any], body: Any) -> list[str]:
        whole = {**plain(schema), "components": self.components}
        found = [f"{each.json_path}: {each.message[:120]}" for each in Draft4Validator(whole).iter_errors(body)]
        return found + [f"{path}: not in the specification" for path in self.unknown(plain(schema), body, "$")]

    def answer(self, operation: Operation, status: int, body: Any) -> list[str]:
        """Return where an answer leaves the specification."""
        responses = operation.told["responses"]
        if status < 400 and str(status) not in responses:
            return [f"status {status} is not documented"]
        content = responses.get(str(status), responses["default"]).get("content")
        if not content:
            return [] if body is None else ["a body where there is none"]
        return self.wrong(content["application/json"]["schema"], body)

    def request(self, operation: Operation, body: Any) -> list[str]:
        """Return where a body that was taken leaves the specification."""
        content = operation.told.get("requestBody", {}).get("content", {}).get("application/json")
        return self.wrong(content["schema"], body) if content and body is not None else []

    def unknown(self, schema: dict[str, Any], body: Any, path: str) -> Iterator[str]:
        """Give the keys that no part of a schema names."""
        parts = list(self.parts(schema))
        if isinstance(body, list):
            below = [each["items"] for each in parts if "items" in each]
            for each in body:
                yield from self.unknown({"allOf": below}, each, f"{path}[]")
        if not isinstance(body, dict) or not any("properties" in each or "items" in each for each in parts):
            return
        for key, value in body.items():
            below = [each["properties"][key] for each in parts if key in each.get("properties", {})]
            if below:
                yield from self.unknown({"allOf": below}, value, f"{path}.{key}")
            elif not any(isinstance(each.get("additionalProperties"), dict) for each in parts):
                yield f"{path}.{key}"

    def parts(self, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield schema
        if isinstance(reference := schema.get("$ref"), str):
            yield from self.parts(self.components["schemas"][reference.rpartition("/")[2]])
        for way in ("allOf", "anyOf"):
            for each in schema.get(way, ()):
                yield from self.parts(each)


@pytest.fixture(scope="module")
def specification() -> Specification:
    if not FILE.exists():
        pytest.skip("shared/specs/pinterest is not beside the repository")
    return Specification(json.loads(FILE.read_text("utf-8")))


def calls(caller: Caller) -> Iterator[tuple[str, str, Any]]:
    """Give the calls that the table of the contract does not make."""
    path = caller.customer_list()
    rule = {"customer_list_id": path.rpartition("/")[2]}
    made = caller.done("POST", AUDIENCES, {"name": "Gold", "audience_type": "CUSTOMER_LIST", "rule": rule})
    audience = f"{AUDIENCES}/{made['id']}"
    yield "GET", AUDIENCES, None
    yield "GET", audience, None
    yield "PATCH", audience, {"name": "Silver", "operation_type": "UPDATE"}
    key = caller.done("POST", BATCH, batch(item(), item("B", title="")))["batch_id"]
    yield "POST", BATCH, batch(item(), item("B", title=""))
    caller.clock.forward(minutes=10)
    yield "GET", audience, None
    yield "GET", f"{BATCH}/{key}", None
    yield "POST", ITEMS, wanted("SKU-1", "B")
    of_feed = f"{FEEDS}/{caller.done('POST', FEEDS, feed())['id']}"
    yield "POST", f"{of_feed}/ingest", None
    caller.vendor.perform("put_file", feed_id=of_feed.rpartition("/")[2], items="9", PRICE_MISSING="1")
    run = caller.done("POST", f"{of_feed}/ingest")["id"]
    yield "GET", f"{of_feed}/processing_results", None
    caller.clock.forward(minutes=10)
    for below in ("", "/processing_results"):
        yield "GET", of_feed + below, None
    yield "PATCH", of_feed, {"name": "Winter", "catalog_type": "RETAIL"}
    yield "GET", f"/v5/catalogs/processing_results/{run}/item_issues", None
    yield "DELETE", of_feed, None
    pin = caller.pin()
    for look in (f"{pin}?pin_metrics=true", "/v5/pins?pin_metrics=true", f"{pin}/analytics?{DAYS}",
                 f"/v5/pins/analytics?pin_ids={pin.rpartition('/')[2]}&{DAYS}"):  # fmt: skip
        yield "GET", look, None
    caller.vendor.perform("follow", username="anna")
    yield "GET", "/v5/user_account/followers", None


def test_every_answer_and_everything_that_is_taken_fits_the_specification(
    specification: Specification, record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    checked, wrong = set(), []

    def check(caller: Caller, method: str, path: str, body: Any) -> None:
        operation = specification.find(method, path)
        if operation is None:
            return
        response = caller.call(method, path, body)
        found = specification.answer(operation, response.status_code, response.json if response.data else None)
        if response.status_code < 400:
            checked.add((operation.method, operation.template))
            found += specification.request(operation, body)
        wrong.extend(f"{method} {operation.template} {response.status_code}: {each}" for each in found)

    for row in ROWS:
        caller = Caller()
        caller.customer_list()
        check(caller, row.method, row.path, row.body)
    caller = Caller()
    for method, path, body in calls(caller):
        check(caller, method, path, body)
    token = caller.token(grant_type="refresh_token", refresh_token=caller.vendor.refresh_token)
    schema = {"$ref": "#/components/schemas/OauthAccessTokenResponseRefresh"}
    wrong += specification.wrong(schema, token.json)
    checked.add(("POST", "/oauth/token"))
    assert not wrong, "\n".join(sorted(set(wrong)))
    record_property("operations checked", len(checked))
    with capsys.disabled():
        sys.stdout.write(f"[{len(checked)} operations checked]")
    assert len(checked) == len([*Caller().vendor.routes.iter_rules()])


def test_the_details_of_a_partial_failure_are_the_answer_itself(specification: Specification, caller: Caller) -> None:
    answer = caller.call("POST", f"{ACCOUNT}/events", {"data": [event(), event(store="x")]})
    assert answer.json
    schema = {"$ref": "#/components/schemas/ConversionApiResponse"}
    assert specification.wrong(schema, answer.json["details"]) == []


def test_every_operation_counts_and_asks_as_the_specification_says(specification: Specification) -> None:
    vendor = Caller().vendor
    for rule in vendor.routes.iter_rules():
        method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        path = re.sub(r"<\w+>", "1", rule.rule)
        operation, ours = specification.find(method, path), operation_of(getattr(vendor, rule.endpoint))
        assert operation, f"{method} {rule.rule} is not in the specification"
        assert ours.category == operation.told["x-ratelimit-category"], rule.rule
        theirs = {scope for each in operation.told["security"] for scope in each.get("pinterest_oauth2", ())}
        assert ours.scopes == theirs, rule.rule
        assert ours.takes_conversion_token == any("conversion_token" in each for each in operation.told["security"])


def test_the_closed_lists_are_those_of_the_specification(specification: Specification) -> None:
    schemas = specification.told["components"]["schemas"]
    assert set(schemas["CatalogsLocale"]["enum"]) == LOCALES
    assert set(schemas["Language"]["enum"]) == LANGUAGES
    assert set(schemas["UpdateMaskFieldType"]["enum"]) == MASK
    whole = [schemas["UpdatableItemAttributes"], schemas["ItemAttributesRequest"]["allOf"][0]]
    assert {name for each in whole for name in each["properties"]} == KNOWN
    one = schemas["ConversionEvents"]["properties"]["data"]["items"]["properties"]
    custom = one["custom_data"]["properties"]
    assert set(re.findall(r"`(\w+)`", one["event_name"]["description"])) == EVENT_NAMES
    assert set(re.findall(r"`(\w+)`", one["action_source"]["description"])) == ACTION_SOURCES
    assert (set(one), set(custom)) == (set(EVENT), set(CUSTOM))
    assert set(custom["contents"]["items"]["properties"]) == set(CONTENT)
    assert set(schemas["ConversionEventsUserDataProperties"]["properties"]) == set(USER)
    parameters = specification.told["components"]["parameters"]
    assert set(parameters["query_metric_types"]["schema"]["items"]["enum"]) == set(ACCOUNT_METRICS)
    kinds = parameters["query_pin_analytics_metric_types"]["schema"]["items"]["oneOf"]
    assert {each for kind in kinds for each in kind["enum"]} == set(PIN_METRICS)
