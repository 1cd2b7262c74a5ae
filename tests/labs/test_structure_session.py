"""What the labs that build their own network share: when they build, what they keep, how several take turns."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from tuningkit.labs.structure_network import WatchedNetwork
from tuningkit.labs.structure_session import StructureExperiment, StructureSession, StructureSnapshot
from tuningkit.labs.structure_settings import StructureSettings


@dataclass(frozen=True)
class Settings(StructureSettings):
    lab = "SmallLab"
    depth: int = 2
    skip: str | None = None
    learning_rate: float = 0.1
    epochs: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        self._check_choice("skip", ("add", "concatenate", None))
        self._check_training()


@dataclass(frozen=True, eq=False)
class Experiment(StructureExperiment):
    runs: tuple = ()


class Trainer:
    """Counts epochs in steps of `stride`."""

    diverged = False

    def __init__(self, stride: int = 1) -> None:
        self.epoch = self.position = 0
        self.stride = stride
        self.before = None

    def advance(self) -> bool:
        if self.before is not None:
            self.before()
        self.epoch += self.stride
        self.position = self.epoch
        return True


class Network:
    def __init__(self, session: Small, settings: Settings, number: int) -> None:
        session.built.append((settings.depth, number, [one() is not None for one in session.made]))
        session.made.append(weakref.ref(self))
        self.depth, self.trainer, self.looks = settings.depth, Trainer(number), []
        if session.on_build is not None:
            session.on_build()

    def look(self, *, always: bool = False) -> None:
        self.looks.append((self.trainer.epoch, always))


class Small(StructureSession):
    """Two networks per experiment, of which the second is twice as fast."""

    def __init__(self, settings: Settings) -> None:
        self.built, self.made, self.on_build = [], [], None
        super().__init__(None, settings, lambda snapshot: None, name="tuningkit-test")

    def _begin(self, number, settings):
        return Experiment(number, settings)

    def _builders(self, settings):
        return [partial(Network, self, settings, number) for number in (1, 2)]

    def _note_present(self, *, weights):
        if self._networks:
            trained = [n.trainer.epoch for n in self._networks if n.trainer.epoch]
            runs = tuple(SimpleNamespace(epochs=epoch) for epoch in trained)
            self._present = replace(self._present, runs=runs)

    def _state(self, *, final):
        with self._lock:
            return StructureSnapshot(self._status, self._present, self._earlier, self._error, final)


@pytest.fixture
def session():
    made = Small(Settings())
    yield made
    made.close()


def done(session: Small) -> Small:
    assert session.worker.wait(120)
    session.raise_error()
    return session


def epochs(session: Small) -> list[list[int]]:
    return [[run.epochs for run in one.runs] for one in session.experiments]


def test_networks_take_turns_and_stop_at_the_goal(session):
    session.refresh()
    assert done(session).latest.status == "idle" and session.experiments == []
    session.train()
    assert epochs(done(session)) == [[3, 4]] and session.latest.status == "finished"
    looks = [network.looks for network in session._networks]
    assert [look[0] for look in looks[0]] == [0, 1, 2, 3, 3] and looks[0][-1] == (3, True)
    session.train(1)
    assert epochs(done(session)) == [[5, 6]]  # one more than the one that was ahead, which had 4
    assert len(session.built) == 2


def test_more_epochs_go_on_and_another_structure_begins_anew(session):
    session.train(1)
    session.set(Settings(epochs=5))
    assert epochs(done(session)) == [[5, 6]]
    session.set(Settings(epochs=2, depth=7))
    assert epochs(done(session)) == [[5, 6], [2, 2]]
    assert [one.number for one in session.experiments] == [1, 2]
    assert [one.settings.depth for one in session.experiments] == [2, 7]
    # The networks of before were let go before the first new one was built.
    assert session.built[2] == (7, 1, [False, False])


def test_a_move_while_building_skips_what_nobody_will_see(session):
    def move() -> None:
        session.on_build = None
        session.set(Settings(depth=5))

    session.on_build = move
    session.refresh()
    assert [(depth, number) for depth, number, _ in done(session).built] == [(2, 1), (5, 1), (5, 2)]
    assert session.latest.present.number == 1 and session.experiments == []


def test_a_goal_that_comes_nearer_while_a_step_is_due_ends_the_training(session, monkeypatch):
    advance = session._advance

    def nearer() -> None:
        session.set(Settings(epochs=1))
        advance()

    session.set(Settings(epochs=50))
    session.train(1)
    done(session)
    monkeypatch.setattr(session, "_advance", nearer)
    session.train()
    assert epochs(done(session)) == [[1, 2]] and session.latest.status == "finished"


def test_a_failure_lets_go_of_the_networks_and_the_next_try_builds(session):
    def broken() -> None:
        session.on_build = None
        raise ValueError("no such network")

    session.on_build = broken
    session.train()
    assert session.worker.wait(120)
    assert session.latest.status == "failed" and session.latest.error[0] == "no such network"
    with pytest.raises(ValueError, match="no such network"):
        session.raise_error()
    session.train()
    assert epochs(done(session)) == [[3, 4]]


def test_a_network_is_looked_into_once_an_epoch_and_not_for_too_long(monkeypatch):
    clock = iter(np.arange(0, 1000, 10.0))
    monkeypatch.setattr("tuningkit.labs.structure_network.time.monotonic", lambda: next(clock))

    class Watched(WatchedNetwork):
        def __init__(self) -> None:
            engine = SimpleNamespace(weights=lambda member: ["weights"])
            self.trainer = SimpleNamespace(epoch=0, seconds=1.0, diverged=False, engine=engine)
            self._model = SimpleNamespace(set_weights=lambda weights: None)
            self._looked_at, self._looking, self.read = None, 0.0, []

        def _read(self) -> None:
            self.read.append(self.trainer.epoch)

    network = Watched()
    network.look()
    network.look(always=True)  # the same epoch: nothing new to see
    network.trainer.epoch = 1
    network.look()  # the first look took 10 s of 1.5 s
    assert network.read == [0]
    network.look(always=True)
    network.trainer.epoch, network.trainer.seconds = 2, 100.0
    network.look()
    assert network.read == [0, 1, 2]
    network.trainer.epoch, network.trainer.diverged = 3, True
    network.look(always=True)
    assert network.read == [0, 1, 2]


def test_settings_say_what_builds_and_what_trains():
    settings = Settings(depth=4)
    assert settings.structure == {"depth": 4, "skip": None} and settings.training == (4, None, 0.1, 0)
    assert settings.changed(epochs=9).training == settings.training != settings.changed(seed=1).training
    with pytest.raises(ValueError, match=r"A SmallLab has depth, .* Did you mean 'depth'\? Received: 'deph'"):
        settings.changed(deph=3)
    with pytest.raises(
        ValueError,
        match=r"skip must be one of 'add', 'concatenate', None. Did you mean 'add'\? Received: skip='ad'",
    ):
        settings.changed(skip="ad")
    with pytest.raises(ValueError, match=r"seed must be a number. Received: seed=None"):
        settings.changed(seed=None)
