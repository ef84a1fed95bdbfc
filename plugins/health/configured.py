"""Checks of what is configured: rules, connectors with their settings and addresses, schedules, and who watches."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from plugins.health.finding import Finding, doubtful, good, wrong
from plugins.hub.destinations import channels
from plugins.hub.meaning import read_meaning
from plugins.hub.plans import rules_folder
from plugins.hub.project import declared, environment, meltano
from plugins.hub.rule_examples import run_all
from plugins.observe import logs, tracing
from plugins.rules.complaint import RulesError
from plugins.rules.load import load_rules
from plugins.scheduler.schedules import read_schedules
from plugins.store.engine import StoreError

NEAR = ("127.0.0.1", "localhost", "::1")
ANSWER_SECONDS = 10
TEST_SECONDS = 120
METRICS_KEY = "ROTONDE_METRICS_KEY"
SHORTEST_KEY = 16


def rules() -> Finding:
    """Tell whether the rules can be read, and whether their examples hold."""
    folder = rules_folder()
    try:
        read_meaning(folder, channels())
        examples, failures = run_all(load_rules(folder))
    except RulesError as error:
        first = str(error).partition("\n")[0]
        return wrong("rules", first, "mend them, or put the former files back: nothing is sent until then")
    except OSError:
        return wrong("rules", f"{folder} cannot be read", "see ROTONDE_RULES")
    if failures:
        return wrong("rules", f"{len(failures)} of {examples} examples do not hold", "run 'rotonde test'")
    return good("rules", f"{examples} examples hold")


def connectors(root: Path, known: Mapping[str, str], named: set[str]) -> Iterator[tuple[str, Finding]]:
    """Give each plugin of a vendor with what its settings lack; secrets are told as set or not, never by value."""
    for each in declared(root):
        for kind in ("extractors", "loaders"):
            for plugin in (each.get("plugins") or {}).get(kind) or ():
                is_ours = plugin["name"].partition("-")[2].startswith("hub")
                if not is_ours and any(setting.get("sensitive") for setting in plugin.get("settings") or ()):
                    yield plugin["name"], _settings(plugin, known, named)


def _settings(plugin: Mapping[str, Any], known: Mapping[str, str], named: set[str]) -> Finding:
    name, settings = plugin["name"], {each["name"]: each for each in plugin.get("settings") or ()}
    filled = {each for each in settings if _value(plugin, settings[each], known)}
    secrets = [each for each in settings if settings[each].get("sensitive")]
    groups = plugin.get("settings_group_validation") or [secrets]
    lacking = min(([each for each in group if each not in filled] for group in groups), key=len)
    told = ", ".join(f"{each} {'set' if each in filled else 'not set'}" for each in secrets)
    if not any(each in filled for each in secrets) and name.partition("-")[2] not in named:
        return good(name, "not set up, and no rule names it")
    if lacking:
        needed = ", ".join(_variable(plugin, each) for each in lacking)
        return wrong(name, f"lacks {', '.join(lacking)} ({told})", f"set {needed} in .env")
    for each in filled:
        value = _value(plugin, settings[each], known)
        if each.endswith("_url") and not _is_address(value):
            return wrong(name, f"{each} is not an https address", f"mend {_variable(plugin, each)}")
    return good(name, told)


def _variable(plugin: Mapping[str, Any], setting: str) -> str:
    return f"{plugin['namespace']}_{setting}".upper()


def _value(plugin: Mapping[str, Any], setting: Mapping[str, Any], known: Mapping[str, str]) -> str:
    name = setting["name"]
    given = known.get(_variable(plugin, name)) or (plugin.get("config") or {}).get(name)
    return str(given or setting.get("value") or "")


def _is_address(value: str) -> bool:
    parts = urlsplit(value)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in NEAR))


def hosts(root: Path, known: Mapping[str, str], names: set[str]) -> dict[str, str]:
    """Return the address that each of some plugins speaks to, where a setting says it."""
    found = {}
    for each in declared(root):
        for kind in ("extractors", "loaders"):
            for plugin in (each.get("plugins") or {}).get(kind) or ():
                urls = [_value(plugin, setting, known) for setting in plugin.get("settings") or ()
                        if setting["name"] == "api_url"]  # fmt: skip
                if plugin["name"] in names and urls and _is_address(urls[0]):
                    found[plugin["name"]] = urls[0]
    return found


def answering(name: str, url: str) -> Finding:
    """Ask, without a key, whether anybody answers there."""
    host = urlsplit(url).hostname or ""
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return wrong(f"{name} online", f"{host} is not known to the name server", "check the address, and the network")
    try:
        requests.get(url, timeout=ANSWER_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return wrong(f"{name} online", f"{host} does not answer ({type(error).__name__})", "check network and proxy")
    return good(f"{name} online", f"{host} answers")


def reading(name: str, ask: Callable[[str], int] | None = None) -> Finding:
    """Let a tap read one record with its key, as `meltano config test` does."""
    code = (ask or _meltano_test)(name)
    if code:
        return wrong(f"{name} key", "it could not read a record", f"run 'meltano config test {name}' to see why")
    return good(f"{name} key", "a record was read with it")


def _meltano_test(name: str) -> int:
    command = [meltano(), "config", "test", name]
    try:
        return subprocess.run(  # noqa: S603 - our own program, a plugin of the project
            command, env=environment(), capture_output=True, check=False, timeout=TEST_SECONDS, umask=0o077
        ).returncode
    except subprocess.TimeoutExpired:
        return 1


def schedules(root: Path) -> Finding:
    """Tell whether the schedules can be read."""
    try:
        found = read_schedules(root)
    except StoreError as error:
        return wrong("schedules", str(error).partition("\n")[0], "mend meltano.yml: nothing starts until then")
    if not found:
        return doubtful("schedules", "meltano.yml has none", "add one, or let another scheduler run 'rotonde sync'")
    return good("schedules", ", ".join(each.name for each in found))


def watching(known: Mapping[str, str]) -> Iterator[Finding]:
    """Tell whether what was set to watch it can work."""
    said = known.get(logs.SETTING, "")
    if said and said.strip().lower() not in logs.FORMS:
        yield doubtful("log", f"{logs.SETTING} is none of {', '.join(logs.FORMS)}", "text is used")
    else:
        yield good("log", said.strip().lower() or logs.FORMS[0])
    url = known.get(tracing.SETTING, "")
    if url and urlsplit(url).scheme not in ("http", "https"):
        yield wrong("traces", f"{tracing.SETTING} is not an address", "write it like http://collector:4318")
    else:
        yield good("traces", "on" if url else "off")
    key = known.get(METRICS_KEY, "")
    if key and len(key) < SHORTEST_KEY:
        yield wrong("metrics", f"{METRICS_KEY} is too short", f"give it {SHORTEST_KEY} signs or more")
    else:
        yield good("metrics", "with a key" if key else "for this machine only")


def named_by_rules() -> set[str]:
    """Return the systems that rules speak of; none where the rules cannot be read."""
    try:
        meaning = read_meaning(rules_folder(), channels())
    except (RulesError, OSError):
        return set()
    named = {destination for audience in meaning.audiences for destination in audience.to}
    return named | {destination for rule in meaning.sales for destination in rule.to}


def settings_of_here() -> Mapping[str, str]:
    """Return the settings of this process."""
    return os.environ
