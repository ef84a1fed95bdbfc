"""The property behind every path: who may call, what was told to it, and what is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from typing_extensions import override
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_analytics.quotas import AT_ONCE, WAIT, Quotas
from plugins.sandbox.google_analytics.refusals import (
    ID_PAGE,
    NO_ACCESS,
    NO_SCOPE,
    NOT_ENABLED,
    NOT_SIGNED_IN,
    exhausted,
    invalid,
    refusal_response,
)
from plugins.sandbox.google_analytics.tokens import ANALYTICS, READING, STORAGE, Tokens
from plugins.sandbox.google_analytics.told import ZONE, Told
from plugins.sandbox.retailer import BrowseEvent, Retailer
from plugins.sandbox.stand_in import StandIn, json_response, route

SCOPES = {"/v1beta": {ANALYTICS, READING}, "/export": {STORAGE}}
"""What a token must be good for, by the beginning of the path."""
READS = ("/token", ":runReport", ":batchRunReports", ":checkCompatibility", ":query", "/debug/mp/collect")
"""Calls that change nothing, though they are POSTs."""


@dataclass
class Account(StandIn):
    """One property with one web stream, and one service account that may read it."""

    name: ClassVar[str] = "google_analytics"
    retailer: Retailer = field(kw_only=True)
    property_id: str = field(default="387654321", kw_only=True)
    stream_id: str = field(default="3180045512", kw_only=True)
    measurement_id: str = field(default="G-SANDBOX001", kw_only=True)
    api_secret: str = field(default="sandbox0measurement0", kw_only=True)
    client_email: str = field(default="rotonde@sandbox-project.iam.gserviceaccount.com", kw_only=True)

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.client_email)
        self.quotas = Quotas()
        self.has_access = self.is_enabled = True
        self.door = threading.Lock()
        super().__post_init__()

    @override
    def seed(self) -> None:
        self.told: list[Told] = []
        for each in self.retailer.browse_events:
            self.tell(each, each.at + timedelta(days=each.days_late))

    def tell(self, event: BrowseEvent, received_at: datetime) -> None:
        """Take what a browser or a till says happened."""
        self.told.append(Told(event, len(self.told), received_at))

    def today(self) -> date:
        """Return the day in the property's time zone."""
        return self.clock().astimezone(ZONE).date()

    def known(self) -> Iterable[Told]:
        """Return what has arrived by now."""
        now = self.clock()
        return [each for each in self.told if each.received_at <= now]

    @override
    def authenticate(self, request: Request) -> Response | None:
        wanted = next((scopes for path, scopes in SCOPES.items() if request.path.startswith(path)), None)
        if wanted is None:
            return None
        offered = request.authorization
        token = (offered.token or "") if offered and offered.type == "bearer" else ""
        scopes = self.tokens.scopes_of(token, self.clock())
        if not scopes:
            return self.problem(NOT_SIGNED_IN)
        if not scopes & wanted:
            return self.problem(NO_SCOPE)
        if request.path.startswith("/v1beta") and not self.is_enabled:
            return self.problem(NOT_ENABLED)
        return None

    def check_property(self, property_id: str) -> None:
        """Refuse a property that is not one, or that the caller may not see."""
        if not property_id.isdigit():
            raise invalid(f"Invalid property ID: {property_id}. A numeric Property ID is required; see {ID_PAGE}.")
        if property_id != self.property_id or not self.has_access:
            raise NO_ACCESS

    @route("/token", "POST")
    def give_token(self, request: Request) -> Response:
        """Give a token for a signed statement."""
        number = f"{self.random.getrandbits(64):016x}"
        return json_response(self.tokens.give(request.form, number, self.clock()))

    @override
    def admit(self, request: Request) -> Response | None:
        if not request.path.startswith("/v1beta"):
            return None
        with self.door:
            self.quotas.running += 1
            is_over = self.quotas.running > AT_ONCE
        return self.problem(exhausted("concurrent requests quota", WAIT)) if is_over else None

    @override
    def leave(self, request: Request) -> None:
        if request.path.startswith("/v1beta"):
            with self.door:
                self.quotas.running -= 1

    @override
    def __call__(self, request: Request) -> Response:
        response = super().__call__(request)
        if response.status_code >= 500 and request.path.startswith("/v1beta"):
            self.quotas.failed(self.clock())
        return response

    @override
    def problem(self, error: HTTPException) -> Response:
        return refusal_response(error)

    @override
    def _remember(self, change: dict[str, Any]) -> None:
        if not str(change.get("path", "")).endswith(READS):
            super()._remember(change)
