"""What happens at Pinterest without the API: tokens end, limits are reached."""

from __future__ import annotations

from datetime import timedelta

from plugins.sandbox.pinterest.audiences import AudiencePaths
from plugins.sandbox.pinterest.quotas import CATEGORIES
from plugins.sandbox.stand_in import act

TOKENS = {"access": False, "refresh": True}


class Happenings(AudiencePaths):
    """The acts of the sandbox."""

    @act
    def expire_tokens(self, kind: str) -> None:
        """All tokens of a kind that were given out until now end (`access` or `refresh`)."""
        if kind not in TOKENS:
            raise LookupError(f"pinterest: no kind of token '{kind}'; try {' or '.join(TOKENS)}")
        self.tokens.end(self.clock(), refreshers=TOKENS[kind])

    @act
    def throttle(self, category: str, minutes: str = "5") -> None:
        """The limit of a category (`ads_write`, `everything`) is reached for so many minutes."""
        if category not in CATEGORIES:
            raise LookupError(f"pinterest: no category '{category}'; try {', '.join(CATEGORIES)}")
        self.quotas.block(category, self.clock() + timedelta(minutes=int(minutes)))
