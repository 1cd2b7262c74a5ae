"""Where methods have looked, and the best each has found: every method told apart without colour."""

from __future__ import annotations

import numpy as np
import pytest

from tuningkit import plots


def test_each_method_has_its_own_line_and_a_band_where_there_is_a_spread():
    spent = [18, 36, 54]
    ax = plots.best_so_far(
        {
            "grid": (spent, [2.0, 0.5, 0.4]),
            "random": (spent, [0.9, 0.5, 0.3], [0.8, 0.4, 0.2], [1.5, 0.6, 0.4]),
            "nothing yet": ([], []),
        },
        title="Random is ahead",
    )
    assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in ax.lines}) == 3
    assert len([band for band in ax.collections if band.get_gid() == "band"]) == 1
    np.testing.assert_allclose(ax.lines[1].get_ydata(), [0.9, 0.5, 0.3])
    assert ax.get_yscale() == "log" and "log scale" in ax.get_ylabel()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["grid", "random", "nothing yet"]


def test_close_results_and_no_results_have_a_linear_axis():
    assert plots.best_so_far({"grid": ([1, 2], [0.91, 0.92])}).get_yscale() == "linear"
    assert plots.best_so_far({}).get_legend() is None
    assert plots.best_so_far({"grid": ([1, 2], [np.nan, np.nan])}).get_yscale() == "linear"


def test_curves_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="has 3 parts"):
        plots.best_so_far({"grid": ([1], [1], [1])})
    with pytest.raises(ValueError, match="one per point spent"):
        plots.best_so_far({"grid": ([1, 2], [1])})


def test_points_lie_in_the_middle_of_their_cells():
    ax = plots.heat_map(
        np.ones((2, 4)), [1, 2, 3, 4], [1, 2], x_name="x", y_name="y", value_label="loss", best=None
    )
    plots.look_points(ax, {"grid": [[0.125, 0.25]], "random": [[0.875, 0.75]], "none": []}, shape=(4, 2))
    first, second, empty = (line for line in ax.lines if (line.get_gid() or "").startswith("looks of"))
    assert (first.get_xdata()[0], first.get_ydata()[0]) == (0.0, 0.0)
    assert (second.get_xdata()[0], second.get_ydata()[0]) == (3.0, 1.0)
    assert len(empty.get_xdata()) == 0
    assert len({line.get_marker() for line in (first, second, empty)}) == 3
    with pytest.raises(ValueError, match=r"\(looks, 2\)"):
        plots.look_points(ax, {"grid": [[0.1, 0.2, 0.3]]}, shape=(4, 2))
