"""The description of a space: ranges and choices, checked at the door, and what is drawn from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuningkit.search.configurations import grid_configurations, grid_values, random_configurations
from tuningkit.search.space import Choice, Integer, Log, Uniform, check_space

SPACE = check_space({"learning_rate": Log(1e-5, 1), "dropout": Uniform(0, 0.8), "batch_size": [16, 32, 64]})


@given(st.floats(1e-9, 1e3), st.floats(1.5, 1e6), st.integers(0, 10**6))
def test_a_log_range_draws_within_its_ends(low, factor, seed):
    dimension = Log(low, low * factor)
    value = dimension.draw(np.random.default_rng(seed))
    assert dimension.holds(value)
    grid = dimension.grid(5)
    assert (grid[0], grid[-1]) == (dimension.low, dimension.high)
    np.testing.assert_allclose(np.diff(np.log(grid)), np.log(factor) / 4, rtol=1e-6)


@given(st.integers(1, 50), st.integers(1, 200), st.booleans(), st.integers(0, 10**6))
def test_whole_numbers_stay_whole_and_within(low, width, log, seed):
    dimension = Integer(low, low + width, log=log)
    value = dimension.draw(np.random.default_rng(seed))
    assert isinstance(value, int)
    assert dimension.holds(value)
    grid = dimension.grid(4)
    assert grid == sorted(set(grid))
    assert (grid[0], grid[-1]) == (low, low + width)


def test_every_factor_of_ten_is_as_likely_as_any_other():
    rng = np.random.default_rng(0)
    drawn = np.log10([Log(1e-4, 1).draw(rng) for _ in range(4000)])
    counts = np.histogram(drawn, bins=[-4, -3, -2, -1, 0])[0]
    assert counts.min() > 900


def test_every_doubling_of_whole_numbers_is_as_likely():
    rng = np.random.default_rng(0)
    drawn = [Integer(1, 63, log=True).draw(rng) for _ in range(6000)]
    counts = np.bincount(drawn, minlength=64)
    # From 0.5 to 63.5 there are 6.99 doublings; 16 to 31 is exactly one of them.
    assert counts[16:32].sum() / 6000 == pytest.approx(1 / 6.99, abs=0.02)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Log(0, 1), "no place for 0"),
        (lambda: Log(1, 1e-4), "lower end must be less"),
        (lambda: Log("a", 1), "needs numbers"),
        (lambda: Uniform(0, float("inf")), "finite"),
        (lambda: Uniform(0, 1, points=1), "points must be a whole number of at least 2"),
        (lambda: Integer(1.5, 3), "whole numbers"),
        (lambda: Integer(0, 3, log=True), "at least 1"),
        (lambda: Choice([]), "at least one value"),
        (lambda: Choice("adam"), "several values"),
        (lambda: Choice([16, 16]), "more than once"),
        (lambda: check_space([1, 2]), "must be a mapping"),
        (lambda: check_space({}), "empty"),
        (lambda: check_space({"l2": (1e-6, 1)}), "a range or a choice of two"),
        (lambda: check_space({"l2": 0.1}), "l2: A choice needs several values"),
        (lambda: check_space({3: [1]}), "must be text"),
    ],
)
def test_what_is_wrong_is_said(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_lists_and_arrays_are_choices():
    space = check_space({"l2": np.geomspace(1e-4, 1, 3), "optimizer": ["sgd", "adam"]})
    assert space["l2"] == Choice((1e-4, 1e-2, 1.0))
    assert all(type(value) is float for value in space["l2"].values)


def test_a_grid_shares_the_trials_out():
    two = {"learning_rate": Log(1e-4, 1), "l2": Log(1e-6, 1)}
    assert [len(v) for v in grid_values(two, 64).values()] == [8, 8]
    assert [len(v) for v in grid_values(two, 63).values()] == [7, 7]
    assert [len(v) for v in grid_values({**two, "batch_size": Choice([16, 32])}, 64).values()] == [5, 5, 2]
    own = {"learning_rate": Log(1e-4, 1, points=3), "l2": Log(1e-6, 1)}
    assert [len(v) for v in grid_values(own, 64).values()] == [3, 21]


def test_the_last_name_of_a_grid_changes_fastest():
    found = grid_configurations({"a": Choice([1, 2]), "b": Choice(["x", "y"])}, 4)
    assert found == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]


def test_a_grid_that_outgrows_the_trials_says_how_many_it_has():
    with pytest.raises(ValueError, match=r"at least 12 combinations. Received: trials=10"):
        grid_configurations(SPACE, 10)


def test_draws_follow_the_seed_and_a_longer_search_begins_alike():
    assert random_configurations(SPACE, 5, seed=3) == random_configurations(SPACE, 20, seed=3)[:5]
    assert random_configurations(SPACE, 5, seed=3) != random_configurations(SPACE, 5, seed=4)


def test_nothing_is_drawn_twice():
    found = random_configurations({"a": Choice([1, 2, 3]), "b": Choice([True, False])}, 50, seed=0)
    assert len(found) == len({repr(one) for one in found}) == 6
