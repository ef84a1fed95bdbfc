"""What the vendor documents, and what it says when it refuses."""

from __future__ import annotations

import pytest

from tests.plugins.sandbox.google_analytics.contract import ROWS, Row
from tests.plugins.sandbox.google_analytics.stage import REPORT, Caller, asked, names

STATUSES = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}


@pytest.mark.parametrize("row", ROWS, ids=[row.promise for row in ROWS])
def test_keeps_its_contract(caller: Caller, row: Row) -> None:
    response = caller.call(row.method, row.path, row.body)
    said = response.get_data(as_text=True)
    assert response.status_code == row.status, said
    if row.status >= 400:
        error = (response.json or {})["error"]
        assert (error["code"], error["status"]) == (row.status, STATUSES[row.status])
        said = error["message"]
    assert row.says in said


def test_refuses_what_is_no_json_object(caller: Caller) -> None:
    caller.token()
    for text in ("{", "[]"):
        caller.call("GET", "/export")
        headers = {"Authorization": f"Bearer {caller.bearer}"}
        assert caller.client.post(REPORT, data=text, headers=headers).status_code == 400


def test_reads_page_by_page_to_the_count_of_all_rows(caller: Caller) -> None:
    order = [{"dimension": {"dimensionName": "eventName"}}]
    body = {"dimensions": names("eventName"), "orderBys": order}
    whole = caller.rows(**body)
    pages = [caller.report(**body, limit="2", offset=str(at)) for at in range(0, 8, 2)]
    assert {page.get("rowCount") for page in pages} == {len(whole)}
    assert len(whole) == 6
    assert [row["dimensionValues"][0]["value"] for page in pages for row in page.get("rows", [])] == sorted(
        name for name, _ in whole
    )
    assert "rows" not in pages[3]


def test_leaves_rows_out_where_there_is_nothing(caller: Caller) -> None:
    empty = caller.report(dateRanges=[{"startDate": "2026-01-01", "endDate": "2026-01-02"}])
    assert not {"rows", "rowCount"} & empty.keys()


def test_sorts_by_figures_and_by_names(caller: Caller) -> None:
    metric, name = {"metric": {"metricName": "eventCount"}}, {"dimension": {"dimensionName": "eventName"}}
    by = {"dimensions": names("eventName"), "orderBys": [{**metric, "desc": True}, {**name, "desc": True}]}
    assert [row[0] for row in caller.rows(**by)][:2] == ["view_item", "add_to_cart"]
    numeric = {"dimension": {"dimensionName": "date", "orderType": "NUMERIC"}}
    assert [row[0] for row in caller.rows(orderBys=[numeric])] == ["20261115", "20261116"]


def test_counts_what_was_looked_at_laid_aside_and_bought(caller: Caller) -> None:
    metrics = names("itemsViewed", "itemsAddedToCart", "itemsCheckedOut", "itemsPurchased", "itemRevenue")
    assert sorted(caller.rows(dimensions=names("itemId"), metrics=metrics)) == [
        ("SHOE-77-BLU-42", "2", "2", "1", "1", "79.95"),
        ("SOCK-3", "2", "0", "2", "2", "25"),
    ]


def test_counts_by_channel(caller: Caller) -> None:
    metrics = names("sessions", "ecommercePurchases", "purchaseRevenue", "activeUsers")
    assert sorted(caller.rows(dimensions=names("sessionDefaultChannelGroup"), metrics=metrics)) == [
        ("Email", "1", "0", "0", "1"),
        ("Organic Search", "1", "1", "109.9", "1"),
    ]


def test_who_refused_to_be_measured_is_in_no_report(caller: Caller) -> None:
    page_views = {"filter": {"fieldName": "eventName", "stringFilter": {"value": "page_view"}}}
    assert caller.rows(dimensions=names("eventName"), dimensionFilter=page_views) == [("page_view", "1")]


def test_says_nothing_of_a_user_anywhere_in_a_report(caller: Caller) -> None:
    told = caller.call("POST", REPORT, asked(dimensions=names("itemId", "itemName"), metrics=names("itemsViewed")))
    assert "1001" not in told.get_data(as_text=True)
