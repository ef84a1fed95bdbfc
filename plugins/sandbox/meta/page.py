"""The paths of the Page: posts, comments, and reactions, of which only the number is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from typing_extensions import override

from plugins.sandbox.meta.business import Business
from plugins.sandbox.meta.nodes import Connection, edge
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.posts import REACTIONS, Comment, Page, Post
from plugins.sandbox.retailer import SocialComment, SocialPost

SHARES_OF_REACTIONS = (("LOVE", 6), ("WOW", 20), ("HAHA", 25), ("CARE", 30))
"""One in so many reactions; the rest are likes."""


@dataclass
class PagePaths(Business):
    """Answers `/{page}/published_posts`, `/{post}/comments` and what belongs to them."""

    page_id: str = field(default="102030405060", kw_only=True)
    instagram_id: str = field(default="17841400000000001", kw_only=True)

    def seed(self) -> None:
        """Fill the Page from the retailer's posts and comments."""
        super().seed()
        self.page = self.add(Page(self.page_id, self.instagram_id, self.page_token))
        for post in self.retailer.social_posts:
            if post.network == "facebook":
                self._post(post)
        for comment in self.retailer.social_comments:
            if comment.network == "facebook":
                self._comment(comment)

    def _post(self, told: SocialPost) -> None:
        key = f"{self.page_id}_{told.id}"
        reactions = Counter({kind: told.likes // share for kind, share in SHARES_OF_REACTIONS if told.likes // share})
        reactions["LIKE"] = told.likes - reactions.total()
        self.add(Post(key, self.page, told.at, told.text, told.picture, told.shares, reactions))

    def _comment(self, told: SocialComment) -> None:
        post, parent = self.find(Post, f"{self.page_id}_{told.post_id}"), self.nodes.get(told.parent_id)
        author = (told.author_id, told.author) if told.author_id else (self.page_id, self.page.name)
        above = parent if isinstance(parent, Comment) else None
        self.write(Comment(told.id, post, told.at, told.text, *author, above, told.likes, told.is_hidden))

    def write(self, comment: Comment) -> Comment:
        """Put a comment below its post."""
        comment.post.comments.append(comment)
        return self.add(comment)

    @override
    def engaged(self, use: str) -> int:
        return len({each.author_id for each in self.every(Comment)}) if use == "pages" else super().engaged(use)

    @override
    def page_of_token(self) -> str:
        return self.page_id

    @edge("Page", "published_posts")
    @edge("Page", "posts")
    @edge("Page", "feed")
    def list_posts(self, node: Page, parameters: Parameters) -> Connection:
        """List the posts, newest first."""
        self.needs_page_token(parameters)
        return Connection(newest([each for each in self.every(Post) if each.page is node], parameters))

    @edge("Page", "visitor_posts")
    @edge("Page", "tagged")
    @edge("Page", "ads_posts")
    def list_nothing(self, node: Page, parameters: Parameters) -> Connection:
        """List what others posted: nobody did."""
        self.needs_page_token(parameters)
        return Connection([])

    @edge("PagePost", "comments")
    def list_comments(self, node: Post, parameters: Parameters) -> Connection:
        """List what was written below a post."""
        return _conversation(node.comments, parameters)

    @edge("Comment", "comments")
    def list_replies(self, node: Comment, parameters: Parameters) -> Connection:
        """List what was written below a comment."""
        return _conversation(node.replies(), parameters, is_below=True)

    @edge("PagePost", "reactions")
    def count_reactions(self, node: Post, parameters: Parameters) -> Connection:
        """Tell how many reacted; only the reaction of the caller itself would be listed."""
        # developers.facebook.com/docs/graph-api/reference/object/reactions
        kind = parameters.choice("type", REACTIONS)
        total = node.reactions[kind] if kind else node.reactions.total()
        return Connection([], {"total_count": total, "viewer_reaction": "NONE"})

    @edge("Comment", "reactions")
    def count_reactions_to_comment(self, node: Comment, parameters: Parameters) -> Connection:
        """Tell how many reacted to a comment."""
        kind = parameters.choice("type", REACTIONS)
        return Connection([], {"total_count": node.likes if kind in ("", "LIKE") else 0, "viewer_reaction": "NONE"})


def _conversation(comments: Iterable[Comment], parameters: Parameters, *, is_below: bool = False) -> Connection:
    """Return comments; unless the caller asks for the stream, replies and hidden ones are left out."""
    kind = parameters.choice("filter", ("stream", "toplevel"))
    order = parameters.choice("order", ("chronological", "reverse_chronological"))
    since = parameters.moment("since")
    seen = [
        each
        for each in comments
        if (kind == "stream" or is_below or each.parent is None)
        and (kind or order or not each.is_hidden)
        and (since is None or each.at >= since)
    ]
    seen.sort(key=lambda each: (each.at, each.id), reverse=order == "reverse_chronological")
    summary = {"order": order or "chronological", "total_count": len(seen), "can_comment": parameters.is_page}
    return Connection(seen, summary)


def newest(rows: Iterable[Any], parameters: Parameters) -> list[Any]:
    """Return the rows of a window of time, newest first."""
    since, until = parameters.moment("since"), parameters.moment("until")

    def fits(at: datetime) -> bool:
        return (since is None or at >= since) and (until is None or at <= until)

    return sorted((each for each in rows if fits(each.at)), key=lambda each: (each.at, each.id), reverse=True)
