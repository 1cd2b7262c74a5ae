"""Random numbers of Keras, of the learner and of other threads do not get into each other's way."""

from __future__ import annotations

import random
import threading

import keras
import numpy as np
import pytest
from keras.src.random import seed_generator

from tuningkit.training.initial_weights import draw_initial_weights
from tuningkit.training.random_state import random_numbers_undisturbed


@pytest.fixture
def model():
    return keras.Sequential(
        [
            keras.Input((8, 4)),
            keras.layers.GRU(3),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(4),
            keras.layers.Dense(2),
        ]
    )


def test_weights_do_not_depend_on_threads_that_draw_at_the_same_time(model):
    alone = draw_initial_weights(model, seed=3)
    over = threading.Event()

    def draw():
        while not over.is_set():
            random.random()

    threads = [threading.Thread(target=draw) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        beside = [draw_initial_weights(model, seed=3) for _ in range(10)]
    finally:
        over.set()
        for thread in threads:
            thread.join()
    for weights in beside:
        for one, other in zip(weights, alone, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("seed", [0, 7])
def test_keras_draws_what_it_draws_from_pythons_generator(seed):
    random.seed(seed)
    expected = [random.randint(1, int(1e9)) for _ in range(3)]
    with random_numbers_undisturbed(seed):
        assert [seed_generator.make_default_seed() for _ in range(3)] == expected


def test_without_a_seed_keras_goes_on_from_where_the_learner_is():
    random.seed(5)
    expected = random.randint(1, int(1e9))
    random.seed(5)
    for _ in range(2):
        with random_numbers_undisturbed():
            assert seed_generator.make_default_seed() == expected
    with random_numbers_undisturbed(5), random_numbers_undisturbed():
        assert seed_generator.make_default_seed() == expected


def test_afterwards_keras_draws_from_pythons_generator_again():
    with pytest.raises(KeyError), random_numbers_undisturbed(3):
        raise KeyError
    random.seed(5)
    expected = random.randint(1, int(1e9))
    random.seed(5)
    assert seed_generator.make_default_seed() == expected
