"""The table of hyperparameters: ranges, near matches, and values in words."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuningkit.training.hyperparameters import (
    HYPERPARAMETERS,
    MEMBER_HYPERPARAMETERS,
    OPTIMIZER_HYPERPARAMETERS,
    check_all,
    check_name,
    check_value,
    format_value,
)

NUMERIC = [entry for entry in HYPERPARAMETERS.values() if entry.kind != "choice"]
names = pytest.mark.parametrize("entry", NUMERIC, ids=lambda entry: entry.name)


def allowed(entry, number):
    above = number > entry.low if entry.open_low else number >= entry.low
    below = number < entry.high if entry.open_high else number <= entry.high
    whole = entry.kind != "integer" or (math.isfinite(number) and number == int(number))
    return math.isfinite(number) and above and below and whole


@names
@given(number=st.floats() | st.integers(-(2**40), 2**40) | st.sampled_from([0, 1, 0.5, 2**31 - 1, 2**31]))
def test_a_number_passes_if_and_only_if_it_is_in_range(entry, number):
    if allowed(entry, number):
        checked = check_value(entry.name, number)
        assert checked == number
        assert type(checked) is (int if entry.kind == "integer" else float)
    else:
        with pytest.raises(ValueError, match=f"^{entry.name} must be ") as caught:
            check_value(entry.name, number)
        assert entry.rule in str(caught.value)
        assert repr(number) in str(caught.value)


@names
@given(value=st.text() | st.booleans() | st.binary() | st.lists(st.floats(0, 1)) | st.complex_numbers())
def test_what_is_no_number_is_refused(entry, value):
    with pytest.raises(TypeError, match="Received"):
        check_value(entry.name, value)


@names
def test_numbers_of_numpy_become_plain(entry):
    number = 1 if entry.kind == "integer" else 0.5
    for kind in (np.float32, np.float64, np.int64)[: 2 if entry.kind == "real" else 3]:
        assert type(check_value(entry.name, kind(number))) is (int if entry.kind == "integer" else float)
    with pytest.raises(TypeError, match="bool"):
        check_value(entry.name, np.bool_(True))


@names
def test_the_ends_of_the_slider_are_allowed_and_the_rule_gives_an_example(entry):
    for end in entry.slider:
        assert check_value(entry.name, end) == end
    example = entry.rule.rsplit("for example ", 1)[1]
    assert check_value(entry.name, float(example)) == float(example)


def test_none_means_as_the_model_has_it():
    assert check_all(dict.fromkeys(HYPERPARAMETERS)) == dict.fromkeys(HYPERPARAMETERS)


def test_a_whole_mapping():
    assert check_all({"l2": 0, "epochs": 3.0}) == {"l2": 0.0, "epochs": 3}
    with pytest.raises(ValueError, match="dropout must be"):
        check_all({"l2": 0, "dropout": 1})


def test_the_groups_are_of_the_table_and_move_while_training_runs():
    for name in (*MEMBER_HYPERPARAMETERS, *OPTIMIZER_HYPERPARAMETERS):
        assert HYPERPARAMETERS[name].live
    assert not any(HYPERPARAMETERS[name].live for name in ("batch_size", "epochs", "seed", "optimizer"))


@pytest.mark.parametrize("name", HYPERPARAMETERS)
def test_a_known_name_passes(name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("learning_rat", "learning_rate"),
        ("Learning Rate", "learning_rate"),
        ("learningrate", "learning_rate"),
        ("droput", "dropout"),
        ("L2", "l2"),
        ("batch size", "batch_size"),
        ("weightdecay", "weight_decay"),
        ("beta2", "beta_2"),
        ("optimiser", "optimizer"),
        ("epoch", "epochs"),
    ],
)
def test_a_near_name_is_suggested(wrong, right):
    with pytest.raises(ValueError, match=f"Unknown hyperparameter '{wrong}'. Did you mean '{right}'"):
        check_name(wrong)


@given(st.text(min_size=1))
def test_an_unknown_name_always_gets_the_list(name):
    if name in HYPERPARAMETERS:
        return
    with pytest.raises(ValueError, match="Known here: learning_rate, dropout"):
        check_name(name)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "as in the model"),
        (0, "0"),
        (0.0, "0"),
        (1e-4, "1e-4"),
        (np.float32(0.3), "0.3"),
        (0.001, "1e-3"),
        (3.16e-5, "3.16e-5"),
        (1e5, "1e5"),
        (32, "32"),
        (np.int64(7), "7"),
        ("adam", "adam"),
        (True, "True"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (-0.25, "-0.25"),
        (9999.97, "1e4"),
    ],
)
def test_values_as_people_write_them(value, words):
    assert format_value(value) == words


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
def test_a_formatted_number_reads_back(number):
    assert float(format_value(number)) == pytest.approx(number, rel=6e-3, abs=1e-320)


@given(st.integers(1, 999), st.integers(-12, 12))
def test_three_digits_read_back_exactly(digits, power):
    number = float(f"{digits}e{power}")
    assert float(format_value(number)) == number


@given(st.integers())
def test_whole_numbers_read_back_exactly(number):
    assert int(format_value(number)) == number
