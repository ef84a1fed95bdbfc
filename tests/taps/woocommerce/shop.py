"""A shop that answers as WooCommerce does, and in which things happen between two answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import responses
from requests import PreparedRequest

URL = "https://shop.example"
API = f"{URL}/wp-json/wc/v3"
Row = dict[str, Any]
SORTED_BY = {"id": "id", "modified": "date_modified_gmt", "date": "date_created_gmt"}
FILTERS = {"modified_after": "date_modified_gmt", "after": "date_created_gmt"}


class Shop:
    """Lists by path; `meanwhile` are happenings, one after each answer."""

    def __init__(self, http: responses.RequestsMock) -> None:
        self.http = http
        self.rows: dict[str, list[Row]] = {}
        self.asked: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.meanwhile: list[Callable[[], Any]] = []
        self.sends_totals = True

    def has(self, path: str, *rows: Row) -> None:
        """Let a list hold these rows."""
        self.rows[path] = list(rows)
        self.http.add_callback("GET", f"{API}/{path}", callback=lambda request: self._answer(path, request))

    def _answer(self, path: str, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        query = dict(parse_qsl(urlsplit(str(request.url)).query))
        self.asked.append(query)
        self.headers.append(dict(request.headers))
        found, size = self._find(self.rows[path], query), int(query["per_page"])
        start = int(query.get("offset", (int(query.get("page", 1)) - 1) * size))
        body = json.dumps(found[start : start + size])
        if self.meanwhile:
            self.meanwhile.pop(0)()
        counts = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // size))}
        return 200, counts if self.sends_totals else {}, body

    @staticmethod
    def _find(rows: list[Row], query: dict[str, str]) -> list[Row]:
        for name, field in FILTERS.items():
            if name in query:
                assert query[name].endswith("Z"), "without it the shop reads its local time"
                rows = [row for row in rows if row[field] > query[name].removesuffix("Z")]
        if "type" in query:
            rows = [row for row in rows if row.get("type") == query["type"]]
        return sorted(rows, key=lambda row: row[SORTED_BY[query["orderby"]]], reverse=query["order"] == "desc")
