"""What is on Instagram: media of the retailer and of others, and comments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from plugins.sandbox.meta.nodes import Node, names, stamp

SITE = "https://www.instagram.com"


@dataclass
class InstagramUser(Node):
    """The Instagram account of the retailer."""

    kind: ClassVar[str] = "IGUser"
    use: ClassVar[str] = "instagram"
    known: ClassVar[frozenset[str]] = names(
        "id username name biography website followers_count follows_count media_count profile_picture_url"
    )
    username: str = "wandelwind"
    media: list[Media] = field(default_factory=list)
    tagged: list[Media] = field(default_factory=list)

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return what everybody sees."""
        return {
            "username": self.username,
            "name": "Wandelwind",
            "biography": "Kleding en schoenen voor buiten.",
            "website": "https://www.example.nl/",
            "followers_count": 6120,
            "follows_count": 210,
            "media_count": len(self.media),
            "profile_picture_url": "https://www.example.nl/foto/wandelwind.jpg",
        }


@dataclass
class Media(Node):
    """One picture or film, of the retailer or of somebody who names the retailer."""

    kind: ClassVar[str] = "IGMedia"
    use: ClassVar[str] = "instagram"
    known: ClassVar[frozenset[str]] = names(
        "id caption media_type media_product_type permalink timestamp username like_count comments_count shortcode "
        "media_url thumbnail_url owner is_comment_enabled"
    )
    at: datetime
    text: str
    username: str
    owner_id: str = ""
    """Empty for the media of others: Meta tells only the user name."""
    picture: str = ""
    likes: int = 0
    comments: list[InstagramComment] = field(default_factory=list)

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return the media, without a list of who liked it: there is none."""
        short = f"C{int(self.id):x}"
        told: dict[str, Any] = {
            "caption": self.text,
            "media_type": "IMAGE",
            "media_product_type": "FEED",
            "permalink": f"{SITE}/p/{short}/",
            "timestamp": stamp(self.at),
            "username": self.username,
            "like_count": self.likes,
            "comments_count": len(self.comments),
            "shortcode": short,
            "is_comment_enabled": True,
        }
        told |= {"media_url": self.picture} if self.picture else {}
        return told | ({"owner": {"id": self.owner_id}} if self.owner_id else {})


@dataclass
class InstagramComment(Node):
    """What somebody wrote below a picture, or below another comment."""

    kind: ClassVar[str] = "IGComment"
    use: ClassVar[str] = "instagram"
    default: ClassVar[tuple[str, ...]] = ("text", "timestamp")
    known: ClassVar[frozenset[str]] = names("id text timestamp username from like_count parent_id hidden media")
    media: Media
    at: datetime
    text: str
    author_id: str
    author: str
    parent_id: str = ""
    likes: int = 0
    is_hidden: bool = False

    def view(self, *, is_page: bool) -> dict[str, Any]:
        """Return the comment and who wrote it."""
        return {
            "text": self.text,
            "timestamp": stamp(self.at),
            "username": self.author,
            "from": {"id": self.author_id, "username": self.author},
            "like_count": self.likes,
            "parent_id": self.parent_id or None,
            "hidden": self.is_hidden,
            "media": self.media,
        }
