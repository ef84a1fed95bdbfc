"""What all resources of the shop share: its memory, its numbers, its clock, its keys and its manners."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import Retailer
from plugins.sandbox.stand_in import StandIn, json_response
from plugins.sandbox.woocommerce.answers import WooError, cannot_view, no_route, too_many
from plugins.sandbox.woocommerce.auth import refusal, shop_url
from plugins.sandbox.woocommerce.listing import Table, asked_fields, trim
from plugins.sandbox.woocommerce.params import Row, read_body

V3 = "/wp-json/wc/v3"
EDITING = ("PUT", "POST", "PATCH")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BATCH_MOST = 100
FIRST_IDS = {"users": 3, "posts": 10, "terms": 16, "items": 1, "meta": 20, "comments": 12, "webhooks": 1}


@dataclass(kw_only=True)
class Shop(StandIn):
    """One WooCommerce shop: dates in its own zone, ids from the counters WordPress keeps."""

    name: ClassVar[str] = "woocommerce"
    retailer: Retailer
    site_zone: str = "Europe/Amsterdam"
    consumer_key: str = "ck_" + "a1" * 20
    consumer_secret: str = "cs_" + "b2" * 20
    tax_percent: int = 21
    """VAT inside the prices of orders that are made through the API; 0 is a shop without tax rates."""
    batch_most: int = BATCH_MOST
    """How many items a batch may have; a plugin of the shop can change it."""
    users: Table = field(default_factory=Table)
    products: Table = field(default_factory=Table)
    coupons: Table = field(default_factory=Table)
    orders: Table = field(default_factory=Table)
    refunds: Table = field(default_factory=Table)
    categories: Table = field(default_factory=Table)
    brands: Table = field(default_factory=Table)
    notes: Table = field(default_factory=Table)
    webhooks: Table = field(default_factory=Table)
    last_ids: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.site_zone)
        super().__post_init__()

    def new_id(self, kind: str) -> int:
        """Return the next number of a kind; products, coupons, orders and refunds share one row of numbers."""
        self.last_ids[kind] = max(self.last_ids[kind] + 1, FIRST_IDS[kind])
        return self.last_ids[kind]

    def taken(self, kind: str, number: int) -> int:
        """Note that a number is in use, and return it."""
        self.last_ids[kind] = max(self.last_ids[kind], number)
        return number

    def stamp(self, row: Row, field_name: str, at: datetime | None) -> None:
        """Write a moment as the shop does: local time and UTC, neither with an offset."""
        row[field_name] = f"{at.astimezone(self.zone):%Y-%m-%dT%H:%M:%S}" if at else None
        row[f"{field_name}_gmt"] = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" if at else None

    def touch(self, row: Row) -> None:
        """Note that a row changed now."""
        self.stamp(row, "date_modified", self.clock())

    def meta(self, key: str, value: Any) -> Row:
        """Return a new plugin field."""
        return {"id": self.new_id("meta"), "key": key, "value": value}

    def merge_meta(self, row: Row, entries: list[Row]) -> None:
        """Change plugin fields by id or key; the value null deletes."""
        for entry in entries:
            same = [
                each for each in row["meta_data"] if each["id"] == entry.get("id") or each["key"] == entry.get("key")
            ]
            if entry.get("value") is None:
                row["meta_data"] = [each for each in row["meta_data"] if each not in same]
            elif same:
                same[0].update(key=entry.get("key", same[0]["key"]), value=entry["value"])
            else:
                row["meta_data"].append(self.meta(entry.get("key", ""), entry["value"]))

    def authenticate(self, request: Request) -> Response | None:
        """Refuse a wrong proof at once; who is not known at all gets no further than a path that exists."""
        if request.path == "/" and "rest_route" in request.args:
            return self.say(cannot_view())  # keys do not work on the address without permalinks
        wrong = refusal(request, self.consumer_key, self.consumer_secret, self.clock())
        if wrong is None or (wrong.code == cannot_view().code and not self._allowed(request)):
            return None
        return self.say(wrong)

    def perform(self, name: str, /, **params: str) -> None:
        """Let something happen at the shop's side; what the shop itself would refuse raises LookupError."""
        try:
            super().perform(name, **params)
        except WooError as refused:
            raise LookupError(f"{self.name}: {name}: {refused}") from refused

    def problem(self, error: HTTPException) -> Response:
        """Say that there is no such route: the API does not know 405."""
        return self.say(no_route())

    @staticmethod
    def say(error: WooError) -> Response:
        """Answer with a refusal."""
        return json_response(error.body, error.status)

    def _route(self, request: Request) -> Response:
        self._override_method(request)
        try:
            response = super()._route(request)
        except WooError as error:
            response = self.say(error)
        response.content_type = "application/json; charset=UTF-8"
        response.headers.setdefault("Link", f'<{shop_url(request)}/wp-json/>; rel="https://api.w.org/"')
        if response.status_code != 401 and self._is_there(request) and (allowed := self._allowed(request)):
            response.headers["Allow"] = ", ".join(method for method in METHODS if method in allowed)
        return response

    @staticmethod
    def _override_method(request: Request) -> None:
        """Let a POST stand for another method where the host blocks it."""
        other = request.args.get("_method") or request.headers.get("X-HTTP-Method-Override")
        if other and request.method == "POST":
            request.method = request.environ["REQUEST_METHOD"] = other.upper()

    def _allowed(self, request: Request) -> set[str]:
        return set(self.routes.bind_to_environ(request.environ).allowed_methods())

    def _is_there(self, request: Request) -> bool:
        """Tell whether the methods of this path are shown: not for a customer who does not exist."""
        parent, _, last = request.path.rpartition("/")
        return not (parent.endswith("/customers") and last.isdigit()) or int(last) in self.users.rows

    def made(self, request: Request, row: Row, path: str) -> Response:
        """Answer that something was made, and where it is."""
        location = f"{shop_url(request)}{V3}/{path}/{row['id']}"
        return json_response(trim(row, asked_fields(request)), 201, {"Location": location})

    @staticmethod
    def shown(request: Request, row: Row) -> Response:
        """Answer with one record."""
        return json_response(trim(row, asked_fields(request)))

    def batch(
        self,
        request: Request,
        create: Callable[[Row], Row],
        update: Callable[[int, Row], Row],
        delete: Callable[[int], Row],
    ) -> Response:
        """Do many things; each fails for itself, and the whole is 200 all the same."""
        body = read_body(request)
        lists = {name: body[name] or [] for name in ("create", "update", "delete") if name in body}
        if sum(map(len, lists.values())) > self.batch_most:
            raise too_many(self.batch_most)
        deeds: dict[str, Callable[[Any], Row]] = {
            "create": create,
            "update": lambda item: update(_number(item.get("id")), item),
            "delete": lambda item: delete(_number(item)),
        }
        return json_response({name: [_tried(deeds[name], each) for each in items] for name, items in lists.items()})


def _tried(deed: Callable[[Any], Row], item: Any) -> Row:
    try:
        return deed(item)
    except WooError as error:
        asked = item.get("id") if isinstance(item, dict) else item
        return {"id": _number(asked), "error": error.body}


def _number(given: Any) -> int:
    return int(given) if str(given).isdigit() else 0


def links(base: str, path: str, number: int | str, **more: Any) -> Row:
    """Return `_links` of a record: itself and its collection."""
    here = f"{base}{V3}/{path}"
    return {"self": [{"href": f"{here}/{number}"}], "collection": [{"href": here}], **more}


def slug(name: str) -> str:
    """Return a name as it stands in an address."""
    return "-".join("".join(each if each.isalnum() else " " for each in name.lower()).split())
