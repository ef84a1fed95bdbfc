"""The dimensions and metrics that reports know: what each is called, and what it can stand beside."""

from __future__ import annotations

from typing import Any, NamedTuple


class Dimension(NamedTuple):
    """One dimension."""

    name: str
    ui_name: str
    scope: str
    """event, session or item."""


class Metric(NamedTuple):
    """One metric."""

    name: str
    ui_name: str
    kind: str
    scope: str


DIMENSIONS = {
    each.name: each
    for each in (
        Dimension("date", "Date", "event"),
        Dimension("dateHour", "Date + hour (YYYYMMDDHH)", "event"),
        Dimension("hostName", "Hostname", "event"),
        Dimension("pagePath", "Page path", "event"),
        Dimension("eventName", "Event name", "event"),
        Dimension("country", "Country", "event"),
        Dimension("city", "City", "event"),
        Dimension("deviceCategory", "Device category", "event"),
        Dimension("newVsReturning", "New / returning", "event"),
        Dimension("transactionId", "Transaction ID", "event"),
        Dimension("sessionSource", "Session source", "session"),
        Dimension("sessionMedium", "Session medium", "session"),
        Dimension("sessionCampaignName", "Session campaign", "session"),
        Dimension("sessionDefaultChannelGroup", "Session default channel group", "session"),
        Dimension("landingPage", "Landing page", "session"),
        Dimension("itemId", "Item ID", "item"),
        Dimension("itemName", "Item name", "item"),
        Dimension("itemBrand", "Item brand", "item"),
        Dimension("itemCategory", "Item category", "item"),
    )
}
WHOLE, MONEY = "TYPE_INTEGER", "TYPE_CURRENCY"
METRICS = {
    each.name: each
    for each in (
        Metric("activeUsers", "Active users", WHOLE, "event"),
        Metric("totalUsers", "Total users", WHOLE, "event"),
        Metric("newUsers", "New users", WHOLE, "event"),
        Metric("sessions", "Sessions", WHOLE, "session"),
        Metric("engagedSessions", "Engaged sessions", WHOLE, "session"),
        Metric("eventCount", "Event count", WHOLE, "event"),
        Metric("screenPageViews", "Views", WHOLE, "event"),
        Metric("keyEvents", "Key events", "TYPE_FLOAT", "event"),
        Metric("transactions", "Transactions", WHOLE, "event"),
        Metric("ecommercePurchases", "Ecommerce purchases", WHOLE, "event"),
        Metric("purchaseRevenue", "Purchase revenue", MONEY, "event"),
        Metric("totalRevenue", "Total revenue", MONEY, "event"),
        Metric("itemsViewed", "Items viewed", WHOLE, "item"),
        Metric("itemsAddedToCart", "Items added to cart", WHOLE, "item"),
        Metric("itemsCheckedOut", "Items checked out", WHOLE, "item"),
        Metric("itemsPurchased", "Items purchased", WHOLE, "item"),
        Metric("itemRevenue", "Item revenue", MONEY, "item"),
    )
}
CATEGORIES = {"event": "Event", "session": "Traffic source", "item": "Ecommerce"}


def metadata(name: str) -> dict[str, Any]:
    """Return what there is, as `properties/{id}/metadata` tells it."""
    dimensions = [dimension_told(each) for each in DIMENSIONS.values()]
    return {"name": name, "dimensions": dimensions, "metrics": [metric_told(each) for each in METRICS.values()]}


def dimension_told(each: Dimension) -> dict[str, Any]:
    """Return one dimension as it is told."""
    told = {"apiName": each.name, "uiName": each.ui_name, "description": f"{each.ui_name} of the {each.scope}."}
    return {**told, "category": CATEGORIES[each.scope]}


def metric_told(each: Metric) -> dict[str, Any]:
    """Return one metric as it is told."""
    told = {"apiName": each.name, "uiName": each.ui_name, "description": f"{each.ui_name}, counted."}
    return {**told, "type": each.kind, "category": CATEGORIES[each.scope]}


def clash(dimensions: list[str], metrics: list[str]) -> list[str]:
    """Return the names that cannot stand beside the others: items know nothing of sessions, nor sums of items."""
    has_items = any(DIMENSIONS[each].scope == "item" for each in dimensions)
    if not has_items:
        return []
    named = [each for each in dimensions if DIMENSIONS[each].scope == "session"]
    return named + [each for each in metrics if METRICS[each].scope != "item" and each not in FITS_ITEMS]


FITS_ITEMS = {"eventCount", "activeUsers", "totalUsers", "ecommercePurchases", "transactions"}
