"""One request as a page sees it: who asks, in which language, what they sent; and the answers a page may give."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from plugins.console.desk import Cookie, Desk
from plugins.console.roles import Right, may
from plugins.console.sessions import LONGEST, Session
from plugins.console.words import LANGUAGES, Words, chosen
from plugins.hub import auditing

SEE_OTHER = 303


class Stopped(Exception):  # noqa: N818 - an answer to who asks
    """A request that ends with an error page."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Ask:
    """A request."""

    desk: Desk
    request: Request
    page_name: str = ""
    form: Mapping[str, str] | None = None
    session: Session | None = None

    @property
    def who(self) -> Session:
        """Return who is signed in; only for routes that somebody must be signed in for."""
        assert self.session is not None
        return self.session

    @property
    def now(self) -> datetime:
        """Return the present, by the hub's clock."""
        return self.desk.hub.clock()

    @property
    def address(self) -> str:
        """Return where the request comes from."""
        return self.request.client.host if self.request.client else ""

    @cached_property
    def language(self) -> str:
        """Return the language to answer in: the account's, else the one asked for, else the browser's."""
        if self.session and self.session.account.language in LANGUAGES:
            return str(self.session.account.language)
        asked = self.request.query_params.get("language")
        return asked if asked in LANGUAGES else chosen(self.request.headers.get("accept-language"))

    @cached_property
    def entry(self) -> str:
        """Return the random text that a browser holds before anybody signs in."""
        return self.cookie("entry") or secrets.token_urlsafe(24)

    @property
    def form_token(self) -> str:
        """Return what every form of this browser carries."""
        return self.session.form_token if self.session else self.desk.seals.of_text("entry form", self.entry)

    def cookie(self, kind: Cookie) -> str | None:
        """Return what a cookie of ours holds."""
        return self.request.cookies.get(self.desk.cookie(kind))

    def part(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])

    def said(self, name: str) -> str:
        """Return a field of the form, without spaces around it; nothing where it is missing."""
        return (self.form or {}).get(name, "").strip()

    def may(self, right: Right) -> bool:
        """Tell whether who asks has a right."""
        return right is Right.ANYBODY or (self.session is not None and may(self.session.account.role, right))

    def note(self, kind: str, about: str, **detail: Any) -> None:
        """Write a line of the audit log: this account, what it is about, and what is said beside it."""
        auditing.note(self.desk.hub.store, kind, about, detail, self.now, who=self.who.account.name)

    def note_each(self, kind: str, about: Iterable[str], **detail: Any) -> None:
        """Write the same line of the audit log about each of them."""
        auditing.note_each(self.desk.hub.store, kind, about, detail, self.now, who=self.who.account.name)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return a page made of a template; `t`, `ask` and `menu` are there in each."""
        menu = [(name, path) for name, path, right in self.desk.menu if self.may(right)] if self.session else []
        text = self.desk.templates.get_template(template).render(
            t=Words(self.language), ask=self, menu=menu, languages=LANGUAGES, **values
        )
        return self._holding_entry(HTMLResponse(text, status))

    def to(self, path: str) -> RedirectResponse:
        """Send the browser on to another page."""
        return RedirectResponse(path, SEE_OTHER)

    def hold(self, response: Response, kind: Cookie, value: str) -> Response:
        """Let the browser hold a cookie that no script reads and no other site sends."""
        response.set_cookie(
            self.desk.cookie(kind), value, max_age=int(LONGEST.total_seconds()), path="/",
            secure=self.desk.is_secure, httponly=True, samesite="strict",
        )  # fmt: skip
        return response

    def drop(self, response: Response, kind: Cookie) -> Response:
        """Let the browser forget a cookie."""
        response.delete_cookie(
            self.desk.cookie(kind), path="/", secure=self.desk.is_secure, httponly=True, samesite="strict"
        )
        return response

    def _holding_entry(self, response: Response) -> Response:
        has_none = self.session is None and self.cookie("entry") is None
        return self.hold(response, "entry", self.entry) if has_none else response
