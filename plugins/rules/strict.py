"""What every model of a rule file is made of."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

Word = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]
Attribute = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=63)]
NAME, MAPPING = "(name)", "(mapping)"
FORMS = frozenset({NAME, MAPPING})
"""Which of two forms a value was taken for; pydantic puts it into the place of a mistake, and no file says it."""


def _percent(given: Any) -> Any:
    """Return 10 for `10%`."""
    if isinstance(given, str) and re.fullmatch(r"\d{1,6}%", given):
        return int(given[:-1])
    raise ValueError("should look like 10%; write a whole number and a percent sign")


AS_WRITTEN = WithJsonSchema({"type": "string", "pattern": r"^\d{1,6}%$"})
Percent = Annotated[int, BeforeValidator(_percent), AS_WRITTEN]


class Strict(BaseModel):
    """Unknown keys are refused, and nothing is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
