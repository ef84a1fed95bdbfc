"""What a caller is told: a code and a body for machines, a page for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from werkzeug.wrappers import Response

Body = dict[str, Any]
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
GUARDS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""On every answer: what is told to one is kept for nobody, and the address of a link goes nowhere."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a machine is told."""

    status: int
    body: Body
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Return it as it goes over the wire."""
        return Response(
            json.dumps(self.body), self.status, {**GUARDS, **self.headers}, mimetype="application/json"
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """What a person is shown."""

    status: int
    text: str
    language: str = "nl"
    kind: str = "text/html"

    def response(self) -> Response:
        """Return it as it goes over the wire; nothing in it may run, and nothing comes from elsewhere."""
        headers = {**GUARDS, "Content-Security-Policy": POLICY, "Content-Language": self.language}
        return Response(self.text, self.status, headers, content_type=f"{self.kind}; charset=utf-8")


def fault(status: int, code: str, told: str, **headers: str) -> Answer:
    """Return an error: its code, and one line that names nobody."""
    return Answer(
        status, {"code": code, "message": told}, {name.replace("_", "-"): each for name, each in headers.items()}
    )


def first_fault(error: ValidationError) -> str:
    """Return the first fault by field and kind; a value, or a key that we do not know, may name a person."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    is_unknown = first["type"] == "extra_forbidden"
    where = "a key" if is_unknown else ".".join(str(each) for each in first["loc"])
    return f"{where or 'body'}: {'not known; see the documentation' if is_unknown else first['type']}"
