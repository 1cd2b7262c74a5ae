"""The committed notebooks are what the lesson sources make."""

from __future__ import annotations


def test_there_are_lessons(build):
    assert build.lesson_paths(), "lessons/ holds no chapter, so nothing of the course was tested."


def test_the_course_is_up_to_date(build):
    assert build.build(check=True) == []


def test_a_fresh_build_equals_the_committed_notebook(lesson_source, build, tmp_path):
    fresh = build.as_text(build.learner_notebook(lesson_source)).encode()
    committed = (build.NOTEBOOKS / f"{lesson_source.stem}.ipynb").read_bytes()
    assert fresh == committed, f"run: python lessons/build.py {lesson_source.stem}"
    assert fresh.endswith(b"}\n")
