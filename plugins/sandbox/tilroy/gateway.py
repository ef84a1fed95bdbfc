"""The door to all Tilroy services: the gateway's key, the tenant's key, and the bearer for personal data."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from plugins.sandbox.retailer import Article, Retailer, Shop
from plugins.sandbox.stand_in import StandIn, json_response, route
from plugins.sandbox.tilroy.answers import Json, Refusal, answer, bad_request, body_of, whole_milliseconds
from plugins.sandbox.tilroy.customer_book import CustomerBook

ACCESS_LASTS = timedelta(minutes=15)
EVERYONE = "*"
LONG_AGO = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows: one customer's own record, until some time."""

    customer: str
    role: str
    until: datetime


def personal(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Mark an answer that needs `Authorization: Bearer`."""
    handler.__bearer__ = True  # type: ignore[attr-defined]
    return handler


@dataclass
class Gateway(StandIn):
    """Knows callers, and the retailer's shops, articles and customers that every service speaks of."""

    name: ClassVar[str] = "tilroy"
    retailer: Retailer = field(kw_only=True)
    tenant_key: str = "sandbox-tenant-key"
    gateway_key: str = "sandbox-gateway-key"
    bearer: str = "sandbox-service-bearer"
    login: str = "sandbox"
    password: str = "sandbox-password"  # noqa: S105 - the sandbox's own
    import_seconds: float = 30.0
    """How long an asynchronous import waits in its queue, by the clock."""

    def seed(self) -> None:
        """Open empty books; each service adds its own."""
        super().seed()
        self.customers = CustomerBook(self.retailer.till_customers)
        self.grants: dict[str, Grant] = {}
        self.queue: list[tuple[datetime, Callable[[datetime], None]]] = []

    @cached_property
    def shops(self) -> dict[int, Shop]:
        """Return the shops by id."""
        return {shop.id: shop for shop in self.retailer.shops}

    @cached_property
    def articles(self) -> dict[int, Article]:
        """Return the articles by sku id."""
        return {article.sku_id: article for article in self.retailer.articles}

    def changed_at(self, article: Article) -> datetime:
        """Return when an article last changed; long ago where nobody knows."""
        return article.changed_at or self.retailer.anchor - LONG_AGO

    @cached_property
    def sku_ids(self) -> dict[str, int]:
        """Return the sku ids by the sku's sourceId, and by barcode."""
        known = {article.gtin: article.sku_id for article in self.articles.values() if article.gtin}
        return known | {article.sku: article.sku_id for article in self.articles.values()}

    def present(self) -> datetime:
        """Return the moment, as precise as Tilroy writes it."""
        return whole_milliseconds(self.clock())

    def later(self, work: Callable[[datetime], None]) -> None:
        """Queue an import: it shows once the clock has passed."""
        self.queue.append((self.present() + timedelta(seconds=self.import_seconds), work))

    def _route(self, request: Request) -> Response:
        present = self.present()
        due = [entry for entry in self.queue if entry[0] <= present]
        self.queue = [entry for entry in self.queue if entry[0] > present]
        for at, work in due:
            work(at)
        return super()._route(request)

    def authenticate(self, request: Request) -> Response | None:
        """Refuse in the gateway's words first, then in the service's."""
        try:
            endpoint, values = self.routes.bind_to_environ(request.environ).match()
        except HTTPException as error:
            return self.problem(error)
        if request.headers.get("x-api-key") != self.gateway_key:
            return json_response({"message": "Forbidden"}, 403)
        if request.headers.get("Tilroy-Api-Key") != self.tenant_key:
            return _refused(401, "Unauthorized", "Tilroy-Api-Key is missing or unknown")
        if getattr(getattr(self, endpoint), "__bearer__", False):
            return self._without_right(request, values)
        return None

    def _without_right(self, request: Request, values: Mapping[str, Any]) -> Response | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return _refused(401, "Unauthorized", "No authorization token was found")
        if secrets.compare_digest(token.encode(), self.bearer.encode()):
            return None
        grant = self.grants.get(token)
        if grant is None or grant.until <= self.clock():
            return _refused(401, "Unauthorized", "Invalid or expired token")
        if grant.customer in (EVERYONE, str(values.get("customer", ""))):
            return None
        return _refused(403, "Forbidden", f"User {grant.customer} has no permission to update customer")

    def problem(self, error: HTTPException) -> Response:
        """Say a service's refusal in its words; an unknown path or method is the gateway's business."""
        if isinstance(error, Refusal):
            return _refused(error.code or 500, error.word, error.description or "")
        return json_response({"message": "Missing Authentication Token"}, 403)

    def _grant(self, customer: str, role: str) -> Json:
        access = f"sandbox-access-{len(self.grants) + 1}-{self.random.randrange(16**8):08x}"
        self.grants[access] = Grant(customer, role, self.present() + ACCESS_LASTS)
        return {"userId": int(customer) if customer.isdecimal() else 1, "role": role, "access": access}

    @route("/authenticationapi/production/auth/tokens", "POST")
    def answer_login(self, request: Request) -> Response:
        """Give a short-lived access token for a login, or for an old access token and its refresh token."""
        body = body_of(request)
        if "refresh" in body:
            if body.get("access") not in self.grants or body["refresh"] != f"{body['access']}-refresh":
                raise Refusal(401, "Unauthorized", "Invalid refresh token")
            role = self.grants[body["access"]].role
        elif (body.get("login"), body.get("password")) == (self.login, self.password):
            role = str(body.get("role") or "user")
        else:
            raise Refusal(401, "Unauthorized", "Invalid login or password")
        token = self._grant(EVERYONE, role)
        return answer(request, {**token, "refresh": f"{token['access']}-refresh"})

    @route("/authenticationapi/production/tokens", "POST")
    def answer_customer_token(self, request: Request) -> Response:
        """Give a shopper's app a token for that customer alone."""
        body = body_of(request)
        user = body.get("user")
        customer = str(user.get("tilroyId", "")) if isinstance(user, dict) else ""
        if not customer:
            raise bad_request("user.tilroyId is required")
        if not customer.isdecimal() or self.customers.get(int(customer)) is None:
            raise Refusal(404, "NotFound", "User not found")
        return answer(request, self._grant(customer, str(body.get("role") or "customer")))


def _refused(status: int, word: str, message: str) -> Response:
    return json_response({"code": word, "message": message}, status)
