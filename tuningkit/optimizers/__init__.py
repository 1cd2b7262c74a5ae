"""How networks are moved downhill: optimisers on loss surfaces, the learning-rate range test, and schedules."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuningkit.optimizers import schedules
    from tuningkit.optimizers.batch_gradients import gradient_noise
    from tuningkit.optimizers.comparison import OptimizerComparison, compare_optimizers
    from tuningkit.optimizers.custom_surface import own_surface
    from tuningkit.optimizers.descent import best_rates, descend
    from tuningkit.optimizers.find_range import range_test
    from tuningkit.optimizers.noise_record import GradientNoise
    from tuningkit.optimizers.path_record import Path, Paths
    from tuningkit.optimizers.path_settings import PATH_OPTIMIZERS
    from tuningkit.optimizers.range_record import RangeTest
    from tuningkit.optimizers.stability import rate_limit
    from tuningkit.optimizers.surfaces import SURFACES, Surface, get_surface

__all__ = [
    "PATH_OPTIMIZERS",
    "SURFACES",
    "GradientNoise",
    "OptimizerComparison",
    "Path",
    "Paths",
    "RangeTest",
    "Surface",
    "best_rates",
    "compare_optimizers",
    "descend",
    "get_surface",
    "gradient_noise",
    "own_surface",
    "range_test",
    "rate_limit",
    "schedules",
]

_HOMES = {
    "GradientNoise": "noise_record",
    "OptimizerComparison": "comparison",
    "PATH_OPTIMIZERS": "path_settings",
    "Path": "path_record",
    "Paths": "path_record",
    "RangeTest": "range_record",
    "SURFACES": "surfaces",
    "Surface": "surfaces",
    "best_rates": "descent",
    "compare_optimizers": "comparison",
    "descend": "descent",
    "get_surface": "surfaces",
    "gradient_noise": "batch_gradients",
    "own_surface": "custom_surface",
    "range_test": "find_range",
    "rate_limit": "stability",
}


# Loaded when first asked for, so that importing the package does not import TensorFlow.
def __getattr__(name: str) -> Any:
    if name == "schedules":
        return import_module(f"{__name__}.schedules")
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
