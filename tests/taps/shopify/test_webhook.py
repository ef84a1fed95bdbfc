"""What Shopify sends is known by its signature and its number, and names what the tap reads back."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plugins.wire.proofs import Incoming, Secrets, UnverifiedError
from plugins.wire.webhook_file import read_hook
from plugins.wire.webhooks import Concern, Duty
from tests.plugins.sandbox.shopify.stage import ELS, Caller
from tests.plugins.sandbox.shopify.test_webhooks import SUBSCRIBE
from tests.plugins.wire.letterbox import SPOILT, TAPS, Letterbox, letterbox, receiver_of, spoilt, with_header

SIGNATURE = "X-Shopify-Hmac-Sha256"
ADDRESS = "els@example.be"
SPECIFICATION = Path(__file__).parents[4] / "shared/specs/shopify/admin_2026-10.introspection.json.gz"
NEVER_SUBSCRIBED = {"customers/redact"}
"""Topics that every app is told of without asking."""


@pytest.fixture
def caller() -> Caller:
    return Caller()


@pytest.fixture
def box(caller: Caller) -> Iterator[Letterbox]:
    with letterbox(receiver_of("shopify", Secrets(signature=(caller.vendor.webhook_secret,)))) as made:
        yield made


def listen(caller: Caller, box: Letterbox, *topics: str) -> None:
    for topic in topics:
        made = caller.ask(SUBSCRIBE, topic=topic, hook={"uri": box.url})["webhookSubscriptionCreate"]
        assert made["userErrors"] == []


@pytest.fixture
def edited(caller: Caller, box: Letterbox) -> Incoming:
    """A delivery as it is really sent."""
    listen(caller, box, "CUSTOMERS_UPDATE")
    caller.vendor.perform("edit", email=ADDRESS, first_name="Ève")
    return box.next()


def test_s8_takes_what_the_shop_signed_and_reads_the_customer_back(box: Letterbox, edited: Incoming) -> None:
    heard = box.receiver.receive(edited)
    assert heard.concerns == (Concern("customers", ELS),)
    assert heard.ids == (f"shopify {edited.header('X-Shopify-Webhook-Id')}",)


def test_s8_takes_what_the_shop_repeats_under_its_number_once(caller: Caller, box: Letterbox, edited: Incoming) -> None:
    caller.vendor.perform("repeat")
    again = box.next()
    assert again.body == edited.body
    first, second = box.receiver.receive(edited), box.receiver.receive(again)
    assert (len(first.concerns), second.concerns, second.repeated) == (1, (), 1)


def test_s8_takes_two_changes_of_one_customer_each(caller: Caller, box: Letterbox, edited: Incoming) -> None:
    caller.vendor.perform("edit", email=ADDRESS, first_name="Els")
    assert box.receiver.receive(edited).concerns == box.receiver.receive(box.next()).concerns != ()


def test_s9_refuses_a_delivery_that_was_tampered_with_alike(box: Letterbox, edited: Incoming) -> None:
    tampered = list(spoilt(edited, SIGNATURE))
    assert len(tampered) == len(SPOILT) + 8
    for each in tampered:
        with pytest.raises(UnverifiedError, match=r"^webhook: not accepted; see that the sender has"):
            box.receiver.receive(each)
    assert box.receiver.receive(edited).concerns


def test_s9_refuses_what_another_app_signed(edited: Incoming) -> None:
    with pytest.raises(UnverifiedError):
        receiver_of("shopify", Secrets(signature=("shpss_" + "7f" * 16,))).receive(edited)


def test_s8_refuses_a_delivery_without_the_number_that_makes_it_one(box: Letterbox, edited: Incoming) -> None:
    with pytest.raises(UnverifiedError):
        box.receiver.receive(with_header(edited, "X-Shopify-Webhook-Id"))


def test_reads_back_what_consent_orders_refunds_and_baskets_are_about(caller: Caller, box: Letterbox) -> None:
    topics = ("CUSTOMERS_EMAIL_MARKETING_CONSENT_UPDATE", "CUSTOMERS_MARKETING_CONSENT_UPDATE", "ORDERS_UPDATED")
    listen(caller, box, *topics, "CHECKOUTS_CREATE")
    for act, named in (
        ("unsubscribe", {"email": ADDRESS}),
        ("unsubscribe_sms", {"email": ADDRESS}),
        ("refund", {"order": "#1001"}),
        ("leave_basket", {"email": "new@example.be", "sku": "WW1-M"}),
    ):
        caller.vendor.perform(act, **named)
    heard = {concern for _ in range(4) for concern in box.receiver.receive(box.next()).concerns}
    listed = caller.ask("{ abandonedCheckouts(first: 9) { nodes { id } } }")["abandonedCheckouts"]["nodes"]
    (basket,) = (concern for concern in heard if concern.stream == "abandoned_checkouts")
    assert basket.key in {each["id"] for each in listed}
    order = "gid://shopify/Order/5001"
    assert heard == {
        Concern("customers", ELS),
        Concern("orders", order),
        Concern("refunds", order),
        basket,
    }


def test_what_the_law_demands_is_a_duty_for_somebody(caller: Caller, box: Letterbox) -> None:
    caller.vendor.perform("listen", url=box.url)
    caller.vendor.perform("request_data", email=ADDRESS)
    asked = box.receiver.receive(box.next())
    assert (asked.concerns, asked.duties) == ((), (Duty("customers/data_request", 30),))
    caller.vendor.perform("redact", email=ADDRESS)
    redacted = box.receiver.receive(box.next())
    assert (redacted.concerns, redacted.duties) == ((Concern("customers", ELS),), (Duty("customers/redact", 30),))


def test_believes_nothing_of_a_message_but_the_number(caller: Caller, box: Letterbox, edited: Incoming) -> None:
    heard = box.receiver.receive(replace(edited))
    assert ADDRESS in edited.body.decode()
    assert ADDRESS not in "".join(each.key for each in heard.concerns)


@pytest.mark.skipif(not SPECIFICATION.exists(), reason="the vendor's specification is not in this checkout")
def test_every_topic_is_one_that_the_shop_can_be_asked_for() -> None:
    told = json.loads(gzip.decompress(SPECIFICATION.read_bytes()))
    kinds = (told.get("data") or told)["__schema"]["types"]
    topics = next(each for each in kinds if each["name"] == "WebhookSubscriptionTopic")["enumValues"]
    known = {name for each in topics for name in re.findall(r"webhook topic for `([^`]+)`", each["description"])}
    assert read_hook(TAPS / "shopify" / "webhook.yml").topics.keys() - NEVER_SUBSCRIBED <= known
