"""The learner's folder: kept up to date, and nothing a learner wrote is ever lost."""

from __future__ import annotations

import json

import pytest

from tuningkit.server import lessons
from tuningkit.server.lessons import Change, lessons_folder, lessons_source, refresh


def notebook(*sources, outputs=()):
    cells = [
        {
            "cell_type": "code",
            "source": source,
            "outputs": list(outputs),
            "execution_count": None,
            "metadata": {},
        }
        for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "delivered"
    folder.mkdir()
    (folder / "00_start_here.ipynb").write_text(notebook("first", "second"))
    return folder


@pytest.fixture
def mine(tmp_path):
    return tmp_path / "my-lessons"


def test_the_first_time_every_lesson_is_added(source, mine):
    assert refresh(source, mine) == [Change("added", "00_start_here.ipynb", "00_start_here.ipynb")]
    assert (mine / "00_start_here.ipynb").read_text() == notebook("first", "second")
    assert refresh(source, mine) == []


def test_a_lesson_that_was_only_run_is_updated(source, mine):
    refresh(source, mine)
    (mine / "00_start_here.ipynb").write_text(
        notebook("first", "second", outputs=[{"output_type": "stream"}])
    )
    assert refresh(source, mine) == []
    (source / "00_start_here.ipynb").write_text(notebook("first", "better"))
    assert refresh(source, mine) == [Change("updated", "00_start_here.ipynb", "00_start_here.ipynb")]
    assert (mine / "00_start_here.ipynb").read_text() == notebook("first", "better")


def test_an_edited_lesson_is_never_overwritten(source, mine):
    refresh(source, mine)
    edited = mine / "00_start_here.ipynb"
    edited.write_text(notebook("first", "my answer"))
    assert refresh(source, mine) == []
    for version, name in [("v2", "00_start_here.new.ipynb"), ("v3", "00_start_here.new.ipynb")]:
        (source / "00_start_here.ipynb").write_text(notebook("first", version))
        assert refresh(source, mine) == [Change("beside", name, "00_start_here.ipynb")]
        assert (mine / name).read_text() == notebook("first", version)
        assert refresh(source, mine) == []
    (mine / "00_start_here.new.ipynb").write_text(notebook("edited too"))
    assert refresh(source, mine) == []
    (source / "00_start_here.ipynb").write_text(notebook("first", "v4"))
    assert refresh(source, mine) == [Change("beside", "00_start_here.new2.ipynb", "00_start_here.ipynb")]
    assert edited.read_text() == notebook("first", "my answer")
    assert (mine / "00_start_here.new.ipynb").read_text() == notebook("edited too")


def test_a_deleted_lesson_comes_back_and_a_deleted_offer_does_not(source, mine):
    refresh(source, mine)
    (mine / "00_start_here.ipynb").write_text(notebook("mine"))
    (source / "00_start_here.ipynb").write_text(notebook("v2"))
    refresh(source, mine)
    (mine / "00_start_here.new.ipynb").unlink()
    assert refresh(source, mine) == []
    (mine / "00_start_here.ipynb").unlink()
    assert refresh(source, mine) == [Change("added", "00_start_here.ipynb", "00_start_here.ipynb")]


def test_taking_over_the_new_version_by_renaming_it_settles_the_matter(source, mine):
    refresh(source, mine)
    (mine / "00_start_here.ipynb").write_text(notebook("mine"))
    (source / "00_start_here.ipynb").write_text(notebook("v2"))
    refresh(source, mine)
    (mine / "00_start_here.new.ipynb").rename(mine / "00_start_here.ipynb")
    assert refresh(source, mine) == []
    (source / "00_start_here.ipynb").write_text(notebook("v3"))
    assert [change.kind for change in refresh(source, mine)] == ["updated"]


@pytest.mark.parametrize("damage", ["", "[]", "not json", None])
def test_without_its_record_the_folder_is_treated_as_edited(source, mine, damage):
    refresh(source, mine)
    record = mine / lessons._RECORD
    record.unlink() if damage is None else record.write_text(damage)
    (source / "00_start_here.ipynb").write_text(notebook("v2"))
    assert [change.kind for change in refresh(source, mine)] == ["beside"]


def test_a_notebook_damaged_by_the_learner_counts_as_edited(source, mine):
    refresh(source, mine)
    (mine / "00_start_here.ipynb").write_text("{ half a file")
    (source / "00_start_here.ipynb").write_text(notebook("v2"))
    assert [change.kind for change in refresh(source, mine)] == ["beside"]
    assert (mine / "00_start_here.ipynb").read_text() == "{ half a file"


def test_files_of_the_learner_are_never_touched(source, mine):
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    (mine / "00_start_here.ipynb").write_text(notebook("made by hand"))
    assert [change.kind for change in refresh(source, mine)] == ["beside"]
    assert (mine / "notes.txt").read_text() == "mine"
    assert (mine / "00_start_here.ipynb").read_text() == notebook("made by hand")


def test_in_a_checkout_the_folder_is_inside_it_and_ignored_by_git(pytestconfig):
    assert lessons_folder() == pytestconfig.rootpath / "my-lessons"
    assert "my-lessons/" in (pytestconfig.rootpath / ".gitignore").read_text().splitlines()


def test_installed_the_lessons_come_from_the_package_and_go_to_the_home_folder(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "tuningkit"
    (package / "_notebooks").mkdir(parents=True)
    (package / "_notebooks" / "00_start_here.ipynb").write_text(notebook("x"))
    monkeypatch.setattr(lessons, "_PACKAGE", package)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    assert lessons_source() == package / "_notebooks"
    assert lessons_folder() == tmp_path / "home" / "tuningkit-lessons"


def test_missing_lessons_are_told_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(lessons, "_PACKAGE", tmp_path / "tuningkit")
    with pytest.raises(FileNotFoundError, match=r"No lessons found in .* install tuningkit again"):
        lessons_source()
