"""Who may import whom: the house as design draws it, as an explicit list of edges."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = (
    "taps.hub", "targets.hub", "taps", "targets", "mappers", "plugins.api", "plugins.hub", "plugins.rules",
    "plugins.store", "plugins.identifiers", "plugins.wire", "plugins.sandbox", "plugins.demo",
    "plugins.feeds", "plugins.offers", "plugins.experiments", "plugins.scheduler", "plugins.alerts",
    "plugins.console", "plugins.lane", "plugins.observe", "plugins.health",
)  # fmt: skip
MAY_IMPORT: dict[str, set[str]] = {
    "plugins.observe": set(),
    "taps": {"plugins.wire", "plugins.identifiers"},
    "targets": {"plugins.wire", "plugins.identifiers"},
    "taps.hub": {"plugins.hub", "mappers", "plugins.store", "plugins.rules", "plugins.wire", "plugins.identifiers"},
    "targets.hub": {"plugins.hub", "mappers", "plugins.store", "plugins.wire", "plugins.identifiers"},
    "mappers": {"plugins.rules", "plugins.store", "plugins.identifiers"},
    "plugins.hub": {
        "mappers",
        "plugins.experiments",
        "plugins.feeds",
        "plugins.observe",
        "plugins.offers",
        "plugins.rules",
        "plugins.store",
        "plugins.wire",
        "plugins.identifiers",
    },
    "plugins.feeds": {"plugins.rules", "plugins.store"},
    "plugins.experiments": {"plugins.rules", "plugins.store"},
    "plugins.offers": {"plugins.feeds", "plugins.rules", "plugins.store"},
    "plugins.health": {
        "plugins.hub",
        "plugins.observe",
        "plugins.scheduler",
        "mappers",
        "plugins.rules",
        "plugins.store",
        "plugins.wire",
    },
    "plugins.api": {
        "plugins.health",
        "plugins.hub",
        "plugins.offers",
        "plugins.observe",
        "mappers",
        "plugins.rules",
        "plugins.store",
        "plugins.wire",
        "plugins.identifiers",
    },
    "plugins.lane": {
        "plugins.api",
        "plugins.hub",
        "targets.hub",
        "mappers",
        "plugins.rules",
        "plugins.store",
        "plugins.wire",
    },
    "plugins.console": {
        "plugins.alerts",
        "mappers",
        "plugins.experiments",
        "plugins.feeds",
        "plugins.hub",
        "plugins.identifiers",
        "plugins.offers",
        "plugins.rules",
        "plugins.scheduler",
        "plugins.store",
        "plugins.wire",
    },
    "plugins.alerts": {"plugins.hub", "plugins.scheduler", "plugins.rules", "plugins.store"},
    "plugins.scheduler": {"plugins.hub", "plugins.observe", "plugins.rules", "plugins.store"},
    "plugins.rules": {"plugins.store"},
    "plugins.store": set(),
    "plugins.identifiers": set(),
    "plugins.wire": {"plugins.observe"},
    "plugins.sandbox": set(),
    "plugins.demo": {
        "plugins.console",
        "plugins.hub",
        "mappers",
        "plugins.rules",
        "plugins.store",
        "plugins.wire",
        "plugins.identifiers",
    },
}
OURS = ("taps", "targets", "mappers", "plugins")


def _room(module: str) -> str | None:
    return next((room for room in ROOMS if module == room or module.startswith(f"{room}.")), None)


def _connector(module: str) -> str | None:
    kind, _, rest = module.partition(".")
    return f"{kind}.{rest.partition('.')[0]}" if kind in ("taps", "targets") and rest else None


def _modules() -> Iterator[tuple[str, Path]]:
    for top in OURS:
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports as the path on disk, not relative ones"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _edges() -> Iterator[tuple[str, str, str]]:
    for module, path in _modules():
        for imported in _imports(path):
            if imported.partition(".")[0] in OURS:
                yield module, imported, path.relative_to(ROOT).as_posix()


def test_every_import_follows_a_permitted_edge():
    wrong = [
        f"{path}: {_room(module)} must not import {imported}"
        for module, imported, path in _edges()
        if (mine := _room(module)) and (other := _room(imported)) and mine != other and other not in MAY_IMPORT[mine]
    ]
    assert wrong == []


def test_no_connector_knows_another():
    wrong = [
        f"{path}: imports {imported}"
        for module, imported, path in _edges()
        if (mine := _connector(module)) and (other := _connector(imported)) and mine != other
    ]
    assert wrong == []


def test_the_rooms_have_no_circles():
    remaining = {room: set(edges) for room, edges in MAY_IMPORT.items()}
    while free := [room for room, edges in remaining.items() if not edges & remaining.keys()]:
        for room in free:
            del remaining[room]
    assert remaining == {}


def test_every_module_lives_in_a_room():
    homeless = [module for module, _ in _modules() if _room(module) is None and "." in module]
    assert homeless == []
