"""What every connector keeps, over all folders: a new one is held to it by being there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
FOLDERS = sorted(path.parent for kind in ("taps", "targets") for path in (ROOT / kind).glob("*/meltano.yml"))
IDS = [folder.relative_to(ROOT).as_posix() for folder in FOLDERS]
VENDORS = [folder for folder in FOLDERS if folder.name != "hub"]
TAPS = [folder for folder in VENDORS if folder.parent.name == "taps"]
TARGETS = [folder for folder in VENDORS if folder.parent.name == "targets"]
SECRET = re.compile(r"key|secret|token|password|credentials|database_url", re.IGNORECASE)
each_connector = pytest.mark.parametrize("folder", FOLDERS, ids=IDS)


def _declared(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(folder / "meltano.yml")
    return found


def _plugins(folder: Path) -> Iterator[dict[str, Any]]:
    for plugins in _declared(folder).get("plugins", {}).values():
        yield from plugins


def _own(folder: Path) -> dict[str, Any]:
    kind = folder.parent.name.removesuffix("s")
    return next(each for each in _plugins(folder) if each["name"] == f"{kind}-{folder.name}")


def _run(executable: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return subprocess.run(
        [ROOT / executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PATH": path}, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@each_connector
def test_its_folder_name_is_its_name_and_its_executable_is_there(folder: Path):
    own = _own(folder)
    assert own["namespace"] == own["name"].replace("-", "_")
    assert os.access(ROOT / own["executable"], os.X_OK)


@each_connector
def test_s4_every_secret_setting_is_sensitive(folder: Path):
    plain = [
        f"{plugin['name']}.{setting['name']}"
        for plugin in _plugins(folder)
        for setting in plugin.get("settings", ())
        if SECRET.search(setting["name"]) and not setting.get("sensitive")
    ]
    assert plain == []


@each_connector
def test_every_setting_says_what_it_is_for(folder: Path):
    silent = [
        f"{plugin['name']}.{setting['name']}"
        for plugin in _plugins(folder)
        for setting in plugin.get("settings", ())
        if not setting.get("description")
    ]
    assert silent == []


@each_connector
def test_what_it_says_of_itself_and_what_meltano_is_told_agree(folder: Path):
    own = _own(folder)
    about = json.loads(_run(own["executable"], "--about", "--format=json").stdout)
    said = about["settings"]
    known = set(said.get("properties", said) if isinstance(said, dict) else [each["name"] for each in said])
    assert {setting["name"] for setting in own["settings"]} <= known


@each_connector
def test_a_job_is_named_after_the_folder_and_can_be_found(folder: Path):
    names = {job["name"] for job in _declared(folder).get("jobs", ())}
    expected = {"taps": {f"ingest-{folder.name}"}, "targets": {f"withdraw-{folder.name}", f"activate-{folder.name}"}}
    assert folder.name == "hub" or names == expected[folder.parent.name]


@pytest.mark.parametrize("folder", TAPS, ids=[folder.name for folder in TAPS])
def test_a_tap_has_a_mapping_of_its_own_and_a_page_in_the_docs(folder: Path):
    mapping = ROOT / "mappers" / "canonical" / folder.name
    assert mapping.with_suffix(".py").exists() or (mapping / "__init__.py").exists()
    assert (ROOT / "docs" / f"{folder.name}.md").exists()
    assert list((folder / "schemas").glob("*.json"))


HOOKS = sorted((ROOT / "taps").glob("*/webhook.yml"))


@pytest.mark.parametrize("path", HOOKS, ids=[path.parent.name for path in HOOKS])
def test_what_a_vendor_tells_of_can_be_read_back_or_is_somebodys_duty(path: Path):
    from plugins.wire.webhook_file import read_hook

    hook = read_hook(path)
    assert hook.topics
    assert [topic for topic, read in hook.topics.items() if not read and topic not in hook.duties] == []


OWN = ("taps/{0}/", "targets/{0}/", "mappers/canonical/{0}/", "mappers/canonical/{0}.py")
# who plays the vendor, who tells a story about it, and how its addresses and product feeds are written
ELSEWHERE = ("plugins/sandbox/", "plugins/demo/", "plugins/identifiers/", "plugins/feeds/")
# whose API has a field of that name, and means something else by it
NAMESAKES = {"meta": ("taps/channable/", "mappers/canonical/channable.py")}
ROOMS = ("taps", "targets", "mappers", "plugins")
SPOKEN = r"([\"'/]|(taps|targets|canonical|sandbox)\.){0}\b|{1}_"


@pytest.mark.parametrize("system", sorted({folder.name for folder in VENDORS}))
def test_no_line_outside_its_own_rooms_names_a_system(system: str):
    own = (*(each.format(system) for each in OWN), *ELSEWHERE, *NAMESAKES.get(system, ()))
    rooms = (path for room in ROOMS for path in (ROOT / room).rglob("*"))
    paths = [ROOT / "meltano.yml", ROOT / "Makefile", *rooms]
    named = {
        path.relative_to(ROOT).as_posix()
        for path in paths
        if path.suffix in {"", ".py", ".yml", ".toml", ".json"} and path.is_file()
        and re.search(SPOKEN.format(system, system.upper()), path.read_text("utf-8"))
    }  # fmt: skip
    assert {path for path in named if not path.startswith(own)} == set()


@pytest.mark.parametrize("folder", TARGETS, ids=[folder.name for folder in TARGETS])
def test_a_target_says_what_its_channel_can_hold(folder: Path):
    from plugins.hub.destinations import channels

    said = YAML(typ="safe").load(folder / "channel.yml")
    assert said["destination"] == folder.name
    assert said.get("keyed_by") == "record" or folder.name in channels(ROOT / "targets")


@each_connector
def test_no_file_hides_a_standard_module(folder: Path):
    hidden = [path.name for path in folder.glob("*.py") if path.stem in sys.stdlib_module_names]
    assert hidden == []


@pytest.mark.parametrize("folder", VENDORS, ids=[folder.relative_to(ROOT).as_posix() for folder in VENDORS])
def test_wrong_configuration_is_said_in_words_and_not_as_a_traceback(folder: Path, tmp_path: Path):
    config = tmp_path / "config.json"
    config.write_text("{}")
    ended = _run(_own(folder)["executable"], "--config", str(config))
    assert ended.returncode != 0
    assert "Traceback" not in ended.stderr
    assert "required" in ended.stderr
