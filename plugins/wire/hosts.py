"""A session that speaks to the hosts it was given and to no other, wherever an answer or a redirect points."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from typing_extensions import override

from plugins.wire.retry import HopelessError


class HostSession(requests.Session):
    """Refuses every other host, port and scheme before a connection is made."""

    def __init__(self, where: str, *urls: str) -> None:
        super().__init__()
        self.where = where
        self.known = {_origin(each) for each in urls}

    @override
    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        if _origin(request.url or "") not in self.known:
            raise HopelessError(f"{self.where}: the vendor points to another host; check the address in the settings")
        return super().send(request, **kwargs)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
