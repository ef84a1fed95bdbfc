"""The Page: its posts, what is written below them, and what others post about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from singer_sdk.helpers.types import Context
from typing_extensions import override

from taps.meta.edges import MetaEdge
from taps.meta.written import Row


class Posts(MetaEdge):
    """What the Page has published, with its totals: who reacted, Meta tells nobody."""

    name = "posts"
    path = "/{page}/published_posts"
    replication_key = "created_time"
    fields = (
        "id", "created_time", "updated_time", "status_type", "permalink_url", "shares",
        "comments.filter(stream).summary(total_count).limit(0)", "reactions.summary(total_count).limit(0)",
    )  # fmt: skip

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row | None:
        totals = {"comment_count": _total(row, "comments"), "reaction_count": _total(row, "reactions")}
        plain = {name: value for name, value in row.items() if name not in ("comments", "reactions", "shares")}
        shares = (row.get("shares") or {}).get("count")
        return super().post_process({**plain, **totals, "share_count": shares}, context)

    @override
    def generate_child_contexts(self, record: Row, context: Context | None) -> Iterable[Context | None]:
        yield {"post_id": record["id"]}


class Comments(MetaEdge):
    """What is written below a post and below other comments, each time all of it: a clerk may hide one later."""

    name = "comments"
    path = "/{post_id}/comments"
    parent_stream_type = Posts
    state_partitioning_keys = ()
    may_be_gone = True
    fields = ("id", "created_time", "from{id}", "parent{id}", "is_hidden", "permalink_url")
    _has_warned = False

    @override
    def narrowed(self, context: Context | None) -> dict[str, Any]:
        return {"filter": "stream", "order": "chronological"}  # else replies and some comments are left out

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row | None:
        if not row.get("from") and not self._has_warned:
            self._has_warned = True
            self.logger.warning("%s: no author told; see whether the token has pages_read_user_content", self.where)
        return super().post_process({**row, "page_id": self.account.page_id}, context)


class TaggedPosts(MetaEdge):
    """What others post and name the Page in."""

    name = "tagged_posts"
    path = "/{page}/tagged"
    replication_key = "created_time"
    fields = ("id", "created_time", "from{id}", "permalink_url")

    @override
    def post_process(self, row: Row, context: Context | None = None) -> Row | None:
        return super().post_process({**row, "page_id": self.account.page_id}, context)


def _total(row: Row, name: str) -> int | None:
    count = ((row.get(name) or {}).get("summary") or {}).get("total_count")
    return count if isinstance(count, int) else None
