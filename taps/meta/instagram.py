"""The account on Instagram: its media, what is written below them, and the media of others that name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from singer_sdk.helpers.types import Context
from typing_extensions import override

from taps.meta.edges import MetaEdge
from taps.meta.written import Row, next_place

REPLY = ("id", "timestamp", "username", "parent_id", "hidden")
REPLIES = 50
"""What Meta gives at most of them at once."""


class InstagramEdge(MetaEdge):
    """An edge of the account, or of what is on it; nothing where the Page has no account there."""

    @override
    def get_records(self, context: Context | None) -> Iterable[Row]:
        if not self.account.instagram_id:
            self.logger.info("%s: no account on Instagram belongs to the Page", self.where)
            return
        yield from super().get_records(context)

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row | None:
        return super().post_process({**row, "account": self.account.username}, context)


class Media(InstagramEdge):
    """Pictures and films of the account, with their totals."""

    name = "media"
    path = "/{instagram}/media"
    replication_key = "timestamp"
    fields = (
        "id", "timestamp", "username", "media_type", "media_product_type", "permalink", "shortcode", "like_count",
        "comments_count",
    )  # fmt: skip

    @override
    def generate_child_contexts(self, record: Row, context: Context | None) -> Iterable[Context | None]:
        yield {"media_id": record["id"]}


class MediaComments(InstagramEdge):
    """What is written below media, and the replies, which Meta lists below each comment."""

    name = "media_comments"
    path = "/{media_id}/comments"
    parent_stream_type = Media
    state_partitioning_keys = ()
    may_be_gone = True
    fields = (*REPLY, f"replies.limit({REPLIES}){{{','.join(REPLY)}}}")

    @override
    def narrowed(self, context: Context | None) -> dict[str, Any]:
        return {}

    @override
    def request_records(self, context: Context | None) -> Iterable[Row]:
        for comment in super().request_records(context):
            replies = comment.pop("replies", None) or {}
            yield comment
            yield from replies.get("data") or ()
            yield from self._further_replies(comment["id"], replies)

    def _further_replies(self, comment: str, replies: Row) -> Iterator[Row]:
        place = next_place(replies)
        if place is not None:
            query = {"fields": ",".join(REPLY), "limit": REPLIES}
            yield from self.listed(f"{self.url_base}/{comment}/replies", query, place)


class TaggedMedia(InstagramEdge):
    """Media of others that name the account; Meta tells the user name of whose they are, and no more."""

    name = "tagged_media"
    path = "/{instagram}/tags"
    replication_key = "timestamp"
    fields = ("id", "timestamp", "username", "media_type", "permalink")
