"""Further panels of a TuningLab: the decision boundary of 2-D data, and the histogram of the weights."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.labs.boundary import MOST_CLASSES, BoundaryMap
from tuningkit.labs.chart import Curve, CurveChart, Panel
from tuningkit.labs.records import Record
from tuningkit.labs.session import TuningSession
from tuningkit.labs.snapshot import Snapshot

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

_GRID = 60
#: Runs whose boundary is kept, so that picking one in the table shows it again.
_KEPT = 60
_BINS = 41
#: Weights smaller than this count as "near zero": they change no output that is shown to three figures.
NEAR_ZERO = 1e-3
#: Seconds between two pictures; each asks the network about 3,600 points.
_REFRESH = 1 / 12


class BoundaryView:
    """The network's answer at every point of the plane, for data with two inputs.

    Args:
        data: A data set whose rows have shape (2,).
        from_logits: Whether the network's outputs are raw scores rather than probabilities.
    """

    def __init__(self, data: Dataset, *, from_logits: bool) -> None:
        self._from_logits = from_logits
        names = data.feature_names or ("x1", "x2")
        classes = data.task == "classification"
        self._classes = data.n_classes if classes else 0
        self.widget = BoundaryMap(
            str(names[0]),
            str(names[1]),
            class_names=data.class_names if classes else (),
            kind="classification" if classes else "regression",
            height=280,
        )
        x = np.concatenate([data.x_train, data.x_validation])
        y = np.concatenate([data.y_train, data.y_validation])
        held_out = np.arange(len(x)) >= len(data.x_train)
        self.widget.set_points(x, y.reshape(len(y)), held_out)
        low, high = x.min(axis=0), x.max(axis=0)
        margin = 0.08 * (high - low)
        low, high = low - margin, high + margin
        self._extent = (float(low[0]), float(high[0]), float(low[1]), float(high[1]))
        axes = [np.linspace(low[i], high[i], _GRID) for i in (0, 1)]
        self._points = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2).astype("float32")
        self._drawn = 0.0
        self._shown: tuple[int, float] = (0, 0.0)
        self._kept: dict[int, np.ndarray] = {}

    def draw(self, snapshot: Snapshot, chosen: Record | None, session: TuningSession) -> None:
        """Ask the network that is training about every point of the grid, and show its answers.

        Of an earlier run picked in the table, show what the network answered last.
        """
        trainer = session.trainer
        if snapshot.record is None and not snapshot.position:
            # A new start: the boundary of another run would be taken for this one's.
            self._shown = (0, 0.0)
        if chosen is not None and chosen is not snapshot.record:
            if chosen.number in self._kept and self._shown != (chosen.number, chosen.run.epochs):
                self._show(self._kept[chosen.number], chosen.number, chosen.run.epochs)
            return
        state = (snapshot.number, snapshot.position)
        if trainer is None or not snapshot.position or state == self._shown:
            return
        if not snapshot.final and time.monotonic() - self._drawn < _REFRESH:
            return
        self._drawn = time.monotonic()
        answers = np.asarray(trainer.predict(self._points), float)
        self._kept[snapshot.number] = answers.astype("float32")
        for number in list(self._kept)[:-_KEPT]:
            del self._kept[number]
        self._show(answers, *state)

    def _show(self, answers: np.ndarray, number: int, position: float) -> None:
        self._shown = (number, position)
        epochs = f"{position:.0f}" if position == int(position) else f"{position:.1f}"
        words = f"Run {number} after {epochs} epoch{'s' if position != 1 else ''}"
        if not self._classes:
            self.widget.draw(
                np.nan_to_num(answers.reshape(_GRID, _GRID)), extent=self._extent, sentence=words
            )
            return
        shares = probabilities(answers, from_logits=self._from_logits)[:, : self._classes]
        self.widget.draw(
            np.nan_to_num(shares).argmax(axis=1).reshape(_GRID, _GRID),
            shares.max(axis=1).reshape(_GRID, _GRID),
            extent=self._extent,
            sentence=words,
        )


def probabilities(outputs: np.ndarray, *, from_logits: bool) -> np.ndarray:
    """Class probabilities from a network's outputs.

    Args:
        outputs: Shape (rows, classes), or (rows, 1) for two classes.
        from_logits: Whether the outputs are raw scores.

    Returns:
        Shape (rows, classes), rows summing to 1.

    Example:
        >>> probabilities(np.array([[0.0]]), from_logits=True)
        array([[0.5, 0.5]])
    """
    if outputs.shape[1] == 1:
        share = 1 / (1 + np.exp(-np.clip(outputs, -60, 60))) if from_logits else outputs
        return np.concatenate([1 - share, share], axis=1)
    if not from_logits:
        return outputs
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


class WeightsView:
    """Histogram of all kernel weights, with the share that is near zero."""

    def __init__(self) -> None:
        self.widget = CurveChart(
            [
                Panel(
                    "weights", "Weights of the run in front", "number of weights", "weight", y_log_toggle=True
                )
            ],
            height=270,
            description="Histogram of the kernel weights of the run in front.",
        )
        self.widget.draw([])

    def draw(self, snapshot: Snapshot, chosen: Record | None, session: TuningSession) -> None:
        """Show the weights of the run in front; of an old run only if they were kept."""
        if chosen is None and snapshot.status == "training":
            return  # the first epoch of a new run is about to come
        if chosen is None or not chosen.run.weights:
            self.widget.draw([])
            return
        kernels = kernel_weights(chosen.run.weights)
        if not len(kernels) or not np.isfinite(kernels).all():
            self.widget.draw([], sentence="The weights are no numbers any more.")
            return
        # Even bins, symmetric around zero, that hold still while the weights move a little.
        reach = float(np.ceil(10 * max(np.quantile(np.abs(kernels), 0.999), 0.05)) / 10)
        edges = np.linspace(-reach, reach, _BINS + 1)
        counts, _ = np.histogram(np.clip(kernels, -reach, reach), edges)
        share = near_zero_share(kernels)
        label = f"{100 * share:.0f} % of {len(kernels):,} weights are nearer to zero than {NEAR_ZERO:g}"
        self.widget.draw([Curve("weights", label, edges, counts, kind="bars")], sentence=label + ".")


def kernel_weights(weights: list[np.ndarray]) -> np.ndarray:
    """All weights of matrices and convolution kernels in one vector; biases and statistics are left out."""
    kernels = [array.ravel() for array in weights if array.ndim >= 2]
    return np.concatenate(kernels) if kernels else np.zeros(0, "float32")


def near_zero_share(kernels: np.ndarray, limit: float = NEAR_ZERO) -> float:
    """Share of weights whose size is below ``limit``, from 0 to 1."""
    return float(np.mean(np.abs(kernels) < limit)) if len(kernels) else 0.0


def wanted_views(data: Dataset, *, from_logits: bool, weights: bool) -> list[Any]:
    """The further panels that fit the data and the request."""
    views: list[Any] = []
    one_number = data.task == "regression" and np.size(data.y_train) == len(data.y_train)
    few_classes = data.task == "classification" and 2 <= data.n_classes <= MOST_CLASSES
    if data.input_shape == (2,) and (one_number or few_classes):
        views.append(BoundaryView(data, from_logits=from_logits))
    if weights:
        views.append(WeightsView())
    return views
