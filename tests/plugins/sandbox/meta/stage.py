"""A small business, a clock that is turned by hand, and a caller with the right tokens."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request

from plugins.sandbox.meta import Meta
from plugins.sandbox.meta.audience import Membership
from plugins.sandbox.retailer import EmptyRetailer

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
ACCOUNT = "act_1020304050"


@dataclass
class Clock:
    """A clock that moves when a test says so."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: int) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


def sha(text: str) -> str:
    """Return what is sent instead of a value."""
    return hashlib.sha256(text.encode()).hexdigest()


ANN, BEN, CIS = (sha(f"{name}@example.com") for name in ("ann", "ben", "cis"))


def people(*rows: Any, schema: Any = ("EMAIL",), **session: Any) -> dict[str, Any]:
    """Return the body of an upload."""
    told = {"session": session} if session else {}
    return {"payload": {"schema": schema if isinstance(schema, str) else list(schema), "data": list(rows)}, **told}


def batch(number: int, *, last: bool = False, session: int = 1) -> dict[str, Any]:
    """Return what an upload says of its session."""
    return {"session_id": session, "batch_seq": number, "last_batch_flag": last}


@dataclass
class Caller:
    """Calls a stand-in with the token of the system user."""

    clock: Clock = field(default_factory=Clock)
    memory: Path | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        retailer = EmptyRetailer(START)
        self.vendor = Meta(clock=self.clock, memory=self.memory, retailer=retailer, **self.options)
        self.client = Client(Request.application(self.vendor))

    def call(self, method: str, path: str, body: Any = None, who: str = "system", **query: str) -> TestResponse:
        """Ask with a JSON body, if there is one; `who` is system, page, app or the text of one."""
        tokens = {"system": self.vendor.access_token, "page": self.vendor.page_token}
        tokens["app"] = f"{self.vendor.app_id}|{self.vendor.app_secret}"
        headers = {"Authorization": f"Bearer {tokens.get(who, who)}"}
        full = path if path.startswith("/v") else f"/v25.0/{path}"
        return self.client.open(full, method=method, json=body, headers=headers, query_string=query or None)

    def get(self, path: str, who: str = "system", **query: str) -> Any:
        """Return the JSON of something that is there."""
        response = self.call("GET", path, who=who, **query)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def post(self, path: str, body: Any, who: str = "system") -> Any:
        """Return the answer to something that is done."""
        response = self.call("POST", path, body, who=who)
        assert response.status_code == 200, response.get_data(as_text=True)
        return response.json

    def refusal(self, method: str, path: str, body: Any = None, who: str = "system", **query: str) -> Any:
        """Return code and subcode of a call that is refused."""
        response = self.call(method, path, body, who=who, **query)
        assert response.status_code >= 400, response.get_data(as_text=True)
        error = (response.json or {})["error"]
        return error["code"], error.get("error_subcode", 0)

    def audience(self, name: str = "Gone quiet", **more: Any) -> str:
        """Make an audience and return its id."""
        body = {"name": name, "subtype": "CUSTOM", "customer_file_source": "USER_PROVIDED_ONLY", **more}
        made: str = self.post(f"{ACCOUNT}/customaudiences", body)["id"]
        return made

    def members(self, audience: str) -> Membership:
        """Return who is in an audience."""
        return self.vendor.members_of(audience)
