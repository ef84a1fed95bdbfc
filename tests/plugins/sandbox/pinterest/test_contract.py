"""The stand-in keeps every row of the documented behaviour."""

from __future__ import annotations

import pytest

from tests.plugins.sandbox.pinterest.contract import ROWS, Row
from tests.plugins.sandbox.pinterest.stage import ANN, LISTS, Caller


@pytest.mark.parametrize("row", ROWS, ids=[row.promise.replace(" ", "_") for row in ROWS])
def test_keeps_its_promise(caller: Caller, row: Row) -> None:
    caller.customer_list(ANN)
    response = caller.call(row.method, row.path, row.body)
    assert response.status_code == row.status, response.get_data(as_text=True)
    assert response.json is not None
    assert {name: response.json.get(name) for name in row.says} == row.says
    if row.status >= 400:
        assert set(response.json) - {"details"} == {"code", "message"}


def test_says_so_when_a_body_is_not_json(caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.vendor.access_token}"}
    response = caller.client.post(LISTS, data="{", headers=headers)
    assert (response.status_code, response.json and response.json["code"]) == (400, 1)


def test_pages_by_bookmarks_that_belong_to_their_list(caller: Caller) -> None:
    for number in range(5):
        caller.customer_list(name=f"List {number}")
    first = caller.get(f"{LISTS}?page_size=2")
    second = caller.get(f"{LISTS}?page_size=2&bookmark={first['bookmark']}")
    third = caller.get(f"{LISTS}?page_size=2&bookmark={second['bookmark']}")
    found = [each["name"] for page in (first, second, third) for each in page["items"]]
    assert found == [f"List {number}" for number in range(5)]
    assert third["bookmark"] is None
    assert caller.refusal("GET", f"/v5/pins?bookmark={first['bookmark']}") == (400, 1)


def test_lists_the_newest_first_when_asked(caller: Caller) -> None:
    caller.customer_list(name="Old")
    caller.customer_list(name="New")
    assert [each["name"] for each in caller.get(f"{LISTS}?order=DESCENDING")["items"]] == ["New", "Old"]


def test_the_settings_lead_a_plugin_to_it(caller: Caller) -> None:
    told = caller.vendor.settings("http://127.0.0.1:1/pinterest")
    assert told["TARGET_PINTEREST_API_URL"] == "http://127.0.0.1:1/pinterest/v5"
    assert {name.partition("_PINTEREST_")[0] for name in told} == {"TAP", "TARGET"}
