"""Rows below a row: the first of them come with it, the rest is fetched where there are more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
FEW, MANY = 10, 60


@dataclass(frozen=True, slots=True)
class Children:
    """A connection of each row, or of each part of it."""

    name: str
    owner: str
    """The type that has it."""
    fields: str
    first: int = FEW
    part: str = ""
    """The field of the row in which it stands; that field's own selection is `inside`."""
    inside: str = "%s"
    far: str = "%s"
    """How it is reached from its owner."""

    @property
    def paged(self) -> str:
        """Return what a page asks for."""
        return self.inside % f"{self.name}(first: {self.first}) {self._nodes}"

    @property
    def exported(self) -> str:
        """Return what an export asks for, which takes all."""
        return self.inside % f"{self.name} {{ edges {{ node {{ {self.fields} }} }} }}"

    @property
    def _nodes(self) -> str:
        return f"{{ nodes {{ {self.fields} }} pageInfo {{ hasNextPage endCursor }} }}"

    @property
    def rest(self) -> str:
        """Return the query for those that did not come with the row."""
        asked = self.far % f"{self.name}(first: $first, after: $after) {self._nodes}"
        head = "query($id: ID!, $first: Int!, $after: String)"
        return f"{head} {{ node(id: $id) {{ ... on {self.owner} {{ {asked} }} }} }}"

    def gather(self, row: Row, ask: Callable[..., Row]) -> None:
        """Put a list of all of them where the page has a connection."""
        for holder in self._holders(row):
            if self.name in holder:
                key = holder.get("id") or row["id"]
                holder[self.name] = [*self._all(holder[self.name], key, ask)]

    def _holders(self, row: Row) -> list[Row]:
        held = row.get(self.part) if self.part else row
        return held if isinstance(held, list) else [held] if held else []

    def _all(self, page: Row | None, key: str, ask: Callable[..., Row]) -> Iterator[Row]:
        while page:
            yield from page["nodes"]
            after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
            found = ask(self.rest, id=key, first=MANY, after=after)["node"] if after else None
            page = _found(found, self.name)


def _found(node: Any, name: str) -> Row | None:
    """Return the connection below a node, however deep."""
    if not isinstance(node, dict):
        return None
    inner = (_found(each, name) for each in node.values())
    return node.get(name) or next((each for each in inner if each), None)
