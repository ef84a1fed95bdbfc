"""The stand-in keeps every row of the documented behaviour."""

from __future__ import annotations

import pytest

from tests.plugins.sandbox.mailchimp.contract import ROWS, Row
from tests.plugins.sandbox.mailchimp.stage import LIST, Caller, basic, member_path


@pytest.mark.parametrize("row", ROWS, ids=[row.promise.replace(" ", "_") for row in ROWS])
def test_keeps_its_promise(caller: Caller, row: Row) -> None:
    response = caller.call(row.method, row.path, row.body)
    assert response.status_code == row.status, response.get_data(as_text=True)
    if row.status == 204:
        assert response.data == b""
        return
    assert response.json is not None
    assert {name: response.json.get(name) for name in row.says} == row.says
    if row.status >= 400:
        assert response.content_type.startswith("application/problem+json")
        assert set(response.json) - {"errors"} == {"type", "title", "status", "detail", "instance"}


def test_names_the_field_that_is_wrong(caller: Caller) -> None:
    answer = caller.put("new@example.com", merge_fields={"BIRTHDAY": "14 March", "SINCE": "soon"}).json
    assert answer
    assert [error["field"] for error in answer["errors"]] == ["BIRTHDAY", "SINCE"]


def test_says_so_when_a_body_is_not_json(caller: Caller) -> None:
    response = caller.client.put(member_path("x@example.com"), data="{", headers=basic(caller.vendor.api_key))
    assert (response.status_code, response.json and response.json["title"]) == (400, "JSON Parse Error")


@pytest.mark.parametrize(
    ("headers", "status", "title"),
    [
        ({}, 401, "API Key Missing"),
        (basic("0" * 32 + "-us6"), 401, "API Key Invalid"),
        ({"Authorization": "Bearer nonsense"}, 401, "API Key Invalid"),
        (basic("sandbox0sandbox0sandbox0sandbox0-us7"), 403, "WrongDatacenter"),
    ],
)
def test_refuses_a_caller_without_the_right_key(
    caller: Caller, headers: dict[str, str], status: int, title: str
) -> None:
    response = caller.call("GET", "/3.0/ping", headers=headers)
    assert (response.status_code, response.json and response.json["title"]) == (status, title)


def test_takes_a_bearer_token_too(caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.vendor.api_key}"}
    assert caller.call("GET", "/3.0/ping", headers=headers).status_code == 200


def test_shows_only_the_fields_that_were_asked_for(caller: Caller) -> None:
    page = caller.get(f"{LIST}/members?fields=members.email_address,members.merge_fields.FNAME,total_items&count=1")
    assert page == {
        "members": [{"email_address": "els@example.com", "merge_fields": {"FNAME": "Els"}}],
        "total_items": 4,
    }


def test_drops_the_fields_that_were_not_wanted(caller: Caller) -> None:
    page = caller.get(f"{LIST}/members?exclude_fields=members._links,_links,members.stats")
    assert "_links" not in page
    assert not {"_links", "stats"} & set(page["members"][0])
