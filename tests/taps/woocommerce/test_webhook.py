"""What a WooCommerce shop sends is known by its signature and its number, and names what the tap reads back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from plugins.wire.proofs import Incoming, Secrets, UnverifiedError
from plugins.wire.webhooks import Concern
from tests.plugins.sandbox.woocommerce.retailers import SMALL
from tests.plugins.sandbox.woocommerce.shop import Caller
from tests.plugins.wire.letterbox import SPOILT, Letterbox, letterbox, receiver_of, spoilt, with_header

SIGNATURE, NUMBER = "X-WC-Webhook-Signature", "X-WC-Webhook-Delivery-ID"
SECRET = "what the shop signs with"
SANNE = Concern("customers", "5")


@pytest.fixture
def caller() -> Caller:
    return Caller(SMALL)


@pytest.fixture
def box() -> Iterator[Letterbox]:
    with letterbox(receiver_of("woocommerce", Secrets(signature=(SECRET,)))) as made:
        yield made


def listen(caller: Caller, box: Letterbox, topic: str) -> None:
    answer = caller.ask("POST", "/webhooks", {"topic": topic, "delivery_url": box.url, "secret": SECRET})
    assert answer.status_code == 201


@pytest.fixture
def edited(caller: Caller, box: Letterbox) -> Incoming:
    """A delivery as it is really sent."""
    listen(caller, box, "customer.updated")
    caller.shop.perform("edit_customer", customer_id="5", first_name="Zoë", phone="0612345678")
    return box.next()


def test_answers_the_ping_that_comes_first(box: Letterbox, edited: Incoming) -> None:
    assert box.greeted == 1
    assert edited.header(SIGNATURE)


def test_s8_takes_what_the_shop_signed_and_reads_the_customer_back(box: Letterbox, edited: Incoming) -> None:
    heard = box.receiver.receive(edited)
    assert (heard.concerns, heard.ids) == ((SANNE,), (f"woocommerce {edited.header(NUMBER)}",))


def test_s8_takes_the_same_delivery_once(box: Letterbox, edited: Incoming) -> None:
    first, again = box.receiver.receive(edited), box.receiver.receive(edited)
    assert (first.concerns, again.concerns, again.repeated) == ((SANNE,), (), 1)


def test_s8_takes_two_changes_of_one_customer_each(caller: Caller, box: Letterbox, edited: Incoming) -> None:
    caller.shop.perform("edit_customer", customer_id="5", phone="0612345679")
    assert box.receiver.receive(edited).concerns == box.receiver.receive(box.next()).concerns == (SANNE,)


def test_s9_refuses_a_delivery_that_was_tampered_with_alike(box: Letterbox, edited: Incoming) -> None:
    tampered = list(spoilt(edited, SIGNATURE))
    assert len(tampered) == len(SPOILT) + 8
    for each in tampered:
        with pytest.raises(UnverifiedError, match=r"^webhook: not accepted; see that the sender has"):
            box.receiver.receive(each)
    assert box.receiver.receive(edited).concerns


def test_s9_refuses_what_was_signed_with_the_secret_of_another_webhook(edited: Incoming) -> None:
    with pytest.raises(UnverifiedError):
        receiver_of("woocommerce", Secrets(signature=("the secret of another one",))).receive(edited)


@pytest.mark.parametrize("numbers", [(), ("a", "b")])
def test_s8_refuses_a_delivery_without_the_number_that_makes_it_one(
    box: Letterbox, edited: Incoming, numbers: tuple[str, ...]
) -> None:
    with pytest.raises(UnverifiedError):
        box.receiver.receive(with_header(edited, NUMBER, *numbers))


def test_s9_a_ping_opens_nothing(box: Letterbox, edited: Incoming) -> None:
    ping = replace(edited, headers=(), body=b"webhook_id=1")
    assert box.receiver.greet(ping)
    with pytest.raises(UnverifiedError):
        box.receiver.receive(ping)


def test_reads_back_orders_and_what_is_gone(caller: Caller, box: Letterbox) -> None:
    for topic in ("order.created", "order.updated", "order.deleted", "customer.deleted"):
        listen(caller, box, topic)
    caller.shop.perform("place_order", sku="JAS-1", email="gast@example.nl")
    caller.shop.perform("set_order_status", order_id="70", status="completed")
    caller.shop.perform("trash_order", order_id="71")
    caller.shop.perform("delete_account", customer_id="5")
    (new,) = {row["id"] for row in caller.get("/orders")} - {70, 71}
    heard = [box.receiver.receive(box.next()).concerns for _ in range(4)]
    assert heard == [(Concern("orders", key),) for key in (str(new), "70", "71")] + [(SANNE,)]
