"""Which audience has a person whom several would have."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field

from plugins.rules.complaint import Complaint, did_you_mean
from plugins.rules.strict import Name, Strict
from plugins.rules.yaml_file import Places


class Priority(Strict):
    """Lists of audiences: of each list a person is in the first that has them, and in no other of it."""

    first_of: list[Annotated[list[Name], Field(min_length=2)]] = Field(
        default_factory=list, description="lists of audiences, the most important first"
    )

    def before(self, name: str) -> list[str]:
        """Return the audiences that have a person before this one has."""
        earlier = [each for one in self.first_of if name in one for each in one[: one.index(name)]]
        return list(dict.fromkeys(earlier))


def misplaced(priority: Priority, audiences: Collection[str], places: Places) -> Iterator[Complaint]:
    """Find audiences that nobody made, that stand twice in a list, or of which two lists want opposite orders."""
    for number, one in enumerate(priority.first_of):
        for place, name in enumerate(one):
            at = places.value(("first_of", number, place))
            if name not in audiences:
                yield places.complaint(at, f"{name}: no such audience", did_you_mean(name, audiences))
            elif name in one[:place]:
                yield places.complaint(at, f"{name}: stands twice in the list", "remove one of them")
            elif opposite := next((each for each in priority.before(name) if name in priority.before(each)), None):
                what = f"{name}: comes before {opposite} in one list and after it in another"
                yield places.complaint(at, what, "give both lists one order")
