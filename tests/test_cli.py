"""The `tuningkit` command: what it understands, what it prints, how it ends."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from tuningkit import cli, server
from tuningkit.server import Change


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """Catch what would be opened instead of starting a server."""
    calls = []
    monkeypatch.setattr(server, "lessons_source", lambda: tmp_path / "source")
    monkeypatch.setattr(server, "lessons_folder", lambda: tmp_path / "mine")
    monkeypatch.setattr(server, "refresh", lambda source, folder: [])
    monkeypatch.setattr(server, "should_open_browser", lambda: True)
    monkeypatch.setattr(server, "open_lab", lambda folder, **options: calls.append((folder, options)) or 0)
    return calls


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], {"port": 8888, "ip": "localhost", "browser": True}),
        (["lab"], {"port": 8888, "ip": "localhost", "browser": True}),
        (["--no-browser"], {"port": 8888, "ip": "localhost", "browser": False}),
        (["--port", "9000"], {"port": 9000, "ip": "localhost", "browser": True}),
        (
            ["lab", "--port=9000", "--no-browser", "--ip", "0.0.0.0"],
            {"port": 9000, "ip": "0.0.0.0", "browser": False},
        ),
    ],
)
def test_lab_is_what_happens_without_a_command(opened, tmp_path, arguments, options):
    assert cli.main(arguments) == 0
    assert opened == [(tmp_path / "mine", options)]


def test_without_a_display_no_browser_is_opened(opened, monkeypatch):
    monkeypatch.setattr(server, "should_open_browser", lambda: False)
    cli.main([])
    assert opened[0][1]["browser"] is False


def test_the_learner_is_told_about_new_versions(opened, monkeypatch, capsys):
    changes = [Change("added", "a", "a"), Change("updated", "b", "b"), Change("beside", "c.new", "c")]
    monkeypatch.setattr(server, "refresh", lambda source, folder: changes)
    cli.main([])
    assert capsys.readouterr().out == "Updated b.\nYou have edited c; its new version is c.new.\n"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "1.5"])
def test_a_wrong_port_is_refused_in_clear_words(opened, capsys, port):
    with pytest.raises(SystemExit) as ended:
        cli.main(["lab", f"--port={port}"])
    assert ended.value.code == 2
    assert f"a port is a whole number from 1 to 65535, not '{port}'" in capsys.readouterr().err
    assert opened == []


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"tuningkit {metadata.version('tuningkit')}\n"


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for command in ("lab", "doctor", "progress"):
        assert f"tuningkit {command}" in text


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["docter"])
    assert ended.value.code == 2
    assert "docter" in capsys.readouterr().err


@pytest.mark.parametrize(
    "problem", [FileNotFoundError("No lessons found in x"), PermissionError(13, "Permission denied")]
)
def test_a_problem_is_one_line_and_exit_code_1(opened, monkeypatch, capsys, problem):
    def fail():
        raise problem

    monkeypatch.setattr(server, "lessons_source", fail)
    assert cli.main([]) == 1
    assert capsys.readouterr().err == f"tuningkit: {problem}\n"


def test_an_interrupt_is_not_a_crash(opened, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(server, "lessons_source", interrupted)
    assert cli.main([]) == 130


def test_progress_prints_what_was_done(monkeypatch, tmp_path, capsys):
    from tuningkit.teaching import Progress

    monkeypatch.setenv("TUNINGKIT_HOME", str(tmp_path))
    Progress().record("predictions", "3.3-gap", {"choice": "The gap grows"})
    assert cli.main(["progress"]) == 0
    assert "The gap grows" in capsys.readouterr().out


def test_the_command_is_installed_under_its_name():
    (entry,) = metadata.entry_points(group="console_scripts", name="tuningkit")
    assert entry.load() is cli.main
    assert Path(cli.__file__).name == "cli.py"
