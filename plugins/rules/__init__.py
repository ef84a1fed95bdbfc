"""The language of `sync_rules/`: strict models, complaints with a place, conditions and the trait catalogue."""

from plugins.rules.catalogue import CATALOGUE, DUCKDB_TYPES, Catalogue, Trait
from plugins.rules.compiled import Condition
from plugins.rules.complaint import Complaint, RulesError
from plugins.rules.condition import compile_condition
from plugins.rules.consent import ConsentField, ConsentRules
from plugins.rules.examples import run_examples
from plugins.rules.identity import Identity, IdentityModel
from plugins.rules.load import Rules, load_rules
from plugins.rules.models import Audience, Survival, Survivorship
from plugins.rules.schemas import editor_schemas

__all__ = [
    "CATALOGUE",
    "DUCKDB_TYPES",
    "Audience",
    "Catalogue",
    "Complaint",
    "Condition",
    "ConsentField",
    "ConsentRules",
    "Identity",
    "IdentityModel",
    "Rules",
    "RulesError",
    "Survival",
    "Survivorship",
    "Trait",
    "compile_condition",
    "editor_schemas",
    "load_rules",
    "run_examples",
]
