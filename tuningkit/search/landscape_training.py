"""Training a landscape, all cells in one graph, or reading it from an earlier time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.search.disk_cache import DiskCache
from tuningkit.search.landscape import Landscape
from tuningkit.search.landscape_key import settings_key
from tuningkit.training.hyperparameters import HYPERPARAMETERS, MEMBER_HYPERPARAMETERS, check_name

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset

#: How many values the first and the second hyperparameter get where none are given.
SIZES = (24, 16)
#: Epochs each cell is trained for; halving looks after 2 and 6 of them.
EPOCHS = 18
_RANGES = {"learning_rate": (1e-4, 10**0.5), "l1": (1e-6, 1.0), "l2": (1e-6, 1.0)}
_DROPOUT = (0.0, 0.9)


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
