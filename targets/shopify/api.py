"""How one speaks to a shop: its token, what its refusals say, and what is looked up before a write."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import requests
from typing_extensions import override

from plugins.wire.outbox import Call
from plugins.wire.retry import HopelessError, RefusedError, TransientError
from plugins.wire.sending import LostError, Sender

WHERE = "target-shopify"
PATH = "/graphql.json"
CODE = re.compile(r"[A-Z_]{1,60}")
PASSING = {"INTERNAL_SERVER_ERROR", "TIMEOUT"}
STOPPED = {
    402: "the shop is frozen; its bill waits to be paid",
    423: "the shop is locked; ask Shopify",
    430: "the caller looks suspicious to Shopify; wait, and check who else uses the token",
}
STATES = (
    "defaultEmailAddress { marketingState marketingUpdatedAt } "
    "defaultPhoneNumber { smsMarketingConsent { state updatedAt } }"
)
DISCOUNT = (
    "query($code: String!) { codeDiscountNodeByCode(code: $code) { id codeDiscount { __typename "
    "... on DiscountCodeBasic { codes(first: 1) { nodes { code } } "
    "context { __typename ... on DiscountCustomers { customers { id } } } } } } }"
)
CUSTOMER = "query($email: String!) { customerByIdentifier(identifier: {emailAddress: $email}) { id } }"
ORDERS = "query($id: ID!) { customer(id: $id) { numberOfOrders } }"


class Said(NamedTuple):
    """What the shop holds of one channel of a customer, and since when."""

    state: str | None
    at: str | None


class Discount(NamedTuple):
    """A discount that a code has."""

    id: str
    customers: list[str]


def customer_id(number: str) -> str:
    """Return the global id of a customer."""
    return f"gid://shopify/Customer/{number}"


def call(document: str, variables: Mapping[str, Any]) -> Call:
    """Return the call that sends a document."""
    body = {"query": document, "variables": variables}
    return Call("POST", PATH, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


class Api(Sender):
    """Speaks to one shop."""

    where = WHERE

    def __init__(self, config: Mapping[str, Any]) -> None:
        home = str(config.get("api_url") or f"https://{config['shop']}").rstrip("/")
        super().__init__(f"{home}/admin/api/{config.get('api_version', '2026-10')}", config)
        token = {"X-Shopify-Access-Token": str(config["access_token"])}
        self.location = str(config.get("location_id") or "")
        self.headers = {"Accept": "application/json", "Content-Type": "application/json", **token}
        self.session.hooks["response"].append(_stay)

    @override
    def read(self, call: Call, response: requests.Response) -> Any:
        if response.status_code in STOPPED:
            raise HopelessError(f"{WHERE}: HTTP {response.status_code}: {STOPPED[response.status_code]}")
        answer = super().read(call, response)
        if not isinstance(answer, dict):
            raise LostError("an answer of another shape")
        data = answer.get("data")
        if errors := answer.get("errors"):
            _judge(errors, answer.get("extensions"), bool(data))
        if not isinstance(data, dict):
            raise LostError("an answer without data")
        return data

    @cached_property
    def currency(self) -> str:
        """Return the currency of the shop, in which every discount is."""
        return str(_object(self.ask("{ shop { currencyCode } }", {}), "shop").get("currencyCode"))

    def said(self, customers: Sequence[str]) -> list[dict[str, Said] | None]:
        """Return what the shop holds of each customer for each channel, None of who is not there."""
        numbers = range(len(customers))
        names = ", ".join(f"$c{at}: ID!" for at in numbers)
        fields = " ".join(f"n{at}: customer(id: $c{at}) {{ {STATES} }}" for at in numbers)
        known = {f"c{at}": customer_id(each) for at, each in enumerate(customers)}
        data = self.ask(f"query({names}) {{ {fields} }}", known)
        return [_said(data.get(f"n{at}")) for at in numbers]

    def discount(self, code: str) -> Discount | None:
        """Return the discount that a code has, in any case of letters."""
        data = self.ask(DISCOUNT, {"code": code})
        if "codeDiscountNodeByCode" not in data:
            raise LostError("an answer of another shape")
        node = data["codeDiscountNodeByCode"]
        if node is None:
            return None
        codes = _object(_object(node, "codeDiscount"), "codes").get("nodes") or [{}]
        if str(codes[0].get("code")).lower() != code.lower():
            raise RefusedError("the code is one of several of another discount", 200)
        named = _object(_object(node, "codeDiscount"), "context").get("customers") or []
        return Discount(str(node["id"]), [str(each["id"]) for each in named])

    def customer(self, email: str) -> str | None:
        """Return the global id of the customer with an address."""
        found = self.ask(CUSTOMER, {"email": email}).get("customerByIdentifier")
        return str(found["id"]) if isinstance(found, dict) else None

    def orders(self, customer: str) -> int | None:
        """Return how many orders a customer placed, None where there is no such customer."""
        data = self.ask(ORDERS, {"id": customer_id(customer)})
        if "customer" not in data:
            raise LostError("an answer of another shape")
        found = data["customer"]
        return None if found is None else int(found["numberOfOrders"])

    def ask(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the shop answers to a question."""
        data: dict[str, Any] = self.send(call(document, variables))
        return data


def _said(found: Any) -> dict[str, Said] | None:
    if not isinstance(found, dict):
        return None
    mail = found.get("defaultEmailAddress") or {}
    sms = (found.get("defaultPhoneNumber") or {}).get("smsMarketingConsent") or {}
    return {
        "email": Said(mail.get("marketingState"), mail.get("marketingUpdatedAt")),
        "sms": Said(sms.get("state"), sms.get("updatedAt")),
    }


def _object(found: Any, name: str) -> dict[str, Any]:
    inner = found.get(name) if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}


def _judge(errors: Any, extensions: Any, is_partial: bool) -> None:
    """Raise what cures the errors of an answer; what only a part of it met, the rows say."""
    if not isinstance(errors, list) or not all(isinstance(each, dict) for each in errors):
        raise HopelessError(f"{WHERE}: the request is refused; check the access token and the shop")
    codes = {str((each.get("extensions") or {}).get("code", "")) for each in errors}
    if "ACCESS_DENIED" in codes:
        raise HopelessError(f"{WHERE}: no access; check the scopes of the token")
    if "MAX_COST_EXCEEDED" in codes:
        raise RefusedError("MAX_COST_EXCEEDED", 200)
    if "THROTTLED" in codes:
        raise TransientError(f"{WHERE}: throttled; tried again when there are points", wait_seconds(extensions))
    if not codes <= PASSING:
        raise HopelessError(f"{WHERE}: the document is refused; see whether api_version still has all its fields")
    if not is_partial:
        raise LostError("INTERNAL_SERVER_ERROR")


def wait_seconds(extensions: Any) -> float | None:
    """Return after how long the bucket holds what the document asked for."""
    try:
        cost = extensions["cost"]
        lacking = float(cost["requestedQueryCost"] - cost["throttleStatus"]["currentlyAvailable"])
        return max(0.0, lacking / float(cost["throttleStatus"]["restoreRate"]))
    except (KeyError, TypeError, ZeroDivisionError):
        return None


def code_of(errors: Sequence[Mapping[str, Any]]) -> str:
    """Return the code of the first error of a mutation, which names no person as its message may."""
    code = str(errors[0].get("code") or "")
    return code if CODE.fullmatch(code) else "refused"


def _stay(response: requests.Response, *_: Any, **__: Any) -> None:
    """Refuse to be led elsewhere: a redirected POST arrives as a GET."""
    if response.is_redirect:
        raise HopelessError(f"{WHERE}: the shop redirects; set shop to its myshopify.com name")
