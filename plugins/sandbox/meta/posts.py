"""What is on the Page: posts, what people wrote below them, and how many reacted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from plugins.sandbox.meta.nodes import Node, names, stamp

SITE = "https://www.facebook.com"
REACTIONS = ("LIKE", "LOVE", "WOW", "HAHA", "SAD", "ANGRY", "CARE", "THANKFUL", "PRIDE", "FIRE", "HUNDRED", "NONE")


@dataclass
class Page(Node):
    """The Page of the retailer."""

    kind: ClassVar[str] = "Page"
    use: ClassVar[str] = "pages"
    default: ClassVar[tuple[str, ...]] = ("name",)
    known: ClassVar[frozenset[str]] = names(
        "id name username category link about fan_count followers_count access_token instagram_business_account"
    )
    instagram_id: str
    token: str
    name: str = "Wandelwind"
    likes: int = 4210

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return what it is, and the token that acts for it."""
        return {
            "name": self.name,
            "username": "wandelwind",
            "category": "Outdoor Equipment Store",
            "link": f"{SITE}/wandelwind",
            "about": "Kleding en schoenen voor buiten.",
            "fan_count": self.likes,
            "followers_count": self.likes,
            "access_token": self.token,
            "instagram_business_account": {"id": self.instagram_id},
        }


@dataclass
class Post(Node):
    """One post of the Page; its id is that of the Page and its own."""

    kind: ClassVar[str] = "PagePost"
    use: ClassVar[str] = "pages"
    default: ClassVar[tuple[str, ...]] = ("created_time", "message")
    known: ClassVar[frozenset[str]] = names(
        "id message created_time updated_time status_type permalink_url is_published is_hidden from shares full_picture"
    )
    page: Page
    at: datetime
    text: str
    picture: str = ""
    shares: int = 0
    reactions: Counter[str] = field(default_factory=Counter)
    comments: list[Comment] = field(default_factory=list)

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return the post; whose it is only to a Page token."""
        told: dict[str, Any] = {
            "message": self.text,
            "created_time": stamp(self.at),
            "updated_time": stamp(max([self.at, *(each.at for each in self.comments)])),
            "status_type": "added_photos" if self.picture else "mobile_status_update",
            "permalink_url": f"{SITE}/{self.page.id}/posts/{self.id.partition('_')[2]}",
            "is_published": True,
            "is_hidden": False,
        }
        told |= {"full_picture": self.picture} if self.picture else {}
        told |= {"shares": {"count": self.shares}} if self.shares else {}
        return told | ({"from": {"id": self.page.id, "name": self.page.name}} if is_page else {})


@dataclass
class Comment(Node):
    """What somebody wrote below a post, or below another comment."""

    kind: ClassVar[str] = "Comment"
    use: ClassVar[str] = "pages"
    default: ClassVar[tuple[str, ...]] = ("created_time", "from", "message")
    known: ClassVar[frozenset[str]] = names(
        "id message created_time from like_count comment_count parent object is_hidden permalink_url message_tags "
        "can_comment can_hide can_remove user_likes"
    )
    post: Post
    at: datetime
    text: str
    author_id: str
    author: str
    parent: Comment | None = None
    likes: int = 0
    is_hidden: bool = False

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return the comment; who wrote it only to a Page token, and else not even as null."""
        told: dict[str, Any] = {
            "message": self.text,
            "created_time": stamp(self.at),
            "like_count": self.likes,
            "comment_count": len(self.replies()),
            "parent": self.parent,
            "object": self.post,
            "is_hidden": self.is_hidden,
            "permalink_url": f"{SITE}/{self.post.id}?comment_id={self.id.partition('_')[2]}",
            "message_tags": [],
        }
        told |= dict.fromkeys(("can_comment", "can_hide", "can_remove"), is_page) | {"user_likes": False}
        return told | ({"from": {"id": self.author_id, "name": self.author}} if is_page else {})

    def replies(self) -> list[Comment]:
        """Return what was written below it."""
        return [each for each in self.post.comments if each.parent is self]
