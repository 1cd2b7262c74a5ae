"""The live trainer: members of one network, trained step by step, with hyperparameters that can move.

It draws nothing and knows no widgets. ``tk.train`` and ``tk.sweep`` drive it to the end; a lab drives it in
short chunks from its own thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from tuningkit.training import hyperparameters as table
from tuningkit.training.baseline import baseline_loss
from tuningkit.training.data_check import check_data
from tuningkit.training.engine import Engine
from tuningkit.training.heads import choose_head
from tuningkit.training.initial_weights import draw_initial_weights
from tuningkit.training.member_values import MemberValues
from tuningkit.training.members import way_of
from tuningkit.training.memory import check_members
from tuningkit.training.optimizer_choices import optimizer_name, own_learning_rate
from tuningkit.training.run import Change, Run
from tuningkit.training.surgery import check_model, make_live

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

#: How long Python lets the graph run before it looks around, in seconds.
CHUNK_SECONDS = 0.05


class Trainer:
    """Trains K members of one network, a chunk at a time.

    Args:
        model: A built Keras model with one input and one output, compiled or not. It is copied, never changed.
        data: The data.
        optimizer: Name, Keras optimiser, or None: the one the model was compiled with, else "adam".
        batch_size: Rows per step.
        members: Number of copies, K.
        seeds: None, one seed for all members, or one seed per member. None starts from the weights the model
            has; a number draws new ones. One seed per member also gives each its own batch order and noise.
        loss: Keras loss, name, or None for what model and data ask for.
        metrics: Names or functions, or None for what the data asks for.
        shuffle: Whether rows are put in a new order each epoch.

    Raises:
        TypeError: If the model or the data is of another kind.
        ValueError: If model, data and settings do not fit together; the message says what would.

    Example:
        >>> trainer = Trainer(model, digits)
        >>> trainer.set("l2", 1e-3)
        >>> trainer.train(epochs=5)
        >>> trainer.history["val_loss"].shape
        (1, 5)
    """

    def __init__(
        self,
        model: keras.Model,
        data: Dataset,
        *,
        optimizer: str | keras.Optimizer | None = None,
        batch_size: int = 32,
        members: int = 1,
        seeds: int | Sequence[int] | None = None,
        loss: str | Callable | None = None,
        metrics: Sequence[str | Callable] | None = None,
        shuffle: bool = True,
    ) -> None:
        check_model(model)
        check_data(model, data)
        self._model, self.data = model, data
        if isinstance(members, bool) or not isinstance(members, (int, np.integer)) or members < 1:
            raise ValueError(f"members must be a whole number of at least 1. Received: members={members!r}")
        self.members = int(members)
        self.batch_size = table.check_value("batch_size", batch_size)
        if optimizer is None:
            optimizer = model.optimizer if getattr(model, "optimizer", None) is not None else "adam"
        self.optimizer = optimizer_name(optimizer)
        own_rate = 1e-3 if isinstance(optimizer, str) else own_learning_rate(optimizer)
        if isinstance(optimizer, str) and getattr(model, "optimizer", None) is not None:
            own_rate = own_learning_rate(model.optimizer)
        live = make_live(model)
        self.head = choose_head(model, data, loss, metrics)
        own_seeds = seeds is not None and not isinstance(seeds, (int, np.integer))
        check_members(
            model,
            members,
            self.batch_size,
            at_once=way_of(model, members) == "together",
        )
        encode = self.head.encode
        self.engine = Engine(
            live,
            self.head,
            optimizer,
            (data.x_train, encode(data.y_train)),
            (data.x_validation, encode(data.y_validation)),
            batch_size=self.batch_size,
            members=members,
            own_seeds=own_seeds,
            shuffle=shuffle,
        )
        self.baseline = baseline_loss(data, self.head.loss_name)
        self._drawn: dict[Any, list[np.ndarray]] = {}
        self._seconds_per_step = 0.0
        self._values = MemberValues(self.engine, own_rate)
        self.restart(seeds)

    # Hyperparameters

    @property
    def live_names(self) -> tuple[str, ...]:
        """Hyperparameters that :meth:`set` can move without a new graph."""
        return self._values.names

    def set(self, name: str, value: float | Sequence[float] | None) -> None:
        """Move a hyperparameter, at once, without rebuilding anything.

        Args:
            name: One of ``live_names``.
            value: A number for all members, an array of shape (members,), or None: what the model itself says.

        Raises:
            ValueError: If the name is unknown, the value out of range, or the model has nothing it could act on.
        """
        self._values.set(name, value)

    def get(self, name: str) -> float | np.ndarray | None:
        """The value in force: None for "as in the model", a number if all members share it, else (members,)."""
        return self._values.get(name)

    def change(self, name: str, value: float | None) -> None:
        """Move a hyperparameter in the middle of a run, and put the change on record."""
        old = self.get(name)
        self.set(name, value)
        if not np.array_equal(value, old):
            self.changes.append(Change(self.position, name, old, value))

    # Training

    def restart(self, seeds: int | Sequence[int] | None = None) -> None:
        """Go back to the start: initial weights, fresh optimiser, empty history. Nothing is rebuilt.

        Args:
            seeds: As for the class. The number of seeds must stay the same.

        Raises:
            ValueError: If the seeds do not fit the members.
        """
        several = seeds is not None and not isinstance(seeds, (int, np.integer))
        listed = list(seeds) if several else [seeds]
        if several != self.engine.own_seeds or (several and len(listed) != self.members):
            raise ValueError(
                f"seeds must be {'one per member' if self.engine.own_seeds else 'one number or None'} "
                f"for this trainer of {self.members} members. Received: seeds={seeds!r}"
            )
        listed = [table.check_value("seed", seed) for seed in listed]
        # The last ones are kept: a slider that begins new runs asks for the same seeds again and again, and
        # drawing takes time.
        self._drawn = {seed: self._drawn.get(seed) or self._initial_weights(seed) for seed in listed}
        self.engine.restart([self._drawn[seed] for seed in listed], [seed or 0 for seed in listed])
        self.seeds = seeds
        self.epoch = 0
        self.changes: list[Change] = []
        self.seconds = 0.0
        self.diverged_at = np.zeros(self.members, int)
        self._step = 0
        self._measures: list[np.ndarray] = []

    def _initial_weights(self, seed: int | None) -> list[np.ndarray]:
        if seed is None:
            return self._model.get_weights()
        places = {id(v): i for i, v in enumerate(self.engine.live.model.weights)}
        moving = [self._model.weights[places[id(v)]] for v in self.engine.network.moving]
        return draw_initial_weights(self._model, seed, also=moving)

    @property
    def position(self) -> float:
        """Epochs trained so far, with the fraction of the one under way."""
        return self.epoch + self._step / self.engine.steps_per_epoch

    @property
    def partial(self) -> dict[str, np.ndarray]:
        """Training measures of the epoch under way, so far, each of shape (members,); empty between epochs."""
        if self._step == 0:
            return {}
        share = min(1.0, self._step * self.batch_size / self.engine.rows)
        names = ["loss", "penalty", *self.engine.metric_names]
        return dict(zip(names, self.engine.training_sums().T / share, strict=True))

    @property
    def diverged(self) -> bool:
        """Whether every member has diverged, so that more training cannot change anything."""
        return bool((self.diverged_at > 0).all())

    def advance(self, budget: float = CHUNK_SECONDS, *, until: float | None = None) -> bool:
        """Train one chunk: about ``budget`` seconds, at most to the end of the epoch.

        Args:
            budget: Seconds; at least one step is made.
            until: A ``position`` ahead that the chunk must not pass.

        Returns:
            Whether an epoch was finished, and ``history`` has a new column.
        """
        begin = time.perf_counter()
        engine = self.engine
        if self._step == 0:
            engine.start_epoch(self.epoch)
        left = engine.steps_per_epoch - self._step
        if until is not None:
            left = int(np.clip(round((until - self.position) * engine.steps_per_epoch), 1, left))
        # Until it is known how long a step takes, one at a time: a step of a large network may take a second.
        count = int(np.clip(budget / self._seconds_per_step, 1, left)) if self._seconds_per_step else 1
        steady = engine.run_steps(self._step, count)
        self._step += count
        spent = (time.perf_counter() - begin) / count
        if steady:
            self._seconds_per_step = (
                spent if not self._seconds_per_step else (self._seconds_per_step + spent) / 2
            )
        finished = self._step == engine.steps_per_epoch
        if finished:
            self._finish_epoch()
        self.seconds += time.perf_counter() - begin
        return finished

    def _finish_epoch(self) -> None:
        train, validation = self.engine.training_sums(), self.engine.evaluate()
        measures = np.concatenate([train, validation], axis=1).astype(float)
        # Loss and penalty, of training and of validation.
        width = train.shape[1]
        ill = ~np.isfinite(measures[:, [0, 1, width, width + 1]]).all(axis=1)
        self.epoch += 1
        self._step = 0
        self.diverged_at[ill & (self.diverged_at == 0)] = self.epoch
        measures[self.diverged_at > 0] = np.nan
        self._measures.append(measures)

    def train(
        self,
        epochs: int,
        *,
        on_epoch: Callable[[Trainer], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Train until ``epochs`` epochs are done in all, or ``stop()`` says so, or every member has diverged.

        A run whose members have all diverged is filled up with NaN, so that its curves have full length.
        """
        table.check_value("epochs", epochs)
        while self.epoch < epochs and not stop():
            if self.diverged:
                self._measures.append(np.full_like(self._measures[-1], np.nan))
                self.epoch += 1
            elif not self.advance():
                continue
            if on_epoch is not None:
                on_epoch(self)

    # Results

    @property
    def history(self) -> dict[str, np.ndarray]:
        """Curves by name, each of shape (members, epochs)."""
        names = ["loss", "penalty", *self.engine.metric_names]
        names += [f"val_{name}" for name in names]
        if not self._measures:
            return {name: np.zeros((self.members, 0)) for name in names}
        stacked = np.stack(self._measures, axis=-1)
        return {name: stacked[:, i] for i, name in enumerate(names)}

    def hyperparameters(self, member: int = 0) -> dict[str, Any]:
        """What one member is trained with, by name."""
        seed = self.seeds[member] if self.engine.own_seeds else self.seeds
        own = {"optimizer": self.optimizer, "batch_size": self.batch_size, "seed": seed}
        return {**self._values.of_member(member), **own}

    def run(self, member: int = 0, *, weights: bool = True) -> Run:
        """One member's record so far; ``weights=False`` leaves them out, which saves time for a large network."""
        return Run(
            history={name: values[member].copy() for name, values in self.history.items()},
            hyperparameters=self.hyperparameters(member),
            weights=self.engine.weights(member) if weights else [],
            loss_name=self.head.loss_name,
            model_name=self._model.name,
            data_name=self.data.name,
            baseline=self.baseline,
            diverged_at=int(self.diverged_at[member]) or None,
            seconds=self.seconds,
            changes=tuple(self.changes),
        )

    def predict(self, x: np.ndarray, member: int = 0) -> np.ndarray:
        """One member's outputs for ``x``, with dropout off."""
        return self.engine.predict(x, member)
