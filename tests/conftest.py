"""Settings every test shares: a progress folder of its own, no background loading, quick tests first."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from functools import cache
from pathlib import Path

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
# Where Python is told to keep no compiled files, every kernel would compile TensorFlow anew: 10 s each, 40 times.
if sys.dont_write_bytecode:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

# Times vary too much on shared machines for a deadline; in CI the same examples are drawn every time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

_NEEDS_TENSORFLOW = re.compile(r"\bkeras\b|tensorflow|\btk\.(train|sweep|TuningLab|SweepLab)\b|\.training\b")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order by cost, so that a mistake shows early: plain tests, TensorFlow, notebooks, the browser."""
    items.sort(key=_cost)  # stable: the order within a file, and of shared fixtures, stays


def pytest_unconfigure() -> None:
    _home.cleanup()


def _cost(item: pytest.Item) -> int:
    if item.get_closest_marker("browser"):
        return 3
    if item.get_closest_marker("notebook"):
        return 2
    return 1 if _needs_tensorflow(item.path) else 0


@cache
def _needs_tensorflow(path: Path) -> bool:
    return _NEEDS_TENSORFLOW.search(path.read_text(encoding="utf-8")) is not None
