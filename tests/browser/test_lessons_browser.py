"""Every lesson as a learner meets it: opened in JupyterLab, run from top to bottom, looked through and worked with.

Each lesson runs once. The notebook holds all that the learner has and, in between, each solution and the cells that
test it and its wrong answers (`lessons/build.py`); the page is the one that the learner sees.
"""

from __future__ import annotations

import nbformat
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.notebook]


@pytest.fixture(scope="module")
def page(lesson_source, build, open_lab, tmp_path_factory):
    """The lesson, open and not yet run; TensorFlow loads in the background, as it does for learners."""
    file = tmp_path_factory.mktemp(lesson_source.stem) / f"{lesson_source.stem}.ipynb"
    nbformat.write(build.test_notebook(lesson_source), file)
    with open_lab(lesson_source.stem) as lab:
        yield lab.open(file, preload=True)


@pytest.fixture(scope="module")
def report(page, runner):
    # A cell that tests a number raises in the notebook, and so does the cell that tries the wrong answers.
    return runner.run_in_page(page)


def test_what_learners_run_keeps_the_budget(report, runner):
    # Processor time: by the clock a lesson would fail because of what else the machine has to do. On two idle cores
    # a lesson takes less than that by the clock, because it uses both.
    assert 0 < report.cpu_seconds < runner.SECONDS, f"{report.cpu_seconds:.0f} s of one core"
    assert 0 < report.peak_memory < runner.MEMORY, f"{report.peak_memory / 2**20:.0f} MiB"


def test_nothing_is_red(report, page):
    assert report.red_output() == []
    assert page.error_outputs() == []


def test_an_exported_page_shows_pictures(report):
    assert report.without_picture() == []


def test_exercises_are_unsolved_at_first_and_then_solved(report, lesson_source, build):
    checks = report.checks()
    expected = build.exercise_keys(lesson_source)
    assert expected, "the lesson checks no exercise"
    assert report.passed_unsolved == set()
    assert {key: checks.get(key, {}).get("passed") for key in expected} == dict.fromkeys(expected, True)


def test_labs_answer_and_fit_their_place(report, page, lesson_source, build, visits):
    name = lesson_source.stem
    visits.VISITS.get(name, lambda page: None)(page)
    look = visits.LOOKS[build.lesson_paths().index(lesson_source) % len(visits.LOOKS)]
    visits.look_through(page, name, *look)
    assert page.error_outputs() == []


def test_the_console_is_quiet(report, page):
    # The last test of a lesson: it speaks for all that the page went through.
    assert page.console_errors == []
