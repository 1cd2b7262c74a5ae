"""Population-based training: networks that train side by side, copy the better ones, and move their settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit import _preload
from tuningkit.search.configurations import random_configurations
from tuningkit.search.population import Population
from tuningkit.search.population_steps import exploit, explore
from tuningkit.search.space import Choice, Dimension, check_space
from tuningkit.training import hyperparameters as table

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.training.trainer import Trainer


def population_based_training(
    model: keras.Model,
    data: Dataset,
    space: Mapping[str, Any],
    *,
    members: int = 16,
    epochs: int = 30,
    interval: int = 2,
    share: float = 0.2,
    factors: Sequence[float] = (0.8, 1.2),
    seed: int = 0,
    objective: str = "val_loss",
    optimizer: str | keras.Optimizer | None = None,
    batch_size: int = 32,
    loss: str | Callable | None = None,
    metrics: Sequence[str | Callable] | None = None,
    progress: bool = True,
    **fixed: Any,
) -> Population:
    """Train a population of networks whose hyperparameters change while they train.

    All members train in one graph. After every ``interval`` epochs they are ranked by the objective as it is now.
    *Exploit*: each of the worst ``share`` copies the weights, the optimiser's state and the hyperparameters of one of
    the best ``share``, drawn at random. *Explore*: the copy multiplies each hyperparameter by one of the ``factors``.
    So the result is no single configuration but a schedule, and training it costs no more epochs than a random search
    with as many trials. The members begin with the configurations that ``tk.search(..., method="random")`` draws with
    the same seed, and with the same weights.

    Args:
        model: A built Keras model with one input and one output. It is never changed.
        data: The data.
        space: A range, ``tk.search.Log`` or ``Uniform``, for each of ``learning_rate``, ``dropout``, ``l1``, ``l2``
            that shall move.
        members: Number of networks, at least 2.
        epochs: Passes of each over the training rows.
        interval: Epochs between two rounds of copying.
        share: Share of the members that are replaced in a round, above 0 and up to 0.5. Members that have diverged
            are replaced in any case.
        factors: What a copied value may be multiplied by, positive numbers.
        seed: Of the first configurations, the copies, the weights and the batches.
        objective: A curve of the history, such as "val_loss" or "val_accuracy".
        optimizer: As in :func:`tuningkit.train`.
        batch_size: Rows per step.
        loss: As in :func:`tuningkit.train`.
        metrics: As in :func:`tuningkit.train`.
        progress: Whether to show a bar with the time left if it takes more than two seconds.
        **fixed: Values shared by all members, such as ``dropout=0.2``.

    Returns:
        The population. Interrupted with Ctrl-C, as far as it has come.

    Raises:
        ValueError: If a name is unknown, a value out of range, the objective not measured, every member has diverged,
            or the model is one that cannot be trained in one graph; the message says what would be right.
        TypeError: If the space is no mapping, or model or data are of another kind.

    Example:
        >>> space = {"learning_rate": tk.search.Log(1e-4, 1), "l2": tk.search.Log(1e-6, 1e-2)}
        >>> found = tk.search.population_based_training(model, digits, space, members=16, epochs=30)
        >>> found.best.history["val_loss"], found.schedule("learning_rate")

    Reference:
        Jaderberg et al. (2017), https://arxiv.org/abs/1711.09846
    """
    _preload.check_backend()
    from tuningkit.search.groups import direction_of
    from tuningkit.search.model_space import check_request
    from tuningkit.training.lock import training_turn
    from tuningkit.training.progress import progress_bar

    space = check_space(space)
    _check_ranges(space)
    _check_settings(members, interval, share, factors)
    epochs = table.HYPERPARAMETERS["epochs"].check(epochs)
    shared = {"optimizer": optimizer, "batch_size": batch_size, "loss": loss, "metrics": metrics, **fixed}
    job = check_request(model, data, space, objective, shared, seed)
    configurations = random_configurations(space, members, seed or 0)
    if len(list(job.chunks(configurations))) > 1:
        raise ValueError(
            f"{members} members of this network do not fit into memory at once, and copies are made within one "
            "graph. Give fewer members, or a smaller network."
        )
    # Its own stream, so that the copies do not repeat the draws of the configurations.
    rng = np.random.default_rng([seed or 0, 1])
    direction = direction_of(objective)
    begin = time.perf_counter()
    with (
        training_turn(),
        progress_bar(
            members * epochs, "Population-based training", unit="member-epoch", show=progress
        ) as step,
    ):
        trainer = job.trainer(configurations)
        record = _Record(configurations)
        interrupted = False
        try:
            while trainer.epoch < epochs:
                trainer.train(min(trainer.epoch + interval, epochs), on_epoch=lambda one: step(one.members))
                record.add(trainer)
                if trainer.epoch < epochs:
                    scores = trainer.history[objective][:, -1]
                    parents = exploit(scores, share, rng, more_is_better=direction == "max")
                    record.copy(trainer.epoch, parents, space, factors, rng)
                    _copy(trainer, parents, record.now)
        except KeyboardInterrupt:
            if trainer.epoch == 0:
                raise
            interrupted = True
            record.add(trainer)
    return record.population(trainer, objective, direction, time.perf_counter() - begin, interrupted)


@dataclass
class _Record:
    """The curves and values of all places while training goes on."""

    now: list[dict[str, float]]
    curves: list[dict[str, np.ndarray]] = field(default_factory=list)
    values: list[list[dict[str, float]]] = field(default_factory=list)
    parents: list[np.ndarray] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)

    def add(self, trainer: Trainer) -> None:
        """Take down the epochs since the last time, each with the values in force."""
        begin = len(self.values)
        if trainer.epoch > begin:
            self.curves.append({name: curve[:, begin:] for name, curve in trainer.history.items()})
            self.values += [self.now] * (trainer.epoch - begin)

    def copy(self, epoch, parents, space, factors, rng) -> None:
        """Every place that copies takes its source's values, moved."""
        self.parents.append(parents)
        self.rounds.append(epoch)
        self.now = [
            self.now[place] if parent == place else explore(self.now[parent], space, factors, rng)
            for place, parent in enumerate(parents)
        ]

    def population(
        self, trainer: Trainer, objective: str, direction: str, seconds: float, interrupted: bool
    ) -> Population:
        from tuningkit.training.run import Change

        last = trainer.history[objective][:, -1]
        if not np.isfinite(last).any():
            raise ValueError(
                "Every member has diverged before there was one to copy. Lower the upper ends of the ranges, the "
                "learning rate's first, or compare more often: interval=1."
            )
        best = int(np.nanargmax(last) if direction == "max" else np.nanargmin(last))
        # Rounds after an interrupt have no epochs to show.
        done = [place for place, epoch in enumerate(self.rounds) if epoch < len(self.values)]
        found = Population(
            best=trainer.run(best),
            best_member=best,
            history={
                name: np.concatenate([part[name] for part in self.curves], axis=1) for name in self.curves[0]
            },
            values={
                name: np.array([[one[name] for one in epoch] for epoch in self.values]).T
                for name in self.now[0]
            },
            parents=np.array([self.parents[place] for place in done], int).reshape(-1, trainer.members),
            rounds=tuple(self.rounds[place] for place in done),
            objective=objective,
            direction=direction,
            seconds=seconds,
            interrupted=interrupted,
        )
        changes = [
            Change(float(epoch), name, float(way[epoch - 1]), float(way[epoch]))
            for epoch in found.rounds
            for name, way in ((name, found.schedule(name)) for name in found.values)
            if way[epoch] != way[epoch - 1]
        ]
        return replace(found, best=replace(found.best, changes=tuple(changes)))


def _copy(trainer: Trainer, parents: np.ndarray, values: Sequence[Mapping[str, float]]) -> None:
    """Put each member where its source is: weights, optimiser and curves; then set its own values."""
    from tuningkit.training.continuation import go_on, take_snapshot

    go_on(trainer, take_snapshot(trainer, parents))
    for name in values[0]:
        trainer.set(name, [one[name] for one in values])


def _check_ranges(space: Mapping[str, Dimension]) -> None:
    for name, dimension in space.items():
        table.check_name(name, table.MEMBER_HYPERPARAMETERS)
        if isinstance(dimension, Choice):
            raise ValueError(
                f"Population-based training multiplies values, so {name} needs a range, such as "
                f"tk.search.Log(1e-4, 1). Received: {name}={dimension}"
            )


def _check_settings(members: Any, interval: Any, share: Any, factors: Any) -> None:
    for name, value, least in (("members", members, 2), ("interval", interval, 1)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}. Received: {name}={value!r}")
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 0.5:
        raise ValueError(f"share must be a number above 0 and up to 0.5. Received: share={share!r}")
    numbers = list(factors) if isinstance(factors, (list, tuple, np.ndarray)) else []
    if not numbers or any(not np.isfinite(one) or one <= 0 for one in numbers):
        raise ValueError(
            f"factors must be positive numbers, such as (0.8, 1.2). Received: factors={factors!r}"
        )
