"""What is taken at the door, whoever sends it: by its signature or its address, of this moment, and once."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plugins.wire.proofs import LARGEST_BYTES, TOLERANCE_SECONDS, Incoming, Secrets, UnverifiedError, signed
from plugins.wire.retry import HopelessError
from plugins.wire.webhook_file import Hook, Proof
from plugins.wire.webhooks import Concern, Delivery, Greeting, NotedInMemory, Receiver
from tests.plugins.wire.door import (
    ANY_TEXT,
    BY_HEADER,
    CHALLENGE,
    HEADER,
    NEXT_SECRET,
    NOW,
    OTHER_SECRET,
    SCHEMES,
    SECRET,
    SIGNED,
    door,
    hook,
    is_taken,
    posted,
    proof_of,
    receiver,
    sent,
    told,
)  # fmt: skip
from tests.plugins.wire.letterbox import SPOILT, spoilt, with_header


@pytest.mark.parametrize("scheme", SCHEMES)
@given(body=st.binary(max_size=300), secret=st.text(st.characters(codec="utf-8"), min_size=16, max_size=80))
def test_s8_takes_whatever_is_rightly_signed(scheme: str, body: bytes, secret: str) -> None:
    assert is_taken(receiver(scheme, secret), sent(scheme, body, secret=secret))


@pytest.mark.parametrize("scheme", SIGNED)
@given(body=st.binary(min_size=1, max_size=300), bit=st.integers(min_value=0))
def test_s8_refuses_a_body_of_which_one_bit_is_another(scheme: str, body: bytes, bit: int) -> None:
    changed = bytearray(body)
    changed[bit // 8 % len(body)] ^= 1 << bit % 8
    assert not is_taken(receiver(scheme), replace(sent(scheme, body), body=bytes(changed)))


@pytest.mark.parametrize("scheme", SIGNED)
def test_s8_the_mac_is_over_the_bytes_as_they_came_and_not_over_what_they_mean(scheme: str) -> None:
    spaced, tight = b'{"id": 1}', b'{"id":1}'
    assert json.loads(spaced) == json.loads(tight)
    assert not is_taken(receiver(scheme), replace(sent(scheme, spaced), body=tight))


@given(ahead=st.integers(-100_000, 100_000))
def test_s8_a_moment_that_was_signed_lies_within_300_seconds_either_way(ahead: int) -> None:
    assert TOLERANCE_SECONDS == 300
    assert is_taken(receiver("timed"), sent("timed", b"{}", at=NOW + ahead)) == (abs(ahead) <= 300)


@pytest.mark.parametrize("ahead", [-301, -300, 300, 301])
def test_s8_the_edge_of_the_300_seconds_is_inside(ahead: int) -> None:
    assert is_taken(receiver("timed"), sent("timed", b"{}", at=NOW + ahead)) == (abs(ahead) == 300)


@pytest.mark.parametrize(
    "stamp", ["t=0,", "t=-1,", "t=,", "", "t=٣,", "t=01,", "T=1,", "t=1.5,", "t=1e9,", f"t={'9' * 20},"]
)
def test_s8_a_moment_that_cannot_be_read_is_no_moment_even_where_it_is_signed(stamp: str) -> None:
    at = stamp.removeprefix("t=").removesuffix(",")
    mac = hmac.new(SECRET.encode(), f"{at}.{{}}".encode(), hashlib.sha256).hexdigest()
    assert not is_taken(receiver("timed"), posted("timed", b"{}", f"{stamp}v1={mac}"))


def test_s8_the_moment_cannot_be_changed_without_the_secret() -> None:
    old = proof_of("timed", b"{}", at=NOW - 1000)
    assert not is_taken(receiver("timed"), posted("timed", b"{}", old.replace(str(NOW - 1000), str(NOW))))


@given(numbers=st.lists(st.integers(0, 5), max_size=20))
def test_s8_each_delivery_counts_once_however_often_and_in_whatever_order_it_comes(numbers: list[int]) -> None:
    shop = door(**BY_HEADER)
    heard = [shop.receive(told(number, key=number)) for number in numbers]
    assert sorted(each.key for one in heard for each in one.concerns) == sorted(map(str, set(numbers)))
    assert sum(one.repeated for one in heard) == len(numbers) - len(set(numbers))


def test_s8_a_repeat_is_taken_like_the_first_and_concerns_nothing() -> None:
    shop = door(**BY_HEADER)
    first, again = shop.receive(told(1)), shop.receive(told(1))
    assert first == Delivery(("shop d-1",), (Concern("customers", "7"),))
    assert again == Delivery(("shop d-1",), repeated=1)


def test_s8_what_is_refused_is_not_noted() -> None:
    noted = NotedInMemory()
    shop = door(deliveries=noted, **BY_HEADER)
    assert not is_taken(shop, replace(told(1), body=b'{"id": 8}'))
    assert noted.noted == set()
    assert shop.receive(told(1)).concerns


def test_s8_two_shops_that_number_alike_are_not_mistaken_for_each_other() -> None:
    noted = NotedInMemory()
    here, there = (door(deliveries=noted, name=name, **BY_HEADER) for name in ("north", "south"))
    assert here.receive(told(1)).concerns == there.receive(told(1)).concerns != ()


@pytest.mark.parametrize("number", [(), ("",), ("d-1", "d-1"), ("a b",), ("x" * 201,), ("é",)])
def test_s8_what_cannot_be_told_apart_is_not_taken(number: tuple[str, ...]) -> None:
    assert not is_taken(door(**BY_HEADER), with_header(told(1), "X-Delivery", *number))


def test_s8_without_a_number_a_delivery_is_known_by_all_that_was_signed() -> None:
    till = Receiver(
        "till",
        Hook(proofs=[Proof(scheme="timed", header="X-Rotonde-Signature")]),
        Secrets(signature=(SECRET,)),
        NotedInMemory(),
        lambda: NOW,
    )
    body = b'{"sale": 1}'
    first = Incoming("POST", [("X-Rotonde-Signature", signed(SECRET, body, NOW))], body)
    later = Incoming("POST", [("X-Rotonde-Signature", signed(SECRET, body, NOW + 1))], body)
    assert [till.receive(each).repeated for each in (first, first, later)] == [0, 1, 0]


def test_s8_our_own_senders_sign_as_the_page_says() -> None:
    assert signed(SECRET, b"{}", NOW) == proof_of("timed", b"{}")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "post"])
def test_s8_only_what_is_posted_is_taken(method: str) -> None:
    assert not is_taken(receiver("path"), replace(sent("path", b"{}"), method=method))


@pytest.mark.parametrize("scheme", SCHEMES)
@given(proof=ANY_TEXT)
def test_s9_refuses_any_text_that_is_not_the_right_one(scheme: str, proof: str) -> None:
    assume(proof != proof_of(scheme, b"{}"))
    assert not is_taken(receiver(scheme), posted(scheme, b"{}", proof))


@pytest.mark.parametrize("scheme", SCHEMES)
@given(data=st.data())
def test_s9_refuses_the_right_one_with_anything_added_left_out_or_changed(scheme: str, data: st.DataObject) -> None:
    right = proof_of(scheme, b"{}")
    start = data.draw(st.integers(0, len(right)))
    end = data.draw(st.integers(start, len(right)))
    changed = right[:start] + data.draw(ANY_TEXT) + right[end:]
    assume(changed != right)
    assert not is_taken(receiver(scheme), posted(scheme, b"{}", changed))


@pytest.mark.parametrize("scheme", SCHEMES)
@given(upper=st.sets(st.integers(0, 80)))
def test_s9_refuses_other_letters_of_the_same_value(scheme: str, upper: set[int]) -> None:
    right = proof_of(scheme, b"{}")
    changed = "".join(each.upper() if place in upper else each for place, each in enumerate(right))
    assert is_taken(receiver(scheme), posted(scheme, b"{}", changed)) == (changed == right)


@pytest.mark.parametrize("way", SPOILT)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_s9_refuses_what_is_not_quite_right_with_the_same_words(scheme: str, way: str) -> None:
    assert not is_taken(receiver(scheme), posted(scheme, b"{}", SPOILT[way](proof_of(scheme, b"{}"))))


@pytest.mark.parametrize("scheme", SIGNED)
def test_s9_refuses_a_missing_a_doubled_and_a_moved_signature(scheme: str) -> None:
    right = sent(scheme, b'{"id": 1}')
    assert [is_taken(receiver(scheme), each) for each in spoilt(right, HEADER)] == [False] * (len(SPOILT) + 8)
    assert is_taken(receiver(scheme), replace(right, headers=[(HEADER.upper(), right.header(HEADER))]))


def test_s9_refuses_the_right_base64_in_another_alphabet_or_without_its_end() -> None:
    bodies = [b"%d" % number for number in range(50)]
    body = next(each for each in bodies if set("+/") <= set(proof_of("base64", each)))
    right = proof_of("base64", body)
    for wrong in (right.replace("+", "-").replace("/", "_"), right.rstrip("="), right.replace("=", "%3D")):
        assert not is_taken(receiver("base64"), posted("base64", body, wrong))


class WatchedBytes(bytes):
    """Can be compared in constant time only."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared letter by letter")

    __hash__ = bytes.__hash__


class Watched(str):
    """Can be compared in constant time only, also after it was encoded."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared letter by letter")

    __hash__ = str.__hash__

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return WatchedBytes(super().encode(encoding, errors))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("is_right", [True, False])
def test_s9_nothing_secret_is_compared_but_in_constant_time(scheme: str, is_right: bool) -> None:
    shown = Watched(proof_of(scheme, b"{}", SECRET if is_right else OTHER_SECRET))
    known = (Watched(SECRET),)
    shop = receiver(scheme, *known)
    assert is_taken(shop, posted(scheme, b"{}", shown)) == is_right


def test_s9_the_token_of_a_handshake_is_compared_in_constant_time() -> None:
    query = [("hub.challenge", "1"), ("hub.verify_token", Watched(SECRET)), ("hub.mode", "subscribe")]
    shop = replace(door(greeting=CHALLENGE), secrets=Secrets((SECRET,), token=(Watched(SECRET),)))
    assert shop.greet(Incoming("GET", (), query=query)) == Greeting(200, "1")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_two_secrets_hold_while_one_takes_the_place_of_the_other(scheme: str) -> None:
    both, one = receiver(scheme, SECRET, NEXT_SECRET), receiver(scheme, NEXT_SECRET)
    old, new, strange = (sent(scheme, b"{}", secret=each) for each in (SECRET, NEXT_SECRET, OTHER_SECRET))
    assert [is_taken(both, each) for each in (old, new, strange)] == [True, True, False]
    assert [is_taken(one, each) for each in (old, new, strange)] == [False, True, False]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_body_that_is_too_large_is_refused_however_well_it_is_signed(scheme: str) -> None:
    assert is_taken(receiver(scheme), sent(scheme, b" " * LARGEST_BYTES))
    assert not is_taken(receiver(scheme), sent(scheme, b" " * (LARGEST_BYTES + 1)))


class Unhashable(bytes):
    """A body that is larger than it is, and cannot be looked at."""

    def __len__(self) -> int:
        return LARGEST_BYTES + 1

    def __getitem__(self, _: Any) -> Any:
        raise AssertionError("looked at")

    def __iter__(self) -> Any:
        raise AssertionError("looked at")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_body_is_measured_before_anything_is_reckoned_over_it(scheme: str) -> None:
    # it is rightly signed for the bytes that it has: only its measure speaks against it
    body = Unhashable(b"{}")
    assert not is_taken(receiver(scheme), posted(scheme, body, proof_of(scheme, b"{}")))


@pytest.mark.parametrize("secret", ["", "short", "x" * 15])
def test_a_secret_that_can_be_guessed_is_not_taken_and_not_told(secret: str) -> None:
    with pytest.raises(HopelessError, match="too short") as refused:
        Secrets(signature=(SECRET, secret))
    assert SECRET not in str(refused.value)


def test_without_its_secret_a_webhook_cannot_be_set_up() -> None:
    with pytest.raises(HopelessError, match="shop: a webhook without its secret"):
        Receiver("shop", hook("base64"), Secrets(path=(SECRET,)), NotedInMemory())


BOTH = {"proofs": [{"scheme": "path"}, {"scheme": "timed", "header": HEADER, "optional": True}]}


def test_a_second_proof_is_asked_for_as_soon_as_its_secret_is_known() -> None:
    said = Hook.model_validate(BOTH)
    unsigned, right = Incoming("POST", (), b"{}", secret=SECRET), proof_of("timed", b"{}", NEXT_SECRET)
    signed_too = replace(unsigned, headers=[(HEADER, right)])
    without = Receiver("list", said, Secrets(path=(SECRET,)), NotedInMemory(), lambda: NOW)
    with_it = Receiver("list", said, Secrets((NEXT_SECRET,), (SECRET,)), NotedInMemory(), lambda: NOW)
    assert is_taken(without, unsigned)
    assert [is_taken(with_it, each) for each in (unsigned, signed_too, replace(signed_too, secret="x"))] == [
        False,
        True,
        False,
    ]


def test_nothing_that_is_shown_of_a_request_has_what_is_in_it() -> None:
    incoming = Incoming("POST", [(HEADER, SECRET)], b"els@example.nl", [("token", SECRET)], SECRET)
    shown = f"{incoming} {Secrets((SECRET,), (SECRET,), (SECRET,))} {Concern('members', 'els@example.nl')}"
    shown += repr(door(**BY_HEADER)) + str(UnverifiedError()) + repr(UnverifiedError())
    assert SECRET not in shown
    assert "els@" not in shown
