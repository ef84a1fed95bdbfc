"""What comes to the door: good records become rows, bad ones go to quarantine with a code, and all are counted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from plugins.store.codec import BadRecord, codec
from plugins.store.engine import Store
from plugins.store.entities import ENTITIES, LARGEST, SMALLEST
from plugins.store.keeper import Keeper
from plugins.store.lines import LARGEST_RECORD_BYTES
from plugins.store.sieve import Sifted
from plugins.store.tables import ENTITY_TABLES, quarantine, run_stream
from targets.hub.target import Door
from tests.making import record, stored

GONE = object()


def body(entity: str, **fields: Any) -> dict[str, Any]:
    """Return a good record of an entity as JSON, with some of it changed or taken away."""
    needed = {
        "customer": {}, "order": {"channel": "web", "ordered_at": "2026-03-02T10:00:00Z", "currency": "EUR"},
        "order_line": {"order_id": "1", "quantity_thousandths": 1000, "currency": "EUR", "total_minor": 5},
        "consent": {"field": "f", "value": "yes"}, "price": {"product_id": "1", "kind": "promo", "price_minor": 5,
                                                             "currency": "EUR"},
        "event": {"kind": "email_open", "occurred_at": "2026-03-02T10:00:00Z"},
    }[entity]  # fmt: skip
    whole = {**record(entity, "till", "1", **needed), **fields}
    return {name: value for name, value in whole.items() if name != "entity" and value is not GONE}


BAD: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("customer", {"source": GONE}, "missing_key", "source"),
    ("customer", {"source_id": GONE}, "missing_key", "source_id"),
    ("customer", {"stream": GONE}, "missing_key", "stream"),
    ("customer", {"seen_at": GONE}, "missing_key", "seen_at"),
    ("order", {"channel": GONE}, "missing_key", "channel"),
    ("order", {"ordered_at": GONE}, "missing_key", "ordered_at"),
    ("order", {"currency": GONE}, "missing_key", "currency"),
    ("order_line", {"order_id": GONE}, "missing_key", "order_id"),
    ("order_line", {"total_minor": GONE}, "missing_key", "total_minor"),
    ("consent", {"field": GONE}, "missing_key", "field"),
    ("consent", {"value": GONE}, "missing_key", "value"),
    ("customer", {"source": None}, "wrong_type", "source"),
    ("customer", {"source": ""}, "out_of_range", "source"),
    ("customer", {"source": "x" * 256}, "out_of_range", "source"),
    ("customer", {"source_id": ""}, "out_of_range", "source_id"),
    ("customer", {"source_id": 7}, "wrong_type", "source_id"),
    ("customer", {"source_id": ["7"]}, "wrong_type", "source_id"),
    ("customer", {"email": 7}, "wrong_type", "email"),
    ("customer", {"email": {"a": 1}}, "wrong_type", "email"),
    ("customer", {"email": True}, "wrong_type", "email"),
    ("customer", {"email_quality": "fine"}, "wrong_type", "email_quality"),
    ("customer", {"is_guest": "false"}, "wrong_type", "is_guest"),
    ("customer", {"is_guest": 1}, "wrong_type", "is_guest"),
    ("customer", {"is_guest": None}, "wrong_type", "is_guest"),
    ("customer", {"is_deleted": "no"}, "wrong_type", "is_deleted"),
    ("customer", {"groups": "vip"}, "wrong_type", "groups"),
    ("customer", {"groups": None}, "wrong_type", "groups"),
    ("customer", {"birth_date": "30-02-1980"}, "wrong_type", "birth_date"),
    ("customer", {"birth_date": "1980-02-30"}, "wrong_type", "birth_date"),
    ("customer", {"birth_date": 19800101}, "wrong_type", "birth_date"),
    ("customer", {"changed_at": "2026-03-02T10:00:00"}, "wrong_type", "changed_at"),
    ("customer", {"changed_at": "2026-03-02"}, "wrong_type", "changed_at"),
    ("customer", {"changed_at": "yesterday"}, "wrong_type", "changed_at"),
    ("customer", {"changed_at": ""}, "wrong_type", "changed_at"),
    ("customer", {"changed_at": 1772445600}, "wrong_type", "changed_at"),
    ("customer", {"changed_at": "2026-13-02T10:00:00Z"}, "wrong_type", "changed_at"),
    ("customer", {"seen_at": "2026-03-02T10:00:00"}, "wrong_type", "seen_at"),
    ("customer", {"seen_at": None}, "wrong_type", "seen_at"),
    ("customer", {"normaliser": 1.5}, "wrong_type", "normaliser"),
    ("customer", {"normaliser": "1"}, "wrong_type", "normaliser"),
    ("order", {"channel": "phone"}, "wrong_type", "channel"),
    ("order", {"currency": "EURO"}, "out_of_range", "currency"),
    ("order", {"currency": "€"}, "out_of_range", "currency"),
    ("order", {"total_minor": 12.5}, "wrong_type", "total_minor"),
    ("order", {"total_minor": "12"}, "wrong_type", "total_minor"),
    ("order", {"total_minor": LARGEST + 1}, "out_of_range", "total_minor"),
    ("order", {"total_minor": SMALLEST - 1}, "out_of_range", "total_minor"),
    ("order", {"total_minor": 10**40}, "out_of_range", "total_minor"),
    ("order", {"total_minor": True}, "wrong_type", "total_minor"),
    ("order_line", {"quantity_thousandths": None}, "wrong_type", "quantity_thousandths"),
    ("price", {"kind": "sale"}, "wrong_type", "kind"),
    ("consent", {"facts": []}, "wrong_type", "facts"),
    ("customer", {"city": "Gent\u0000"}, "nul_character", None),
    ("customer", {"raw": {"note": "a\u0000b"}}, "nul_character", None),
]


@pytest.mark.parametrize("entity, change, reason, field", BAD, ids=[f"{e}-{'-'.join(c)}-{n}" for n, (e, c, _, _) in
                                                                   enumerate(BAD)])  # fmt: skip
def test_a_record_that_cannot_be_kept_says_why_and_where(
    entity: str, change: dict[str, Any], reason: str, field: str | None
) -> None:
    with pytest.raises(BadRecord) as caught:
        codec(entity).decode(json.dumps(body(entity, **change)).encode())
    assert (caught.value.reason, caught.value.field) == (reason, field)
    assert all(str(value) not in str(caught.value) for value in change.values() if str(value) and len(str(value)) > 5)


BROKEN = {
    "no JSON": b"{",
    "nothing": b"",
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "bare": b"NaN",
    "bad UTF-8": b'{"source": "\xff"}',
    "half a surrogate": b'{"source": "\\ud800"}',
    "a raw line break": b'{"source": "a\nb"}',
    "deep nesting": b'{"raw": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "two records": json.dumps(body("customer")).encode() + b"{}",
    "a trailing comma": b'{"source": "x",}',
}


@pytest.mark.parametrize("payload", BROKEN.values(), ids=BROKEN)
def test_what_is_no_record_at_all_is_refused_with_a_code(payload: bytes) -> None:
    with pytest.raises(BadRecord) as caught:
        codec("customer").decode(payload)
    assert caught.value.reason in ("malformed_json", "wrong_type")


GOOD: list[tuple[str, dict[str, Any]]] = [
    ("order", {"total_minor": LARGEST, "tax_minor": SMALLEST}),
    ("order", {"total_minor": 0, "tax_minor": None}),
    ("customer", {"city": "’s-Gravenhage \U0001f6b2"}),
    ("customer", {"changed_at": None, "raw": {"deep": [{"x": [1.5, None, {"y": "\\u0041"}]}]}}),
    ("customer", {"source_id": "x" * 255, "birth_date": "2024-02-29"}),
    ("consent", {"value": None, "facts": {"ip": "203.0.113.7"}}),
    ("customer", {"changed_at": "1970-01-01T00:00:00Z"}),
    ("customer", {"changed_at": "2026-03-02T10:00:00.123456789Z"}),
]


@pytest.mark.parametrize("entity, change", GOOD, ids=range(len(GOOD)))
def test_an_unusual_but_good_record_is_kept(sqlite_store: Store, entity: str, change: dict[str, Any]) -> None:
    keeper = Keeper(sqlite_store, "run")
    keeper.record(entity, json.dumps(body(entity, **change)).encode())
    keeper.commit()
    kept = stored(sqlite_store, ENTITY_TABLES[entity])[0]
    for name in ("total_minor", "tax_minor", "city", "source_id", "birth_date"):
        if name in change:
            assert kept[name] == change[name]


@pytest.mark.parametrize("entity", ["customer", "order", "order_line", "price", "consent", "event"])
def test_the_codec_refuses_nothing_that_the_model_accepts(entity: str) -> None:
    whole = body(entity)
    codec(entity).decode(json.dumps(whole).encode())
    ENTITIES[entity].model_validate_json(json.dumps(whole))


LENIENT = ({"birth_date": 19800101}, {"changed_at": 1772445600})  # pydantic reads numbers as moments


@pytest.mark.parametrize(
    "entity, change, reason, field",
    [each for each in BAD if each[2] != "nul_character" and each[1] not in LENIENT],
    ids=lambda each: str(each)[:20],
)
def test_the_codec_accepts_nothing_that_the_model_refuses(
    entity: str, change: dict[str, Any], reason: str, field: str | None
) -> None:
    with pytest.raises(ValidationError):
        ENTITIES[entity].model_validate_json(json.dumps(body(entity, **change)))


@pytest.mark.parametrize("stated, utc, minutes", [
    ("2026-06-01T12:00:00+02:00", "2026-06-01T10:00:00.000000Z", 120),
    ("2026-06-01T12:00:00Z", "2026-06-01T12:00:00.000000Z", 0),
    ("2026-06-01T12:00:00-05:30", "2026-06-01T17:30:00.000000Z", -330),
    ("2026-06-01T12:00:00+14:00", "2026-05-31T22:00:00.000000Z", 840),
    ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00.000000Z", 60),
    ("2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00.000000Z", 120),
    ("2026-06-01T12:00:00.000001+02:00", "2026-06-01T10:00:00.000001Z", 120),
])  # fmt: skip
def test_a_time_is_kept_in_utc_with_the_offset_it_was_told_in(
    sqlite_store: Store, stated: str, utc: str, minutes: int
) -> None:
    keeper = Keeper(sqlite_store, "run")
    keeper.record("order", json.dumps(body("order", ordered_at=stated)).encode())
    keeper.commit()
    kept = stored(sqlite_store, ENTITY_TABLES["order"])[0]
    assert (kept["ordered_at"], kept["ordered_at_offset"]) == (utc, minutes)


def test_the_same_moment_told_in_another_offset_is_another_statement(store: Store) -> None:
    keeper = Keeper(store, "run")
    for hour, offset in ((12, "+02:00"), (10, "Z")):
        keeper.record("order", json.dumps(body("order", ordered_at=f"2026-06-01T{hour}:00:00{offset}")).encode())
    keeper.commit()
    assert stored(store, ENTITY_TABLES["order"])[0]["ordered_at"] == "2026-06-01T10:00:00.000000Z"


LINES = st.lists(
    st.sampled_from(
        [
            json.dumps({"type": "RECORD", "stream": "customer", "record": body("customer")}).encode(),
            json.dumps({"type": "RECORD", "stream": "customer", "record": body("customer", source_id="2")}).encode(),
            json.dumps({"type": "RECORD", "stream": "customer", "record": body("customer", email=7)}).encode(),
            json.dumps({"type": "RECORD", "stream": "martian", "record": {}}).encode(),
            json.dumps({"type": "RECORD", "stream": "order", "record": body("order")}).encode(),
            json.dumps({"type": "RECORD", "stream": "order", "record": []}).encode(),
            json.dumps({"type": "BATCH", "stream": "order"}).encode(),
            json.dumps({"type": "WHAT"}).encode(),
            b"{", b"\xff\xfe", b"null", b"[1]", b"7",
        ]
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(lines=LINES)
def test_d9_read_is_accepted_plus_quarantined_whatever_comes(tmp_path_factory: Any, lines: list[bytes]) -> None:
    keeper = Keeper(None, "run")  # type: ignore[arg-type]
    door = Door(keeper)
    for each in lines:
        door.line(each)
    counts = keeper.counted(Sifted(keeper.rows, keeper.bad)).values()
    sums = {name: sum(count[name] for count in counts) for name in ("read", "accepted", "quarantined")}
    assert sums["read"] == len(lines) == sums["accepted"] + sums["quarantined"]
    assert sums["quarantined"] == len(keeper.bad)


def test_d9_one_bad_record_stops_no_other_and_all_are_on_record(store: Store) -> None:
    keeper = Keeper(store, "run")
    for entity, change, _, _ in BAD:
        keeper.record(entity, json.dumps(body(entity, **change)).encode())
    keeper.record("customer", json.dumps(body("customer", city="Gent")).encode())
    keeper.commit()
    assert [each["city"] for each in stored(store, ENTITY_TABLES["customer"])] == ["Gent"]
    counts = stored(store, run_stream)
    assert sum(each["read"] for each in counts) == len(BAD) + 1
    assert sum(each["accepted"] for each in counts) == 1
    assert {each["reason"] for each in stored(store, quarantine)} == {
        "missing_key", "wrong_type", "out_of_range", "nul_character",
    }  # fmt: skip


def test_the_same_bad_record_is_one_row_that_counts(store: Store) -> None:
    for _ in range(3):
        keeper = Keeper(store, "run")
        keeper.record("customer", b'{"source": 7}')
        keeper.commit()
    assert [(each["times"], each["state"]) for each in stored(store, quarantine)] == [(3, "open")]


def test_a_record_of_an_unknown_entity_is_set_aside(sqlite_store: Store) -> None:
    keeper = Keeper(sqlite_store, "run")
    keeper.record("martian", b"{}")
    keeper.commit()
    assert [(each["reason"], each["stream"]) for each in stored(sqlite_store, quarantine)] == [
        ("unknown_stream", "martian")
    ]


def test_a_record_too_large_is_set_aside_cut_short(sqlite_store: Store) -> None:
    keeper = Keeper(sqlite_store, "run")
    keeper.record("customer", b'{"raw": {"a": "' + b"x" * LARGEST_RECORD_BYTES + b'"}}')
    keeper.commit()
    row = stored(sqlite_store, quarantine)[0]
    assert (row["reason"], len(row["payload"])) == ("too_large", 1_000_000)


def test_bytes_that_are_no_text_can_be_kept_for_a_person_to_look_at(store: Store) -> None:
    keeper = Keeper(store, "run")
    keeper.record("customer", b'{"source": "\xff\x00"}')
    keeper.commit()
    assert stored(store, quarantine)[0]["payload"] == '{"source": "\\xff\\0"}'


def test_what_is_unknown_to_the_model_is_ignored_by_the_store(store: Store) -> None:
    keeper = Keeper(store, "run")
    keeper.record("customer", json.dumps(body("customer", shoe_size=42)).encode())
    keeper.commit()
    assert len(stored(store, ENTITY_TABLES["customer"])) == 1
