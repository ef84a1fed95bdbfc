"""Pages of an edge: cursors, and a page that is empty though more follows."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from plugins.sandbox.meta.nodes import DEFAULT_LIMIT, Connection, Node
from plugins.sandbox.meta.parameters import Parameters
from plugins.sandbox.meta.refusals import invalid

PAUSE = "pause "
SECRETS = ("access_token", "appsecret_proof", "appsecret_time", "method")


class Page(NamedTuple):
    """The rows of one page, and the links around it."""

    rows: Sequence[Node | dict[str, Any]]
    paging: dict[str, Any]


def key_of(row: Node | dict[str, Any]) -> str:
    """Return what a cursor remembers of a row."""
    return row.id if isinstance(row, Node) else str(row.get("id") or row.get("session_id") or row.get("name"))


def cursor(key: str) -> str:
    """Return an opaque cursor."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def page(connection: Connection, parameters: Parameters, *, pauses: bool) -> Page:
    """Cut the page out of an edge; with `pauses` the second page of a long list is empty and still has a next one."""
    if not connection.is_paged:
        return Page(connection.rows, {})
    limit = min(parameters.whole("limit", DEFAULT_LIMIT), connection.maximum)
    if limit == 0:
        return Page((), {})
    rows = connection.rows
    start, is_pause = _start(rows, parameters, limit)
    if is_pause:
        return Page((), _links(rows, start, start, parameters, pause=False))
    end = min(start + limit, len(rows))
    return Page(rows[start:end], _links(rows, start, end, parameters, pause=pauses and start == 0))


def _start(rows: Sequence[Node | dict[str, Any]], parameters: Parameters, limit: int) -> tuple[int, bool]:
    after, before = parameters.text("after"), parameters.text("before")
    if after:
        key = _opened(after)
        return _place(rows, key.removeprefix(PAUSE)) + 1, key.startswith(PAUSE)
    return (max(0, _place(rows, _opened(before)) - limit), False) if before else (0, False)


def _opened(text: str) -> str:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except ValueError:
        raise invalid("Invalid cursors values") from None


def _place(rows: Sequence[Node | dict[str, Any]], key: str) -> int:
    # cursors die with the item they stand for: developers.facebook.com/docs/graph-api/results
    place = next((at for at, row in enumerate(rows) if key_of(row) == key), None)
    if place is None:
        raise invalid("Invalid cursors values")
    return place


def _links(
    rows: Sequence[Node | dict[str, Any]], start: int, end: int, parameters: Parameters, *, pause: bool
) -> dict[str, Any]:
    if not rows:
        return {}
    has_next = end < len(rows)
    last = key_of(rows[max(end - 1, 0)])
    after = cursor(f"{PAUSE}{last}" if pause and has_next else last)
    before = cursor(key_of(rows[min(start, len(rows) - 1)]))
    links: dict[str, Any] = {"cursors": {"before": before, "after": after}}
    if has_next:
        links["next"] = _link(parameters, {"after": after})
    if start:
        links["previous"] = _link(parameters, {"before": before})
    return links


def _link(parameters: Parameters, place: Mapping[str, str]) -> str:
    kept = {key: parameters.text(key) for key in parameters.values if key not in (*SECRETS, "after", "before")}
    return f"{parameters.link}?{urlencode({**kept, **place})}"
