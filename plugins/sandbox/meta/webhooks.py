"""The webhooks: who listens to what, and messages that are signed, may come twice, and in any order."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from plugins.sandbox.meta.business import Application
from plugins.sandbox.meta.items import is_address
from plugins.sandbox.meta.leads import LeadPaths
from plugins.sandbox.meta.nodes import Connection, edge, seconds
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.posts import Page
from plugins.sandbox.meta.refusals import Refusal, invalid, required
from plugins.sandbox.stand_in import act

FIELDS = {
    "page": ("feed", "mention", "leadgen", "ratings", "name", "picture"),
    "instagram": ("comments", "mentions", "story_insights", "live_comments"),
}
CHALLENGE = "1158201444"
TIMEOUT_SECONDS = 10
VALIDATION_FAILED = 2_200
Change = tuple[str, str, str, dict[str, Any]]
"""Object, id of the asset, field and value."""
Message = tuple[str, bytes]
"""Where to, and what."""


@dataclass
class WebhookPaths(LeadPaths):
    """Answers `/{app}/subscriptions` and `/{page}/subscribed_apps`, and tells receivers what people did."""

    repeats_every: int = field(default=3, kw_only=True)
    """One in so many messages is sent twice; 0 sends each once."""
    is_flat: bool = field(default=False, kw_only=True)
    """Whether Instagram's entries have the field and the value themselves, as with Instagram login."""

    def seed(self) -> None:
        """Start with nobody who listens."""
        super().seed()
        self.subscriptions: dict[str, dict[str, Any]] = {}
        """Of the app, by object."""
        self.subscribed_fields: list[str] = []
        """Of the Page."""
        self.held: list[Change] | None = None
        self.unanswered: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.sent_messages = 0

    @edge("Application", "subscriptions")
    def list_subscriptions(self, node: Application, parameters: Parameters) -> Connection:
        """List what the app listens to."""
        self.needs_app_token(parameters)
        return Connection([_shown(each) for each in self.subscriptions.values()], is_paged=False)

    @edge("Application", "subscriptions", "POST")
    def subscribe(self, node: Application, parameters: Parameters) -> dict[str, bool]:
        """Let the app listen to an object, at an address that answers the handshake."""
        self.needs_app_token(parameters)
        kind, url = parameters.required("object"), parameters.required("callback_url")
        if kind not in FIELDS:
            raise invalid(f"Param object must be one of {{{', '.join(FIELDS)}}}")
        fields, token = parameters.names("fields"), parameters.required("verify_token")
        if not fields or set(fields) - set(FIELDS[kind]):
            raise invalid(f"Param fields must be one of {{{', '.join(FIELDS[kind])}}}")
        if not is_address(url) or not (self.replaying or _shakes_hands(url, token)):
            text = "Callback verification failed: the challenge did not come back"
            raise Refusal(VALIDATION_FAILED, f"(#{VALIDATION_FAILED}) {text}")
        self.subscriptions[kind] = {"object": kind, "callback_url": url, "fields": fields}
        return {"success": True}

    @edge("Application", "subscriptions", "DELETE")
    def unsubscribe(self, node: Application, parameters: Parameters) -> dict[str, bool]:
        """Stop listening to one object, or to all."""
        self.needs_app_token(parameters)
        for kind in [parameters.text("object")] if parameters.has("object") else list(self.subscriptions):
            self.subscriptions.pop(kind, None)
        return {"success": True}

    @edge("Page", "subscribed_apps")
    def list_subscribed_apps(self, node: Page, parameters: Parameters) -> Connection:
        """List the apps that hear of the Page."""
        self.needs_page_token(parameters)
        told = {"id": self.app_id, "name": "Rotonde", "subscribed_fields": self.subscribed_fields}
        return Connection([told] if self.subscribed_fields else [], is_paged=False)

    @edge("Page", "subscribed_apps", "POST")
    def subscribe_page(self, node: Page, parameters: Parameters) -> dict[str, bool]:
        """Let the app hear of the Page."""
        self.needs_page_token(parameters)
        fields = parameters.names("subscribed_fields")
        if not fields:
            raise required("subscribed_fields")
        if set(fields) - set(FIELDS["page"]):
            raise invalid(f"Param subscribed_fields must be one of {{{', '.join(FIELDS['page'])}}}")
        self.subscribed_fields = fields
        return {"success": True}

    @edge("Page", "subscribed_apps", "DELETE")
    def unsubscribe_page(self, node: Page, parameters: Parameters) -> dict[str, bool]:
        """Let the app hear of the Page no more."""
        self.needs_page_token(parameters)
        self.subscribed_fields = []
        return {"success": True}

    @act
    def hold_messages(self) -> None:
        """Messages wait, as they do when Meta is slow."""
        self.held = self.held or []

    @act
    def release_messages(self) -> None:
        """What waited comes at once: shuffled, and each change twice."""
        waiting, self.held = self.held or [], None
        shuffled = [*waiting, *waiting]
        self.random.shuffle(shuffled)
        self._send(shuffled)

    def tell(self, kind: str, asset: str, name: str, value: dict[str, Any]) -> None:
        """Tell who listens of a change, later and in the background."""
        change = (kind, asset, name, value)
        if self.held is not None:
            self.held.append(change)
        else:
            self._send([change])

    def _send(self, changes: Sequence[Change]) -> None:
        heard = [each for each in changes if self._is_heard(each)]
        if self.replaying:
            return
        for kind in FIELDS:
            if of_kind := [each for each in heard if each[0] == kind]:
                self._post_later(self.subscriptions[kind]["callback_url"], self._body(kind, of_kind))

    def _is_heard(self, change: Change) -> bool:
        kind, _, name, _ = change
        subscription = self.subscriptions.get(kind)
        if subscription is None or name not in subscription["fields"] or not self.subscribed_fields:
            return False
        return kind == "instagram" or name in self.subscribed_fields

    def _body(self, kind: str, changes: Sequence[Change]) -> bytes:
        at = seconds(self.clock())  # when it is sent, not when it happened
        told = [({"id": asset, "time": at}, {"field": name, "value": value}) for _, asset, name, value in changes]
        is_flat = self.is_flat and kind == "instagram"
        entries = [entry | (change if is_flat else {"changes": [change]}) for entry, change in told]
        return json.dumps({"object": kind, "entry": entries}).encode()

    def _post_later(self, url: str, body: bytes) -> None:
        self.sent_messages += 1
        is_repeated = self.repeats_every and self.sent_messages % self.repeats_every == 0
        messages = [(url, body)] * (2 if is_repeated else 1)
        while not self.unanswered.empty():
            messages.insert(0, self.unanswered.get())
        threading.Thread(target=self._post_all, args=(messages,), daemon=True).start()

    def _post_all(self, messages: Sequence[Message]) -> None:
        for url, body in messages:
            if not _post(url, body, signature(self.app_secret, body)):
                self.unanswered.put((url, body))


def signature(secret: str, body: bytes) -> str:
    """Return what `X-Hub-Signature-256` says of a body."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def _shown(subscription: dict[str, Any]) -> dict[str, Any]:
    fields = [{"name": name, "version": "v25.0"} for name in subscription["fields"]]
    return {**subscription, "fields": fields, "active": True}


def _shakes_hands(url: str, token: str) -> bool:
    asked = {"hub.mode": "subscribe", "hub.challenge": CHALLENGE, "hub.verify_token": token}
    try:
        response = requests.get(url, params=asked, timeout=TIMEOUT_SECONDS)
    except requests.RequestException:
        return False
    return response.status_code == 200 and response.text == CHALLENGE


def _post(url: str, body: bytes, signed: str) -> bool:
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signed}
    try:
        return requests.post(url, data=body, headers=headers, timeout=TIMEOUT_SECONDS).status_code == 200
    except requests.RequestException:
        return False
