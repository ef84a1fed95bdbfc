"""The feeds that Channable fetches from us: again and again from the same address, and only what is new."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import requests

from plugins.sandbox.channable.feed_file import Item, Unreadable, items_of, judged, unpacked
from plugins.sandbox.channable.offers import OfferPaths
from plugins.sandbox.stand_in import act

MOST_IMPORTS = 50
TIMEOUT_SECONDS = 30


@dataclass
class Import:
    """One address, and what came of it."""

    url: str
    at: datetime
    etag: str = ""
    outcome: str = ""
    """imported, unchanged, or why not."""
    items: dict[str, Item] = field(default_factory=dict)
    """By id; those of the last file that could be read."""
    refused: list[tuple[str, str]] = field(default_factory=list)
    """(id, reason) of the items of that file that were not taken."""


class Imports(OfferPaths):
    """Fetches feeds."""

    def seed(self) -> None:
        """Start without imports."""
        super().seed()
        self.imports: dict[str, Import] = {}

    @act
    def import_feed(self, url: str) -> None:
        """Channable fetches the feed at an address, which may hold a name and a password or a secret."""
        if self.replaying:
            return
        if urlsplit(url).scheme not in ("http", "https"):
            raise LookupError("channable: an import needs an address that begins with http:// or https://")
        known = self.imports.get(url)
        headers = {"If-None-Match": known.etag} if known and known.etag else {}
        try:
            answer = requests.get(url, headers=headers, timeout=TIMEOUT_SECONDS)
        except requests.RequestException:
            self.perform("miss_feed", url=url, outcome="not reachable")
            return
        if answer.status_code == requests.codes.not_modified:
            self.perform("miss_feed", url=url, outcome="unchanged")
        elif answer.status_code != requests.codes.ok:
            self.perform("miss_feed", url=url, outcome=f"HTTP {answer.status_code}")
        else:
            self._unpack(url, answer)

    def _unpack(self, url: str, answer: requests.Response) -> None:
        try:
            text = unpacked(answer.content)
        except Unreadable as error:
            self.perform("miss_feed", url=url, outcome=str(error))
            return
        self.perform("receive_feed", url=url, text=text, etag=answer.headers.get("ETag", ""))

    @act
    def receive_feed(self, url: str, text: str, etag: str = "") -> None:
        """The file of an import arrives; by itself when Channable fetches it."""
        found = self._import(url)
        try:
            items = items_of(text)
        except Unreadable as error:
            found.outcome = str(error)
            return
        found.items, found.refused = judged(items)
        found.etag, found.outcome = etag, "imported"

    @act
    def miss_feed(self, url: str, outcome: str) -> None:
        """An import ends without a file; by itself when Channable fetches nothing. What there was stays."""
        self._import(url).outcome = outcome

    def _import(self, url: str) -> Import:
        if url not in self.imports and len(self.imports) >= MOST_IMPORTS:
            raise LookupError(f"channable: a project has at most {MOST_IMPORTS} imports")
        found = self.imports.setdefault(url, Import(url, self.clock()))
        found.at = self.clock()
        return found
