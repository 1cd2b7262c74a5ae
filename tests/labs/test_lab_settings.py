"""Settings at the door, and as a line of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuningkit.labs.lab_settings import check_setting
from tuningkit.labs.settings_string import describe_change, from_string, to_string

positive = st.floats(1e-12, 1e3)
share = st.floats(0, 1, exclude_max=True)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "learning_rate": st.none() | positive,
        "dropout": st.none() | share,
        "l1": st.none() | st.floats(0, 1e3),
        "l2": st.none() | st.floats(0, 1e3),
        "momentum": st.none() | share,
        "beta_1": st.none() | share,
        "weight_decay": st.none() | st.floats(0, 10),
        "optimizer": st.sampled_from([None, "adam", "sgd", "lion"]),
        "batch_size": st.integers(1, 10_000),
        "epochs": st.integers(1, 10_000),
        "seed": st.integers(0, 2**31 - 1),
        "repeats": st.sampled_from([1, 5, 10]),
        "mode": st.sampled_from(["new run", "mid-run"]),
    },
)
CHANGES = st.lists(
    st.tuples(st.floats(0, 1e4), st.sampled_from(["l1", "l2"]), st.none() | st.floats(0, 10)), max_size=4
)


@given(SETTINGS, CHANGES)
def test_string_gives_back_exactly_what_went_in(settings, changes):
    text = to_string(settings, changes)
    assert text.isprintable() and " " not in text
    read = from_string(text)
    assert read.pop("changes", []) == changes
    assert read == settings


@given(st.text(max_size=40))
def test_any_other_text_is_refused_in_words(text):
    try:
        settings = from_string(text)
    except ValueError as error:
        assert str(error)
    else:
        assert isinstance(settings, dict)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("l2", "must look like"),
        ("l2=much", "l2 must be a number"),
        ("epochs=2.5", "epochs must be a whole number"),
        ("epochs=model", "epochs must be a whole number"),
        ("l3=1", "Did you mean 'l"),
        ("l2=1&l2=2", "twice"),
        ("l2=-1", "0 or a positive number"),
        ("repeats=3", "1, 5 or 10"),
        ("mode=sideways", "'mid-run'"),
        ("changes=l2", "12.5:l2:0.01"),
        ("changes=nan:l2:1", "12.5:l2:0.01"),
        ("changes=1:seed:1", "Known here"),
    ],
)
def test_wrong_text_says_what_is_wrong(text, words):
    with pytest.raises(ValueError, match=words):
        from_string(text)


def test_settings_must_be_text():
    with pytest.raises(TypeError, match="Received: dict"):
        from_string({"l2": 1})


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        ("learning_rate", 0, ValueError, "positive"),
        ("learning_rate", float("nan"), ValueError, "positive"),
        ("dropout", 1, ValueError, r"\[0, 1\)"),
        ("l2", "strong", TypeError, "str"),
        ("epochs", 0, ValueError, "at least 1"),
        ("epochs", None, ValueError, "epochs=None"),
        ("seed", -1, ValueError, "from 0"),
        ("batch_size", 2.5, ValueError, "whole number"),
        ("repeats", True, ValueError, "1, 5 or 10"),
        ("mode", None, ValueError, "mid-run"),
        ("optimizer", "adem", ValueError, "Did you mean 'adam'"),
        ("optimizer", 3, TypeError, "name such as 'adam'"),
        ("nonsense", None, ValueError, "Unknown"),
    ],
)
def test_impossible_values_are_refused(name, value, error, words):
    with pytest.raises(error, match=words):
        check_setting(name, value)


def test_none_means_as_in_the_model_where_that_makes_sense():
    assert check_setting("dropout", None) is None
    assert check_setting("optimizer", None) is None


def test_change_in_words():
    assert describe_change("l2", 1e-4, None) == "L2 1e-4 → as in the model"
