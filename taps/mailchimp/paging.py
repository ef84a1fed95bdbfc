"""Pages of a Mailchimp collection: by offset, and by time where the collection moves while it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import requests
from singer_sdk.pagination import BaseAPIPaginator
from typing_extensions import override

from plugins.wire.retry import HopelessError

ONE_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next page starts: so many rows after the rows that changed since a moment."""

    offset: int = 0
    since: datetime | None = None


def rows(response: requests.Response, array: str) -> list[dict[str, Any]]:
    """Return a page's rows; none where the thing asked about is gone."""
    if response.status_code == HTTPStatus.NOT_FOUND:
        return []
    found = response.json().get(array)
    if not isinstance(found, list):
        raise HopelessError(f"tap-mailchimp: {array}: the answer has no such list; see whether the API changed")
    return found


def single(response: requests.Response) -> list[dict[str, Any]]:
    """Return the one row that was asked for; none where it is gone."""
    return [] if response.status_code == HTTPStatus.NOT_FOUND else [response.json()]


def moment(text: str | None) -> datetime | None:
    """Return a time as Mailchimp writes it; None where it is unset (an empty text there) or unreadable."""
    try:
        read = datetime.fromisoformat(text) if text else None
    except ValueError:  # one bad time must not stop the rest
        return None
    return read.replace(tzinfo=read.tzinfo or UTC) if read else None


class Pages(BaseAPIPaginator[Position]):
    """Counts rows; goes on after a page of which nothing is passed on, and after a short one that is not the last."""

    def __init__(self, array: str, size: int, since: datetime | None = None) -> None:
        super().__init__(Position(0, since))
        self.array = array
        self.size = size

    @override
    def has_more(self, response: requests.Response) -> bool:
        count = len(rows(response, self.array))
        return count > 0 and (count >= self.size or self._read(count) < response.json().get("total_items", 0))

    @override
    def continue_if_empty(self, response: requests.Response) -> bool:
        return self.has_more(response)

    @override
    def get_next(self, response: requests.Response) -> Position:
        return Position(self._read(len(rows(response, self.array))), self.current_value.since)

    def _read(self, count: int) -> int:
        return self.current_value.offset + count


class MemberPages(Pages):
    """Follows `last_changed` upwards instead of counting rows.

    A member who changes while we read moves to the end of the list, and an offset would then skip somebody else.
    Whether `since_last_changed` includes its own second is not said, so each page asks one second back.
    """

    @override
    def get_next(self, response: requests.Response) -> Position:
        last = moment(rows(response, self.array)[-1].get("last_changed"))
        since = last - ONE_SECOND if last else None
        if since is None or (self.current_value.since and since <= self.current_value.since):
            return super().get_next(response)
        return Position(0, since)
