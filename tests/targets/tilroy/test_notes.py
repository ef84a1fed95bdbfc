"""What becomes of notes: one of ours among a customer's comments, and nothing that a clerk wrote is touched."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.sandbox.tilroy import Tilroy
from plugins.wire.outbox import Row
from targets.tilroy.notes import BEGIN, END, noted
from tests.plugins.sandbox.tilroy.shop_floor import ask
from tests.targets.kept import Kept
from tests.targets.tilroy.till import ELS, consent, deliver, went

PATH = f"/customerapi/production/customers/{ELS}"
GOLD = "[Rotonde] Lid gold. [/Rotonde]"


def note(text: str = "Lid gold.", operation: Any = "add", customer: str = ELS, key: str = "n") -> Row:
    payload = {"kind": "note", "customer": customer, "text": text}
    return Row(key, operation, f"note:{customer}", payload)


def comments(till: Tilroy) -> str:
    return str(ask(till, PATH).body["comments"])


def test_a_note_stands_between_marks_behind_what_a_clerk_wrote(till: Tilroy, config: dict[str, Any]) -> None:
    till.perform("write_comments", customer_id=ELS, text="Wacht op een bestelling.")
    assert deliver(till, config, note()).states == {"n": "accepted"}
    assert comments(till) == f"Wacht op een bestelling.\n{GOLD}"
    assert went(till) == [("PUT", PATH, {"comments": f"Wacht op een bestelling.\n{GOLD}"})]


def test_another_note_takes_the_place_of_the_first_and_a_clerk_s_words_stay(
    till: Tilroy, config: dict[str, Any]
) -> None:
    deliver(till, config, note())
    till.perform("write_comments", customer_id=ELS, text=f"Voor.\n{GOLD} Na.")
    deliver(till, config, note("Lid silver.", "change"))
    assert comments(till) == "Voor. Na.\n[Rotonde] Lid silver. [/Rotonde]"


def test_what_is_there_already_is_not_written_again(till: Tilroy, config: dict[str, Any]) -> None:
    deliver(till, config, note())
    before = len(went(till))
    assert deliver(till, config, note(operation="change")).states == {"n": "accepted"}
    assert len(went(till)) == before


def test_a_note_that_goes_leaves_only_what_clerks_wrote(till: Tilroy, config: dict[str, Any]) -> None:
    till.perform("write_comments", customer_id=ELS, text="Voor.")
    deliver(till, config, note())
    assert deliver(till, config, note("", "remove")).states == {"n": "accepted"}
    assert comments(till) == "Voor."


def test_nothing_else_of_the_customer_changes(till: Tilroy, config: dict[str, Any]) -> None:
    before = {name: each for name, each in ask(till, PATH).body.items() if name not in ("comments", "versionInfo")}
    deliver(till, config, note())
    after = ask(till, PATH).body
    assert {name: after[name] for name in before} == before


def test_a_customer_who_is_gone_needs_no_removal_and_has_no_note(till: Tilroy, config: dict[str, Any]) -> None:
    outbox = deliver(till, config, note("", "remove", "999", "a"), note(customer="999", key="b"), note())
    assert outbox.states == {"a": "accepted", "b": "rejected", "n": "accepted"}


def test_where_the_till_does_not_show_the_comments_nothing_is_written(
    till: Tilroy, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    till.faults.add(
        match=f"GET {PATH}", status=200, body='{"tilroyId": "880123"}', headers={"Content-Type": "application/json"}
    )
    outbox = deliver(till, config, note(), consent("c", sms=True))
    assert outbox.reasons["n"] == "the till does not show what stands in the comments"
    assert [body for _, _, body in went(till)] == [{"notifications": {"sms": True}}]


def test_a_note_whose_answer_was_lost_may_be_written_again(till: Tilroy, config: dict[str, Any]) -> None:
    till.faults.add(match=f"PUT {PATH}", reset="after")
    assert deliver(till, config, note()).states == {"n": "unknown"}
    assert deliver(till, config, note()).states == {"n": "accepted"}
    assert comments(till) == GOLD


def test_who_is_withheld_by_the_outbox_has_no_note(till: Tilroy, config: dict[str, Any]) -> None:
    assert deliver(till, config, note(), outbox=Kept(withheld=["n"])).states == {}
    assert went(till) == []


def test_a_note_of_another_shape_is_rejected(till: Tilroy, config: dict[str, Any]) -> None:
    row = Row("n", "add", "note:x", {"kind": "note", "customer": "../1", "text": "x"})
    assert deliver(till, config, row).states == {"n": "rejected"}


WORDS = st.text(alphabet="ab \n[]", max_size=20)


@given(WORDS, WORDS, WORDS)
def test_what_clerks_write_around_a_note_outlives_every_change(before: str, after: str, text: str) -> None:
    held = f"{before}{BEGIN} x {END}{after}"
    gone = noted(noted(held, text), "")
    assert "".join(gone.split()) == "".join(f"{before}{after}".split())


@pytest.mark.parametrize("broken", [f"a {BEGIN} b", f"a {END} b", f"{END} a {BEGIN}"])
def test_a_mark_that_a_clerk_broke_takes_nothing_of_theirs_along(broken: str) -> None:
    assert noted(noted(broken, "x"), "y") == f"{broken}\n{BEGIN} y {END}"
    assert noted(noted(broken, "x"), "") == broken


def test_marks_in_a_text_are_no_marks() -> None:
    assert noted("", f"x {END} y {BEGIN}") == f"{BEGIN} x  y {END}"
