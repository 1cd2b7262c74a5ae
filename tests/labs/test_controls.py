"""Controls: what they report, what they show in silence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuningkit.labs.controls import BATCH_SIZES, Choice, Number, Slider, stops


@pytest.fixture
def moves() -> list:
    return []


def slider(moves, value=1e-4, name="l2", has_own=False):
    return Slider(name, value, has_own=has_own, on_move=lambda *move: moves.append(move))


def test_learners_move_is_reported_and_pythons_is_not(moves):
    control = slider(moves)
    control.widget.value = 1e-3
    control.show(1e-2)
    assert moves == [("l2", 1e-3)]
    assert control.value == 1e-2


def test_value_between_the_stops_gets_a_stop_in_order(moves):
    control = slider(moves)
    control.show(3.3e-4)
    values = [value for _, value in control.widget.options]
    assert control.value == 3.3e-4 and values == sorted(values) and moves == []
    control.show(1e-4)
    assert 3.3e-4 in [value for _, value in control.widget.options]


def test_as_in_the_model_is_a_stop_of_its_own(moves):
    control = slider(moves, value=None, has_own=True)
    assert control.value is None
    control.widget.index = 1
    control.widget.index = 0
    assert moves == [("l2", 0.0), ("l2", None)]


def test_slider_without_own_learns_it_when_python_asks(moves):
    control = slider(moves)
    control.show(None)
    assert control.value is None and moves == []


def test_greyed_out_with_a_reason(moves):
    control = slider(moves)
    control.enable("The model has no dropout layer.")
    assert control.widget.disabled and "dropout" in control.widget.tooltip
    control.enable()
    assert not control.widget.disabled


def test_choice_keeps_values_of_its_own_in_order(moves):
    control = Choice(
        "batch_size",
        "batch size",
        [(str(n), n) for n in BATCH_SIZES],
        48,
        lambda *move: moves.append(move),
    )
    assert [value for _, value in control.widget.options].index(48) == 3
    control.show(7)
    assert control.value == 7 and moves == []
    control.widget.value = 64
    assert moves == [("batch_size", 64)]


def test_choice_can_offer_none(moves):
    options = [("as compiled (adam)", None), ("sgd", "sgd")]
    control = Choice("optimizer", "optimizer", options, None, lambda *move: moves.append(move))
    assert control.value is None
    control.widget.index = 1
    control.widget.index = 0
    assert moves == [("optimizer", "sgd"), ("optimizer", None)]


def test_number_takes_what_python_sets_even_beyond_its_range(moves):
    control = Number("epochs", 60, lambda *move: moves.append(move))
    control.show(2_000_000)
    assert control.value == 2_000_000 and moves == []


@pytest.mark.parametrize("name", ["learning_rate", "dropout", "l1", "l2", "momentum", "rho", "beta_2"])
def test_stops_ascend_and_are_allowed(name):
    from tuningkit.training.hyperparameters import check_value

    values = stops(name)
    assert values == sorted(set(values))
    assert [check_value(name, value) for value in values] == values
    assert (0.0 in values) == (name != "learning_rate")


@given(st.floats(1e-12, 1e6))
def test_any_allowed_value_can_be_shown(value):
    control = slider([])
    control.show(value)
    assert control.value == value
