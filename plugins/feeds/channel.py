"""What each channel takes, as its file in `channels/` says: facts of the channel, no code."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from plugins.rules.catalogue import Catalogue, Trait
from plugins.rules.checking import checked
from plugins.rules.complaint import RulesError
from plugins.rules.feeds import Format
from plugins.rules.strict import Strict
from plugins.rules.yaml_file import load_yaml

FOLDER = Path(__file__).parent / "channels"
CHANNEL_OF: dict[Format, str] = {
    "google_xml": "google", "google_tsv": "google", "meta_csv": "meta", "pinterest_tsv": "pinterest",
    "channable_xml": "channable", "csv": "generic", "json": "generic",
}  # fmt: skip
Severity = Literal["error", "warning"]
Form = Literal[
    "money", "moment", "period", "day", "gtin", "url", "word", "uint32", "whole", "positive", "measure",
    "base_measure", "three_parts", "four_parts", "seven_parts",
]  # fmt: skip


class AttributeOf(Strict):
    """What one attribute may hold."""

    need: Literal["required", "sometimes", "free"]
    unless: list[str] = Field(default_factory=list, description="attributes of which one does as well")
    longest: int | None = Field(None, description="in letters, of all values together")
    warn_above: int | None = Field(None, description="letters above which pages of the channel contradict each other")
    too_long: Severity = "error"
    format: Form | None = None
    wrong: Severity = Field("error", description="how grave it is when the form is not kept")
    code: str | None = Field(None, description="of the rule that the form, the values or the need stand for")
    long_code: str | None = None
    values: list[str] = Field(default_factory=list)
    units: list[str] = Field(default_factory=list)
    any_case: bool = False
    most_values: int = 1
    longest_value: int | None = None
    separator: str | None = None
    sure: Literal["documented", "seen", "assumed"] = "documented"


class Check(Strict):
    """A rule about several attributes of one item; `when` is what must not be."""

    code: str
    attribute: str
    severity: Severity = "error"
    when: str
    what: str
    cure: str


class Channel(Strict):
    """One channel."""

    name: str
    any_attribute: bool = False
    money: str = Field(description="regular expression of an amount")
    time: str = Field(description="how a moment in UTC is written, for strftime")
    words: dict[str, dict[str, str]] = Field(default_factory=dict, description="attribute: our word, the channel's")
    checks: list[Check]
    attributes: dict[str, AttributeOf]


@cache
def channel(name: str) -> Channel:
    """Return a channel by the name of its file."""
    path = FOLDER / f"{name}.yml"
    value, places = load_yaml(path.read_bytes(), path.name)
    found, complaints = checked(Channel, value, places)
    if found is None:
        raise RulesError(complaints)
    return found


def channel_of(format_: Format) -> Channel:
    """Return the channel that takes a format."""
    return channel(CHANNEL_OF[format_])


NUMBERS = {
    "price_thousandths": "amount_of(price)",
    "sale_price_thousandths": "amount_of(sale_price)",
    "min_handling_days": "TRY_CAST(min_handling_time AS BIGINT)",
    "max_handling_days": "TRY_CAST(max_handling_time AS BIGINT)",
}
"""What checks may compare as numbers, and where it comes from."""


def catalogue(taken: Channel) -> Catalogue:
    """Return what the checks of a channel may speak of."""
    texts = {name: Trait(name, "text", "") for name in (*taken.attributes, "feed_country")}
    return {**texts, **{name: Trait(name, "integer", "") for name in NUMBERS}}
