"""What a caller sent: in the query, as a form, as multipart or as JSON; numbers, flags and lists may arrive as text."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Request

from plugins.sandbox.meta.refusals import invalid, required

TRUTHS = {"true": True, "1": True, "false": False, "0": False}


@dataclass
class Parameters:
    """The parameters of one call, read strictly, and who calls."""

    values: Mapping[str, Any]
    caller: str = "system"
    """Whose token it is: system, page or app."""
    root: str = ""
    """Address of the version that was asked."""
    link: str = ""
    """Address of the call without its parameters, for links to further pages."""
    files: Mapping[str, FileStorage] = field(default_factory=dict)
    length: int = 0
    """How many bytes the body has."""

    @property
    def is_page(self) -> bool:
        """Whether a Page token was used."""
        return self.caller == "page"

    def under(self, path: str, values: Mapping[str, Any]) -> Parameters:
        """Return the parameters of a field of this call, as if it had been asked for at its own path."""
        return Parameters(values, self.caller, self.root, f"{self.root}/{path}")

    def has(self, name: str) -> bool:
        """Tell whether the parameter was sent, and not empty."""
        return bool(self.values.get(name, "") != "")

    def text(self, name: str, default: str = "") -> str:
        """Return a value as text."""
        value = self.values.get(name, default)
        return value if isinstance(value, str) else json.dumps(value)

    def required(self, name: str) -> str:
        """Return a text that must be there."""
        if not self.has(name):
            raise required(name)
        return self.text(name)

    def whole(self, name: str, default: int) -> int:
        """Return a whole number of at least 0."""
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit()):
            raise invalid(f"Param {name} must be an integer greater than or equal to 0")
        return int(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """Return a boolean."""
        value = self.text(name, "true" if default else "false").lower()
        if value not in TRUTHS:
            raise invalid(f"Param {name} must be a boolean")
        return TRUTHS[value]

    def choice(self, name: str, allowed: Collection[str], default: str = "") -> str:
        """Return one of `allowed`."""
        value = self.text(name, default)
        if value and value not in allowed:
            raise invalid(f"Param {name} must be one of {{{', '.join(sorted(allowed))}}}")
        return value

    def structure(self, name: str, kind: type, default: Any = None) -> Any:
        """Return a JSON list or object, which a form carries as text."""
        if not self.has(name):
            return default
        value = self.values[name]
        if isinstance(value, str):
            value = _decoded(value, name)
        if not isinstance(value, kind):
            raise invalid(f"Param {name} must be {'an array' if kind is list else 'a JSON object'}.")
        return value

    def names(self, name: str) -> list[str]:
        """Return a list that may be written with commas or as JSON."""
        value = self.values.get(name, "")
        if isinstance(value, str) and value.lstrip().startswith("["):
            value = self.structure(name, list)
        if isinstance(value, list):
            return [str(each) for each in value]
        return [each.strip() for each in str(value).split(",") if each.strip()]

    def moment(self, name: str) -> datetime | None:
        """Return a time: unix seconds, or a date."""
        text = self.text(name)
        if not text:
            return None
        try:
            if text.isdigit():
                return datetime.fromtimestamp(int(text), UTC)
            read = datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            raise invalid(f"Param {name} must be a UNIX timestamp or a date") from None
        return read if read.tzinfo else read.replace(tzinfo=UTC)


def _decoded(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise invalid(f"Param {name} must be valid JSON") from None


def sent(request: Request) -> tuple[dict[str, Any], Mapping[str, FileStorage]]:
    """Return all parameters of a request, and its files; the body goes before the query."""
    values: dict[str, Any] = request.args.to_dict()
    body, files = request.get_data(cache=True), {}
    if request.mimetype == "application/json" and body:
        decoded = _decoded(body.decode("utf-8", "replace"), "body")
        if not isinstance(decoded, dict):
            raise invalid("The body must be a JSON object")
        values |= decoded
    elif request.mimetype == "multipart/form-data":
        request.max_form_memory_size = None
        values |= request.form.to_dict()
        files = request.files.to_dict()
    elif body:
        values |= parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return values, files
