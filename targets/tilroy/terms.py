"""What the settings of a tenant say: where is booked, in what money, and how an order goes in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from targets.tilroy.decisions import Unset


@dataclass(frozen=True, slots=True)
class Terms:
    """What the tenant's settings say of vouchers, points and orders."""

    shop_number: int | None = None
    cents_per_100_points: int | None = None
    points_last_days: int = 365
    currency: str = "EUR"
    order_language: str = "NL"
    collect_method: str = "home_delivery"

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Terms:
        """Take them from the settings."""
        return cls(**{each.name: config[each.name] for each in fields(cls) if config.get(each.name) is not None})

    @property
    def shop(self) -> dict[str, int]:
        """Return the shop to book on; raises Unset."""
        if self.shop_number is None:
            raise Unset("no shop to book on; set shop_number")
        return {"number": self.shop_number}

    def worth(self, points: int) -> float:
        """Return what points are worth, as Tilroy writes money; raises Unset."""
        if self.cents_per_100_points is None:
            raise Unset("Tilroy wants the worth of points too; set cents_per_100_points")
        return money((points * self.cents_per_100_points + 50) // 100)


def money(cents: int) -> float:
    """Write cents as Tilroy does."""
    return cents / 100  # the nearest number to a whole count of cents is written with two decimals
