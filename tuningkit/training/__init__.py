"""Training, without drawing and without widgets: live hyperparameters, runs, sweeps, diagnosis."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuningkit.training.diagnosis import Diagnosis, diagnose
    from tuningkit.training.grid_sweep import sweep
    from tuningkit.training.results import Sweep
    from tuningkit.training.run import Run
    from tuningkit.training.single_run import train
    from tuningkit.training.trainer import Trainer

__all__ = ["Diagnosis", "Run", "Sweep", "Trainer", "diagnose", "sweep", "train"]

_HOMES = {
    "Diagnosis": "diagnosis",
    "Run": "run",
    "Sweep": "results",
    "Trainer": "trainer",
    "diagnose": "diagnosis",
    "sweep": "grid_sweep",
    "train": "single_run",
}


# Loaded when first asked for, so that importing the package does not import TensorFlow.
def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
