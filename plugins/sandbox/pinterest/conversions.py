"""The path of conversions: up to a thousand events, answered one by one in their order."""

from __future__ import annotations

import base64
import json
from typing import Any

from werkzeug.wrappers import Request, Response

from plugins.sandbox.pinterest.app import App
from plugins.sandbox.pinterest.conversion import complaint
from plugins.sandbox.pinterest.operations import ACCOUNT, operation
from plugins.sandbox.pinterest.reading import flag, object_of
from plugins.sandbox.pinterest.refusals import Refusal, invalid
from plugins.sandbox.stand_in import json_response

MOST_EVENTS = 1000
NOT_ALL = "Not all events were successfully processed."


class ConversionPaths(App):
    """Answers `/ad_accounts/{id}/events`."""

    def seed(self) -> None:
        """Start with no conversions."""
        super().seed()
        self.conversions: list[dict[str, Any]] = []
        self.seen: set[tuple[str, str]] = set()
        """Name and id of the events that can come twice: what happened offline cannot be told apart."""

    @operation(f"{ACCOUNT}/events", "POST", category="ads_conversions", scopes="ads:write", conversion_token=True)
    def create_events(self, request: Request, ad_account_id: str) -> Response:
        """Take the events that fit; 422 where some do not, with the same answer in its details."""
        events = self._events(object_of(request))
        reasons = [complaint(each) for each in events]
        if not flag(request, "test"):
            self._keep(request, [event for event, reason in zip(events, reasons, strict=True) if not reason], reasons)
        told = {
            "num_events_received": len(events),
            "num_events_processed": reasons.count(""),
            "events": [_answered(reason) for reason in reasons],
        }
        if any(reasons):
            return json_response(Refusal(422, 422, NOT_ALL, told).body(), 422)
        return json_response(told)

    @staticmethod
    def _events(body: dict[str, Any]) -> list[dict[str, Any]]:
        events = body.get("data")
        if body.keys() != {"data"} or not isinstance(events, list) or not 1 <= len(events) <= MOST_EVENTS:
            raise invalid("The request was invalid.", 4196)
        if not all(isinstance(each, dict) for each in events):
            raise invalid("The request was invalid.", 4196)
        return events

    def _keep(self, request: Request, events: list[dict[str, Any]], reasons: list[str]) -> None:
        if events and any(reasons):  # a refusal is not remembered by itself, and this one has done something
            self._remember_processed(request.path, events)
        for event in events:
            mark = (event["event_name"], event["event_id"])
            if event["action_source"] == "offline" or mark not in self.seen:
                self.conversions.append(event)
                self.seen.add(mark)

    def _remember_processed(self, path: str, events: list[dict[str, Any]]) -> None:
        change = {"at": self.clock().isoformat(), "method": "POST", "path": path, "query": ""}
        body = base64.b64encode(json.dumps({"data": events}).encode()).decode()
        self._remember({**change, "body": body, "type": "application/json"})


def _answered(reason: str) -> dict[str, str]:
    return {"status": "failed", "error_message": reason} if reason else {"status": "processed", "warning_message": ""}
