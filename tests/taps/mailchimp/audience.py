"""An audience behind `responses`: pages, filters and sorting as Mailchimp documents them, and hooks to disturb it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses
from requests import PreparedRequest

from taps.mailchimp.tap import TapMailchimp

URL = "https://us6.api.mailchimp.com/3.0"
LIST = "57afe96172"
CONFIG = {"api_key": "k0k0k0-us6", "list_id": LIST, "backoff_seconds": 0.0, "max_tries": 3}
START = datetime(2026, 3, 1, tzinfo=UTC)

Row = dict[str, Any]


def at(seconds: int) -> str:
    """Return a moment so many seconds after the start, as Mailchimp writes it."""
    return (START + timedelta(seconds=seconds)).isoformat()


def member(name: str, seconds: int, **more: Any) -> Row:
    """Return a member as the API shows one."""
    email = f"{name}@example.org"
    row = {
        "id": hashlib.md5(email.encode(), usedforsecurity=False).hexdigest(),
        "list_id": LIST,
        "email_address": email,
        "status": "subscribed",
        "merge_fields": {"FNAME": name.title(), "ADDRESS": ""},
        "timestamp_opt": "",
        "timestamp_signup": "",
        "last_changed": at(seconds),
        "tags_count": 0,
        "tags": [],
    }
    return row | more


@dataclass
class Audience:
    """What the API would answer, and what it was asked."""

    members: list[Row] = field(default_factory=list)
    campaigns: list[Row] = field(default_factory=list)
    segments: list[Row] = field(default_factory=list)
    tags: dict[str, list[Row]] = field(default_factory=dict)
    emails: dict[str, list[Row]] = field(default_factory=dict)
    unsubscribes: dict[str, list[Row]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    between: Callable[[int], None] = lambda _page: None
    """Called before each answer with the number of members calls so far."""

    def serve(self, mock: responses.RequestsMock) -> None:
        """Answer every GET below the base URL."""
        mock.add_callback("GET", re.compile(re.escape(URL) + ".*"), self._answer)

    def queries(self, path: str) -> list[dict[str, str]]:
        """Return the queries a path was asked with."""
        return [query for asked, query in self.asked if asked == path]

    def _answer(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        parts = urlsplit(request.url or "")
        path = parts.path.removeprefix("/3.0")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.asked.append((path, query))
        self.between(len(self.asked))
        array, rows = self._rows(path, query)
        if rows is None:
            return 404, {"Content-Type": "application/problem+json"}, json.dumps({"status": 404})
        offset, count = int(query.get("offset", 0)), int(query.get("count", 10))
        body = {array: rows[offset : offset + count], "total_items": len(rows)}
        return 200, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(body)

    def _rows(self, path: str, query: dict[str, str]) -> tuple[str, list[Row] | None]:
        last = path.rpartition("/")[2]
        owner = path.split("/")[-2]
        match last:
            case "members":
                return last, self._found(query)
            case "tags":
                return last, self.tags.get(owner)
            case "email-activity":
                return "emails", self.emails.get(owner)
            case "unsubscribed":
                return "unsubscribes", self.unsubscribes.get(owner)
            case "segments":
                return last, self.segments
            case _:
                return last, self.campaigns if last == "campaigns" else None

    def _found(self, query: dict[str, str]) -> list[Row]:
        status, since, before = (query.get(key) for key in ("status", "since_last_changed", "before_last_changed"))
        found = [
            row
            for row in self.members
            if (row["status"] == status if status else row["status"] != "archived")
            and (not since or row["last_changed"] > since)
            and (not before or row["last_changed"] < before)
        ]
        return sorted(found, key=lambda row: row["last_changed"]) if query.get("sort_field") else found


def tap(*streams: str, state: Row | None = None, **settings: Any) -> TapMailchimp:
    """Return a tap that reads only these streams."""
    made = TapMailchimp(config={**CONFIG, **settings}, state=state, parse_env_config=False)
    for name, stream in made.streams.items():
        stream.selected = name in streams
    return made
