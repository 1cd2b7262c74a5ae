"""Every lesson runs from top to bottom without a person: as learners get it, with its solutions and tests between."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.notebook


@pytest.fixture(scope="module")
def report(lesson, build, runner, tmp_path_factory):
    # A cell that tests a number raises in the notebook, and so does the cell that tries the wrong answers.
    return runner.run(build.test_notebook(lesson), tmp_path_factory.mktemp(lesson.stem))


def test_what_learners_run_keeps_the_budget(report, runner):
    # Processor time: by the clock a lesson would fail because of what else the machine has to do. On two idle cores
    # a lesson takes less than that by the clock, because it uses both: 95 s of processor time were 88 s by the clock.
    # A quarter more is allowed, for a busy machine makes the same work longer.
    assert 0 < report.cpu_seconds < 1.25 * runner.SECONDS, f"{report.cpu_seconds:.0f} s of one core"
    assert report.seconds < 3 * runner.SECONDS, f"{report.seconds:.0f} s by the clock"
    assert 0 < report.peak_memory < runner.MEMORY, f"{report.peak_memory / 2**20:.0f} MiB"


def test_nothing_is_red(report):
    assert report.red_output() == []


def test_an_exported_page_shows_pictures(report):
    assert report.without_picture() == []


def test_exercises_are_unsolved_at_first_and_then_solved(report, lesson, build):
    checks = report.checks()
    expected = build.exercise_keys(lesson)
    assert expected, "the lesson checks no exercise"
    assert report.passed_unsolved == set()
    assert {key: checks.get(key, {}).get("passed") for key in expected} == dict.fromkeys(expected, True)
