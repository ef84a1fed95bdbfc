"""To whom feeds are addressed item by item, held against what each destination takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plugins.hub.destinations import Channel, RecordChannel
from plugins.rules.complaint import Complaint, did_you_mean
from plugins.rules.feed_reading import ReadFeed
from plugins.rules.price_lists import PriceList

ITEMS = frozenset({"item", "stock"})


def unbrought(feeds: Mapping[str, ReadFeed], channels: Mapping[str, Channel | RecordChannel]) -> Iterator[Complaint]:
    """Find destinations that take no items, no prices or no shops, and what they are told twice."""
    taken: dict[tuple[str, str], str] = {}
    shelving = {each for each, channel in channels.items() if "shelf" in channel.brings}
    for name, read in feeds.items():
        for place, addressee in enumerate(read.feed.bring_to):
            for what, cure in _wrong(name, addressee, channels, taken):
                yield read.places.complaint(read.places.value(("bring_to", place)), what, cure)
        for to in read.feed.shops.keys() - shelving:
            yield read.places.complaint(read.places.key(("shops", to)), f"{to} is told of no shops", "leave it out")


def _wrong(
    feed: str,
    addressee: str | PriceList,
    channels: Mapping[str, Channel | RecordChannel],
    taken: dict[tuple[str, str], str],
) -> Iterator[tuple[str, str]]:
    if isinstance(addressee, PriceList):
        to, listed, things = addressee.to, addressee.price_list, "price lists"
        fitting = [each for each, channel in channels.items() if "price" in channel.brings]
    else:
        to, listed, things = addressee, "", "items"
        fitting = [each for each, channel in channels.items() if ITEMS & channel.brings.keys()]
    if to not in fitting:
        yield f"{to} takes no {things}", did_you_mean(to, fitting)
    elif earlier := taken.get((to, listed)):
        told = f"price list '{listed}' is kept by" if listed else "is told the items of"
        yield f"{to}: {told} feed {earlier}", "leave it in one of them"
    taken.setdefault((to, listed), feed)
