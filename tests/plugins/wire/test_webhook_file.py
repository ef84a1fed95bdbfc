"""What stands in a `webhook.yml` is read strictly, and all that is wrong in it is told at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plugins.wire.retry import HopelessError
from plugins.wire.webhook_file import FILE, Hook, read_hook

RIGHT = """
proofs:
- {scheme: base64, header: X-Signature}
delivery: {header: X-Delivery}
topic: {header: X-Topic}
streams:
  customers: {by: id, form: "gid://{key}"}
topics:
  customers/update: {customers: id}
"""


def write(folder: Path, text: str) -> Path:
    tap = folder / "taps" / "shop"
    (tap / "schemas").mkdir(parents=True)
    (tap / "schemas" / "customers.json").write_text(json.dumps({"properties": {"id": {}, "email": {}}}))
    (tap / "schemas" / "stores.json").write_text(json.dumps({"properties": {"code": {}}}))
    (tap / FILE).write_text(text, "utf-8")
    return tap / FILE


def complaints(folder: Path, text: str) -> list[str]:
    with pytest.raises(HopelessError) as wrong:
        read_hook(write(folder, text))
    return str(wrong.value).splitlines()


def test_reads_what_is_right(tmp_path: Path) -> None:
    hook = read_hook(write(tmp_path, RIGHT))
    assert isinstance(hook, Hook)
    assert hook.topics == {"customers/update": {"customers": ["id"]}}
    assert hook.stored("customers").form == "gid://{key}"


def test_all_mistakes_are_told_at_once_in_a_line_each(tmp_path: Path) -> None:
    wrong = """
proofs:
- {scheme: md5, header: X-Signature}
- {scheme: path, header: X-Signature}
- {scheme: hex}
- {scheme: timed, header: X-Signature, prefix: v1}
- {scheme: hex, header: "X Signature", secret: hush}
greeting: {kind: wave}
delivery: {header: X-Delivery, body: id}
topic: {}
body: xml
streams:
  orders: {}
  customers: {form: gid}
topics:
  customers/update: {orders: id, customers: 7}
  customers/create: {customers: []}
duties: {shop/redact: 0}
once: true
"""
    told = complaints(tmp_path, wrong)
    where = "taps/shop/webhook.yml: "
    assert all(each.startswith(where) and "; " in each for each in told)
    assert [each.removeprefix(where).split(": ")[0] for each in told] == [
        "proofs.0.scheme",
        "proofs.1",
        "proofs.2",
        "proofs.3",
        "proofs.4.header",
        "proofs.4.secret",
        "greeting",
        "body",
        "delivery",
        "topic",
        "streams.orders",
        "streams.customers.form",
        "topics.customers/update.orders",
        "topics.customers/update.customers",
        "topics.customers/create.customers",
        "duties.shop/redact",
        "once",
    ]
    assert f"{where}streams.orders: the tap has no such stream; use one of customers, stores" in told
    assert f"{where}once: unknown key; correct it or leave it out" in told
    assert f"{where}delivery: it is in a header or in the body; name one of them" in told
    assert not any("hush" in each for each in told)


UNFIT = {
    "proofs: [{scheme: hex, header: X, optional: true}]": "proofs: none is always asked for",
    "proofs: [{scheme: hex, header: X}]\ngreeting: {kind: visit}": "greeting: a visit shows a secret path",
    "proofs: [{scheme: path}]\ntopics: {a: {customers: id}}": "topic: missing",
    "proofs: [{scheme: path}]\nstreams: {customers: {by: phone}}": "streams.customers.by: the stream has no field",
    "proofs: [{scheme: path}]\ntopic: {body: a}\ntopics: {a: {stores: id}}": "streams.stores.by: the stream has no",
    "proofs: []": "proofs: List should have at least 1 item",
    "[]": "the file: Input should be a valid dictionary",
    "": "the file: Input should be a valid dictionary",
    "proofs: [{scheme: path}]\nproofs: [{scheme: path}]": "this is not YAML",
    "proofs: [": "this is not YAML",
    "proofs: [{scheme: path}]\nbody: !!python/name:os.system ''": "this is not YAML",
}


@pytest.mark.parametrize("text", UNFIT)
def test_what_does_not_fit_together_is_told(tmp_path: Path, text: str) -> None:
    (told,) = complaints(tmp_path, text)
    assert told.startswith("taps/shop/webhook.yml")
    assert UNFIT[text] in told


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(HopelessError, match="cannot be read"):
        read_hook(tmp_path / "taps" / "shop" / FILE)
