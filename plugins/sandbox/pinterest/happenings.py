"""What happens at Pinterest without the API: tokens end, limits are reached, a website is lost, people follow."""

from __future__ import annotations

from datetime import timedelta

from plugins.sandbox.pinterest.accounts import AccountPaths
from plugins.sandbox.pinterest.feed import File
from plugins.sandbox.pinterest.quotas import CATEGORIES
from plugins.sandbox.stand_in import act

TOKENS = ("access", "refresh", "conversion")


class Happenings(AccountPaths):
    """The acts of the sandbox."""

    @act
    def expire_tokens(self, kind: str) -> None:
        """All tokens of a kind that were given out until now end (`access`, `refresh` or `conversion`)."""
        if kind not in TOKENS:
            raise LookupError(f"pinterest: no kind of token '{kind}'; try {', '.join(TOKENS)}")
        self.tokens.end(self.clock(), kind)

    @act
    def log_in(self) -> None:
        """Somebody logs in again: the tokens that the settings name are taken once more."""
        self.tokens.renew()

    @act
    def throttle(self, category: str, minutes: str = "5") -> None:
        """The limit of a category (`ads_write`, `everything`) is reached for so many minutes."""
        if category not in CATEGORIES:
            raise LookupError(f"pinterest: no category '{category}'; try {', '.join(CATEGORIES)}")
        self.quotas.block(category, self.clock() + timedelta(minutes=int(minutes)))

    @act
    def unverify_website(self) -> None:
        """The website of the account counts as its own no more: no feed can be made."""
        self.has_verified_website = False

    @act
    def verify_website(self) -> None:
        """Somebody proves that the website is the account's own."""
        self.has_website = self.has_verified_website = True

    @act
    def remove_website(self) -> None:
        """Somebody takes the website out of the account."""
        self.has_website = self.has_verified_website = False

    @act
    def put_file(self, feed_id: str, items: str, **errors: str) -> None:
        """A file with so many items lies at a feed's location; further words say how many each complaint is about."""
        if feed_id not in self.feeds:
            raise LookupError("pinterest: no such feed; make it first")
        found = {code: int(number) for code, number in errors.items()}
        self.feeds[feed_id].file = File(int(items), found)

    @act
    def follow(self, username: str) -> None:
        """Somebody follows the account."""
        if username not in self.followers:
            self.followers.append(username)

    @act
    def unfollow(self, username: str) -> None:
        """Somebody follows the account no more."""
        if username not in self.followers:
            raise LookupError("pinterest: nobody of that name follows")
        self.followers.remove(username)
