"""Sweeps and searches on real workers: the same values in the same order, whatever happens to a worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.training import cluster as cluster_module
from tuningkit.training.cluster import ClusterLost
from tuningkit.training.members import way_of

distributed = pytest.importorskip("distributed")

RATES = np.geomspace(1e-4, 0.1, 19)


def same(one, other):
    assert one.configurations == other.configurations
    assert one.history.keys() == other.history.keys()
    for name, curves in one.history.items():
        np.testing.assert_array_equal(curves, other.history[name], err_msg=name)
    for ours, theirs in zip(one.weights, other.weights, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b)
    assert (one.hyperparameters, one.loss_name, one.model_name, one.data_name, one.baseline, one.note) == (
        other.hyperparameters, other.loss_name, other.model_name, other.data_name, other.baseline, other.note,
    )  # fmt: skip


@pytest.fixture(scope="module")
def arguments():
    return {"grid": {"learning_rate": RATES}, "epochs": 3, "seed": 3, "l2": 1e-4, "progress": False}


@pytest.fixture(scope="module")
def local(dense, small, arguments):
    return tk.sweep(dense, small, **arguments)


def test_values_and_order_are_those_of_one_machine(client, dense, small, arguments, local):
    seen = []
    sweep = tk.sweep(
        dense,
        small,
        **arguments,
        client=client,
        on_epoch=lambda one: seen.append((one.epoch, one.history["loss"])),
    )
    same(sweep, local)
    # Three epochs of two chunks, each seen as it arrived.
    assert len(seen) == 6 and seen[-1][0] == 3
    np.testing.assert_array_equal(seen[-1][1], local.history["loss"])


@pytest.mark.parametrize("kind", ["convolutional", "recurrent"])
def test_networks_trained_in_turn_have_the_values_of_one_machine(client, small, kind):
    layers = {
        "convolutional": [keras.layers.Reshape((8, 8, 1)), keras.layers.Conv2D(2, 3), keras.layers.Flatten()],
        "recurrent": [keras.layers.Reshape((8, 8)), keras.layers.GRU(3)],
    }[kind]
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((64,)), *layers, keras.layers.Dense(10)])
    assert way_of(model, 4) != "together"
    asked = {"epochs": 2, "batch_size": 64, "seed": 3, "progress": False}
    grid, told = {"l2": [0, 1e-4, 1e-3, 1e-2]}, []
    ours = tk.sweep(model, small, grid, **asked, client=client, on_epoch=lambda one: told.append(one.epoch))
    assert len(told) == 4  # two epochs of two chunks: it was split
    same(ours, tk.sweep(model, small, grid, **asked))


def lab_on(client, dense, small, **settings):
    return tk.SweepLab(
        dense,
        small,
        "learning_rate",
        values={"learning_rate": RATES},
        seed=3,
        l2=1e-4,
        client=client,
        **settings,
    )


def test_a_lab_draws_what_arrives_and_ends_with_the_same_sweep(client, dense, small, local):
    lab = lab_on(client, dense, small, epochs=3)
    pictures = []
    draw = lab.session._on_update
    lab.session._on_update = lambda snapshot: (pictures.append(snapshot), draw(snapshot))
    lab.train().wait()
    for name, curves in lab.sweep.history.items():
        np.testing.assert_array_equal(curves, local.history[name], err_msg=name)
    assert lab.session.latest.status == "finished"
    assert np.nanargmin(local.history["val_loss"].min(axis=1)) == lab.go_to_best()._view.selected
    # Chunks are not equally far while they train, and nothing that has not arrived is called diverged.
    assert any(one.epochs_done is not None and np.ptp(one.epochs_done) > 0 for one in pictures)
    assert not any(one.diverged_at is not None and one.diverged_at.any() for one in pictures)
    assert lab._repr_mimebundle_()[0]["image/png"]
    lab.close()


def test_a_paused_lab_frees_the_workers_and_comes_to_the_same_values(client, dense, small):
    lab = lab_on(client, dense, small, epochs=200)
    lab.train()
    end = time.monotonic() + 60
    while lab.session.latest.epochs < 2:
        assert time.monotonic() < end
        time.sleep(0.01)
    lab.session.pause()
    lab.wait()
    seen = lab.session.latest
    assert (seen.status, lab.sweep) == ("paused", None)
    assert 2 <= seen.epochs < 200
    lab.train(epochs=3).wait()
    again = lab.sweep.history["val_loss"]
    before = seen.history["val_loss"].reshape(19, -1)[:, :2]
    arrived = np.isfinite(before)
    assert arrived[:, 0].any()
    np.testing.assert_array_equal(again[:, :2][arrived], before[arrived])
    lab.close()


def test_a_lab_says_at_once_what_is_wrong_with_a_client(dense, small):
    with pytest.raises(TypeError, match="client must be a client of Dask"):
        lab_on("tcp://10.0.0.1:8786", dense, small)


SPACE = {"learning_rate": tk.search.Log(1e-4, 1), "batch_size": [32, 64]}


def same_trials(one, other):
    assert [t.number for t in one] == [t.number for t in other]
    for ours, theirs in zip(one, other, strict=True):
        assert ours.configuration == theirs.configuration
        assert (ours.status, ours.epochs, ours.message, ours.seed) == (
            theirs.status, theirs.epochs, theirs.message, theirs.seed,
        )  # fmt: skip
        np.testing.assert_array_equal(ours.curve, theirs.curve)
        np.testing.assert_array_equal(ours.objective, theirs.objective)
    assert (one.note, one.interrupted, one.epochs_saved) == (
        other.note,
        other.interrupted,
        other.epochs_saved,
    )


def test_random_search_has_the_same_table(client, dense, small):
    asked = {"trials": 20, "epochs": 2, "progress": False, "seed": 1}
    same_trials(
        tk.search(dense, small, SPACE, **asked, client=client), tk.search(dense, small, SPACE, **asked)
    )


def test_halving_keeps_the_same_trials(client, dense, small):
    space = {"learning_rate": tk.search.Log(1e-4, 1), "l2": tk.search.Log(1e-6, 1e-2)}
    asked = {"method": "halving", "trials": 18, "epochs": 6, "progress": False}
    ours = tk.search(dense, small, space, **asked, client=client)
    same_trials(ours, tk.search(dense, small, space, **asked))
    assert 0 < ours.counts["stopped early"] < 18


def test_methods_that_wait_for_results_refuse(client, dense, small):
    with pytest.raises(ValueError, match="one after the other"):
        tk.search(dense, small, SPACE, method="tpe", trials=2, epochs=1, client=client)


def test_scikit_learn_searches_on_the_same_workers(client):
    """What docs/many_machines.md shows: joblib finds Dask's backend by its name."""
    import joblib
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    iris = tk.datasets.load_iris()
    search = GridSearchCV(LogisticRegression(max_iter=300), {"C": [0.1, 1, 10]}, cv=2)
    search.fit(iris.x_train, iris.y_train)
    alone = search.cv_results_["mean_test_score"]
    with client.as_current(), joblib.parallel_config(backend="dask"):
        search.fit(iris.x_train, iris.y_train)
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], alone)
    assert tk.search.from_scikit_learn(search).best.configuration == search.best_params_


class InTheMiddle:
    """Acts when one of two groups has arrived, and the other one would go on for a minute.

    Args:
        act: What is done then.
    """

    GRID = {"batch_size": [203, 1], "l2": [0, 1e-3]}
    EPOCHS = 300

    def __init__(self, act):
        self._act, self._after = act, 0

    def __call__(self, one):
        if one.epochs_done[0] == self.EPOCHS:
            self._after += 1
            if self._after == 8:
                self._act()

    def sweep(self, model, data, client):
        return tk.sweep(
            model, data, self.GRID, epochs=self.EPOCHS, seed=0, progress=False, client=client, on_epoch=self
        )


def test_an_interrupt_keeps_what_arrived_and_stops_the_workers(client, dense, small):
    def interrupt():
        raise KeyboardInterrupt

    sweep = InTheMiddle(interrupt).sweep(dense, small, client)
    assert [one["batch_size"] for one in sweep.configurations] == [203, 203]
    assert sweep.epochs == InTheMiddle.EPOCHS
    assert sweep.note == "Interrupted: 2 of 4 members had arrived from the cluster."
    # Each worker has one thread, which is free again.
    free = [client.submit(os.getpid, workers=[address], pure=False) for address in client.nthreads()]
    assert len({future.result(timeout=30) for future in free}) == 2


def test_a_lost_connection_keeps_what_arrived(cluster, dense, small):
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as own:
        with pytest.warns(
            ClusterLost, match=r"connection to the cluster was lost\. 2 of 4 members had arrived"
        ):
            sweep = InTheMiddle(own.close).sweep(dense, small, own)
        assert sweep.members == 2 and "lost" in sweep.note
        with pytest.raises(RuntimeError, match="not connected"):
            tk.sweep(dense, small, InTheMiddle.GRID, epochs=1, client=own)


def test_a_killed_worker_is_replaced_and_nothing_is_lost(client, dense, small, arguments, local):
    before = client.run(os.getpid)
    killed = []

    def kill_once(one):
        if not killed:
            killed.append(next(iter(before.values())))
            os.kill(killed[0], signal.SIGKILL)

    sweep = tk.sweep(dense, small, **arguments, client=client, on_epoch=kill_once)
    same(sweep, local)
    client.wait_for_workers(2, timeout=120)
    assert killed[0] not in client.run(os.getpid).values()


@pytest.fixture
def processes(tmp_path):
    """A scheduler and two workers, each a process of its own, and where the scheduler listens."""
    listens = str(tmp_path / "scheduler.json")
    common = ["--scheduler-file", listens, "--host", "127.0.0.1", "--no-dashboard"]
    worker = ["worker", *common, "--no-nanny", "--nthreads", "1", "--memory-limit", "0"]
    worker += ["--local-directory", str(tmp_path)]
    asked = [["scheduler", *common, "--port", "0"], worker, worker]
    started = [
        subprocess.Popen([sys.executable, "-m", "dask", *one], stderr=subprocess.DEVNULL) for one in asked
    ]
    yield started, listens
    for one in started:
        one.kill()
        one.wait()


def test_a_dead_scheduler_leaves_a_lab_with_what_arrived(processes, dense, small, monkeypatch):
    (scheduler, worker, _), listens = processes
    arrived = threading.Event()

    class Noticed(cluster_module.ChunkRecord):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            arrived.set()

    monkeypatch.setattr(cluster_module, "ChunkRecord", Noticed)
    with distributed.Client(scheduler_file=listens, set_as_default=False, timeout=60) as own:
        own.wait_for_workers(2, timeout=60)
        lab = lab_on(own, dense, small, epochs=300)
        with pytest.warns(ClusterLost, match=r"lost\. (8|11) of 19 members had arrived and were kept"):
            lab.train()
            end = time.monotonic() + 120
            while (done := lab.session.latest.epochs_done) is None or done.min() < 1:
                assert time.monotonic() < end
                time.sleep(0.01)
            # The one worker stands still, so the other one's chunk arrives alone.
            worker.send_signal(signal.SIGSTOP)
            assert arrived.wait(120)
            scheduler.kill()
            lab.wait()
        seen = lab.session.latest
        assert lab.sweep.members in (8, 11) and lab.sweep.epochs == 300
        assert lab.sweep.note == seen.error[0]
        whole = seen.epochs_done.reshape(19) == 300
        assert whole.sum() == lab.sweep.members
        np.testing.assert_array_equal(seen.history["loss"].reshape(19, -1)[whole], lab.sweep.history["loss"])
        lab.close()
        with pytest.raises(RuntimeError, match="not connected"):
            tk.sweep(dense, small, InTheMiddle.GRID, epochs=1, client=own)
    assert not [one.name for one in threading.enumerate() if one.name.startswith("tuningkit")]
