"""The isolation plot: how good can it get at each value of one hyperparameter, the others at their best?"""

from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._numbers import format_number
from tuningkit.plots._scale import ValueScale

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: More different values than this are put into bins: with values drawn at random, each occurs once.
MOST_VALUES = 24


def isolation(
    results: Any,
    name: str,
    *,
    metric: str = "val_loss",
    bins: int = 8,
    ax: "Axes | None" = None,
    title: str | None = None,
) -> "Axes":
    """Draw the best objective over everything else for each value of one hyperparameter.

    Every trial is a faint dot. Up to 24 different values are taken as they are; more, as a random search draws
    them, are put into bins of equal width, on a log scale where the values span a factor of 100 or more. The line
    joins the best trial of each value or bin. A value whose line is worse than another's by more than seeds differ
    is a worse choice, whatever the other hyperparameters are; bins with few trials say little.

    Args:
        results: `Trials` of a search, a `Sweep` or a `Landscape`.
        name: The hyperparameter.
        metric: For a sweep, the curve whose best value counts.
        bins: Bins for many different values.
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows.

    Returns:
        The axes; the joined points have the gid "isolation".

    Raises:
        KeyError: If no trial has this hyperparameter.
        TypeError: If results are of another kind.
        ValueError: If no trial with this hyperparameter has an objective, or bins is less than 2.

    Example:
        >>> from tuningkit.search.trials import Trial, Trials
        >>> trials = [Trial(i, {"l2": l2}, objective=loss) for i, (l2, loss) in enumerate([(0.1, 2.0), (1e-4, 0.2)])]
        >>> ax = isolation(Trials(trials, objective="val_loss", direction="min", method="random"), "l2")

    Reference:
        V. Godbole et al. (2023), Deep Learning Tuning Playbook, "Isolation plots",
        https://github.com/google-research/tuning_playbook
    """
    if bins < 2:
        raise ValueError(f"bins must be at least 2, but it is {bins!r}.")
    values, objectives, more_is_better, label = _read(results, name, metric)
    positions, labels, scale = _positions(values)
    groups = _groups(np.log10(positions) if scale.log else positions, bins)
    ax = style.axes_or_new(ax)
    ax.plot(
        positions,
        objectives,
        linestyle="none",
        marker="o",
        markersize=4,
        color=style.GHOST,
        alpha=0.6,
        label="one trial",
        gid="trials",
    )
    pick = np.argmax if more_is_better else np.argmin
    best = np.array([group[pick(objectives[group])] for group in groups])
    ax.plot(
        positions[best],
        objectives[best],
        linestyle="none" if scale.named else "-",
        marker="D",
        markersize=6,
        color=style.VALIDATION,
        label="best of "
        + ("each value" if len(groups) == len(set(values.tolist())) else f"{len(groups)} bins"),
        gid="isolation",
        zorder=3,
    )
    champion = best[pick(objectives[best])]
    style.mark_best(
        ax,
        positions[champion],
        objectives[champion],
        label=f"best: {name} = {labels[champion]} ({format_number(objectives[champion])})",
        colour=style.TRAIN,
    )
    if style.wants_log(objectives):
        style.log_axis(ax.yaxis)
    scale.apply_to_x(ax)
    style.dress(
        ax, x_label=f"{name}, log scale" if scale.log else name, y_label=style.y_label(ax, label), title=title
    )
    ax.legend(framealpha=0.85, edgecolor="none")
    return ax


def _read(results: Any, name: str, metric: str) -> tuple[np.ndarray, np.ndarray, bool, str]:
    """Value and objective of every trial that has both, whether more is better, and the objective's name."""
    if hasattr(results, "curves") and hasattr(results, "trials"):  # a landscape
        results = results.trials
    if hasattr(results, "direction") and hasattr(results, "__iter__"):
        rows = [
            (trial.configuration, trial.objective if trial.status == "finished" else np.nan)
            for trial in results
        ]
        more, label = results.direction == "max", results.objective
    elif hasattr(results, "configurations") and hasattr(results, "scores"):
        from tuningkit.training.run import more_is_better

        scores = np.where(np.asarray(results.diverged_at) > 0, np.nan, results.scores(metric))
        rows = list(zip(results.configurations, scores, strict=True))
        more, label = more_is_better(metric), metric
    else:
        raise TypeError(f"results must be Trials or a Sweep, but it is {type(results).__name__}.")
    having = [(configuration[name], value) for configuration, value in rows if name in configuration]
    if not having:
        known = sorted({key for configuration, _ in rows for key in configuration})
        raise KeyError(f"No trial has the hyperparameter {name!r}. They have: {', '.join(known)}.")
    finite = [(value, float(objective)) for value, objective in having if np.isfinite(objective)]
    if not finite:
        raise ValueError(f"No trial with {name} has an objective, so there is nothing to draw.")
    values = np.array([value for value, _ in finite])
    return (
        values,
        np.array([o for _, o in finite]),
        more,
        label.replace("val_", "validation ").replace("_", " "),
    )


def _positions(values: np.ndarray) -> tuple[np.ndarray, list[str], ValueScale]:
    """Where each trial stands on the axis, its value in words, and the axis."""
    # Equal names share a place, which a scale gives to each of its values.
    distinct, number = np.unique(values, return_inverse=True)
    scale = ValueScale.of(distinct.tolist())
    return scale.positions[number], [scale.labels[i] for i in number], scale


def _groups(places: np.ndarray, bins: int) -> list[np.ndarray]:
    """Numbers of the trials that share a place or a bin, in ascending order."""
    distinct = np.unique(places)
    if len(distinct) <= MOST_VALUES:
        return [np.flatnonzero(places == one) for one in distinct]
    edges = np.linspace(places.min(), places.max(), bins + 1)
    number = np.clip(np.searchsorted(edges, places, side="right") - 1, 0, bins - 1)
    return [np.flatnonzero(number == one) for one in range(bins) if (number == one).any()]
