"""Events of tills, apps and doors: stored once before they are answered, and then records like all others."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import pytest
import requests
from sqlalchemy import select
from werkzeug.wrappers import Response

from plugins.api.app import App as Api
from plugins.api.events import senders
from plugins.api.keys import Keys
from plugins.api.national_number import FIELDS
from plugins.api.pace import Pace
from plugins.api.sent import KINDS, Act, Line
from plugins.hub.meaning import Meaning, read_meaning
from plugins.hub.rights.erasing import erase, find
from plugins.hub.syncing import run_round
from plugins.hub.taking_in import take_in
from plugins.rules.consent import Channel, Purpose
from plugins.sandbox.server import running
from plugins.store.engine import Store, StoreError
from plugins.store.event_tables import sent_event, waiting_event
from plugins.store.tables import ENTITY_TABLES, quarantine, run_stream
from tests.making import act, at, keep, person, rules_in, stored
from tests.plugins.api.counter import CARD, Shop, receipt, said

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "events.md").read_text("utf-8")
KEY = "a key of the app that is long"
CANARY = "kanarie@example.nl"
BELGIAN = "85.07.30-033.28"
AT = "2026-03-11T10:00:00+01:00"
CHECK_IN = {"kind": "check_in", "id": "in-1", "at": AT, "store_id": "utrecht", "card": CARD}
BOUGHT = {"kind": "purchase", "id": "buy-1", "at": AT, "order_id": "127", "order_number": "R-127", "card": CARD,
          "total_minor": 4990, "lines": [{"line_number": 1, "sku": "PARKA", "total_minor": 4990}]}  # fmt: skip
SAYS = {"channel": "email", "purpose": "marketing"}
PROVEN = {**SAYS, "answer": "yes", "words": "Ja, mail mij.", "words_version": "2026-03", "place": "till 4"}
AGREED = {"kind": "consent", "id": "yes-1", "at": AT, "customer_id": "dee", "email": "dee@example.nl",
          "consents": [PROVEN]}  # fmt: skip
EID = {"kind": "registration_eid", "id": "eid-1", "at": AT, "customer_id": "jan", "first_name": "Jan",
       "last_name": "de Wit", "birth_date": "1985-07-30", "issued_by": "BE", "email": "jan@example.nl"}  # fmt: skip
LOOKED = {"kind": "behaviour", "id": "saw-1", "at": AT, "customer_id": "dee", "act": "product_view", "product_id": "7"}
YAML_BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@dataclass
class App:
    """A shop, and an app that sends it events."""

    shop: Shop

    def send(self, *events: Any, key: str = KEY) -> tuple[int, Any]:
        body = events[0] if len(events) == 1 else {"events": events}
        return said(self.shop.client.post("/events", json=body, headers={"Authorization": f"Bearer {key}"}))

    def get(self, path: str) -> Any:
        return said(self.shop.client.get(path, headers={"Authorization": f"Bearer {KEY}"}))[1]

    def take_in(self) -> int:
        return take_in(self.shop.hub)

    def kept(self, entity: str, source: str = "app") -> list[dict[str, Any]]:
        return [row for row in stored(self.shop.store, ENTITY_TABLES[entity]) if row["source"] == source]

    @property
    def api(self) -> Api:
        """What answers."""
        api = self.shop.client.application
        assert isinstance(api, Api)
        return api

    @property
    def waiting(self) -> list[dict[str, Any]]:
        return stored(self.shop.store, waiting_event)


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Meaning:
    """Give the retailer's rules, with what the page says an app's acts of consent mean."""
    folder = rules_in(tmp_path_factory.mktemp("declared") / "rules")
    (block,) = [each for each in YAML_BLOCKS if "consent." in each]
    rules = (folder / "consent.yml").read_text("utf-8")
    (folder / "consent.yml").write_text(rules.replace("sources:\n", block, 1), "utf-8")
    return read_meaning(folder)


@pytest.fixture
def app(shop: Shop, declared: Meaning) -> App:
    shop.hub = replace(shop.hub, meaning=declared)
    keys = Keys({"app": KEY, "till": "a key of the till that is long"},
                {"app": frozenset({"events"}), "till": frozenset({"claims"})})  # fmt: skip
    shop.client.application = shop.app(keys)
    return App(shop)


def registration(app: App) -> tuple[str, dict[str, Any]]:
    """Return the token of a receipt of nobody, and a registration by it."""
    keep(app.shop.store, receipt("9", ordered_at="2026-03-10T10:00:00+00:00"))
    headers = {"Authorization": "Bearer a key of the till that is long", "Idempotency-Key": "k"}
    asked = {"receipt": {"source": "till", "id": "9"}}
    _, link = said(app.shop.client.post("/receipts/links", json=asked, headers=headers))
    token = str(link["url"]).rpartition("/")[2]
    return token, {"kind": "registration_qr", "id": "qr-1", "at": AT, "customer_id": "noor", "first_name": "Noor",
                   "email": "noor@example.nl", "token": token}  # fmt: skip


@pytest.fixture
def webshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which the app uses the accounts of the webshop, as the page says."""
    (mapping,) = [each for each in YAML_BLOCKS if "accounts" in each]
    (tmp_path / "meltano.yml").write_text(mapping, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_was_sent_goes_the_road_of_what_is_read(app: App) -> None:
    status, told = app.send(BOUGHT, CHECK_IN, AGREED, EID)
    assert (status, [each["state"] for each in told["events"]]) == (202, ["taken"] * 4)
    assert app.kept("order") == []
    assert (app.take_in(), app.waiting, app.take_in()) == (4, [], 0)
    (order,), (line,) = app.kept("order"), app.kept("order_line")
    assert (order["source_id"], order["card"], order["total_minor"], order["is_paid"]) == ("127", CARD, 4990, True)
    assert (line["order_id"], line["sku"], line["quantity_thousandths"]) == ("127", "PARKA", 1000)
    events = {row["kind"]: row for row in app.kept("event")}
    assert (events["check_in"]["strength"], events["registration"]["strength"]) == ("card", "eid")
    (jan,) = [row for row in app.kept("customer") if row["source_id"] == "jan"]
    assert (jan["first_name"], jan["infix"], jan["birth_date"]) == ("Jan", "de", "1985-07-30")
    (consent,) = app.kept("consent")
    assert json.loads(consent["facts"]) == {
        "at": AT, "wording": "Ja, mail mij.", "wording_version": "2026-03", "place": "till 4"
    }  # fmt: skip


def test_l4_the_same_event_again_is_answered_as_before_and_means_nothing(app: App) -> None:
    assert [app.send(BOUGHT) for _ in range(3)] == [(202, {"id": "buy-1", "state": "taken", "left_out": []})] * 3
    assert len(app.waiting) == 1
    app.take_in()
    assert app.send(BOUGHT)[0] == 202
    assert app.waiting == []


def test_d6_an_id_that_stood_for_another_event_is_refused(app: App) -> None:
    app.send(BOUGHT)
    status, told = app.send({**BOUGHT, "total_minor": 1})
    assert (status, told["code"]) == (409, "other_event")
    _, several = app.send({**BOUGHT, "total_minor": 1}, CHECK_IN)
    assert [each["state"] for each in several["events"]] == ["refused", "taken"]
    assert json.loads(app.waiting[0]["body"])["total_minor"] == 4990


def test_of_many_at_once_with_one_id_one_is_kept(app: App) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: app.send(BOUGHT, CHECK_IN)[0], range(12)))
    assert answers == [202] * 12
    assert sorted(json.loads(row["body"])["id"] for row in app.waiting) == ["buy-1", "in-1"]


BAD: dict[str, Any] = {
    "no object": 7,
    "no kind": {"id": "x", "at": AT},
    "an unknown key": {**CHECK_IN, CANARY: 1},
    "a time without an offset": {**CHECK_IN, "at": "2026-03-11T10:00:00"},
    "the far future": {**CHECK_IN, "at": "2099-01-01T00:00:00Z"},
    "money with a point": {**BOUGHT, "total_minor": 49.9},
    "money in quotes": {**BOUGHT, "total_minor": "4990"},
    "no lines": {**BOUGHT, "lines": []},
    "nobody's visit": {name: each for name, each in CHECK_IN.items() if name != "card"},
    "an address as a number": {**AGREED, "customer_id": CANARY},
    "a yes without words": {**AGREED, "consents": [{**PROVEN, "words": None}]},
    "a yes without an address": {**AGREED, "email": None},
    "an act that nobody declared": {**AGREED, "consents": [{**PROVEN, "channel": "sms"}]},
    "half a sign": {**CHECK_IN, "store_id": "\ud800"},
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_d9_a_bad_event_is_answered_by_itself_and_stops_no_other(app: App, bad: Any) -> None:
    _, told = app.send(bad, CHECK_IN)
    refused, taken = told["events"]
    assert (refused["state"], taken["state"], len(app.waiting)) == ("refused", "taken", 1)
    assert refused["code"]
    assert app.send(bad)[0] == 400


def test_s5_what_is_wrong_is_said_without_what_was_sent(app: App, caplog: pytest.LogCaptureFixture) -> None:
    for bad in BAD.values():
        assert CANARY not in json.dumps(app.send(bad)[1]) + caplog.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"events": []}', b'{"events": 7}', b'{"events": [1], "x": 1}',
                                  b'{"a":' * 5000, b"\xff", b'{"at": NaN}'])  # fmt: skip
def test_what_is_no_event_at_all_is_refused(app: App, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    assert app.shop.client.post("/events", data=body, headers=headers).status_code == 400
    assert app.waiting == []


def test_more_than_may_come_at_once_is_refused_whole(app: App) -> None:
    many = [{**CHECK_IN, "id": f"in-{number}"} for number in range(101)]
    assert app.send(*many)[0] == 400
    assert app.send(*many[1:])[0] == 202
    assert app.send({**CHECK_IN, "place": "x" * 500_000})[0] == 413


def test_a_key_that_is_not_for_events_or_asks_too_often_is_held(app: App) -> None:
    assert app.send(CHECK_IN, key="a key of the till that is long")[0] == 403
    assert app.send(CHECK_IN, key="nobody's")[0] == 401
    app.api.pace = Pace(1, clock_ns=lambda: 0)
    assert [app.send(CHECK_IN)[0] for _ in range(5)] == [202] * 4 + [429]


def test_a_sender_may_not_have_the_name_of_a_connection_that_is_read() -> None:
    keys = Keys({"tilroy": KEY}, {"tilroy": frozenset({"events"})})
    with pytest.raises(StoreError, match="'tilroy' is a connection that is read; give who sends events a name"):
        senders(keys)
    assert senders(Keys({"tilroy": KEY})) == {}


def test_a_national_number_is_kept_nowhere(app: App) -> None:
    status, told = app.send({**EID, "nationalNumber": BELGIAN, "BSN": "123456782"})
    assert (status, told["left_out"]) == (202, ["nationalNumber", "BSN"])
    assert app.send(EID)[0] == 202  # the same event: of the number not even a hash was kept
    for number, field in enumerate(("customer_id", "card", "street")):
        status, told = app.send({**EID, "id": f"eid-{number + 2}", field: f"no {BELGIAN}"})
        assert (status, told["code"]) == (400, "national_number")
    app.take_in()
    everything = json.dumps([app.kept(entity) for entity in ("customer", "event", "consent")])
    assert not {each for each in (BELGIAN, "85073003328", "123456782") if each in everything}
    assert FIELDS


def test_a_token_registers_one_person_and_is_not_kept(app: App) -> None:
    token, registered = registration(app)
    assert app.send({**registered, "id": "qr-0", "token": token[:-2]})[1]["code"] == "dead_link"
    assert [app.send(registered)[0] for _ in range(2)] == [202, 202]
    for _ in range(2):
        status, told = app.send({**registered, "id": "qr-2", "customer_id": "other"})
        assert (status, told["code"]) == (409, "claimed")
    assert token not in json.dumps(app.waiting)


def test_c6_what_was_sent_is_the_persons_and_only_a_proven_yes_of_theirs_lets_them_be_mailed(app: App) -> None:
    keep(app.shop.store, person("ann", card=CARD, first_name="Ann", email="ann@example.nl", changed_at=at(1)))
    app.send(BOUGHT, CHECK_IN, registration(app)[1])
    app.take_in()
    app.shop.hub = app.shop.later(hours=1)
    app.shop.resolve()
    app.shop.client.application = app.shop.app(Keys({"app": KEY}, {"app": frozenset({"events", "person"})}))
    assert app.shop.who("card:" + CARD, "app") == app.shop.who("ann", "till")
    assert app.get("/persons?receipt=R-127")["profile_id"] == app.shop.who("ann", "till")
    noor = app.get("/persons?receipt=R-9")
    assert (noor["first_name"], noor["consent"]) == ("Noor", [])
    assert {row["kind"]: row["strength"] for row in app.kept("event")}["registration"] == "signed link"
    app.send({**AGREED, "customer_id": "noor", "email": "noor@example.nl"})
    app.take_in()
    assert app.get("/persons?receipt=R-9")["consent"] == [{**SAYS, "state": "granted"}]


def test_c7_behaviour_is_kept_of_who_agreed_and_else_dropped_and_counted(app: App, webshop: Path) -> None:
    field = "meta_data.behaviour_optin"
    proof = {"behaviour_optin_text": "x", "behaviour_optin_form": "account"}
    looked = {**LOOKED, "customer_id": "ann"}
    status, told = app.send(looked, {**looked, "id": "saw-2", "customer_id": "nobody"})
    assert (status, [each["state"] for each in told["events"]]) == (202, ["dropped", "dropped"])
    assert stored(app.shop.store, sent_event) == app.waiting == []
    (count,) = stored(app.shop.store, run_stream)[-1:]
    assert [count[name] for name in ("source", "stream", "read", "filtered")] == ["app", "behaviour", 2, 2]
    keep(app.shop.store, act("ann", "yes", 3, field=field, facts={**proof, "behaviour_optin_at": at(3)}))
    assert app.send(looked)[1]["state"] == "taken"
    keep(app.shop.store, act("ann", "no", 4, field=field, facts={**proof, "behaviour_optin_at": at(4)}))
    assert app.send({**looked, "id": "saw-3"})[1]["state"] == "dropped"
    app.take_in()
    (event,) = app.kept("event", "woocommerce")
    assert [event[name] for name in ("source_id", "customer_id", "kind", "channel", "product_id")] == [
        "app:saw-1", "ann", "product_view", "app", "7"
    ]  # fmt: skip


def test_without_a_lane_the_next_round_makes_records_of_what_waits(
    app: App, webshop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTONDE_RULES", str(ROOT / "sync_rules"))
    app.send(CHECK_IN, BOUGHT)
    run_round(app.shop.hub, publishes=False, quiet=True)
    assert (app.waiting, len(app.kept("event", "woocommerce")), len(app.kept("order", "woocommerce"))) == ([], 1, 2)


def test_what_cannot_be_read_is_in_quarantine_with_its_reason(app: App) -> None:
    assert app.send({**BOUGHT, "order_id": "N/A"}, CHECK_IN)[0] == 202
    app.take_in()
    (bad,) = stored(app.shop.store, quarantine)
    assert (bad["source"], bad["stream"], bad["reason"], bad["field"]) == ("app", "purchase", "missing_key", "order_id")
    assert len(app.kept("event")) == 1


def test_c10_an_erasure_reaches_what_waits(app: App) -> None:
    app.send({**CHECK_IN, "customer_id": "ann", "email": "ann@example.nl"}, {**BOUGHT, "email": "ann@example.nl"})
    found = find(app.shop.hub, app.shop.who("ann"))
    erase(app.shop.hub, found, "asked")
    (left,) = app.waiting
    assert (left["stream"], "ann@example.nl" in left["body"], CARD in left["body"]) == ("purchase", False, False)


def test_c9_who_was_erased_is_not_let_in_again(app: App) -> None:
    keep(app.shop.store, act("ann", "no", 3))
    erase(app.shop.hub, find(app.shop.hub, app.shop.who("ann")), "asked")
    app.send({**CHECK_IN, "id": "in-9", "email": "ann@example.nl"}, {**BOUGHT, "email": "ann@example.nl"})
    app.take_in()
    assert (app.kept("event"), app.kept("customer")) == ([], [])
    assert [(row["email"], row["card"]) for row in app.kept("order")] == [(None, None)]


def test_both_stores_take_and_keep_alike(store: Store, declared: Meaning, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("ROTONDE_HOME", str(tmp_path))
    app = App(Shop(store, declared))
    app.shop.client.application = app.shop.app(Keys({"app": KEY}, {"app": frozenset({"events"})}))
    states = [each["state"] for each in app.send(BOUGHT, CHECK_IN, AGREED, 7, LOOKED, BOUGHT)[1]["events"]]
    assert states == ["taken", "taken", "taken", "refused", "dropped", "taken"]
    assert app.send({**BOUGHT, "total_minor": 1})[0] == 409
    assert (app.take_in(), len(app.kept("order")), len(app.kept("event"))) == (3, 1, 1)


def test_the_example_in_the_page_is_taken_as_the_page_says(app: App) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not here")
    (command,) = re.findall(r"^ *```sh\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)
    (told,) = re.findall(r"^ *```json\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)

    def answer(request: Any) -> Response:
        return app.api.answer(request).response()

    with running(answer) as url:
        environment = {"ROTONDE": url, "KEY": KEY, "PATH": os.environ["PATH"]}
        done = subprocess.run(["/bin/sh", "-c", command], env=environment, capture_output=True, check=True, timeout=30)
    assert json.loads(done.stdout) == json.loads(told)
    assert app.take_in() == 2


def test_every_field_and_word_of_an_event_is_in_the_page() -> None:
    schema = json.dumps([model.model_json_schema() for model in KINDS.values()])
    fields = {name for model in KINDS.values() for name in model.model_fields}
    fields |= {name for each in (Act, Line) for name in each.model_fields}
    fields |= {word for listed in re.findall(r'"enum": \[([^]]+)\]', schema) for word in re.findall(r'"(\w+)"', listed)}
    told = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`\n]+)`", PAGE)))) | {"yes", "no"}
    of_rules = {*get_args(Channel), *get_args(Purpose)}
    assert fields - told - of_rules == set()


@pytest.fixture
def served(sqlite_store: Store, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "ROTONDE_HOME": str(tmp_path),
        "ROTONDE_DATABASE_URL": sqlite_store.engine.url.render_as_string(hide_password=False),
        "ROTONDE_API_KEYS": f"door:events={KEY}", "ROTONDE_API_PER_SECOND": "100000",
    }  # fmt: skip
    command = [sys.executable, "-m", "plugins.api", "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    line = process.stdout.readline()
    yield process, line.split()[-1]
    process.kill()
    process.wait()


def test_s8_what_was_answered_is_on_record_once_after_kill_9(
    served: tuple[subprocess.Popen[str], str], sqlite_store: Store
) -> None:
    process, url = served
    answered: list[str] = []

    def send(first: int) -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {KEY}"
            for number in range(first, first + 10_000):
                events = [{**CHECK_IN, "id": f"in-{number}"}, {**CHECK_IN, "id": f"again-{number // 2}"}]
                try:
                    answer = session.post(f"{url}/events", json={"events": events}, timeout=5)
                except requests.RequestException:
                    return
                answered.extend(each["id"] for each in answer.json()["events"])

    with ThreadPoolExecutor(4) as pool:
        for lane in range(4):
            pool.submit(send, lane * 10_000)
        until = time.monotonic() + 60
        while len(answered) < 400 and time.monotonic() < until:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    with sqlite_store.reading() as connection:
        known = set(connection.execute(select(sent_event.c.id)).scalars())
        waits = [json.loads(body)["id"] for body in connection.execute(select(waiting_event.c.body)).scalars()]
    assert len(answered) >= 400
    assert {*answered} <= known
    assert sorted(waits) == sorted(known)
