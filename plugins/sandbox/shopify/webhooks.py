"""Wishes to be told, and the messages they bring: signed, numbered, without waiting for the receiver.

https://shopify.dev/docs/apps/build/webhooks
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

import requests

from plugins.sandbox.shopify.account import LIVE_VERSIONS, Account
from plugins.sandbox.shopify.connections import Connection, connect
from plugins.sandbox.shopify.messages import Body, header_of, message
from plugins.sandbox.shopify.metafields import Record
from plugins.sandbox.shopify.refusals import refused

TIMEOUT_SECONDS = 10


@dataclass(eq=False)
class WebhookSubscription(Record):
    """A wish to be told of one topic."""

    typename: ClassVar[str] = "WebhookSubscription"
    topic: str
    uri: str
    format: str = "JSON"
    filter: str | None = None
    include_fields: list[str] = field(default_factory=list)


@dataclass
class WebhookPaths(Account):
    """Keeps subscriptions, and tells them what happened at the vendor's side or by the API."""

    compliance_url: str = field(default="", kw_only=True)
    """Where the topics go that every app must listen to; it stands in the app's settings, not in a subscription."""

    def seed(self) -> None:
        """Start with nothing sent."""
        super().seed()
        self.last_sent: tuple[str, bytes, dict[str, str]] | None = None

    def query_webhook_subscriptions(self, **page: Any) -> Connection:
        """List the subscriptions."""
        return connect(self.of_kind("WebhookSubscription"), **page)

    def mutate_webhook_subscription_create(self, topic: str, webhook_subscription: Body) -> Body:
        """Subscribe an address to a topic."""
        uri = webhook_subscription.get("uri") or ""
        if urlsplit(uri).scheme not in ("http", "https"):
            raise refused("webhookSubscription.uri", "Address is invalid")
        if any(each.uri == uri and each.topic == topic for each in self.of_kind("WebhookSubscription")):
            raise refused("webhookSubscription.uri", "Address for this topic has already been taken")
        given = [webhook_subscription.get(name) for name in ("format", "filter", "includeFields")]
        number, now = self.new_number("WebhookSubscription"), self.clock()
        made = WebhookSubscription(number, now, now, topic, uri, given[0] or "JSON", given[1], given[2] or [])
        return {"webhookSubscription": self.keep(made)}

    def mutate_webhook_subscription_delete(self, id: str) -> Body:
        """Take a subscription away."""
        held = self.found("WebhookSubscription", id)
        if held is None:
            raise refused("id", "Webhook subscription does not exist")
        self.forget(held)
        return {"deletedWebhookSubscriptionId": held.id}

    def happened(self, topic: str, record: Any) -> None:
        """Tell every subscription of a topic."""
        for each in self.of_kind("WebhookSubscription"):
            if each.topic == topic:
                body = message(topic, record)
                kept = {name: body[name] for name in each.include_fields if name in body} or body
                self.send(each.uri, header_of(topic), kept)

    def comply(self, topic: str, body: Body) -> None:
        """Tell the app what the law demands of it."""
        if self.compliance_url:
            self.send(self.compliance_url, topic, {"shop_id": 1, "shop_domain": self.shop, **body})

    def send(self, url: str, topic: str, body: Body) -> None:
        """Sign a message and send it, later and in the background."""
        content = json.dumps(body, ensure_ascii=False).encode()
        digest = hmac.new(self.webhook_secret.encode(), content, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
            "X-Shopify-Shop-Domain": self.shop,
            "X-Shopify-API-Version": LIVE_VERSIONS[-1],
            "X-Shopify-Webhook-Id": str(uuid.uuid4()),
        }
        self.last_sent = (url, content, headers)
        self.deliver()

    def deliver(self) -> None:
        """Send the last message, for the first time or again under its number."""
        if self.last_sent and not self.replaying:
            threading.Thread(target=_post, args=self.last_sent, daemon=True).start()


def _post(url: str, content: bytes, headers: dict[str, str]) -> None:
    try:
        requests.post(url, data=content, headers=headers, timeout=TIMEOUT_SECONDS)
    except requests.RequestException:
        return
