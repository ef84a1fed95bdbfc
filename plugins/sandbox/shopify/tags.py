"""Tags: added and taken away, compared without capitals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from plugins.sandbox.shopify.account import Account
from plugins.sandbox.shopify.names import parted
from plugins.sandbox.shopify.refusals import access_denied, refused
from plugins.sandbox.shopify.scopes import TAGGABLE

MOST_TAGS, MOST_TAG_LETTERS = 250, 255


def cleaned(tags: Iterable[str]) -> list[str]:
    """Return tags one by one, without blanks around them, each once."""
    single = [tag.strip() for text in tags for tag in text.split(",")]
    return sorted({tag.lower(): tag for tag in reversed(single) if tag}.values(), key=str.lower)


class TagMutations(Account):
    """Tags customers, orders and articles."""

    def mutate_tags_add(self, id: str, tags: list[str]) -> dict[str, Any]:
        """Add tags; those that are there stay as they are written."""
        record, given = self._tagged(id), cleaned(tags)
        if any(len(tag) > MOST_TAG_LETTERS for tag in given):
            raise refused("tags", f"Tag exceeds the maximum length of {MOST_TAG_LETTERS} characters")
        known = {tag.lower() for tag in record.tags}
        wanted = [*record.tags, *(tag for tag in given if tag.lower() not in known)]
        if len(wanted) > MOST_TAGS:
            raise refused("tags", f"Tags cannot be more than {MOST_TAGS}")
        return self._set_tags(record, wanted)

    def mutate_tags_remove(self, id: str, tags: list[str]) -> dict[str, Any]:
        """Take tags away; those that are not there are no mistake."""
        record = self._tagged(id)
        unwanted = {tag.lower() for tag in cleaned(tags)}
        return self._set_tags(record, [tag for tag in record.tags if tag.lower() not in unwanted])

    def _tagged(self, key: str) -> Any:
        kind, _ = parted(key)
        if kind in TAGGABLE and TAGGABLE[kind] not in self.scopes and not self.replaying:
            raise access_denied("tagsAdd", TAGGABLE[kind])
        record = self.query_node(key)
        if record is None or kind not in TAGGABLE:
            raise refused("id", f"{kind} does not exist")
        return record

    def _set_tags(self, record: Any, tags: list[str]) -> dict[str, Any]:
        if tags != record.tags:
            record.tags, record.updated_at = sorted(tags, key=str.lower), self.clock()
        return {"node": record}
