"""Webhooks are signed, numbered, and told of what people do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from werkzeug.wrappers import Request, Response

from plugins.sandbox.server import running
from tests.plugins.sandbox.shopify.stage import ELS, Caller

SUBSCRIBE = "mutation($topic: WebhookSubscriptionTopic!, $hook: WebhookSubscriptionInput!) { webhookSubscriptionCreate("
SUBSCRIBE += "topic: $topic, webhookSubscription: $hook) { webhookSubscription { id topic } userErrors { field } } }"
WAIT_SECONDS = 5
ADDRESS = "els@example.be"


class Heard(NamedTuple):
    """One message as it came."""

    content: bytes
    headers: dict[str, str]

    @property
    def topic(self) -> str:
        return self.headers["X-Shopify-Topic"]

    @property
    def body(self) -> Any:
        return json.loads(self.content)


class Receiver:
    """Hears what a webhook brings."""

    def __init__(self) -> None:
        self.heard: queue.Queue[Heard] = queue.Queue()
        self.url = ""

    def __call__(self, request: Request) -> Response:
        self.heard.put(Heard(request.get_data(), dict(request.headers.items())))
        return Response("")

    def next(self) -> Heard:
        """Return the next message."""
        return self.heard.get(timeout=WAIT_SECONDS)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    with running(made) as made.url:
        yield made


def listen(caller: Caller, receiver: Receiver, topic: str, **more: Any) -> Any:
    """Subscribe a receiver, and return the answer."""
    return caller.ask(SUBSCRIBE, topic=topic, hook={"uri": receiver.url, **more})["webhookSubscriptionCreate"]


def test_signs_the_body_as_it_is_sent(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver, "CUSTOMERS_UPDATE")
    caller.vendor.perform("edit", email=ADDRESS, first_name="Ève")
    heard = receiver.next()
    digest = hmac.new(caller.vendor.webhook_secret.encode(), heard.content, hashlib.sha256).digest()
    assert heard.headers["X-Shopify-Hmac-Sha256"] == base64.b64encode(digest).decode()
    assert (heard.topic, heard.headers["X-Shopify-Shop-Domain"]) == ("customers/update", caller.vendor.shop)
    assert (heard.body["id"], heard.body["admin_graphql_api_id"]) == (7001, ELS)


def test_repeats_a_message_under_the_same_number(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver, "ORDERS_CREATE")
    caller.vendor.perform("order", email=ADDRESS, sku="WW2")
    caller.vendor.perform("repeat")
    first, again = receiver.next(), receiver.next()
    assert first.headers["X-Shopify-Webhook-Id"] == again.headers["X-Shopify-Webhook-Id"]
    caller.vendor.perform("order", email=ADDRESS, sku="WW2")
    assert receiver.next().headers["X-Shopify-Webhook-Id"] != first.headers["X-Shopify-Webhook-Id"]


def test_tells_of_consent_given_and_taken_back(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver, "CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE")
    caller.vendor.perform("unsubscribe", email=ADDRESS)
    heard = receiver.next()
    assert heard.topic == "customers_email_marketing_consent/update"
    assert heard.body["email_marketing_consent"]["state"] == "unsubscribed"
    listen(caller, receiver, "CUSTOMERS_MARKETING_CONSENT_UPDATE")
    caller.vendor.perform("unsubscribe_sms", email=ADDRESS)
    assert receiver.next().body["sms_marketing_consent"]["state"] == "unsubscribed"


def test_tells_of_orders_and_baskets(caller: Caller, receiver: Receiver) -> None:
    for topic in ("CHECKOUTS_CREATE", "CHECKOUTS_UPDATE", "ORDERS_CREATE"):
        listen(caller, receiver, topic)
    caller.vendor.perform("leave_basket", email="new@example.be", sku="WW1-M")
    assert (heard := receiver.next()).topic == "checkouts/create"
    assert (heard.body["email"], heard.body["total_price"]) == ("new@example.be", "100.00")
    caller.vendor.perform("come_back", email="new@example.be")
    assert {receiver.next().topic, receiver.next().topic} == {"checkouts/update", "orders/create"}


def test_tells_of_what_the_api_did_too(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver, "CUSTOMERS_UPDATE", includeFields=["id"])
    caller.ask(f'mutation {{ customerUpdate(input: {{id: "{ELS}", note: "x"}}) {{ customer {{ id }} }} }}')
    assert receiver.next().body == {"id": 7001}


def test_demands_erasure_at_the_address_of_the_apps_settings(caller: Caller, receiver: Receiver) -> None:
    caller.vendor.perform("listen", url=receiver.url)
    caller.ask(f'mutation {{ customerRequestDataErasure(customerId: "{ELS}") {{ customerId }} }}')
    caller.vendor.perform("redact", email=ADDRESS)
    heard = receiver.next()
    assert (heard.topic, heard.body["customer"]["email"]) == ("customers/redact", ADDRESS)
    assert heard.body["orders_to_redact"] == [5001, 5011]
    shown = caller.ask(
        f'{{ customer(id: "{ELS}") {{ firstName defaultEmailAddress {{ emailAddress }} '
        "emailMarketingConsent { marketingState } mergeable { isMergeable } } }"
    )["customer"]
    assert (shown["firstName"], shown["defaultEmailAddress"]) == (None, None)
    assert shown["emailMarketingConsent"] == {"marketingState": "REDACTED"}
    assert shown["mergeable"] == {"isMergeable": False}


def test_tells_when_an_export_is_done(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver, "BULK_OPERATIONS_FINISH")
    run = 'mutation { bulkOperationRunQuery(query: "{ orders { nodes { id } } }") { bulkOperation { id } } }'
    key = caller.ask(run)["bulkOperationRunQuery"]["bulkOperation"]["id"]
    for _ in range(2):
        caller.ask(f'{{ bulkOperation(id: "{key}") {{ status }} }}')
    heard = receiver.next()
    assert (heard.body["admin_graphql_api_id"], heard.body["status"]) == (key, "completed")


def test_subscriptions_can_be_listed_and_removed_and_are_made_once(caller: Caller, receiver: Receiver) -> None:
    made = listen(caller, receiver, "ORDERS_CREATE")["webhookSubscription"]
    assert listen(caller, receiver, "ORDERS_CREATE")["userErrors"] == [{"field": ["webhookSubscription", "uri"]}]
    listed = caller.ask("{ webhookSubscriptions(first: 5) { nodes { id topic uri } } }")["webhookSubscriptions"]
    assert listed["nodes"] == [{**made, "uri": receiver.url}]
    caller.ask(f'mutation {{ webhookSubscriptionDelete(id: "{made["id"]}") {{ deletedWebhookSubscriptionId }} }}')
    assert caller.ask("{ webhookSubscriptions(first: 5) { nodes { id } } }")["webhookSubscriptions"]["nodes"] == []


def test_refuses_what_is_no_address(caller: Caller) -> None:
    answer = caller.ask(SUBSCRIBE, topic="ORDERS_CREATE", hook={"uri": "nowhere"})["webhookSubscriptionCreate"]
    assert answer["webhookSubscription"] is None
