"""A progress file of its own for every test, and runs to check challenges on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from tuningkit.teaching.progress import Progress


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    monkeypatch.setenv("TUNINGKIT_HOME", str(folder))
    return folder


@pytest.fixture
def progress(home):
    return Progress(home / "progress.json")


@dataclass
class Run:
    history: dict
    hyperparameters: dict = field(default_factory=dict)
    diagnosis: object = None


@pytest.fixture
def make_run():
    def make(*val_loss, **hyperparameters):
        return Run({"val_loss": np.array(val_loss)}, hyperparameters)

    return make


class Lab:
    """As much of a lab as a challenge needs: finished runs, and word when one more is finished."""

    def __init__(self):
        self.runs = []
        self._callbacks = []

    def on_run_finished(self, callback):
        self._callbacks.append(callback)

    def finish(self, run):
        self.runs.append(run)
        for callback in self._callbacks:
            callback(run)


@pytest.fixture
def lab():
    return Lab()
