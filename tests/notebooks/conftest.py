"""The lesson builder and the notebook runner, loaded from their files, and a sample lesson to try them on."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def load(path):
    name = f"tuningkit_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def pytest_generate_tests(metafunc):
    # Every lesson is picked up; that there are lessons at all is a test of its own (test_up_to_date.py).
    if "lesson" in metafunc.fixturenames:
        paths = load(ROOT / "lessons" / "build.py").lesson_paths()
        metafunc.parametrize("lesson", paths, ids=[path.stem for path in paths], scope="module")


@pytest.fixture(scope="session")
def build():
    return load(ROOT / "lessons" / "build.py")


@pytest.fixture(scope="session")
def runner():
    return load(Path(__file__).parent / "notebook_runner.py")


class Course:
    """A course of its own with one lesson, for tests that change it."""

    def __init__(self, folder):
        self.lessons, self.notebooks = folder / "lessons", folder / "notebooks"
        self.lessons.mkdir()
        self.source = self.lessons / "00_sample.py"
        shutil.copy(Path(__file__).parent / "sample_lesson.py", self.source)
        self.notebook = self.notebooks / "00_sample.ipynb"

    def replace(self, old, new):
        text = self.source.read_text()
        assert old in text
        self.source.write_text(text.replace(old, new, 1))


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)
