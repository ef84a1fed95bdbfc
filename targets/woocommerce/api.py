"""How one speaks to a shop: its key, what its refusals say, and what is looked up before a write."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from typing_extensions import override

from plugins.wire.outbox import Call
from plugins.wire.retry import HopelessError, RefusedError, TransientError
from plugins.wire.sending import LostError, Sender
from targets.woocommerce.calls import code_of

WHERE = "target-woocommerce"
LOOPBACK = {"127.0.0.1", "localhost"}
NO_ROUTE = "rest_no_route"
ORDERS_PER_PAGE = PRODUCTS_PER_PAGE = 100


class Api(Sender):
    """Speaks to one shop."""

    where = WHERE

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(f"{str(config['api_url']).rstrip('/')}/wp-json/wc/v3", config)
        self.session.auth = (str(config["consumer_key"]), str(config["consumer_secret"]))
        self.session.hooks["response"].append(_stay)
        self.headers = _headers(config)

    @override
    def read(self, call: Call, response: requests.Response) -> Any:
        status, code = response.status_code, _code(response)
        if status == 403 and "json" not in response.headers.get("Content-Type", ""):  # a firewall before the shop
            raise TransientError(f"{WHERE}: HTTP 403 without JSON; tried again later by itself")
        if status == 413 or (status == 404 and code not in ("", NO_ROUTE)):
            raise RefusedError(code or "too large", status)
        return super().read(call, response)

    @override
    def complaint(self, response: requests.Response) -> str:
        return _code(response) or "refused"

    @cached_property
    def currency(self) -> str:
        """Return the currency of the shop, in which every coupon is."""
        answer = self._ask("/data/currencies/current")
        if not isinstance(answer, dict) or "symbol" not in answer:
            raise LostError("an answer of another shape")
        return str(answer.get("code"))

    def coupon(self, code: str) -> int | None:
        """Return the id of the coupon with that code, in any case of letters."""
        rows = self._rows("/coupons", code=code, _fields="id,code")
        found = [row["id"] for row in rows if str(row.get("code")).lower() == code.lower()]
        if rows and not found:
            raise LostError("a look-up of another coupon")
        return int(found[0]) if found else None

    def orders(self, customer: str) -> list[int]:
        """Return the ids of a customer's orders; older shops list thrown away ones only when asked for them."""
        found = (each for status in ("any", "trash") for each in self._orders(customer, status))
        return list(dict.fromkeys(found))

    def products(self, skus: Sequence[str]) -> list[dict[str, Any]]:
        """Return the products and variations with these skus, whatever the case of their letters."""
        fields = "id,sku,type,parent_id,manage_stock"
        rows = self._rows("/products", sku=",".join(skus), per_page=PRODUCTS_PER_PAGE, _fields=fields)
        if {str(row.get("sku")).lower() for row in rows} - {sku.lower() for sku in skus}:
            raise LostError("a look-up of other products")
        if len(rows) == PRODUCTS_PER_PAGE:
            raise LostError("more products than can be looked through")
        return rows

    def _orders(self, customer: str, status: str) -> Iterator[int]:
        seen: set[int] = set()
        asked = {"customer": customer, "status": status, "orderby": "id", "order": "asc", "per_page": ORDERS_PER_PAGE}
        for page in itertools.count(1):
            rows = self._rows("/orders", **asked, page=page, _fields="id,customer_id")
            if any(str(row.get("customer_id")) != customer for row in rows):  # else they would all lose their address
                raise HopelessError(
                    f"{WHERE}: /orders: the shop ignores 'customer'; keep caches and plugins away from /wp-json"
                )
            fresh = [int(row["id"]) for row in rows if int(row["id"]) not in seen]
            if not fresh:
                return
            seen.update(fresh)
            yield from fresh

    def _rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        rows = self._ask(f"{path}?{urlencode(query)}")
        if not isinstance(rows, list) or not all(isinstance(row, dict) and "id" in row for row in rows):
            raise LostError("an answer of another shape")
        return rows

    def _ask(self, path: str) -> Any:
        return self.send(Call("GET", path, b""))


def _headers(config: Mapping[str, Any]) -> dict[str, str]:
    shop = urlsplit(str(config["api_url"]))
    is_sandbox = shop.scheme == "http" and shop.hostname in LOOPBACK
    return {
        "Accept": "application/json",
        "Content-Type": "application/json",
        **({"User-Agent": str(config["user_agent"])} if config.get("user_agent") else {}),
        **({"X-Forwarded-Proto": "https"} if is_sandbox else {}),
    }


def _stay(response: requests.Response, *_: Any, **__: Any) -> None:
    """Refuse to be led elsewhere: a DELETE that is redirected arrives as a GET, and looks done."""
    if response.is_redirect:
        raise HopelessError(f"{WHERE}: the shop redirects; set api_url to the address it leads to")


def _code(response: requests.Response) -> str:
    try:
        return code_of(response.json()) if response.status_code >= 400 else ""
    except ValueError:
        return ""
