"""Personal data as far as a role may see it: initials, the ends of addresses and numbers, the year of a birthday."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from plugins.console.roles import Role
from plugins.console.writing import EMPTY, plain

NAMES = frozenset({"first_name", "infix", "last_name"})
SEEN: dict[Role, frozenset[str]] = {
    Role.VIEWER: frozenset(),
    Role.SHOP: NAMES,
    Role.MARKETING: frozenset(),
    Role.OPS: frozenset(),
    Role.DPO: frozenset({"everything"}),
}
"""Which fields a role sees in full; an account of operations may ask for the rest, and that is written down."""
HIDDEN = "…"
ENDS = {"phone": 2, "card": 4, "customer_number": 2}
"""How many of the last signs are shown, by which somebody can check what they are told."""
WHOLLY = frozenset({"street", "house_number", "house_suffix", "code"})
ADDRESS = re.compile(r"[^\s@,;:]+@[^\s@,;:]+")
NUMBER = re.compile(r"\+\d{6,}")


@dataclass(frozen=True, slots=True)
class Mask:
    """What one role sees; called on a page as `mask`."""

    role: Role
    is_lifted: bool = False

    @property
    def hides(self) -> bool:
        """Tell whether anything is hidden."""
        return not self.is_lifted and "everything" not in SEEN[self.role]

    def field(self, name: str, value: Any) -> str:
        """Write a field of a person."""
        if value is None or value == "":
            return EMPTY
        if not self.hides or name in SEEN[self.role]:
            return plain(value)
        return _masked(name, str(value))

    def text(self, value: Any) -> str:
        """Write any text, with the addresses and numbers in it as a field of their own would be."""
        if not self.hides:
            return plain(value)
        told = ADDRESS.sub(lambda found: _address(found[0]), plain(value))
        return NUMBER.sub(lambda found: _end(found[0], ENDS["phone"]), told)

    def pointer(self, value: str) -> str:
        """Write what a record agrees with: another record, or a kind of identifier and what it is."""
        kind, _, rest = value.partition(" ")
        return f"{kind} {_end(rest, 2)}" if self.hides and rest and "@" not in rest else self.text(value)

    def name(self, person: dict[str, Any]) -> str:
        """Write somebody's name, or their initials."""
        parts = [self.field(each, person[each]) for each in ("first_name", "infix", "last_name") if person.get(each)]
        return " ".join(parts) or EMPTY


def _masked(name: str, value: str) -> str:
    if name in NAMES:
        return f"{value[:1]}."
    if name == "email":
        return _address(value)
    if name == "birth_date":
        return value[:4]
    if name == "postcode":
        return value[:4].strip() + HIDDEN
    if name in WHOLLY:
        return HIDDEN
    return _end(value, ENDS[name]) if name in ENDS else value


def _address(value: str) -> str:
    """Return the first sign of an address and the end of its domain."""
    return f"{value[:1]}{HIDDEN}@{HIDDEN}.{value.rpartition('.')[2]}"


def _end(value: str, signs: int) -> str:
    return f"{HIDDEN}{value[-signs:]}" if len(value) > signs * 2 else HIDDEN
