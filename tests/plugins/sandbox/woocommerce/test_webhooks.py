"""Webhooks ping first, are signed, are told of what was done, and are switched off after too many failures in a row."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue
import time
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from plugins.sandbox.server import running
from tests.plugins.sandbox.woocommerce.retailers import SMALL
from tests.plugins.sandbox.woocommerce.shop import Caller

SECRET = "what the shop signs with"
WAIT_SECONDS = 5


class Receiver:
    """Hears what a webhook brings, and answers with `status`."""

    def __init__(self) -> None:
        self.heard: queue.Queue[tuple[bytes, dict[str, str]]] = queue.Queue()
        self.url, self.status = "", 200

    def __call__(self, request: Request) -> Response:
        status = self.status
        self.heard.put((request.get_data(), dict(request.headers.items())))
        return Response("", status)

    def next(self) -> tuple[bytes, dict[str, str]]:
        """Return the next message."""
        return self.heard.get(timeout=WAIT_SECONDS)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    with running(made) as made.url:
        yield made


@pytest.fixture
def caller() -> Caller:
    return Caller(SMALL)


def listen(caller: Caller, receiver: Receiver, topic: str, **more: Any) -> Any:
    """Make a webhook, and hear its ping."""
    made = caller.post("/webhooks", {"topic": topic, "delivery_url": receiver.url, "secret": SECRET, **more})
    assert receiver.next()[0] == f"webhook_id={made['id']}".encode()
    return made


def told(receiver: Receiver, count: int) -> list[tuple[str, Any]]:
    """Return topic and content of the next messages."""
    messages = [receiver.next() for _ in range(count)]
    return [(headers["X-Wc-Webhook-Topic"], json.loads(content)) for content, headers in messages]


def status_of(caller: Caller, number: int) -> str:
    """Return the status of a webhook, by its number."""
    return next(str(each["status"]) for each in caller.get("/webhooks") if each["id"] == number)


def test_pings_with_its_number_as_a_form_before_anything_else(caller: Caller, receiver: Receiver) -> None:
    caller.post("/webhooks", {"topic": "customer.updated", "delivery_url": receiver.url})
    content, headers = receiver.next()
    assert (content, headers["Content-Type"]) == (b"webhook_id=1", "application/x-www-form-urlencoded")
    assert not [name for name in headers if name.startswith("X-Wc-")]


def test_signs_the_body_as_it_is_sent_and_says_what_it_is_about(caller: Caller, receiver: Receiver) -> None:
    made = listen(caller, receiver, "customer.updated")
    caller.shop.perform("edit_customer", customer_id="5", first_name="Zoë")
    content, headers = receiver.next()
    digest = hmac.new(SECRET.encode(), content, hashlib.sha256).digest()
    assert headers["X-Wc-Webhook-Signature"] == base64.b64encode(digest).decode()
    assert [headers[f"X-Wc-Webhook-{name}"] for name in ("Topic", "Resource", "Event", "Id")] == [
        "customer.updated",
        "customer",
        "updated",
        str(made["id"]),
    ]
    assert headers["X-Wc-Webhook-Source"] == "https://shop.example"
    assert json.loads(content) == caller.get("/customers/5")
    assert "Zoë" in content.decode()


def test_numbers_each_delivery(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver, "customer.updated")
    for _ in range(2):
        caller.shop.perform("edit_customer", customer_id="5", phone="1")
    assert len({receiver.next()[1]["X-Wc-Webhook-Delivery-Id"] for _ in range(2)}) == 2


def test_does_not_show_its_secret(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver, "order.updated")
    assert SECRET not in json.dumps(caller.get("/webhooks"))


def test_signs_with_a_digest_of_its_own_where_no_secret_was_given(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver, "customer.updated", secret="")
    caller.shop.perform("edit_customer", customer_id="5", phone="1")
    content, headers = receiver.next()
    secret = hashlib.md5(b"1|admin", usedforsecurity=False).hexdigest()
    digest = hmac.new(secret.encode(), content, hashlib.sha256).digest()
    assert headers["X-Wc-Webhook-Signature"] == base64.b64encode(digest).decode()


def test_tells_of_customers(caller: Caller, receiver: Receiver) -> None:
    for event in ("created", "updated", "deleted"):
        listen(caller, receiver, f"customer.{event}")
    made = caller.post("/customers", {"email": "new@example.nl"})
    caller.ask("PUT", f"/customers/{made['id']}", {"first_name": "Noor"})
    caller.ask("DELETE", f"/customers/{made['id']}?force=true")
    heard = told(receiver, 3)
    assert [(topic, body["id"]) for topic, body in heard] == [
        ("customer.created", made["id"]),
        ("customer.updated", made["id"]),
        ("customer.deleted", made["id"]),
    ]
    assert heard[2][1] == {"id": made["id"]}


def test_tells_of_orders_and_of_what_goes_back_of_them(caller: Caller, receiver: Receiver) -> None:
    for event in ("created", "updated", "deleted"):
        listen(caller, receiver, f"order.{event}")
    caller.shop.perform("place_order", sku="JAS-1", email="gast@example.nl")
    ((topic, body),) = told(receiver, 1)
    assert (topic, body["billing"]["email"]) == ("order.created", "gast@example.nl")
    caller.shop.perform("set_order_status", order_id="70", status="completed")
    caller.shop.perform("refund_order", order_id="70", amount="1.00")
    caller.shop.perform("trash_order", order_id="71")
    heard = [(topic, body["id"]) for topic, body in told(receiver, 3)]
    assert heard == [("order.updated", 70), ("order.updated", 70), ("order.deleted", 71)]


def test_tells_of_articles_and_coupons(caller: Caller, receiver: Receiver) -> None:
    for resource in ("product", "coupon"):
        for event in ("created", "updated", "deleted"):
            listen(caller, receiver, f"{resource}.{event}")
    for path, body in (("/products", {"name": "Pet"}), ("/coupons", {"code": "zomer", "amount": "5"})):
        made = caller.post(path, body)
        caller.ask("PUT", f"{path}/{made['id']}", {"description": "x"})
        caller.ask("DELETE", f"{path}/{made['id']}?force=true")
        resource = path[1:-1]
        assert [topic for topic, _ in told(receiver, 3)] == [
            f"{resource}.{each}" for each in ("created", "updated", "deleted")
        ]


def test_does_not_tell_of_another_topic_nor_one_who_does_not_listen_now(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver, "customer.created")
    listen(caller, receiver, "customer.updated", status="paused")
    listen(caller, receiver, "order.updated")
    caller.shop.perform("edit_customer", customer_id="5", phone="1")
    caller.shop.perform("set_order_status", order_id="70", status="completed")
    assert [topic for topic, _ in told(receiver, 1)] == ["order.updated"]


def test_is_disabled_after_more_than_five_failures_in_a_row(caller: Caller, receiver: Receiver) -> None:
    number = listen(caller, receiver, "customer.updated")["id"]
    receiver.status = 500
    for count in range(8):
        caller.shop.perform("edit_customer", customer_id="5", phone=str(count))
    assert [body["billing"]["phone"] for _, body in told(receiver, 6)] == list("012345")
    wait_until(lambda: status_of(caller, number) == "disabled")
    receiver.status = 200
    caller.shop.perform("edit_customer", customer_id="5", phone="9")
    listen(caller, receiver, "customer.created")  # whose ping comes after all that was still to be sent
    assert receiver.heard.empty()


def test_one_success_is_the_end_of_the_row(caller: Caller, receiver: Receiver) -> None:
    number = listen(caller, receiver, "customer.updated")["id"]
    for status in (500, 200, 500):
        for _ in range(5 if status == 500 else 1):
            receiver.status = status
            caller.shop.perform("edit_customer", customer_id="5", phone="1")
            receiver.next()
    listen(caller, receiver, "customer.created")
    assert status_of(caller, number) == "active"


def wait_until(is_so: Any) -> None:
    """Wait a moment for what the shop does in the background."""
    ends = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.01)
