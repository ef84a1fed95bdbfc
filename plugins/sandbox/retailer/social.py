"""What social networks show: posts, comments, mentions and leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SocialPost:
    """What the retailer itself put on a network."""

    id: str
    network: str
    """facebook or instagram."""
    at: datetime
    text: str
    picture: str = ""
    likes: int = 0
    shares: int = 0


@dataclass(frozen=True, slots=True)
class SocialComment:
    """What somebody, or the retailer itself, wrote below a post."""

    id: str
    network: str
    post_id: str
    at: datetime
    text: str
    author_id: str = ""
    """As the network tells it to the retailer; empty for the retailer itself."""
    author: str = ""
    """The name on Facebook, the user name on Instagram."""
    parent_id: str = ""
    """The comment that is answered."""
    likes: int = 0
    is_hidden: bool = False
    person: str = ""


@dataclass(frozen=True, slots=True)
class SocialMention:
    """A picture of somebody else on Instagram that names the retailer."""

    id: str
    at: datetime
    text: str
    author_id: str
    author: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class LeadForm:
    """A form in an advert."""

    id: str
    name: str
    created_at: datetime
    boxes: tuple[tuple[str, str], ...] = ()
    """(key, wording) of the boxes for consent."""
    locale: str = "NL_NL"


@dataclass(frozen=True, slots=True)
class Lead:
    """A form that somebody filled in."""

    id: str
    form_id: str
    at: datetime
    answers: tuple[tuple[str, str], ...]
    """(question, answer): full_name, email, phone_number."""
    boxes: tuple[tuple[str, bool], ...] = ()
    network: str = "facebook"
    ad_id: str = ""
    person: str = ""
    """Empty for somebody whom no system knew before."""
