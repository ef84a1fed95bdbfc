"""The account behind every path: OAuth, limits, and who may act for whom."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from typing_extensions import override
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_ads.quotas import Quotas
from plugins.sandbox.google_ads.refusals import (
    DOMAIN,
    Refusal,
    no_permission,
    refusal_response,
    unauthenticated,
    unreadable,
    wrong,
)
from plugins.sandbox.retailer import Retailer
from plugins.sandbox.stand_in import READING, StandIn, json_response, route

SCOPE = "https://www.googleapis.com/auth/datamanager"
TOKEN_LIVES = timedelta(seconds=3599)
GRANT = "refresh_token"
TOKEN_PATH = "/token"  # noqa: S105
INGESTING = ("/v1/audienceMembers", "/v1/events", "/v1/requestStatus")


@dataclass
class Account(StandIn):
    """One Google Ads account, under the manager account that the credentials belong to."""

    name: ClassVar[str] = "google_ads"
    retailer: Retailer = field(kw_only=True)
    client_id: str = field(default="sandbox.apps.googleusercontent.com", kw_only=True)
    client_secret: str = field(default="GOCSPX-sandboxsandboxsandbox", kw_only=True)
    refresh_token: str = field(default="1//sandboxrefreshtoken", kw_only=True)
    customer_id: str = field(default="1234567890", kw_only=True)
    login_customer_id: str = field(default="5550000000", kw_only=True)
    """The manager account; empty where the credentials belong to the account itself."""

    def seed(self) -> None:
        """Start with nobody logged in and nothing used."""
        self.quotas = Quotas()
        self.tokens: dict[str, datetime] = {}
        """Every access token, with the moment it ends."""
        self.made_tokens = self.taken_requests = 0
        self.is_grant_revoked = False

    @route(TOKEN_PATH, "POST")
    def token(self, request: Request) -> Response:
        """Give an access token for the refresh token; errors as RFC 6749 says them."""
        form = request.form
        if form.get("grant_type") != GRANT:
            kind = "unsupported_grant_type" if form.get("grant_type") else "invalid_request"
            return _no_token(kind, f"Invalid grant_type: {form.get('grant_type', '')}")
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _no_token("invalid_client", "The OAuth client was not found.", 401)
        if form.get("refresh_token") != self.refresh_token or self.is_grant_revoked:
            return _no_token("invalid_grant", "Token has been expired or revoked.")
        self.made_tokens += 1
        token = f"ya29.sandbox{self.made_tokens:06}"
        self.tokens[token] = self.clock() + TOKEN_LIVES
        told = {"expires_in": int(TOKEN_LIVES.total_seconds()), "scope": SCOPE, "token_type": "Bearer"}
        return json_response({"access_token": token, **told})

    @override
    def authenticate(self, request: Request) -> Response | None:
        if request.path == TOKEN_PATH:
            return None
        offered = request.authorization
        token = offered.token if offered and offered.type == "bearer" else None
        if self.tokens.get(token or "", self.clock()) <= self.clock():
            return self.problem(unauthenticated())
        try:
            self.quotas.count(_use(request), self.clock())
        except Refusal as refusal:
            return self.problem(refusal)
        return None

    @override
    def problem(self, error: HTTPException) -> Response:
        return refusal_response(error, f"t-{self.random.getrandbits(32):08x}")

    def new_request_id(self) -> str:
        """Return the id of a request that was taken."""
        self.taken_requests += 1
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://{DOMAIN}/{self.taken_requests}"))

    def check_parent(self, request: Request, account_type: str, account_id: str) -> None:
        """Refuse lists of accounts that are not the caller's; the header says through which account one comes."""
        if (account_type, account_id) != ("GOOGLE_ADS", self.customer_id):
            raise no_permission()
        if self.replaying:
            return
        own = {f"accountTypes/GOOGLE_ADS/accounts/{self.login_customer_id or self.customer_id}"}
        login = request.headers.get("login-account")
        if login is None and self.login_customer_id:
            raise no_permission()
        if login is not None and login not in own:
            raise wrong("login_account", "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH")
        if request.headers.get("linked-account"):
            raise wrong("linked_account", "LINKED_ACCOUNT_ONLY_ALLOWED_WITH_DATA_PARTNER_LOGIN_ACCOUNT")


def body_of(request: Request) -> dict[str, Any]:
    """Return the message that was sent, or refuse what is none."""
    try:
        body = json.loads(request.get_data() or b"{}")
    except ValueError:
        raise unreadable("Expected a JSON object.") from None
    if not isinstance(body, dict):
        raise unreadable("Root element must be a message.")
    return body


def _use(request: Request) -> str:
    service = "Ingestion" if request.path.startswith(INGESTING) else "Management"
    return service + ("Read" if request.method in READING else "Write")


def _no_token(error: str, text: str, status: int = 400) -> Response:
    return json_response({"error": error, "error_description": text}, status)
