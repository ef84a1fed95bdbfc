"""Articles by their sku: looked for some at a time, and only the very same one counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from plugins.wire.outbox import Outcome
from plugins.wire.retry import RefusedError
from plugins.wire.sending import LostError
from targets.shopify.answers import not_found_out
from targets.shopify.api import Api

SKUS_PER_LOOK_UP, MOST_PAGES = 50, 10
UNSEARCHABLE = {'"', "\\"}
NO_SKU = Outcome("rejected", "no article with that sku")
SEVERAL = Outcome("rejected", "several articles have that sku")
Article = Mapping[str, Any]


def search(api: Api, document: str, field: str, skus: Sequence[str], **given: Any) -> Iterator[Mapping[str, Any]]:
    """Give the pages of what the shop finds for these skus; its search may find others beside them."""
    wanted = " OR ".join(f'sku:"{sku}"' for sku in dict.fromkeys(skus) if not set(sku) & UNSEARCHABLE)
    after = None
    for _ in range(MOST_PAGES if wanted else 0):
        answer = api.ask(document, {"wanted": wanted, "after": after, **given})
        yield answer
        after = next_of(answer, field)
        if after is None:
            return
    if wanted:
        raise LostError("more articles than can be looked through")


def nodes_of(answer: Mapping[str, Any], field: str) -> list[Article]:
    """Return the records of a page."""
    page = answer.get(field)
    if not isinstance(page, dict) or not {"nodes", "pageInfo"} <= page.keys():
        raise LostError("an answer of another shape")
    found: list[Article] = page["nodes"]
    return found


def next_of(answer: Mapping[str, Any], field: str) -> str | None:
    """Return where the next page begins, None after the last."""
    nodes_of(answer, field)
    info = answer[field]["pageInfo"]
    return str(info["endCursor"]) if info["hasNextPage"] else None


def matched(
    skus: Sequence[str], found: Iterable[Article], only: Callable[[Sequence[Article]], str | Outcome]
) -> list[str | Outcome]:
    """Return what `only` makes of the articles with each sku, or why nobody knows."""
    by_sku: dict[str, list[Article]] = {}
    try:
        for each in found:
            by_sku.setdefault(str(each.get("sku")), []).append(each)
    except (LostError, RefusedError) as error:
        return [not_found_out(error)] * len(skus)
    return [only(by_sku.get(sku, ())) for sku in skus]
