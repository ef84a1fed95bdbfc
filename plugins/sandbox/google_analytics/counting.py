"""From events to figures: what each is filed under, and what is counted of each group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from plugins.sandbox.google_analytics.names import DIMENSIONS
from plugins.sandbox.google_analytics.told import COUNTRIES, UNSET, ZONE, Told
from plugins.sandbox.retailer import BrowsedItem

CHANNEL_GROUPS = {
    "(none)": "Direct",
    "organic": "Organic Search",
    "cpc": "Paid Search",
    "email": "Email",
    "referral": "Organic Social",
}


class Counted(NamedTuple):
    """An event, and the article it is counted under where a report is about articles."""

    told: Told
    items: tuple[BrowsedItem, ...]


def _page(each: Counted) -> str:
    return urlsplit(each.told.event.page).path or "/"


VALUES: dict[str, Callable[[Counted], str]] = {
    "date": lambda each: each.told.day.strftime("%Y%m%d"),
    "dateHour": lambda each: each.told.event.at.astimezone(ZONE).strftime("%Y%m%d%H"),
    "hostName": lambda each: each.told.hostname,
    "pagePath": _page,
    "landingPage": _page,
    "eventName": lambda each: each.told.event.name,
    "country": lambda each: COUNTRIES.get(each.told.event.country, "") or UNSET,
    "city": lambda each: each.told.event.city or UNSET,
    "deviceCategory": lambda each: each.told.event.device,
    "newVsReturning": lambda each: "new" if each.told.event.visit == 1 else "returning",
    "transactionId": lambda each: each.told.event.order or UNSET,
    "sessionSource": lambda each: each.told.event.source,
    "sessionMedium": lambda each: each.told.event.medium,
    "sessionCampaignName": lambda each: each.told.event.campaign or UNSET,
    "sessionDefaultChannelGroup": lambda each: CHANNEL_GROUPS.get(each.told.event.medium, "Unassigned"),
    "itemId": lambda each: each.items[0].sku or UNSET,
    "itemName": lambda each: each.items[0].name or UNSET,
    "itemBrand": lambda each: each.items[0].brand or UNSET,
    "itemCategory": lambda each: each.items[0].category or UNSET,
}


def filed(events: Iterable[Told], dimensions: Sequence[str]) -> Iterator[Counted]:
    """Give what is counted: each event, or each article of each event; who refused is not in reports."""
    by_item = any(DIMENSIONS[each].scope == "item" for each in dimensions)
    for told in events:
        if not told.event.may_measure:
            continue
        if by_item:
            yield from (Counted(told, (item,)) for item in told.event.items)
        else:
            yield Counted(told, told.event.items)


def _named(group: Sequence[Counted], name: str) -> list[Counted]:
    return [each for each in group if each.told.event.name == name]


def _pieces(name: str) -> Callable[[Sequence[Counted]], int]:
    return lambda group: sum(item.quantity for each in _named(group, name) for item in each.items)


def _orders(group: Sequence[Counted]) -> int:
    return len({each.told.event.order for each in _named(group, "purchase")})


def _revenue(group: Sequence[Counted]) -> int:
    """Return what was paid, in cents; an order that is told twice counts once."""
    return sum({each.told.event.order: each.told.event.value_cents for each in _named(group, "purchase")}.values())


def _of_items(group: Sequence[Counted]) -> int:
    return sum(item.cents * item.quantity for each in _named(group, "purchase") for item in each.items)


def _browsers(group: Sequence[Counted]) -> int:
    return len({each.told.event.browser for each in group})


def _sessions(group: Sequence[Counted]) -> set[tuple[str, int]]:
    return {(each.told.event.browser, each.told.event.session) for each in group}


FIGURES: dict[str, Callable[[Sequence[Counted]], int]] = {
    "activeUsers": _browsers,
    "totalUsers": _browsers,
    "newUsers": lambda group: len(_named(group, "first_visit")),
    "sessions": lambda group: len(_sessions(group)),
    "engagedSessions": lambda group: len(_sessions(_named(group, "view_item"))),
    "eventCount": len,
    "screenPageViews": lambda group: len(_named(group, "page_view")),
    "keyEvents": lambda group: len(_named(group, "purchase")),
    "transactions": _orders,
    "ecommercePurchases": _orders,
    "purchaseRevenue": _revenue,
    "totalRevenue": _revenue,
    "itemsViewed": _pieces("view_item"),
    "itemsAddedToCart": _pieces("add_to_cart"),
    "itemsCheckedOut": _pieces("begin_checkout"),
    "itemsPurchased": _pieces("purchase"),
    "itemRevenue": _of_items,
}
"""What is counted of a group; money in cents."""


def written(figure: int, kind: str) -> str:
    """Return a figure as an answer holds it: a text."""
    if kind == "TYPE_CURRENCY":
        return f"{figure / 100:.2f}".rstrip("0").rstrip(".")
    return str(figure)
