"""``tk.optimizers.descend``: the paths of real Keras optimisers over a surface, from Python."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.optimizers.custom_surface import own_surface
from tuningkit.optimizers.path_record import Paths
from tuningkit.optimizers.path_settings import (
    PATH_OPTIMIZERS,
    PathSettings,
    check_belongs,
    check_path_optimizers,
    setting_names,
)
from tuningkit.optimizers.surfaces import SURFACES, Surface, get_surface
from tuningkit.training.hyperparameters import check_name
from tuningkit.training.lock import training_turn

if TYPE_CHECKING:
    from tuningkit.optimizers.path_graph import PathGraph

#: The learning rates among which :func:`best_rates` looks: four for each power of ten.
RATES = tuple(float(f"{rate:.3g}") for rate in np.geomspace(1e-4, 100, 25))

_GRAPHS: dict[int, PathGraph] = {}
_MAKING = threading.Lock()


def as_surface(surface: str | Surface | Callable[[Any, Any], Any]) -> Surface:
    """A surface from its name, from itself, or from a function of two variables.

    Raises:
        TypeError: If it is none of these.
        ValueError: If there is no surface of that name, or the function cannot be used.
    """
    if isinstance(surface, Surface):
        return surface
    if isinstance(surface, str):
        return get_surface(surface)
    return own_surface(surface)


def graph_for(surface: Surface, walkers: int = 1) -> PathGraph:
    """The graph that can walk over ``surface``. The built-in surfaces share one, made once for the process."""
    from tuningkit.optimizers.path_graph import PathGraph

    if SURFACES.get(surface.name) is not surface:
        return PathGraph([surface], walkers)
    with _MAKING:
        if walkers not in _GRAPHS:
            _GRAPHS[walkers] = PathGraph(list(SURFACES.values()), walkers)
        return _GRAPHS[walkers]


def descend(
    surface: str | Surface | Callable[[Any, Any], Any],
    optimizers: str | Sequence[str] = ("sgd", "momentum", "adam"),
    **settings: Any,
) -> Paths:
    """Follow Keras optimisers downhill on a loss surface.

    Args:
        surface: A name from ``SURFACES``, a surface, or a function of two variables written with ``keras.ops``.
        optimizers: One name or several of ``PATH_OPTIMIZERS``.
        **settings: As in :class:`PathSettings`: ``start``, ``steps``, ``learning_rate``, ``condition``, ``noise``,
            ``momentum``, ``rho``, ``beta_1``, ``beta_2``, ``weight_decay``, ``seed``. Start and learning rate are
            the surface's own where left out.

    Raises:
        ValueError: If a name or value is wrong, or none of the optimisers has a hyperparameter that was set.

    Example:
        >>> paths = descend("ravine", ["sgd", "momentum"], learning_rate=0.05, steps=100)
        >>> paths["momentum"].loss[-1] < paths["sgd"].loss[-1]
        True
    """
    names = check_path_optimizers(optimizers)
    for name, value in settings.items():
        check_name(name, setting_names())
        if value is not None:
            check_belongs(name, names)
    at = as_surface(surface)
    checked = PathSettings(**{"start": at.start, "learning_rate": at.learning_rate, **settings})
    # The graph's variables belong to whoever holds the turn.
    with training_turn():
        return graph_for(at).walk(at.name, checked, names)


def best_rates(
    surface: str | Surface | Callable[[Any, Any], Any],
    optimizers: str | Sequence[str] = tuple(PATH_OPTIMIZERS),
    **settings: Any,
) -> dict[str, float]:
    """For each optimiser the learning rate, of 25 from 1e-4 to 100, with the lowest loss at the end of its path.

    The loss at the end is the mean over the last tenth of the path, so that a lucky last step does not decide.

    Args:
        surface: As in :func:`descend`.
        optimizers: As in :func:`descend`.
        **settings: As in :func:`descend`, without the learning rate.

    Returns:
        Learning rates by name.

    Example:
        >>> best_rates("rosenbrock", ["sgd", "adam"], steps=300)
    """
    names = check_path_optimizers(optimizers)
    if "learning_rate" in settings:
        raise ValueError("best_rates looks for the learning rate; leave learning_rate out.")
    for name in settings:
        check_name(name, setting_names())
    at = as_surface(surface)
    checked = PathSettings(**{"start": at.start, **settings})
    with training_turn():
        losses = graph_for(at, len(RATES)).losses(at.name, checked, names, RATES)
    return lowest_rates(losses, checked.steps)


def lowest_rates(losses: Mapping[str, np.ndarray], steps: int) -> dict[str, float]:
    """The rates with the lowest loss at the end, the mean over the last tenth of the path.

    Args:
        losses: By optimiser, shape (rates, steps + 1), at the rates of ``RATES``.
        steps: Length of the paths.
    """
    tail = max(1, steps // 10)
    found = {}
    for name, along in losses.items():
        with np.errstate(over="ignore", invalid="ignore"):
            ends = along[:, -tail:].astype(float).mean(axis=1)
        found[name] = RATES[int(np.argmin(np.where(np.isfinite(ends), ends, np.inf)))]
    return found
