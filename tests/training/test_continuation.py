"""Members that go on in a smaller graph are trained as if they had never left the larger one."""

from __future__ import annotations

import dataclasses

import keras
import numpy as np
import pytest

from tuningkit.training.continuation import go_on, take_snapshot
from tuningkit.training.trainer import Trainer

RATES = [1e-3, 3e-3, 1e-2, 3e-2]


@pytest.fixture(scope="module")
def model():
    """With everything that a step depends on: weights, moving averages, noise."""
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(16, "relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10),
        ]
    )


def make(model, data, places, *, seeds=0, plateau=False, optimizer="adam"):
    several = isinstance(seeds, list) and len(places) > 1
    trainer = Trainer(
        model,
        data,
        members=len(places),
        optimizer=optimizer,
        seeds=[seeds[place] for place in places] if several else seeds,
    )
    trainer.set("learning_rate", [RATES[place] for place in places])
    if plateau:
        rule = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=1, min_delta=0.2)
        trainer.set_schedule([rule] * len(places))
    return trainer


@pytest.mark.parametrize(
    ("kept", "settings"),
    [
        ([2, 0], {}),
        ([3], {"optimizer": "nadam"}),
        ([0, 3], {"seeds": [5, 6, 7, 8], "optimizer": "momentum"}),
        ([1, 2], {"plateau": True, "optimizer": "rmsprop"}),
    ],
)
def test_survivors_go_on_as_if_nothing_had_been_dropped(model, small, kept, settings):
    whole = make(model, small, range(4), **settings)
    whole.train(2)
    snapshot = take_snapshot(whole, kept)
    fewer = make(model, small, kept, **settings)
    go_on(fewer, snapshot)
    fewer.train(5)
    whole.train(5)
    for name, curves in whole.history.items():
        np.testing.assert_allclose(fewer.history[name], curves[kept], rtol=0, atol=5e-6, err_msg=name)
    for place, member in enumerate(kept):
        for ours, theirs in zip(fewer.run(place).weights, whole.run(member).weights, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=5e-6)


def test_without_the_optimisers_state_it_would_show(model, small):
    """The comparison above is not blind."""
    whole = make(model, small, range(2))
    whole.train(2)
    snapshot = take_snapshot(whole)
    fewer = make(model, small, range(2))
    go_on(fewer, snapshot)
    forgotten = [np.zeros_like(value) for value in snapshot.state.optimizer]
    fewer.engine.state.put(dataclasses.replace(snapshot.state, optimizer=forgotten))
    fewer.train(3)
    whole.train(3)
    assert np.abs(fewer.history["val_loss"][:, -1] - whole.history["val_loss"][:, -1]).max() > 1e-3


def test_a_snapshot_is_taken_between_epochs(model, small):
    trainer = make(model, small, range(2))
    trainer.advance(0)
    with pytest.raises(ValueError, match="in epoch 1: train it to the end"):
        take_snapshot(trainer)


def test_another_number_of_members_is_refused(model, small):
    trainer = make(model, small, range(3))
    trainer.train(1)
    with pytest.raises(ValueError, match=r"has 2 members .* Received: a trainer that has 3"):
        go_on(trainer, take_snapshot(trainer, [0, 1]))


def test_a_diverged_member_stays_diverged(model, small):
    trainer = make(model, small, range(2), optimizer="sgd")
    trainer.set("learning_rate", [1e-3, 1e35])
    trainer.train(2)
    one = make(model, small, [1], optimizer="sgd")
    go_on(one, take_snapshot(trainer, [1]))
    assert one.diverged
    one.train(4)
    assert np.isnan(one.history["val_loss"][0, 2:]).all()
    assert one.diverged_at == trainer.diverged_at[1]
