"""Which notebook a name stands for, and what the command hands on."""

from __future__ import annotations

import ast
import json

import pytest

from tuningkit import cli, server
from tuningkit.server import present as present_package
from tuningkit.server.lab_pages import LABS, write_lab_page

present_module = __import__("sys").modules["tuningkit.server.present"]


@pytest.fixture
def lessons(monkeypatch, tmp_path):
    """Two delivered lessons and an empty folder of the teacher's."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("00_start_here", "03_3_regularization"):
        notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (source / f"{name}.ipynb").write_text(json.dumps(notebook))
    monkeypatch.setattr(present_module, "lessons_source", lambda: source)
    monkeypatch.setattr(present_module, "lessons_folder", lambda: tmp_path / "mine")
    return tmp_path


@pytest.mark.parametrize("name", ["03_3_regularization", "03_3_regularization.ipynb"])
def test_a_lesson_is_the_one_in_the_teachers_folder(lessons, name):
    assert present_module.notebook_of(name, lessons) == lessons / "mine" / "03_3_regularization.ipynb"
    assert (lessons / "mine" / "00_start_here.ipynb").is_file()


def test_a_notebook_of_ones_own_is_found_by_its_path(lessons):
    own = lessons / "my talk.ipynb"
    own.write_text("{}")
    assert present_module.notebook_of(str(own), lessons) == own


@pytest.mark.parametrize(
    ("name", "meant"),
    [("3.3", "03_3_regularization"), ("regularisation", "03_3_regularization"), ("tuninglab", "TuningLab")],
)
def test_what_is_not_there_is_answered_with_what_is(lessons, name, meant):
    with pytest.raises(
        FileNotFoundError, match=f"no lesson, lab or notebook '{name}'. Did you mean {meant}?"
    ):
        present_module.notebook_of(name, lessons)


@pytest.mark.parametrize("name", ["", "../secret", "zzz"])
def test_what_is_like_nothing_is_answered_with_the_list(lessons, name):
    with pytest.raises(FileNotFoundError, match="lessons: 00_start_here, 03_3") as refused:
        present_module.notebook_of(name, lessons)
    assert "Did you mean" not in str(refused.value)


def test_every_lab_has_a_page_of_its_own(tmp_path):
    from tuningkit import _HOME_OF

    assert set(LABS) == {name for name in _HOME_OF if name.endswith("Lab")}
    for name in LABS:
        cells = json.loads(write_lab_page(name, tmp_path).read_text())["cells"]
        assert f"tk.{name}(" in "".join(cells[-1]["source"])
        for cell in cells:
            ast.parse("".join(cell["source"]))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, {"theme=light", "strip_sources=True", "show_tracebacks=True"}),
        ({"dark": True, "code": True}, {"theme=dark", "strip_sources=False"}),
    ],
)
def test_voila_shows_it_in_the_server_that_opens_the_lessons(lessons, monkeypatch, asked, told):
    calls = []
    monkeypatch.setenv("JUPYTER_PATH", "before")
    monkeypatch.setattr(
        present_module, "open_lab", lambda folder, **options: calls.append((folder, options)) or 0
    )
    assert present_package("03_3_regularization", port=9000, **asked) == 0
    ((folder, options),) = calls
    assert (folder, options["port"], options["ip"]) == (lessons / "mine", 9000, "localhost")
    page = options["page"]
    assert page.path == "/voila/render/03_3_regularization.ipynb"
    assert {f"--VoilaConfiguration.{each}" for each in told} <= set(page.options)


@pytest.mark.parametrize(
    ("arguments", "name", "options"),
    [
        (
            [],
            "00_start_here",
            {"port": 8888, "ip": "localhost", "browser": True, "dark": False, "code": False},
        ),
        (
            ["TuningLab", "--dark", "--code", "--port=9000", "--no-browser", "--ip", "0.0.0.0"],
            "TuningLab",
            {"port": 9000, "ip": "0.0.0.0", "browser": False, "dark": True, "code": True},
        ),
    ],
)
def test_the_command_hands_on_what_is_asked_for(monkeypatch, arguments, name, options):
    calls = []
    monkeypatch.setattr(server, "should_open_browser", lambda: True)
    monkeypatch.setattr(server, "present", lambda name, **options: calls.append((name, options)) or 0)
    assert cli.main(["present", *arguments]) == 0
    assert calls == [(name, options)]


def test_an_unknown_name_ends_the_command_in_words(lessons, capsys):
    assert cli.main(["present", "3.3"]) == 1
    assert capsys.readouterr().err.startswith(
        "tuningkit: There is no lesson, lab or notebook '3.3'. Did you mean"
    )
