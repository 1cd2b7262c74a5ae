"""Imports go one way, so that each part can be understood and tested without the ones above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "tuningkit"
# A part may import itself, what is listed here, `_preload`, which is about starting up, and `limits`, which asks the
# system what there is.
MAY_IMPORT = {
    "labs": {"plots", "tools", "training", "search", "optimizers", "teaching", "datasets", "models"},
    "search": {"training", "datasets", "models"},
    "plots": {"training", "datasets", "models"},
    "teaching": {"training", "datasets", "models"},
    "tools": {"search", "training", "datasets", "models"},
    "training": {"datasets", "models"},
    "datasets": set(),
    "models": set(),
    "optimizers": {"training", "datasets", "models", "_quiet_stderr"},
    "server": set(),
    "_preload": {"_import_guard", "_quiet_stderr"},
    "_import_guard": set(),
    "limits": set(),
    "_quiet_stderr": set(),
}
# The doors of the package may open every part.
DOORS = {"__init__", "__main__", "cli", "doctor"}
# `run.plot()`, `run.to_tensorboard()` and the like are public: they hand over when called, never when imported.
WHEN_CALLED = {
    ("training/run.py", "plots"),
    ("training/results.py", "plots"),
    ("search/trials.py", "plots"),
    ("search/population.py", "plots"),
    ("training/exchange.py", "tools"),
    ("search/exchange.py", "tools"),
    ("optimizers/range_record.py", "plots"),
    ("optimizers/path_record.py", "plots"),
    ("optimizers/noise_record.py", "plots"),
}


def part_of(path: Path, package: Path) -> str:
    return path.relative_to(package).with_suffix("").parts[0]


def imported_parts(path: Path, package: Path) -> Iterator[tuple[str, bool]]:
    """Yield the part of tuningkit that each import statement reaches for, and whether it stands in a function."""
    inside = ["tuningkit", *path.relative_to(package).parent.parts]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    deferred = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = inside[: len(inside) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{stem}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            root, _, rest = name.partition(".")
            if root == "tuningkit":
                yield rest.partition(".")[0], id(node) in deferred


def violations(package: Path) -> list[str]:
    found = []
    for path in sorted(package.rglob("*.py")):
        part = part_of(path, package)
        if part in DOORS:
            continue
        file = path.relative_to(package).as_posix()
        allowed = MAY_IMPORT.get(part, set()) | {part, "_preload", "limits", ""}
        for target, when_called in imported_parts(path, package):
            if target not in allowed and not (when_called and (file, target) in WHEN_CALLED):
                found.append(f"{file} imports tuningkit.{target}")
    return found


def test_imports_go_one_way():
    assert violations(PACKAGE) == []


def test_every_part_of_the_package_has_its_rule():
    parts = {part_of(path, PACKAGE) for path in PACKAGE.rglob("*.py")}
    assert parts <= MAY_IMPORT.keys() | DOORS


def test_no_rule_lets_two_parts_import_each_other():
    for part, targets in MAY_IMPORT.items():
        for target in targets:
            assert part not in MAY_IMPORT.get(target, set()), f"{part} and {target}"


@pytest.mark.parametrize(
    "line",
    [
        "from tuningkit.labs import TuningLab",
        "import tuningkit.labs",
        "from tuningkit import labs",
        "from ..labs import TuningLab",
        "def f():\n    from tuningkit.labs import TuningLab",
        "from tuningkit import plots",
    ],
)
def test_a_wrong_import_is_found(tmp_path, line):
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "run.py").write_text(line)
    assert len(violations(tmp_path)) == 1
