"""With one processor TensorFlow's pool is one thread: a graph that waits for another thread hangs for ever."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import tensorflow as tf

from tuningkit.training.inline_branch import result_if, waits
from tuningkit.training.trainer import Trainer

TRAINING = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import keras
import tensorflow as tf
import tuningkit as tk

class Branches(keras.layers.Layer):
    def call(self, x):
        return tf.cond(tf.reduce_mean(x) > 0, lambda: x, lambda: 2 * x)

flat, images = tk.datasets.load_digits().subset(200), tk.datasets.load_digits(images=True).subset(200)
L = keras.layers
dense = [keras.Input((64,)), L.Dense(16, "relu"), L.Dropout(0.2), L.Dense(10)]
layers = [keras.Input((8, 8, 1)), L.Conv2D(4, 3, activation="relu"), L.Flatten(), L.Dropout(0.2), L.Dense(10)]
own = [keras.Input((64,)), L.Dense(16, "relu"), Branches(), L.Dense(10)]
for name, network, data in (("dense", dense, flat), ("convolution", layers, images), ("own", own, flat)):
    model = keras.Sequential(network)
    run = tk.train(model, data, epochs=2, seed=0)
    sweep = tk.sweep(model, data, {"l2": [0.0, 1e-3]}, epochs=2, seed=0)
    print(name, len(run.history["val_loss"]), *sweep.history["val_loss"].shape, flush=True)
print("path", len(tk.optimizers.descend("ravine", ["sgd", "adam"], steps=20)["adam"].points))
lab = tk.SweepLab(keras.Sequential(dense), flat, "l2", epochs=1)
print("lab", lab.train().wait().sweep.epochs)
"""


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="this system cannot keep a process on one processor"
)
def test_training_ends_on_one_processor():
    # TensorFlow's error stream says nothing that matters here; what hangs is ended by the time limit.
    done = subprocess.run([sys.executable, "-c", TRAINING], capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.splitlines() == ["dense 2 2 2", "convolution 2 2 2", "own 2 2 2", "path 21", "lab 1"]
    # The lab was left open when Python ended.
    assert "Exception ignored" not in done.stderr, done.stderr[-3000:]


@pytest.mark.parametrize("members", [1, 2])
def test_no_graph_of_ours_waits(members, small, make_dense):
    trainer = Trainer(make_dense(dropout=0.3), small, members=members, seeds=1)
    trainer.train(1)
    trainer.predict(small.x_validation)
    graphs = trainer.engine._graphs.values()
    assert not any(waits(f._list_all_concrete_functions()[0].graph) for f in graphs)


def test_a_branch_of_the_learners_own_is_found():
    @tf.function(autograph=False)
    def deep(x):
        return tf.map_fn(lambda each: tf.cond(each > 0, lambda: each, lambda: -each), x)

    assert waits(deep.get_concrete_function(tf.constant([1.0, -1.0])).graph)


def test_a_branch_is_taken_or_left_with_all_it_assigns():
    taken = tf.Variable(0)

    @tf.function(autograph=False)
    def branch(condition):
        return result_if(condition, lambda: tf.cast(taken.assign_add(1), tf.float32), tf.constant(-1.0))

    assert [float(branch(tf.constant(c))) for c in (True, False, True)] == [1.0, -1.0, 2.0]
    assert int(taken) == 2
