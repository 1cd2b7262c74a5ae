"""Every lesson runs from top to bottom without a person: as the learner gets it, and with its solutions."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.notebook


@pytest.fixture(scope="module")
def unsolved(lesson, build, runner, tmp_path_factory):
    return runner.run(build.learner_notebook(lesson), tmp_path_factory.mktemp(lesson.stem))


@pytest.fixture(scope="module")
def solved(lesson, build, runner, tmp_path_factory):
    return runner.run(build.test_notebook(lesson), tmp_path_factory.mktemp(lesson.stem))


def test_the_learners_notebook_runs_within_the_budget(unsolved, runner):
    # Processor time: by the clock a lesson would fail because of what else the machine has to do. On two idle cores
    # a lesson takes no longer than that by the clock, as long as it does not sleep.
    assert 0 < unsolved.cpu_seconds < runner.SECONDS, f"{unsolved.cpu_seconds:.0f} s of one core"
    assert unsolved.seconds < 3 * runner.SECONDS, f"{unsolved.seconds:.0f} s by the clock"
    assert 0 < unsolved.peak_memory < runner.MEMORY, f"{unsolved.peak_memory / 2**20:.0f} MiB"


def test_nothing_is_red(unsolved, solved):
    assert unsolved.red_output() == []
    assert solved.red_output() == []


def test_an_exported_page_shows_pictures(unsolved):
    assert unsolved.without_picture() == []


def test_solutions_pass_their_checks_and_wrong_answers_do_not(solved, lesson, build):
    # The cells that try the wrong answers raise inside the notebook if one is accepted.
    checks = solved.checks()
    expected = build.exercise_keys(lesson)
    assert expected, "the lesson checks no exercise"
    assert {key: checks.get(key, {}).get("passed") for key in expected} == dict.fromkeys(expected, True)


def test_exercises_are_unsolved_at_first(unsolved, lesson, build):
    solved_already = [key for key, entry in unsolved.checks().items() if entry["passed"]]
    assert solved_already == []
