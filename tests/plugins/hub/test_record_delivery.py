"""From the plan of a till to its journal: what was planned goes, unless consent went before it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from plugins.hub.journal import JournalOutbox, run_id
from plugins.hub.lease import take
from plugins.hub.plans import Hub
from plugins.store.engine import Store
from plugins.store.tables import push
from plugins.wire.outbox import Call, Outcome, Row
from taps.hub.tap import emit
from tests.making import act, keep, stored, withdrawal
from tests.plugins.hub.test_record_planning import bought, flag, hub

__all__ = ["hub"]


def given(hub: Hub, path: Path, lane: Any = "all") -> list[Row]:
    """Return the rows that the hub's tap writes for the till."""
    with path.open("wb") as out:
        emit(hub, "tilroy", lane, accept=False, out=out.fileno())
    lines = [json.loads(line) for line in io.StringIO(path.read_text())]
    return [Row(**line["record"]) for line in lines if line["type"] == "RECORD"]


def outbox(hub: Hub) -> JournalOutbox:
    lease = take(hub.store, "tilroy", run_id(), hub.clock)
    return JournalOutbox(hub.store, hub.records["tilroy"], hub.meaning, lease, hub.clock)


def send(outbox: JournalOutbox, row: Row, outcome: Outcome) -> bool:
    fixed = outbox.fix([row], lambda _: Call("POST", "/points", b"{}"))
    if fixed.call:
        outbox.answered(fixed.key, {row.key: outcome})
    return fixed.call is not None


def states(store: Store) -> dict[str, tuple[str, str | None]]:
    return {each["wire_id"].partition(":")[0]: (each["state"], each["answer"]) for each in stored(store, push)}


def test_a_movement_goes_from_plan_to_answer_and_is_known_by_its_number(hub: Hub, tmp_path: Path) -> None:
    keep(hub.store, bought(2500))
    (row,) = given(hub, tmp_path / "rows")
    box = outbox(hub)
    assert send(box, row, Outcome("accepted", "movement 300123"))
    box.close()
    assert states(hub.store) == {"movement": ("accepted", "movement 300123")}
    assert given(hub, tmp_path / "again") == []


def test_c1_a_consent_that_is_gone_is_not_brought_to_a_till(hub: Hub, tmp_path: Path) -> None:
    keep(hub.store, flag("doNotEmail", "true", 1), act("ann", hours=4) | {"customer_id": "17"})
    (row,) = given(hub, tmp_path / "rows")
    keep(hub.store, withdrawal("ann", 6) | {"customer_id": "17"})
    box = outbox(hub)
    assert not send(box, row, Outcome("accepted"))
    box.close()
    assert states(hub.store) == {"consent": ("dropped", "consent gone before sending")}


def test_a_withdrawal_goes_without_asking_and_one_that_could_not_be_sent_says_why(hub: Hub, tmp_path: Path) -> None:
    keep(hub.store, withdrawal("ann", 2) | {"customer_id": "17"})
    (row,) = given(hub, tmp_path / "rows", "removals")
    box = outbox(hub)
    box.answered("", {row.key: Outcome("rejected", "set shop_number")})
    assert states(hub.store) == {"consent": ("rejected", "set shop_number")}
    box.close()
    (again,) = given(hub, tmp_path / "again", "removals")
    box = outbox(hub)
    assert send(box, again, Outcome("accepted"))
    box.close()
    assert given(hub, tmp_path / "third", "removals") == []
