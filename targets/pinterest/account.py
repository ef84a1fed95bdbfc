"""What an ad account holds already: its lists by name, and which of them have an audience on top."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from plugins.wire.outbox import Call
from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError
from targets.pinterest.api import Api
from targets.pinterest.login import WHERE

DESCRIPTION = "Kept by Rotonde: what is changed by hand comes back."
LARGEST_PAGE = 250


@dataclass
class Account:
    """One ad account, looked up once in a run."""

    api: Api
    _ids: dict[str, str] | None = None
    _covered: set[str] | None = None

    @property
    def path(self) -> str:
        """Return where the lists are."""
        return f"{self.api.account}/customer_lists"

    def lists(self) -> dict[str, str]:
        """Return the id of each list by its name; of lists of one name the oldest has it."""
        if self._ids is None:
            self._ids = {}
            for each in self._listed("customer_lists"):
                name, key = str(each.get("name")), str(each["id"])
                self._ids[f"{name} #{key}" if name in self._ids else name] = key
        return self._ids

    def name_of(self, key: str) -> str:
        """Return the name of a list, an empty text where there is none."""
        return next((name for name, each in self.lists().items() if each == key), "")

    def look_again(self) -> None:
        """Forget what was looked up."""
        self._ids = None

    def cover(self, name: str) -> None:
        """Make an audience on top of a list that has none: without it nobody can be shown anything."""
        key = self.lists()[name]
        if self._covered is None:
            rules = [each.get("rule") or {} for each in self._listed("audiences")]
            self._covered = {str(rule.get("customer_list_id")) for rule in rules}
        if key not in self._covered:
            rule = {"customer_list_id": key}
            made = {"name": name, "audience_type": "CUSTOMER_LIST", "description": DESCRIPTION, "rule": rule}
            self.api.send(Call("POST", f"{self.api.account}/audiences", written(made)))
            self._covered.add(key)

    def _listed(self, what: str) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {"page_size": LARGEST_PAGE, "order": "ASCENDING"}
        while True:
            page = self._ask(Call("GET", f"{self.api.account}/{what}?{urlencode(query)}", b""))
            yield from page.get("items") or ()
            if not page.get("bookmark"):
                return
            query["bookmark"] = page["bookmark"]

    def _ask(self, call: Call) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self.api.send(call)
        except (LostError, RefusedError) as error:
            raise HopelessError(f"{WHERE}: the lists of the account: {error}; run again") from None
        return answer


def written(body: Mapping[str, Any]) -> bytes:
    """Return a body as it goes over the wire."""
    return json.dumps(body, separators=(",", ":")).encode()
