"""Pinterest's API v5 as the sandbox plays it."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from plugins.sandbox.pinterest.audiences import AudiencePaths
from plugins.sandbox.pinterest.conversions import ConversionPaths
from plugins.sandbox.pinterest.happenings import Happenings
from plugins.sandbox.pinterest.items import CATALOG_ID
from plugins.sandbox.pinterest.operations import ROOT


@dataclass
class Pinterest(AudiencePaths, ConversionPaths, Happenings):
    """One business account with an ad account, a catalogue and pins; strict where the vendor is."""

    @override
    def settings(self, url: str) -> dict[str, str]:
        told = {
            "API_URL": f"{url}{ROOT}",
            "ACCESS_TOKEN": self.access_token,
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": self.client_secret,
            "REFRESH_TOKEN": self.refresh_token,
            "AD_ACCOUNT_ID": self.ad_account_id,
        }
        written = {
            "CATALOG_ID": CATALOG_ID,
            "CATALOG_COUNTRY": "NL",
            "CATALOG_LANGUAGE": "nl",
            "CONVERSION_TOKEN": self.conversion_token,
        }
        read = {f"TAP_PINTEREST_{name}": value for name, value in told.items()}
        return read | {f"TARGET_PINTEREST_{name}": value for name, value in (told | written).items()}

    @override
    def holding(self, key: str) -> dict[str, str] | None:
        found = [each.name for each in self.customer_lists.values() if key in each.members]
        return {"customer_lists": ", ".join(sorted(found))} if found else None
