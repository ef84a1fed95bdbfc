"""How Meta writes a time, and where the next page is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from plugins.wire.retry import HopelessError

Row = dict[str, Any]
Place = dict[str, str]
SECRETS = frozenset({"access_token", "appsecret_proof", "appsecret_time"})


def next_place(body: Row) -> Place | None:
    """Return what is asked for the next page: what its link says, without its host and without its token."""
    link = (body.get("paging") or {}).get("next")
    return {name: said for name, said in parse_qsl(urlsplit(link).query) if name not in SECRETS} if link else None


def moment(text: str) -> datetime:
    """Return the time of a setting; without an offset it is UTC."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise HopelessError("tap-meta: start_date: not a time; write it as 2026-01-31") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def zoned(text: str | None) -> str | None:
    """Return a time as JSON schema wants it: Meta's offset has no colon. What is no time stays as it is."""
    try:
        return datetime.fromisoformat(text).isoformat() if text else None
    except ValueError:
        return text
