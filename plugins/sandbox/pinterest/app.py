"""The app behind every path: its tokens, its limits, and the one ad account it may act for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from typing_extensions import override
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from plugins.sandbox.pinterest.operations import ROOT, Operation, operation_of
from plugins.sandbox.pinterest.quotas import Quotas
from plugins.sandbox.pinterest.reading import check_id
from plugins.sandbox.pinterest.refusals import lacks_scope, not_permitted, refusal_response, unauthenticated
from plugins.sandbox.pinterest.tokens import Token, Tokens
from plugins.sandbox.retailer import Retailer
from plugins.sandbox.stand_in import StandIn

LOGIN = f"{ROOT}/oauth/token"


@dataclass
class App(StandIn):
    """One app of one business account with one ad account."""

    name: ClassVar[str] = "pinterest"
    retailer: Retailer = field(kw_only=True)
    client_id: str = field(default="1500001", kw_only=True)
    client_secret: str = field(default="sandbox0sandbox0sandbox0sandbox0", kw_only=True)
    access_token: str = field(default="pina_sandbox", kw_only=True)
    refresh_token: str = field(default="pinr.sandbox", kw_only=True)
    conversion_token: str = field(default="pinc_sandbox", kw_only=True)
    ad_account_id: str = field(default="549756359984", kw_only=True)
    level: str = field(default="standard", kw_only=True)
    """How far Pinterest trusts the app: `trial` (1,000 requests a day) or `standard`."""

    def seed(self) -> None:
        """Start with the tokens that were set, and nothing counted."""
        self.tokens = Tokens(self.access_token, self.refresh_token, self.conversion_token)
        self.quotas = Quotas(self.level)

    @override
    def authenticate(self, request: Request) -> Response | None:
        try:
            endpoint, values = self.routes.bind_to_environ(request.environ).match()
        except HTTPException:
            return None
        try:
            self._admit(request, operation_of(getattr(self, endpoint)), values)
        except HTTPException as error:
            return self.problem(error)
        return None

    def _admit(self, request: Request, asked: Operation, values: Mapping[str, Any]) -> None:
        is_of_app = True
        if request.path == LOGIN:
            self._check_app(request)
        else:
            token = self._token(request)
            self._check_token(token, asked)
            is_of_app = not token.is_for_conversions
        self.quotas.count(asked.category, self.clock(), is_of_app=is_of_app)
        for name, value in values.items():
            if name.endswith("_id") and name != "batch_id":
                check_id(name, value)
        named = values.get("ad_account_id") or request.args.get("ad_account_id") or self.ad_account_id
        check_id("ad_account_id", named)
        if named != self.ad_account_id:
            raise not_permitted()

    def _check_app(self, request: Request) -> None:
        offered = request.authorization
        known = (self.client_id, self.client_secret)
        if not offered or offered.type != "basic" or (offered.username, offered.password) != known:
            raise unauthenticated()

    def _token(self, request: Request) -> Token:
        offered = request.authorization
        token = self.tokens.usable(offered.token or "", self.clock()) if offered and offered.type == "bearer" else None
        if token is None:
            raise unauthenticated()
        return token

    @staticmethod
    def _check_token(token: Token, asked: Operation) -> None:
        if token.is_for_conversions:
            if not asked.takes_conversion_token:
                raise unauthenticated()
            return
        if lacking := sorted(asked.scopes - token.scopes):
            raise lacks_scope(lacking)

    @override
    def problem(self, error: HTTPException) -> Response:
        return refusal_response(error)
