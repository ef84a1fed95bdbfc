"""The token endpoint: a code, a refresh token or the app alone for a token to call with."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request, Response

from plugins.sandbox.pinterest.app import App
from plugins.sandbox.pinterest.operations import operation
from plugins.sandbox.pinterest.refusals import invalid, unauthenticated
from plugins.sandbox.pinterest.tokens import ACCESS_LASTS, REFRESH_LASTS, SCOPES
from plugins.sandbox.stand_in import json_response

FORM = "application/x-www-form-urlencoded"
CODE = "sandbox-code"
GRANTS = ("authorization_code", "refresh_token", "client_credentials")


class OAuthPaths(App):
    """Answers `/oauth/token`."""

    @operation("/oauth/token", "POST", category="org_read")
    def make_token(self, request: Request) -> Response:
        """Give a token; refreshing gives a new refresh token too, so that it never ends while it is used."""
        form = dict(parse_qsl(request.get_data(cache=True).decode("utf-8", "replace")))
        grant = form.get("grant_type", "")
        if request.mimetype != FORM or grant not in GRANTS:
            raise invalid("Invalid grant_type")
        scopes = self._scopes(form, grant)
        told = self._access(grant, scopes)
        return json_response(told if grant == "client_credentials" else told | self._refresh(scopes))

    def _scopes(self, form: dict[str, str], grant: str) -> frozenset[str]:
        """Return what was granted before; a call may ask for less."""
        granted = SCOPES
        if grant == "refresh_token":
            token = self.tokens.refreshable(form.get("refresh_token", ""), self.clock())
            if token is None and not self.replaying:
                raise unauthenticated()
            granted = token.scopes if token else SCOPES
        elif grant == "authorization_code" and (form.get("code") != CODE or not form.get("redirect_uri")):
            raise invalid("The provided authorization code is invalid")
        asked = frozenset(form.get("scope", "").replace(",", " ").split())
        if grant == "client_credentials" and not asked:
            raise invalid("'scope' is a required property")
        if asked - granted:
            raise invalid("Invalid scope")
        return asked or granted

    def _access(self, grant: str, scopes: frozenset[str]) -> dict[str, Any]:
        return {
            "response_type": grant,
            "access_token": self.tokens.give(scopes, self.clock()),
            "token_type": "bearer",
            "expires_in": int(ACCESS_LASTS.total_seconds()),
            "scope": " ".join(sorted(scopes)),
        }

    def _refresh(self, scopes: frozenset[str]) -> dict[str, Any]:
        lasts = int(REFRESH_LASTS.total_seconds())
        return {
            "refresh_token": self.tokens.give_refresh(scopes, self.clock()),
            "refresh_token_expires_in": lasts,
            "refresh_token_expires_at": int(self.clock().timestamp()) + lasts,
        }
