"""Pages of a Channable list: newest first, so what arrives meanwhile pushes the rest down, and some shows twice."""

from __future__ import annotations

from typing import Any

import requests
from singer_sdk.pagination import BaseAPIPaginator
from typing_extensions import override

from plugins.wire.retry import TransientError

Row = dict[str, Any]


def rows(response: requests.Response, array: str, where: str) -> list[Row]:
    """Return the rows of an answer; one of another shape is no answer."""
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        answer = None
    found = answer.get(array) if isinstance(answer, dict) else None
    if not isinstance(found, list) or not all(isinstance(each, dict) and "id" in each for each in found):
        raise TransientError(f"{where}: the answer is no list of {array}; tried again later by itself")
    return found


class Pages(BaseAPIPaginator[int]):
    """Goes on until a page has fewer rows than it could: `total` only counts the page."""

    def __init__(self, array: str, size: int, where: str) -> None:
        super().__init__(0)
        self.array, self.size, self.where = array, size, where

    @override
    def has_more(self, response: requests.Response) -> bool:
        return len(rows(response, self.array, self.where)) >= self.size

    @override
    def continue_if_empty(self, response: requests.Response) -> bool:
        return self.has_more(response)  # a page of nothing but repeats is not the end

    @override
    def get_next(self, response: requests.Response) -> int:
        return self.current_value + self.size
