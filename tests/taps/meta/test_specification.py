"""Every edge and field that the tap asks for is one of the vendor's own list, where that lies beside the repository."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from taps.meta.edges import MetaEdge
from taps.meta.facebook import Comments, Posts, TaggedPosts
from taps.meta.instagram import Media, MediaComments, TaggedMedia
from taps.meta.leads import LeadForms, Leads

FOLDER = Path(__file__).parents[4] / "shared/specs/meta"
ROADS: list[tuple[type[MetaEdge], str, str]] = [
    (Posts, "Page", "PagePost"), (Comments, "PagePost", "Comment"), (TaggedPosts, "Page", "PagePost"),
    (Media, "IGUser", "IGMedia"), (MediaComments, "IGMedia", "IGComment"), (TaggedMedia, "IGUser", "IGMedia"),
    (LeadForms, "Page", "LeadgenForm"), (Leads, "LeadgenForm", "Lead"),
]  # fmt: skip
NOT_LISTED = {"shares"}
"""Asked for in the vendor's own examples, and in no list."""


@pytest.mark.parametrize(("stream", "start", "end"), ROADS, ids=[each[0].name for each in ROADS])
def test_asks_for_nothing_that_the_vendor_does_not_know(stream: type[MetaEdge], start: str, end: str) -> None:
    if not FOLDER.exists():
        pytest.skip("shared/specs/meta is not beside the repository")
    told: dict[str, Any] = {kind: json.loads((FOLDER / f"{kind}.json").read_text("utf-8")) for kind in (start, end)}
    edges = {(each["endpoint"], each["return"]) for each in told[start]["apis"] if each.get("endpoint")
             and each["method"] == "GET"}  # fmt: skip
    assert (stream.path.rpartition("/")[2], end) in edges
    known = {each["name"] for each in told[end]["fields"]} | {each.get("endpoint") for each in told[end]["apis"]}
    asked = {re.split(r"[.{]", field)[0] for field in stream.fields}
    assert asked - known - NOT_LISTED == set()
