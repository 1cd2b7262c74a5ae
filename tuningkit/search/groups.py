"""Configurations as members of graphs: as many per graph as can share it, and as memory has room for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.search.trials import Trial
from tuningkit.training.run import best_epoch, more_is_better

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.training.trainer import Trainer


@dataclass(frozen=True, eq=False)
class Job:
    """What all trials of a search have in common.

    Attributes:
        model: The network.
        data: The data.
        objective: A curve of the history, such as "val_loss".
        shared: ``optimizer``, ``batch_size``, ``seed`` and other hyperparameters that are not searched.
        settings: ``loss``, ``metrics`` and ``shuffle``.
    """

    model: keras.Model
    data: Dataset
    objective: str
    shared: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def trainer(self, configurations: Sequence[Mapping[str, Any]]) -> Trainer:
        """A trainer with one member per configuration; they must be able to share a graph.

        Raises:
            ValueError: If the training does not measure the objective.
        """
        from tuningkit.training.grid_sweep import group_trainer

        trainer = group_trainer(self.model, self.data, configurations, self.shared, self.settings)
        check_objective(self.objective, trainer.history)
        return trainer

    def chunks(self, configurations: Sequence[Mapping[str, Any]]) -> Iterator[list[int]]:
        """Places of the configurations, one list per graph."""
        from tuningkit.training.grid_sweep import structural_groups
        from tuningkit.training.members import way_of
        from tuningkit.training.memory import members_that_fit

        for places in structural_groups(configurations):
            batch_size = configurations[places[0]].get("batch_size", self.shared["batch_size"])
            at_once = way_of(self.model, len(places)) == "together"
            fits = members_that_fit(self.model, batch_size, at_once=at_once)
            # Parts of equal size: two of 40 are trained faster than one of 64 and one of 16.
            for part in np.array_split(places, -(-len(places) // fits)):
                yield [int(place) for place in part]

    def trial(
        self, trainer: Trainer, member: int, number: int, configuration: Mapping[str, Any], status: str
    ) -> Trial:
        """One member's record as a trial.

        Args:
            trainer: The trainer.
            member: Its place in the trainer.
            number: The trial's number, from 1.
            configuration: What was searched.
            status: What the trial is unless it diverged.
        """
        curve = trainer.history[self.objective][member]
        diverged = int(trainer.diverged_at[member])
        if diverged:
            curve = curve[:diverged]
        best = best_epoch(curve, self.objective)
        scored = best is not None and not diverged
        return Trial(
            number,
            dict(configuration),
            objective=float(curve[best]) if scored else float("nan"),
            epochs=len(curve),
            seconds=trainer.seconds / trainer.members,
            status="diverged" if diverged else status,
            seed=configuration.get("seed", self.shared.get("seed")),
            message=f"diverged in epoch {diverged}" if diverged else "",
            curve=tuple(curve),
        )


def check_objective(objective: str, curves: Mapping[str, Any]) -> None:
    """Refuse an objective that is not measured, or that a penalty is part of.

    Raises:
        ValueError: With the names that can be compared.
    """
    comparable = [name for name in curves if name.removeprefix("val_") not in ("penalty", "learning_rate")]
    if objective not in comparable:
        why = (
            " A penalty says how large the weights are, not how good the network is."
            if objective.endswith("penalty")
            else ""
        )
        raise ValueError(
            f"objective must be one of: {', '.join(comparable)}.{why} Received: objective={objective!r}"
        )


def direction_of(objective: str) -> str:
    """Where the better values lie: "max" for accuracies and the like, "min" for losses and errors."""
    return "max" if more_is_better(objective) else "min"


def train_in_graphs(
    job: Job, configurations: Sequence[Mapping[str, Any]], epochs: int, step: Callable[[int], None]
) -> tuple[list[Trial], bool]:
    """Train every configuration to its end, one graph after the other.

    Args:
        job: What they have in common.
        configurations: What differs.
        epochs: Passes over the training rows.
        step: Told after every epoch how many members made it.

    Returns:
        The trials that were begun, in the order of the configurations, and whether the learner interrupted.

    Raises:
        KeyboardInterrupt: If it came before any member had an epoch to show.
        Exception: What training raised, if no graph could be trained. Otherwise the configurations of a graph
            that failed are rows that say why.
    """
    trials: list[Trial] = []
    errors: list[Exception] = []
    interrupted = False
    for places in job.chunks(configurations):
        chosen = [configurations[place] for place in places]
        try:
            done, interrupted = _train_graph(job, places, chosen, epochs, step)
        except KeyboardInterrupt:
            if not trials:
                raise
            done, interrupted = [], True
        except Exception as error:
            errors.append(error)
            done = [_failed(job, place, one, error) for place, one in zip(places, chosen, strict=True)]
        trials += done
        if interrupted:
            break
    if errors and all(trial.status == "failed" for trial in trials):
        raise errors[0]
    return sorted(trials, key=lambda trial: trial.number), interrupted


def _train_graph(
    job: Job,
    places: Sequence[int],
    configurations: Sequence[Mapping[str, Any]],
    epochs: int,
    step: Callable[[int], None],
) -> tuple[list[Trial], bool]:
    """Train one graph; an interrupt is passed on if there is no epoch to show."""
    trainer = job.trainer(configurations)
    status = "finished"
    try:
        trainer.train(epochs, on_epoch=lambda one: step(one.members))
    except KeyboardInterrupt:
        if trainer.epoch == 0:
            raise
        status = "interrupted"
    rows = [
        job.trial(trainer, member, place + 1, configurations[member], status)
        for member, place in enumerate(places)
    ]
    return rows, status == "interrupted"


def _failed(job: Job, place: int, configuration: Mapping[str, Any], error: Exception) -> Trial:
    return Trial(
        place + 1,
        dict(configuration),
        epochs=0,
        status="failed",
        seed=configuration.get("seed", job.shared.get("seed")),
        message=f"{type(error).__name__}: {' '.join(str(error).split())}",
    )
