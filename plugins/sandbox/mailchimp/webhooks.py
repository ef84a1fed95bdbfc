"""The paths of webhooks, and the messages they bring: form-encoded, without waiting for the receiver."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import urlsplit

import requests
from werkzeug.wrappers import Request, Response

from plugins.sandbox.mailchimp.account import Account, answer, empty, read_body
from plugins.sandbox.mailchimp.audience import Audience
from plugins.sandbox.mailchimp.member import Member, digest
from plugins.sandbox.mailchimp.problems import FieldError, invalid, not_found
from plugins.sandbox.mailchimp.queries import Query
from plugins.sandbox.stand_in import json_response, route

WEBHOOKS = "/3.0/lists/<list_id>/webhooks"
EVENTS = ("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign")
SOURCES = ("user", "admin", "api")
TIMEOUT_SECONDS = 10


class WebhookPaths(Account):
    """Answers `/lists/{id}/webhooks` and tells receivers what happened at the vendor's side."""

    def seed(self) -> None:
        """Start without webhooks."""
        super().seed()
        self.made_webhooks = 0

    @route(WEBHOOKS)
    def list_webhooks(self, request: Request, list_id: str) -> Response:
        """List the webhooks."""
        rows = list(self.audience_of(list_id).webhooks.values())
        page = list(Query(request).page(rows))
        return answer(request, {"webhooks": page, "list_id": list_id, "total_items": len(rows), "_links": []})

    @route(WEBHOOKS, "POST")
    def add_webhook(self, request: Request, list_id: str) -> Response:
        """Add a webhook whose address answers a GET with 200."""
        body, audience = read_body(request), self.audience_of(list_id)
        self._check(body, audience, "")
        self.made_webhooks += 1
        key = digest(f"webhook {list_id} {self.made_webhooks}", 10)
        audience.webhooks[key] = {
            "id": key,
            "url": body["url"],
            "events": dict.fromkeys(EVENTS, False) | body.get("events", {}),
            "sources": dict.fromkeys(SOURCES, False) | body.get("sources", {}),
            "list_id": list_id,
            "_links": [],
        }
        return json_response(audience.webhooks[key])

    @route(f"{WEBHOOKS}/<webhook_id>")
    def get_webhook(self, request: Request, list_id: str, webhook_id: str) -> Response:
        """Show one webhook."""
        return answer(request, self._webhook(list_id, webhook_id))

    @route(f"{WEBHOOKS}/<webhook_id>", "PATCH")
    def update_webhook(self, request: Request, list_id: str, webhook_id: str) -> Response:
        """Change a webhook."""
        body, webhook = read_body(request), self._webhook(list_id, webhook_id)
        self._check({"url": webhook["url"], **body}, self.audience, webhook_id)
        webhook["url"] = body.get("url", webhook["url"])
        for name in ("events", "sources"):
            webhook[name] |= body.get(name, {})
        return json_response(webhook)

    @route(f"{WEBHOOKS}/<webhook_id>", "DELETE")
    def delete_webhook(self, request: Request, list_id: str, webhook_id: str) -> Response:
        """Remove a webhook."""
        del self.audience.webhooks[self._webhook(list_id, webhook_id)["id"]]
        return empty()

    def _webhook(self, list_id: str, webhook_id: str) -> dict[str, Any]:
        webhook: dict[str, Any] | None = self.audience_of(list_id).webhooks.get(webhook_id)
        if webhook is None:
            raise not_found()
        return webhook

    def _check(self, body: dict[str, Any], audience: Audience, own: str) -> None:
        errors = [*_switch_errors(body, "events", EVENTS), *_switch_errors(body, "sources", SOURCES)]
        url = body.get("url")
        if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
            errors.append(FieldError("url", "This value is not a valid URL."))
        elif any(each["url"] == url and key != own for key, each in audience.webhooks.items()):
            errors.append(FieldError("url", "Sorry, you can't set up multiple WebHooks for one URL"))
        elif not errors and not self.replaying and not _answers(url):
            errors.append(FieldError("url", "We couldn't verify the URL: it did not answer a GET with 200."))
        if errors:
            raise invalid(*errors)

    def note(self, kind: str, email: str, detail: str = "") -> None:
        """Keep what a caller did, and tell the webhooks that listen to the API too."""
        super().note(kind, email, detail)
        if event := _event(kind, detail):
            member = self.audience.find(email)
            fields = about(member) if member else {"email": email}
            if event == "upemail":
                fields = {"new_id": fields["id"], "new_email": email, "old_email": detail}
            if event == "unsubscribe":
                fields |= {"action": "unsub" if kind == "status" else "delete", "reason": "manual"}
            self.tell(event, "api", fields)

    def tell(self, event: str, source: str, fields: dict[str, str]) -> None:
        """Send an event to every webhook that wants it, later and in the background."""
        if self.replaying:
            return
        form = {"type": event, "fired_at": self.clock().strftime("%Y-%m-%d %H:%M:%S")}
        form |= {f"data[{key}]": value for key, value in {**fields, "list_id": self.list_id}.items()}
        for webhook in self.audience.webhooks.values():
            if webhook["events"][event] and webhook["sources"][source]:
                threading.Thread(target=_post, args=(webhook["url"], form), daemon=True).start()


def _event(kind: str, detail: str) -> str:
    if kind == "status":
        return {"subscribed": "subscribe", "unsubscribed": "unsubscribe"}.get(detail.rpartition("->")[2], "")
    if kind == "created":
        return "subscribe" if detail == "subscribed" else ""
    return {"updated": "profile", "moved": "upemail", "archived": "unsubscribe", "deleted": "unsubscribe"}.get(kind, "")


def about(member: Member) -> dict[str, str]:
    """Return what a webhook says of a member."""
    merges = {"EMAIL": member.email, **member.merge_fields}
    profile = {f"merges][{tag}": value for tag, value in merges.items() if isinstance(value, str)}
    addresses = {"email": member.email, "email_type": member.email_type}
    return {
        "id": member.unique_email_id,
        **addresses,
        "ip_opt": member.ip_opt,
        "ip_signup": member.ip_signup,
        **profile,
    }


def _switch_errors(body: dict[str, Any], name: str, known: tuple[str, ...]) -> list[FieldError]:
    switches = body.get(name, {})
    if not isinstance(switches, dict) or not all(isinstance(value, bool) for value in switches.values()):
        return [FieldError(name, "Schema describes object of booleans")]
    return [FieldError(f"{name}.{key}", "This field is not known.") for key in switches if key not in known]


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=TIMEOUT_SECONDS).status_code == 200
    except requests.RequestException:
        return False


def _post(url: str, form: dict[str, str]) -> None:
    try:
        requests.post(url, data=form, timeout=TIMEOUT_SECONDS)
    except requests.RequestException:
        return
