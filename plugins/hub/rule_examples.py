"""Every example in `sync_rules/`, run: of audiences, traits, feeds, offers, texts and experiments."""

from __future__ import annotations

from plugins.experiments.examples import run_experiment_examples
from plugins.feeds.compiling import compile_feeds
from plugins.feeds.examples import run_examples as run_feed_examples
from plugins.rules.complaint import Complaint
from plugins.rules.examples import run_examples
from plugins.rules.load import Rules
from plugins.rules.notes import run_note_examples
from plugins.rules.offer_examples import run_offer_examples
from plugins.rules.texts import run_text_examples


def run_all(rules: Rules) -> tuple[int, list[Complaint]]:
    """Return how many examples there are, and those that do not come out as they say."""
    places = {name: rules.places[f"experiment {name}"] for name in rules.experiments}
    feeds = compile_feeds(rules.feeds.values())
    people = [len(each.examples) for each in rules.audiences.values()]
    facts = [len(each.examples) for each in rules.traits.values()]
    products = [len(each.read.feed.examples) for each in feeds.values()]
    texts = [len(each.offer.examples) for each in rules.offers.values()]
    texts += [len(each.message.examples) for each in rules.texts.values()]
    texts += [len(each.note.examples) for each in rules.notes.values()]
    outcomes = [len(each.examples) for each in rules.experiments.values()]
    failures = [
        *run_examples(rules), *run_feed_examples(feeds.values()),
        *run_offer_examples(rules.offers.values(), rules.catalogue),
        *run_text_examples(rules.texts.values(), rules.catalogue, rules.offers),
        *run_note_examples(rules.notes.values(), rules.catalogue),
        *run_experiment_examples(rules.experiments, places),
    ]  # fmt: skip
    return sum(map(sum, (people, facts, products, texts, outcomes))), failures
