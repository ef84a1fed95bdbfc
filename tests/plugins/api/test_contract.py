"""The description for machines is true: whatever is asked by it, the answers are those that it names."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)

from plugins.api.keys import SCOPES, Keys
from tests.plugins.api.counter import KEY, Shop

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text("utf-8")
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance, ignored_auth,
]  # fmt: skip
BOUNDED = settings(
    max_examples=4, phases=[Phase.generate], deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def routes(shop: Shop) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shop.client.get("/openapi.json").data)
    return found


def test_every_route_keeps_to_its_description_whatever_it_is_sent(shop: Shop) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", shop.app())
    for each in schema.get_all_operations():
        assert isinstance(each, Ok)
        operation = each.ok()

        @given(case=operation.as_strategy())
        @BOUNDED
        def keeps(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {KEY}"}, checks=CHECKS)

        keeps()


def test_the_description_names_the_scope_of_every_route_and_a_key_is_asked_for_it(shop: Shop) -> None:
    described = routes(shop)
    assert described["openapi"].startswith("3.1")
    keys = {"door": "a key for events only", "till": "a key for loyalty only"}
    scopes = {"door": frozenset({"events"}), "till": frozenset({"loyalty"})}
    shop.client.application = shop.app(Keys(keys, scopes))
    for path, methods in described["paths"].items():
        for method, said in methods.items():
            other = "till" if said.get("security") == [{"key": ["events"]}] else "door"
            nothing = {"Authorization": f"Bearer {keys[other]}"}
            found = shop.client.open(path.replace("{profile_id}", "p").replace("{token}", "t"), method=method.upper())
            scoped = shop.client.open(
                path.replace("{profile_id}", "p").replace("{token}", "t"), method=method.upper(), headers=nothing
            )  # fmt: skip
            if "security" in said:
                assert said["security"][0]["key"][0] in SCOPES
                assert (found.status_code, scoped.status_code) == (401, 403), path
            else:
                assert found.status_code in (200, 404), path


def test_every_route_is_in_the_documentation_and_none_is_that_is_not_there(shop: Shop) -> None:
    there = {f"{method.upper()} {path}" for path, each in routes(shop)["paths"].items() for method in each}
    told = {f"{method} {path.partition('?')[0]}" for method, path in
            re.findall(r"\b(GET|POST) +(/[a-z_./{}<>-]+(?:\?\S*)?)", PAGE)}  # fmt: skip
    assert told - there == set()
    silent = {
        each for each in there - told if not re.search(r"/(loyalty/|health|style\.css|preferences/\{|claim/\{)", each)
    }
    assert silent == set()


REQUESTS = re.findall(r"^ *(?:POST (/\S+) +(\{.*\})\n *201 +)(\{.*\n?.*\})?$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("path", "body", "told"), REQUESTS, ids=[each[0] for each in REQUESTS])
def test_what_the_documentation_sends_is_taken(shop: Shop, path: str, body: str, told: str) -> None:
    asked = json.loads(body.replace("…", "x"))
    if "customer" in asked:
        asked["customer"] = {"source": "woocommerce", "id": "ann"}
    if asked.get("link"):
        _, made = shop.post("/receipts/links", {"receipt": {"source": "till", "id": "1042"}})
        asked["link"] = made["url"].rpartition("/")[2]
    status, found = shop.post(path, asked)
    assert status == 201
    assert [each for each in found if f'"{each}": ' not in told] == []


def test_there_are_examples_to_run() -> None:
    assert len(REQUESTS) == 3
