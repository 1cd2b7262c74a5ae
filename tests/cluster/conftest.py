"""One scheduler and two worker processes, shared by all tests of this folder that train on them."""

from __future__ import annotations

import warnings

import keras
import pytest

import tuningkit as tk


@pytest.fixture(scope="session")
def small():
    return tk.datasets.load_digits().subset(203)


@pytest.fixture(scope="session")
def dense():
    keras.utils.set_random_seed(0)
    layers = [
        keras.Input((64,)),
        keras.layers.Dense(17, "relu"),
        keras.layers.Dropout(0.2),
        keras.layers.Dense(10),
    ]
    return keras.Sequential(layers, name="dense")


# Ends with its file: workers that wait still cost a twentieth of a processor each, until the last test of the suite.
@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        # Dask says when it starts that a busy machine is slow; its own loops leave sockets to the collector.
        warnings.simplefilter("ignore")
        started = distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            worker_dashboard_address=None,
            memory_limit=0,
            silence_logs=50,
        )
    with started:
        yield started


@pytest.fixture
def client(cluster):
    distributed = pytest.importorskip("distributed")
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as one:
        one.wait_for_workers(2, timeout=120)
        yield one
