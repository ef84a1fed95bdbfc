"""Meta's Graph API as the sandbox plays it."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import override

from plugins.sandbox.meta.audience import Audience
from plugins.sandbox.meta.happenings import Happenings
from plugins.sandbox.meta.leads import FilledIn
from plugins.sandbox.meta.media import InstagramComment
from plugins.sandbox.meta.posts import Comment

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
            "PAGE_ID": self.page_id,
            "INSTAGRAM_ID": self.instagram_id,
            "AD_ACCOUNT_ID": self.ad_account_id,
            "DATASET_ID": self.dataset_id,
            "CATALOG_ID": self.catalog_id,
        }
        return {f"{plugin}_META_{name}": value for plugin in ("TAP", "TARGET") for name, value in told.items()}

    @override
    def truth(self) -> dict[str, str]:
        """Return the persons of leads, comments and scoped ids."""
        by = self.retailer
        told = {each.id: each.person for each in by.leads}
        for written in by.social_comments:
            told |= {written.id: written.person, written.author_id: written.person}
        for named in by.social_mentions:
            told |= {named.id: named.person, named.author_id: named.person}
        return {key: person for key, person in told.items() if key and person}

    @override
    def holding(self, key: str) -> dict[str, str] | None:
        """Return what is held under a hashed value, a scoped id or the id of a lead."""
        node = self.nodes.get(key)
        if isinstance(node, FilledIn):
            return {name: "yes" if ticked else "no" for name, ticked in node.boxes}
        held = [each.name for each in self.every(Audience) if key in each.members.found]
        authors = [each.author_id for each in self.every(Comment)]
        authors += [each.author_id for each in self.every(InstagramComment)]
        told = {"audiences": ", ".join(sorted(held))} if held else {}
        return told | ({"comments": str(authors.count(key))} if key in authors else {}) or None
