"""A lab on a hypermodel: compare the model a move leads to with the one that trains, then move or rebuild."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuningkit.labs.lab_settings import HYPER
from tuningkit.labs.records import Record
from tuningkit.labs.session import TuningSession
from tuningkit.labs.snapshot import Snapshot
from tuningkit.search.hypermodel import Hypermodel
from tuningkit.search.hypermodel_values import is_fixed
from tuningkit.search.liveness import REBUILDS, Liveness
from tuningkit.training.lock import training_turn
from tuningkit.training.run import Change

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.search.blueprint import Blueprint

#: What a run is trained with beside the hypermodel's own hyperparameters.
_BESIDE = ("optimizer", "batch_size", "seed", "repeats")
#: Names that mean the lab's own setting, whatever a hypermodel calls its hyperparameters.
LAB_NAMES = ("batch_size", "epochs", "seed", "repeats", "mode")
#: And those of the further columns of the table of runs.
_COLUMNS = ("id", "number", "val_loss", "at", "val_metric", "gap", "diagnosis", "note")


class HypermodelSession(TuningSession):
    """The runs of a lab on a hypermodel.

    Every move is decided by building the model it leads to and comparing configurations: nothing that a name
    suggests, and nothing that held elsewhere, decides whether the graph that trains may go on.

    Args:
        hypermodel: The hypermodel.
        first: The model at the starting values, with its blueprint.
        data: The data.
        settings: As for :class:`TuningSession`; hyperparameters are those that begin with ``HYPER``.
        arguments: As for :class:`TuningSession`.
        on_update: As for :class:`TuningSession`.
        on_space: Called in the worker's thread when more is known about the hyperparameters.
        weights: As for :class:`TuningSession`.

    Attributes:
        liveness: What is known about which hyperparameters can move while the network trains.
    """

    def __init__(
        self,
        hypermodel: Hypermodel,
        first: tuple[keras.Model, Blueprint],
        data: Dataset,
        settings: dict[str, Any],
        arguments: dict[str, Any],
        on_update: Callable[[Snapshot], None],
        on_space: Callable[[], None],
        *,
        weights: bool = False,
    ) -> None:
        super().__init__(first[0], data, settings, arguments, on_update, weights=weights)
        self._hypermodel, self._on_space = hypermodel, on_space
        # A model that was built to be looked at, and is there if it is to be trained.
        self._spare: tuple[keras.Model, Blueprint] | None = first
        # What the trainer is set to, and what it will be set to next.
        self._current = self._next = first[1]
        self._in_force = values_of(settings)
        self._unseen = False
        self._told: Any = None
        self.liveness = Liveness(hypermodel)
        self._exploration = self.liveness.explore(self._in_force)

    # From any thread

    def set(self, name: str, value: Any, *, start: bool = False) -> None:
        """Move a setting; see :meth:`TuningSession.set`. A hyperparameter is looked at even if nothing trains."""
        with self._lock:
            self._unseen |= name.startswith(HYPER) and self.settings.get(name) != value
        super().set(name, value, start=start)

    def plan(self, changes: Sequence[tuple[float, str, Any]]) -> None:
        """Repeat these moves in the next run; see :meth:`TuningSession.plan`.

        Raises:
            ValueError: If a hyperparameter is unknown or its value not possible.
        """
        values = values_of(self.settings)
        super().plan([
            (at, name, self._hypermodel.check(name.removeprefix(HYPER), value, values))
            if name.startswith(HYPER) else (at, name, value)
            for at, name, value in changes
        ])  # fmt: skip

    def story(self) -> tuple[dict[str, Any], list[tuple[float, str, Any]]]:
        """What makes the present run again; see :meth:`TuningSession.story`."""
        settings, moves = super().story()
        known = set(self._hypermodel.names)
        return settings, [(at, HYPER + name if name in known else name, value) for at, name, value in moves]

    # In the worker's thread

    def _needs_new_run(self, name: str) -> bool:
        if not name.startswith(HYPER):
            return False
        return self._error is not None or self.liveness.kinds.get(name.removeprefix(HYPER)) == REBUILDS

    def _is_another_network(self, settings: dict[str, Any]) -> bool:
        self._next = self._look(settings)
        other = self.liveness.compare(self._current, self._next)
        self._tell()
        return other

    def _look(self, settings: dict[str, Any]) -> Blueprint:
        """The blueprint at these settings; a model built for that is kept."""
        values = values_of(settings)
        self._unseen = False
        known = self._hypermodel.known(values)
        if known is None:
            self._spare = self._hypermodel.build_with_blueprint(values)
            known = self._spare[1]
        return known

    def _build(self, settings: dict[str, Any]) -> None:
        self.trainer = None
        self._next = self._look(settings)
        if self._spare is None or self._spare[1] is not self._next:
            self._spare = self._hypermodel.build_with_blueprint(values_of(settings))
        (self._model, self._next), self._spare = self._spare, None
        self._tell()
        super()._build(settings)

    def _apply(self, settings: dict[str, Any]) -> None:
        self._current, self._in_force = self._next, values_of(settings)
        self._current.apply_to(self.trainer)
        if "learning_rate" in settings:
            self.trainer.set("learning_rate", settings["learning_rate"])

    def _change(self, moved: dict[str, Any]) -> None:
        super()._change({name: value for name, value in moved.items() if not name.startswith(HYPER)})
        own = {name.removeprefix(HYPER): value for name, value in moved.items() if name.startswith(HYPER)}
        if not own:
            return
        before, values = self._in_force, {**self._in_force, **own}
        after = self._hypermodel.blueprint(values)
        if self.liveness.compare(self._current, after):
            return  # Only a line of settings written by hand can ask for that in the middle of a run.
        self._current, self._in_force = after, values
        after.apply_to(self.trainer)
        self.trainer.changes += [
            Change(self.trainer.position, name, before.get(name), value)
            for name, value in own.items()
            if name in after.values and before.get(name) != value
        ]

    def _described(self, record: Record) -> Record:
        run, values = record.run, {run_name(name): value for name, value in self._current.values.items()}
        beside = {name: run.hyperparameters[name] for name in _BESIDE if name in run.hyperparameters}
        if "learning_rate" in self.settings:
            beside["learning_rate"] = run.hyperparameters["learning_rate"]
        return replace(record, run=replace(run, hyperparameters={**beside, **values}))

    def _work(self) -> None:
        if self._unseen and not self._playing:
            self._peek()
        super()._work()
        self._explore()

    def _peek(self) -> None:
        """Look at the model the settings lead to, although nothing trains: an impossible one is told at once."""

        def called_off() -> bool:
            return self.worker.stopped or self._playing

        with training_turn(cancelled=called_off) as held:
            if held:
                with self._lock:
                    settings, self._unseen = dict(self.settings), False
                    self._error = self._exception = None
                self.liveness.compare(self._current, self._look(settings))
                self._tell()

    def _explore(self) -> None:
        """While there is nothing else to do, find out which hyperparameters are live."""
        while not (self._playing or self._unseen or self.worker.stopped):
            # Another lab that trains comes first; this goes on at the next move.
            with training_turn(cancelled=lambda: True) as held:
                if not held or not self._try_one():
                    break
            self._tell()
        self._tell()

    def _try_one(self) -> bool:
        """Build one more model to learn from; return whether there was one to build."""
        if next(self._exploration, None) is None:
            # A move may have brought hyperparameters to light that were not there before.
            self._exploration = self.liveness.explore(values_of(self.settings))
            return next(self._exploration, None) is not None
        return True

    def _tell(self) -> None:
        """Say what is new about the hyperparameters."""
        hypermodel = self._hypermodel
        with self._lock:
            for name, default in hypermodel.defaults().items():
                if not is_fixed(hypermodel.definition(name, {})):
                    self.settings.setdefault(HYPER + name, default)
            in_use = hypermodel.known(values_of(self.settings))
            if in_use is not None:
                # A value that was out of range for the hyperparameter of this name that is active by now.
                used = {HYPER + name: value for name, value in in_use.values.items()}
                self.settings |= {name: value for name, value in used.items() if name in self.settings}
        news = (hypermodel.names, dict(self.liveness.kinds), in_use and in_use.values)
        if news != self._told and not self.worker.stopped:
            self._told = news
            self._on_space()

    def _free(self) -> None:
        super()._free()
        self._spare = None


def values_of(settings: dict[str, Any]) -> dict[str, Any]:
    """The hyperparameters among a lab's settings, by their own names."""
    return {name.removeprefix(HYPER): value for name, value in settings.items() if name.startswith(HYPER)}


def run_name(name: str) -> str:
    """What a hyperparameter is called in a run's record and table, where "batch_size" is the lab's own."""
    return HYPER + name if name in (*LAB_NAMES, *_COLUMNS) else name
