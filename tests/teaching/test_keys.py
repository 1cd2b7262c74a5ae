from __future__ import annotations

import pytest

from tuningkit.teaching.keys import chapter_module, did_you_mean, lesson_of


@pytest.mark.parametrize(
    ("key", "lesson", "module"),
    [
        ("3.3-a", "3.3", "chapter_03_3"),
        ("0-first-run", "0", "chapter_00"),
        ("3.1a-rate", "3.1a", "chapter_03_1a"),
        ("12-x2", "12", "chapter_12"),
    ],
)
def test_the_chapter_of_a_key(key, lesson, module):
    assert lesson_of(key) == lesson
    assert chapter_module(lesson) == module


@pytest.mark.parametrize(
    "key", ["", "a", "3.3", "3.3-", "3.3-A", "3.3 a", "3.3-a-", "-a", "3.3a.1-a", "3.3-a\n"]
)
def test_other_forms_are_refused(key):
    with pytest.raises(ValueError, match=r"such as '3\.3-a'"):
        lesson_of(key)


def test_near_matches():
    assert did_you_mean("3.3-aa", ["3.3-a", "0-tour"]) == " Did you mean '3.3-a'?"
    assert did_you_mean("xyz", ["3.3-a"]) == ""
    assert did_you_mean(7, ["3.3-a"]) == ""
