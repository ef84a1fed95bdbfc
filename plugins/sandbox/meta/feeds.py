"""Product feeds: a file that is sent or fetched, and what became of each of its rows."""

from __future__ import annotations

import csv
import io
import queue
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

import requests
from typing_extensions import override

from plugins.sandbox.meta.catalogue import Catalogue, CataloguePaths, Told
from plugins.sandbox.meta.items import Product, errors_of, is_address
from plugins.sandbox.meta.nodes import Connection, Node, digits, edge, names, stamp
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.refusals import invalid, required
from plugins.sandbox.stand_in import act

DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "BAR": "|", "TILDE": "~"}
FEED_TYPES = ("PRODUCTS", "LOCAL_INVENTORY", "OFFER")
INTERVALS = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY")
TIMEOUT_SECONDS = 10


@dataclass
class Feed(Node):
    """A feed of the catalogue, and when it is fetched."""

    kind: ClassVar[str] = "ProductFeed"
    callers: ClassVar[tuple[str, ...]] = ("system",)
    use: ClassVar[str] = "catalog_management"
    default: ClassVar[tuple[str, ...]] = ("name",)
    known: ClassVar[frozenset[str]] = names(
        "id name country created_time default_currency deletion_enabled delimiter encoding file_name latest_upload "
        "product_count quoted_fields_mode schedule update_schedule"
    )
    name: str
    at: datetime
    told: Told
    products: dict[str, Product]
    uploads: list[FeedUpload] = field(default_factory=list)

    def view(self, *, is_page: bool) -> Told:
        """Return the feed, without the password of its address."""
        count = sum(each.feed_id == self.id for each in self.products.values())
        shown = {"name": self.name, "created_time": stamp(self.at), "product_count": count, **self.told}
        return {**shown, "latest_upload": self.uploads[-1]} if self.uploads else shown


@dataclass
class FeedUpload(Node):
    """One file of a feed."""

    kind: ClassVar[str] = "ProductFeedUpload"
    callers: ClassVar[tuple[str, ...]] = ("system",)
    use: ClassVar[str] = "catalog_management"
    default: ClassVar[tuple[str, ...]] = ("start_time", "end_time")
    known: ClassVar[frozenset[str]] = names(
        "id start_time end_time url filename input_method num_detected_items num_persisted_items num_invalid_items "
        "num_deleted_items error_count warning_count"
    )
    feed: Feed
    at: datetime
    is_partial: bool
    url: str = ""
    rows: list[Told] | None = None
    """What the file says; None until it has arrived."""
    ended_at: datetime | None = None
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[FeedError] = field(default_factory=list)

    def view(self, *, is_page: bool) -> Told:
        """Return how far it is; the counts are there at the end."""
        told: Told = {"start_time": stamp(self.at), "input_method": "Server Fetch" if self.url else "Manual Upload"}
        told |= {"url": self.url} if self.url else {}
        if self.ended_at is None:
            return told
        counts = {f"num_{name}_items": self.counts[name] for name in ("detected", "persisted", "invalid", "deleted")}
        return {**told, **counts, "end_time": stamp(self.ended_at), "error_count": len(self.faults), "warning_count": 0}


@dataclass
class FeedError(Node):
    """What is wrong with some rows of a file."""

    kind: ClassVar[str] = "ProductFeedUploadError"
    callers: ClassVar[tuple[str, ...]] = ("system",)
    use: ClassVar[str] = "catalog_management"
    default: ClassVar[tuple[str, ...]] = ("summary", "description", "error_type", "severity", "total_count")
    known: ClassVar[frozenset[str]] = names("id summary description error_type severity total_count affected_surfaces")
    summary: str
    rows: list[tuple[int, str]] = field(default_factory=list)

    def view(self, *, is_page: bool) -> Told:
        """Return what is wrong, and how often."""
        told = {"summary": self.summary, "description": self.summary, "error_type": "INVALID_FIELD"}
        return {**told, "severity": "fatal", "total_count": len(self.rows), "affected_surfaces": ["Dynamic Ads"]}


class FeedPaths(CataloguePaths):
    """Answers `/{catalog}/product_feeds`, `/{feed}/uploads` and what became of them."""

    def seed(self) -> None:
        """Start without feeds."""
        super().seed()
        self.fetched: queue.Queue[str] = queue.Queue()
        """The uploads whose file was fetched, for who waits for one."""

    @edge("ProductCatalog", "product_feeds")
    def list_feeds(self, node: Catalogue, parameters: Parameters) -> Connection:
        """List the feeds."""
        return Connection(node.feeds)

    @edge("ProductCatalog", "product_feeds", "POST")
    def create_feed(self, node: Catalogue, parameters: Parameters) -> dict[str, str]:
        """Make a feed; its files are sent or fetched later."""
        parameters.choice("feed_type", FEED_TYPES)
        told = _described(parameters)
        name = parameters.required("name")
        key = digits(f"feed {len(node.feeds) + 1}", 15)
        node.feeds.append(self.add(Feed(key, name, self.clock(), {"deletion_enabled": False} | told, node.products)))
        return {"id": key}

    @edge("ProductFeed", "", "POST")
    def update_feed(self, node: Feed, parameters: Parameters) -> dict[str, bool]:
        """Change a feed; who lets it delete once cannot take that back."""
        told = _described(parameters)
        if node.told["deletion_enabled"] and told.get("deletion_enabled") is False:
            raise invalid("deletion_enabled cannot be turned off")
        node.told |= told
        node.name = parameters.text("name", node.name)
        return {"success": True}

    @edge("ProductFeed", "uploads")
    def list_uploads(self, node: Feed, parameters: Parameters) -> Connection:
        """List the files, newest first."""
        return Connection(node.uploads[::-1])

    @edge("ProductFeed", "uploads", "POST")
    def upload(self, node: Feed, parameters: Parameters) -> dict[str, str]:
        """Take a file, or fetch one in the background."""
        url, file = parameters.text("url"), parameters.files.get("file")
        if not file and not is_address(url):
            raise required("file or url")
        key = digits(f"upload {node.id} {len(node.uploads) + 1}", 15)
        made = self.add(FeedUpload(key, node, self.clock(), parameters.flag("update_only"), "" if file else url))
        node.uploads.append(made)
        if file:
            made.rows = _rows(file.read().decode("utf-8-sig", "replace"), node.told.get("delimiter", ""))
        elif not self.replaying:
            threading.Thread(target=self._fetch, args=(key, url), daemon=True).start()
        return {"id": key}

    def _fetch(self, upload_id: str, url: str) -> None:
        try:
            text = requests.get(url, timeout=TIMEOUT_SECONDS).content.decode("utf-8-sig", "replace")
        except requests.RequestException:
            text = ""
        self.perform("receive_feed", upload_id=upload_id, text=text)
        self.fetched.put(upload_id)

    @act
    def receive_feed(self, upload_id: str, text: str) -> None:
        """The file of an upload arrives; by itself when Meta fetches it from its address."""
        upload = self.find(FeedUpload, upload_id)
        upload.rows = _rows(text, upload.feed.told.get("delimiter", ""))

    @override
    def settle(self) -> None:
        super().settle()
        for upload in self.every(FeedUpload):
            if upload.rows is not None and upload.ended_at is None and self.is_due(upload.at):
                self._work_off(upload, upload.rows)

    def _work_off(self, upload: FeedUpload, rows: list[Told]) -> None:
        upload.ended_at, seen = self.clock(), set()
        for number, row in enumerate(rows, 1):
            key = row.get("id", "")
            seen.add(key)
            wrong = errors_of(row, {}) if key else ["The field id is missing"]
            for text in wrong:
                self._fault(upload, text).rows.append((number, key))
            upload.counts["invalid" if wrong else "persisted"] += 1
            if not wrong:
                self.put(key, row, upload.feed.id)
        upload.counts["detected"] = len(rows)
        if not upload.is_partial:
            self._delete_absent(upload, seen)

    def _fault(self, upload: FeedUpload, text: str) -> FeedError:
        found = next((each for each in upload.faults if each.summary == text), None)
        if found is None:
            found = self.add(FeedError(digits(f"{upload.id} {text}", 15), text))
            upload.faults.append(found)
        return found

    def _delete_absent(self, upload: FeedUpload, seen: set[str]) -> None:
        products = self.catalogue.products.items()
        for key in [key for key, each in products if each.feed_id == upload.feed.id and key not in seen]:
            self.drop(key)
            upload.counts["deleted"] += 1

    @edge("ProductFeedUpload", "errors")
    def list_feed_errors(self, node: FeedUpload, parameters: Parameters) -> Connection:
        """List what is wrong with a file."""
        return Connection(node.faults)

    @edge("ProductFeedUploadError", "samples")
    def list_feed_samples(self, node: FeedError, parameters: Parameters) -> Connection:
        """List some rows that are wrong."""
        rows = [{"id": f"{node.id}{at}", "row_number": at, "retailer_id": key} for at, key in node.rows[:20]]
        return Connection(rows)


def _described(parameters: Parameters) -> Told:
    told: Told = {}
    for name in ("country", "default_currency", "encoding", "file_name", "quoted_fields_mode"):
        if parameters.has(name):
            told[name] = parameters.text(name)
    if delimiter := parameters.choice("delimiter", (*DELIMITERS, "AUTODETECT")):
        told["delimiter"] = delimiter
    if parameters.has("deletion_enabled"):
        told["deletion_enabled"] = parameters.flag("deletion_enabled")
    for name in ("schedule", "update_schedule"):
        if schedule := parameters.structure(name, dict):
            told[name] = _schedule(schedule)
    return told


def _schedule(told: Told) -> Told:
    if told.get("interval") not in INTERVALS or not is_address(told.get("url", "")):
        raise invalid(f"A schedule must have an interval ({', '.join(INTERVALS)}) and a url")
    return {name: value for name, value in told.items() if name != "password"}


def _rows(text: str, delimiter: str) -> list[Told]:
    first = text.partition("\n")[0]
    found = DELIMITERS.get(delimiter) or max(DELIMITERS.values(), key=first.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=found)
    return [{name: value for name, value in row.items() if name and value} for row in rows]
