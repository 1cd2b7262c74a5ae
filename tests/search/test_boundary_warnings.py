"""Warnings about the edges of a search, on made data whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tuningkit as tk
from tuningkit.search.boundary import boundary_warnings
from tuningkit.search.landscape import Landscape
from tuningkit.search.space import Log, Uniform
from tuningkit.search.trials import Trial, Trials
from tuningkit.training.results import Sweep


def trials_of(values, objectives, name="l2", direction="min", **changes):
    rows = tuple(
        Trial(i, {name: value}, objective=objective, epochs=1)
        if math.isfinite(objective)
        else Trial(i, {name: value}, epochs=1, status="diverged")
        for i, (value, objective) in enumerate(zip(values, objectives, strict=True), 1)
    )
    return Trials(rows, direction=direction, **changes)


STRENGTHS = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1]
FALLING = [0.9, 0.7, 0.5, 0.4, 0.3]


def test_the_upper_end_of_strengths():
    (found,) = boundary_warnings(trials_of(STRENGTHS, FALLING))
    assert (found.name, found.side, found.edge, found.best, found.suggestion) == ("l2", "high", 0.1, 0.1, 1.0)
    assert str(found).startswith("The best point lies on the edge: widen L2 beyond 0.1, for example to 1.")
    assert found.lasting is False  # two of the best three lie elsewhere


def test_the_lower_end_and_a_best_in_the_middle():
    (found,) = boundary_warnings(trials_of(STRENGTHS, FALLING[::-1]))
    assert (found.side, found.edge) == ("low", 1e-5) and found.suggestion == pytest.approx(1e-6)
    assert boundary_warnings(trials_of(STRENGTHS, [0.9, 0.5, 0.2, 0.5, 0.9])) == ()


def test_more_can_be_better():
    assert boundary_warnings(trials_of(STRENGTHS, FALLING, direction="max"))[0].side == "low"


@pytest.mark.parametrize(("low", "high"), [(1e-6, 1e-1), (0.0, 0.9)])
def test_values_drawn_at_random_are_near_the_edge_in_the_outer_tenth(low, high):
    space = {"x": Log(low, high) if low else Uniform(low, high)}

    def at(share):
        return low * (high / low) ** share if low else low + share * (high - low)

    def warned(best_share):
        shares = [0.3, 0.4, 0.5, 0.6, 0.7, best_share]
        made = trials_of([at(s) for s in shares], [1, 1.1, 1.2, 1.3, 1.4, 0.5], name="x", space=space)
        return [one.side for one in boundary_warnings(made)]

    assert warned(0.95) == ["high"] and warned(0.05) == ["low"]
    assert warned(0.85) == [] and warned(0.15) == []


def test_linear_ranges_are_widened_by_half():
    (found,) = boundary_warnings(trials_of([0, 2, 4, 6, 8], FALLING, name="units_per_block"))
    assert found.suggestion == 12 and "widen units_per_block beyond 8" in str(found)


def test_an_end_that_cannot_be_passed_is_no_edge():
    assert boundary_warnings(trials_of([0.0, 1e-4, 1e-3, 1e-2, 1e-1], FALLING[::-1])) == ()
    assert boundary_warnings(trials_of([0.0, 0.2, 0.4, 0.6, 0.8], FALLING[::-1], name="dropout")) == ()
    (found,) = boundary_warnings(trials_of([0.0, 0.2, 0.4, 0.6, 0.8], FALLING, name="dropout"))
    assert 0.8 < found.suggestion < 1
    (found,) = boundary_warnings(trials_of([0.0, 1e-4, 1e-3, 1e-2, 1e-1], FALLING))
    assert found.suggestion == 1.0


def test_few_results_equal_results_names_and_seeds_say_nothing():
    assert boundary_warnings(trials_of(STRENGTHS[:4], FALLING[:4])) == ()
    assert boundary_warnings(trials_of(STRENGTHS, [0.5] * 5)) == ()
    assert (
        boundary_warnings(trials_of(["sgd", "adam", "rmsprop", "adamw", "nadam"], FALLING, name="optimizer"))
        == ()
    )
    assert boundary_warnings(trials_of([0, 1, 2, 3, 4], FALLING, name="seed")) == ()
    assert boundary_warnings(trials_of([True, False, True, False, True], FALLING, name="residual")) == ()
    assert boundary_warnings(trials_of([1, 1, 2, 2, 2], FALLING, name="depth")) == ()
    assert boundary_warnings(Trials(())) == ()


def test_lost_and_stopped_trials_do_not_count():
    lost = [math.nan, 0.7, 0.5, 0.4, 0.35, 0.3]
    assert boundary_warnings(trials_of([1e-6, *STRENGTHS], lost))[0].side == "high"
    made = trials_of([*STRENGTHS, 1e-3], [0.9, 0.5, 0.2, 0.5, 0.9, 0.8])
    early = Trial(7, {"l2": 1e-1}, objective=0.01, epochs=1, status="stopped early")
    assert boundary_warnings(Trials((*made.trials, early))) == ()


def test_a_lasting_edge_is_told_from_a_lucky_point():
    values = [1e-5, 1e-4, 1e-3, 0.08, 0.09, 0.1, 1e-2]
    lasting = trials_of(values, [0.9, 0.8, 0.7, 0.31, 0.32, 0.3, 0.6], space={"l2": Log(1e-5, 0.1)})
    assert boundary_warnings(lasting)[0].lasting
    assert "another seed" not in str(boundary_warnings(lasting)[0])
    assert "another seed can tell" in str(boundary_warnings(trials_of(STRENGTHS, FALLING))[0])


@given(st.permutations(list(range(5))), st.sampled_from(["min", "max"]))
def test_the_order_of_the_trials_does_not_matter(order, direction):
    made = trials_of([STRENGTHS[i] for i in order], [FALLING[i] for i in order], direction=direction)
    assert boundary_warnings(made)[0].side == ("high" if direction == "min" else "low")


def made_sweep():
    values = {"learning_rate": [1e-4, 1e-3, 1e-2], "l2": [1e-5, 1e-3, 1e-1]}
    configurations = [{"learning_rate": a, "l2": b} for a in values["learning_rate"] for b in values["l2"]]
    # Best at the highest rate and the middle strength.
    scores = np.array([9.0, 8.0, 9.0, 5.0, 4.0, 5.0, 2.0, 1.0, np.nan])
    history = {name: np.stack([scores, scores], axis=1) for name in ("loss", "val_loss")}
    history["val_accuracy"] = -history["val_loss"]
    lost = np.where(np.isnan(scores), 1, 0)
    return Sweep(history, values, configurations, {}, [[]] * 9, lost)


def test_a_sweep_and_a_landscape():
    for found in (boundary_warnings(made_sweep()), boundary_warnings(made_sweep(), metric="val_accuracy")):
        assert [(one.name, one.side) for one in found] == [("learning_rate", "high")]
    curves = made_sweep().history["val_loss"].reshape(3, 3, 2)
    lost = made_sweep().diverged_at.reshape(3, 3)
    scape = Landscape({n: tuple(v) for n, v in made_sweep().grid.items()}, curves, lost)
    assert [(one.name, one.side) for one in boundary_warnings(scape)] == [("learning_rate", "high")]


def test_the_door():
    with pytest.raises(TypeError, match="Received: list"):
        tk.search.boundary_warnings([1, 2])


# Isolation plots draw what the same records hold.


def joined(ax):
    (line,) = [line for line in ax.lines if line.get_gid() == "isolation"]
    return np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)


def test_isolation_is_the_best_over_everything_else():
    x, y = joined(tk.plots.isolation(made_sweep(), "l2"))
    np.testing.assert_allclose(x, [1e-5, 1e-3, 1e-1])
    np.testing.assert_allclose(y, [2.0, 1.0, 5.0])  # the diverged member at 1e-1 is no result
    _, y = joined(tk.plots.isolation(made_sweep(), "learning_rate", metric="val_accuracy"))
    np.testing.assert_allclose(y, [-8.0, -4.0, -1.0])


@given(st.integers(0, 1000), st.sampled_from(["min", "max"]))
def test_isolation_of_random_trials_takes_the_best_of_each_bin(seed, direction):
    rng = np.random.default_rng(seed)
    values, objectives = 10 ** rng.uniform(-5, 0, 40), rng.random(40)
    ax = tk.plots.isolation(trials_of(values, objectives, direction=direction), "l2", bins=5)
    x, y = joined(ax)
    bins = np.clip(
        ((np.log10(values) - np.log10(values.min())) / np.ptp(np.log10(values)) * 5).astype(int), 0, 4
    )
    pick = np.min if direction == "min" else np.max
    np.testing.assert_allclose(y, [pick(objectives[bins == one]) for one in np.unique(bins)])
    assert ax.get_xscale() == "log" and (np.diff(x) > 0).all()
    star = next(line for line in ax.lines if line.get_gid() == "best")
    assert star.get_ydata()[0] == pick(objectives)


def test_isolation_of_names_is_not_joined():
    ax = tk.plots.isolation(
        trials_of(["adam", "sgd", "adam"], [0.3, 0.5, 0.2], name="optimizer"), "optimizer"
    )
    (line,) = [line for line in ax.lines if line.get_gid() == "isolation"]
    assert line.get_linestyle() == "None" and sorted(line.get_ydata()) == [0.2, 0.5]


def test_isolation_says_what_is_wrong():
    with pytest.raises(KeyError, match="They have: l2"):
        tk.plots.isolation(trials_of(STRENGTHS, FALLING), "l1")
    with pytest.raises(TypeError, match="Trials or a Sweep"):
        tk.plots.isolation([1], "l2")
    with pytest.raises(ValueError, match="bins must be at least 2"):
        tk.plots.isolation(trials_of(STRENGTHS, FALLING), "l2", bins=1)
    with pytest.raises(ValueError, match="nothing to draw"):
        tk.plots.isolation(trials_of([1e-3], [math.nan]), "l2")
