"""A browser without a window: signs in to the console, and fills in its forms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from httpx import Response
from starlette.testclient import TestClient

from plugins.console import accounts
from plugins.console.app import make_app
from plugins.console.desk import Desk
from plugins.console.pages import ROUTES
from plugins.console.roles import Role
from plugins.console.route import Seen
from plugins.console.seals import Seals
from plugins.hub.plans import Hub
from plugins.store.engine import Store

PASSWORD = "correct horse battery"
MORNING = datetime.fromisoformat("2026-03-12T08:00:00+00:00")


@dataclass
class Time:
    """A clock that is put forward by hand."""

    moment: datetime = MORNING

    def __call__(self) -> datetime:
        return self.moment

    def after(self, **given: float) -> None:
        self.moment += timedelta(**given)


@dataclass
class Browser:
    """One browser, with its own cookies and address."""

    desk: Desk
    address: str = "192.0.2.1"
    more: Sequence[Seen] = ()
    """Routes beside those of the console."""
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        app = make_app(self.desk, (*ROUTES, *self.more))
        self.client = TestClient(
            app, base_url="https://console.test", client=(self.address, 5000), follow_redirects=False,
            raise_server_exceptions=False,
        )  # fmt: skip

    def get(self, path: str, **headers: str) -> Response:
        return self.client.get(path, headers=headers)

    def token(self, path: str) -> str:
        """Return the token in the first form of a page."""
        found = re.search(r'name="form_token" value="(\w+)"', self.get(path).text)
        return found[1] if found else ""

    def post(self, path: str, *, at: str = "/oneself", **fields: Any) -> Response:
        """Send a form as the page at another path would."""
        return self.client.post(path, data={"form_token": self.token(at), **fields})

    def signs_in(self, name: str, password: str = PASSWORD) -> Response:
        return self.post("/sign-in", at="/sign-in", name=name, password=password)

    @property
    def is_signed_in(self) -> bool:
        return self.get("/oneself").status_code == 200


def desk_of(hub: Hub) -> Desk:
    return Desk(hub, Seals(b"a key of the tests"))


def with_roles(store: Store) -> None:
    """Let there be one account of each role, named as the role."""
    for role in Role:
        accounts.add(store, role.value, role, PASSWORD, MORNING)
