"""Successive halving: all configurations get a few epochs, the best of them more, the best of these all.

Reference:
    Jamieson & Talwalkar (2016), Non-stochastic best arm identification and hyperparameter optimization,
    https://arxiv.org/abs/1502.07943. Li et al. (2018), Hyperband, https://jmlr.org/papers/v18/16-558.html, of which
    this is one bracket.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tuningkit.search.groups import Job, direction_of
from tuningkit.search.trials import Trial
from tuningkit.training.continuation import go_on, take_snapshot

if TYPE_CHECKING:
    from tuningkit.training.trainer import Trainer

#: Dropped members of a dense network are carried along as long as they multiply no more weights by rows than this,
#: which takes about as long as building a graph without them.
CARRIED_AT_MOST = 2**31


@dataclass(frozen=True)
class Rung:
    """One step of the ladder.

    Attributes:
        trials: How many configurations are trained to this rung.
        epochs: Epochs that each has had at its end, counted from the beginning.
    """

    trials: int
    epochs: int


def ladder(trials: int, epochs: int, eta: float = 3, min_epochs: int = 1) -> list[Rung]:
    """How many configurations get how many epochs.

    The last rung has all epochs; each one before it has a share of 1/eta of the next one's epochs, rounded up, and
    eta times as many configurations: ``trials / eta**i`` of them at rung i, rounded down.

    Args:
        trials: Configurations at the start.
        epochs: Epochs of those that are never dropped.
        eta: Of how many configurations one stays, greater than 1.
        min_epochs: Epochs before the first cut, at least.

    Returns:
        The rungs, from the first.

    Raises:
        ValueError: If eta or min_epochs are out of range.

    Example:
        >>> ladder(64, 30)
        [Rung(trials=64, epochs=2), Rung(trials=21, epochs=4), Rung(trials=7, epochs=10), Rung(trials=2, epochs=30)]
    """
    if isinstance(eta, bool) or not isinstance(eta, (int, float)) or not (math.isfinite(eta) and eta > 1):
        raise ValueError(f"eta must be a number greater than 1, for example 3. Received: eta={eta!r}")
    if isinstance(min_epochs, bool) or not isinstance(min_epochs, int) or not 1 <= min_epochs <= epochs:
        raise ValueError(
            f"min_epochs must be a whole number from 1 to epochs ({epochs}). Received: min_epochs={min_epochs!r}"
        )
    # A little more than the logarithm, because log(27, 3) is 2.9999999999999996.
    cuts = int(min(math.log(trials, eta), math.log(epochs / min_epochs, eta)) + 1e-9)
    found: list[Rung] = []
    for i in range(cuts + 1):
        share = epochs / eta ** (cuts - i)
        rung = Rung(max(1, int(trials / eta**i + 1e-9)), math.ceil(share - 1e-9))
        # With an eta near 1 two rungs can be rounded to the same epochs: there is nothing to train in between.
        if not found or found[-1].epochs < rung.epochs:
            found.append(rung)
    return found


class Group:
    """Configurations in one graph, those that were dropped and are carried along included.

    A graph of fewer members has to be built anew, which takes about 0.7 s (64-128-10, two cores): with one for each
    rung that was 36 % of the time for 64 trials of up to 30 epochs, and two thirds of it for 27 trials of up to 9
    epochs with batches of 128. Where a new graph would cost more than it saves, the dropped members are trained on
    for nothing and never looked at.

    Args:
        job: What all trials have in common.
        configurations: Those of all graphs.
        places: Which of them are members here, in the order of the members; None for one that was dropped.
        trainer: The graph.
        spent: Seconds that each living member has had in earlier groups.
    """

    def __init__(
        self,
        job: Job,
        configurations: Sequence[Mapping[str, Any]],
        places: Sequence[int | None],
        trainer: Trainer,
        spent: float = 0.0,
    ) -> None:
        self._job, self._configurations = job, configurations
        self.places, self.trainer = list(places), trainer
        self._spent, self._since = spent, trainer.seconds

    @property
    def living(self) -> int:
        """Members that are looked at."""
        return sum(place is not None for place in self.places)

    def record(self, status: str) -> dict[int, Trial]:
        """The living members' trials so far, by place; ``status`` is what they are unless they diverged."""
        return {
            place: replace(
                self._job.trial(self.trainer, member, place + 1, self._configurations[place], status),
                seconds=self._seconds(),
            )
            for member, place in enumerate(self.places)
            if place is not None
        }

    def cut(self, kept: set[int], epochs: int) -> Group | None:
        """The members that go on; None if none does.

        Args:
            kept: Places of the configurations that stay.
            epochs: How many more epochs they will get before the next cut.
        """
        staying = [member for member, place in enumerate(self.places) if place in kept]
        if not staying:
            return None
        trainer, places = self.trainer, [place if place in kept else None for place in self.places]
        dropped = trainer.members - len(staying)
        if dropped and self._worth_building(dropped, epochs):
            snapshot = take_snapshot(trainer, staying)
            places = [self.places[member] for member in staying]
            trainer = self._job.trainer([self._configurations[place] for place in places])
            go_on(trainer, snapshot)
        return Group(self._job, self._configurations, places, trainer, self._seconds())

    def _seconds(self) -> float:
        """What each living member has had so far; the time of those carried along is theirs."""
        return self._spent + (self.trainer.seconds - self._since) / self.living

    def _worth_building(self, dropped: int, epochs: int) -> bool:
        """Whether training the dropped members on would cost more than another graph.

        Counted, not timed: the same search makes the same choices on every machine.
        """
        engine = self.trainer.engine
        rows = self.trainer.batch_size * engine.steps_per_epoch * epochs
        # Members that take turns cost as much as they would alone; a count of weights says little of convolutions.
        return engine.way != "together" or dropped * rows * engine.network.size > CARRIED_AT_MOST


def train_with_halving(
    job: Job,
    configurations: Sequence[Mapping[str, Any]],
    rungs: Sequence[Rung],
    step: Callable[[int], None],
) -> tuple[list[Trial], bool]:
    """Train all configurations to the first rung, the best of them to the second, and so on.

    Configurations are compared by their best objective so far, over all graphs; one that has diverged is never
    kept. Those that stay go on exactly as if nothing had been dropped.

    Args:
        job: What they have in common.
        configurations: What differs.
        rungs: From :func:`ladder`.
        step: Told after every epoch how many members made it.

    Returns:
        The trials, in the order of the configurations, and whether the learner interrupted.

    Raises:
        KeyboardInterrupt: If it came before any member had an epoch to show.
    """
    sign = 1 if direction_of(job.objective) == "min" else -1
    alive = [
        Group(job, configurations, places, job.trainer([configurations[place] for place in places]))
        for places in job.chunks(configurations)
    ]
    ended: dict[int, Trial] = {}

    try:
        for number, rung in enumerate(rungs):
            for group in alive:
                group.trainer.train(rung.epochs, on_epoch=lambda _, living=group.living: step(living))
            if number == len(rungs) - 1:
                ended |= _records(alive, "finished")
                break
            now = _records(alive, "stopped early")
            ranked = sorted(
                (t for t in now.values() if t.scored), key=lambda t: (sign * t.objective, t.number)
            )
            kept = {trial.number - 1 for trial in ranked[: rungs[number + 1].trials]}
            ended |= {place: trial for place, trial in now.items() if place not in kept}
            more = rungs[number + 1].epochs - rung.epochs
            alive = [group for group in (group.cut(kept, more) for group in alive) if group]
            if not alive:
                break
    except KeyboardInterrupt:
        begun = [group for group in alive if group.trainer.epoch]
        if not begun:
            raise
        ended |= _records(begun, "interrupted")
        return [ended[place] for place in sorted(ended)], True
    return [ended[place] for place in sorted(ended)], False


def _records(groups: Sequence[Group], status: str) -> dict[int, Trial]:
    return {place: trial for group in groups for place, trial in group.record(status).items()}
