"""What the token opens: the Page, the token that acts for it, and the account on Instagram that belongs to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from plugins.wire.hosts import HostSession
from plugins.wire.retry import (
    BROKEN_CONNECTIONS,
    HopelessError,
    RefusedError,
    RefusedKeyError,
    TransientError,
    retrying,
)
from taps.meta.graph import GoneError, answered, proof

WHERE = "tap-meta"


class Account:
    """Asks once in a run, when the first stream needs it."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.session = HostSession("tap-meta", self.url)
        self.sleep: Callable[[float], None] = time.sleep

    @property
    def url(self) -> str:
        """Return the base URL of the version that is spoken."""
        host = str(self.config.get("api_url") or "https://graph.facebook.com").rstrip("/")
        return f"{host}/{self.config.get('api_version') or 'v25.0'}"

    @property
    def page_id(self) -> str:
        """Return the number of the Page, also where the settings have its name."""
        return str(self._page["id"])

    @property
    def token(self) -> str:
        """Return the token that acts for the Page: only to it Meta tells who wrote something."""
        token = self._page.get("access_token")
        if not token:
            raise RefusedKeyError(f"{WHERE}: the token does not act for the Page; give its system user the Page")
        return str(token)

    @property
    def proof(self) -> dict[str, str]:
        """Return the parameter that goes with the Page's token."""
        return proof(self.config.get("app_secret"), self.token)

    @property
    def instagram_id(self) -> str:
        """Return the number of the account on Instagram, empty where there is none."""
        linked = self._page.get("instagram_business_account") or {}
        return str(self.config.get("instagram_id") or linked.get("id") or "")

    @cached_property
    def username(self) -> str:
        """Return the user name of that account: what it writes itself is nobody's."""
        return str(self._asked(self.instagram_id, "username", self.token).get("username") or "")

    @cached_property
    def _page(self) -> dict[str, Any]:
        token = str(self.config["access_token"])
        return self._asked(str(self.config["page_id"]), "access_token,instagram_business_account", token)

    def _asked(self, node: str, fields: str, token: str) -> dict[str, Any]:
        tries, base = int(self.config.get("max_tries", 6)), float(self.config.get("backoff_seconds", 1.0))
        try:
            return retrying(tries, base, self.sleep)(self._once, node, fields, token)
        except (GoneError, RefusedError) as error:
            raise HopelessError(str(error)) from None

    def _once(self, node: str, fields: str, token: str) -> dict[str, Any]:
        query = {"fields": fields, **proof(self.config.get("app_secret"), token)}
        headers, seconds = {"Authorization": f"Bearer {token}"}, int(self.config.get("timeout_seconds", 120))
        try:
            response = self.session.get(f"{self.url}/{node}", params=query, headers=headers, timeout=seconds)
        except BROKEN_CONNECTIONS as error:
            raise TransientError(f"{WHERE}: {type(error).__name__}; tried again later by itself") from None
        return answered(response, WHERE)
