"""Lists: rows kept in their orders, filters that more than one resource has, pages and their headers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, tzinfo
from math import ceil
from typing import Any
from urllib.parse import quote_plus

from werkzeug.wrappers import Request, Response

from plugins.sandbox.stand_in import json_response
from plugins.sandbox.woocommerce.auth import shop_url
from plugins.sandbox.woocommerce.params import Param, Row, gmt

PAGING = {
    "context": Param(enum=("view", "edit"), default="view"),
    "page": Param("integer", least=1, default=1),
    "per_page": Param("integer", least=1, most=100, default=10),
    "search": Param(default=""),
    "exclude": Param("integers", default=()),
    "include": Param("integers", default=()),
    "offset": Param("integer"),
}
DATES = {name: Param("date") for name in ("after", "before", "modified_after", "modified_before")}
DATED = PAGING | DATES | {"dates_are_gmt": Param("boolean", default=False)}
ORDERBY = ("date", "id", "include", "title", "slug", "modified")
BOUNDS = {"after": "created", "before": "created", "modified_after": "modified", "modified_before": "modified"}


def ordering(order: str, default: str, *enum: str) -> dict[str, Param]:
    """Declare `order` and `orderby` of a list."""
    return {"order": Param(enum=("asc", "desc"), default=order), "orderby": Param(enum=enum, default=default)}


class Table:
    """Rows by id; an order that was asked for once is kept until something changes."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self._orders: dict[tuple[str, bool, bool], list[Row]] = {}

    def put(self, row: Row) -> Row:
        """Add or change a row."""
        self.rows[row["id"]] = row
        self.changed()
        return row

    def drop(self, row_id: int) -> Row:
        """Remove a row and return it."""
        self.changed()
        return self.rows.pop(row_id)

    def changed(self) -> None:
        """Forget the orders: a row is no longer what it was."""
        self._orders.clear()

    def sorted(self, by: str, order: str, key: Callable[[Row], Any], turns_ties: bool = True) -> list[Row]:
        """Return all rows by `key`, ties by id; descending turns the ties too unless told otherwise."""
        asked = (by, order == "desc", turns_ties)
        if asked not in self._orders:
            by_id = sorted(self.rows.values(), key=lambda row: row["id"], reverse=asked[1] and turns_ties)
            self._orders[asked] = sorted(by_id, key=key, reverse=asked[1])
        return self._orders[asked]


def select(rows: Iterable[Row], query: Row) -> list[Row]:
    """Keep what `include` and `exclude` leave, in the order of `include` when asked so."""
    kept, dropped = set(query["include"]), set(query["exclude"])
    chosen = [row for row in rows if row["id"] not in dropped and (not kept or row["id"] in kept)]
    if query["orderby"] == "include" and kept:
        chosen.sort(key=lambda row: query["include"].index(row["id"]))
    return chosen


def by_date(rows: list[Row], query: Row, zone: tzinfo) -> list[Row]:
    """Keep what lies strictly between the dates asked for, read as local time of the shop unless they say otherwise."""
    read_in = UTC if query["dates_are_gmt"] else zone
    for name, kind in BOUNDS.items():
        if not query[name]:
            continue
        field, bound = f"date_{kind}_gmt", gmt(query[name], read_in)
        later = name.endswith("after")
        rows = [row for row in rows if _is_past(row, field, bound, later)]
    return rows


def _is_past(row: Row, field: str, bound: str, later: bool) -> bool:
    at: str = row.get(field) or row["date_created_gmt"]
    return at > bound if later else at < bound


def order_key(by: str) -> Callable[[Row], Any]:
    """Return how posts (products, orders, coupons) are ordered by `by`."""
    fields = {"date": "date_created_gmt", "modified": "date_modified_gmt", "title": "name", "slug": "slug"}
    field = fields.get(by, "id")
    return lambda row: row.get(field) or ""


def trim(row: Row, fields: list[str]) -> Row:
    """Keep the fields asked for, in the order of the record; `a.b` reaches into an object."""
    if not fields:
        return row
    trimmed: Row = {}
    for name, value in row.items():
        below = [field.partition(".")[2] for field in fields if field.partition(".")[0] == name]
        if not below:
            continue
        trimmed[name] = trim(value, below) if all(below) and isinstance(value, dict) else value
    return trimmed


def asked_fields(request: Request) -> list[str]:
    """Return the names in `_fields`."""
    words = request.args.getlist("_fields[]") or request.args.get("_fields", "").split(",")
    return [word.strip() for word in words if word.strip()]


def page(request: Request, rows: list[Row], query: Row, view: Callable[[Row], Row]) -> Response:
    """Answer one page; past the end it is empty, with the totals still told."""
    size = query["per_page"]
    start = query["offset"] if query["offset"] is not None else (query["page"] - 1) * size
    pages = ceil(len(rows) / size)
    fields = asked_fields(request)
    body = [trim(view(row), fields) for row in rows[start : start + size]]
    headers = {"X-WP-Total": str(len(rows)), "X-WP-TotalPages": str(pages)}
    return json_response(body, headers=headers | _links(request, query["page"], pages))


def _links(request: Request, current: int, pages: int) -> dict[str, str]:
    links = []
    if current > 1:
        links.append(f'<{_page_url(request, min(current - 1, pages))}>; rel="prev"')
    if current < pages:
        links.append(f'<{_page_url(request, current + 1)}>; rel="next"')
    return {"Link": ", ".join(links)} if links else {}


def _page_url(request: Request, number: int) -> str:
    asked = request.args.to_dict()
    if request.path.endswith("/orders"):
        asked.pop("status", None)  # the shop forgets this filter in the links of an order list
    asked["page"] = str(number)
    query = "&".join(f"{name}={quote_plus(value)}" for name, value in asked.items())
    return f"{shop_url(request)}{request.path}?{query}"
