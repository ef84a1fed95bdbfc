"""A folder of rules: read whole, or refused with everything that is wrong."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from plugins.rules import editor_schemas, load_rules, run_examples
from plugins.rules.models import RULE_FILES, TIERS
from plugins.rules.schemas import write_schemas
from tests.plugins.rules.files import complaints, written

GOOD = """\
description: Good customers we have not seen for a season.
where: order_count >= 2 and last_order_at < ago('90 days')
to:
  mailchimp: {as: tag, fields: {FNAME: first_name}}
holdout: 10%
guard: {shrink: 30%, grow: 300%}
examples:
- {title: quiet, given: {order_count: 2, last_order_at: 120 days ago}, expect: in}
- {title: busy, given: {order_count: 2, last_order_at: 2026-06-30}, expect: out}
"""
CONSENT = """\
sources:
  web:
  - field: optin
    channel: email
    purpose: marketing
    role: origin
    values: {'yes': granted, 'no': withdrawn}
    wording: form 7
    time: {fact: at}
    place: web form
    needs: [at]
"""
SURVIVORSHIP = """\
fields:
  first_name: {prefer: [till, web], then: most_recent}
tiers:
  primary: [email, phone]
  tertiary: [gender, language]
"""
IDENTITY = """\
accept: 2.5
veto: -10
masks: [verkopen.bol.com]
identifiers:
  email: {max_surnames: 6, placeholders: [geen@email.nl]}
"""
BOOKS = """\
description: Books for who was away.
audience: quiet
benefit: {percent: 10%}
products: category = 'Boeken'
redeem: [woocommerce]
valid: 14 days
texts:
  mailchimp: {OFFER: 'Met {{ code }}'}
examples:
- {title: somebody, given: {code: ABCD}, expect: {OFFER: Met ABCD}}
"""
FILES = {
    "audiences/quiet.yml": GOOD,
    "consent.yml": CONSENT,
    "survivorship.yml": SURVIVORSHIP,
    "identity.yml": IDENTITY,
    "retention.yml": "behaviour: 6 months\nprofiles: 1 year\n",
    "offers/books.yml": BOOKS,
}


def folder(root: Path, **changed: str) -> Path:
    return written(root, {**FILES, **changed})


A, C, S, I, _, _ = FILES  # noqa: E741
CASES: list[dict[str, Any]] = YAML(typ="safe").load(
    (Path(__file__).parents[2] / "bad_inputs" / "rules.yaml").read_text("utf-8")
)


def changed(root: Path, file: str, stands: str, instead: str) -> Path:
    """Write the good folder with something else in one file."""
    assert stands == "*" or stands in FILES[file]
    text = instead if stands == "*" else FILES[file].replace(stands, instead, 1)
    return folder(root, **{file: text})


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_says_where_it_is_wrong_and_what_to_do(tmp_path: Path, case: dict[str, Any]) -> None:
    rules = changed(tmp_path, **case["input"])
    if case["expected"] == "@ok":
        load_rules(rules)
        return
    said = complaints(rules)
    start = f"sync_rules/{case['input']['file']}:{case['expected']}"
    assert any(line.startswith(start) for line in said), said
    assert all("; " in line for line in said)


def test_a_field_is_declared_once(tmp_path: Path) -> None:
    said = complaints(folder(tmp_path, **{C: CONSENT + CONSENT.split("\n", 2)[2]}))
    assert said == ["sync_rules/consent.yml:12:12: optin: declared twice; remove one of them"]


def test_says_all_mistakes_of_all_files_at_once(tmp_path: Path) -> None:
    bad = {A: GOOD.replace("tag", "tga").replace("holdout: 10%", "holdout: 10"), I: "identifiers: 5\n", C: "a: [1\n"}
    said = complaints(folder(tmp_path, **bad))
    assert [line.split(":")[0] for line in said] == [f"sync_rules/{file}" for file in (A, A, C, I)]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("consents.yml", "sync_rules/consents.yml:1:1: unknown rule file; did you mean 'consent.yml'?"),
        ("audience/x.yml", "sync_rules/audience/x.yml:1:1: unknown kind of rule 'audience'; did you mean 'audiences'?"),
        ("audiences/x.yaml", "sync_rules/audiences/x.yaml:1:1: rule files end in .yml; rename it to x.yml"),
        ("audiences/old/x.yml", "sync_rules/audiences/old/x.yml:1:1: rules have no folders within folders; move it"),
    ],
)  # fmt: skip
def test_a_file_that_nobody_reads_is_a_mistake(tmp_path: Path, name: str, complaint: str) -> None:
    (said,) = complaints(folder(tmp_path, **{name: GOOD}))
    assert said.startswith(complaint)


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    assert complaints(tmp_path / "rules") == ["rules:1:1: there is no such folder; name the folder with the rules"]


def test_reads_good_rules(tmp_path: Path) -> None:
    rules = load_rules(folder(tmp_path))
    audience = rules.audiences["quiet"]
    assert (audience.holdout, audience.guard.shrink, audience.guard.grow) == (10, 30, 300)
    assert (audience.to["mailchimp"].kind, audience.to["mailchimp"].fields) == ("tag", {"FNAME": "first_name"})
    assert rules.conditions["quiet"].traits == {"order_count", "last_order_at"}
    assert (rules.identity.accept, rules.identity.veto, rules.identity.review) == (2.5, -10, 0)
    assert rules.identity.identifiers["email"].placeholders == ["geen@email.nl"]
    assert rules.identity_model.comparisons == {}
    assert rules.survivorship.rule("first_name").prefer == ["till", "web"]
    assert rules.survivorship.rule("city").then == "most_recent"
    assert rules.survivorship.tiers.fields["primary"] == ["email", "phone"]
    assert run_examples(rules) == []


def test_a_tier_that_is_not_there_keeps_its_built_in_fields(tmp_path: Path) -> None:
    tiers = load_rules(folder(tmp_path, **{S: "tiers: {primary: [email, city]}\n"})).survivorship.tiers.fields
    assert tiers == {
        "primary": ["email", "city"],
        "secondary": ["street", "house_number", "postcode", "birth_date"],
        "tertiary": ["language", "gender", "store_id"],
    }
    assert load_rules(folder(tmp_path, **{S: SURVIVORSHIP.split("tiers")[0]})).survivorship.tiers.fields == TIERS


def test_the_version_follows_the_tiers(tmp_path: Path) -> None:
    version = load_rules(folder(tmp_path)).version
    assert load_rules(folder(tmp_path, **{S: SURVIVORSHIP.replace("phone]", "card]")})).version != version


def test_what_is_not_declared_means_nothing(tmp_path: Path) -> None:
    consent = load_rules(folder(tmp_path)).consent
    optin = consent.meaning_of("web", "optin")
    assert optin is not None
    assert [optin.meaning(value) for value in ("YES ", "no", "perhaps", "", None)] == [
        "granted", "withdrawn", "nothing", "nothing", "nothing",
    ]  # fmt: skip
    assert optin.time_fact("granted") == "at"
    assert optin.wording is not None
    assert optin.wording.said({}) == "form 7"
    assert consent.meaning_of("web", "other") is None
    assert consent.meaning_of("till", "optin") is None


def test_no_rules_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "sync_rules").mkdir()
    rules = load_rules(tmp_path / "sync_rules")
    assert (rules.audiences, rules.consent.sources, rules.identity.identifiers) == ({}, {}, {})


def test_an_example_that_fails_says_where(tmp_path: Path) -> None:
    rules = load_rules(folder(tmp_path, **{A: GOOD.replace("expect: in}", "expect: out}")}))
    assert [str(each) for each in run_examples(rules)] == [
        "sync_rules/audiences/quiet.yml:8:80: quiet: expected out, is in; correct the condition or the example"
    ]


def test_the_version_follows_the_meaning_and_not_the_layout(tmp_path: Path) -> None:
    version = load_rules(folder(tmp_path / "a")).version
    assert load_rules(folder(tmp_path / "b", **{A: f"# a remark\n{GOOD}"})).version == version
    assert load_rules(folder(tmp_path / "c", **{A: GOOD.replace("10%", "20%")})).version != version
    assert load_rules(folder(tmp_path / "d", **{"audiences/other.yml": GOOD})).version != version


def test_editors_get_a_schema_of_each_kind() -> None:
    schemas = editor_schemas()
    kinds = {
        "audience",
        "trait",
        "feed",
        "feed_rules",
        "offer",
        "experiment",
        "text",
        "sale",
        "note",
        *(name.removesuffix(".yml") for name in RULE_FILES),
    }
    assert set(schemas) == kinds
    assert all(schema["additionalProperties"] is False for schema in schemas.values())


def test_the_schemas_we_ship_are_those_of_the_models(tmp_path: Path) -> None:
    (tmp_path / ".schema").mkdir()
    for path in (SHIPPED / ".schema").glob("*.json"):
        shutil.copy(path, tmp_path / ".schema")
    assert write_schemas(tmp_path) == []


def test_a_percent_is_a_text_to_an_editor() -> None:
    shape = editor_schemas()["audience"]
    assert shape["properties"]["holdout"]["pattern"] == r"^\d{1,6}%$"
    assert shape["$defs"]["Guard"]["properties"]["shrink"]["anyOf"][0]["type"] == "string"


SHIPPED = Path(__file__).parents[3] / "sync_rules"


def test_the_rules_we_ship_keep_their_own_examples() -> None:
    rules = load_rules(SHIPPED)
    assert len(rules.audiences) >= 3
    assert all(len(audience.examples) >= 3 for audience in rules.audiences.values())
    assert run_examples(rules) == []


def test_the_rules_we_ship_read_consent_as_its_sources_mean_it() -> None:
    consent = load_rules(SHIPPED).consent
    mailchimp = consent.meaning_of("mailchimp", "status")
    assert mailchimp is not None
    statuses = ["subscribed", "unsubscribed", "cleaned", "pending", "transactional"]
    meanings = ["granted", "withdrawn", "blocked", "pending", "nothing"]
    assert [mailchimp.meaning(status) for status in statuses] == meanings
    assert (mailchimp.time_fact("granted"), mailchimp.time_fact("withdrawn")) == ("timestamp_opt", "last_changed")
    unsubscribe = consent.meaning_of("mailchimp", "unsubscribe")
    assert unsubscribe is not None
    assert unsubscribe.meaning("unsubscribed") == "withdrawn"
    assert all("granted" not in each.values.values() for each in consent.sources["tilroy"])
    assert consent.meaning_of("mailchimp", "marketing_permissions") is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("first_of: [[quiet, qiet]]", "1:20: qiet: no such audience; did you mean 'quiet'?"),
        ("first_of: [[quiet, other, quiet]]", "1:27: quiet: stands twice in the list; remove one of them"),
        ("first_of: [[quiet, other], [other, quiet]]", "1:13: quiet: comes before other in one list and after it"),
        ("first_of: [[quiet]]", "1:12: first_of: is empty; write at least one"),
        ("first: [[quiet, other]]", "1:1: first: unknown key; did you mean 'first_of'?"),
    ],
)
def test_a_priority_that_cannot_be_kept_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    said = complaints(folder(tmp_path, **{"audiences/other.yml": GOOD, "priority.yml": f"{text}\n"}))
    assert any(line.startswith(f"sync_rules/priority.yml:{complaint}") for line in said), said
