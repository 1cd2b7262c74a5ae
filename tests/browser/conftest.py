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
from playwright.sync_api import Browser, Playwright, expect, sync_playwright


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
HERE = Path(__file__).parent
_OPEN: list[Any] = []
# Playwright's own five seconds are short for a busy machine. What is there already does not wait for them.
expect.set_options(timeout=60_000)


class Running:
    """Chromium, and the notebook that the files share.

    While Playwright is active no other test could run an event loop or a Playwright of its own. So both end before a
    test that is not in this folder.
    """

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._chromium: Browser | None = None
        self.notebook: Any = None
        self.failed = False

    def chromium(self) -> Browser:
        """Chromium, begun when it is first asked for."""
        if self._playwright is None:
            self._playwright = sync_playwright().start()
        if self._chromium is None or not self._chromium.is_connected():
            self.notebook = None
            self._chromium = self._playwright.chromium.launch(
                executable_path=harness.chromium_path(), args=harness.CHROMIUM_FLAGS
            )
        return self._chromium

    def stop(self) -> None:
        """End the shared notebook and Chromium, if they are there."""
        if self.notebook is not None:
            self.notebook.drop()
            self.notebook = None
        if self._chromium is not None:
            self._chromium.close()
            self._chromium = None
        if self._playwright is not None:
            self._playwright.stop()
            self._playwright = None


_RUNNING = Running()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    outcome = yield
    if outcome.get_result().failed:
        _RUNNING.failed = True
        if call.when != "teardown":
            for number, page in enumerate(page for lab in _OPEN for page in lab.pages):
                page.screenshot(re.sub(r"\W+", "-", f"FAILED-{item.name}-{number}"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    yield
    if nextitem is None or nextitem.path.parent != HERE:
        _RUNNING.stop()


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
            running[preload] = lab_server.LabServer(
                tmp_path_factory.mktemp("lab"), preload=preload, one_thread=True
            )
        return running[preload]

    yield server_for
    for server in running.values():
        server.stop()


@pytest.fixture(scope="session")
def running(lab_servers: Callable[[bool], Any]) -> Iterator[Running]:
    """What the files share; it ends before the servers do."""
    yield _RUNNING
    _RUNNING.stop()


@pytest.fixture(scope="module")
def browser(running: Running) -> Browser:
    """One Chromium for all files."""
    return running.chromium()


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
def one_notebook(browser: Browser, running: Running, lab_servers: Callable[[bool], Any]) -> Iterator[Any]:
    """One page and one kernel for all files; after a failure the next file gets new ones."""
    if running.notebook is None:
        running.notebook = harness.OneNotebook(harness.Lab(browser, lab_servers, "one-notebook"))
    running.notebook.clear()
    running.failed = False
    _OPEN.append(running.notebook.lab)
    yield running.notebook
    _OPEN.remove(running.notebook.lab)
    if running.failed:
        running.notebook.drop()


@pytest.fixture
def notebook(one_notebook: Any) -> Iterator[Any]:
    """The shared notebook, for this test's own cells; afterwards as strict about errors as `lab`."""
    lab = one_notebook.lab
    known = sum(len(page.console_errors) for page in lab.pages)
    lab.allowed.clear()
    yield one_notebook
    errors = lab.console_errors(known)
    assert not errors, "The browser's console has errors:\n" + "\n".join(errors)
