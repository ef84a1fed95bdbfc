"""Pages of a list: where one begins, and how many rows it has."""

from __future__ import annotations

from dataclasses import dataclass, replace

import requests
from singer_sdk.pagination import BaseAPIPaginator
from typing_extensions import override

from plugins.wire.retry import HopelessError
from taps.shopify.admin import Row, TooCostlyError, answer_of


@dataclass(frozen=True, slots=True)
class Window:
    """Where a page begins, and how many rows it has."""

    first: int
    after: str | None = None


class Windows(BaseAPIPaginator[Window]):
    """Follows the cursor; a page that costs too much is asked for again with half its rows."""

    def __init__(self, root: str, first: int, where: str) -> None:
        super().__init__(Window(first))
        self.root, self.where = root, where

    @override
    def has_more(self, response: requests.Response) -> bool:
        page = self._page(response)
        return page is None or bool(page["pageInfo"]["hasNextPage"])

    @override
    def continue_if_empty(self, response: requests.Response) -> bool:
        return self.has_more(response)

    @override
    def get_next(self, response: requests.Response) -> Window:
        page = self._page(response)
        if page is not None:
            return replace(self.current_value, after=page["pageInfo"]["endCursor"])
        if self.current_value.first == 1:
            raise HopelessError(f"{self.where}: a single row costs too much; Shopify's limits have changed")
        return replace(self.current_value, first=self.current_value.first // 2)

    def _page(self, response: requests.Response) -> Row | None:
        try:
            page: Row = answer_of(response, self.where)[self.root]
        except TooCostlyError:
            return None
        return page
