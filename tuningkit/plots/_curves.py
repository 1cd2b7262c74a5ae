"""Training and validation curves of one run."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

History = Mapping[str, Any]


def curves(
    history: History,
    *,
    metric: str = "loss",
    ax: "Axes | None" = None,
    label: str = "",
    ghosts: Sequence[History] = (),
    markers: Sequence[tuple[float, str]] = (),
    log: bool | None = None,
    title: str | None = None,
) -> "Axes":
    """Draw one metric over the epochs: training solid, validation dashed.

    A run whose numbers stop being finite has diverged; a cross marks its last finite point. Call the function
    again with the same `ax` and another `label` to compare runs.

    Args:
        history: Values by Keras's names: `history["loss"]` and, if present, `history["val_loss"]`. Shape
            (epochs,), or (repeats, epochs) for repeated seeds: then the mean is drawn in a band from the
            smallest to the largest.
        metric: Which metric, without `val_`.
        ax: Axes to draw on, or None for a new figure.
        label: A name of the run for the legend; needed only to compare runs.
        ghosts: Histories of earlier runs, drawn faint behind.
        markers: Pairs (epoch, text): a vertical line where something changed, such as `(12, "L2 0 → 1e-2")`.
        log: Whether the metric's axis is logarithmic; None decides: losses that spread over a factor of 100.
        title: What the figure shows.

    Returns:
        The axes.

    Raises:
        TypeError: If a value is not a number.
        ValueError: If the metric is missing or shapes do not fit.

    Example:
        >>> ax = curves({"loss": [1.0, 0.4, 0.2], "val_loss": [1.0, 0.5, 0.6]}, title="Overfitting from epoch 3")
        >>> [line.get_label() for line in ax.lines]
        ['training', 'validation']
    """
    series = _read(history, metric, "history")
    faint = [_read(ghost, metric, f"ghosts[{index}]") for index, ghost in enumerate(ghosts)]
    ax = style.axes_or_new(ax)
    for index, ghost in enumerate(faint):
        _draw_ghost(ax, ghost, label="earlier runs" if index == 0 else None)
    _draw_run(ax, series, label)
    for epoch, text in markers:
        _draw_marker(ax, float(epoch), str(text))
    _set_scale(ax, metric, [series, *faint], log)
    style.epoch_axis(ax)
    style.dress(ax, x_label="epoch", y_label=_axis_label(ax, metric), title=title)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(framealpha=0.85, edgecolor="none")
    return ax


def _read(history: History, metric: str, what: str) -> dict[str, np.ndarray]:
    """`{"train": (repeats, epochs), "validation": (repeats, epochs)}`; validation may be missing."""
    if not isinstance(history, Mapping):
        raise TypeError(
            f"{what} must map names to values, as run.history does, but it is {type(history).__name__}."
        )
    if metric.startswith("val_"):
        raise ValueError(f'metric="{metric[4:]}" draws training and validation; leave out "val_".')
    if metric not in history:
        near = get_close_matches(metric, list(history), n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(map(repr, history))}."
        raise ValueError(f"{what} has no {metric!r}. {hint}")
    series = {}
    for part, key in (("train", metric), ("validation", f"val_{metric}")):
        if key in history:
            values = as_floats(history[key], f"{what}[{key!r}]", "(epochs,)", "(repeats, epochs)")
            series[part] = np.atleast_2d(np.where(np.isfinite(values), values, np.nan))
    if len({values.shape for values in series.values()}) > 1:
        raise ValueError(
            f"{what}[{metric!r}] has the shape {series['train'].shape}, but {what}['val_{metric}'] has "
            f"{series['validation'].shape} (repeats, epochs): both need the same."
        )
    return series


def _draw_run(ax: "Axes", series: dict[str, np.ndarray], label: str) -> None:
    earlier = sum(line.get_gid() == "train" for line in ax.lines)
    for part, colour, line_style, word in (
        ("train", style.TRAIN, style.TRAIN_LINE, "training"),
        ("validation", style.VALIDATION, style.VALIDATION_LINE, "validation"),
    ):
        if part not in series:
            continue
        values = series[part]
        repeats, epochs = values.shape
        if label:
            # Runs are compared: one colour per run, and the line style tells training from validation.
            colour = style.PALETTE[earlier % len(style.PALETTE)]
        text = f"{label}, {word}" if label else word
        if repeats > 1:
            text += f" (mean and range of {repeats})"
        x = np.arange(1, epochs + 1)
        middle = values.mean(axis=0)
        dot = "o" if epochs == 1 else None
        ax.plot(x, middle, color=colour, linestyle=line_style, marker=dot, label=text, gid=part, zorder=3)
        if repeats > 1:
            ax.fill_between(
                x,
                values.min(axis=0),
                values.max(axis=0),
                color=colour,
                alpha=0.15,
                linewidth=0,
                gid=f"{part} band",
            )
    end = _divergence(series)
    if end is not None:
        part = "validation" if "validation" in series else "train"
        height = series[part].mean(axis=0)[end - 1] if end else np.nan
        name = f"{label} diverged" if label else "diverged"
        ax.plot(
            [max(end, 1)],
            [height],
            linestyle="none",
            marker="X",
            markersize=9,
            color=style.INK,
            label=f"{name} in epoch {end + 1}",
            gid="diverged",
            zorder=4,
        )


def _divergence(series: dict[str, np.ndarray]) -> int | None:
    """Number of finite epochs before the values end for good, or None if they never do."""
    finite = np.all([np.isfinite(values).all(axis=0) for values in series.values()], axis=0)
    if finite.size == 0 or finite[-1]:
        return None
    return int(np.flatnonzero(finite)[-1]) + 1 if finite.any() else 0


def _draw_ghost(ax: "Axes", series: dict[str, np.ndarray], label: str | None) -> None:
    for part, line_style in (("train", style.TRAIN_LINE), ("validation", style.VALIDATION_LINE)):
        if part in series:
            middle = series[part].mean(axis=0)
            x = np.arange(1, len(middle) + 1)
            ax.plot(
                x,
                middle,
                color=style.GHOST,
                linestyle=line_style,
                linewidth=1.0,
                alpha=0.6,
                label=label,
                gid="ghost",
                zorder=2,
            )
            label = None


def _draw_marker(ax: "Axes", epoch: float, text: str) -> None:
    if not np.isfinite(epoch):
        raise ValueError(f"A marker's epoch must be a number, but it is {epoch!r}.")
    ax.axvline(epoch, color=style.INK, linestyle=":", linewidth=1.0, gid="marker", zorder=2)
    ax.annotate(
        text,
        (epoch, 0.98),
        xycoords=ax.get_xaxis_transform(),
        xytext=(3, 0),
        textcoords="offset points",
        rotation=90,
        ha="left",
        va="top",
        fontsize="small",
        color=style.INK,
        bbox={"facecolor": ax.get_facecolor(), "alpha": 0.8, "edgecolor": "none", "pad": 1},
        gid="marker text",
    )


def _set_scale(ax: "Axes", metric: str, runs: list[dict[str, np.ndarray]], log: bool | None) -> None:
    values = np.concatenate([part.ravel() for run in runs for part in run.values()])
    if log is None:
        is_loss = any(word in metric for word in ("loss", "error", "penalty"))
        log = ax.get_yscale() == "log" or (is_loss and style.wants_log(values))
    if log:
        style.log_axis(ax.yaxis)
    else:
        ax.set_yscale("linear")
    if "accuracy" in metric and not log:
        ax.set_ylim(top=min(ax.get_ylim()[1], 1.02))


def _axis_label(ax: "Axes", metric: str) -> str:
    name = "accuracy (share correct)" if metric == "accuracy" else metric.replace("_", " ")
    return style.y_label(ax, name)
