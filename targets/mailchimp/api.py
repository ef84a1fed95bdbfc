"""How one speaks to Mailchimp: the data centre of a key, and what its refusals say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests
from typing_extensions import override

from plugins.wire.outbox import Call
from plugins.wire.retry import HopelessError, RefusedError, TransientError
from plugins.wire.sending import LostError, Sender

WHERE = "target-mailchimp"
FORGET = "/actions/delete-permanent"
STORES = "/ecommerce/stores"
BATCHES = "/batches"
EVENTS = "/events"
"""How the path of the events of a contact ends."""
NOT_FOUND = "Resource Not Found"
MAY_HAVE_ACTED = (500, 502, 504)
"""After these it is not known whether something was made; to make it once more is not safe in a store."""
ROWS_PER_PAGE = 1000


def base_url(config: Any) -> str:
    """Return the API's base URL: the setting's, or that of the key's data centre."""
    if url := config.get("api_url"):
        return str(url)
    centre = str(config["api_key"]).rpartition("-")[2]
    if not (centre.isalnum() and centre.isascii()) or centre == config["api_key"]:
        raise HopelessError(f"{WHERE}: api_key: no data centre at its end (as in -us6); copy the whole key")
    return f"https://{centre}.api.mailchimp.com/3.0"


class Api(Sender):
    """Speaks to one account."""

    where = WHERE

    def __init__(self, config: Any) -> None:
        super().__init__(base_url(config), config)
        self.session.auth = ("rotonde", str(config["api_key"]))

    def pages(self, path: str, name: str, fields: str) -> Iterator[list[dict[str, Any]]]:
        """Give a list page by page, with so many fields of each row; raises as `send` does."""
        offset, joint = 0, "&" if "?" in path else "?"
        wanted = ",".join(f"{name}.{field}" for field in fields.split(","))
        while True:
            query = f"{joint}count={ROWS_PER_PAGE}&offset={offset}&fields={wanted}"
            found = self.send(Call("GET", f"{path}{query}", b""))[name]
            yield found
            offset += len(found)
            if len(found) < ROWS_PER_PAGE:
                return

    @override
    def read(self, call: Call, response: requests.Response) -> dict[str, Any]:
        is_json = "json" in response.headers.get("Content-Type", "")
        if response.status_code == 403 and not is_json:  # cut off before the API
            raise TransientError(f"{WHERE}: HTTP 403 without JSON; tried again later by itself")
        if call.path.endswith(FORGET) and response.status_code in (204, 404):  # whoever is not there is forgotten
            return {}
        if _is_of_one(call) and response.status_code == 404:
            raise RefusedError(NOT_FOUND, response.status_code)
        if _is_of_one(call) and call.method == "POST" and response.status_code in MAY_HAVE_ACTED:
            raise LostError(f"HTTP {response.status_code}")
        if response.status_code == 204:
            return {}
        body = super().read(call, response)
        if not isinstance(body, dict):
            raise LostError("an answer of another shape")
        return body

    @override
    def complaint(self, response: requests.Response) -> str:
        """Return the vendor's title, which names no person; its detail does."""
        try:
            title = response.json()["title"]
        except (ValueError, KeyError, TypeError):
            return "refused"
        return str(title)[:100]


def _is_of_one(call: Call) -> bool:
    """Tell whether a call is about something that may not be there, and that is made anew by every POST."""
    return call.path.startswith((STORES, BATCHES)) or call.path.partition("?")[0].endswith(EVENTS)
