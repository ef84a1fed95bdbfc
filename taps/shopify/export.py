"""An export in the background: begun, looked at until it is there, fetched, and given row by row.

https://shopify.dev/docs/api/usage/bulk-operations/queries
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import requests

from plugins.wire.retry import BROKEN_CONNECTIONS, HopelessError, TransientError, WireError, checked, retrying
from taps.shopify.joining import BATCH_ROWS, PART_BYTES, Joined

if TYPE_CHECKING:
    from taps.shopify.reading import ShopifyList

Row = dict[str, Any]

RUN = (
    "mutation($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: false) "
    "{ bulkOperation { id createdAt } userErrors { code message } } }"
)
LOOK = "query($id: ID!) { bulkOperation(id: $id) { status errorCode url fileSize objectCount } }"
CANCEL = "mutation($id: ID!) { bulkOperationCancel(id: $id) { userErrors { message } } }"
UNDER_WAY = ("CREATED", "RUNNING", "CANCELING")
BUSY = ("LIMIT_REACHED", "OPERATION_IN_PROGRESS")
CHUNK_BYTES = 1 << 20
LONGEST_LOOK_SECONDS = 30.0


class Export:
    """One export of one list; leaves nothing behind, also when the run stops."""

    def __init__(self, stream: ShopifyList, query: str, below: str | None) -> None:
        self.stream, self.query, self.below = stream, query, below
        self.begun_at = ""
        """When the shop says it began: what changed later may not be in it."""
        self.is_whole = False
        """Whether every line that was told of came."""
        self._id: str | None = None

    def __enter__(self) -> Self:
        self._folder = TemporaryDirectory(prefix="export-")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._folder.cleanup()
        if self._id and kind is not None:  # five run at once and no more
            with suppress(WireError):
                self.stream.ask(CANCEL, id=self._id)

    def rows(self) -> Iterator[list[bytes]]:
        """Give the rows as JSON, each with the rows below it, some hundred at a time."""
        done = self._loop()(self._made)
        if not done["url"]:  # there are none
            self.is_whole = True
            return
        told = int(done["objectCount"])
        if self.below:
            parts = int(done["fileSize"] or 0) // PART_BYTES + 1
            joined = self._loop()(self._joined, done["url"], parts)
            yield from joined.rows()
            self.is_whole = joined.lines >= told and not joined.orphans
            return
        path = self._loop()(self._fetched, done["url"])
        lines = 0
        with path.open("rb") as file:
            while batch := [line.rstrip(b"\n") for _, line in zip(range(BATCH_ROWS), file, strict=False)]:
                lines += len(batch)
                yield batch
        self.is_whole = lines >= told

    def _loop(self) -> Any:
        config = self.stream.config
        return retrying(int(config.get("max_tries", 6)), float(config.get("backoff_seconds", 1.0)), time.sleep)

    def _made(self) -> Row:
        """Return the finished operation; one that Shopify gave up is begun again."""
        told = self.stream.ask(RUN, query=self.query)["bulkOperationRunQuery"]
        if errors := told["userErrors"]:
            if any(each.get("code") in BUSY for each in errors):
                raise TransientError(f"{self.stream.where}: other exports are running; tried again later by itself")
            raise HopelessError(f"{self.stream.where}: the export is refused; set bulk to false, and tell us")
        self._id, self.begun_at = told["bulkOperation"]["id"], told["bulkOperation"]["createdAt"]
        done = self._finished(str(self._id))
        self._id = None
        if done["status"] == "COMPLETED":
            return done
        if done["errorCode"] == "ACCESS_DENIED":
            raise HopelessError(f"{self.stream.where}: no access for the export; check the scopes of the token")
        raise TransientError(f"{self.stream.where}: the export ended as {done['status']}; begun again by itself")

    def _finished(self, key: str) -> Row:
        wait = float(self.stream.config.get("poll_seconds", 1.0))
        while True:
            time.sleep(wait)
            done: Row | None = self.stream.ask(LOOK, id=key)["bulkOperation"]
            if done is None:
                raise TransientError(f"{self.stream.where}: the export is gone; begun again by itself")
            if done["status"] not in UNDER_WAY:
                return done
            wait = min(wait * 2, LONGEST_LOOK_SECONDS)

    def _joined(self, url: str, parts: int) -> Joined:
        folder = Path(self._folder.name) / f"{time.monotonic_ns()}"
        folder.mkdir()
        joined, left = Joined(folder, str(self.below), parts), b""
        for chunk in self._chunks(url):
            *lines, left = (left + chunk).split(b"\n")
            joined.take(lines)
        if left:
            joined.take([left])
        return joined

    def _fetched(self, url: str) -> Path:
        path = Path(self._folder.name) / "lines"
        with path.open("wb") as file:
            file.writelines(self._chunks(url))
        return path

    def _chunks(self, url: str) -> Iterator[bytes]:
        """Fetch the file from where it is kept; that is not the shop, and the token stays here."""
        where = f"{self.stream.where}: export"
        try:
            with requests.get(url, stream=True, timeout=self.stream.timeout) as response:
                yield from checked(response, where).iter_content(CHUNK_BYTES)
        except BROKEN_CONNECTIONS as error:
            raise TransientError(f"{where}: {type(error).__name__}; fetched again by itself") from None
