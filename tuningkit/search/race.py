"""Search methods that race on one landscape with an equal budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.search.bayesian_method import ACQUISITIONS, EXPLORATION, BayesianMethod
from tuningkit.search.grid_and_random import GridMethod, RandomMethod
from tuningkit.search.halving_method import HalvingMethod
from tuningkit.search.race_records import Look, Method, MethodSettings, Proposal
from tuningkit.search.race_trials import looks_as_trials
from tuningkit.search.tpe_method import TPEMethod

if TYPE_CHECKING:
    from tuningkit.search.landscape import Landscape
    from tuningkit.search.trials import Trials

#: The methods of a race by name, in the order in which they are shown.
METHODS = MappingProxyType(
    {
        "grid": GridMethod,
        "random": RandomMethod,
        "bayesian": BayesianMethod,
        "tpe": TPEMethod,
        "halving": HalvingMethod,
    }
)
#: Their names in sentences.
METHOD_LABELS = MappingProxyType(
    {
        "grid": "grid",
        "random": "random",
        "bayesian": "Bayesian",
        "tpe": "TPE",
        "halving": "successive halving",
    }
)
#: Full trainings each method may spend: 5 by 5 for a grid over two hyperparameters, 3 by 3 by 3 over three.
TRAININGS = 27
#: Name of the hyperparameter that changes nothing.
IRRELEVANT = "irrelevant"


class Race:
    """Grid, random, Bayesian, TPE and successive halving on the same landscape, each with the same epochs to spend.

    Nothing is trained here: a method proposes, and the nearest cell of the landscape answers with what its
    network reached after that many epochs. A look costs the epochs it would take to train: a cell that diverges
    costs no more than the epochs until then. Training on costs the further epochs only.

    Args:
        landscape: The landscape.
        methods: Names of the methods; None for all.
        budget: Epochs each method may spend; None: 27 full trainings.
        seed: Decides every draw.
        irrelevant: Whether there is a third hyperparameter that changes nothing.
        acquisition: "ei" (expected improvement) or "lcb" (lower confidence bound).
        exploration: For "ei" the improvement that is too small to count, in standard deviations of the results;
            for "lcb" the number of deviations of luck to hope for. None: 0.01 and 2.

    Attributes:
        looks: What each method has looked at, in order.

    Raises:
        ValueError: If a name is unknown, or the budget does not pay for a single training.

    Example:
        >>> race = Race(landscape, ["grid", "random"], seed=3)
        >>> race.run()
        >>> race.trials["random"].best.objective
        0.074
    """

    def __init__(
        self,
        landscape: Landscape,
        methods: Sequence[str] | None = None,
        *,
        budget: int | None = None,
        seed: int = 0,
        irrelevant: bool = False,
        acquisition: str = "ei",
        exploration: float | None = None,
    ) -> None:
        names = check_methods(methods)
        self.landscape, self.seed, self.irrelevant = landscape, int(seed), bool(irrelevant)
        self.budget = check_budget(budget, landscape.epochs)
        self.steer(acquisition, exploration)
        settings = MethodSettings(
            shape=landscape.shape,
            epochs=landscape.epochs,
            budget=self.budget,
            dimensions=3 if irrelevant else 2,
            seed=self.seed,
            maximise=landscape.direction == "max",
            acquisition=lambda: self._acquisition,
        )
        self.methods: dict[str, Method] = {name: METHODS[name](settings) for name in names}
        self.looks: dict[str, list[Look]] = {name: [] for name in names}
        self._next: dict[str, Proposal | None] = {}

    def steer(self, acquisition: str, exploration: float | None = None) -> None:
        """Change the Bayesian method's acquisition, from its next proposal on."""
        self._acquisition = check_steering(acquisition, exploration)
        if getattr(self, "_next", None):
            self._next.pop("bayesian", None)

    def spent(self, name: str) -> int:
        """Epochs a method has spent."""
        return self.looks[name][-1].spent if self.looks[name] else 0

    def next(self, name: str) -> Proposal | None:
        """What a method will look at next; None if its budget is used up."""
        if name not in self._next:
            self._next[name] = self.methods[name].ask(self.budget - self.spent(name))
        return self._next[name]

    def look(self, name: str) -> Look | None:
        """Let one method take one look; None if it is done."""
        proposal = self.next(name)
        if proposal is None:
            return None
        look = self._answer(name, proposal)
        self.methods[name].tell(look)
        self.looks[name].append(look)
        del self._next[name]
        return look

    def step(self, names: Sequence[str] | None = None) -> bool:
        """Let each method spend one more full training's worth of epochs; who is behind catches up.

        Args:
            names: The methods that move; None for all.

        Returns:
            Whether anything happened.
        """
        names = self._known(names)
        ahead = max((self.spent(name) for name in names), default=0)
        # A cell that diverged cost less than a training: the next step begins at the next whole training.
        goal = min(self.budget, (ahead // self.landscape.epochs + 1) * self.landscape.epochs)
        moved = False
        for name in names:
            while self.spent(name) < goal and self.look(name) is not None:
                moved = True
        return moved

    def run(self, names: Sequence[str] | None = None) -> Race:
        """Let the methods spend all they have."""
        while self.step(names):
            pass
        return self

    def done(self, names: Sequence[str] | None = None) -> bool:
        """Whether none of these methods can look any further."""
        return all(self.next(name) is None for name in self._known(names))

    @property
    def trials(self) -> dict[str, Trials]:
        """Each method's trials as a table."""
        return {name: looks_as_trials(self, name) for name in self.looks}

    def best_so_far(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Epochs spent after each look, and the best objective until then (NaN before the first), (looks,) each."""
        looks = self.looks[name]
        values = np.array([look.objective for look in looks], float)
        pick = np.fmax if self.landscape.direction == "max" else np.fmin
        running = pick.accumulate(values) if len(values) else values
        return np.array([look.spent for look in looks], float), running

    def _known(self, names: Sequence[str] | None) -> list[str]:
        return [name for name in self.looks if names is None or name in names]

    def _answer(self, name: str, proposal: Proposal) -> Look:
        scape = self.landscape
        cell = scape.cell_at(proposal.point)
        lost = int(scape.diverged_at[cell])
        lost = lost if 0 < lost <= proposal.until else 0
        score = float(scape.scores(proposal.until)[cell])
        cost = (lost or proposal.until) - proposal.begun
        repeats = 0
        if proposal.begun == 0:
            same = [one.proposal.number for one in self.looks[name] if one.cell == cell]
            repeats = same[0] if same else 0
        return Look(proposal, cell, score, cost, self.spent(name) + cost, lost, repeats)


def check_methods(methods: Sequence[str] | None) -> list[str]:
    """Names of methods in the order in which they are shown.

    Raises:
        ValueError: If a name is unknown or there is none.
        TypeError: If it is a single text instead of a list.
    """
    if methods is None:
        return list(METHODS)
    if isinstance(methods, str):
        raise TypeError(f'methods must be a list of names, such as ["grid", "random"]. Received: {methods!r}')
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not list(methods):
        raise ValueError(f"methods must be some of: {', '.join(METHODS)}. Received: {list(methods)!r}")
    return [name for name in METHODS if name in methods]


def check_budget(budget: int | None, epochs: int) -> int:
    """Epochs to spend.

    Raises:
        ValueError: If they do not pay for a single training.
    """
    if budget is None:
        return TRAININGS * epochs
    if isinstance(budget, bool) or budget != int(budget) or budget < epochs:
        raise ValueError(
            f"budget counts epochs of training and must pay for one full training of {epochs} epochs. "
            f"Received: budget={budget!r}"
        )
    return int(budget)


def check_steering(acquisition: str, exploration: float | None) -> tuple[str, float]:
    """An acquisition and its exploration parameter.

    Args:
        acquisition: "ei" or "lcb".
        exploration: At least 0; None for the usual one.

    Raises:
        ValueError: If one of them is not possible.
        TypeError: If exploration is not a number.
    """
    if acquisition not in ACQUISITIONS:
        raise ValueError(f"acquisition must be 'ei' or 'lcb'. Received: acquisition={acquisition!r}")
    if exploration is None:
        return acquisition, EXPLORATION[acquisition]
    if isinstance(exploration, bool) or not isinstance(exploration, (int, float, np.number)):
        raise TypeError(f"exploration must be 0 or a positive number. Received: exploration={exploration!r}")
    if not (math.isfinite(exploration) and exploration >= 0):
        raise ValueError(f"exploration must be 0 or a positive number. Received: exploration={exploration!r}")
    return acquisition, float(exploration)
