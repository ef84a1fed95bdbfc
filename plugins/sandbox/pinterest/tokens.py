"""Tokens of the app: for 30 days, for 60 days to make a new one of, and the one for conversions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SCOPES = frozenset({
    "ads:read", "ads:write", "boards:read", "catalogs:read", "catalogs:write", "pins:read", "user_accounts:read",
})  # fmt: skip
ACCESS_LASTS, REFRESH_LASTS = timedelta(days=30), timedelta(days=60)


@dataclass
class Token:
    """What a bearer may do, and until when."""

    scopes: frozenset[str] = SCOPES
    ends_at: datetime | None = None
    is_for_conversions: bool = False

    def holds(self, at: datetime) -> bool:
        """Tell whether it is taken now."""
        return self.ends_at is None or at < self.ends_at


@dataclass
class Tokens:
    """Every token that was given out."""

    access: str
    refresh: str
    conversion: str
    bearers: dict[str, Token] = field(default_factory=dict)
    refreshers: dict[str, Token] = field(default_factory=dict)
    made: int = 0

    def __post_init__(self) -> None:
        self.bearers = {self.access: Token(), self.conversion: Token(frozenset(), is_for_conversions=True)}
        self.refreshers = {self.refresh: Token()}

    def usable(self, text: str, at: datetime) -> Token | None:
        """Return what a bearer may do, None for one that is not taken."""
        token = self.bearers.get(text)
        return token if token and token.holds(at) else None

    def refreshable(self, text: str, at: datetime) -> Token | None:
        """Return what a new token may be made of, None where that is over."""
        token = self.refreshers.get(text)
        return token if token and token.holds(at) else None

    def give(self, scopes: frozenset[str], at: datetime) -> str:
        """Make a token to call with."""
        text = self._text("pina_")
        self.bearers[text] = Token(scopes, at + ACCESS_LASTS)
        return text

    def give_refresh(self, scopes: frozenset[str], at: datetime) -> str:
        """Make a token to make new ones with; the one before stays good until its own end."""
        text = self._text("pinr.")
        self.refreshers[text] = Token(scopes, at + REFRESH_LASTS)
        return text

    def end(self, at: datetime, kind: str) -> None:
        """End every token of a kind."""
        bearers = [each for each in self.bearers.values() if each.is_for_conversions == (kind == "conversion")]
        for token in self.refreshers.values() if kind == "refresh" else bearers:
            token.ends_at = at

    def renew(self) -> None:
        """Take the tokens that were set once more."""
        self.bearers[self.access].ends_at = self.refreshers[self.refresh].ends_at = None
        self.bearers[self.conversion].ends_at = None

    def _text(self, prefix: str) -> str:
        self.made += 1
        return prefix + hashlib.sha256(f"token {self.made}".encode()).hexdigest()[:40]
