"""The nightly export as files: a row of JSON for each event, one file a day, written anew while late events come."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, cast

import requests
from singer_sdk.helpers.types import Context, Record, RequestFunc
from typing_extensions import override

from taps.google_analytics.days import written
from taps.google_analytics.google import GoogleStream

KEY = (
    "user_pseudo_id", "event_timestamp", "event_name", "event_bundle_sequence_id", "batch_page_id",
    "batch_ordering_id", "batch_event_index",
)  # fmt: skip
"""What makes an event unique where the vendor has no id for it."""
CHUNK_BYTES = 1 << 20
TELLS_OF_MISSING = timedelta(days=2)
"""A file that is not there after so long is worth a word; before, the night may not be over."""


class Events(GoogleStream[str]):
    """Every event that browsers told, day by day; of a row only the declared columns are passed on."""

    name = "events"
    path = ""
    primary_keys = ("event_key",)
    replication_key = "event_date"
    scope = "https://www.googleapis.com/auth/devstorage.read_only"

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["export_url"]).rstrip("/")

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        missing = []
        late = (datetime.now(UTC) - TELLS_OF_MISSING).date()
        for day in self.window:
            file = self._file(written(day))
            if file is None:
                missing += [written(day)] if day < late else []
                continue
            with file:
                yield from self._rows(file)
        if missing:
            self.logger.warning("%s: no file for %d days, %s the last", self.where, len(missing), missing[-1])

    def _file(self, day: str) -> IO[bytes] | None:
        names = [f"events_{day}.jsonl", *([f"events_intraday_{day}.jsonl"] if self.config.get("intraday") else [])]
        files = (self._opened(name) for name in names)
        return next((file for file in files if file), None)

    def _opened(self, name: str) -> IO[bytes] | None:
        if "://" in self.url_base:
            polite = self.request_decorator(cast("RequestFunc", self._fetched))
            return cast("Callable[[str], IO[bytes] | None]", polite)(name)
        self._turn_page()
        path = Path(self.url_base) / name
        return path.open("rb") if path.exists() else None

    def _fetched(self, name: str) -> IO[bytes] | None:
        """Return a whole file, or nothing of it: a day that is cut off is read again from its start."""
        request = requests.Request("GET", f"{self.url_base}/{name}", headers={"User-Agent": self.user_agent})
        prepared = self.signed(self.requests_session.prepare_request(request))
        with ExitStack() as stack:
            send = self.requests_session.send
            response = stack.enter_context(send(prepared, timeout=self.timeout, stream=True))
            if response.status_code == requests.codes.not_found:
                return None
            self.validate_response(response)
            file = stack.enter_context(tempfile.TemporaryFile())
            for chunk in response.iter_content(CHUNK_BYTES):
                file.write(chunk)
            file.seek(0)
            response.close()
            stack.pop_all()
        return file

    def _rows(self, file: IO[bytes]) -> Iterator[Record]:
        wanted = frozenset(self.config.get("event_names") or ())
        for line in file:
            if not line.strip():
                continue
            row = _decoded(line)
            if row is None:  # one broken line must not stop the rest
                assert self._page is not None
                self._page.set_aside(self.name, self.tap_name, "malformed_json", line)
            elif not wanted or row.get("event_name") in wanted:
                yield self._told(row)

    def _told(self, row: dict[str, Any]) -> Record:
        told = {name: row.get(name) for name in self.schema["properties"]}
        return told | {"event_key": key_of(row)}


def key_of(row: dict[str, Any]) -> str:
    """Return the same key for the same event, in whichever version of the file it stands."""
    said = "\x1f".join(str(row.get(name) or "") for name in KEY)
    return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _decoded(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    is_event = isinstance(row, dict) and isinstance(row.get("event_date"), str)
    return row if is_event else None
