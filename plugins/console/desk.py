"""What all pages share: the hub, its seals, its clock, the templates, and how cookies are set."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from plugins.console.looking import Looking
from plugins.console.minute import Minute
from plugins.console.rule_files import RuleFiles
from plugins.console.seals import Seals
from plugins.console.writing import FILTERS
from plugins.hub.aside import Start, start
from plugins.hub.meaning import RULES_FOLDER
from plugins.hub.plans import Hub
from plugins.hub.rights.register import Register, register_of
from plugins.hub.withdrawing import Took
from plugins.scheduler.schedules import Schedule

SMALL = "64MB"
TEMPLATES = Path(__file__).parent / "templates"
Answer = TypeVar("Answer")
Cookie = Literal["session", "entry"]


@dataclass(eq=False)
class Desk:
    """The console of one hub."""

    hub: Hub
    seals: Seals
    is_secure: bool = True
    """Whether it is reached by TLS; only on the machine itself it need not be."""
    schedules: Sequence[Schedule] = ()
    """Of the project we were started in."""
    rules: Path = RULES_FOLDER
    """Where the rules are."""
    start: Start = start
    """Starts what takes long."""
    menu: list[tuple[str, str, Any]] = field(default_factory=list)
    """Name, path and right of each page on the menu."""

    told: dict[Hashable, tuple[Hashable, Any]] = field(default_factory=dict)
    """What was worked out once, by its key, with the version of what it was worked out from."""

    def once(self, key: Hashable, version: Hashable, asked: Callable[[], Answer]) -> Answer:
        """Return what is asked; of one version of what it comes from it is asked once."""
        known = self.told.get(key)
        if known is None or known[0] != version:
            known = self.told[key] = (version, asked())
        answer: Answer = known[1]
        return answer

    @cached_property
    def small(self) -> duckdb.DuckDBPyConnection:
        """Return an engine in memory, for what is asked of one person with the words of the rules."""
        made = duckdb.connect(":memory:", config={"memory_limit": SMALL, "threads": 1})
        made.execute("SET GLOBAL TimeZone = 'UTC'")
        return made

    @cached_property
    def look(self) -> Looking:
        """Return what shows the derived tables."""
        return Looking(self.hub.store)

    @cached_property
    def rule_files(self) -> RuleFiles:
        """Return the files of rules."""
        return RuleFiles(self.rules)

    @cached_property
    def took(self) -> Minute[list[Took]]:
        """Return how long withdrawals took, as of the last minute."""
        return Minute()

    @cached_property
    def register(self) -> Register:
        """Return the register of processing, of what is configured; nothing in it is counted."""
        return register_of(self.hub, counts=False)

    @cached_property
    def templates(self) -> Environment:
        """Return the templates; everything put into them is escaped, and a name nobody knows is an error."""
        made = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        made.filters.update(FILTERS)
        return made

    def cookie(self, kind: Cookie) -> str:
        """Return a cookie's name; a browser takes one that begins with `__Host-` from this host alone, over TLS."""
        return f"{'__Host-' if self.is_secure else ''}rotonde-{kind}"
