"""Webhooks: who wants to be told of what, and the messages they bring, signed and one after the other.

https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import requests
from werkzeug.wrappers import Request, Response

from plugins.sandbox.stand_in import json_response, route
from plugins.sandbox.woocommerce.answers import WooError
from plugins.sandbox.woocommerce.auth import shop_url
from plugins.sandbox.woocommerce.listing import PAGING, ordering, page, select
from plugins.sandbox.woocommerce.params import Param, Row, check_body, read_body, read_query
from plugins.sandbox.woocommerce.shop import V3, Shop, links

STATUS = ("active", "paused", "disabled")
QUERY = {
    **PAGING,
    **ordering("desc", "date", "date", "id", "title"),
    "status": Param(enum=("all", *STATUS), default="all"),
}
BODY = {
    **{name: Param() for name in ("name", "topic", "secret", "delivery_url")},
    "status": Param(enum=STATUS),
}
EVENTS = ("created", "updated", "deleted", "restored")
TOPICS: dict[str, dict[str, list[str]]] = {
    **{resource: {} for resource in ("customer", "product", "coupon")},
    "order": {"updated": ["woocommerce_update_order", "woocommerce_order_refunded"]},
}
MOST_FAILURES = 5
"""In a row; one more, and the webhook is disabled."""
TIMEOUT_SECONDS = 10
DEFAULT_SECRET = hashlib.md5(b"1|admin", usedforsecurity=False).hexdigest()
"""What the shop signs with where no secret was given: a digest of the user's number and name."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
UNSEEN = ("secret", "home", "failures")


@dataclass(frozen=True, slots=True)
class Message:
    """One message to the address of a webhook; a ping, of which the outcome does not count, has no signature."""

    webhook: Row
    content: bytes
    headers: dict[str, str]
    is_ping: bool = False


class Webhooks(Shop):
    """Answers `/webhooks`, and tells receivers of what was done at the shop or by the API."""

    def seed(self) -> None:
        """Start with nobody who is told."""
        super().seed()
        self.outgoing: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.carrier: threading.Thread | None = None

    @route(f"{V3}/webhooks")
    def list_webhooks(self, request: Request) -> Response:
        query = read_query(request, QUERY)
        rows = select(self.webhooks.sorted("id", query["order"], lambda row: row["id"]), query)
        rows = [row for row in rows if query["status"] in ("all", row["status"])]
        return page(request, rows, query, lambda row: webhook_view(row, shop_url(request)))

    @route(f"{V3}/webhooks", "POST")
    def create_webhook(self, request: Request) -> Response:
        sent = check_body(read_body(request), BODY, ("topic", "delivery_url"))
        resource, _, event = sent["topic"].partition(".")
        if resource not in TOPICS or event not in EVENTS:
            raise WooError("woocommerce_rest_webhook_invalid_topic", "Webhook topic is required and must be valid.")
        row: Row = {
            "id": self.new_id("webhooks"),
            "name": sent.get("name", ""),
            "status": sent.get("status", "active"),
            "topic": sent["topic"],
            "resource": resource,
            "event": event,
            "hooks": TOPICS[resource].get(event, []),
            "delivery_url": sent["delivery_url"],
        }
        self.stamp(row, "date_created", self.clock())
        self.stamp(row, "date_modified", None)
        row |= {"secret": sent.get("secret") or DEFAULT_SECRET, "home": shop_url(request), "failures": 0}
        self._send(Message(row, f"webhook_id={row['id']}".encode(), FORM, is_ping=True))
        return self.made(request, webhook_view(self.webhooks.put(row), shop_url(request)), "webhooks")

    @route(f"{V3}/webhooks/<int:number>", "DELETE")
    def delete_webhook(self, request: Request, number: int) -> Response:
        if number not in self.webhooks.rows:
            raise WooError("woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.", 404)
        row = self.webhooks.drop(number)
        shown = webhook_view(row, shop_url(request))
        row["status"] = "disabled"
        return json_response(shown)

    def happened(self, topic: str, view: Callable[[str], Row]) -> None:
        """Tell every active webhook of a topic; `view` gives the record as the shop at an address shows it."""
        for row in self.webhooks.rows.values():
            if row["topic"] == topic and row["status"] == "active":
                content = json.dumps(view(row["home"]), ensure_ascii=False, separators=(",", ":")).encode()
                self._send(Message(row, content, headers_of(row, content)))

    def _send(self, message: Message) -> None:
        if self.replaying:
            return
        self.outgoing.put(message)
        if self.carrier is None:
            self.carrier = threading.Thread(target=self._carry, daemon=True)
            self.carrier.start()

    def _carry(self) -> None:
        while message := self.outgoing.get():
            row = message.webhook
            if row["status"] != "active" and not message.is_ping:
                continue
            is_taken = _post(row["delivery_url"], message)
            with self.lock:
                self._count(row, is_taken or message.is_ping)

    @staticmethod
    def _count(row: Row, is_taken: bool) -> None:
        row["failures"] = 0 if is_taken else row["failures"] + 1
        if row["failures"] > MOST_FAILURES:
            row["status"] = "disabled"


def headers_of(row: Row, content: bytes) -> dict[str, str]:
    """Return the headers of a message."""
    digest = hmac.new(row["secret"].encode(), content, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": row["home"],
        "X-WC-Webhook-Topic": row["topic"],
        "X-WC-Webhook-Resource": row["resource"],
        "X-WC-Webhook-Event": row["event"],
        "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-WC-Webhook-ID": str(row["id"]),
        "X-WC-Webhook-Delivery-ID": uuid.uuid4().hex,
    }


def webhook_view(row: Row, base: str) -> Row:
    """Return a webhook as the API shows it: without its secret."""
    shown = {name: value for name, value in row.items() if name not in UNSEEN}
    return {**shown, "_links": links(base, "webhooks", row["id"])}


def _post(url: str, message: Message) -> bool:
    try:
        return requests.post(url, data=message.content, headers=message.headers, timeout=TIMEOUT_SECONDS).ok
    except requests.RequestException:
        return False
