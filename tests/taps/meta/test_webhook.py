"""What Meta sends is known by its signature, each change in it by what it says, and names what the tap reads back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from plugins.wire.proofs import Incoming, Secrets, UnverifiedError
from plugins.wire.webhooks import Concern, Delivery
from tests.plugins.sandbox.meta.stage import APP, COMMENT, FORM, MEDIA, PAGE, POST, Caller
from tests.plugins.wire.letterbox import SPOILT, Letterbox, letterbox, receiver_of, spoilt

SIGNATURE = "X-Hub-Signature-256"
TOKEN = "a word that we gave Meta"
BEN = {"author_id": "7000000000000009", "author": "Ben"}


@pytest.fixture
def caller() -> Caller:
    return Caller()


@pytest.fixture
def box(caller: Caller) -> Iterator[Letterbox]:
    secrets = Secrets(signature=(caller.vendor.app_secret,), token=(TOKEN,))
    with letterbox(receiver_of("meta", secrets)) as made:
        yield made


def subscription(box: Letterbox, token: str = TOKEN) -> dict[str, str]:
    return {"object": "page", "callback_url": box.url, "fields": "feed,leadgen", "verify_token": token}


@pytest.fixture
def listening(caller: Caller, box: Letterbox) -> Letterbox:
    """Meta shook hands, and tells of everything, each thing once."""
    caller.vendor.repeats_every = 0
    instagram = {**subscription(box), "object": "instagram", "fields": "comments,mentions"}
    for body in (subscription(box), instagram):
        assert caller.post(f"{APP}/subscriptions", body, who="app") == {"success": True}
    caller.post(f"{PAGE}/subscribed_apps", {"subscribed_fields": ["feed", "leadgen"]}, who="page")
    return box


@pytest.fixture
def commented(caller: Caller, listening: Letterbox) -> Incoming:
    """A delivery as it is really sent."""
    caller.vendor.perform("comment", post_id=POST, text="Topper 1!", parent_id=COMMENT, **BEN)
    return listening.next()


def heard(box: Letterbox) -> Delivery:
    return box.receiver.receive(box.next())


def test_s9_shakes_hands_with_who_knows_the_token_and_with_nobody_else(caller: Caller, box: Letterbox) -> None:
    for wrong in (TOKEN.upper(), TOKEN[:-1], f"{TOKEN} ", "é", "wrong"):
        assert caller.refusal("POST", f"{APP}/subscriptions", subscription(box, wrong), who="app") == (2200, 0)
    assert caller.post(f"{APP}/subscriptions", subscription(box), who="app") == {"success": True}


def test_s8_takes_what_meta_signed_and_reads_the_comment_back(
    caller: Caller, box: Letterbox, commented: Incoming
) -> None:
    written = caller.get(f"{POST}/comments", who="page", filter="stream")["data"][-1]["id"]
    assert box.receiver.receive(commented).concerns == (Concern("comments", written), Concern("posts", POST))


def test_s8_takes_a_delivery_that_comes_twice_once(caller: Caller, listening: Letterbox) -> None:
    caller.vendor.repeats_every = 1
    caller.vendor.perform("react", post_id=POST, reaction="SAD", **BEN)
    first, again = heard(listening), heard(listening)
    assert (first.concerns, again.concerns, again.repeated) == ((Concern("posts", POST),), (), 1)


def test_s8_takes_each_of_many_changes_once_however_they_are_shuffled_and_packed(
    caller: Caller, listening: Letterbox
) -> None:
    caller.vendor.perform("comment", post_id=POST, text="een", **BEN)
    alone = listening.next()
    caller.vendor.perform("hold_messages")
    for text in ("twee", "drie", "vier"):
        caller.vendor.perform("comment", post_id=POST, text=text, **BEN)
    caller.vendor.perform("release_messages")
    packed = listening.next()
    assert len(json.loads(packed.body)["entry"]) == 6
    together = listening.receiver.receive(packed)
    assert (len(together.ids), together.repeated) == (3, 3)
    assert len([each for each in together.concerns if each.stream == "comments"]) == 3
    assert len(listening.receiver.receive(alone).concerns) == 2
    assert listening.receiver.receive(packed).concerns == ()


def test_s8_the_moment_of_sending_makes_no_change_another_one(
    caller: Caller, box: Letterbox, commented: Incoming
) -> None:
    from plugins.sandbox.meta.webhooks import signature

    said = json.loads(commented.body)
    said["entry"][0]["time"] += 3600
    later = json.dumps(said).encode()
    headers = [(SIGNATURE, signature(caller.vendor.app_secret, later))]
    box.receiver.receive(commented)
    assert box.receiver.receive(replace(commented, headers=headers, body=later)).repeated == 1


def test_s9_refuses_a_delivery_that_was_tampered_with_alike(box: Letterbox, commented: Incoming) -> None:
    tampered = list(spoilt(commented, SIGNATURE))
    assert len(tampered) == len(SPOILT) + 8
    for each in tampered:
        with pytest.raises(UnverifiedError, match=r"^webhook: not accepted; see that the sender has"):
            box.receiver.receive(each)
    assert box.receiver.receive(commented).concerns


@pytest.mark.parametrize("prefix", ["", "SHA256=", "sha1=", "sha256:", "sha256= "])
def test_s9_refuses_the_right_signature_under_another_name(box: Letterbox, commented: Incoming, prefix: str) -> None:
    right = commented.header(SIGNATURE).removeprefix("sha256=")
    with pytest.raises(UnverifiedError):
        box.receiver.receive(replace(commented, headers=[(SIGNATURE, f"{prefix}{right}")]))


def test_s9_refuses_what_another_app_signed(commented: Incoming) -> None:
    secrets = Secrets(signature=("another app's secret",), token=(TOKEN,))
    with pytest.raises(UnverifiedError):
        receiver_of("meta", secrets).receive(commented)


def test_reads_back_leads_and_what_is_said_on_instagram_in_both_forms(caller: Caller, listening: Letterbox) -> None:
    caller.vendor.perform("fill_in", form_id=FORM, email="jan@example.com", full_name="Jan", ticked="newsletter_optin")
    (lead,) = heard(listening).concerns
    newest = caller.get(f"{FORM}/leads", who="page")["data"]
    assert lead.stream == "leads"
    assert lead.key in {each["id"] for each in newest}
    for is_flat in (False, True):
        caller.vendor.is_flat = is_flat
        caller.vendor.perform("comment", post_id=MEDIA, text=f"Mooi {is_flat}", author_id="1784", author="ben")
        (comment,) = heard(listening).concerns
        assert comment.stream == "media_comments"
        assert comment.key in {each["id"] for each in caller.get(f"{MEDIA}/comments")["data"]}
    caller.vendor.perform("mention", author_id="1784", author="ben", text="@wandelwind")
    (mention,) = heard(listening).concerns
    assert mention.stream == "tagged_media"


def test_says_nothing_of_who_reacted(caller: Caller, listening: Letterbox) -> None:
    caller.vendor.perform("react", post_id=POST, reaction="LOVE", **BEN)
    assert heard(listening).concerns == (Concern("posts", POST),)
