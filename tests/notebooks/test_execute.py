"""Lessons run without a front end, as in a script or on a server that renders pages.

Every lesson is run in JupyterLab by `tests/browser/test_lessons_browser.py`, with the same solutions, tests and
budget. A cell cannot tell whether a page looks on, and a second run of each would take twice the time: so one lesson,
which has a lab, a prediction, an exercise and a quiz as all have, stands for them here.
"""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.notebook

LESSON = "00_start_here"


@pytest.fixture(scope="module")
def report(build, runner, tmp_path_factory):
    [path] = [path for path in build.lesson_paths() if path.stem == LESSON]
    # A cell that tests a number raises in the notebook, and so does the cell that tries the wrong answers.
    return runner.run(build.test_notebook(path), tmp_path_factory.mktemp(LESSON))


def test_a_lesson_runs_without_a_front_end(report, runner):
    assert 0 < report.cpu_seconds < runner.SECONDS, f"{report.cpu_seconds:.0f} s of one core"
    assert 0 < report.peak_memory < runner.MEMORY, f"{report.peak_memory / 2**20:.0f} MiB"
    assert report.red_output() == []
    assert report.without_picture() == []


def test_exercises_are_unsolved_at_first_and_then_solved(report):
    assert report.passed_unsolved == set()
    assert [entry["passed"] for entry in report.checks().values()] == [True] * len(report.checks())
    assert report.checks()
