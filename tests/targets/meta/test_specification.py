"""Every call is one that the vendor describes, with the parameters it names, where that lies beside the repository."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from plugins.sandbox.meta import Meta
from plugins.wire.outbox import Row
from targets.meta.target import TargetMeta
from tests.targets.kept import Kept
from tests.targets.meta.stage import bring, item, purchase

FOLDER = Path(__file__).parents[4] / "shared/specs/meta"
ANYWHERE = {"fields", "limit", "after", "method"}
"""What every edge takes, and is therefore in no list."""
ELSEWHERE = {"AdAccount"}
"""What is not among the saved descriptions."""
PEOPLE: list[tuple[str, Any, dict[str, list[str]]]] = [
    ("in", "add", {"tags_on": ["gold"]}),
    ("out", "remove", {"tags_off": ["gold"]}),
]
Operation = tuple[str, str, str]


@pytest.fixture(scope="module")
def described() -> dict[Operation, set[str]]:
    """Return by kind of node, edge and method which parameters there are."""
    files = sorted(FOLDER.glob("*.json"))
    if not files:
        pytest.skip("shared/specs/meta is not beside the repository")
    named = {file.stem: json.loads(file.read_text("utf-8")) for file in files}
    return {
        (kind, api.get("endpoint") or "", api["method"]): {each["name"] for each in api["params"]}
        for kind, told in named.items()
        if isinstance(told, dict)
        for api in told.get("apis", ())
    }


def operations(vendor: Meta) -> dict[Operation, set[str]]:
    """Return what was asked, with the parameters of all its calls."""
    asked: dict[Operation, set[str]] = {}
    for call in vendor.calls:
        _, node, *edge = call.path.strip("/").split("/")
        body = json.loads(call.body) if call.body else {}
        method = body.get("method", call.method)
        sent = {*body, *dict(parse_qsl(call.query))} - ANYWHERE
        asked.setdefault((vendor.nodes[node].kind, "".join(edge), method), set()).update(sent)
    return asked


def test_every_call_is_one_of_the_vendors(
    described: dict[Operation, set[str]], vendor: Meta, config: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    outbox = Kept()
    people = [Row(each, operation, "ann@example.org", {"fields": {}, **tags}) for each, operation, tags in PEOPLE]
    TargetMeta(config=config).carrier(outbox, lambda: None).deliver([*people, item("A"), purchase("ben")])
    bring(config, outbox=outbox).settle()
    assert set(outbox.states.values()) == {"accepted"}
    asked = {each: sent for each, sent in operations(vendor).items() if each[0] not in ELSEWHERE}
    assert [each for each in asked if each not in described] == []
    assert {each: sent - described[each] for each, sent in asked.items() if sent - described[each]} == {}
    with capsys.disabled():
        sys.stdout.write(f"[{len(asked)} operations checked]")
    assert len(asked) >= 6
