"""Schedules whose lengths are said in epochs: real Keras schedules with the numbers one expects."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tuningkit as tk
from tuningkit import schedules
from tuningkit.training.schedule_rates import ScheduleReader, describe_schedule, nominal_rate

S = keras.optimizers.schedules
N = 43


def at(schedule, epoch):
    return float(schedule(round(epoch * N)))


def test_steps_per_epoch_is_what_the_trainer_makes():
    digits = tk.datasets.load_digits()
    assert schedules.steps_per_epoch(digits, 32) == 43
    assert schedules.steps_per_epoch(digits, len(digits.x_train)) == 1
    assert schedules.steps_per_epoch(digits, len(digits.x_train) - 1) == 2


def test_they_are_the_keras_classes():
    assert type(schedules.exponential(0.1, factor=0.5, every=1, steps_per_epoch=N)) is S.ExponentialDecay
    assert type(schedules.polynomial(0.1, epochs=1, steps_per_epoch=N)) is S.PolynomialDecay
    assert type(schedules.cosine(0.1, epochs=1, steps_per_epoch=N)) is S.CosineDecay
    assert type(schedules.inverse_time(0.1, halved_after=1, steps_per_epoch=N)) is S.InverseTimeDecay
    assert type(schedules.piecewise([1, 0.1], after=[1], steps_per_epoch=N)) is S.PiecewiseConstantDecay


def test_numbers_at_landmarks():
    halving = schedules.exponential(0.1, factor=0.5, every=10, steps_per_epoch=N)
    assert [at(halving, epoch) for epoch in (0, 10, 20)] == pytest.approx([0.1, 0.05, 0.025])
    assert at(halving, 5) == pytest.approx(0.1 * 0.5**0.5, rel=1e-3)
    stairs = schedules.exponential(0.1, factor=0.5, every=10, steps_per_epoch=N, staircase=True)
    assert [at(stairs, epoch) for epoch in (9.9, 10, 19.9)] == pytest.approx([0.1, 0.05, 0.05])
    line = schedules.polynomial(0.1, epochs=10, steps_per_epoch=N, end=0.02)
    assert [at(line, epoch) for epoch in (0, 5, 10, 99)] == pytest.approx([0.1, 0.06, 0.02, 0.02])
    warm = schedules.cosine(0.1, epochs=10, steps_per_epoch=N, end=0.01, warmup_epochs=2)
    assert [at(warm, epoch) for epoch in (0, 1, 2, 6, 10, 99)] == pytest.approx(
        [0.001, 0.0505, 0.1, 0.055, 0.01, 0.01], rel=1e-5
    )
    inverse = schedules.inverse_time(0.12, halved_after=5, steps_per_epoch=N)
    assert [at(inverse, epoch) for epoch in (0, 5, 10, 15)] == pytest.approx([0.12, 0.06, 0.04, 0.03])
    steps = schedules.piecewise([0.1, 0.01, 0.001], after=[2, 4], steps_per_epoch=N)
    values = [float(steps(step)) for step in (0, 2 * N - 1, 2 * N, 4 * N - 1, 4 * N)]
    assert values == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.001])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: schedules.cosine(0, epochs=3, steps_per_epoch=N), "start must be a positive learning rate"),
        (lambda: schedules.cosine(0.1, epochs=3, steps_per_epoch=N, end=0.2), "end must not be above start"),
        (lambda: schedules.cosine(0.1, epochs=3, steps_per_epoch=N, warmup_epochs=3), "less than epochs"),
        (lambda: schedules.cosine_restarts(0.1, every=0, steps_per_epoch=N), "every must be greater than 0"),
        (lambda: schedules.cosine_restarts(0.1, every=1, steps_per_epoch=N, end=1.0), "not be above start"),
        (
            lambda: schedules.cosine(0.1, epochs=3, steps_per_epoch=0),
            "steps_per_epoch must be a whole number",
        ),
        (lambda: schedules.polynomial(0.1, epochs=0, steps_per_epoch=N), "epochs must be greater than 0"),
        (
            lambda: schedules.polynomial(0.1, epochs=1, steps_per_epoch=N, power=0),
            "power must be greater than 0",
        ),
        (lambda: schedules.polynomial(0.1, epochs=1, steps_per_epoch=N, end=-1), "end must be at least 0"),
        (
            lambda: schedules.exponential(0.1, factor=2, every=1, steps_per_epoch=N),
            r"factor must be in \(0, 1\]",
        ),
        (lambda: schedules.inverse_time(0.1, halved_after="5", steps_per_epoch=N), "must be a finite number"),
        (lambda: schedules.piecewise([0.1], after=[1], steps_per_epoch=N), "one value more"),
        (lambda: schedules.piecewise([1, 2, 3], after=[2, 2], steps_per_epoch=N), "after must rise"),
    ],
)
def test_mistakes_are_said_at_the_door(make, words):
    with pytest.raises(ValueError, match=words):
        make()


rates = st.floats(1e-5, 1.0)
lengths = st.integers(1, 60)
kinds = st.one_of(
    st.builds(S.ExponentialDecay, rates, lengths, st.floats(0.1, 1.0), st.booleans()),
    st.builds(S.PolynomialDecay, rates, lengths, rates, st.floats(0.5, 3.0), st.booleans()),
    st.builds(S.InverseTimeDecay, rates, lengths, st.floats(0.1, 2.0), st.booleans()),
    st.builds(
        S.CosineDecay,
        rates,
        lengths,
        st.floats(0, 1),
        warmup_target=st.one_of(st.none(), rates),
        warmup_steps=st.integers(0, 20),
    ),
    st.builds(S.CosineDecayRestarts, rates, lengths, st.sampled_from([1.0, 1.5, 2.0]), st.floats(0.5, 1.0)),
)


@given(kinds, st.integers(0, 80))
def test_read_at_many_steps_they_say_what_they_say_at_each(schedule, first):
    together = ScheduleReader(schedule).rates(first, 3)
    alone = [float(schedule(first + i)) for i in range(3)]
    np.testing.assert_allclose(together, alone, rtol=2e-5, atol=1e-9)


def test_reading_on_after_a_block():
    schedule = S.ExponentialDecay(0.1, 1000, 0.5)
    reader = ScheduleReader(schedule)
    for first in (0, 4000, 4090, 10_000, 5):
        np.testing.assert_allclose(reader.rates(first, 43)[-1], float(schedule(first + 42)), rtol=1e-5)


def test_schedules_in_words():
    assert describe_schedule(None) == "as in the model"
    assert describe_schedule(0.01) == "constant 0.01"
    assert describe_schedule(keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=3)) == (
        "ReduceLROnPlateau(monitor=val_loss, factor=0.5, patience=3)"
    )
    assert describe_schedule(S.PiecewiseConstantDecay([5], [0.1, 0.01])) == (
        "PiecewiseConstantDecay(boundaries=[5], values=[0.1, 0.01])"
    )


def test_the_rate_a_schedule_goes_by():
    assert nominal_rate(S.CosineDecay(1e-4, 10, warmup_target=0.02, warmup_steps=5)) == 0.02
    assert nominal_rate(S.PiecewiseConstantDecay([5], [0.1, 0.01])) == pytest.approx(0.1)
    assert nominal_rate(None) is None
    assert nominal_rate(0.5) == 0.5
