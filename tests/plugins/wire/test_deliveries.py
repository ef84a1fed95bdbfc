"""What a delivery that was taken is about, and how a vendor is answered that only tries the address."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.wire.proofs import Incoming, Secrets, UnverifiedError
from plugins.wire.webhook_file import Hook
from plugins.wire.webhooks import Concern, Delivery, Duty, Greeting, NotedInMemory, Receiver
from tests.plugins.wire.door import BY_HEADER, CHALLENGE, OTHER_SECRET, SECRET, door, hook, is_taken, sent, told
from tests.plugins.wire.letterbox import SPOILT

ASKED = [("hub.mode", "subscribe"), ("hub.challenge", "1158201444"), ("hub.verify_token", SECRET)]
ASKED_WRONGLY = [
    [*ASKED[:2], ("hub.verify_token", OTHER_SECRET)],
    [*ASKED[:2], ("hub.verify_token", SECRET.upper())],
    [*ASKED[:2], ("hub.verify_token", "é")],
    ASKED[:2],
    [*ASKED, ASKED[2]],
    [*ASKED, ("hub.verify_token", "")],
    ASKED[1:],
    [("hub.mode", "unsubscribe"), *ASKED[1:]],
    [ASKED[0], ASKED[2]],
    [*ASKED, ("hub.challenge", "2")],
    [ASKED[0], ("hub.challenge", "<script>"), ASKED[2]],
    [ASKED[0], ("hub.challenge", "1\r\nSet-Cookie: x"), ASKED[2]],
]


def test_a_challenge_is_said_back_to_who_knows_the_token() -> None:
    assert door(greeting=CHALLENGE).greet(Incoming("GET", (), query=ASKED)) == Greeting(200, "1158201444")


@pytest.mark.parametrize("asked", ASKED_WRONGLY)
def test_s9_a_challenge_is_not_said_back_to_anybody_else(asked: list[tuple[str, str]]) -> None:
    assert door(greeting=CHALLENGE).greet(Incoming("GET", (), query=asked)) == Greeting(403)


def test_without_a_token_no_challenge_is_said_back() -> None:
    shop = replace(door(greeting=CHALLENGE), secrets=Secrets((SECRET,)))
    assert shop.greet(Incoming("GET", (), query=[*ASKED[:2], ("hub.verify_token", "")])) == Greeting(403)


def test_a_delivery_is_no_greeting_and_a_vendor_that_greets_nobody_gets_no_answer() -> None:
    assert door(greeting=CHALLENGE).greet(Incoming("POST", (), query=ASKED)) is None
    assert door().greet(Incoming("GET", (), query=ASKED)) is None


@pytest.mark.parametrize("way", [*SPOILT])
def test_s9_a_visit_is_welcome_only_at_the_secret_address(way: str) -> None:
    shop = door("path", greeting={"kind": "visit"})
    assert shop.greet(Incoming("GET", (), secret=SECRET)) == Greeting(200)
    with pytest.raises(UnverifiedError):
        shop.greet(Incoming("GET", (), secret=SPOILT[way](SECRET)))


@pytest.mark.parametrize(
    "body", [b"", b"webhook_id=", b"webhook_id=1&x=1", b"webhook_id=a", b'{"id":1}', b"webhook_id=1\n"]
)
def test_a_ping_is_answered_and_means_nothing(body: bytes) -> None:
    shop = door(greeting={"kind": "ping", "field": "webhook_id"}, **BY_HEADER)
    assert shop.greet(Incoming("POST", (), b"webhook_id=12")) == Greeting(200)
    assert not is_taken(shop, Incoming("POST", (), b"webhook_id=12"))
    assert shop.greet(Incoming("POST", (), body)) is None


@pytest.mark.parametrize("key", [None, True, 1.5, [], {}, "", " ", "a b", "a\n", "x" * 255, "\ud800", "a\0", "\u202e1"])
def test_what_cannot_be_the_key_of_a_record_is_passed_over(key: Any) -> None:
    assert door(**BY_HEADER).receive(told(1, key=key)) == Delivery(("shop d-1",), passed_over=1)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b'{"id":' * 5000, b'"id"', b"NaN"]
)
def test_a_signed_body_that_cannot_be_read_names_nothing(content: bytes) -> None:
    heard = door(**BY_HEADER).receive(sent("base64", content, ("X-Delivery", "d-1"), ("X-Topic", "customer.updated")))
    assert heard == Delivery(("shop d-1",), passed_over=1)


def test_a_topic_that_nobody_declared_is_counted_and_passed_over() -> None:
    assert door(**BY_HEADER).receive(told(1, "customer.merged")).passed_over == 1


def test_a_key_is_written_as_the_stream_writes_it_where_it_is_plain() -> None:
    streams = {"customers": {"form": "gid://shop/Customer/{key}"}}
    shop = door(streams=streams, **BY_HEADER)
    assert shop.receive(told(1)).concerns == (Concern("customers", "gid://shop/Customer/7"),)
    assert shop.receive(told(2, key="7/../8")).passed_over == 1


def test_a_duty_is_named_where_nothing_is_to_be_read_too() -> None:
    shop = door(**BY_HEADER, duties={"shop/redact": 30, "customer.updated": 30})
    assert shop.receive(told(1, "shop/redact", None)) == Delivery(("shop d-1",), duties=(Duty("shop/redact", 30),))
    assert shop.receive(told(2)).concerns
    assert shop.receive(told(2)).duties == ()


MANY: dict[str, Any] = {
    "changes": ["entry", "changes"],
    "delivery": {"body": ["object", "id", "field", "value"]},
    "topic": {"body": ["object", "field"]},
    "topics": {"page.feed": {"comments": "value.comment_id", "posts": "value.post_id"}},
}


def wrote(number: int, **more: Any) -> dict[str, Any]:
    return {"field": "feed", "value": {"comment_id": f"c{number}", "post_id": "p", "verb": "add", **more}}


def page(*entries: dict[str, Any]) -> Incoming:
    return sent("hex", json.dumps({"object": "page", "entry": list(entries)}).encode())


def test_s8_one_delivery_holds_many_changes_of_which_each_counts_once() -> None:
    shop = door("hex", **MANY)
    first = shop.receive(page({"id": "1", "time": 10, "changes": [wrote(1), wrote(2), wrote(1)]}))
    assert first.concerns == (Concern("comments", "c1"), Concern("posts", "p"), Concern("comments", "c2"))
    assert (len(first.ids), first.repeated) == (2, 1)
    again = shop.receive(
        page({"id": "1", "time": 99, "changes": [wrote(3)]}, {"id": "1", "time": 99, "changes": [wrote(2)]})
    )
    assert (again.concerns, again.repeated) == ((Concern("comments", "c3"), Concern("posts", "p")), 1)


@given(order=st.permutations(range(6)), cut=st.integers(0, 6))
def test_s8_the_order_and_the_packing_of_changes_change_nothing(order: list[int], cut: int) -> None:
    shop = door("hex", **MANY)
    packs = [[wrote(number) for number in part] for part in (order[:cut], order[cut:], order)]
    heard = [shop.receive(page({"id": "1", "changes": pack})) for pack in packs]
    keys = [each.key for one in heard for each in one.concerns if each.stream == "comments"]
    assert sorted(keys) == [f"c{number}" for number in range(6)]


def test_a_change_may_stand_on_its_entry_itself() -> None:
    heard = door("hex", **MANY).receive(page({"id": "1", "time": 10, **wrote(4)}))
    assert heard.concerns == (Concern("comments", "c4"), Concern("posts", "p"))


@pytest.mark.parametrize("depth", [100, 700, 900, 960, 990, 2000])
def test_a_change_however_deep_is_taken_once(depth: int) -> None:
    deep = '{"object": "page", "entry": [{"id": "1", "field": "feed", "value": ' + "[" * depth + "]" * depth + "}]}"
    shop = door("hex", **MANY)
    assert [shop.receive(sent("hex", deep.encode())).repeated for _ in range(2)] == [0, 1]


def test_two_bodies_that_cannot_be_read_are_not_one() -> None:
    shop = door("hex", **MANY)
    assert [shop.receive(sent("hex", body)).repeated for body in (b"{", b"[", b"{")] == [0, 0, 1]


def test_a_delivery_without_changes_is_passed_over() -> None:
    shop = door("hex", **MANY)
    assert shop.receive(sent("hex", b'{"object": "page"}')).passed_over == 1
    assert shop.receive(page()) == Delivery(())
    assert shop.receive(page({"id": "1", "changes": ["feed", None]})) == Delivery(())


FORM: dict[str, Any] = {
    "body": "form",
    "delivery": {"body": ["type", "fired_at", "data"]},
    "topic": {"body": "type"},
    "streams": {"members": {"by": "email_address"}},
    "topics": {"subscribe": {"members": "data.email"}, "upemail": {"members": ["data.new_email", "data.old_email"]}},
}


def form(content: bytes) -> Delivery:
    said = {**hook("path").model_dump(exclude_unset=True), **FORM}
    made = Hook.model_validate(said, context={"members": {"email_address"}})
    return Receiver("list", made, Secrets(path=(SECRET,)), NotedInMemory()).receive(sent("path", content))


def test_a_form_is_read_with_its_brackets() -> None:
    heard = form(b"type=subscribe&fired_at=2026-03-01+12%3A00%3A00&data%5Bemail%5D=els%40example.nl&data[merges][A]=x")
    assert heard.concerns == (Concern("members", "els@example.nl", "email_address"),)
    both = form(b"type=upemail&data[new_email]=b@example.nl&data[old_email]=a@example.nl")
    assert [each.key for each in both.concerns] == ["b@example.nl", "a@example.nl"]


@pytest.mark.parametrize(
    "content",
    [
        b"type=subscribe&data[email]=a@example.nl&data[email]=b@example.nl",
        b"type=subscribe&data=x&data[email]=a@example.nl",
        b"type=subscribe&data[email][more]=a@example.nl",
        b"type=subscribe&type=subscribe&data[email]=a@example.nl",
        b"type=subscribe&data[email=a@example.nl",
        b"&".join(b"data[email]=a@example.nl" for _ in range(2000)),
        b"type=subscribe&data" + b"[x]" * 10_000 + b"=1",
        b"\xff\xfe",
        b"",
    ],
)
def test_a_form_that_says_two_things_or_none_says_nothing(content: bytes) -> None:
    heard = form(content)
    assert (heard.concerns, heard.passed_over) == ((), 1)
