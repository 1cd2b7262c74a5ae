"""A sweep on real workers: the same values in the same order, whatever happens to a worker."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

import tuningkit as tk

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
