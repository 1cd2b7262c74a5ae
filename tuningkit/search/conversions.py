"""One space in the words of the other libraries."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tuningkit.search.space import Choice, Integer, Log, Uniform, check_space

if TYPE_CHECKING:
    import keras_tuner


def to_scikit_learn(space: Mapping[str, Any]) -> dict[str, Any]:
    """A space as ``param_distributions`` of scikit-learn's randomized searches.

    Args:
        space: Ranges and lists by hyperparameter.

    Returns:
        SciPy distributions for ranges, lists for choices.

    Example:
        >>> RandomizedSearchCV(model, tk.search.to_scikit_learn({"C": tk.search.Log(1e-3, 1e3)}))
    """
    from scipy import stats

    def convert(dimension: Any) -> Any:
        if isinstance(dimension, Log):
            return stats.loguniform(dimension.low, dimension.high)
        if isinstance(dimension, Uniform):
            return stats.uniform(dimension.low, dimension.high - dimension.low)
        if isinstance(dimension, Integer) and not dimension.log:
            return stats.randint(dimension.low, dimension.high + 1)
        if isinstance(dimension, Integer):
            return _LogIntegers(dimension)
        return list(dimension.values)

    return {name: convert(dimension) for name, dimension in check_space(space).items()}


class _LogIntegers:
    """Whole numbers on a logarithmic scale: all that scikit-learn asks of a distribution is ``rvs``."""

    def __init__(self, dimension: Integer) -> None:
        self.dimension = dimension

    def rvs(self, size: int | None = None, random_state: Any = None) -> Any:
        """One number, or an array of them."""
        import numpy as np
        from sklearn.utils import check_random_state

        state = check_random_state(random_state)
        rng = np.random.default_rng(int(state.randint(2**31 - 1)))
        return (
            self.dimension.draw(rng)
            if size is None
            else np.array([self.dimension.draw(rng) for _ in range(size)])
        )


def to_keras_tuner(
    space: Mapping[str, Any], *, grid: Mapping[str, list[Any]] | None = None
) -> keras_tuner.HyperParameters:
    """A space as KerasTuner's ``HyperParameters``.

    Args:
        space: Ranges and lists by hyperparameter.
        grid: Values that stand for the ranges, by hyperparameter, from
            :func:`tuningkit.search.configurations.grid_values`. KerasTuner's own grid over a range without a step
            takes the lower end and the middles of ten parts, and never the upper end.

    Raises:
        ValueError: If a choice holds values that KerasTuner cannot take, such as None.

    Example:
        >>> tk.search.to_keras_tuner({"units": tk.search.Integer(8, 64)}).get("units")
        8
    """
    import keras_tuner

    found = keras_tuner.HyperParameters()
    for name, dimension in check_space(space).items():
        values = list(dimension.values) if isinstance(dimension, Choice) else (grid or {}).get(name)
        if values is not None:
            values = _of_one_kind(name, values)
            found.Choice(name, values, default=values[0])
        elif isinstance(dimension, Integer):
            found.Int(name, dimension.low, dimension.high, sampling="log" if dimension.log else "linear")
        else:
            sampling = "log" if isinstance(dimension, Log) else "linear"
            found.Float(name, dimension.low, dimension.high, sampling=sampling)
    return found


def _of_one_kind(name: str, values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values}
    if kinds == {int, float}:
        return [float(value) for value in values]
    if len(kinds) > 1 or not isinstance(values[0], (bool, int, float, str)):
        raise ValueError(
            "The values of a choice in KerasTuner are of one kind: numbers, text or True/False. "
            f"Received: {name}={values!r}"
        )
    return values


def to_hyperopt(space: Mapping[str, Any]) -> dict[str, Any]:
    """A space as Hyperopt's search space.

    Args:
        space: Ranges and lists by hyperparameter.

    Example:
        >>> hyperopt.fmin(f, tk.search.to_hyperopt({"l2": tk.search.Log(1e-7, 0.1)}), algo=hyperopt.tpe.suggest)
    """
    from hyperopt import hp
    from hyperopt.pyll import scope

    def convert(name: str, dimension: Any) -> Any:
        if isinstance(dimension, Log):
            return hp.loguniform(name, math.log(dimension.low), math.log(dimension.high))
        if isinstance(dimension, Uniform):
            return hp.uniform(name, dimension.low, dimension.high)
        if isinstance(dimension, Integer) and dimension.log:
            return scope.int(
                hp.qloguniform(name, math.log(dimension.low - 0.5), math.log(dimension.high + 0.5), 1)
            )
        if isinstance(dimension, Integer):
            return hp.uniformint(name, dimension.low, dimension.high)
        return hp.choice(name, list(dimension.values))

    return {name: convert(name, dimension) for name, dimension in check_space(space).items()}
