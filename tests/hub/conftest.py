"""A JupyterHub with two learners at work in Chromium, for the tests of this folder."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
BROWSER = HERE.parent / "browser"


def _load(path: Path) -> ModuleType:
    # Test folders are no packages, so a file beside this one, or of the browser tests, is loaded by its path; once.
    known = f"tuningkit_{path.parent.name}_{path.stem}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, path)
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


@pytest.fixture(scope="session")
def harness() -> ModuleType:
    """The browser tests' own way with a notebook."""
    return _load(BROWSER / "harness.py")


@pytest.fixture(scope="session")
def learner_page(harness: ModuleType) -> ModuleType:
    """A learner's notebook behind the hub."""
    return _load(HERE / "learner_page.py")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A JupyterHub that Ada and Grace may use, with the first lesson in both homes."""
    server = _load(HERE / "hub_server.py")
    try:
        proxy = server.install_proxy()
    except server.MissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    settings = _load(BROWSER / "lab_server.py").SETTINGS
    notebook = HERE.parents[1] / "notebooks" / "00_start_here.ipynb"
    running = server.Hub(tmp_path_factory.mktemp("hub"), proxy, ["ada", "grace"], notebook, settings)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def chromium(harness: ModuleType) -> Iterator[Browser]:
    """One browser; each learner gets a context of it, with cookies of its own."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=harness.chromium_path(), args=harness.CHROMIUM_FLAGS
        )
        yield running
        running.close()
