"""What the newsletter tool believes: contacts, campaigns, and what was done with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Contact:
    """A member of the newsletter audience."""

    email: str
    status: str
    """subscribed, unsubscribed, cleaned, pending, transactional or archived."""
    last_changed: datetime
    first_name: str = ""
    last_name: str = ""
    opted_in_at: datetime | None = None
    ip_opt: str = ""
    source: str = "Embed Form"
    tags: tuple[str, ...] = ()
    """Tags of others: agencies, plugins, hand-made ones."""
    merge_fields: tuple[tuple[str, Any], ...] = ()
    permissions: tuple[tuple[str, bool], ...] = ()
    language: str = "nl"
    unsubscribe_reason: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Campaign:
    id: str
    title: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Activity:
    """What a member did with a campaign: open, click, bounce or unsubscribe."""

    campaign_id: str
    email: str
    action: str
    at: datetime
    url: str = ""
    bounce: str = ""
    """hard or soft."""
