"""Searching for hyperparameters: many methods and libraries, one table of trials.

``tk.search.Trials``, ``tk.search.Log`` and the others below are names of this package. Nothing of TensorFlow or of a search library is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuningkit.search.space import Choice, Integer, Log, Uniform
    from tuningkit.search.trials import Trial, Trials

__all__ = ["Choice", "Integer", "Log", "Trial", "Trials", "Uniform"]

_HOMES = {
    "Choice": "space",
    "Integer": "space",
    "Log": "space",
    "Trial": "trials",
    "Trials": "trials",
    "Uniform": "space",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}. It has: {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return sorted(__all__)
