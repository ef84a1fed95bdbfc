"""Reading a WooCommerce list to its end: what one answer holds, and where the next one begins."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import requests
from singer_sdk.pagination import BaseAPIPaginator
from typing_extensions import override

from plugins.wire.retry import TRANSIENT_STATUSES, HopelessError, TransientError

Row = dict[str, Any]

BRACKET = re.compile(r"[\[{]")
TRIES_TO_FIND_JSON = 200
MOST_BEGINNINGS = 20
CODE = re.compile(r"[a-z0-9_]{1,80}")


@lru_cache(maxsize=1)
def rows(response: requests.Response, where: str) -> list[Row]:
    """Return the rows of an answer; raise what cures it where a good status hides an error."""
    answer = _decoded(response.content.decode("utf-8-sig", "replace"), where)
    if isinstance(answer, dict):
        raise _hidden_error(answer, where)
    if not isinstance(answer, list) or not all(isinstance(each, dict) and "id" in each for each in answer):
        raise TransientError(f"{where}: the answer is no list of records; tried again later by itself")
    return answer


def _decoded(text: str, where: str) -> Any:
    decoder = json.JSONDecoder(parse_float=Decimal)
    starts = [0, *(found.start() for _, found in zip(range(TRIES_TO_FIND_JSON), BRACKET.finditer(text), strict=False))]
    for start in starts:  # a PHP warning, which may hold brackets too, can stand before the JSON
        try:
            value, end = decoder.raw_decode(text, start)
        except ValueError:
            continue
        if not text[end:].strip() and isinstance(value, (list, dict)):
            return value
    raise TransientError(f"{where}: the answer is not JSON; tried again later by itself")


def _hidden_error(answer: Row, where: str) -> Exception:
    code = str(answer.get("code", ""))
    code = code if CODE.fullmatch(code) else "unknown"
    about = answer.get("data")
    status = about.get("status") if isinstance(about, dict) else about
    if isinstance(status, int) and (status in TRANSIENT_STATUSES or status >= 500):
        return TransientError(f"{where}: HTTP 200 with error '{code}'; tried again later by itself")
    return HopelessError(f"{where}: HTTP 200 with error '{code}'; check the key's rights and the shop's plugins")


def total(response: requests.Response, header: str) -> int | None:
    """Return a count from a header, or None where a proxy has dropped it."""
    words = response.headers.get(header, "")
    return int(words) if words.isdigit() else None


def gmt(value: str) -> datetime:
    """Return the moment of a `…_gmt` field, which carries no zone, or of a setting that does."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise HopelessError("tap-woocommerce: a date is unreadable; check start_date and the shop's plugins") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def zulu(moment: datetime) -> str:
    """Return a moment as the shop must be asked for it: without the `Z` it would be read as the shop's local time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class OverlappingOffset(BaseAPIPaginator[int]):
    """Windows over a list in order of id; each begins with the last row of the one before.

    A row that was deleted meanwhile moves the list under the windows; then that row is missing, and it shows.
    """

    def __init__(self, size: int, where: str) -> None:
        super().__init__(0)
        self.size = size
        self.where = where

    @override
    def has_more(self, response: requests.Response) -> bool:
        if not response.ok:
            return False
        count = total(response, "X-WP-Total")
        if count is not None:
            return self.current_value + self.size < count
        return len(rows(response, self.where)) > (1 if self.current_value else 0)

    @override
    def continue_if_empty(self, response: requests.Response) -> bool:
        return self.has_more(response)

    @override
    def get_next(self, response: requests.Response) -> int:
        return self.current_value + self.size - 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """From when on, and how far into that."""

    since: datetime | None
    offset: int = 0


class Ascending(BaseAPIPaginator[Cursor]):
    """Asks each time for what changed since the last row, so that rows which change meanwhile hide nobody.

    The shop's filter is strictly after and knows whole seconds: one second is taken back. Only while one second
    fills whole pages are there windows, each beginning with the last row of the one before; when that row is not
    there the second has moved, and is begun again.
    """

    def __init__(self, since: datetime | None, key: str, size: int, where: str) -> None:
        super().__init__(Cursor(since))
        self.key = key
        self.size = size
        self.where = where
        self._before: set[int] = set()
        self._begun_again = 0

    @override
    def has_more(self, response: requests.Response) -> bool:
        count, offset = total(response, "X-WP-Total"), self.current_value.offset
        is_told = count is not None and offset + self.size < count
        is_likely = count is None and len(rows(response, self.where)) > (1 if offset else 0)
        return is_told or is_likely or self._has_moved(response)

    @override
    def continue_if_empty(self, response: requests.Response) -> bool:
        return self.has_more(response)

    @override
    def get_next(self, response: requests.Response) -> Cursor:
        now, page, has_moved = self.current_value, rows(response, self.where), self._has_moved(response)
        self._before = {row["id"] for row in page}
        if has_moved:
            self._begun_again += 1
            return Cursor(now.since)
        dates = [row[self.key] for row in page if row.get(self.key)]
        since = gmt(dates[-1]) - timedelta(seconds=1) if dates else None
        if since is not None and (now.since is None or since > now.since):
            return Cursor(since)
        return Cursor(now.since, now.offset + self.size - 1)

    def _has_moved(self, response: requests.Response) -> bool:
        page = rows(response, self.where)
        is_cut = bool(self.current_value.offset and page and page[0]["id"] not in self._before)
        return is_cut and self._begun_again < MOST_BEGINNINGS
