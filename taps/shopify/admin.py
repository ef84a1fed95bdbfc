"""How Shopify's Admin API is asked, and what its refusals mean: most of them come with status 200."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.helpers.types import Context
from typing_extensions import override

from plugins.wire.retry import HopelessError, RefusedKeyError, TransientError
from plugins.wire.stream import Token, VendorStream

Row = dict[str, Any]

LOOPBACK = {"127.0.0.1", "localhost"}
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,80}")
MAX_COST = "MAX_COST_EXCEEDED"
STOPPED = {
    402: "the shop is frozen; its bill waits to be paid",
    404: "there is no such shop or version; check shop and api_version",
    423: "the shop is locked; ask Shopify",
    430: "the caller looks suspicious to Shopify; wait, and check who else uses the token",
}
decoder = msgspec.json.Decoder()


class TooCostlyError(HopelessError):
    """A document costs more than any bucket holds; fewer rows cost less."""


class AdminStream(VendorStream[Token]):
    """Documents for one shop."""

    http_method = "POST"
    payload_as_json = True
    allow_redirects = False
    primary_keys = ("id",)
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    @property
    @override
    def url_base(self) -> str:
        config = self.config
        home = str(config.get("api_url") or f"https://{config['shop']}").rstrip("/")
        return f"{home}/admin/api/{config.get('api_version', '2026-10')}"

    path = "/graphql.json"

    @property
    @override
    def http_headers(self) -> dict[str, str]:
        return {"X-Shopify-Access-Token": self.config["access_token"], "Accept": "application/json"}

    def ask(self, document: str, **variables: Any) -> Row:
        """Return the data of one document."""
        request = self.build_prepared_request(
            method="POST",
            url=self.get_url(None),
            headers=self.http_headers,
            json={"query": document, "variables": variables},
        )
        response = self.request_decorator(self._request)(request, None)
        return answer_of(response, self.where)

    @override
    def validate_response(self, response: requests.Response) -> None:
        if response.status_code in STOPPED:
            raise HopelessError(f"{self.where}: HTTP {response.status_code}: {STOPPED[response.status_code]}")
        if response.is_redirect:
            host = urlsplit(response.headers.get("Location", "")).hostname
            to = host if host and WORD.fullmatch(host.replace("-", "_")) else "another address"
            raise HopelessError(f"{self.where}: the shop redirects to {to}; set shop to its myshopify.com name")
        super().validate_response(response)
        try:
            answer_of(response, self.where)
        except TooCostlyError:
            if not self.asks_for_less(response):
                raise

    def asks_for_less(self, response: requests.Response) -> bool:
        """Tell whether a document that cost too much is followed by a smaller one."""
        return False

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row | None:
        return row


def answer_of(response: requests.Response, where: str) -> Row:
    """Return the data of an answer, or raise what cures it."""
    try:
        answer = decoder.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise TransientError(f"{where}: the answer is not JSON; tried again later by itself") from None
    if not isinstance(answer, dict):
        raise TransientError(f"{where}: the answer is of another shape; tried again later by itself")
    if errors := answer.get("errors"):
        raise _error_of(errors, answer.get("extensions"), where)
    if warnings := _ignored(answer):
        raise HopelessError(f"{where}: the shop does not know the filter {warnings}; see whether the API changed")
    data = answer.get("data")
    if not isinstance(data, dict):
        raise TransientError(f"{where}: the answer has no data; tried again later by itself")
    return data


def _error_of(errors: Any, extensions: Any, where: str) -> Exception:
    """Return the error of the first thing that is wrong; what may pass is told last."""
    if not isinstance(errors, list) or not all(isinstance(each, dict) for each in errors):
        return RefusedKeyError(f"{where}: the request is refused; check the access token and the shop")
    codes = {str((each.get("extensions") or {}).get("code", "")): each for each in reversed(errors)}
    if "ACCESS_DENIED" in codes:
        return RefusedKeyError(f"{where}: no access to {_place(codes['ACCESS_DENIED'])}; check the scopes of the token")
    if MAX_COST in codes:
        return TooCostlyError(f"{where}: the query costs too much; ask for fewer rows at once")
    if "THROTTLED" in codes:
        return TransientError(f"{where}: throttled; tried again when there are points", wait_seconds(extensions))
    if all(code in ("INTERNAL_SERVER_ERROR", "TIMEOUT") for code in codes):
        return TransientError(f"{where}: Shopify failed; tried again later by itself")
    return HopelessError(f"{where}: the query is refused; see whether api_version still has all its fields")


def wait_seconds(extensions: Any) -> float | None:
    """Return after how long the bucket holds what the query asked for."""
    try:
        cost = extensions["cost"]
        status = cost["throttleStatus"]
        lacking = float(cost["requestedQueryCost"] - status["currentlyAvailable"])
        return max(0.0, lacking / float(status["restoreRate"]))
    except (KeyError, TypeError, ZeroDivisionError):
        return None


def _place(error: Row) -> str:
    """Return which field is refused; a path names fields, never a person."""
    path = error.get("path")
    words = [each for each in path if isinstance(each, str)] if isinstance(path, list) else []
    place = ".".join(words)
    return place if WORD.fullmatch(place) else "a field"


def _ignored(answer: Row) -> str:
    searches = (answer.get("extensions") or {}).get("search") or []
    fields = [str(told.get("field")) for each in searches for told in each.get("warnings") or ()]
    return ", ".join(each for each in fields if WORD.fullmatch(each))
