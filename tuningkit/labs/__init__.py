"""What the learner touches: widgets that bind training to charts and compute nothing themselves."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuningkit.labs.cost_lab import CostLab
    from tuningkit.labs.depth_lab import DepthLab
    from tuningkit.labs.feature_lab import FeatureLab
    from tuningkit.labs.gate_lab import GateLab
    from tuningkit.labs.grid_search_lab import GridSearchLab
    from tuningkit.labs.metrics_lab import MetricsLab
    from tuningkit.labs.optimizer_lab import OptimizerLab
    from tuningkit.labs.playground_lab import PlaygroundLab
    from tuningkit.labs.schedule_lab import ScheduleLab
    from tuningkit.labs.search_lab import SearchLab
    from tuningkit.labs.sweep_lab import SweepLab
    from tuningkit.labs.tensorboard_lab import TensorBoardLab
    from tuningkit.labs.tuner_lab import TunerLab
    from tuningkit.labs.tuning_lab import TuningLab

__all__ = [
    "CostLab",
    "DepthLab",
    "FeatureLab",
    "GateLab",
    "GridSearchLab",
    "MetricsLab",
    "OptimizerLab",
    "PlaygroundLab",
    "ScheduleLab",
    "SearchLab",
    "SweepLab",
    "TensorBoardLab",
    "TunerLab",
    "TuningLab",
]

_HOMES = {
    "CostLab": "cost_lab",
    "DepthLab": "depth_lab",
    "FeatureLab": "feature_lab",
    "GateLab": "gate_lab",
    "GridSearchLab": "grid_search_lab",
    "MetricsLab": "metrics_lab",
    "OptimizerLab": "optimizer_lab",
    "PlaygroundLab": "playground_lab",
    "ScheduleLab": "schedule_lab",
    "SearchLab": "search_lab",
    "SweepLab": "sweep_lab",
    "TensorBoardLab": "tensorboard_lab",
    "TunerLab": "tuner_lab",
    "TuningLab": "tuning_lab",
}


# Loaded when first asked for: a page with one lab does not pay for the other.
def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
