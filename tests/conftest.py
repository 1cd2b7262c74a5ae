"""Settings every test shares: a progress folder of its own, no background loading, quick tests first, all lessons."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import settings

_home = tempfile.TemporaryDirectory(prefix="tuningkit-tests-")
# Before anything imports tuningkit, TensorFlow or Matplotlib.
os.environ.update(
    TUNINGKIT_HOME=_home.name,
    TUNINGKIT_PRELOAD="0",
    TF_CPP_MIN_LOG_LEVEL="3",
    MPLBACKEND="agg",
)
# The test processes share the machine: threads that wait for one another while others have the processor make
# PyTorch's test six times as long. TensorFlow has threads of its own, which stay as they are.
for _library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_library, "1")
ROOT = Path(__file__).parents[1]
# Where Python is told to keep no compiled files, every kernel would compile TensorFlow anew: 10 s each, 40 times.
if sys.dont_write_bytecode:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(ROOT / ".pytest_cache" / "bytecode")
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

# Times vary too much on shared machines for a deadline; in CI the same examples are drawn every time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

_NEEDS_TENSORFLOW = re.compile(r"\bkeras\b|tensorflow|\btk\.(train|sweep|TuningLab|SweepLab)\b|\.training\b")


#: Every test of this file opens a lesson, which takes a minute: each lesson may have a process of its own.
_LESSONS = "test_lessons_browser.py"


def load(path: Path) -> ModuleType:
    """A module loaded from its file, once: neither the lessons' folder nor those of the tests are packages."""
    name = f"tuningkit_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def build() -> ModuleType:
    """The builder of the lessons."""
    return load(ROOT / "lessons" / "build.py")


@pytest.fixture(scope="session")
def runner() -> ModuleType:
    """What runs notebooks and measures them."""
    return load(ROOT / "tests" / "notebooks" / "notebook_runner.py")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every lesson there is to the tests that ask for `lesson_source`."""
    if "lesson_source" in metafunc.fixturenames:
        paths = load(ROOT / "lessons" / "build.py").lesson_paths()
        metafunc.parametrize("lesson_source", paths, ids=[path.stem for path in paths], scope="module")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order by cost, so that a mistake shows early: plain tests, TensorFlow, notebooks, the browser.

    Lessons come before what is quicker in the browser, so that all processes end at about the same time.
    """
    items.sort(key=_cost)  # stable: the order within a file, and of shared fixtures, stays


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests stay in one process, and so do those of one lesson."""
    from xdist.scheduler import LoadFileScheduling

    class ByFileOrLesson(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, test = nodeid.partition("::")
            return f"{file} {test.partition('[')[2]}" if file.endswith(_LESSONS) else file

    return ByFileOrLesson(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_xdist_auto_num_workers() -> int:
    # One more than there are cores: two processes kept two cores busy for three quarters of the time only, because
    # tests that drive a browser or a kernel also wait for it.
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


def pytest_unconfigure() -> None:
    _home.cleanup()


def _cost(item: pytest.Item) -> int:
    if item.get_closest_marker("browser"):
        return 3 if item.path.name == _LESSONS else 4
    if item.get_closest_marker("notebook"):
        return 2
    return 1 if _needs_tensorflow(item.path) else 0


@cache
def _needs_tensorflow(path: Path) -> bool:
    return _NEEDS_TENSORFLOW.search(path.read_text(encoding="utf-8")) is not None
