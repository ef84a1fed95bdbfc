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
from plugins.sandbox.shopify.bulk import BulkOperation
from plugins.sandbox.shopify.checkout import AbandonedCheckout
from plugins.sandbox.shopify.connections import Connection, connect
from plugins.sandbox.shopify.customer import Customer
from plugins.sandbox.shopify.metafields import Record
from plugins.sandbox.shopify.names import amount, stamp
from plugins.sandbox.shopify.order import Order
from plugins.sandbox.shopify.refusals import refused

TIMEOUT_SECONDS = 10
Body = dict[str, Any]


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
                body = about(topic, record)
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


def header_of(topic: str) -> str:
    """Return a topic as the header has it."""
    subject, _, event = topic.lower().rpartition("_")
    return f"{subject}/{event}"


def about(topic: str, record: Any) -> Body:
    """Return what a message says of a record: enough to know what to read again."""
    told: Body = {"admin_graphql_api_id": record.id, "updated_at": stamp(record.updated_at)}
    if isinstance(record, BulkOperation):
        done = stamp(record.completed_at) if record.completed_at else None
        status = {"status": record.status.lower(), "error_code": record.error_code, "type": record.type.lower()}
        return {
            "admin_graphql_api_id": record.id,
            "created_at": stamp(record.created_at),
            "completed_at": done,
            **status,
        }
    told = {"id": record.serial, **told, "created_at": stamp(record.created_at)}
    if isinstance(record, Customer):
        return (
            _about_consent(topic, record)
            if "MARKETING" in topic
            else {**told, "email": record.email, "phone": record.phone}
        )
    if isinstance(record, Order):
        customer = {"id": record.customer.serial} if record.customer else None
        total = {"total_price": amount(record.total_cents), "current_total_price": amount(record.current_cents)}
        return {**told, "name": record.name, "email": record.email, "customer": customer, **total}
    if isinstance(record, AbandonedCheckout):
        done = stamp(record.completed_at) if record.completed_at else None
        email = record.customer.email if record.customer else None
        return {**told, "email": email, "completed_at": done, "total_price": amount(record.total_cents)}
    return told


def _about_consent(topic: str, customer: Customer) -> Body:
    by_email = "EMAIL" in topic
    consent = customer.by_email if by_email else customer.by_sms
    told = {"state": consent.state.lower(), "opt_in_level": (consent.level or "unknown").lower()}
    said = {**told, "consent_updated_at": stamp(consent.at) if consent.at else None}
    if by_email:
        return {"customer_id": customer.serial, "email_address": customer.email, "email_marketing_consent": said}
    return {"customer_id": customer.serial, "phone": customer.phone, "sms_marketing_consent": said}


def _post(url: str, content: bytes, headers: dict[str, str]) -> None:
    try:
        requests.post(url, data=content, headers=headers, timeout=TIMEOUT_SECONDS)
    except requests.RequestException:
        return
