"""What the labs that build their own network do, without widgets: build anew at a move, train, keep what was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuningkit.labs.base_session import Session
from tuningkit.labs.structure_network import StructureNetwork
from tuningkit.labs.structure_settings import StructureSettings

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset
    from tuningkit.training.run import Run


@dataclass(frozen=True, eq=False)
class StructureExperiment:
    """One setting of the controls, and what became of it.

    Attributes:
        number: Counts from 1.
        settings: The controls.
    """

    number: int
    settings: Any

    @property
    def runs(self) -> tuple[Run, ...]:
        """The record of each network that was trained."""
        raise NotImplementedError

    @property
    def epochs(self) -> int:
        """Epochs finished by the network that is furthest."""
        return max([0, *(run.epochs for run in self.runs)])


@dataclass(frozen=True, eq=False)
class StructureSnapshot:
    """What every view needs to draw, taken at one moment.

    Attributes:
        status: As in a TuningLab.
        present: The experiment under way.
        earlier: Those before it that were trained.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
    """

    status: str
    present: Any
    earlier: tuple[Any, ...]
    error: tuple[str, str] | None
    final: bool


class StructureSession(Session):
    """Experiments of one lab, in the lab's own thread.

    A move of the controls that asks for another network ends the present experiment and begins the next; what was
    trained is kept. A subclass says what there is to build and to note: ``_begin``, ``_builders``,
    ``_note_present`` and ``_state``.

    Args:
        data: The data.
        settings: Where the controls stand.
        on_update: Called in the worker's thread with a snapshot.
        name: Name of the thread.
    """

    def __init__(
        self, data: Dataset, settings: StructureSettings, on_update: Callable[[Any], None], *, name: str
    ) -> None:
        super().__init__(on_update, name=name)
        self._data, self.settings = data, settings
        self._fresh, self._started, self._goal = True, False, 0
        self._networks: list[Any] = []
        self._present = self._begin(1, settings)
        self._earlier: tuple[Any, ...] = ()
        self.latest = self._state(final=True)

    # What a subclass does

    def _begin(self, number: int, settings: Any) -> StructureExperiment:
        """An experiment of which nothing is known yet."""
        raise NotImplementedError

    def _builders(self, settings: Any) -> Sequence[Callable[[], StructureNetwork]]:
        """What builds the networks of an experiment, one after the other."""
        raise NotImplementedError

    def _note_present(self, *, weights: bool) -> None:
        """Put what the networks did so far into ``_present``; with ``weights``, the runs must hold them."""
        raise NotImplementedError

    def _state(self, *, final: bool) -> StructureSnapshot:
        """The snapshot of this moment."""
        raise NotImplementedError

    # Requests, from any thread

    def set(self, settings: StructureSettings) -> None:
        """Take over the controls.

        Once training was asked for, another network is trained at once; more epochs go on with the same one.
        """
        with self._lock:
            before, self.settings = self.settings, settings
            if before.training != settings.training:
                self._fresh = True
                self._playing = self._started
                self._goal = settings.epochs if self._started else 0
            elif before.epochs != settings.epochs and self._goal:
                self._goal = settings.epochs
        self.worker.wake()

    def train(self, epochs: int | None = None) -> None:
        """Train ``epochs`` more epochs; None: to the planned end, or as much again."""
        with self._lock:
            done = 0 if self._fresh else max([0, *(one.trainer.epoch for one in self._networks)])
            planned = self.settings.epochs
            if epochs is not None:
                self._goal = done + epochs
            else:
                self._goal = planned if done < planned else done + planned
            self._started = self._playing = True
        self.worker.wake()

    @property
    def experiments(self) -> list[Any]:
        """Everything that was trained, oldest first."""
        seen = self.latest
        return [*seen.earlier, *([seen.present] if seen.present.epochs else [])]

    def snapshot(self, *, final: bool = False) -> Any:
        """The present state, for a view. Only the worker's thread may ask; others read ``latest``."""
        self._note_present(weights=final)
        self.latest = self._state(final=final)
        return self.latest

    # In the worker's thread

    def _has_work(self) -> bool:
        with self._lock:
            return self._fresh or (self._playing and self._goal > 0)

    def _obey(self) -> bool:
        moved = False
        while not self.worker.stopped and (settings := self._asked_for()) is not None:
            moved = True
            self._archive(settings)
            self._say("building")
            for build in self._builders(settings):
                # A slider that is dragged on asks for another network before this one is built.
                if not self._fresh:
                    self._networks.append(build())
        return moved

    def _asked_for(self) -> StructureSettings | None:
        with self._lock:
            fresh, self._fresh = self._fresh, False
            return self.settings if fresh else None

    def _archive(self, settings: StructureSettings) -> None:
        """Keep what was trained, and free its graphs before new ones are built."""
        self._note_present(weights=True)
        self._networks = []
        number = self._present.number
        if self._present.epochs:
            self._earlier = (*self._earlier, self._present)
            number += 1
        self._present = self._begin(number, settings)

    def _due(self) -> bool:
        with self._lock:
            if self._playing and not self._behind():
                self._playing = False
            playing = self._playing
        if not playing:
            for network in self._networks:
                network.look(always=True)
        return playing

    def _behind(self) -> list[Any]:
        """The networks that have not reached the goal."""
        return [one for one in self._networks if one.trainer.epoch < self._goal and not one.trainer.diverged]

    def _advance(self) -> None:
        # The one that is furthest behind: so curves of several grow side by side. None, if the goal came nearer.
        network = min(self._behind(), key=lambda one: one.trainer.position, default=None)
        if network is not None and network.trainer.advance():
            network.look()

    def _resting(self) -> str:
        if not any(one.trainer.position for one in self._networks):
            return "idle"
        return "paused" if self._behind() else "finished"

    def _failed(self, error: BaseException, text: str) -> None:
        self._networks = []
        with self._lock:
            self._fresh = True
        super()._failed(error, text)

    def _free(self) -> None:
        self._networks = []
