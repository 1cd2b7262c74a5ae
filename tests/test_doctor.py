"""`tuningkit doctor`: every check finds its trouble, and says how to mend it."""

from __future__ import annotations

import json
import sys
from importlib import metadata

import psutil
import pytest

from tuningkit import doctor, limits
from tuningkit.doctor import Finding


def test_a_sound_installation_passes_every_check_but_the_slow_one():
    findings = {check.__name__: check() for check in doctor.ALL_CHECKS if check is not doctor.training}
    assert {name for name, finding in findings.items() if finding.verdict == "problem"} == set()


def test_the_report_uses_words_and_the_exit_code_counts_problems(capsys):
    checks = [
        lambda: Finding("ok", "fine"),
        lambda: Finding("note", "tight", "Do this."),
        lambda: Finding("problem", "bad", "Do that."),
    ]
    assert doctor.examine(checks) == 1
    assert capsys.readouterr().out.splitlines() == [
        "[  ok   ] fine",
        "[ note  ] tight",
        "          How to mend it: Do this.",
        "[problem] bad",
        "          How to mend it: Do that.",
        "",
        "1 problem found.",
    ]
    assert doctor.examine(checks[:2]) == 0
    assert capsys.readouterr().out.endswith("\nAll is well.\n")


def test_a_check_that_breaks_is_a_problem_and_not_the_end(capsys):
    def broken():
        raise ImportError("no module named jupyterlab")

    assert doctor.examine([broken, lambda: Finding("ok", "still here")]) == 1
    out = capsys.readouterr().out
    assert "[problem] broken: ImportError: no module named jupyterlab" in out
    assert "still here" in out


def test_every_problem_comes_with_a_remedy(monkeypatch, tmp_path):
    (tmp_path / "a-file").touch()
    monkeypatch.setenv("TUNINGKIT_HOME", str(tmp_path / "a-file" / "folder"))
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(doctor, "_NEEDED_BYTES", 10**15)
    monkeypatch.setattr(doctor, "_WIDGET_EXTENSIONS", ("no-such-extension",))
    monkeypatch.setattr(metadata, "requires", lambda name: ["numpy>=99", "no-such-package"])
    monkeypatch.setattr(metadata, "metadata", lambda name: {"Requires-Python": ">=3.99"})
    monkeypatch.setitem(sys.modules, "keras", None)
    for check in (
        doctor.python_version,
        doctor.package_versions,
        doctor.keras_backend,
        doctor.memory,
        doctor.widgets,
        doctor.progress_folder,
    ):
        finding = check()
        assert (finding.verdict, bool(finding.mend)) == ("problem", True), check.__name__


def test_wrong_and_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(
        metadata, "requires", lambda name: ["numpy>=99", "no-such-package", "x>1; extra == 'torch'"]
    )
    finding = doctor.package_versions()
    assert (
        finding.what
        == f"Packages: numpy is {metadata.version('numpy')}, needed >=99; no-such-package is missing"
    )


def test_little_memory_is_a_note(monkeypatch):
    monkeypatch.setattr(doctor, "_ENOUGH_BYTES", 10**15)
    assert doctor.memory().verdict == "note"


def test_a_container_with_less_memory_than_the_machine_counts(monkeypatch):
    monkeypatch.setattr(limits, "memory_limit", lambda: limits.Memory(2 * 10**9, 15 * 10**8))
    finding = doctor.memory()
    assert finding.verdict == "problem"
    assert finding.what.startswith("0.5 GB of memory free of 2.0 GB")


def test_a_limit_above_the_machines_memory_does_not_count(monkeypatch):
    monkeypatch.setattr(limits, "memory_limit", lambda: limits.Memory(10**18, 0))
    assert f"of {psutil.virtual_memory().total / 1e9:.1f} GB" in doctor.memory().what


@pytest.mark.parametrize("entry", ["anywidget", "@jupyter-widgets/jupyterlab-manager:plugin"])
def test_a_widget_extension_that_was_turned_off_is_found(monkeypatch, tmp_path, entry):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    (tmp_path / "labconfig").mkdir()
    page = tmp_path / "labconfig" / "page_config.json"
    page.write_text(json.dumps({"disabledExtensions": {entry: True}}))
    name = entry.split(":")[0]
    finding = doctor.widgets()
    assert finding == Finding(
        "problem", f"Turned off in JupyterLab: {name}", f"Run `jupyter labextension enable {name}`."
    )
    page.write_text(json.dumps({"disabledExtensions": {entry: False}}))
    assert doctor.widgets().verdict == "ok"


def test_a_server_extension_that_was_turned_off_is_told(monkeypatch, tmp_path):
    assert doctor.prompt_server() == Finding("ok", "Jupyter's server sends what a lab draws at once")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    off = {"ServerApp": {"jpserver_extensions": {"tuningkit.server.extension": False}}}
    (tmp_path / "jupyter_server_config.json").write_text(json.dumps(off))
    finding = doctor.prompt_server()
    assert finding.verdict == "note"
    assert "jupyter server extension enable tuningkit.server.extension" in finding.mend


def test_training_really_trains():
    finding = doctor.training()
    assert finding.verdict == "ok"
    assert finding.what.endswith(
        f"Keras {metadata.version('keras')} TensorFlow {metadata.version('tensorboard')}"
    )


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (
            "raise ImportError('libtensorflow is damaged')",
            "Training failed: ImportError: libtensorflow is damaged",
        ),
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "TensorFlow ended its process (signal 4)"),
        ("import time; time.sleep(60)", "TensorFlow did not finish one training step in 0.5 seconds"),
    ],
)
def test_training_that_fails_is_told_apart(monkeypatch, step, words):
    monkeypatch.setattr(doctor, "_TRAINING_STEP", step)
    if "sleep" in step:
        monkeypatch.setattr(doctor, "_TRAINING_SECONDS", 0.5)
    finding = doctor.training()
    assert (finding.verdict, finding.what, bool(finding.mend)) == ("problem", words, True)


def test_the_command_ends_with_the_exit_code(monkeypatch):
    from tuningkit import cli

    monkeypatch.setattr(doctor, "ALL_CHECKS", (lambda: Finding("problem", "bad", "Mend it."),))
    assert cli.main(["doctor"]) == 1
