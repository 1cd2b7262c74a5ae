"""The live trainer: members of one network, trained step by step, with hyperparameters that can move.

It draws nothing and knows no widgets. ``tk.train`` and ``tk.sweep`` drive it to the end, a lab in short chunks.
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
from tuningkit.training.epoch_record import EpochRecord, as_keras_shows
from tuningkit.training.graph_settings import GraphSettings
from tuningkit.training.heads import choose_head
from tuningkit.training.member_settings import MemberSettings
from tuningkit.training.members import way_of
from tuningkit.training.memory import check_members
from tuningkit.training.optimizer_choices import choose_optimizer, optimizer_name, own_schedule
from tuningkit.training.pace import Pace
from tuningkit.training.run import Change, Run
from tuningkit.training.schedule_rates import Schedule
from tuningkit.training.starts import Starts, are_several
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
        record_batches: Whether the engine keeps the loss of every batch.
        room_for: As in :class:`GraphSettings`.

    Attributes:
        engine: The graph, with the variables of all members.
        record: What was measured, epoch by epoch.
        settings: The hyperparameters and schedules of all members.
        seconds: Time spent training.

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
        record_batches: bool = False,
        room_for: int | None = None,
    ) -> None:
        check_model(model)
        check_data(model, data)
        self.model, self.data = model, data
        graph = GraphSettings(batch_size, members, are_several(seeds), shuffle, record_batches, room_for)
        self.members, self.batch_size = graph.members, graph.batch_size
        optimizer, own_rate = choose_optimizer(model, optimizer)
        self.optimizer = optimizer_name(optimizer)
        live = make_live(model)
        self.head = choose_head(model, data, loss, metrics)
        at_once = way_of(model, self.members) == "together"
        check_members(model, self.members, self.batch_size, at_once=at_once)
        self.engine = Engine(live, self.head, optimizer, data, graph)
        self.baseline = baseline_loss(data, self.head.loss_name)
        self._starts = Starts(model, self.engine)
        self._pace = Pace()
        self.settings = MemberSettings(self.engine, own_schedule(optimizer), own_rate)
        self.restart(seeds)

    # Hyperparameters

    @property
    def live_names(self) -> tuple[str, ...]:
        """Hyperparameters that :meth:`set` can move without a new graph."""
        return self.settings.names

    def set(self, name: str, value: float | Sequence[float] | None) -> None:
        """Move a hyperparameter, at once, without rebuilding anything.

        Args:
            name: One of ``live_names``.
            value: A number for all members, an array of shape (members,), or None: what the model itself says.

        Raises:
            ValueError: If the name is unknown, the value out of range, or the model has nothing it could act on.
        """
        self.settings.set(name, value)

    def set_schedule(self, schedule: Schedule | Sequence[Schedule]) -> None:
        """Let the learning rate follow a schedule, without rebuilding anything.

        Args:
            schedule: A Keras schedule, a ``keras.callbacks.ReduceLROnPlateau``, a number (a constant rate) or None
                (as in the model), for all members; or a list of them, one per member. A learning rate that was
                set keeps a schedule's shape and becomes its height.

        Raises:
            TypeError: If it is none of these.
            ValueError: If the list has another length, or a rule watches a measure that there is not.
        """
        self.settings.set_schedule(schedule, self.epoch)

    def get(self, name: str) -> float | np.ndarray | None:
        """The value in force: None for "as in the model", a number if all members share it, else (members,)."""
        return self.settings.get(name)

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
        self._starts.put_back(seeds)
        self.seeds = seeds
        self.changes: list[Change] = []
        self.settings.schedules.restart()
        self.continue_record(EpochRecord(self.members, self.engine.measure_names), 0.0)

    def continue_record(self, record: EpochRecord, seconds: float) -> None:
        """Take the next epoch for the one after the last on record. What the members know is not touched.

        Args:
            record: Of as many members; it is written on from now on.
            seconds: Time spent so far. See :mod:`tuningkit.training.continuation`.
        """
        self.record, self.seconds, self._step = record, seconds, 0

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return self.record.epochs

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
        half = len(self.engine.measure_names) // 2
        sums = self.engine.measures()[:, :half]
        return dict(zip(self.engine.measure_names[:half], sums.T / share, strict=True))

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
            self.settings.schedules.begin_epoch(self.epoch)
        left = engine.steps_per_epoch - self._step
        if until is not None:
            left = int(np.clip(round((until - self.position) * engine.steps_per_epoch), 1, left))
        count = self._pace.steps(budget, left)
        steady = engine.run_steps(self.epoch, self._step, count)
        self._step += count
        if steady:
            self._pace.note((time.perf_counter() - begin) / count)
        finished = self._step == engine.steps_per_epoch
        if finished:
            self._finish_epoch()
        self.seconds += time.perf_counter() - begin
        return finished

    def _finish_epoch(self) -> None:
        measures = self.engine.measures().astype(float)
        self.record.add(measures, self.settings.schedules.end_epoch(self.epoch, as_keras_shows(measures)))
        self._step = 0

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
                self.record.add_nothing()
            elif not self.advance():
                continue
            if on_epoch is not None:
                on_epoch(self)

    @property
    def history(self) -> dict[str, np.ndarray]:
        """Curves by name, each of shape (members, epochs); with a schedule, ``learning_rate`` is one of them."""
        rates = {"learning_rate": self.learning_rates} if self.settings.schedules.at_work else {}
        return self.record.history() | rates

    @property
    def diverged_at(self) -> np.ndarray:
        """Epoch, from 1, in which a member diverged; 0 for those that did not. Shape (members,)."""
        return self.record.diverged_at

    @property
    def learning_rates(self) -> np.ndarray:
        """The learning rate of each member at the last step of each epoch, shape (members, epochs)."""
        return self.record.rates()

    def hyperparameters(self, member: int = 0) -> dict[str, Any]:
        """What one member is trained with, by name."""
        seed = self.seeds[member] if self.engine.settings.own_seeds else self.seeds
        values = self.settings.of_member(member)
        return {**values, "optimizer": self.optimizer, "batch_size": self.batch_size, "seed": seed}

    def run(self, member: int = 0, *, weights: bool = True) -> Run:
        """One member's record so far; ``weights=False`` leaves them out, which saves time for a large network."""
        return Run(
            history={name: values[member].copy() for name, values in self.history.items()},
            hyperparameters=self.hyperparameters(member),
            weights=self.engine.weights(member) if weights else [],
            loss_name=self.head.loss_name,
            model_name=self.model.name,
            data_name=self.data.name,
            baseline=self.baseline,
            diverged_at=int(self.diverged_at[member]) or None,
            seconds=self.seconds,
            changes=tuple(self.changes),
        )

    def weights(self, member: int = 0) -> list[np.ndarray]:
        """One member's weights, in the order of ``model.weights``."""
        return self.engine.weights(member)

    def predict(self, x: np.ndarray, member: int = 0) -> np.ndarray:
        """One member's outputs for ``x``, with dropout off."""
        return self.engine.predict(x, member)
