"""Is the best point at the edge of what was searched? Then the true best may lie outside."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuningkit.training.hyperparameters import HYPERPARAMETERS, format_value
from tuningkit.training.run import more_is_better

#: A place this close to an end counts as on the edge, as a share of the range (of its logarithm where wide).
EDGE = 0.1
#: Fewer results than this say nothing about edges.
LEAST_RESULTS = 5
#: A range wider than this factor, without zero, is taken in its logarithm.
_LOG_FACTOR = 30.0
#: The best of this share of the results (at least three) tell whether the edge is more than one lucky point.
_TOP = 0.1


@dataclass(frozen=True)
class BoundaryWarning:
    """The best point lies at an end of one hyperparameter's range.

    Attributes:
        name: The hyperparameter.
        side: "low" or "high".
        edge: The end of the range that was searched.
        best: The best point's value.
        suggestion: An end that would be wide enough to see: a factor of ten further, or half the range.
        lasting: Whether the best few points lie there, too, rather than the best one alone.

    Example:
        >>> print(BoundaryWarning("l2", "high", 0.1, 0.1, 1.0, True))
        The best point lies on the edge: widen L2 beyond 0.1, for example to 1.
    """

    name: str
    side: str
    edge: float
    best: float
    suggestion: float
    lasting: bool

    def __str__(self) -> str:
        label = HYPERPARAMETERS[self.name].label if self.name in HYPERPARAMETERS else self.name
        where = "beyond" if self.side == "high" else "below"
        near = "on the edge" if self.best == self.edge else f"near the edge ({format_value(self.best)})"
        text = (
            f"The best point lies {near}: widen {label} {where} {format_value(self.edge)}, "
            f"for example to {format_value(self.suggestion)}."
        )
        if not self.lasting:
            text += " The next best points lie elsewhere, so this may be chance: another seed can tell."
        return text


def boundary_warnings(results: Any, *, metric: str | None = None) -> tuple[BoundaryWarning, ...]:
    """Name the hyperparameters whose best value lies at an end of the range that was searched.

    The rule, for each hyperparameter with at least three different numbers: the best point's value lies within
    the outer 10 % of the searched range, and on a grid it is the first or the last value. Ranges without zero
    that span more than a factor of 30 are measured in their logarithm. No warning is given for an end that the
    hyperparameter cannot pass (a strength or a dropout of zero), for names, for fewer than five results, and if
    all results are alike.

    Args:
        results: ``Trials``, a ``Sweep`` or a ``Landscape``.
        metric: For a sweep, the curve that counts; None: ``val_loss``. The others have an objective of their own.

    Returns:
        The warnings, empty if there is nothing to say; each prints as a sentence.

    Raises:
        TypeError: If the results are of another kind.

    Example:
        >>> sweep = tk.sweep(model, digits, {"l2": [1e-6, 1e-5, 1e-4, 1e-3, 1e-2]}, epochs=10)
        >>> for warning in tk.search.boundary_warnings(sweep):
        ...     print(warning)

    Reference:
        V. Godbole et al. (2023), Deep Learning Tuning Playbook, "Identifying bad search space boundaries",
        https://github.com/google-research/tuning_playbook
    """
    configurations, objectives, maximise, space = points_of(results, metric)
    scored = np.isfinite(objectives)
    if scored.sum() < LEAST_RESULTS or np.ptp(objectives[scored]) == 0:
        return ()
    order = np.argsort(-objectives if maximise else objectives, kind="stable")
    order = [int(i) for i in order if scored[i]]
    names = list(dict.fromkeys(name for one in configurations for name in one))
    found = (_warning(name, configurations, order, space.get(name)) for name in names)
    return tuple(warning for warning in found if warning is not None)


def points_of(
    results: Any, metric: str | None = None
) -> tuple[list[Mapping[str, Any]], np.ndarray, bool, Mapping[str, Any]]:
    """Configurations, objectives (NaN for those without), whether more is better, and the space if it is known.

    Args:
        results: ``Trials``, a ``Sweep`` or a ``Landscape``.
        metric: For a sweep, the curve that counts; None: ``val_loss``.

    Raises:
        TypeError: If the results are of another kind.
    """
    from tuningkit.search.landscape import Landscape
    from tuningkit.search.trials import Trials
    from tuningkit.training.results import Sweep

    if isinstance(results, Landscape):
        results = results.trials
    if isinstance(results, Trials):
        # What was stopped early has a number from less training: it is no rival of the finished ones.
        finished = {trial.number for trial in results if trial.status == "finished"}
        objectives = np.array(
            [trial.objective if trial.number in finished else math.nan for trial in results], float
        )
        configurations = [trial.configuration for trial in results]
        return configurations, objectives, results.direction == "max", results.space
    if isinstance(results, Sweep):
        metric = metric or "val_loss"
        scores = np.where(np.asarray(results.diverged_at) > 0, np.nan, results.scores(metric))
        return list(results.configurations), scores, more_is_better(metric), results.grid
    raise TypeError(
        "boundary_warnings reads Trials, a Sweep or a Landscape. Received: "
        f"{type(results).__name__}. tk.search(...) and tk.sweep(...) give such records."
    )


def _warning(
    name: str, configurations: Sequence[Mapping[str, Any]], order: Sequence[int], space: Any
) -> BoundaryWarning | None:
    tried = [configuration[name] for configuration in configurations if name in configuration]
    if name in ("seed", "irrelevant") or not all(_is_number(value) for value in tried):
        return None
    low, high, listed = _ends(tried, space)
    if len(set(tried)) < 3 or not low < high:
        return None
    scale = _Scale(low, high, listed or sorted({float(value) for value in tried}))
    values = [float(configurations[i][name]) for i in order if name in configurations[i]]
    if not values:
        return None
    best = values[0]
    side = scale.side(best)
    if not side or (listed is not None and best not in (listed[0], listed[-1])):
        return None
    edge = low if side == "low" else high
    suggestion = scale.further(side)
    entry = HYPERPARAMETERS.get(name)
    if entry is not None:
        suggestion = min(max(suggestion, entry.low), entry.high)
        # Nothing lies beyond: a strength of 0, a dropout of 0. An open end can only be approached.
        if (side == "low" and edge <= entry.low) or (side == "high" and edge >= entry.high):
            return None
        if suggestion in (
            edge,
            *([entry.low] if entry.open_low else []),
            *([entry.high] if entry.open_high else []),
        ):
            suggestion = (edge + suggestion) / 2
    top = values[: max(3, round(_TOP * len(values)))]
    lasting = sum(scale.side(value) == side for value in top) > len(top) / 2
    return BoundaryWarning(name, side, edge, best, float(f"{suggestion:.3g}"), lasting)


def _ends(tried: Sequence[float], space: Any) -> tuple[float, float, list[float] | None]:
    """Ends of the searched range, and the listed values if there was a list of them."""
    low, high = getattr(space, "low", None), getattr(space, "high", None)
    if _is_number(low) and _is_number(high):
        return float(low), float(high), None
    values = getattr(space, "values", space)
    if isinstance(values, (list, tuple, np.ndarray)) and len(values) and all(_is_number(v) for v in values):
        listed = sorted(float(value) for value in values)
        return listed[0], listed[-1], listed
    return float(min(tried)), float(max(tried)), None


class _Scale:
    """A range, in its logarithm if it is wide; a zero in a list of values, which has none, lies at its low end."""

    def __init__(self, low: float, high: float, listed: Sequence[float]) -> None:
        if low == 0 and listed[0] == 0 and high / listed[1] > _LOG_FACTOR:
            low = listed[1]
        self.low, self.high = low, high
        self.log = low > 0 and high / low > _LOG_FACTOR

    def side(self, value: float) -> str:
        """The end that a value is close to, or an empty text."""
        if self.log:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return "low" if share <= EDGE else "high" if share >= 1 - EDGE else ""

    def further(self, side: str) -> float:
        """An end further out."""
        if self.log:
            return self.low / 10 if side == "low" else self.high * 10
        half = (self.high - self.low) / 2
        return self.low - half if side == "low" else self.high + half


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(
        value, (bool, np.bool_)
    )
