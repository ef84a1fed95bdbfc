"""Meta's Graph API as the sandbox plays it."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from plugins.sandbox.meta.audience import Audience
from plugins.sandbox.meta.happenings import Happenings

VERSION = "v25.0"


@dataclass
class Meta(Happenings):
    """One business: a Page, an Instagram account, lead forms, an ad account, a dataset and a catalogue."""

    @override
    def settings(self, url: str) -> dict[str, str]:
        told = {
            "API_URL": url,
            "API_VERSION": VERSION,
            "ACCESS_TOKEN": self.access_token,
            "APP_ID": self.app_id,
            "APP_SECRET": self.app_secret,
            "AD_ACCOUNT_ID": self.ad_account_id,
        }
        return {f"{plugin}_META_{name}": value for plugin in ("TAP", "TARGET") for name, value in told.items()}

    @override
    def holding(self, key: str) -> dict[str, str] | None:
        found = [each.name for each in self.every(Audience) if key in each.members.found]
        return {"audiences": ", ".join(sorted(found))} if found else None
