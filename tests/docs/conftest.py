"""What builds the pages, loaded from docs/, which is no package."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="session")
def part():
    """A module of docs/ by its name."""

    def load(name):
        # They import one another by name, as Sphinx does; nothing else has to see the folder.
        sys.path.insert(0, str(DOCS))
        try:
            return importlib.import_module(name)
        finally:
            sys.path.remove(str(DOCS))

    return load
