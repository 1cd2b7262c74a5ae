"""Fixtures for tests that drive JupyterLab; `harness.py` beside this file says what they offer."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Browser, expect, sync_playwright


def _load(name: str) -> ModuleType:
    # Test folders are no packages, so a file beside this one is loaded by its path; once, for all test files.
    known = f"tuningkit_browser_{name}"
    if known not in sys.modules:
        spec = importlib.util.spec_from_file_location(known, Path(__file__).with_name(f"{name}.py"))
        sys.modules[known] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


lab_server = _load("lab_server")
harness = _load("harness")
_OPEN: list[Any] = []
# Playwright's own five seconds are short for a busy machine. What is there already does not wait for them.
expect.set_options(timeout=60_000)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    outcome = yield
    if outcome.get_result().failed and call.when != "teardown":
        for number, page in enumerate(page for lab in _OPEN for page in lab.pages):
            page.screenshot(re.sub(r"\W+", "-", f"FAILED-{item.name}-{number}"))


@pytest.fixture(scope="session")
def visits() -> ModuleType:
    """What is done in each lesson after it ran."""
    return _load("lesson_visits")


@pytest.fixture(scope="session")
def lab_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[bool], Any]]:
    """One server without preloading and, where a test asks for it, one with."""
    running: dict[bool, Any] = {}

    def server_for(preload: bool) -> Any:
        if preload not in running:
            running[preload] = lab_server.LabServer(tmp_path_factory.mktemp("lab"), preload=preload)
        return running[preload]

    yield server_for
    for server in running.values():
        server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium per test file: while Playwright is active no other test could run an event loop."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=harness.chromium_path(), args=harness.CHROMIUM_FLAGS
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def open_lab(
    browser: Browser, lab_servers: Callable[[bool], Any]
) -> Callable[[str], AbstractContextManager[Any]]:
    """A context that opens notebooks; when it is left, their pages are closed and their kernels end."""

    @contextmanager
    def opened(name: str) -> Iterator[Any]:
        lab = harness.Lab(browser, lab_servers, name)
        _OPEN.append(lab)
        try:
            yield lab
        finally:
            _OPEN.remove(lab)
            lab.close()

    return opened


@pytest.fixture
def lab(
    open_lab: Callable[[str], AbstractContextManager[Any]], request: pytest.FixtureRequest
) -> Iterator[Any]:
    """Opens notebooks; afterwards the test fails if a page logged an error that it did not allow."""
    with open_lab(request.node.name) as opened:
        yield opened
        errors = opened.console_errors()
    assert not errors, "The browser's console has errors:\n" + "\n".join(errors)


@pytest.fixture(scope="module")
def one_notebook(
    open_lab: Callable[[str], AbstractContextManager[Any]], request: pytest.FixtureRequest
) -> Iterator[Any]:
    """One page and one kernel for the tests of a file."""
    with open_lab(request.module.__name__.rpartition(".")[2]) as opened:
        yield harness.OneNotebook(opened)


@pytest.fixture
def notebook(one_notebook: Any) -> Iterator[Any]:
    """The file's notebook, for this test's own cells; afterwards as strict about errors as `lab`."""
    page = one_notebook.page
    known = len(page.console_errors) if page else 0
    yield one_notebook
    errors = one_notebook.lab.console_errors()[known:]
    assert not errors, "The browser's console has errors:\n" + "\n".join(errors)
