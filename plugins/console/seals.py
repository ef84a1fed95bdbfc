"""What the console signs with its own key: session tokens, tokens in forms, and what the audit log may not say."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from plugins.store.engine import Store
from plugins.store.mirror import home
from plugins.store.secret_file import kept_secret


@dataclass(frozen=True, slots=True)
class Seals:
    """HMAC-SHA-256 with a key that is never in the database; each use has a word of its own."""

    secret: bytes = field(repr=False)

    @classmethod
    def of(cls, store: Store) -> Seals:
        """Take ROTONDE_CONSOLE_KEY, or the file `console.key` beside the store, made when it is first asked for."""
        secret = kept_secret("ROTONDE_CONSOLE_KEY", home(store) / "console.key", make=True)
        assert secret is not None
        return cls(secret)

    def of_text(self, use: str, text: str) -> str:
        """Return what stands for a text in one use."""
        return hmac.digest(self.secret, f"{use}\x1f{text}".encode(), "sha256").hex()

    def is_of(self, seal: str, use: str, text: str) -> bool:
        """Tell whether a seal is that of a text, in the same time for every wrong one."""
        return hmac.compare_digest(seal.encode(), self.of_text(use, text).encode())
