"""A sample lesson on which the lesson builder and the notebook runner are tried."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


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
