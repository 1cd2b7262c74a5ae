"""What needs no workers: how members are split, what travels, what is refused, what is kept."""

from __future__ import annotations

import queue
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.training import cluster as cluster_module
from tuningkit.training.cluster import Cluster, check_client, split_members
from tuningkit.training.cluster_parcel import pack, pack_job, unpack, unpack_job
from tuningkit.training.cluster_progress import ClusterProgress
from tuningkit.training.cluster_sweep import note_of


@pytest.fixture(scope="module")
def convolution():
    return keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3), keras.layers.Flatten()])


@pytest.mark.parametrize("members", [1, 2, 7, 8, 9, 15, 16, 17, 31, 64])
@pytest.mark.parametrize("parts", [1, 2, 4, 100])
def test_every_member_is_in_one_chunk_that_begins_where_it_may(dense, convolution, members, parts):
    for model, unit in ((dense, 8), (convolution, 2)):
        chunks = split_members(model, members, parts)
        assert [member for chunk in chunks for member in chunk] == list(range(members))
        assert len(chunks) <= parts
        assert all(chunk.start % unit == 0 for chunk in chunks)
        assert members == 1 or all(len(chunk) > 1 for chunk in chunks)


def test_little_memory_makes_more_chunks(dense):
    assert len(split_members(dense, 64, 2, most=16)) == 4


def test_workers_that_stay_away_end_the_wait_in_words(monkeypatch):
    monkeypatch.setattr(cluster_module, "_ASK", 0.0)
    monkeypatch.setattr(cluster_module, "_PATIENCE", 0.3)
    deserted = Cluster.__new__(Cluster)
    deserted._client = SimpleNamespace(status="running", nthreads=dict)
    future = SimpleNamespace(status="pending")
    why = deserted._watch([future], [None], [None], queue.SimpleQueue(), lambda number, message: None)
    assert why == "All workers of the cluster have been gone for 0.3 seconds."


def test_a_worker_that_keeps_its_results_ends_the_wait_in_words(monkeypatch):
    monkeypatch.setattr(cluster_module, "_PATIENCE", 0.3)

    def hangs(timeout):
        assert timeout == 0.3
        raise TimeoutError

    waiting = Cluster.__new__(Cluster)
    waiting._client = SimpleNamespace(status="running", nthreads=dict)
    future = SimpleNamespace(status="finished", result=hangs)
    why = waiting._watch([future], [None], [None], queue.SimpleQueue(), lambda number, message: None)
    assert why == "A worker did not hand over what it had trained within 0.3 seconds."


def test_a_scheduler_that_dies_while_it_is_asked_is_said_in_words(monkeypatch):
    distributed = pytest.importorskip("distributed")
    from distributed.comm import CommClosedError

    class Gone(distributed.Client):
        status, asynchronous, scheduler = "running", False, None

        def __init__(self):
            pass

        def __del__(self):
            pass

        def nthreads(self):
            raise CommClosedError("in <TCP>")

        run = lambda self, function: self.nthreads()  # noqa: E731

    with pytest.raises(ConnectionError, match=r"does not answer \(in <TCP>\)\. Look whether its scheduler"):
        check_client(Gone())
    with pytest.raises(ConnectionError, match="does not answer"):
        Cluster(Gone(), {})


def test_other_clients_are_refused_in_words(dense, small, monkeypatch):
    with pytest.raises(TypeError, match=r"distributed\.Client\('tcp.*Received: str"):
        tk.sweep(dense, small, {"l2": [0, 1e-3]}, epochs=1, client="tcp://10.0.0.1:8786")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r'pip install "tuningkit\[cluster\]"'):
        check_client(object())


def test_what_travels_arrives_as_it_was(small):
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    schedules = {
        "a": keras.optimizers.schedules.CosineDecay(0.01, 10),
        "b": keras.callbacks.ReduceLROnPlateau(patience=3),
    }
    shared = {"optimizer": keras.optimizers.Adam(3e-3), "batch_size": 16, "schedules": schedules, "l2": None}
    parcel = pack_job(model, small, shared, {"loss": None, "metrics": ["accuracy"], "shuffle": False})
    copy, data, arrived, settings = unpack_job(parcel)
    assert copy.name == model.name and isinstance(copy.optimizer, keras.optimizers.SGD)
    for ours, theirs in zip(model.get_weights(), copy.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(data.x_train, small.x_train)
    assert (data.name, data.class_names) == (small.name, small.class_names)
    assert arrived["optimizer"].get_config() == shared["optimizer"].get_config()
    assert arrived["batch_size"] == 16 and arrived["l2"] is None
    assert arrived["schedules"]["a"].get_config() == schedules["a"].get_config()
    assert arrived["schedules"]["b"].patience == 3
    assert settings["loss"].from_logits and settings["metrics"] == ["accuracy"] and not settings["shuffle"]


def test_a_parcel_holds_no_object_that_is_code(dense, small):
    plain = (dict, list, tuple, str, int, float, bool, np.ndarray, type(None))

    def look(value):
        assert isinstance(value, plain), type(value)
        parts = value.values() if isinstance(value, dict) else value
        if isinstance(value, (dict, list, tuple)):
            for part in parts:
                look(part)

    look(pack_job(dense, small, {"optimizer": keras.optimizers.Adam(), "batch_size": 8}, {}))


def test_functions_of_the_learner_are_refused():
    def mine(truth, guess):
        return keras.ops.mean(keras.ops.abs(truth - guess))

    for value in (mine, lambda truth, guess: guess):
        with pytest.raises(ValueError, match=r"The loss cannot travel .*register_keras_serializable"):
            pack(value, "The loss")
    assert unpack(pack(keras.losses.mean_squared_error, "The loss")) is keras.losses.mean_squared_error


def test_an_epoch_that_is_told_twice_counts_once():
    steps, seen = [], []
    watch = ClusterProgress([[0, 2], [1]], 2, step=steps.append, on_epoch=lambda one: seen.append(one.epoch))
    first = {"epoch": 1, "measures": {"loss": [1.0, 3.0]}}
    watch.report(0, first)
    watch.report(0, first)
    assert np.isnan(watch.history["loss"][1, 0])
    watch.report(1, {"epoch": 1, "measures": {"loss": [2.0]}})
    assert (steps, seen) == ([2, 1], [0, 1])
    np.testing.assert_array_equal(watch.history["loss"], [[1.0], [2.0], [3.0]])


def test_what_is_missing_is_said():
    assert note_of("", 4, 4) == ""
    assert note_of("interrupted", 2, 4) == "Interrupted: 2 of 4 members had arrived from the cluster."
    with pytest.raises(KeyboardInterrupt):
        note_of("interrupted", 0, 4)
    with pytest.raises(ConnectionError, match="None of the 4 members"):
        note_of("The connection to the cluster was lost.", 0, 4)
