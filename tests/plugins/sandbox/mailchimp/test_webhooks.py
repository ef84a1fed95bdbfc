"""Webhooks are checked when they are made, and told of what happens."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest
from werkzeug.wrappers import Request, Response

from plugins.sandbox.server import running
from tests.plugins.sandbox.mailchimp.stage import ELS, LIST, Caller

WEBHOOKS = f"{LIST}/webhooks"
PEOPLE_ONLY = {"events": {"unsubscribe": True, "subscribe": True}, "sources": {"user": True}}
WAIT_SECONDS = 5


class Receiver:
    """Hears what a webhook brings."""

    def __init__(self) -> None:
        self.heard: queue.Queue[dict[str, str]] = queue.Queue()
        self.url = ""

    def __call__(self, request: Request) -> Response:
        if request.method == "POST":
            self.heard.put(request.form.to_dict())
        return Response("", 404 if request.path == "/nothing" else 200)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    with running(made) as made.url:
        yield made


def test_refuses_an_address_that_does_not_answer(caller: Caller, receiver: Receiver) -> None:
    assert caller.call("POST", WEBHOOKS, {"url": f"{receiver.url}/nothing"}).status_code == 400
    assert caller.call("POST", WEBHOOKS, {"url": receiver.url}).status_code == 200


def test_tells_what_people_did_as_a_form(caller: Caller, receiver: Receiver) -> None:
    caller.call("POST", WEBHOOKS, {"url": receiver.url, **PEOPLE_ONLY})
    caller.vendor.perform("unsubscribe", email=ELS)
    heard = receiver.heard.get(timeout=WAIT_SECONDS)
    assert (heard["type"], heard["data[email]"], heard["data[action]"]) == ("unsubscribe", ELS, "unsub")
    assert heard["data[merges][FNAME]"] == "Els"
    assert heard["fired_at"] == "2026-03-01 12:00:00"


def test_repeats_what_the_api_did_only_to_who_asked_for_it(caller: Caller, receiver: Receiver) -> None:
    made = caller.call("POST", WEBHOOKS, {"url": receiver.url, **PEOPLE_ONLY}).json
    assert made
    caller.put("one@example.com")
    caller.call("PATCH", f"{WEBHOOKS}/{made['id']}", {"sources": {"api": True}})
    caller.put("two@example.com")
    assert receiver.heard.get(timeout=WAIT_SECONDS)["data[email]"] == "two@example.com"
    assert receiver.heard.empty()


def test_can_be_changed_listed_and_removed(caller: Caller, receiver: Receiver) -> None:
    made = caller.call("POST", WEBHOOKS, {"url": receiver.url, **PEOPLE_ONLY}).json
    assert made
    assert caller.get(f"{WEBHOOKS}/{made['id']}") == made
    assert caller.call("POST", WEBHOOKS, {"url": receiver.url}).status_code == 400
    assert caller.call("DELETE", f"{WEBHOOKS}/{made['id']}").status_code == 204
    assert caller.get(WEBHOOKS)["total_items"] == 0
