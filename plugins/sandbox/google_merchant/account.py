"""The Merchant Center account behind every path: OAuth, quotas, names and pages."""

from __future__ import annotations

import base64
import json
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from typing_extensions import override
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from plugins.sandbox.google_merchant.refusals import (
    Refusal,
    exhausted,
    invalid,
    no_permission,
    not_registered,
    refusal_response,
    unauthenticated,
)
from plugins.sandbox.retailer import Retailer
from plugins.sandbox.stand_in import StandIn, json_response, route

TOKEN_PATH = "/token"  # noqa: S105
TOKEN_LIVES = timedelta(seconds=3599)
RESET_HOUR = 12
"""Quotas of a day begin anew at noon, UTC."""
GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "products": ("ProductInputs", ("productInputs.insert", "productInputs.delete", "products.get", "products.list")),
    "promotions": ("Promotions", ("promotions.insert", "promotions.get", "promotions.list")),
    "inventories": ("LocalInventories", ("localInventories.insert", "localInventories.delete")),
    "datasources": ("DataSources", ("dataSources.get", "dataSources.list")),
    "quota": ("Quotas", ("quotas.list",)),
}
"""By sub-API: what its group is called, and the methods that share it."""


@dataclass
class Account(StandIn):
    """One Merchant Center account with one data source for products and one for promotions."""

    name: ClassVar[str] = "google_merchant"
    retailer: Retailer = field(kw_only=True)
    client_id: str = field(default="sandbox.apps.googleusercontent.com", kw_only=True)
    client_secret: str = field(default="GOCSPX-sandboxsandboxsandbox", kw_only=True)
    refresh_token: str = field(default="1//sandboxmerchantrefreshtoken", kw_only=True)
    account_id: str = field(default="123456", kw_only=True)
    calls_a_minute: int = field(default=3000, kw_only=True)
    calls_a_day: int = field(default=100_000, kw_only=True)
    """The vendor adjusts both by itself, and tells them through the quota API."""

    def seed(self) -> None:
        """Start with nobody logged in and nothing used."""
        self.tokens: dict[str, datetime] = {}
        self.made_tokens = 0
        self.is_registered = True
        self.minutes: dict[str, deque[datetime]] = defaultdict(deque)
        self.days: Counter[tuple[str, str]] = Counter()
        self.used_up: set[str] = set()

    @route(TOKEN_PATH, "POST")
    def token(self, request: Request) -> Response:
        """Give an access token for the refresh token; errors as RFC 6749 says them."""
        form = request.form
        if form.get("grant_type") != "refresh_token":
            return json_response({"error": "unsupported_grant_type"}, 400)
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return json_response({"error": "invalid_client"}, 401)
        if form.get("refresh_token") != self.refresh_token:
            return json_response({"error": "invalid_grant"}, 400)
        self.made_tokens += 1
        token = f"ya29.merchant{self.made_tokens:06}"
        self.tokens[token] = self.clock() + TOKEN_LIVES
        return json_response({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    @override
    def authenticate(self, request: Request) -> Response | None:
        if request.path == TOKEN_PATH:
            return None
        offered = request.authorization
        token = offered.token if offered and offered.type == "bearer" else ""
        if self.tokens.get(token or "", self.clock()) <= self.clock():
            return self.problem(unauthenticated())
        if not self.is_registered:
            return self.problem(not_registered())
        try:
            self._count(request.path.split("/")[1])
        except Refusal as refusal:
            return self.problem(refusal)
        return None

    def _count(self, group: str) -> None:
        at, minute = self.clock(), self.minutes[group]
        while minute and minute[0] <= at - timedelta(minutes=1):
            minute.popleft()
        if len(minute) >= self.calls_a_minute:
            raise exhausted("quota/request_rate_too_high")
        if self.days[group, self.quota_day()] >= self.calls_a_day:
            raise exhausted("quota/daily_limit_exceeded")
        minute.append(at)
        self.days[group, self.quota_day()] += 1

    def quota_day(self) -> str:
        """Return the day that quotas count: from noon to noon."""
        return (self.clock() - timedelta(hours=RESET_HOUR)).date().isoformat()

    @override
    def problem(self, error: HTTPException) -> Response:
        return refusal_response(error)

    def check_account(self, account: str) -> None:
        """Refuse accounts that are not the caller's."""
        if account != self.account_id:
            raise no_permission()

    @route("/quota/v1/accounts/<account>/quotas")
    def list_quotas(self, request: Request, account: str) -> Response:
        """List how much of each group is used."""
        self.check_account(account)
        groups = [self._group(name) for name in GROUPS]
        return json_response(paged(request, groups, "quotaGroups", 500, 1000))

    def _group(self, group: str) -> dict[str, Any]:
        name, methods = GROUPS[group]
        return {
            "name": f"accounts/{self.account_id}/quotas/{name}",
            "quotaUsage": str(self.days[group, self.quota_day()]),
            "quotaLimit": str(self.calls_a_day),
            "quotaMinuteLimit": str(self.calls_a_minute),
            "methodDetails": [
                {"method": each, "version": "v1", "subapi": group, "path": f"{group}/v1/{each}"} for each in methods
            ],
        }


def body_of(request: Request) -> dict[str, Any]:
    """Return the message that was sent, or refuse what is none."""
    try:
        body = json.loads(request.get_data() or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise invalid("body", "INVALID_JSON")
    return body


def paged(request: Request, rows: Sequence[Any], name: str, usual: int, largest: int) -> dict[str, Any]:
    """Return one page of rows; a size that is too large is lowered."""
    size, token = request.args.get("pageSize", ""), request.args.get("pageToken", "")
    if (size and not size.isdecimal()) or (token and not token.isdecimal()):
        raise invalid("pageToken" if token else "pageSize", "INVALID_PAGE_TOKEN" if token else "INVALID_PAGE_SIZE")
    first, many = int(token or 0), min(int(size or 0) or usual, largest)
    page: dict[str, Any] = {name: list(rows[first : first + many])} if rows[first:] else {}
    return {**page, "nextPageToken": str(first + many)} if first + many < len(rows) else page


def encoded(name: str) -> str:
    """Return a name as unpadded base64url, as paths may carry it."""
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def decoded(segment: str) -> str:
    """Return the name that a path means, plain or in base64url."""
    if "~" in segment:
        return segment
    try:
        name = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode()
    except ValueError:
        name = ""
    if name.count("~") < 2:
        raise invalid("name", "INVALID_NAME_PART_COUNT")
    return name
