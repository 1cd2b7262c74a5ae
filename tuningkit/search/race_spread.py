"""The same race with many seeds: how much of a win is luck?"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.search.disk_cache import DiskCache, digest
from tuningkit.search.race import Race, check_methods

if TYPE_CHECKING:
    from tuningkit.search.landscape import Landscape

#: Seeds where none are asked for.
SEEDS = 20


@dataclass(frozen=True, eq=False)
class RaceSpread:
    """Best-so-far curves of several seeds on one axis of epochs spent.

    Attributes:
        epochs: Epochs spent, shape (points,).
        best: By method, the best objective after so many epochs, shape (seeds, points); NaN before the first.
        seeds: The seeds.
        direction: "min" if less is better, "max" if more is.

    Example:
        >>> spread = race_over_seeds(landscape, ["grid", "random"])
        >>> spread.median("random")[-1] <= spread.median("grid")[-1]
        True
    """

    epochs: np.ndarray
    best: Mapping[str, np.ndarray]
    seeds: tuple[int, ...]
    direction: str = "min"

    def median(self, name: str) -> np.ndarray:
        """The middle of the seeds, shape (points,)."""
        return self._quantile(name, 0.5)

    def quartiles(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """A quarter and three quarters of the seeds lie below these, shape (points,) each."""
        return self._quantile(name, 0.25), self._quantile(name, 0.75)

    def wins(self, name: str, other: str) -> float:
        """Share of the seeds in which one method ended better than another; a tie counts half."""
        first, second = self.best[name][:, -1], self.best[other][:, -1]
        if self.direction == "max":
            first, second = -first, -second
        # A method that found nothing at all loses.
        first, second = np.nan_to_num(first, nan=np.inf), np.nan_to_num(second, nan=np.inf)
        return float(np.mean(np.where(first < second, 1.0, np.where(first == second, 0.5, 0.0))))

    def _quantile(self, name: str, share: float) -> np.ndarray:
        worst = -np.inf if self.direction == "max" else np.inf
        values = np.where(np.isfinite(self.best[name]), self.best[name], worst)
        # The nearest seed rather than a mixture of two: infinity minus infinity is no number.
        found = np.quantile(values, share, axis=0, method="nearest")
        return np.where(np.isfinite(found), found, np.nan)


def race_over_seeds(
    landscape: Landscape,
    methods: Sequence[str] | None = None,
    *,
    seeds: int | Sequence[int] = SEEDS,
    on_seed: Callable[[RaceSpread], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
    **settings: Any,
) -> RaceSpread:
    """Run the same race with several seeds.

    Args:
        landscape: The landscape.
        methods: Names of the methods; None for all.
        seeds: How many, from 0, or which.
        on_seed: Called with the seeds finished so far after each.
        stop: Asked before every step; True ends with the seeds finished so far.
        **settings: As for :class:`Race`: ``budget``, ``irrelevant``, ``acquisition``, ``exploration``.

    Returns:
        The spread over the seeds that were finished.

    Raises:
        ValueError: If a setting is wrong.

    Example:
        >>> race_over_seeds(landscape, ["random"], seeds=5).best["random"].shape
        (5, 27)
    """
    listed = list(range(seeds)) if isinstance(seeds, (int, np.integer)) else list(seeds)
    if not listed:
        raise ValueError(f"seeds must be at least one. Received: seeds={seeds!r}")
    axis: np.ndarray | None = None
    rows: dict[str, list[np.ndarray]] = {}
    spread = RaceSpread(np.zeros(0), {}, (), landscape.direction)
    for place, seed in enumerate(listed):
        race = Race(landscape, methods, seed=seed, **settings)
        while not stop() and race.step():
            pass
        if stop():
            break
        if axis is None:
            axis = np.arange(landscape.epochs, race.budget + 1, landscape.epochs, dtype=float)
        for name in race.looks:
            rows.setdefault(name, []).append(_on_axis(axis, *race.best_so_far(name)))
        spread = RaceSpread(
            axis,
            {name: np.stack(found) for name, found in rows.items()},
            tuple(listed[: place + 1]),
            landscape.direction,
        )
        if on_seed is not None:
            on_seed(spread)
    return spread


def _on_axis(axis: np.ndarray, spent: np.ndarray, best: np.ndarray) -> np.ndarray:
    """The best after so many epochs: the last look that was finished by then."""
    last = np.searchsorted(spent, axis, side="right") - 1
    return (
        np.where(last >= 0, best[np.maximum(last, 0)], np.nan) if len(best) else np.full(axis.shape, np.nan)
    )


def cached_race_over_seeds(
    landscape: Landscape, methods: Sequence[str] | None = None, **settings: Any
) -> RaceSpread:
    """As :func:`race_over_seeds`, read from the cache if the same race was run before.

    Args:
        landscape: The landscape.
        methods: Names of the methods; None for all.
        **settings: As for :func:`race_over_seeds`.
    """
    names = check_methods(methods)
    calls = {name: settings.pop(name) for name in ("on_seed", "stop") if name in settings}
    store = DiskCache("races", _key(landscape, names, settings))
    arrays, meta, _ = store.read()
    if arrays is not None and set(names) <= set(arrays):
        best = {name: arrays[name] for name in names}
        return RaceSpread(arrays["epochs"], best, tuple(meta["seeds"]), landscape.direction)
    spread = race_over_seeds(landscape, names, **settings, **calls)
    seeds = settings.get("seeds", SEEDS)
    wanted = seeds if isinstance(seeds, (int, np.integer)) else len(list(seeds))
    if len(spread.seeds) == wanted:
        store.write({**spread.best, "epochs": spread.epochs}, {"seeds": list(spread.seeds)})
    return spread


def _key(landscape: Landscape, names: Sequence[str], settings: Mapping[str, Any]) -> str:
    """Everything a race depends on: the numbers of the landscape, the settings, and the libraries that propose."""
    from importlib.metadata import version

    libraries = [version(name) for name in ("tuningkit", "numpy", "scipy", "scikit-learn", "hyperopt")]
    made_of = digest({"curves": landscape.curves, "diverged_at": landscape.diverged_at})
    plain = {
        name: value if np.isscalar(value) or value is None else list(value)
        for name, value in settings.items()
    }
    text = json.dumps(
        [made_of, landscape.objective, list(names), plain, libraries], sort_keys=True, default=int
    )
    return hashlib.sha256(text.encode()).hexdigest()
