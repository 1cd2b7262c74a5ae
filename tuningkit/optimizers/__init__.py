"""How networks are moved downhill: the learning-rate range test, and learning-rate schedules in epochs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuningkit.optimizers import schedules
    from tuningkit.optimizers.find_range import range_test
    from tuningkit.optimizers.range_record import RangeTest

__all__ = ["RangeTest", "range_test", "schedules"]

_HOMES = {"RangeTest": "range_record", "range_test": "find_range"}


# Loaded when first asked for, so that importing the package does not import TensorFlow.
def __getattr__(name: str) -> Any:
    if name == "schedules":
        return import_module(f"{__name__}.schedules")
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
