"""Bayesian optimisation, as a method of a race: a Gaussian process says where a look is worth most."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from tuningkit.search.race_records import (
    Look,
    MethodSettings,
    Point,
    Proposal,
    SurrogateMaps,
    uniform_points,
)
from tuningkit.search.surrogate import GaussianSurrogate, expected_improvement, lower_confidence_bound

#: Random looks before the process is asked.
INITIAL = 5
#: Values of the irrelevant hyperparameter that are weighed at every cell.
_THIRDS = 4
#: Every so many proposals the surrogate is fitted from scratch.
_AFRESH = 5
ACQUISITIONS = {"ei": "expected improvement", "lcb": "lower confidence bound"}
#: Exploration where none is asked for: the margin of EI in deviations of the results, the kappa of LCB.
EXPLORATION = {"ei": 0.01, "lcb": 2.0}


class BayesianMethod:
    """Five random looks, then always the cell where the acquisition is best, never the same cell twice.

    A run that diverged enters as the worst result so far: a Gaussian process cannot take infinity.

    Args:
        settings: The race's settings.

    Reference:
        J. Snoek, H. Larochelle and R. P. Adams (2012), Practical Bayesian Optimization of Machine Learning
        Algorithms, https://arxiv.org/abs/1206.2944
    """

    def __init__(self, settings: MethodSettings) -> None:
        self._settings = settings
        self._sign = -1.0 if settings.maximise else 1.0
        self._initial = uniform_points(settings.seed, INITIAL, settings.dimensions, stream=1)
        self._points: list[Point] = []
        self._results: list[float] = []
        self._seen: set[tuple] = set()
        self._theta: np.ndarray | None = None
        nx, ny = settings.shape
        x, y = np.meshgrid((np.arange(nx) + 0.5) / nx, (np.arange(ny) + 0.5) / ny, indexing="ij")
        self._cells = np.stack([x.ravel(), y.ravel()], axis=1)

    def ask(self, left: int) -> Proposal | None:
        """The best place by the acquisition in force."""
        done = len(self._points)
        if left < self._settings.epochs:
            return None
        if done < INITIAL or not any(np.isfinite(self._results)):
            if done < INITIAL:
                point = tuple(map(float, self._initial[done]))
                words = (
                    f"random draw {done + 1} of {INITIAL}: the Gaussian process needs some results to begin"
                )
            else:
                point = self._another()
                words = "random draw: everything so far diverged, so there is nothing to learn from yet"
            return Proposal(done + 1, point, self._settings.epochs, words)
        # Matrices of a few dozen rows: several threads would only wait for each other, ten times as long.
        with threadpool_limits(1, user_api="blas"):
            return self._weigh(done + 1)

    def tell(self, look: Look) -> None:
        """Keep the result; the place is the middle of the cell that answered."""
        nx, ny = self._settings.shape
        centre = ((look.cell[0] + 0.5) / nx, (look.cell[1] + 0.5) / ny, *look.proposal.point[2:])
        self._points.append(centre)
        self._results.append(look.objective)
        self._seen.add(centre)

    def _another(self) -> Point:
        rng = np.random.default_rng([self._settings.seed, 200, len(self._points)])
        return tuple(map(float, rng.random(self._settings.dimensions)))

    def _weigh(self, number: int) -> Proposal | None:
        results = self._sign * np.array(self._results)
        finite = np.isfinite(results)
        results[~finite] = results[finite].max()
        # From both starts now and then, so that an early mistake about the length scales is not kept for ever.
        begin_at = self._theta if number % _AFRESH else None
        surrogate = GaussianSurrogate(np.array(self._points), results, begin_at)
        self._theta = surrogate.theta
        kind, exploration = self._settings.acquisition()
        candidates = self._candidates(number)
        worth, mean, deviation = self._acquire(surrogate, candidates, results.min(), kind, exploration)
        open_places = np.array([tuple(one) not in self._seen for one in candidates])
        if not open_places.any():
            return None
        chosen = int(np.argmax(np.where(open_places, worth, -np.inf)))
        point = tuple(map(float, candidates[chosen]))
        maps = self._maps(surrogate, point, results.min(), kind, exploration)
        best = float(self._sign * results.min())
        predicted = f"predicted {self._sign * mean[chosen]:.3g} ± {deviation[chosen]:.2g}"
        if kind == "ei":
            reason = f"highest expected improvement: {predicted}, best so far {best:.3g}"
        else:
            bound = self._sign * (mean[chosen] - exploration * deviation[chosen])
            side = "highest upper" if self._settings.maximise else "lowest lower"
            reason = (
                f"{side} confidence bound: {predicted}, so {bound:.3g} with luck of {exploration:g} deviations; "
                f"best so far {best:.3g}"
            )
        return Proposal(number, point, self._settings.epochs, reason, maps=maps)

    def _candidates(self, number: int) -> np.ndarray:
        if self._settings.dimensions == 2:
            return self._cells
        rng = np.random.default_rng([self._settings.seed, 300, number])
        # Irrelevant or not, the method does not know: it must choose a value.
        thirds = np.concatenate([rng.random(len(self._cells)) for _ in range(_THIRDS)])
        return np.column_stack([np.tile(self._cells, (_THIRDS, 1)), thirds])

    def _acquire(
        self,
        surrogate: GaussianSurrogate,
        places: np.ndarray,
        best: float,
        kind: str,
        exploration: float,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Worth (more is better), mean and deviation of each place, for an objective to be minimised."""
        mean, deviation = surrogate.predict(places)
        if kind == "ei":
            worth = expected_improvement(mean, deviation, best, exploration * surrogate.scale)
        else:
            worth = -lower_confidence_bound(mean, deviation, exploration)
        return worth, mean, deviation

    def _maps(
        self, surrogate: GaussianSurrogate, point: Point, best: float, kind: str, exploration: float
    ) -> SurrogateMaps:
        shape = self._settings.shape
        rest = np.tile(np.array(point[2:]), (len(self._cells), 1))
        places = np.column_stack([self._cells, rest]) if len(point) > 2 else self._cells
        worth, mean, deviation = self._acquire(surrogate, places, best, kind, exploration)
        name, least = ACQUISITIONS[kind], False
        if kind == "lcb":
            least = not self._settings.maximise
            worth = -self._sign * worth
            name = name if least else "upper confidence bound"
        return SurrogateMaps(
            mean=(self._sign * mean).reshape(shape),
            deviation=deviation.reshape(shape),
            acquisition=worth.reshape(shape),
            acquisition_name=name,
            least_is_next=least,
            point=point,
        )
