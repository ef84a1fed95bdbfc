"""A route: where it is, what it needs, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from plugins.console.ask import Ask
from plugins.console.roles import Right


@dataclass(frozen=True, slots=True)
class Seen:
    """One route; its title is the text `<name>.title` of the catalogues."""

    path: str
    name: str
    right: Right
    does: Callable[[Ask], Response]
    method: Literal["GET", "POST"] = "GET"
    on_menu: bool = False
