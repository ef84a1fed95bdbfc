"""What Mailchimp sends is unsigned: only the address is secret, and what is said is read back before it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from plugins.wire.proofs import Incoming, Secrets, UnverifiedError, signed
from plugins.wire.webhooks import Concern, NotedInMemory
from tests.plugins.sandbox.mailchimp.stage import ELS, JAN, LIST, Caller, member_path
from tests.plugins.wire.letterbox import PATH_SECRET, SPOILT, Letterbox, letterbox, receiver_of

WEBHOOKS = f"{LIST}/webhooks"
EVENTS = ("subscribe", "unsubscribe", "profile", "cleaned", "upemail")
EVERYTHING = {"events": dict.fromkeys(EVENTS, True), "sources": {"user": True, "admin": True, "api": True}}
SIGNING_SECRET = "given once, when the webhook is made"
NOW = 1_800_000_000


@pytest.fixture
def caller() -> Caller:
    return Caller()


@pytest.fixture
def box() -> Iterator[Letterbox]:
    with letterbox(receiver_of("mailchimp", Secrets(path=(PATH_SECRET,)))) as made:
        yield made


@pytest.fixture
def listening(caller: Caller, box: Letterbox) -> Letterbox:
    """Mailchimp looked whether the address is there, and tells of everything."""
    assert caller.call("POST", WEBHOOKS, {"url": box.secret_url, **EVERYTHING}).status_code == 200
    return box


@pytest.fixture
def left(caller: Caller, listening: Letterbox) -> Incoming:
    """A delivery as it is really sent."""
    caller.vendor.perform("unsubscribe", email=ELS)
    return listening.next()


def member(email: str) -> Concern:
    return Concern("members", email, "email_address")


def test_s9_only_the_secret_address_is_there_when_mailchimp_looks(caller: Caller, box: Letterbox) -> None:
    for wrong in (box.url, f"{box.url}/{PATH_SECRET.upper()}", box.secret_url[:-1], f"{box.secret_url}/x"):
        assert caller.call("POST", WEBHOOKS, {"url": wrong}).status_code == 400
    assert caller.call("POST", WEBHOOKS, {"url": box.secret_url}).status_code == 200
    assert box.greeted == 1


def test_s8_takes_what_comes_to_the_secret_address_and_reads_the_member_back(box: Letterbox, left: Incoming) -> None:
    assert box.receiver.receive(left).concerns == (member(ELS),)


def test_s8_takes_the_same_message_once(box: Letterbox, left: Incoming) -> None:
    first, again = box.receiver.receive(left), box.receiver.receive(left)
    assert (first.ids, len(first.concerns)) == (again.ids, 1)
    assert (again.concerns, again.repeated) == ((), 1)


@pytest.mark.parametrize("way", SPOILT)
def test_s9_refuses_what_comes_to_any_other_address_alike(box: Letterbox, left: Incoming, way: str) -> None:
    with pytest.raises(UnverifiedError, match=r"^webhook: not accepted; see that the sender has"):
        box.receiver.receive(replace(left, secret=SPOILT[way](PATH_SECRET)))


def test_believes_nothing_that_is_said_but_whom_it_is_about(box: Letterbox, left: Incoming) -> None:
    """Whoever learns of the address can make us read somebody again, and no more."""
    forged = left.body.replace(b"type=unsubscribe", b"type=subscribe")
    assert forged != left.body
    assert box.receiver.receive(replace(left, body=forged)).concerns == (member(ELS),)


def test_a_signature_is_asked_for_where_its_secret_is_set(left: Incoming) -> None:
    secrets = Secrets(signature=(SIGNING_SECRET,), path=(PATH_SECRET,))
    strict = replace(receiver_of("mailchimp", secrets), clock=lambda: NOW, deliveries=NotedInMemory())
    with pytest.raises(UnverifiedError):
        strict.receive(left)
    headers = [*left.headers, ("X-Mailchimp-Signature", signed(SIGNING_SECRET, left.body, NOW))]
    assert strict.receive(replace(left, headers=headers)).concerns == (member(ELS),)


def test_reads_back_whoever_something_happened_to(caller: Caller, listening: Letterbox) -> None:
    caller.vendor.perform("subscribe", email="new+tag@example.com", first_name="Jó")
    caller.vendor.perform("edit", email="new+tag@example.com", merge_tag="FNAME", value="Joe & co [x]")
    caller.vendor.perform("bounce", email="new+tag@example.com")
    caller.vendor.perform("archive", email=ELS)
    heard = [listening.receiver.receive(listening.next()).concerns for _ in range(4)]
    assert Counter(heard) == {(member("new+tag@example.com"),): 3, (member(ELS),): 1}


def test_reads_back_both_addresses_of_who_moved(caller: Caller, box: Letterbox) -> None:
    asked = {"events": {"upemail": True}, "sources": {"api": True}}
    assert caller.call("POST", WEBHOOKS, {"url": box.secret_url, **asked}).status_code == 200
    moved = {"email_address": "moved@example.com"}
    assert caller.call("PATCH", member_path(JAN), moved).status_code == 200
    assert box.receiver.receive(box.next()).concerns == (member("moved@example.com"), member(JAN))
