"""Rows of every kind at once, and the target as a process of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from singer_sdk.exceptions import ConfigValidationError

from plugins.sandbox.meta import Meta
from plugins.wire.outbox import Row
from targets.meta.target import TargetMeta
from tests.targets.kept import Kept, messages, start
from tests.targets.meta.stage import item, purchase, sent

ANN = Row("ann", "add", "ann@example.org", {"fields": {}, "tags_on": ["gold"]})


def deliver(config: Mapping[str, Any], *rows: Row) -> Kept:
    outbox = Kept()
    TargetMeta(config=dict(config)).carrier(outbox, lambda: None).deliver(rows)
    return outbox


def run(config: Mapping[str, Any], folder: Path, rows: Sequence[Row]) -> tuple[int, str]:
    process = start("meta", config, folder)
    _, said = process.communicate(messages(*rows), timeout=60)
    return process.returncode, said


def test_audiences_go_first_and_purchases_last(vendor: Meta, config: dict[str, Any]) -> None:
    deliver(config, purchase("ben"), item("A"), ANN)
    posted = [call.path.rpartition("/")[2] for call in vendor.calls if call.method == "POST"]
    assert posted == ["customaudiences", "users", "items_batch", "events"]


@pytest.mark.parametrize("empty", ["", None])
def test_audiences_go_on_where_a_setting_is_missing(vendor: Meta, config: dict[str, Any], empty: str | None) -> None:
    missing = {name: value for name, value in config.items() if name not in ("catalog_id", "dataset_id")}
    if empty is not None:
        missing |= {"catalog_id": empty, "dataset_id": empty}
    outbox = deliver(missing, item("A"), purchase("ben"), ANN)
    assert outbox.states == {"ann": "accepted", "A": "dropped", "ben": "dropped"}
    assert not [*sent(vendor, "items_batch"), *sent(vendor, "events")]


def test_a_kind_that_meta_does_not_take_is_rejected(config: dict[str, Any]) -> None:
    basket = Row("b", "add", "basket:1", {"kind": "basket", "reference": "1"})
    assert deliver(config, basket, item("A")).states == {"b": "rejected", "A": "staged"}


@pytest.mark.parametrize("name", ["catalog_id", "dataset_id"])
def test_a_number_that_is_none_is_said_at_once(config: dict[str, Any], name: str) -> None:
    with pytest.raises(ConfigValidationError):
        TargetMeta(config={**config, name: "../me"})


def test_the_sandbox_has_a_catalogue_and_a_dataset_ready(vendor: Meta, config: dict[str, Any]) -> None:
    told = vendor.settings("http://sandbox")
    ready = {
        **config, "catalog_id": told["TARGET_META_CATALOG_ID"], "dataset_id": told["TARGET_META_DATASET_ID"],
    }  # fmt: skip
    assert deliver(ready, item("A"), purchase("ben")).states == {"A": "staged", "ben": "accepted"}


def test_every_kind_goes_alone_on_a_pipe(vendor: Meta, config: dict[str, Any], tmp_path: Path) -> None:
    rows = [item("A"), item("B", availability="soon"), purchase("ben"), purchase("cis", place="web"), ANN]
    code, said = run(config, tmp_path, rows)
    assert code == 0
    assert "target-meta: accepted 3, rejected 2, staged 1; Meta refuses the item: availability: 1" in said
    assert set(vendor.catalogue.products) == {"A"}
    assert len(vendor.dataset.events) == 1
    assert not [each for each in ("ann@", "ben@", "soon", vendor.access_token) if each in said]
    assert not [path for path in tmp_path.iterdir() if path.name != "config.json"]


def test_a_run_without_a_row_asks_nothing_when_nothing_waits(
    vendor: Meta, config: dict[str, Any], tmp_path: Path
) -> None:
    code, said = run(config, tmp_path, [])
    assert (code, vendor.calls) == (0, [])
    assert "nothing to do" in said


def test_what_is_unknown_ends_the_run_with_a_mistake(vendor: Meta, config: dict[str, Any], tmp_path: Path) -> None:
    vendor.faults.add(match="POST .*/events", reset="after", times=1)
    code, said = run(config, tmp_path, [item("A"), purchase("ben")])
    assert code == 1
    assert "unknown 1" in said
