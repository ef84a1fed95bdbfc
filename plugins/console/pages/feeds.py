"""Feeds: what is in and what is not, by which rule and code; one item with why; and what channels said of both."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, func, select
from starlette.responses import Response

from plugins.console.ask import Ask, Stopped
from plugins.console.charts import bars
from plugins.console.pages.audiences import sent_at
from plugins.console.roles import Right
from plugins.console.route import Seen
from plugins.feeds.folder import feeds_folder, published, standing
from plugins.feeds.health import EXAMPLES, examples, health, is_inside, left_out, told_of
from plugins.feeds.heard import ISSUE, Heard, heard
from plugins.feeds.judging import BY_RULE, UNWANTED
from plugins.rules.feed_reading import ReadFeed
from plugins.store.alarm_tables import finding
from plugins.store.tables import push, run

ON_A_PAGE = 50
LONGEST = 200
MOST_READ = 2000
"""In so many left out products examples are looked for."""
OWN = (UNWANTED, BY_RULE)
"""The codes of what a feed leaves out by itself."""
REASON = ("code", "attribute", "what")
"""What tells one reason from others."""
COUNTS = ("unwanted", "left_out", "refused")
Row = dict[str, Any]


def feeds(ask: Ask) -> Response:
    """Show every feed, and how it is."""
    return ask.page("feeds.html", feeds=[_health(ask, each) for each in ask.desk.hub.meaning.feeds])


def _health(ask: Ask, read: ReadFeed) -> Row:
    """Return what was judged last, what stands published, and what channels refuse."""
    store = ask.desk.hub.store
    judged = health(store, read.name)
    said = _heard(ask, read)
    with store.reading() as connection:
        guard = connection.execute(select(finding.c.what).where(
            finding.c.kind == "guard", finding.c.about == f"feed {read.name}")).scalar()  # fmt: skip
    return {
        "name": read.name, "feed": read.feed, "judged": judged, "guard": guard or "",
        "published": published(standing(feeds_folder(store), read.name)),
        "refused_there": sum(each.items for each in said if each.severity == "refused"), "heard": said,
    }  # fmt: skip


def _heard(ask: Ask, read: ReadFeed) -> list[Heard]:
    """Return what channels say of a feed, gathered once for each time that one of them was read."""
    store, sources = ask.desk.hub.store, read.feed.issues_from
    if not sources:
        return []
    with store.reading() as connection:
        newest = connection.execute(select(func.max(ISSUE.c.row_seq))).scalar()
    return ask.desk.once(("heard", *sources), newest, lambda: heard(store, sources))


def feed(ask: Ask) -> Response:
    """Show one feed, and one item where somebody asks for it."""
    read = _meant(ask)
    made, store = _health(ask, read), ask.desk.hub.store
    sought = ask.request.query_params.get("item", "").replace("\x00", "").strip()[:LONGEST]
    with store.reading() as connection:
        told = sent_at(connection, set(read.feed.told))
        heard_at = _read_at(connection, read.feed.issues_from)
    return ask.page(
        "feed.html", reasons=_reasons(ask, made["judged"], read.name), funnel=_funnel(made["judged"]), sought=sought,
        item=_item(ask, read, sought) if sought else None, told=told, heard_at=heard_at, **made,
    )  # fmt: skip


def _meant(ask: Ask) -> ReadFeed:
    found = next((each for each in ask.desk.hub.meaning.feeds if each.name == ask.part("name")), None)
    if found is None:
        raise Stopped(404)
    return found


def _read_at(connection: Connection, sources: Sequence[str]) -> dict[str, str]:
    """Return when each channel was last read well."""
    jobs = [f"ingest-{each}" for each in sources]
    well = select(run.c.job, func.max(run.c.ended_at)).where(run.c.job.in_(jobs), run.c.outcome == "ok")
    return {job.removeprefix("ingest-"): at for job, at in connection.execute(well.group_by(run.c.job)) if at}


def _funnel(judged: Row | None) -> Any:
    if judged is None:
        return []
    products = judged["products"]
    inside, steps = products["considered"], [("considered", products["considered"])]
    for name in COUNTS:
        inside -= products[name]
        steps += [(f"without_{name}", inside)] if products[name] else []
    return bars(steps)


def _reasons(ask: Ask, judged: Row | None, name: str) -> list[Row]:
    """Return why products stay out or are warned about, each with a few of them."""
    store = ask.desk.hub.store
    known = examples(standing(feeds_folder(store), name))
    own: dict[str, list[str]] = {}
    for each in islice(left_out(store, name), MOST_READ):
        own.setdefault(each["what"], []).append(each["sku"] or each["product_id"])
    return [
        {**each, "examples": own.get(each["what"], [])[:EXAMPLES] if each["code"] in OWN
         else known.get((each["code"], each["attribute"], each["what"]), [])}
        for each in (judged["reasons"] if judged else [])
    ]  # fmt: skip


def _item(ask: Ask, read: ReadFeed, item: str) -> Row:
    """Return whether one item is in, why not, and what channels said of it."""
    store = ask.desk.hub.store
    version = standing(feeds_folder(store), read.name)
    said = [each for each in told_of(version, item) if item in (each["item_id"], each["product_id"])]
    ids = [item, *{each["item_id"] for each in said if each["item_id"]} - {item}]
    with store.reading() as connection:
        return {
            "is_inside": any(is_inside(version, each) for each in ids), "said": said,
            "left_out": [each for each in left_out(store, read.name) if item in (each["product_id"], each["sku"])],
            "issues": _issues(connection, read.feed.issues_from, ids),
            "told": _told(connection, read.feed.told, ids),
        }  # fmt: skip


def _issues(connection: Connection, sources: Sequence[str], ids: Sequence[str]) -> list[Row]:
    """Return what channels say of an item."""
    lives = ISSUE.c.is_deleted.is_(False) & ISSUE.c.is_absent.is_(False)
    query = select(ISSUE).where(ISSUE.c.source.in_(list(sources)), ISSUE.c.item_id.in_(list(ids)), lives)
    return [dict(row) for row in connection.execute(query.order_by(ISSUE.c.severity, ISSUE.c.code)).mappings()]


def _told(connection: Connection, destinations: Sequence[str], ids: Sequence[str]) -> list[Row]:
    """Return what each destination was told of an item last, and what it answered."""
    columns = (push.c.destination, push.c.operation, push.c.state, push.c.answer, push.c.answered_at)
    found = []
    for name in destinations:
        mine = (push.c.destination == name) & push.c.wire_id.in_([f"item:{each}" for each in ids])
        row = connection.execute(select(*columns).where(mine).order_by(push.c.seq.desc()).limit(1)).mappings().first()
        found += [dict(row)] if row else []
    return found


def items(ask: Ask) -> Response:
    """List the items for which one thing is to be said."""
    read, asked = _meant(ask), ask.request.query_params
    reason = tuple(asked.get(part, "") for part in REASON)
    code = reason[0]
    first = asked.get("from", "0")
    start = int(first) if first.isascii() and first.isdigit() and len(first) < 9 else 0
    store = ask.desk.hub.store
    found = left_out(store, read.name) if code in OWN else told_of(standing(feeds_folder(store), read.name), code)
    mine = (each for each in found if tuple(each[part] for part in REASON) == reason)
    listed = list(islice(mine, start, start + ON_A_PAGE + 1))
    return ask.page(
        "feed_items.html", name=read.name, reason=dict(zip(REASON, reason, strict=True)), items=listed[:ON_A_PAGE],
        more=start + ON_A_PAGE if len(listed) > ON_A_PAGE else None,
    )  # fmt: skip


ROUTES = (
    Seen("/feeds", "feeds", Right.FEEDS, feeds, on_menu=True),
    Seen("/feeds/{name}", "feeds", Right.FEEDS, feed),
    Seen("/feeds/{name}/items", "feeds", Right.FEEDS, items),
)
