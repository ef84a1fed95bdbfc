"""Audiences: how large, since when, who falls away where, whom they share; and what another rule would do."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from plugins.console.charts import bars, curves
from plugins.console.desk import Desk
from plugins.console.words import Words
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import Hub
from plugins.hub.resolve_command import resolve_store
from plugins.store.decided_tables import audit
from plugins.store.engine import Store
from plugins.store.mirror import mirror_path
from plugins.store.tables import run
from plugins.store.times import utc_text
from taps.hub.tap import emit
from tests.making import keep, reader, stored
from tests.plugins.console.browsing import MORNING, Browser, Time, desk_of
from tests.plugins.console.conftest import hub_in
from tests.plugins.console.people import profile_of
from tests.road.stage import LETTER

SAYS = Words("en")
STRICT = LETTER.replace(">= 1", ">= 1 and city = 'Breda'").replace("order_count: 3}", "order_count: 3, city: Breda}")


@pytest.fixture(scope="module")
def world(resolved: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A console over the town, planned for Mailchimp on two days; Dan came between."""
    folder, time = tmp_path_factory.mktemp("planned"), Time()
    hub = hub_in(resolved, folder, time)
    shutil.copy(mirror_path(resolved.store), mirror_path(hub.store))
    shutil.copytree(mirror_path(resolved.store).parent / "rules", folder / "rules")
    silent = os.open(os.devnull, os.O_WRONLY)
    emit(hub, "mailchimp", "all", accept=False, out=silent)
    time.after(days=1)
    keep(hub.store, reader("dan", 2))
    resolve_store(hub)
    emit(hub, "mailchimp", "all", accept=False, out=silent)
    with hub.store.writing() as connection:
        ended = {"started_at": utc_text(MORNING), "ended_at": utc_text(MORNING), "outcome": "ok"}
        connection.execute(insert(run).values(id="r", job="activate-mailchimp", **ended))
    yield desk_of(hub)
    os.close(silent)


@pytest.fixture
def browser(world: Desk, monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setenv("ROTONDE_RULES", str(mirror_path(world.hub.store).parent / "rules"))
    made = Browser(world)
    made.signs_in("marketing")
    return made


def looks(store: Store) -> list[tuple[str, str]]:
    rows = [row for row in stored(store, audit) if row["kind"] == "look_up"]
    return [(row["about"], json.loads(row["detail"])["audience"]) for row in rows if "audience" in row["detail"]]


def test_the_list_tells_how_large_each_is_what_changed_and_where_it_goes(browser: Browser) -> None:
    text = browser.get("/audiences").text
    letter = text[text.index(">letter<") :].partition("</tr>")[0]
    assert '<td class="n">4</td><td class="n">+1<' in letter
    assert SAYS("audiences.since", at="2026-03-12 09:00") in letter
    assert "mailchimp: 2" in letter
    assert SAYS("audiences.sent", at="2026-03-12 09:00") in letter


def test_one_audience_tells_who_falls_away_at_which_condition_for_consent_and_for_want_of_an_address(
    browser: Browser,
) -> None:
    text = browser.get("/audiences/letter").text
    assert '<td class="n">5</td>' not in text
    assert "order_count &gt;= 1" in text
    assert f"<dt>{SAYS('step.no_consent')}</dt><dd>2</dd>" in text
    assert f"<dt>{SAYS('step.no_address')}</dt><dd>0</dd>" in text
    assert f"<dt>{SAYS('step.reachable')}</dt><dd>2</dd>" in text
    assert text.count("<svg") == text.count("<title id=") == text.count("<desc id=") == 3


def test_it_tells_which_other_audiences_have_the_same_persons(browser: Browser) -> None:
    text = browser.get("/audiences/letter").text
    assert '<a href="/audiences/fans">fans</a></th><td class="n">2</td><td class="n">100 %</td>' in text


def test_its_rule_is_shown_as_the_file_is(browser: Browser) -> None:
    assert "description: Everybody who bought." in browser.get("/audiences/letter").text
    assert browser.get("/audiences/nobody").status_code == 404


def test_who_is_in_it_is_shown_masked_and_each_of_them_is_a_line_of_the_audit_log(
    browser: Browser, world: Desk
) -> None:
    before = looks(world.hub.store)
    text = browser.get("/audiences/letter/people").text
    assert text.count('<a href="/person/') == 4
    assert "@example.nl" not in text
    assert "Ann" not in text
    seen = looks(world.hub.store)[len(before) :]
    assert len(seen) == 4
    assert (profile_of(world.hub.store, "ann"), "letter") in seen
    assert browser.get("/audiences/letter/people?after=999").text.count("/person/") == 0
    assert [browser.get(f"/audiences/letter/people?after={each}").status_code for each in ("zzz", "-1", "9" * 16)] == [
        404
    ] * 3
    assert len(looks(world.hub.store)) == len(before) + 4


def test_another_rule_is_looked_at_and_nothing_is_kept(browser: Browser, world: Desk) -> None:
    folder = mirror_path(world.hub.store).parent / "rules"
    before = {path: path.read_bytes() for path in folder.rglob("*.yml")}
    text = browser.post("/audiences/letter", at="/audiences/letter", rule=STRICT).text
    row = text[text.index(f'<th scope="row">{SAYS("step.matched")}') :].partition("</tr>")[0]
    assert [part.partition("<")[0] for part in row.split('<td class="n">')[1:]] == ["4", "1", "0", "−3"]
    assert SAYS("trial.reached", destination="mailchimp") in text
    assert "city = &#39;Breda&#39;" in text
    assert {path: path.read_bytes() for path in folder.rglob("*.yml")} == before


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (LETTER.replace("order_count >=", "ordr_count >="), "audiences/letter.yml:3:8: ordr_count"),
        (LETTER.replace("mailchimp:", "mailchump:"), "did you mean &#39;mailchimp&#39;?"),
        ("- ]", "letter.yml:1:"),
        (LETTER.replace(">= 1", ">= 5"), "bought thrice: expected in, is out"),
        (LETTER.replace("order_count >= 1", "bought(category => 'Truien') >= 1").replace("order_count: 3", "bought: []")
         .replace("order_count: 0", "bought: []"), SAYS("trial.uncounted").replace("'", "&#39;")),
    ],
)  # fmt: skip
def test_a_rule_that_is_wrong_is_told_where_and_what_to_do(browser: Browser, rule: str, told: str) -> None:
    answer = browser.post("/audiences/letter", at="/audiences/letter", rule=rule)
    assert answer.status_code == 200
    assert told in answer.text


def test_before_anything_was_resolved_or_planned_the_pages_say_so(desk: Desk) -> None:
    browser = Browser(desk)
    browser.signs_in("viewer")
    assert ">letter<" in browser.get("/audiences").text
    assert SAYS("audience.unplanned") in browser.get("/audiences/letter").text
    assert SAYS("audience.unresolved") in browser.get("/audiences/letter").text
    assert browser.get("/audiences/letter/people").status_code == 404
    assert browser.post("/audiences/letter", at="/audiences/letter", rule=LETTER).status_code == 404


def test_a_chart_begins_at_nothing_and_fits_its_frame() -> None:
    moments = [MORNING + timedelta(days=each) for each in range(3)]
    drawn = curves({"size": list(zip(moments, (0, 5, 10), strict=True)), "none": []})
    assert drawn
    assert [each.points for each in drawn.curves] == ["8.0,150.0 180.0,88.0 352.0,26.0"]
    assert curves({"size": []}) is None
    assert curves({"size": [(MORNING, 3)]})
    assert [(each.width, each.lost) for each in bars([("all", 100), ("some", 25)])] == [(344.0, 344.0), (86.0, 344.0)]
    assert bars([("nobody", 0)])[0].width == 0


def test_a_rule_that_the_last_resolve_does_not_know_is_shown_without_counts(resolved: Hub, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(mirror_path(resolved.store).parent / "rules", rules)
    (rules / "audiences" / "letter.yml").write_text(LETTER.replace("order_count >= 1", "viewed(category => 'x') >= 1")
                                                    .replace("order_count: 3", "viewed: []")
                                                    .replace("order_count: 0", "viewed: []"))  # fmt: skip
    hub = replace(hub_in(resolved, tmp_path, Time()), meaning=read_meaning(rules))
    browser = Browser(desk_of(hub))
    browser.signs_in("viewer")
    assert SAYS("audience.unresolved") in browser.get("/audiences/letter").text
    assert browser.get("/audiences/letter/people").status_code == 404
