"""A validation landscape over two hyperparameters: every cell is a network that was really trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.search.disk_cache import DiskCache
from tuningkit.search.landscape_key import settings_key
from tuningkit.training.hyperparameters import HYPERPARAMETERS, MEMBER_HYPERPARAMETERS, check_name
from tuningkit.training.run import more_is_better

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.search.trials import Trials

#: How many values the first and the second hyperparameter get where none are given.
SIZES = (24, 16)
#: Epochs each cell is trained for; two thirds and eight ninths of it can be saved by halving.
EPOCHS = 18
_RANGES = {"learning_rate": (1e-4, 10**0.5), "l1": (1e-6, 1.0), "l2": (1e-6, 1.0)}
_DROPOUT = (0.0, 0.9)


@dataclass(frozen=True, eq=False)
class Landscape:
    """What training gives at every pair of values, after every epoch.

    Axes are named once: ``x`` is the first hyperparameter, ``y`` the second. A place is a pair of coordinates in
    [0, 1); coordinate u belongs to value number floor(u * n) of n. Where the values are evenly spaced in their
    logarithm, as the usual ones are, these are log coordinates.

    Attributes:
        values: The values by hyperparameter, ascending; the first name is x, the second y.
        curves: The objective after every epoch, mean over the seeds, shape (x, y, epochs). NaN from the epoch
            of divergence on.
        diverged_at: Epoch, from 1, in which a cell diverged; 0 where it did not. Shape (x, y).
        objective: Name of what is measured, such as "val_loss": a data loss or metric, without L1/L2 penalty.
        seeds: The seeds each cell was trained with.
        seconds: Time the training took.
        shared: What all cells share.
        note: One line worth knowing, such as why it was computed again.

    Example:
        >>> landscape.epochs, landscape.shape
        (18, (24, 16))
        >>> landscape.scores()[landscape.best]
        0.061
    """

    values: Mapping[str, tuple[float, ...]]
    curves: np.ndarray
    diverged_at: np.ndarray
    objective: str = "val_loss"
    seeds: tuple[int, ...] = (0,)
    seconds: float = 0.0
    shared: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        sizes = tuple(len(listed) for listed in self.values.values())
        if len(sizes) != 2 or self.curves.ndim != 3 or self.curves.shape[:2] != sizes:
            raise ValueError(
                "A landscape has two hyperparameters and curves of shape (x, y, epochs). Received: "
                f"{sizes} values and curves of shape {self.curves.shape}."
            )
        if self.diverged_at.shape != sizes:
            raise ValueError(f"diverged_at must have the shape {sizes}. Received: {self.diverged_at.shape}.")

    @property
    def names(self) -> tuple[str, str]:
        """The two hyperparameters, x first."""
        first, second = self.values
        return first, second

    @property
    def shape(self) -> tuple[int, int]:
        """How many values x and y have."""
        return self.curves.shape[0], self.curves.shape[1]

    @property
    def epochs(self) -> int:
        """How long every cell was trained."""
        return self.curves.shape[2]

    @property
    def direction(self) -> str:
        """Whether less of the objective is better ("min") or more ("max")."""
        return "max" if more_is_better(self.objective) else "min"

    def scores(self, epochs: int | None = None) -> np.ndarray:
        """The best objective up to an epoch, shape (x, y); NaN where the cell diverged by then.

        As if training had been stopped at its best epoch. A run that diverges later is judged by what it was
        until then: nobody can know the rest.

        Args:
            epochs: Epochs trained; None for all.

        Raises:
            ValueError: If there are not so many epochs.
        """
        epochs = self._check_epochs(epochs)
        curves = self.curves[..., :epochs]
        worst = -np.inf if self.direction == "max" else np.inf
        filled = np.where(np.isfinite(curves), curves, worst)
        best = filled.max(axis=-1) if self.direction == "max" else filled.min(axis=-1)
        lost = ~np.isfinite(best) | ((self.diverged_at > 0) & (self.diverged_at <= epochs))
        return np.where(lost, np.nan, best)

    @property
    def best(self) -> tuple[int, int]:
        """The cell with the best score.

        Raises:
            ValueError: If every cell diverged.
        """
        scores = self.scores()
        if np.isnan(scores).all():
            raise ValueError("Every cell of this landscape diverged. Try smaller learning rates.")
        place = int(np.nanargmax(scores) if self.direction == "max" else np.nanargmin(scores))
        x, y = np.unravel_index(place, scores.shape)
        return int(x), int(y)

    def configuration(self, cell: tuple[int, int]) -> dict[str, float]:
        """The hyperparameters of a cell, by name."""
        return {name: self.values[name][place] for name, place in zip(self.names, cell, strict=True)}

    @property
    def trials(self) -> Trials:
        """All cells as trials of a full grid search."""
        from tuningkit.search.trials import Trial, Trials

        scores, each = self.scores(), self.seconds / self.diverged_at.size
        trials = []
        for number, cell in enumerate(np.ndindex(self.shape), start=1):
            lost = int(self.diverged_at[cell])
            trials.append(
                Trial(
                    number,
                    self.configuration(cell),
                    objective=float(scores[cell]),
                    epochs=float(lost or self.epochs),
                    seconds=each,
                    status="diverged" if lost else "finished",
                    seed=self.seeds[0] if len(self.seeds) == 1 else None,
                    curve=tuple(self.curves[cell][: lost or self.epochs]),
                )
            )
        space = {name: list(values) for name, values in self.values.items()}
        return Trials(
            tuple(trials), self.objective, self.direction, "grid", seconds=self.seconds, space=space
        )

    def cell_at(self, point: Sequence[float]) -> tuple[int, int]:
        """The cell that a place in [0, 1) belongs to; further coordinates are ignored.

        Example:
            >>> landscape.cell_at((0.0, 0.999, 0.3))
            (0, 15)
        """
        x, y = (int(np.clip(np.floor(u * n), 0, n - 1)) for u, n in zip(point, self.shape, strict=False))
        return x, y

    def centre(self, cell: tuple[int, int]) -> tuple[float, float]:
        """The place in the middle of a cell."""
        return (cell[0] + 0.5) / self.shape[0], (cell[1] + 0.5) / self.shape[1]

    def _check_epochs(self, epochs: int | None) -> int:
        if epochs is None:
            return self.epochs
        if not 1 <= epochs <= self.epochs:
            raise ValueError(f"This landscape has the epochs 1 to {self.epochs}. Received: epochs={epochs!r}")
        return int(epochs)

    def __repr__(self) -> str:
        lost = int((self.diverged_at > 0).sum())
        cells = f"{self.shape[0]} x {self.shape[1]} cells"
        text = f"Landscape of {self.objective} over {' and '.join(self.names)}: {cells}, {self.epochs} epochs"
        return f"{text}, {lost} cells diverged." if lost else f"{text}."


def default_values(name: str, count: int) -> tuple[float, ...]:
    """Values that span a sensible range, evenly spaced: in the logarithm for rates and strengths.

    Args:
        name: One of ``learning_rate``, ``dropout``, ``l1``, ``l2``.
        count: How many.

    Example:
        >>> default_values("l2", 3)
        (1e-06, 0.001, 1.0)
    """
    check_name(name, MEMBER_HYPERPARAMETERS)
    if name == "dropout":
        return tuple(round(float(v), 4) for v in np.linspace(*_DROPOUT, count))
    return tuple(float(f"{v:.3g}") for v in np.geomspace(*_RANGES[name], count))


def landscape_values(
    names: Sequence[str], values: Mapping[str, Sequence[float]] | None = None
) -> dict[str, tuple[float, ...]]:
    """The values of a landscape, checked: two hyperparameters, each with at least two values.

    Args:
        names: The two hyperparameters, x first.
        values: Values by name, for some or all of them.

    Raises:
        ValueError: If there are not two different names, or a value is out of range or double.
        TypeError: If the values are no lists of numbers.
    """
    from tuningkit.training.grid_sweep import check_grid

    given = dict(values or {})
    names = [*names, *(name for name in given if name not in names)]
    if len(names) != 2 or len(set(names)) != 2:
        raise ValueError(
            f'A landscape needs two different hyperparameters, such as "learning_rate", "l2". Received: {names}'
        )
    for name in names:
        check_name(name, MEMBER_HYPERPARAMETERS)
    grid = check_grid(
        {name: given.get(name, default_values(name, size)) for name, size in zip(names, SIZES, strict=True)}
    )
    for name, listed in grid.items():
        if len(listed) < 2:
            raise ValueError(f"A landscape needs at least two values of {name}. Received: {listed}")
    return {name: tuple(sorted(listed)) for name, listed in grid.items()}


def compute_landscape(
    model: keras.Model,
    data: Dataset,
    *names: str,
    values: Mapping[str, Sequence[float]] | None = None,
    epochs: int = EPOCHS,
    seeds: int | Sequence[int] = 0,
    objective: str = "val_loss",
    cache: bool = True,
    on_epoch: Callable[[Any], None] | None = None,
    **settings: Any,
) -> Landscape:
    """Train a network for every pair of values, all in one graph, or read them from an earlier time.

    The result is kept in the cache folder under a key made of everything that it depends on: model, data,
    values, settings, and the versions of tuningkit, Keras and TensorFlow.

    Args:
        model: A built Keras model. It is never changed.
        data: The data.
        *names: Two of ``learning_rate``, ``dropout``, ``l1``, ``l2``; the first is the x axis.
        values: Values by name; left out, 24 of the first and 16 of the second over a sensible range.
        epochs: Length of every run.
        seeds: One seed for all cells, or several: each cell is then the mean over them.
        objective: A curve of the history, such as ``val_loss`` or ``val_accuracy``.
        cache: Whether to read and write the cache.
        on_epoch: Called with the trainer after every epoch; what it raises ends the computation.
        **settings: As for :func:`tuningkit.sweep`: ``optimizer``, ``batch_size``, ``dropout``, ...

    Returns:
        The landscape; its ``note`` says why a saved one was not used.

    Raises:
        ValueError: If a name, value or setting is wrong, or the members do not fit into memory.
        KeyError: If there is no such objective.

    Example:
        >>> landscape = compute_landscape(model, digits, "learning_rate", "l2")
        >>> landscape.configuration(landscape.best)
        {'learning_rate': 0.0278, 'l2': 1.58e-05}
    """
    listed = landscape_values(names, values)
    seed_list = [seeds] if isinstance(seeds, (int, np.integer)) else list(seeds)
    if not seed_list:
        raise ValueError("seeds must name at least one seed. Received: []")
    for seed in seed_list:
        HYPERPARAMETERS["seed"].check(seed)
    HYPERPARAMETERS["epochs"].check(epochs)
    wanted = {"values": listed, "epochs": epochs, "seeds": seed_list, "objective": objective}
    key = settings_key(model, data, {**wanted, **settings}) if cache else None
    store = DiskCache("landscapes", key) if key is not None else None
    known = {"values": listed, "objective": objective, "seeds": tuple(seed_list)}
    note = ""
    if store is not None:
        arrays, meta, note = store.read()
        if arrays is not None:
            try:
                return Landscape(**known, **arrays, **meta)
            except (TypeError, ValueError) as error:
                note = f"What was saved could not be used ({error}), so it is computed again."
    arrays, meta = _train(model, data, wanted, settings, on_epoch)
    if store is not None:
        note = " ".join(part for part in (note, store.write(arrays, meta)) if part)
    return Landscape(**known, **arrays, **meta, note=note)


def _train(
    model: keras.Model,
    data: Dataset,
    wanted: Mapping[str, Any],
    settings: Mapping[str, Any],
    on_epoch: Callable[[Any], None] | None,
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    from tuningkit.training.grid_sweep import sweep

    seeds, shape = wanted["seeds"], [len(listed) for listed in wanted["values"].values()]
    grid = {**wanted["values"], "seed": seeds} if len(seeds) > 1 else dict(wanted["values"])
    shared = {} if len(seeds) > 1 else {"seed": seeds[0]}
    result = sweep(
        model,
        data,
        grid,
        epochs=wanted["epochs"],
        progress=on_epoch is None,
        on_epoch=on_epoch,
        **shared,
        **settings,
    )
    if wanted["objective"] not in result.history:
        known = ", ".join(
            name for name in result.history if name.startswith("val_") and name != "val_penalty"
        )
        raise KeyError(f"There is no curve {wanted['objective']!r} to search on. There are: {known}.")
    if result.epochs < wanted["epochs"]:
        raise KeyboardInterrupt
    curves = np.asarray(result.history[wanted["objective"]], float).reshape(*shape, len(seeds), -1)
    ends = np.asarray(result.diverged_at).reshape(*shape, len(seeds))
    # A cell has diverged when the first of its seeds has: a mean over the others would flatter it.
    first = np.where(ends > 0, ends, np.iinfo(np.int64).max).min(axis=-1)
    diverged_at = np.where((ends > 0).any(axis=-1), first, 0)
    mean = curves.mean(axis=2)
    gone = (diverged_at[..., None] > 0) & (np.arange(1, mean.shape[-1] + 1) >= diverged_at[..., None])
    arrays = {
        "curves": np.where(gone, np.nan, mean).astype(np.float32),
        "diverged_at": diverged_at.astype(np.int64),
    }
    shared_by_all = {name: _plain(value) for name, value in result.hyperparameters.items()}
    return arrays, {"seconds": float(result.seconds), "shared": shared_by_all}


def _plain(value: Any) -> Any:
    """As JSON would give it back, so that a landscape looks the same when it is read."""
    if isinstance(value, np.generic):
        return value.item()
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
