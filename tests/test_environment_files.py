"""pyproject.toml, requirements.txt, environment.yml, binder/ and the hooks describe one and the same environment."""

from __future__ import annotations

import os
import platform
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONDA_FILES = ["environment.yml", "binder/environment.yml"]
# The machines and versions the package supports, as the markers name them.
PLATFORMS = [
    {"platform_system": "Linux", "sys_platform": "linux", "os_name": "posix", "platform_machine": "x86_64"},
    {"platform_system": "Linux", "sys_platform": "linux", "os_name": "posix", "platform_machine": "aarch64"},
    {"platform_system": "Darwin", "sys_platform": "darwin", "os_name": "posix", "platform_machine": "arm64"},
    {"platform_system": "Windows", "sys_platform": "win32", "os_name": "nt", "platform_machine": "AMD64"},
]
PYTHONS = [("3.11", "3.11.7"), ("3.12", "3.12.4")]


def environments() -> list[dict[str, str]]:
    return [
        {**system, "python_version": short, "python_full_version": full, "implementation_name": "cpython"}
        for system in PLATFORMS
        for short, full in PYTHONS
    ]


def applies(requirement: Requirement, environment: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": "", **environment})


def pins() -> list[Requirement]:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def pinned(environment: dict[str, str]) -> dict[str, str]:
    """Map each package to its exact version on one kind of machine."""
    found = {}
    for requirement in pins():
        if applies(requirement, environment):
            (exact,) = requirement.specifier
            assert exact.operator == "==", requirement
            assert canonicalize_name(requirement.name) not in found, f"two versions of {requirement.name}"
            found[canonicalize_name(requirement.name)] = exact.version
    return found


@pytest.mark.parametrize("environment", environments(), ids=lambda e: "-".join(e.values()))
def test_every_direct_dependency_is_pinned_within_its_range(environment):
    versions = pinned(environment)
    for requirement in map(Requirement, PROJECT["project"]["dependencies"]):
        name = canonicalize_name(requirement.name)
        if applies(requirement, environment):
            assert requirement.specifier.contains(versions[name]), (
                f"{requirement} but {versions[name]} is pinned"
            )
        else:
            assert name not in versions


def test_every_pin_is_what_is_installed_here():
    """`uv run` resolves by date, `pip install -r` by list: both must arrive at the same versions."""
    here = {
        "platform_system": platform.system(),
        "sys_platform": sys.platform,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "python_full_version": platform.python_version(),
        "implementation_name": sys.implementation.name,
    }
    installed = {name: metadata.version(name) for name in pinned(here)}
    assert installed == pinned(here)


def test_requirements_name_no_address_and_no_path():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|^-|^\.|^/|--index|--find-links|@ ", text, flags=re.MULTILINE | re.IGNORECASE)


@pytest.mark.parametrize("file", CONDA_FILES)
def test_conda_files_install_the_pinned_set_on_the_tested_python(file):
    path = ROOT / file
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert content["name"] == PROJECT["project"]["name"]
    assert content["channels"] == ["conda-forge"]
    plain = [entry for entry in content["dependencies"] if isinstance(entry, str)]
    (pip,) = [entry["pip"] for entry in content["dependencies"] if isinstance(entry, dict)]
    # Both conda and micromamba resolve what pip is told relative to the folder of the environment file.
    (listed,) = [entry.removeprefix("-r ") for entry in pip if entry.startswith("-r ")]
    assert (path.parent / listed).resolve() == ROOT / "requirements.txt"
    # mybinder.org understands `python=X.Y` only.
    (python,) = [entry for entry in plain if entry.startswith("python")]
    version = re.fullmatch(r"python=(\d+\.\d+)", python)[1]
    assert SpecifierSet(PROJECT["project"]["requires-python"]).contains(f"{version}.7")
    assert version == "3.11"
    assert set(plain) == {python, "pip"}, "everything else comes from requirements.txt"


def test_both_conda_files_install_tuningkit_itself_without_touching_the_pins():
    local = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"][-1]["pip"]
    assert "-e ." in local
    script = ROOT / "binder" / "postBuild"
    assert "pip install --no-deps -e ." in script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)


def test_the_classifiers_and_the_range_of_python_agree():
    listed = {
        line.rsplit(" ", 1)[1]
        for line in PROJECT["project"]["classifiers"]
        if line.startswith("Programming Language :: Python :: 3.")
    }
    allowed = SpecifierSet(PROJECT["project"]["requires-python"])
    assert listed == {f"3.{minor}" for minor in range(5, 30) if allowed.contains(f"3.{minor}.1")}


def test_a_wheel_carries_the_lessons_where_the_command_looks_for_them():
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {"notebooks": "tuningkit/_notebooks"}


def test_hooks_run_the_ruff_of_the_environment():
    """A hook with a version of its own would sooner or later disagree with CI."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    assert {hook["id"] for hook in hooks} == {"ruff-check", "ruff-format"}
    for hook in hooks:
        assert hook["entry"].startswith("uv run ruff ")
        assert hook["language"] == "system"
    assert any(Requirement(line).name == "ruff" for line in PROJECT["dependency-groups"]["dev"])


def test_ci_runs_the_commands_the_readme_gives():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "pip install uv && uv run pytest" in readme
    assert "pip install uv && uv run tuningkit" in readme
    assert script.rstrip().endswith("\nuv run pytest")
    for command in ("uv run ruff check", "uv run ruff format --check", "chromium --version"):
        assert f"\n{command}" in script
