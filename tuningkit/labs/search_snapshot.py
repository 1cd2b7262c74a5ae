"""What a SearchLab's learner has chosen, and the state that its view draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tuningkit.search.landscape import Landscape
from tuningkit.search.race import Race
from tuningkit.search.race_records import Look, Proposal
from tuningkit.search.race_spread import RaceSpread


@dataclass(frozen=True)
class RaceSettings:
    """What the learner has chosen.

    Attributes:
        methods: The methods that race.
        seed: Seed of the race.
        irrelevant: Whether there is a hyperparameter that changes nothing.
        acquisition: "ei" or "lcb".
        exploration: Its parameter.
        budget: Epochs each method may spend, or None.
    """

    methods: tuple[str, ...]
    seed: int = 0
    irrelevant: bool = False
    acquisition: str = "ei"
    exploration: float | None = None
    budget: int | None = None


@dataclass(frozen=True)
class SearchSnapshot:
    """All that a view needs to draw, taken at one moment.

    Attributes:
        status: As in the other labs, or "racing" and "seeds".
        settings: What the learner has chosen.
        landscape: The landscape, or None before it is computed.
        looks: What each method has looked at.
        coming: What each method will look at next; None where its budget is used up.
        budget: Epochs each method may spend.
        spread: The race over many seeds, if it was run with these settings.
        progress: Steps done and steps in all of what is under way.
        seconds_left: Estimate, or None.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
        race: The race itself, for tables.
    """

    status: str
    settings: RaceSettings
    landscape: Landscape | None = None
    looks: Mapping[str, Sequence[Look]] = field(default_factory=dict)
    coming: Mapping[str, Proposal | None] = field(default_factory=dict)
    budget: int = 0
    spread: RaceSpread | None = None
    progress: tuple[int, int] = (0, 0)
    seconds_left: float | None = None
    error: tuple[str, str] | None = None
    final: bool = True
    race: Race | None = None


def best_line(snapshot: SearchSnapshot, name: str) -> tuple[np.ndarray, np.ndarray]:
    """A method's best so far as a staircase: epochs spent and best objective, (points,) each."""
    spent, best = snapshot.race.best_so_far(name)
    count = len(snapshot.looks[name])
    spent, best = spent[:count], best[:count]
    return np.repeat(spent, 2)[1:], np.repeat(best, 2)[:-1]
