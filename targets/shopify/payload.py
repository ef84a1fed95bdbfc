"""What every payload is: strict, and only for the operations that go with it."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from plugins.wire.outbox import Operation

Id = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$")]
SETTING: frozenset[Operation] = frozenset({"add", "change", "remove"})


class Payload(BaseModel):
    """Takes the keys it knows as they are: a number in quotes is no number."""

    model_config = ConfigDict(strict=True, frozen=True)
    operations: ClassVar[frozenset[Operation]] = SETTING

    def fits(self, operation: Operation) -> bool:
        """Tell whether it goes with an operation."""
        return operation in self.operations
