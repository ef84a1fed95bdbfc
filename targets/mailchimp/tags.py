"""The tags of an audience, which are its static segments."""

from __future__ import annotations

from dataclasses import dataclass

from plugins.wire.retry import HopelessError, RefusedError
from plugins.wire.sending import LostError
from targets.mailchimp.api import WHERE, Api
from targets.mailchimp.calls import call


@dataclass
class Tags:
    """Knows the id of each tag; reads them once."""

    api: Api
    list_id: str
    _ids: dict[str, int] | None = None

    def segment(self, tag: str) -> int:
        """Return the id of the static segment that is this tag; made when missing, empty, so nobody is in the call."""
        path = f"/lists/{self.list_id}/segments"
        try:
            if self._ids is None:
                pages = self.api.pages(f"{path}?type=static", "segments", "id,name")
                self._ids = {str(each["name"]).lower(): int(each["id"]) for page in pages for each in page}
            if tag.lower() not in self._ids:
                made = self.api.send(call(path, {"name": tag, "static_segment": []}))
                self._ids[tag.lower()] = int(made["id"])
        except (LostError, RefusedError) as error:
            raise HopelessError(f"{WHERE}: the tags of the audience: {error}; run again") from None
        return self._ids[tag.lower()]
