"""What people read is held to the code: a command, setting, rule key or act that is not written about fails here."""

from __future__ import annotations

import dataclasses
import inspect
import re
import shutil
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from plugins.alerts.__main__ import alerts
from plugins.console.__main__ import console
from plugins.health.__main__ import health
from plugins.hub.cli import main
from plugins.rules import CATALOGUE, load_rules, run_examples
from plugins.rules.condition_tree import FUNCTIONS
from plugins.rules.declared import WAYS
from plugins.rules.experiments import Experiment
from plugins.rules.facts import KINDS
from plugins.rules.helpers import ARGUMENTS
from plugins.rules.models import RULE_FILES, Audience
from plugins.rules.offer_examples import run_offer_examples
from plugins.rules.offers import OFFER_WORDS, Offer
from plugins.rules.sales import Sales
from plugins.rules.traits import TraitRule
from plugins.sandbox.channable import Channable
from plugins.sandbox.faults import Fault
from plugins.sandbox.google_ads import GoogleAds
from plugins.sandbox.google_analytics import GoogleAnalytics
from plugins.sandbox.google_merchant import GoogleMerchant
from plugins.sandbox.mailchimp import Mailchimp
from plugins.sandbox.meta import Meta
from plugins.sandbox.pinterest import Pinterest
from plugins.sandbox.shopify import Shopify
from plugins.sandbox.stand_in import StandIn
from plugins.sandbox.tilroy import Tilroy
from plugins.sandbox.woocommerce import WooCommerce
from plugins.scheduler.__main__ import schedule
from plugins.store import docs
from plugins.store.tables import push
from plugins.wire.webhook_file import Hook, read_hook

ROOT = Path(__file__).parent.parent
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in
         (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))}  # fmt: skip
README, CONTRIBUTING = PAGES["README.md"], PAGES["CONTRIBUTING.md"]
RUNNING, RULES, SANDBOX = PAGES["docs/running.md"], PAGES["docs/rules.md"], PAGES["docs/sandbox.md"]
EVERYWHERE = {"--json", "--help"}
STAND_INS: dict[str, type[StandIn]] = {
    "Tilroy": Tilroy,
    "WooCommerce": WooCommerce,
    "Mailchimp": Mailchimp,
    "Meta": Meta,
    "Shopify": Shopify,
    "Pinterest": Pinterest,
    "Google Ads": GoogleAds,
    "Google Merchant": GoogleMerchant,
    "Channable": Channable,
    "Google Analytics": GoogleAnalytics,
}
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
YAML_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def lacking(words: typing.Iterable[str], page: str) -> list[str]:
    """Return the words that a page does not name in code type."""
    named = " ".join(re.findall(r"`([^`\n]+)`", FENCED.sub("", page)))
    return [word for word in words if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", named)]


def first_cells(page: str) -> str:
    """Return the first column of a page's tables."""
    return "\n".join(line.split(" | ")[0] for line in page.splitlines() if line.startswith("| "))


APART: dict[str, click.Command] = {"alerts": alerts, "console": console, "schedule": schedule, **health.commands}
"""Commands that are a room of their own, and a process of their own."""


def commands(group: click.Group = main, name: str = "rotonde") -> Iterator[tuple[str, click.Command]]:
    for word, command in sorted((group.commands | (APART if group is main else {})).items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


def row_of(command: str) -> str:
    """Return the row of the table of commands in docs/running.md."""
    found = [line for line in RUNNING.splitlines() if re.match(rf"\| `{command}[ `]", line)]
    return found[0] if found else ""


def options(command: click.Command) -> set[str]:
    names = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    return {name for name in names if name.startswith("--")} - EVERYWHERE


@pytest.mark.parametrize(("name", "command"), [pytest.param(*each, id=each[0]) for each in commands()])
def test_every_command_has_a_row_with_its_options(name: str, command: click.Command):
    assert row_of(name), f"docs/running.md has no row for '{name}'"
    assert lacking(sorted(options(command)), row_of(name)) == []


def test_no_command_or_option_is_written_about_that_is_not_there():
    known = {name for name, _ in commands()}
    told = set(re.findall(r"^\| `(rotonde(?: [a-z]+)+)", RUNNING + README, re.MULTILINE))
    assert {each for each in told if not any(f"{name} ".startswith(f"{each} ") for name in known)} == set()
    real = {option for _, command in commands() for option in options(command)} | EVERYWHERE | {"--version"}
    rows = "".join(row_of(name) for name in known)
    assert set(re.findall(r"--[a-z-]+", rows)) - real == set()


def test_the_options_of_every_command_are_told_once():
    assert lacking(["--json", "--help", "--version"], RUNNING) == []
    assert [code for code in ("0 is all well", "2 is always") if code not in RUNNING] == []


def plugins() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the system (the folder's name) and the declaration of each plugin."""
    for path in sorted((*ROOT.glob("taps/*/meltano.yml"), *ROOT.glob("targets/*/meltano.yml"))):
        for kind in YAML(typ="safe").load(path).get("plugins", {}).values():
            yield from ((path.parent.name, each) for each in kind)


def settings() -> Iterator[tuple[str, str, str]]:
    """Give system, plugin and setting."""
    for system, plugin in plugins():
        yield from ((system, plugin["name"], setting["name"]) for setting in plugin.get("settings", ()))


def test_every_setting_of_a_connector_is_on_its_page():
    silent = []
    for system, plugin, setting in settings():
        page = "docs/running.md" if system == "hub" else f"docs/{system}.md"
        silent += [f"{page}: {plugin} {each}" for each in lacking([setting], first_cells(PAGES[page]))]
    assert silent == []


def test_every_variable_of_a_connector_that_we_tell_to_set_is_a_setting():
    declared: dict[str, set[str]] = {}
    for _, name, setting in settings():
        declared.setdefault(name, set()).add(setting)
    for _, plugin in plugins():
        declared.setdefault(plugin["name"], declared.get(plugin.get("inherit_from", ""), set()))
    real = {f"{name}_{each}".replace("-", "_").upper() for name, found in declared.items() for each in found}
    told = {name for page in PAGES.values() for name in re.findall(r"\b((?:TAP|TARGET)_[A-Z_]+)\b", page)}
    assert told - real == set()


@pytest.mark.parametrize("path", sorted(ROOT.glob("taps/*/webhook.yml")), ids=lambda each: each.parent.name)
def test_every_header_and_topic_of_a_webhook_is_told(path: Path):
    hook = read_hook(path)
    named = [*hook.proofs, *(each for each in (hook.delivery, hook.topic) if each)]
    headers = {each.header for each in named if each.header}
    assert lacking(sorted({*headers, *hook.topics, *hook.duties}), PAGES["docs/webhooks.md"]) == []


def test_every_key_and_word_of_a_webhook_file_is_told():
    fields = [item for each in models(Hook, set()) for item in each.model_fields.items()]
    words = {word for _, field in fields for word in choices(field.annotation)}
    assert lacking(sorted({name for name, _ in fields} | words), PAGES["docs/webhooks.md"]) == []


def test_every_key_of_the_mapping_is_told():
    from mappers.canonical.mapper import SETTINGS

    assert lacking(SETTINGS, RUNNING) == []


def models(annotation: Any, seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """Return the models that a type is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
        seen.add(annotation)
        for field in annotation.model_fields.values():
            models(field.annotation, seen)
    for each in typing.get_args(annotation):
        models(each, seen)
    return seen


def choices(annotation: Any) -> Iterator[str]:
    """Give the words that a type counts out."""
    if typing.get_origin(annotation) is typing.Literal:
        yield from typing.get_args(annotation)
    elif not isinstance(annotation, types.FunctionType):
        for each in typing.get_args(annotation):
            yield from choices(each)


@pytest.mark.parametrize("model", [Audience, TraitRule, Sales, *RULE_FILES.values()], ids=lambda each: each.__name__)
def test_every_key_and_word_of_a_rule_file_is_told(model: type[BaseModel]):
    fields = [item for each in models(model, set()) for item in each.model_fields.items()]
    keys = {field.alias or name for name, field in fields}
    words = {word for _, field in fields for word in choices(field.annotation)}
    assert lacking(sorted(keys | words), RULES) == []


def test_every_trait_is_told_as_the_catalogue_says_it():
    rows = [f"| `{trait.name}` | {trait.type} | {trait.meaning} |" for trait in CATALOGUE.values()]
    assert [row for row in rows if row not in RULES.splitlines()] == []


def test_every_fact_way_and_helper_of_a_trait_is_told():
    for kind in KINDS.values():
        row = next(line for line in RULES.splitlines() if line.startswith(f"| `{kind.name}` | "))
        assert [name for name, fact in kind.facts.items() if f"`{name}` ({fact.type})" not in row] == []
        assert row.endswith(f"| `{kind.time}` |")
    assert lacking([*WAYS, *ARGUMENTS, *FUNCTIONS], RULES) == []


def test_every_key_and_word_of_an_offer_is_told():
    page = PAGES["docs/offers.md"]
    keys = {name for each in models(Offer, set()) for name in each.model_fields}
    assert lacking(sorted(keys - {"title"}), page) == []
    assert [row for each in OFFER_WORDS.values()
            if (row := f"| `{each.name}` | {each.type} | {each.meaning} |") not in page] == []  # fmt: skip


def test_every_key_of_an_experiment_is_told():
    assert lacking(sorted(Experiment.model_fields), PAGES["docs/experiments.md"]) == []


def test_the_experiment_in_the_page_can_be_read(tmp_path: Path):
    (block,) = re.findall(r"^   ```yaml\n(.*?)^   ```", PAGES["docs/experiments.md"], re.MULTILINE | re.DOTALL)
    shutil.copytree(ROOT / "sync_rules", tmp_path / "rules")
    told = re.sub("^   ", "", block, flags=re.MULTILINE)
    (tmp_path / "rules" / "experiments" / "second_time.yml").write_text(told, "utf-8")
    assert load_rules(tmp_path / "rules").experiments["second_time"].joining == (3, "months")


def test_the_offer_in_the_page_can_be_read_and_its_examples_hold(tmp_path: Path):
    (block,) = re.findall(r"^   ```yaml\n(.*?)^   ```", PAGES["docs/offers.md"], re.MULTILINE | re.DOTALL)
    shutil.copytree(ROOT / "sync_rules", tmp_path / "rules")
    told = re.sub("^   ", "", block, flags=re.MULTILINE)
    (tmp_path / "rules" / "offers" / "welcome_back.yml").write_text(told, "utf-8")
    rules = load_rules(tmp_path / "rules")
    assert run_offer_examples(rules.offers.values(), rules.catalogue) == []


def test_the_rules_in_the_pages_can_be_read_and_their_examples_hold(tmp_path: Path):
    files = {
        "sources": "consent.yml",
        "fields": "survivorship.yml",
        "accept": "identity.yml",
        "leader": "loyalty.yml",
        "behaviour": "retention.yml",
        "first_of": "priority.yml",
        "owners": "owners.yml",
        "caps": "caps.yml",
        "promotions": "promotions.yml",
        "quiet": "alerts.yml",
    }
    for folder in ("audiences", "traits", "sales"):
        (tmp_path / folder).mkdir()
    blocks = [block for page in (README, RULES) for block in YAML_BLOCK.findall(page)]
    for number, block in enumerate(blocks):
        told = YAML(typ="safe").load(block)
        folder = "traits" if told.keys() & {"take", "cases", "quintile", "also_bought"} else "audiences"
        folder = "sales" if "of" in told and folder == "audiences" else folder
        quiet = (
            "gone_quiet" if told.get("description", "").startswith("Good customers we have not") else f"told_{number}"
        )
        name = files.get(next(iter(told)), f"{folder}/{quiet}.yml")
        (tmp_path / name).write_text(block, "utf-8")
    for name in ("abandoned_basket", "thank_you"):  # the priorities that are told name them
        shutil.copy(ROOT / "sync_rules" / "audiences" / f"{name}.yml", tmp_path / "audiences")
    for name in ("has_open_basket", "basket_left_at"):
        shutil.copy(ROOT / "sync_rules" / "traits" / f"{name}.yml", tmp_path / "traits")
    rules = load_rules(tmp_path)
    assert len(rules.audiences) >= 2
    assert rules.traits
    assert rules.sales
    assert rules.consent.sources
    assert rules.survivorship.fields
    assert rules.identity.identifiers
    assert rules.loyalty.earn
    assert [str(each) for each in run_examples(rules)] == []


def test_every_make_target_is_told_and_nothing_else():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    told = set(re.findall(r"(?:^|`)make ([a-z-]+)", README + CONTRIBUTING, re.MULTILINE))
    assert targets == told


def variables(*folders: str) -> set[str]:
    """Return the ROTONDE_ variables that the code of some folders names."""
    texts = (path.read_text("utf-8") for each in folders for path in (ROOT / each).rglob("*.py"))
    return {name for text in texts for name in re.findall(r"\bROTONDE_[A-Z_]+", text)}


def test_every_environment_variable_is_told_and_nothing_else():
    read = variables("plugins", "taps", "targets", "mappers")
    assert lacking(sorted(read - {"ROTONDE_CRASH"}), RUNNING) == []
    assert lacking(["ROTONDE_CRASH"], CONTRIBUTING) == []
    told = {name for page in PAGES.values() for name in re.findall(r"\bROTONDE_[A-Z_]+", page)}
    assert told - read - variables("tests") == set()


def test_every_state_of_the_journal_is_told():
    states = str(push.c.state.comment).split(", ")
    assert [each for each in states if f"| `{each}` |" not in RUNNING] == []


def test_every_reason_of_the_quarantine_is_told():
    rooms = ("plugins/store", "mappers", "targets/hub")
    text = "".join(path.read_text("utf-8") for room in rooms for path in sorted((ROOT / room).rglob("*.py")))
    reasons = set(re.findall(r'(?:Unreadable|BadRecord)\("([a-z_]+)"', text))
    reasons |= set(re.findall(r'\b_?broken(?:_line)?\([^"\n]*(?:"\?"[^"\n]*)?"([a-z_]+)"', text))
    assert {"malformed_json", "batch_not_supported", "wrong_type"} <= reasons
    assert lacking(sorted(reasons), RUNNING) == []


def section(page: str, heading: str) -> str:
    return page.split(f"### {heading}\n", 1)[1].split("\n#", 1)[0]


@pytest.mark.parametrize("system", STAND_INS)
def test_every_act_of_a_stand_in_is_told_with_what_it_takes(system: str):
    kind = STAND_INS[system]
    acts = {name: member for name in dir(kind) if getattr(member := getattr(kind, name), "__act__", False)}
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section(SANDBOX, system), re.MULTILINE))
    assert rows.keys() == acts.keys()
    for name, member in acts.items():
        params = list(inspect.signature(member).parameters.values())[1:]
        named = [each.name for each in params if each.kind is not each.VAR_KEYWORD]
        assert re.findall(r"`(\w+)`", rows[name]) == named, name


def test_every_key_of_a_fault_is_told():
    assert lacking([field.name for field in dataclasses.fields(Fault)], SANDBOX) == []


def test_the_keys_of_the_sandbox_are_those_it_takes():
    from plugins.sandbox.tilroy.gateway import Gateway

    taken = [Gateway.tenant_key, Gateway.gateway_key, Gateway.bearer]
    asked = ("api_key", "list_id", "store_id")
    taken += [str(field.default) for field in dataclasses.fields(Mailchimp) if field.name in asked]
    taken += [
        str(field.default) for field in dataclasses.fields(Meta) if field.name.endswith(("_id", "_token", "_secret"))
    ]
    taken += [str(field.default) for field in dataclasses.fields(Shopify) if field.name == "shop"]
    taken += [Channable.token, str(Channable.company_id), str(Channable.project_id)]
    named = ("property_id", "measurement_id", "api_secret", "client_email")
    taken += [str(field.default) for field in dataclasses.fields(GoogleAnalytics) if field.name in named]
    assert lacking(taken, SANDBOX) == []


def test_the_page_of_the_store_is_up_to_date():
    assert docs.PAGE.read_text("utf-8") == docs.page(), "run 'python -m plugins.store.docs'"


def anchors(page: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str):
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", PAGES[name]):
        target, _, anchor = link.partition("#")
        if ":" in target:
            continue
        path = (ROOT / name).parent / target if target else ROOT / name
        page = path.read_text("utf-8") if path.suffix == ".md" and path.exists() else ""
        if not path.exists() or (anchor and anchor not in anchors(page)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize(
    "system",
    sorted(
        {path.parent.name for kind in ("taps", "targets") for path in (ROOT / kind).glob("*/meltano.yml")} - {"hub"}
    ),
)
def test_the_page_of_channels_has_every_system_in_both_tables(system: str):
    page = PAGES["docs/channels.md"]
    assert page.count(f"]({system}.md)") >= 2
