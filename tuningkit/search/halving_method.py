"""Successive halving, as a method of a race: many short looks, few long ones."""

from __future__ import annotations

import math

import numpy as np

from tuningkit.search.race_records import Look, MethodSettings, Point, Proposal, uniform_points

#: Of this many configurations one goes on.
ETA = 3
_WORDS = {2: "half", 3: "third", 4: "quarter"}
#: Before the second epoch a curve says little.
_LEAST_EPOCHS = 2


def rung_epochs(epochs: int, eta: int = ETA) -> tuple[int, ...]:
    """After how many epochs the worst are dropped; the last one is the whole training.

    Args:
        epochs: Length of a full training.
        eta: Of this many configurations one goes on.

    Example:
        >>> rung_epochs(18)
        (2, 6, 18)
    """
    rungs = [epochs]
    while rungs[0] // eta >= _LEAST_EPOCHS:
        rungs.insert(0, rungs[0] // eta)
    return tuple(rungs)


def rung_sizes(budget: int, rungs: tuple[int, ...], eta: int = ETA) -> tuple[int, ...]:
    """How many configurations reach each rung, so that the budget is used as far as possible.

    Args:
        budget: Epochs in all.
        rungs: From :func:`rung_epochs`.
        eta: Of this many configurations one goes on.

    Example:
        >>> rung_sizes(486, (2, 6, 18))
        (105, 35, 11)
    """
    best: tuple[int, ...] = ()
    first = 1
    while True:
        sizes = [first]
        for _ in rungs[1:]:
            sizes.append(max(1, sizes[-1] // eta))
        steps = np.diff([0, *rungs])
        if int(np.dot(sizes, steps)) > budget:
            return best
        best = tuple(sizes)
        first += 1


class HalvingMethod:
    """Random configurations, all trained a little; the best third goes on, again and again.

    Args:
        settings: The race's settings.

    Reference:
        K. Jamieson and A. Talwalkar (2016), Non-stochastic Best Arm Identification and Hyperparameter
        Optimization, https://arxiv.org/abs/1502.07943
    """

    def __init__(self, settings: MethodSettings) -> None:
        self._settings = settings
        self.rungs = rung_epochs(settings.epochs)
        self.sizes = rung_sizes(settings.budget, self.rungs)
        count = self.sizes[0] if self.sizes else 0
        points = uniform_points(settings.seed, count, settings.dimensions, stream=2)
        self._points: list[Point] = [tuple(map(float, point)) for point in points]
        self._rung = 0
        self._waiting = list(range(count))
        self._scores: dict[int, float] = {}

    def ask(self, left: int) -> Proposal | None:
        """The next configuration of the present rung."""
        if not self._waiting and not self._climb():
            return None
        member, rung = self._waiting[0], self._rung
        begun = self.rungs[rung - 1] if rung else 0
        if self.rungs[rung] - begun > left:
            return None
        if rung == 0:
            reason = (
                f"new: configuration {member + 1} of {self.sizes[0]}, drawn at random, "
                f"trained for {self.rungs[0]} of {self.rungs[-1]} epochs"
            )
        else:
            share = _WORDS.get(ETA, f"1 in {ETA}")
            reason = (
                f"kept: among the best {share} after {begun} epochs "
                f"({self.sizes[rung]} of {self.sizes[rung - 1]}); trained on to epoch {self.rungs[rung]}"
            )
        return Proposal(member + 1, self._points[member], self.rungs[rung], reason, begun=begun)

    def tell(self, look: Look) -> None:
        """Note the score at this rung."""
        self._waiting.pop(0)
        self._scores[look.proposal.number - 1] = look.objective

    def _climb(self) -> bool:
        """Keep the best for the next rung; False at the top."""
        if self._rung + 1 >= len(self.rungs) or not self._scores:
            return False
        sign = -1 if self._settings.maximise else 1
        # What diverged cannot go on.
        alive = [member for member, score in self._scores.items() if math.isfinite(score)]
        alive.sort(key=lambda member: (sign * self._scores[member], member))
        self._rung += 1
        self._waiting = alive[: self.sizes[self._rung]]
        self._scores = {}
        return bool(self._waiting)
