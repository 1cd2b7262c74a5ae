"""tuningkit: learn to tune neural networks by moving sliders on real Keras training runs.

Everything a lesson uses is reached from here::

    import tuningkit as tk

    digits = tk.datasets.load_digits()
    tk.TuningLab(model, digits)                 # sliders on your own Keras model
    run = tk.train(model, digits, l2=1e-4)      # one training run
    sweep = tk.sweep(model, digits, {"l2": strengths})  # many, in one compiled graph

Names are loaded when they are first used, so importing the package takes milliseconds.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from tuningkit import _preload

if TYPE_CHECKING:
    from tuningkit import datasets, models, optimizers, plots, search
    from tuningkit.datasets import Dataset
    from tuningkit.labs import (
        CostLab,
        DepthLab,
        FeatureLab,
        GateLab,
        GridSearchLab,
        MetricsLab,
        OptimizerLab,
        PlaygroundLab,
        ScheduleLab,
        SearchLab,
        SweepLab,
        TensorBoardLab,
        TunerLab,
        TuningLab,
    )
    from tuningkit.optimizers import RangeTest, range_test, schedules
    from tuningkit.teaching import Challenge, Prediction, Quiz, check
    from tuningkit.training import Run, Sweep, sweep, train

    __version__: str

_HOME_OF = {
    "Challenge": "teaching",
    "CostLab": "labs",
    "Dataset": "datasets",
    "DepthLab": "labs",
    "FeatureLab": "labs",
    "GateLab": "labs",
    "GridSearchLab": "labs",
    "MetricsLab": "labs",
    "OptimizerLab": "labs",
    "PlaygroundLab": "labs",
    "Prediction": "teaching",
    "Quiz": "teaching",
    "RangeTest": "optimizers",
    "Run": "training",
    "ScheduleLab": "labs",
    "SearchLab": "labs",
    "Sweep": "training",
    "SweepLab": "labs",
    "TensorBoardLab": "labs",
    "TunerLab": "labs",
    "TuningLab": "labs",
    "check": "teaching",
    "range_test": "optimizers",
    "schedules": "optimizers",
    "sweep": "training",
    "train": "training",
}
_SUBPACKAGES = ("datasets", "models", "optimizers", "plots", "search")

__all__ = [
    "Challenge",
    "CostLab",
    "Dataset",
    "DepthLab",
    "FeatureLab",
    "GateLab",
    "GridSearchLab",
    "MetricsLab",
    "OptimizerLab",
    "PlaygroundLab",
    "Prediction",
    "Quiz",
    "RangeTest",
    "Run",
    "ScheduleLab",
    "SearchLab",
    "Sweep",
    "SweepLab",
    "TensorBoardLab",
    "TunerLab",
    "TuningLab",
    "__version__",
    "check",
    "datasets",
    "models",
    "optimizers",
    "plots",
    "range_test",
    "schedules",
    "search",
    "sweep",
    "train",
]


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        value = version("tuningkit")
    elif name in _SUBPACKAGES:
        value = importlib.import_module(f"tuningkit.{name}")
    elif name in _HOME_OF:
        _preload.check_backend()
        value = getattr(importlib.import_module(f"tuningkit.{_HOME_OF[name]}"), name)
    else:
        raise AttributeError(_unknown(name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    known = {public.lower(): public for public in __all__}
    near = get_close_matches(name.lower(), known, n=1)
    hint = f"Did you mean {known[near[0]]!r}?" if near else f"It has: {', '.join(__all__)}."
    return f"module 'tuningkit' has no attribute {name!r}. {hint}"


_preload.prepare_environment()
_preload.start()
