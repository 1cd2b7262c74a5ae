"""Trainers in threads, beside other Keras code, and what is left of them when they are gone."""

from __future__ import annotations

import gc
import threading
import weakref

import keras
import numpy as np
import psutil
import pytest

from tuningkit.training import Trainer


def in_thread(work):
    """Run ``work`` in a thread of its own and return what it returns, or raise what it raised."""
    result, failure = [], []

    def target():
        try:
            result.append(work())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join(60)
    assert not thread.is_alive()
    if failure:
        raise failure[0]
    return result[0]


def test_a_trainer_lives_in_a_worker_thread(small, make_dense):
    model = make_dense(dropout=0.3)

    def work():
        trainer = Trainer(model, small, seeds=1)
        trainer.set("l2", 1e-3)
        trainer.train(2)
        return trainer.history["val_loss"], trainer.predict(small.x_validation)

    here = work()
    for _ in range(2):
        there = in_thread(work)
        np.testing.assert_array_equal(here[0], there[0])
        np.testing.assert_array_equal(here[1], there[1])


def test_it_may_move_from_thread_to_thread(small, make_dense):
    trainer = in_thread(lambda: Trainer(make_dense(), small, members=2))
    in_thread(lambda: trainer.train(1))
    trainer.set("learning_rate", 0.01)
    trainer.train(2)
    in_thread(trainer.restart)
    in_thread(lambda: trainer.train(2))
    assert in_thread(lambda: trainer.predict(small.x_validation)).shape == (225, 10)
    assert trainer.engine.traces == 2


@pytest.mark.parametrize("members", [1, 3])
def test_clear_session_in_another_thread_breaks_nothing(members, small, make_dense):
    expected = Trainer(make_dense(dropout=0.3), small, members=members, seeds=1)
    expected.train(2)
    trainer = Trainer(make_dense(dropout=0.3), small, members=members, seeds=1)
    chunks = 0
    while trainer.epoch < 2:
        trainer.advance(budget=0.0)
        chunks += 1
        if chunks % 8 == 4:  # It takes half a second.
            in_thread(keras.backend.clear_session)
    assert chunks >= 10
    assert trainer.predict(small.x_validation).shape == (225, 10)
    np.testing.assert_array_equal(trainer.history["val_loss"], expected.history["val_loss"])


@pytest.mark.parametrize("members", [1, 3])
def test_nothing_stays_alive(members, small, make_dense):
    model = make_dense(dropout=0.3)

    def work():
        trainer = Trainer(model, small, members=members, seeds=1)
        trainer.train(2)
        trainer.predict(small.x_validation)
        run = trainer.run()
        engine = trainer.engine
        return run, [weakref.ref(each) for each in (trainer, engine, engine.state.theta, engine.live.model)]

    run, references = work()
    _, more = in_thread(work)
    gc.collect()
    assert [reference() for reference in references + more] == [None] * 8
    assert run.weights[0].shape == (64, 24)


def test_memory_stays_flat_over_rebuilds(small, make_dense):
    model = make_dense(dropout=0.3)
    process = psutil.Process()

    def rebuild():
        trainer = Trainer(model, small, seeds=1)
        trainer.train(1)
        del trainer
        gc.collect()

    for _ in range(2):
        rebuild()
    before = process.memory_info().rss
    for _ in range(4):
        rebuild()
    # A graph of this size weighs three megabytes: one that stayed would be seen.
    assert (process.memory_info().rss - before) / 4 < 1.5 * 2**20


def test_restarts_and_moves_take_no_memory(small, make_dense):
    trainer = Trainer(make_dense(dropout=0.3), small, seeds=1)
    process = psutil.Process()

    def move(number):
        trainer.set("l2", 1e-4 * number)
        trainer.restart(1)
        trainer.train(1)
        trainer.run()

    for number in range(20):
        move(number)
    gc.collect()
    before = process.memory_info().rss
    for number in range(100):
        move(number)
    gc.collect()
    assert process.memory_info().rss - before < 10 * 2**20
