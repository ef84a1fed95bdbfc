"""The audience: its members, archived contacts and segments."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import requests
from singer_sdk.helpers.types import Context, Record
from singer_sdk.pagination import SinglePagePaginator
from singer_sdk.streams.rest import HTTPRequest, PageContext
from typing_extensions import override

from taps.mailchimp.paging import ONE_SECOND, MemberPages, Pages, Position, rows, single
from taps.mailchimp.rest import MailchimpStream

if TYPE_CHECKING:
    from taps.mailchimp.tap import TapMailchimp


def subscriber_hash(email: str) -> str:
    """Return the key under which Mailchimp stores a member."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


class Members(MailchimpStream):
    """Everybody in the audience except archived contacts.

    `members: full` reads all and seals, so that a member deleted for good is missed; a deletion leaves no other trace.
    `members: incremental` reads what changed since the last run.
    """

    name = "members"
    path = "/lists/{list_id}/members"
    array = "members"
    primary_keys = ("list_id", "id")
    reads_one = "email_address"
    status: ClassVar[str | None] = None
    _last_page: frozenset[tuple[str, str]] = frozenset()

    def __init__(self, tap: TapMailchimp) -> None:
        super().__init__(tap)
        if self.config.get("members") == "incremental":
            self.replication_key = "last_changed"

    @property
    @override
    def is_sorted(self) -> bool:
        return True

    @property
    @override
    def check_sorted(self) -> bool:
        return False  # the first second is read again

    @override
    def get_url(self, context: Context | None) -> str:
        url = super().get_url(context)
        return f"{url}/{subscriber_hash(self.only)}" if self.only else url

    @override
    def get_http_request(self, *, page: PageContext[Position]) -> HTTPRequest:
        request = super().get_http_request(page=page)
        if self.only:
            request.params = {"fields": ",".join(self.fields)}
        return request

    @override
    def get_new_paginator(self) -> MemberPages | SinglePagePaginator:
        self._last_page = frozenset()
        if self.only:
            return SinglePagePaginator()
        since = self.get_starting_timestamp(None) if self.replication_key else None
        return MemberPages(self.array, self.page_size, since - ONE_SECOND if since else None)

    @override
    def filters(self, position: Position) -> dict[str, Any]:
        # a whole reading has no upper bound: who changes meanwhile would fall out of it and seem deleted
        until = self.tap.started_at if self.replication_key else None
        return {
            "status": self.status,
            "sort_field": "last_changed",
            "sort_dir": "ASC",
            "since_last_changed": position.since and position.since.isoformat(),
            "before_last_changed": until and until.isoformat(timespec="seconds"),
        }

    @override
    def parse_response(self, response: requests.Response) -> Iterator[Record]:
        if self.only:
            yield from single(response)
            return
        page = rows(response, self.array)
        yield from (row for row in page if (row["id"], row.get("last_changed", "")) not in self._last_page)
        self._last_page = frozenset((row["id"], row.get("last_changed", "")) for row in page)

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record | None:
        tags = row.get("tags") or []
        if (row.get("tags_count") or 0) > len(tags):  # a member shows fifty tags at most
            row["tags"] = list(self._tags(row["id"])) or tags
        return super().post_process(row, context)

    def _tags(self, member: str) -> Iterator[dict[str, Any]]:
        pages = Pages("tags", self.page_size)
        send = self.request_decorator(self._request)
        url = f"{self.get_url(None)}/{member}/tags"
        while not pages.finished:
            params = {
                "count": self.page_size,
                "offset": pages.current_value.offset,
                "fields": "tags.id,tags.name,total_items",
            }
            response = send(self.build_prepared_request(method="GET", url=url, params=params), None)
            yield from ({"id": tag["id"], "name": tag["name"]} for tag in rows(response, "tags"))
            pages.advance(response)

    @override
    def may_be_gone(self, response: requests.Response) -> bool:
        return self.only is not None or (response.url or "").partition("?")[0].endswith("/tags")


class ArchivedMembers(Members):
    """Archived contacts, which the audience lists only when asked for by that status.

    It never seals: who leaves this list is either back in the audience, where `members` says so, or gone for good,
    and may be mailed in neither list.
    """

    name = "archived_members"
    status = "archived"
    is_snapshot = False


class Segments(MailchimpStream):
    """Segments of the audience; a tag is a static segment."""

    name = "segments"
    path = "/lists/{list_id}/segments"
    array = "segments"
    primary_keys = ("list_id", "id")
