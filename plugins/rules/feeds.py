"""What may stand in the file of a feed, and in a file of rules that feeds share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from plugins.rules.price_lists import BringTo, PriceList
from plugins.rules.strict import Attribute, Name, Percent, Strict, Word

Format = Literal["google_xml", "google_tsv", "meta_csv", "pinterest_tsv", "channable_xml", "csv", "json"]
UNUSUAL = frozenset({"BHD", "CLP", "IQD", "ISK", "JOD", "JPY", "KRW", "KWD", "LYD", "OMR", "PYG", "TND", "UGX", "VND"})
"""Currencies whose smallest unit is not a hundredth."""


def _hundredths(currency: str) -> str:
    if currency in UNUSUAL:
        raise ValueError("has no hundredths; feeds are written in currencies like EUR")
    return currency


def _expected(given: Any) -> Any:
    """Take `out`, or attributes and their texts; null is an attribute that is not written."""
    is_attributes = isinstance(given, dict) and all(each is None or isinstance(each, str) for each in given.values())
    if given == "out" or (is_attributes and given):
        return given
    raise ValueError("is neither out nor attributes; write out, or {attribute: 'text'}")


def _places(given: Any) -> Any:
    """Take `all`, or the ids of stores."""
    if given == "all" or (isinstance(given, list) and given and all(isinstance(each, str) for each in given)):
        return given
    raise ValueError("should say which stores count; write all, or a list of their ids in quotes")


FeedText = Annotated[str, Field(min_length=1, max_length=10_000)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$"), AfterValidator(_hundredths)]
Expected = Annotated[Any, BeforeValidator(_expected)]
Stores = Annotated[Any, BeforeValidator(_places)]
StoreCode = Annotated[str, Field(pattern=r"^\S+$", max_length=64)]


class FeedRule(Strict):
    """If this is so, then this is written, or the product stays out."""

    title: Word = Field(description="what the report calls it")
    when: Annotated[str, Field(min_length=1)] = Field(description="a condition over facts of the product")
    set: dict[Attribute, FeedText] = Field(default_factory=dict, description="attribute: text")
    leave_out: bool = False


class FeedRules(Strict):
    """Rules that several feeds use."""

    description: Word
    rules: list[FeedRule] = Field(min_length=1)


class FeedGuard(Strict):
    """Keeps the published feed where the new one has lost more than this many percent of its items."""

    shrink: Annotated[Percent, Field(ge=0, le=100)] = 50


class Shelves(Strict):
    """What each shop has of each item, told to a channel; a shop that is not named is not told of."""

    source: Name = Field(description="the connection that counts what the shops have")
    codes: dict[Word, StoreCode] = Field(
        min_length=1,
        description="a store's id there: its code in the channel's list of shops, as the channel writes it",
    )


class FeedExample(Strict):
    """One product, as the facts say, and what the feed makes of it."""

    title: Word
    given: dict[Word, Any]
    expect: Expected


class Feed(Strict):
    """Which products, for which channel, written how."""

    description: Word
    format: Format
    source: Name = Field(description="the connection whose products are the items")
    fill_from: list[Name] = Field(default_factory=list, description="connections that fill in what it does not know")
    prefer: dict[Word, Name] = Field(default_factory=dict, description="fact: the connection whose word counts first")
    stock: dict[Name, Stores] = Field(default_factory=dict, description="connection: stores whose pieces count")
    store: Word | None = Field(None, description="the store whose own prices count before the general ones")
    currency: Currency
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(None, description="where the feed sells")
    shop_url: Word | None = Field(None, description="address of the shop, named at the head of an RSS feed")
    where: Annotated[str, Field(min_length=1)] = Field(description="a condition over facts of the product")
    attributes: dict[Attribute, FeedText] = Field(min_length=1, description="attribute of the channel: text")
    use: list[Name] = Field(default_factory=list, description="files of feed_rules/ that come before the rules here")
    rules: list[FeedRule] = Field(default_factory=list)
    guard: FeedGuard = FeedGuard()
    issues_from: list[Name] = Field(
        default_factory=list, description="connections that say what is wrong with its items there"
    )
    bring_to: list[BringTo] = Field(
        default_factory=list,
        description="destinations that are told of each item that changes, beside the file, and price lists kept there",
    )
    shops: dict[Name, Shelves] = Field(
        default_factory=dict, description="destination in bring_to: the shops of which it is told what they have"
    )
    examples: list[FeedExample] = Field(min_length=1)

    @property
    def told(self) -> list[str]:
        """Return the destinations that are told of each item."""
        return [each for each in self.bring_to if isinstance(each, str)]

    @property
    def price_lists(self) -> list[PriceList]:
        """Return the price lists that are kept equal to it."""
        return [each for each in self.bring_to if isinstance(each, PriceList)]

    @property
    def destinations(self) -> list[str]:
        """Return every destination that something of it goes to, beside the file."""
        return [*self.told, *(each.to for each in self.price_lists)]
