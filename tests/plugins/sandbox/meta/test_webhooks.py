"""Webhooks shake hands, are signed, come twice, in any order, and back what polling shows."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from plugins.sandbox.server import running
from tests.plugins.sandbox.meta.stage import APP, COMMENT, FORM, INSTAGRAM, MEDIA, PAGE, POST, Caller

WAIT_SECONDS = 5
SECRET_WORD = "listen"
BEN = {"author_id": "7000000000000009", "author": "Ben"}


class Receiver:
    """Shakes hands, checks signatures and hears what comes; says 500 as often as it is told."""

    def __init__(self) -> None:
        self.heard: queue.Queue[dict[str, Any]] = queue.Queue()
        self.url, self.secret, self.failures = "", "", 0

    def __call__(self, request: Request) -> Response:
        if request.method == "GET":
            is_known = request.args["hub.verify_token"] == SECRET_WORD
            return Response(request.args["hub.challenge"] if is_known else "", 200 if is_known else 403)
        body = request.get_data()
        wanted = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        assert request.headers["X-Hub-Signature-256"] == f"sha256={wanted}"
        if self.failures:
            self.failures -= 1
            return Response("", 500)
        self.heard.put(json.loads(body))
        return Response("")

    def changes(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the changes of the next message."""
        message = self.heard.get(timeout=WAIT_SECONDS)
        return [(each["field"], each["value"]) for entry in message["entry"] for each in entry["changes"]]


@pytest.fixture
def receiver(caller: Caller) -> Iterator[Receiver]:
    made = Receiver()
    made.secret = caller.vendor.app_secret
    with running(made) as made.url:
        yield made


def listen(caller: Caller, receiver: Receiver, word: str = SECRET_WORD) -> None:
    for kind, fields in (("page", "feed,leadgen"), ("instagram", "comments,mentions")):
        body = {"object": kind, "callback_url": receiver.url, "fields": fields, "verify_token": word}
        assert caller.post(f"{APP}/subscriptions", body, who="app") == {"success": True}
    caller.post(f"{PAGE}/subscribed_apps", {"subscribed_fields": ["feed", "leadgen"]}, who="page")


def test_refuses_an_address_that_does_not_shake_hands(caller: Caller, receiver: Receiver) -> None:
    body = {"object": "page", "callback_url": receiver.url, "fields": "feed", "verify_token": "wrong"}
    assert caller.refusal("POST", f"{APP}/subscriptions", body, who="app") == (2200, 0)
    assert caller.get(f"{APP}/subscriptions", who="app") == {"data": []}


def test_tells_a_comment_with_its_author_and_shows_it_in_the_list(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver)
    caller.vendor.perform("comment", post_id=POST, text="Topper!", parent_id=COMMENT, **BEN)
    message = receiver.heard.get(timeout=WAIT_SECONDS)
    (entry,) = message["entry"]
    assert (message["object"], entry["id"], entry["time"]) == ("page", PAGE, 1793534400)
    value = entry["changes"][0]["value"]
    assert value["from"] == {"id": "7000000000000009", "name": "Ben"}
    assert (value["item"], value["verb"], value["message"], value["parent_id"]) == (
        "comment",
        "add",
        "Topper!",
        COMMENT,
    )
    listed = caller.get(f"{POST}/comments", who="page", filter="stream")["data"]
    assert listed[-1]["id"] == value["comment_id"]


def test_names_who_reacted_only_here_and_by_other_words(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver)
    caller.vendor.perform("react", post_id=POST, reaction="SAD", **BEN)
    ((field, value),) = receiver.changes()
    assert (field, value["item"], value["reaction_type"], value["from"]["name"]) == ("feed", "reaction", "sorry", "Ben")
    assert caller.get(f"{POST}/reactions", summary="true")["summary"]["total_count"] == 42


def test_tells_changes_of_a_comment_by_their_verbs(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver)
    caller.vendor.repeats_every = 0
    caller.vendor.perform("edit_comment", comment_id=COMMENT, text="Nog mooier")
    caller.vendor.perform("hide_comment", comment_id=COMMENT)
    caller.vendor.perform("remove_comment", comment_id=COMMENT)
    assert {receiver.changes()[0][1]["verb"] for _ in range(3)} == {"edited", "hide", "remove"}


def test_tells_instagram_comments_and_mentions(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver)
    caller.vendor.perform("comment", post_id=MEDIA, text="Mooi", author_id="1784", author="ben")
    ((field, value),) = receiver.changes()
    assert (field, value["from"]["username"], value["media"]["id"]) == ("comments", "ben", MEDIA)
    caller.vendor.perform("mention", author_id="1784", author="ben", text="@wandelwind", in_comment="yes")
    ((field, value),) = receiver.changes()
    assert (field, set(value)) == ("mentions", {"media_id", "comment_id"})
    fields = f"mentioned_comment.comment_id({value['comment_id']}){{text}}"
    assert caller.get(INSTAGRAM, fields=fields)["mentioned_comment"]["text"] == "@wandelwind"


def test_tells_instagram_without_changes_where_instagram_login_does(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver)
    caller.vendor.is_flat = True
    caller.vendor.perform("comment", post_id=MEDIA, text="Mooi", author_id="1784", author="ben")
    (entry,) = receiver.heard.get(timeout=WAIT_SECONDS)["entry"]
    assert (entry["field"], entry["value"]["text"], "changes" in entry) == ("comments", "Mooi", False)


def test_tells_a_lead_by_its_number_only(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver)
    caller.vendor.perform("fill_in", form_id=FORM, email="ben@example.com", full_name="Ben", ticked="newsletter_optin")
    ((field, value),) = receiver.changes()
    assert (field, "email" in json.dumps(value)) == ("leadgen", False)
    lead = caller.get(value["leadgen_id"], fields="custom_disclaimer_responses")
    assert [each["is_checked"] for each in lead["custom_disclaimer_responses"]] == ["1", ""]


def test_repeats_every_third_message(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver)
    for text in "abc":
        caller.vendor.perform("comment", post_id=POST, text=text, **BEN)
    assert sorted(receiver.changes()[0][1]["message"] for _ in range(4)) == ["a", "b", "c", "c"]


def test_sends_what_waited_twice_and_in_another_order(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver)
    caller.vendor.perform("hold_messages")
    texts = list("abcdef")
    for text in texts:
        caller.vendor.perform("comment", post_id=POST, text=text, **BEN)
    caller.vendor.perform("release_messages")
    told = [value["message"] for _, value in receiver.changes()]
    assert sorted(told) == sorted(texts * 2)
    assert told not in (sorted(texts * 2), texts * 2)


def test_tries_again_what_was_not_answered(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver)
    receiver.failures = 1
    caller.vendor.perform("comment", post_id=POST, text="a", **BEN)
    caller.vendor.unanswered.put(caller.vendor.unanswered.get(timeout=WAIT_SECONDS))
    caller.vendor.perform("comment", post_id=POST, text="b", **BEN)
    assert [receiver.changes()[0][1]["message"] for _ in range(2)] == ["a", "b"]


def test_tells_nothing_to_an_app_that_left(caller: Caller, receiver: Receiver) -> None:
    listen(caller, receiver)
    assert caller.call("DELETE", f"{PAGE}/subscribed_apps", who="page").json == {"success": True}
    caller.vendor.perform("comment", post_id=POST, text="a", **BEN)
    assert caller.call("DELETE", f"{APP}/subscriptions", {"object": "page"}, who="app").json == {"success": True}
    assert [each["object"] for each in caller.get(f"{APP}/subscriptions", who="app")["data"]] == ["instagram"]
    assert caller.vendor.sent_messages == 0
