"""Rules are read, checked and proposed in the console; what is proposed is a patch for git, and no file is written."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from httpx import Response

from plugins.console.colouring import coloured
from plugins.console.desk import Desk
from plugins.console.previewing import LEASE, preview
from plugins.console.proposals import patch_of
from plugins.console.rule_files import RuleFiles
from plugins.console.trying import tidy
from plugins.console.words import Words
from plugins.hub.auditing import logged
from plugins.hub.lease import release, take
from plugins.rules.yaml_file import LARGEST_BYTES
from plugins.store.console_tables import rule_proposal
from tests.making import stored
from tests.plugins.console.browsing import Browser

SAYS = Words("en")
LETTER = """\
description: Everybody who reads our letter.
where: order_count > 3
to:
  mailchimp: {as: tag}
examples:
- {title: buys often, given: {order_count: 4}, expect: in}
"""
WRONG = LETTER.replace("description", "descripton")
FAILS = LETTER.replace("expect: in", "expect: out")


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folder(rules: Path, tmp_path: Path) -> Path:
    """A folder of rules in a repository, known to git."""
    copied = tmp_path / "project" / "sync_rules"
    shutil.copytree(rules, copied)
    said = ("-c", "user.name=Ops & Co", "-c", "user.email=ops@example.nl", "-c", "commit.gpgsign=false")
    for words in (("init", "-q"), ("add", "-A"), (*said, "commit", "-qm", "rules")):
        subprocess.run(["git", "-C", str(copied.parent), *words], check=True)
    return copied


@pytest.fixture
def started() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def marketing(desk: Desk, folder: Path, started: list[tuple[str, str]]) -> Browser:
    browser = Browser(replace(desk, rules=folder, start=lambda *what: started.append(what[1:])))
    browser.signs_in("marketing")
    return browser


def proposes(browser: Browser, file: str, text: str, do: str = "keep", why: str = "because") -> Response:
    return browser.post("/rules/propose", file=file, text=text.replace("\n", "\r\n"), do=do, why=why)


def first(folder: Path) -> str:
    return next(each for each in RuleFiles(folder).names() if each.startswith("audiences/"))


def test_each_file_is_listed_with_what_it_is_about_and_who_changed_it_last(marketing: Browser, folder: Path) -> None:
    text = marketing.get("/rules").text
    assert all(f'href="/rules/file/{each}"' in text for each in RuleFiles(folder).names())
    assert SAYS("about.consent") in text
    assert "Ops &amp; Co" in text


def test_a_file_is_read_line_by_line_and_nothing_outside_the_folder_is(marketing: Browser, folder: Path) -> None:
    (folder.parent / "secret.yml").write_text("key: 1")
    text = marketing.get("/rules/file/consent.yml").text
    assert '<span class="key">sources</span>' in text
    for path in ("../secret.yml", "..%2Fsecret.yml", "%2Fetc%2Fpasswd", "nothing.yml", ".schema/audience.json"):
        assert marketing.get(f"/rules/file/{path}").status_code == 404


def test_the_pieces_of_a_line_are_the_line() -> None:
    text = "a: 'it''s' # why\n- {x: 12%, url: http://x, y: \"q\\\"\", on: true}\n\n  # alone\nb: -1.5 x#y\n"
    assert ["".join(piece for _, piece in line) for line in coloured(text)] == text.splitlines()
    assert coloured("a: 1 # x") == [[("key", "a"), ("", ": "), ("number", "1"), ("", " "), ("comment", "# x")]]


def test_checking_says_what_is_wrong_where_and_what_to_do(marketing: Browser, folder: Path) -> None:
    assert re.search(r"Nothing is wrong; \d+ examples hold", marketing.post("/rules").text)
    (folder / "audiences" / "letters.yml").write_text(WRONG)
    text = marketing.post("/rules").text
    assert "sync_rules/audiences/letters.yml:1:1" in text
    assert "descripton: unknown key; did you mean &#39;description&#39;?" in text


@pytest.mark.parametrize(("text", "says"), [(WRONG, "descripton: unknown key"), (FAILS, "buys often")])
def test_a_text_is_checked_on_the_page_and_nothing_is_kept(
    marketing: Browser, folder: Path, text: str, says: str
) -> None:
    before = snapshot(folder)
    answer = proposes(marketing, "audiences/letters.yml", text, "check").text
    assert says in answer
    assert 'class="amiss"' in answer
    assert "+where: order_count &gt; 3" in answer
    assert stored(marketing.desk.hub.store, rule_proposal) == []
    assert snapshot(folder) == before


def test_a_proposal_is_kept_with_author_patch_and_check_shown_to_others_and_git_takes_it(
    marketing: Browser, folder: Path, tmp_path: Path
) -> None:
    before, name = snapshot(folder), first(folder)
    text = (folder / name).read_text("utf-8").rstrip("\n") + "\n# a thought of Els\n"
    for file, given in ((name, text), ("audiences/letters.yml", LETTER)):
        path = proposes(marketing, file, given).headers["location"]
        other = Browser(marketing.desk)
        other.signs_in("viewer")
        page, patch = other.get(path).text, other.get(f"{path}/patch")
        assert all(each in page for each in ("marketing", "because", SAYS("proposal.open"), f"{path}/patch"))
        assert "Nothing is wrong" in page
        (tmp_path / "it.patch").write_bytes(patch.content)
        assert snapshot(folder) == before
        subprocess.run(["git", "-C", str(folder.parent), "apply", "--check", str(tmp_path / "it.patch")], check=True)
    subprocess.run(["git", "-C", str(folder.parent), "apply", str(tmp_path / "it.patch")], check=True)
    assert (folder / "audiences/letters.yml").read_text() == LETTER
    assert SAYS("proposal.taken") in marketing.get("/rules/proposals").text
    lines = [each for each in logged(marketing.desk.hub.store, 20) if each["kind"] == "proposal"]
    assert [(each["who"], each["about"], each["detail"]["what"]) for each in lines] == [
        ("marketing", "audiences/letters.yml", "kept"), ("marketing", name, "kept"),
    ]  # fmt: skip


def test_git_takes_a_patch_of_a_text_whose_last_line_does_not_end(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "a.yml").write_bytes(b"one\ntwo\xc2\x85x")
    (tmp_path / "p").write_bytes(patch_of("", "a.yml", "one\ntwo\x85x", "one\ntwo\x85x\n\nthree\n").encode())
    subprocess.run(["git", "-C", str(tmp_path), "apply", "p"], check=True)
    assert (tmp_path / "a.yml").read_text("utf-8") == "one\ntwo\x85x\n\nthree\n"


def test_a_proposal_needs_a_change_and_a_reason_and_a_name_that_is_read(marketing: Browser, folder: Path) -> None:
    name = first(folder)
    same = (folder / name).read_text("utf-8")
    assert SAYS("propose.same") in proposes(marketing, name, same).text
    assert proposes(marketing, "audiences/letters.yml", LETTER, why=" ").status_code == 200
    for bad in ("../x.yml", "audiences/../x.yml", "nothing/x.yml", "x.yml", "audiences/X.yml", "", "audiences/x.yaml"):
        assert proposes(marketing, bad, LETTER).status_code == 404
        assert marketing.client.get("/rules/propose", params={"file": bad}).status_code == 404
    assert proposes(marketing, name, "x" * (LARGEST_BYTES + 9)).status_code == 413
    assert stored(marketing.desk.hub.store, rule_proposal) == []


def test_a_proposal_is_old_once_its_file_has_changed_and_can_be_withdrawn_once(
    marketing: Browser, folder: Path
) -> None:
    name = first(folder)
    path = proposes(marketing, name, (folder / name).read_text("utf-8") + "# more\n").headers["location"]
    (folder / name).write_text((folder / name).read_text("utf-8") + "# other\n")
    assert SAYS("proposal.old") in marketing.get(path).text
    assert [marketing.post(f"{path}/withdraw").status_code for _ in range(2)] == [303, 400]
    assert SAYS("proposal.withdrawn") in marketing.get("/rules/proposals").text


def test_what_a_proposal_would_change_is_worked_out_beside_the_console_and_names_nobody(
    counter: Desk, folder: Path, started: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTONDE_RULES", str(folder))
    browser = Browser(replace(counter, rules=folder, start=lambda *what: started.append(what[1:])))
    browser.signs_in("marketing")
    path = proposes(browser, "audiences/letters.yml", LETTER.replace("> 3", ">= 0")).headers["location"]
    assert browser.post(f"{path}/preview").status_code == 303
    ((module, number),) = started
    assert module == "plugins.console.previewing"
    assert SAYS("preview.begun") in browser.get(path).text
    mine = take(counter.hub.store, LEASE, "another")
    assert preview(counter.hub, number) == 1
    assert "another preview is under way" in browser.get(path).text
    release(counter.hub.store, mine)
    assert preview(counter.hub, number) == 0
    text = browser.get(path).text
    assert '<th scope="row">letters</th><td>mailchimp</td><td class="n">0</td><td class="n">1</td>' in text
    assert "@" not in str(stored(counter.hub.store, rule_proposal)[0]["preview"])


def test_a_preview_that_cannot_be_made_says_why(marketing: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROTONDE_RULES", str(marketing.desk.rules))
    path = proposes(marketing, "audiences/letters.yml", LETTER).headers["location"]
    number = path.rpartition("/")[2]
    assert preview(marketing.desk.hub, number) == 1
    assert "nothing is resolved yet" in marketing.get(path).text
    assert preview(marketing.desk.hub, "nothing") == 1
    bad = proposes(marketing, "audiences/others.yml", WRONG).headers["location"]
    assert marketing.post(f"{bad}/preview").status_code == 400


def test_a_folder_that_git_does_not_know_is_shown_without_changes(rules: Path, tmp_path: Path) -> None:
    shutil.copytree(rules, tmp_path / "plain")
    files = RuleFiles(tmp_path / "plain")
    assert (files.changes(), files.prefix()) == ({}, "plain/")


def test_lines_of_a_form_end_as_in_a_file() -> None:
    assert [tidy(each) for each in ("", "a", "a\r\nb\r\n", "a\rb")] == ["", "a\n", "a\nb\n", "a\nb\n"]
