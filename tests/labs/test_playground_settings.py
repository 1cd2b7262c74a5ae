"""The playground's line of settings, and the boxes and choices that stand for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuningkit.labs.playground_inputs import FeatureBoxes, LayerChoices, ShareSlider
from tuningkit.labs.playground_settings import ACTIVATIONS, DATA_SETS, FEATURES, SCHEDULES, from_line, to_line

SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "data": st.sampled_from(list(DATA_SETS)),
        "noise": st.floats(0, 0.5),
        "train_share": st.floats(0.1, 0.9),
        "data_seed": st.integers(0, 2**31 - 1),
        "features": st.sets(st.sampled_from(list(FEATURES)), min_size=1).map(
            lambda chosen: tuple(name for name in FEATURES if name in chosen)
        ),
        "hidden": st.lists(st.integers(1, 8), max_size=6).map(tuple),
        "activation": st.sampled_from(ACTIVATIONS),
        "schedule": st.sampled_from(SCHEDULES),
        "show_validation": st.booleans(),
        "discretize": st.booleans(),
        "learning_rate": st.floats(1e-9, 10),
        "dropout": st.floats(0, 0.99),
        "l2": st.floats(0, 10),
        "optimizer": st.sampled_from(["adam", "sgd", "lion"]),
        "momentum": st.none() | st.floats(0, 0.99),
        "batch_size": st.integers(1, 500),
        "epochs": st.integers(1, 10_000),
        "seed": st.integers(0, 2**31 - 1),
        "repeats": st.sampled_from([1, 5, 10]),
        "mode": st.sampled_from(["new run", "mid-run"]),
    },
)
CHANGES = st.lists(st.tuples(st.floats(0, 1e4), st.sampled_from(["l1", "l2"]), st.floats(0, 10)), max_size=3)


@given(SETTINGS, CHANGES)
def test_a_line_gives_back_exactly_what_went_in(settings, changes):
    line = to_line(settings, changes)
    assert line.isprintable() and " " not in line
    assert from_line(line) == (settings, changes)


@given(st.text(max_size=60))
def test_any_other_text_is_refused_in_words(text):
    try:
        settings, _ = from_line(text)
    except ValueError as error:
        assert str(error)
    else:
        assert isinstance(settings, dict)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("data", "must look like 'data=spirals"),
        ("data=spiral", "Did you mean 'spirals'"),
        ("data=own", "pass it when you make the lab"),
        ("dat=xor", "Did you mean 'data'"),
        ("hidden=8,9", "hidden layer 2 must lie between 1 and 8"),
        ("hidden=8,,8", "hidden must be whole numbers"),
        ("hidden=1,1,1,1,1,1,1", "at most 6 layers"),
        ("features=", "there is no ''"),
        ("features=none", "at least one input"),
        ("noise=much", "noise must be a number"),
        ("noise=nan", "from 0 to 0.5"),
        ("data_seed=-1", "data_seed must lie between 0"),
        ("discretize=maybe", "yes or no"),
        ("seed=1&seed=2", "names? seed twice"),
        ("noise=0.1&noise=0.2", "names? noise twice"),
        ("learning_rate=-1", "learning_rate must be"),
        ("changes=1:noise:0.2", "Unknown hyperparameter 'noise'"),
    ],
)
def test_a_damaged_line_is_refused_in_words(line, words):
    with pytest.raises(ValueError, match=words):
        from_line(line)


def test_no_text_is_refused():
    with pytest.raises(TypeError, match="must be a text"):
        from_line(None)


def test_the_last_ticked_input_cannot_be_cleared():
    moves = []
    boxes = FeatureBoxes(("x1", "x2"), lambda name, value: moves.append((name, value)))
    by_label = {box.description: box for box in boxes.widget.children[1:]}
    by_label["x₁x₂"].value = True
    by_label["x₁"].value = False
    by_label["x₂"].value = False
    assert moves[-1] == ("features", ("x1*x2",)) and by_label["x₁x₂"].disabled
    boxes.show(("x1", "sin(x1)"))
    assert len(moves) == 3 and not by_label["x₁x₂"].disabled and by_label["sin x₁"].value


def test_layers_keep_their_units_when_others_come_and_go():
    moves = []
    layers = LayerChoices((8, 3), lambda name, value: moves.append((name, value)))
    shown = lambda: [widget.layout.display != "none" for widget in layers.widgets[1:]]  # noqa: E731
    assert shown() == [True, True, False, False, False, False]
    layers.count.widget.value = 4
    layers.widgets[1].value = 2
    layers.count.widget.value = 1
    assert [value for _, value in moves] == [(8, 3, 4, 4), (2, 3, 4, 4), (2,)]
    layers.show(())
    assert shown() == [False] * 6 and len(moves) == 3


def test_a_share_that_no_stop_has_is_added():
    moves = []
    slider = ShareSlider("noise", "noise", (0.0, 0.1), 0.1, lambda name, value: moves.append(value))
    slider.show(0.07)
    assert (slider.value, slider.widget.options[1]) == (0.07, ("7 %", 0.07)) and not moves
