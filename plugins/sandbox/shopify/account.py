"""The shop behind every document: who may call, how much, in which version, and what is kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from graphql import ExecutionResult, GraphQLError
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import Retailer
from plugins.sandbox.shopify.bucket import Bucket
from plugins.sandbox.shopify.connections import Connection, Key, by_number, connect
from plugins.sandbox.shopify.costs import Price
from plugins.sandbox.shopify.documents import Operation, execute, read, schema
from plugins.sandbox.shopify.names import parted
from plugins.sandbox.shopify.refusals import WRONG_TOKEN, access_denied, throttled, too_costly
from plugins.sandbox.shopify.scopes import EVERYTHING, PROTECTED, REQUIRED
from plugins.sandbox.shopify.search import Filters, Search
from plugins.sandbox.stand_in import StandIn, json_response, route

LIVE_VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
MOST_POINTS = 1000


@dataclass
class Account(StandIn):
    """One shop and one app in it."""

    name: ClassVar[str] = "shopify"
    retailer: Retailer = field(kw_only=True)
    shop: str = field(default="wandelwind-be.myshopify.com", kw_only=True)
    access_token: str = field(default="shpat_" + "5a" * 16, kw_only=True)
    webhook_secret: str = field(default="shpss_" + "7e" * 16, kw_only=True)
    scopes: frozenset[str] = field(default=EVERYTHING, kw_only=True)
    sees_protected_data: bool = field(default=True, kw_only=True)
    """Whether the app was approved for names, addresses and numbers of customers."""
    most_points: int = field(default=MOST_POINTS, kw_only=True)
    """What a single document may cost."""

    def __post_init__(self) -> None:
        self.bucket = Bucket(self.clock())
        self.has_changed = False
        self.path: list[str] = []
        self.idempotency_key = ""
        self.home = ""
        """The address callers reach the sandbox under."""
        self.bulk_page: dict[str, Any] | None = None
        """The page of the root a bulk export is at; all below it is taken whole."""
        self.bulk_cursor: str | None = None
        self.searches: list[dict[str, Any]] = []
        self.numbers: Counter[str] = Counter()
        self.records: dict[tuple[str, int], Any] = {}
        """Every record with a global id."""
        self.kinds: dict[str, dict[int, Any]] = {}
        """The same, by kind."""
        super().__post_init__()

    def new_number(self, kind: str) -> int:
        """Return the next number of a kind of record."""
        self.numbers[kind] += 1
        return self.numbers[kind]

    def keep(self, record: Any) -> Any:
        """Make a record findable by its global id."""
        self.records[record.typename, record.serial] = record
        self.kinds.setdefault(record.typename, {})[record.serial] = record
        self.numbers[record.typename] = max(self.numbers[record.typename], record.serial)
        return record

    def forget(self, record: Any) -> None:
        """Drop a record for good."""
        del self.records[record.typename, record.serial]
        del self.kinds[record.typename][record.serial]

    def of_kind(self, kind: str) -> list[Any]:
        """Return all records of a kind."""
        return list(self.kinds.get(kind, {}).values())

    def found(self, kind: str, key: str) -> Any:
        """Return the record a global id names, None where it is of another kind or not there."""
        named, number = parted(key)
        return self.records.get((kind, number)) if named == kind else None

    def happened(self, topic: str, record: Any) -> None:
        """Take note that something happened to a record; webhooks listen here."""

    def query_node(self, id: str) -> Any:
        """Find any record."""
        return self.records.get(parted(id))

    def authenticate(self, request: Request) -> Response | None:
        """Ask for the token."""
        if not request.path.startswith("/admin"):
            return None
        if request.headers.get("X-Shopify-Access-Token") == self.access_token:
            return None
        return json_response({"errors": WRONG_TOKEN}, 401)

    def problem(self, error: HTTPException) -> Response:
        """Say that there is nothing here."""
        return json_response({"errors": error.name}, error.code or 500)

    def allow(self, name: str) -> None:
        """Refuse a field that the token or the app may not see."""
        scope = REQUIRED.get(name)
        if scope and scope not in self.scopes and not self.replaying:
            raise access_denied(name.partition(".")[2], scope)
        if name in PROTECTED and not self.sees_protected_data and not self.replaying:
            message = f"This app is not approved to access the {name} field."
            raise GraphQLError(message, extensions={"code": "ACCESS_DENIED"})

    @route("/admin/api/<version>/graphql.json", "POST")
    def graphql(self, request: Request, version: str) -> Response:
        """Answer one document; nearly every refusal is 200 too."""
        served, self.home = _served(version), request.url_root.rstrip("/")
        try:
            body = json.loads(request.get_data(cache=True))
            text, variables = body["query"], body.get("variables") or {}
        except (ValueError, KeyError, TypeError, AttributeError):
            return json_response({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        answer = self.answer(text, variables, body.get("operationName"))
        return json_response(answer, headers={"X-Shopify-API-Version": served})

    def answer(self, text: str, variables: dict[str, Any], name: str | None = None) -> dict[str, Any]:
        """Read, price and execute a document against the bucket."""
        operation = read(text, variables, name)
        if isinstance(operation, list):
            return {"errors": [error.formatted for error in operation]}
        price = Price(schema(), operation.fragments, operation.variables)
        points = price.of(operation.node)
        if points > self.most_points and not self.replaying:
            return {"errors": [too_costly(points, self.most_points)], **self._costs(points, None)}
        if points > self.bucket.available(self.clock()) and not self.replaying:
            return {"errors": [throttled()], **self._costs(points, None)}
        self.bucket.take(points)
        result = self.executed(operation, variables)
        actual = min(points, price.of(operation.node, result.data)) if result.data else 0
        self.bucket.take(actual - points)
        return self._told(result, self._costs(points, actual)["extensions"])

    def executed(self, operation: Operation, variables: dict[str, Any]) -> ExecutionResult:
        """Execute an operation, and note whether anything may have changed."""
        self.searches = []
        self.has_changed = self.has_changed or operation.writes
        return execute(operation, self, variables)

    def _told(self, result: ExecutionResult, extensions: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        if any(each["warnings"] for each in self.searches):
            extensions["search"] = self.searches
        return {**answer, "extensions": extensions}

    def _costs(self, requested: int, actual: int | None) -> dict[str, Any]:
        status = self.bucket.status(self.clock())
        cost = {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}
        return {"extensions": {"cost": cost}}

    def listed(
        self, rows: Iterable[Any], filters: Filters, query: str | None = None, key: Key = by_number, **page: Any
    ) -> Connection:
        """Return a page of the rows that fit a search."""
        search = Search(query or "", filters)
        if query:
            self.searches.append({"path": self.path, "query": query, "warnings": search.warnings})
        return connect([row for row in rows if search.fits(row)], key=key, **page)

    def visible_since(self) -> datetime | None:
        """Return the moment before which orders are hidden from the token."""
        return None if "read_all_orders" in self.scopes else self.clock() - timedelta(days=60)

    def _remember(self, change: dict[str, Any]) -> None:
        """Keep what changed something; reading is a POST too and need not be kept."""
        if self.has_changed or "act" in change:
            super()._remember(change)
        self.has_changed = False


def _served(version: str) -> str:
    """Return the version that answers: a dead one is silently the oldest live one."""
    if version in LIVE_VERSIONS or version == "unstable":
        return version
    if len(version) == 7 and version[:4].isdecimal() and version < LIVE_VERSIONS[0]:
        return LIVE_VERSIONS[0]
    raise NotFound
