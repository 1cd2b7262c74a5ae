"""A class overview: whose files are found, what is counted, what is said of files that cannot be read."""

from __future__ import annotations

import csv
import json
import os
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuningkit import cli
from tuningkit.teaching import Progress
from tuningkit.teaching.class_overview import LessonCount, collect
from tuningkit.teaching.class_table import as_text, problems_as_text, to_csv
from tuningkit.teaching.exercises import exercise_keys
from tuningkit.teaching.progress import SECTIONS


def write(path, *, passed=True):
    """One learner's file, as the lessons write it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    progress = Progress(path)
    progress.record("predictions", "3.3-gap", {"choice": "It grows"})
    progress.record("predictions", "3.3-l2", {"choice": "in between"})
    progress.record("exercises", "3.3-a", {"passed": passed, "attempts": 2})
    progress.record("challenges", "3.3-challenge", {"passed": passed, "best": 0.4})
    questions = {"One?": {"right": True}, "Two?": {"right": False}}
    progress.record("quizzes", "3.3-quiz", {"count": 5, "questions": questions})
    progress.record("exercises", "0-a", {"passed": True, "attempts": 1})
    path.with_name(path.name + ".lock").unlink(missing_ok=True)


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "grace.json", passed=False)
    write(tmp_path / "ada" / "progress.json")
    write(tmp_path / "jupyter-emmy" / ".local" / "share" / "tuningkit" / "progress.json")
    (tmp_path / "ada" / "package.json").write_text("{}")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "progress.json").write_text("{")
    return tmp_path


def test_who_is_found_and_what_is_counted(folder):
    overview = collect(folder)
    assert [learner.name for learner in overview.learners] == ["ada", "grace", "jupyter-emmy"]
    assert overview.problems == ()
    assert overview.lessons == ["0", "3.3"]
    # Other tests of the process may have brought exercises of their own.
    checks = sum(key.startswith("3.3-") for key in exercise_keys())
    assert checks >= 2
    ada, grace, _ = overview.learners
    assert ada.lessons["3.3"] == LessonCount(2, 1, checks, 1, 1, 1, 5)
    assert grace.lessons["3.3"] == LessonCount(2, 0, checks, 0, 1, 1, 5)


def test_chapters_stand_in_reading_order(tmp_path):
    progress = Progress(tmp_path / "ada.json")
    for key in ("04-a", "10-a", "3.1b-a", "3.1a-a", "2-a"):
        progress.record("predictions", key, {"choice": "yes"})
    assert collect(tmp_path).lessons == ["2", "3.1a", "3.1b", "04", "10"]


def test_a_table_has_a_row_for_each_learner_and_fits_the_line(folder):
    text = as_text(collect(folder), 200)
    rows = text.splitlines()
    (ada,) = [row for row in rows if row.startswith("ada")]
    assert re.search(r"2 · 1/\d+ · 1/1 · 1/5$", ada) and rows[0].startswith("3 learners in ")
    assert sum("chapter" in row for row in rows) == 1

    narrow = as_text(collect(folder), 40).splitlines()
    assert sum(row.startswith("learner ") for row in narrow) == 2
    assert sum(row.startswith("ada") for row in narrow) == 2
    assert max(map(len, narrow[3:])) <= 40


BROKEN = {
    "cut.json": ('{"format": "tuningkit prog', "it is not valid JSON"),
    "notebook.json": ('{"cells": []}', "it has no version number"),
    "list.json": ("[1, 2]", "it has no version number"),
    "lessons.json": ('{"version": 1, "lessons": {"3.3": 5}}', "another form"),
    "newer.json": ('{"version": 99, "lessons": {}}', "newer tuningkit"),
    "empty.json": ("", "not valid JSON"),
}


def test_files_that_cannot_be_read_are_said_and_left_as_they_are(folder):
    for name, (text, _) in BROKEN.items():
        (folder / name).write_text(text)
    (folder / "binary.json").write_bytes(b"\xff\xfe\x00\xd8")
    with (folder / "huge.json").open("wb") as file:
        file.truncate(17 * 2**20)
    (folder / "gone.json").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.json")
    before = sorted(path.name for path in folder.iterdir())

    overview = collect(folder)
    assert len(overview.learners) == 3
    said = {path.name: words for path, words in overview.problems}
    for name, (_, words) in BROKEN.items():
        assert words in said.pop(name)
    assert "UTF-8" in said.pop("binary.json") and "16 MiB" in said.pop("huge.json")
    assert set(said) == {"gone.json", "pipe.json"}
    assert sorted(path.name for path in folder.iterdir()) == before, (
        "nothing is moved, nothing is left behind"
    )
    assert (folder / "cut.json").read_text() == BROKEN["cut.json"][0]
    assert problems_as_text(overview).count("\n") == len(overview.problems) - 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=5,
)
_ENTRY = st.dictionaries(st.sampled_from(["passed", "questions", "count", "x"]), _JSON, max_size=3)
_LESSON = st.dictionaries(
    st.sampled_from(SECTIONS), st.dictionaries(st.text(max_size=5), _ENTRY, max_size=2), max_size=4
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lessons=st.dictionaries(st.sampled_from(["3.3", "0", "other", "\x1b[2J", "3.3-a"]), _LESSON, max_size=3)
)
def test_whatever_a_file_says_the_class_is_shown(tmp_path, lessons):
    (tmp_path / "ada.json").write_text(json.dumps({"version": 1, "lessons": lessons}))
    overview = collect(tmp_path)
    text = as_text(overview)
    assert len(overview.learners) == 1 and "\x1b" not in text
    for count in overview.learners[0].lessons.values():
        assert 0 <= count.checks_passed <= count.checks and 0 <= count.quiz_right <= count.quiz
    to_csv(overview, tmp_path / "class.csv")


def test_equal_names_are_told_apart_and_no_name_does_harm(tmp_path):
    write(tmp_path / "ada.json")
    write(tmp_path / "ada" / "progress.json")
    write(tmp_path / "=1+1.json")
    write(tmp_path / "red\x1b[31m.json")
    overview = collect(tmp_path)
    names = [learner.name for learner in overview.learners]
    assert "ada (ada.json)" in names and "ada (ada/progress.json)" in names
    assert "\x1b" not in as_text(overview)
    to_csv(overview, tmp_path / "class.csv")
    assert "'=1+1," in (tmp_path / "class.csv").read_text(encoding="utf-8")


def test_the_command_prints_the_table_and_writes_the_file(folder, tmp_path, capsys):
    (folder / "cut.json").write_text("{")
    file = tmp_path / "class.csv"
    assert cli.main(["progress", "--collect", str(folder), "--csv", str(file)]) == 0
    printed = capsys.readouterr()
    assert "grace" in printed.out and "chapter 3.3" in printed.out
    assert "cut.json was left out: it is not valid JSON" in printed.err

    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["learner"] for row in rows] == ["ada", "grace", "jupyter-emmy"]
    assert rows[0]["3.3 checks passed"] == "1" and rows[1]["3.3 checks passed"] == "0"
    assert {name.split(" ", 1)[1] for name in rows[0] if name.startswith("3.3 ")} == {
        "predictions",
        "checks passed",
        "checks",
        "challenges reached",
        "challenges tried",
        "quiz right",
        "quiz questions",
    }


def test_the_command_says_what_is_wrong_with_what_it_was_given(tmp_path, capsys):
    assert cli.main(["progress", "--collect", str(tmp_path / "none")]) == 1
    assert "is not a folder" in capsys.readouterr().err
    assert cli.main(["progress", "--collect", str(tmp_path)]) == 1
    assert "0 learners in" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        cli.main(["progress", "--csv", "class.csv"])
    assert ended.value.code == 2 and "--collect" in capsys.readouterr().err
