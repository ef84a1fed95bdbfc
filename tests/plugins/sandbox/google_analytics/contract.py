"""The documented behaviour, row by row: what is asked, and what must come back."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.plugins.sandbox.google_analytics.stage import BATCH, PROPERTY, REPORT, asked, names


class Row(NamedTuple):
    """One promise of the vendor's pages."""

    promise: str
    method: str
    path: str
    body: Any = None
    status: int = 200
    says: str = ""
    """What the answer, or the message of the refusal, has in it."""


def filtered(name: str, **told: Any) -> dict[str, Any]:
    """Return a filter on one field."""
    return {"filter": {"fieldName": name, **told}}


ITEMS = {"dimensions": names("itemId"), "metrics": names("itemsViewed")}
GOOGLE = filtered("sessionSource", stringFilter={"value": "google"})
SOURCES = {"dimensions": names("sessionSource"), "metrics": names("sessions")}
TEN = ("date", "dateHour", "hostName", "pagePath", "eventName", "country", "city", "deviceCategory", "transactionId")
DAYS = {"startDate": "7daysAgo", "endDate": "today"}
META = f"/v1beta/properties/{PROPERTY}/metadata"
FITS = f"/v1beta/properties/{PROPERTY}:checkCompatibility"
IN_LIST = filtered("sessionSource", inListFilter={"values": ["Google"]})
MANY = filtered("sessions", numericFilter={"operation": "GREATER_THAN", "value": {"int64Value": "0"}})
BETWEEN = filtered("sessions", betweenFilter={"fromValue": {"int64Value": "1"}, "toValue": {"doubleValue": 9.5}})


def wrong(promise: str, says: str, **body: Any) -> Row:
    """Return a report that is refused with 400."""
    return Row(promise, "POST", REPORT, asked(**body), 400, says)


ROWS = [
    Row("counts by day", "POST", REPORT, asked(), says='"eventCount"'),
    Row("tells every value as text", "POST", REPORT, asked(), says='{"value":"6"}'),
    Row("takes limits as text", "POST", REPORT, asked(limit="1", offset="0"), says='"rowCount":2'),
    Row("takes limits as numbers", "POST", REPORT, asked(limit=1), says='"rowCount":2'),
    Row("cuts limits that are too large", "POST", REPORT, asked(limit="9999999")),
    Row("knows relative days", "POST", REPORT, asked(dateRanges=[DAYS])),
    Row("needs no metric", "POST", REPORT, asked(metrics=[])),
    Row("needs no dimension", "POST", REPORT, asked(dimensions=[]), says='"rowCount":1'),
    Row("compares ranges", "POST", REPORT, asked(dateRanges=[DAYS, DAYS]), says='"dateRange"'),
    Row("adds up", "POST", REPORT, asked(metricAggregations=["TOTAL", "MAXIMUM", "MINIMUM"]), says="RESERVED_TOTAL"),
    Row("filters texts", "POST", REPORT, asked(**SOURCES, dimensionFilter=GOOGLE), says='"rowCount":1'),
    Row("filters lists", "POST", REPORT, asked(**SOURCES, dimensionFilter=IN_LIST), says='"rowCount":1'),
    Row("filters figures", "POST", REPORT, asked(**SOURCES, metricFilter=MANY), says='"rowCount":2'),
    Row("filters between figures", "POST", REPORT, asked(**SOURCES, metricFilter=BETWEEN), says='"rowCount":2'),
    Row(
        "filters what is not so", "POST", REPORT, asked(**SOURCES, dimensionFilter={"notExpression": GOOGLE}),
        says="mailchimp",
    ),
    Row(
        "filters both", "POST", REPORT,
        asked(**SOURCES, dimensionFilter={"andGroup": {"expressions": [GOOGLE, {"notExpression": IN_LIST}]}}),
    ),
    Row(
        "filters either", "POST", REPORT,
        asked(**SOURCES, dimensionFilter={"orGroup": {"expressions": [GOOGLE, IN_LIST]}}), says='"rowCount":1',
    ),
    Row("counts items", "POST", REPORT, asked(**ITEMS), says="SHOE-77-BLU-42"),
    Row("keeps empty rows when asked", "POST", REPORT, asked(**ITEMS, keepEmptyRows=True)),
    Row("tells what is left", "POST", REPORT, asked(returnPropertyQuota=True), says='"tokensPerProjectPerHour"'),
    Row("answers batches", "POST", BATCH, {"requests": [asked(), asked()]}, says="analyticsData#batchRunReports"),
    Row("tells what there is", "GET", META, says='"apiName":"itemId"'),
    Row("tells what all have", "GET", "/v1beta/properties/0/metadata", says="properties/0/metadata"),
    Row("tells what fits", "POST", FITS, ITEMS, says='"INCOMPATIBLE"'),
    Row("tells only what fits", "POST", FITS, {**ITEMS, "compatibilityFilter": "COMPATIBLE"}, says='"COMPATIBLE"'),
    wrong("takes nine dimensions at most", "limited to 9", dimensions=names(*TEN, "newVsReturning")),
    wrong("takes ten metrics at most", "limited to 10", metrics=names(*["sessions"] * 11)),
    wrong("takes four ranges at most", "limited to 4", dateRanges=[DAYS] * 5),
    wrong("knows no other dimension", "Field foo is not a valid dimension", dimensions=names("foo")),
    wrong("knows no user in reports", "Field userId is not a valid dimension", dimensions=names("userId")),
    wrong("knows no other metric", "Field foo is not a valid metric", metrics=names("foo")),
    wrong("needs something", "at least one", dimensions=[], metrics=[]),
    wrong("needs days", "dateRanges", dateRanges=[]),
    wrong("refuses days that are none", "YYYY-MM-DD", dateRanges=[{"startDate": "20261101", "endDate": "x"}]),
    wrong("refuses ranges that run backwards", "Invalid date range",
          dateRanges=[{"startDate": "today", "endDate": "yesterday"}]),
    wrong("refuses reserved names of ranges", "name", dateRanges=[{**DAYS, "name": "date_range_1"}]),
    wrong("knows no other field", 'Unknown name "filter"', filter={}),
    wrong("knows no other field inside", 'Unknown name "nam"', dimensions=[{"nam": "date"}]),
    wrong("keeps items from sessions", "incompatible", dimensions=names("itemId"), metrics=names("sessions")),
    wrong("keeps items from channels", "incompatible", **{**ITEMS, "dimensions": names("itemId", "sessionSource")}),
    wrong("refuses negative offsets", "non-negative", offset="-1"),
    wrong("refuses limits that are no numbers", "TYPE_INT64", limit="many"),
    wrong("refuses to sort by what is not there", "orderBys", orderBys=[{"metric": {"metricName": "sessions"}}]),
    wrong("refuses to filter by what is not there", "not defined", dimensionFilter=GOOGLE),
    wrong("refuses two filters in one", "exactly one", dimensionFilter={"andGroup": {}, "orGroup": {}}),
    wrong("refuses filters it does not know", "exactly one", dimensionFilter=filtered("date", near={})),
    wrong("refuses a name twice", "Duplicate", dimensions=names("date", "date")),
    wrong("plays no cohorts", "not played", cohortSpec={}),
    Row("answers five at most", "POST", BATCH, {"requests": [asked()] * 6}, 400, "limited to 5"),
    Row("refuses a batch for one", "POST", BATCH, {"requests": [asked(), asked(limit="x")]}, 400, "TYPE_INT64"),
    Row("needs the number of the property", "POST", "/v1beta/properties/G-X:runReport", asked(), 400, "numeric"),
    Row("keeps other properties", "POST", "/v1beta/properties/1:runReport", asked(), 403, "sufficient permissions"),
    Row("knows no other path", "GET", f"/v1beta/properties/{PROPERTY}/users", None, 404, "not found"),
    Row("knows no other file", "GET", "/export/events_20200101.jsonl", None, 404, "No such object"),
]  # fmt: skip
