"""Searching for hyperparameters: many methods and libraries, one table of trials.

``tk.search`` is a function and a package at once: ``tk.search(model, data, space)`` runs a search, and
``tk.search.Log``, ``tk.search.Trials`` and the others are names of the package. Nothing of TensorFlow or of a search
library is imported before it is used.
"""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuningkit.search.boundary import BoundaryWarning, boundary_warnings
    from tuningkit.search.conversions import to_hyperopt, to_keras_tuner, to_scikit_learn
    from tuningkit.search.hyperopt_adapter import with_hyperopt
    from tuningkit.search.keras_tuner_adapter import with_keras_tuner
    from tuningkit.search.landscape import Landscape
    from tuningkit.search.landscape_training import compute_landscape
    from tuningkit.search.live_tuner import LiveTuner
    from tuningkit.search.population import Population
    from tuningkit.search.population_training import population_based_training
    from tuningkit.search.race import Race
    from tuningkit.search.race_spread import RaceSpread, race_over_seeds
    from tuningkit.search.scikit_learn_adapter import from_scikit_learn
    from tuningkit.search.space import Choice, Integer, Log, Uniform
    from tuningkit.search.trials import Trial, Trials

__all__ = [
    "BoundaryWarning",
    "Choice",
    "Integer",
    "Landscape",
    "LiveTuner",
    "Log",
    "Population",
    "Race",
    "RaceSpread",
    "Trial",
    "Trials",
    "Uniform",
    "boundary_warnings",
    "compute_landscape",
    "from_scikit_learn",
    "population_based_training",
    "race_over_seeds",
    "to_hyperopt",
    "to_keras_tuner",
    "to_scikit_learn",
    "with_hyperopt",
    "with_keras_tuner",
]

#: The file in which each name lives.
_HOMES = {
    "BoundaryWarning": "boundary",
    "Choice": "space",
    "Integer": "space",
    "Landscape": "landscape",
    "LiveTuner": "live_tuner",
    "Log": "space",
    "Population": "population",
    "Race": "race",
    "RaceSpread": "race_spread",
    "Trial": "trials",
    "Trials": "trials",
    "Uniform": "space",
    "boundary_warnings": "boundary",
    "compute_landscape": "landscape_training",
    "population_based_training": "population_training",
    "race_over_seeds": "race_spread",
    "from_scikit_learn": "scikit_learn_adapter",
    "to_hyperopt": "conversions",
    "to_keras_tuner": "conversions",
    "to_scikit_learn": "conversions",
    "with_hyperopt": "hyperopt_adapter",
    "with_keras_tuner": "keras_tuner_adapter",
}
_PACKAGE_DOC = __doc__


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}. It has: {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return sorted(__all__)


class _CallableModule(ModuleType):
    """A module that is also a function: asked for its signature, its help or its name, it answers as both."""

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        from tuningkit.search.vectorized import search

        return search(*arguments, **settings)

    @property
    def __signature__(self) -> inspect.Signature:
        from tuningkit.search.vectorized import search

        return inspect.signature(search)

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        from tuningkit.search.vectorized import search

        text = inspect.cleandoc(search.__doc__ or "")
        return f"{_PACKAGE_DOC}\ntuningkit.search{inspect.signature(search)}\n\n{text}\n"

    def __repr__(self) -> str:
        return f"<function tuningkit.search{self.__signature__}; also a package with {', '.join(__all__)}>"


sys.modules[__name__].__class__ = _CallableModule
