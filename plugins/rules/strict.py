"""What every model of a rule file is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Word = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=63)]


class Strict(BaseModel):
    """Unknown keys are refused, and nothing is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
