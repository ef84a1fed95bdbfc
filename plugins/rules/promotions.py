"""Which promotions of a till channels tell everybody of, and what they are worth: a till tells name and days only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from plugins.rules.complaint import Complaint
from plugins.rules.offers import Benefit
from plugins.rules.strict import Name, Strict, Word
from plugins.rules.yaml_file import Places

# https://support.google.com/merchants/answer/4588460
Country = Literal["AU", "BR", "CA", "DE", "ES", "FR", "GB", "IN", "IT", "JP", "KR", "NL", "US"]
PromotionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,50}$")]


class PublicPromotion(Strict):
    """A promotion that anybody may use."""

    source: Name = Field(description="the connection that runs it, and says from when until when")
    promotion: Word = Field(description="its id there")
    title: Annotated[str, Field(min_length=1, max_length=60)] = Field(description="what everybody reads")
    benefit: Benefit
    places: list[Literal["shop", "web"]] = Field(min_length=1, description="where everybody may use it")
    products: Literal["all", "named"] = Field(description="all, or those of which the feed says promotion_id")
    code: Annotated[str, Field(pattern=r"^\S{1,20}$")] | None = Field(None, description="the code that all may use")
    country: Country
    page: Annotated[str, Field(pattern=r"^https://\S+$", max_length=2000)] | None = Field(
        None, description="page that shows it; one in shops needs it"
    )
    to: list[Name] = Field(min_length=1, description="destinations that tell of it")


class Promotions(Strict):
    """By the id under which channels and feeds know them; what is not here is told nowhere."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    promotions: dict[PromotionId, PublicPromotion] = Field(default_factory=dict)


def unfit(rules: Promotions, places: Places) -> Iterator[Complaint]:
    """Find promotions in shops without a page, and two of one promotion for one country."""
    first: dict[tuple[str, str, str], str] = {}
    for name, each in rules.promotions.items():
        if "shop" in each.places and not each.page:
            at = places.value(("promotions", name, "places"))
            yield places.complaint(at, f"{name}: a promotion in shops needs a page", "write page: https://…")
        if (earlier := first.setdefault((each.source, each.promotion, each.country), name)) != name:
            at = places.value(("promotions", name, "promotion"))
            yield places.complaint(at, f"{each.promotion}: {earlier} tells of it too", "leave it in one of them")
