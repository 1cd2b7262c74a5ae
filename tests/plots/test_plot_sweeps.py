"""`sweep_fan`, `metric_against`, `heat_map` and the value scale under them."""

import numpy as np
import pytest

from tuningkit.plots import heat_map, metric_against, sweep_fan
from tuningkit.plots._numbers import format_number
from tuningkit.plots._scale import ValueScale

STRENGTHS = np.r_[0, np.geomspace(1e-6, 1, 7)]


def by_gid(artists, gid):
    return [artist for artist in artists if artist.get_gid() == gid]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


# The value scale


@pytest.mark.parametrize(
    ("values", "log"),
    [
        (np.geomspace(1e-6, 1, 17), True),
        ([16, 32, 64, 128], True),
        ([1e-3, 1e-1], True),
        ([0, 1e-4, 1e-2], True),
        (10 ** np.random.default_rng(0).uniform(-5, 0, 20), True),
        (np.linspace(0, 0.9, 10), False),
        (np.linspace(0.001, 0.901, 10), False),
        ([0.1, 0.2, 0.5], False),
        ([0.1, 0.5], False),
        ([0, 0.1], False),
        ([-100, 1, 100], False),
        ([3], False),
        ([0, 0, 0], False),
        (range(10), False),
    ],
)
def test_scale_is_log_for_log_spaced_values(values, log):
    assert ValueScale.of(list(values)).log is log


def test_zero_gets_a_place_left_of_the_positive_values():
    scale = ValueScale.of(STRENGTHS)
    assert scale.zero_at == scale.positions[0]
    assert scale.zero_at < scale.break_at < 1e-6
    assert (scale.ticks[0], scale.tick_labels[0]) == (scale.zero_at, "0")
    np.testing.assert_array_equal(scale.positions[1:], STRENGTHS[1:])
    assert np.isfinite(scale.coordinates).all()


def test_many_log_values_are_labelled_by_powers_of_ten():
    scale = ValueScale.of(np.geomspace(1e-6, 1, 17))
    assert scale.tick_labels == ("1e-6", "1e-5", "1e-4", "0.001", "0.01", "0.1", "1")


def test_few_values_are_all_labelled():
    assert ValueScale.of([16, 32, 64, 128]).tick_labels == ("16", "32", "64", "128")
    assert ValueScale.of([0.5, 0.0, 0.25]).tick_labels == ("0", "0.25", "0.5")


def test_names_stand_side_by_side():
    scale = ValueScale.of(["sgd", "adam"])
    assert scale.named and scale.tick_labels == ("sgd", "adam") and list(scale.positions) == [0, 1]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([], "at least one value"),
        ([[1, 2]], "shape is"),
        ([1, np.nan], "finite"),
        ([1, None], "numbers or names"),
    ],
)
def test_scale_refuses(values, message):
    with pytest.raises((TypeError, ValueError), match=message):
        ValueScale.of(values)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (1e-4, "1e-4"), (3.16e-5, "3.16e-5"), (0.001, "0.001"), (0.05, "0.05"), (1, "1"), (1234, "1234"),
        (-0.5, "-0.5"), (2.5e6, "2.5e6"), (100000, "1e5"), (10, "10"), (0.00099996, "0.001"),
        (float("nan"), "no value"), (float("inf"), "∞"), (128, "128"), (0.123456, "0.123"), (200, "200"),
        (-1e-4, "-1e-4"),
    ],
)  # fmt: skip
def test_numbers_are_short(value, text):
    assert format_number(value) == text


# The fan


def test_fan_has_one_line_per_member_coloured_by_value():
    history = np.linspace(1, 2, 24).reshape(8, 3)
    ax = sweep_fan(history, STRENGTHS, name="l2", title="Fan")
    (members,) = by_gid(ax.collections, "members")
    assert len(members.get_segments()) == 8
    np.testing.assert_array_equal(members.get_segments()[5], np.column_stack([[1, 2, 3], history[5]]))
    colours = members.get_array()
    assert (np.diff(colours) > 0).all() and colours[-1] == 0  # log10(1)
    bar = ax.get_figure().axes[1]
    assert bar.get_ylabel() == "l2"
    assert [tick.get_text() for tick in bar.get_yticklabels()][:2] == ["0", "1e-6"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("epoch", "validation loss", "Fan")


def test_fan_shows_all_its_lines():
    ax = sweep_fan([[1.0, 0.5], [0.9, 0.8]], [0.1, 0.2], name="dropout")
    low, high = ax.get_ylim()
    assert low < 0.5 and high > 1.0 and ax.get_xlim()[1] >= 2


def test_fan_counts_and_marks_members_that_diverged():
    history = [[1.0, 0.5, 0.4], [1.0, 3.0, np.nan], [np.inf, np.nan, np.nan]]
    ax = sweep_fan(history, [0.1, 1, 10], name="learning rate")
    (cross,) = by_gid(ax.lines, "diverged")
    assert (list(cross.get_xdata()), list(cross.get_ydata())) == ([2], [3.0])
    assert legend(ax) == ["2 of 3 diverged"]


def test_a_runaway_does_not_squeeze_the_fan():
    history = np.ones((20, 10))
    history[-1] = np.geomspace(1, 1e30, 10)
    ax = sweep_fan(history, np.geomspace(1e-4, 10, 20))
    assert ax.get_ylim()[1] == 10
    assert 0.5 < ax.get_ylim()[0] < 1


def test_fan_names_the_selected_member():
    ax = sweep_fan(np.ones((8, 3)), STRENGTHS, selected=3)
    (bold,) = by_gid(ax.lines, "selected")
    assert bold.get_linewidth() > 2 and legend(ax) == ["l2 = 1e-4"]


def test_fan_of_one_member():
    assert len(sweep_fan([[1.0, 0.5]], [0.1]).collections[0].get_segments()) == 1


@pytest.mark.parametrize(
    ("history", "values", "arguments", "message"),
    [
        ([1.0, 2.0], [1, 2], {}, r"history must have the shape \(members, epochs\), but it has \(2,\)"),
        ([[1.0], [2.0]], [1], {}, r"values must have 2 entries \(one per member of history\), but it has 1"),
        ([[1.0], [2.0]], [1, 2], {"selected": 2}, "selected must be a member from 0 to 1"),
    ],
)
def test_fan_refuses(history, values, arguments, message):
    with pytest.raises(ValueError, match=message):
        sweep_fan(history, values, **arguments)


# The metric against a hyperparameter


def test_metric_line_is_sorted_and_best_is_marked():
    ax = metric_against([1e-1, 1e-3, 1e-2], [0.9, 0.5, 0.3], name="learning rate")
    (line,) = by_gid(ax.lines, "metric")
    np.testing.assert_array_equal(line.get_xdata(), [1e-3, 1e-2, 1e-1])
    np.testing.assert_array_equal(line.get_ydata(), [0.5, 0.3, 0.9])
    (star,) = by_gid(ax.lines, "best")
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (1e-2, 0.3)
    assert legend(ax) == ["best: learning rate = 0.01 (0.3)"]
    assert ax.get_xscale() == "log" and ax.get_xlabel() == "learning rate, log scale"


def test_best_can_be_the_largest_or_none():
    ax = metric_against([0, 0.5], [0.8, 0.9], name="dropout", metric_label="accuracy", best="max")
    assert legend(ax) == ["best: dropout = 0.5 (0.9)"]
    assert metric_against([0, 0.5], [0.8, 0.9], name="dropout", best=None).get_legend() is None


def test_zero_stands_left_of_a_break_and_is_not_joined():
    ax = metric_against(STRENGTHS, np.arange(8.0), name="l2")
    zero, positive = by_gid(ax.lines, "metric")
    assert len(zero.get_xdata()) == 1 and len(positive.get_xdata()) == 7
    assert zero.get_xdata()[0] < positive.get_xdata()[0]
    labels = dict(zip(ax.get_xticks(), (tick.get_text() for tick in ax.get_xticklabels()), strict=True))
    assert labels[zero.get_xdata()[0]] == "0"
    breaks = by_gid(ax.lines, "axis break")
    assert breaks and all(zero.get_xdata()[0] < mark.get_xdata()[0] < 1e-6 for mark in breaks)
    assert legend(ax) == ["best: l2 = 0 (0)"]


def test_no_zero_no_break():
    assert not by_gid(metric_against([0.1, 1, 10], [1, 2, 3], name="rate").lines, "axis break")


def test_seeds_become_a_band_around_the_mean():
    ax = metric_against([1, 10, 100], [[1.0, 2, 3], [3.0, 4, 5]], name="rate")
    np.testing.assert_array_equal(by_gid(ax.lines, "metric")[0].get_ydata(), [2, 3, 4])
    (band,) = by_gid(ax.collections, "band")
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.min() == 1 and heights.max() == 5
    assert legend(ax)[0] == "mean and range of 2 seeds"


def test_diverged_members_are_crosses_at_the_edge_and_never_best():
    ax = metric_against([0.1, 1, 10], [[0.5, 0.1, np.nan], [0.5, np.inf, np.nan]], name="rate")
    (crosses,) = by_gid(ax.lines, "diverged")
    assert list(crosses.get_xdata()) == [1, 10]
    assert legend(ax)[1:] == ["diverged for at least one seed", "best: rate = 0.1 (0.5)"]


def test_all_diverged():
    assert legend(metric_against([1, 2], [np.nan, np.nan], name="rate")) == ["diverged"]


def test_names_are_not_joined_by_a_line():
    ax = metric_against(["sgd", "adam"], [[0.5, 0.3], [0.6, 0.4]], name="optimizer")
    assert by_gid(ax.lines, "metric")[0].get_linestyle() == "None"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["sgd", "adam"]


@pytest.mark.parametrize(
    ("values", "metric", "arguments", "message"),
    [
        ([1, 2], [1.0], {}, "values must have 1 entries"),
        ([1, 2], np.ones((1, 1, 2)), {}, r"\(members,\) or \(seeds, members\)"),
        ([1, 2], [1.0, 2.0], {"best": "low"}, "best must be 'min' or 'max' or None, but it is 'low'"),
    ],
)
def test_metric_against_refuses(values, metric, arguments, message):
    with pytest.raises(ValueError, match=message):
        metric_against(values, metric, name="x", **arguments)


# The heat map


def test_heat_map_cells_labels_and_best():
    matrix = np.array([[0.5, 0.4, 0.2], [0.3, 0.9, np.nan]])
    ax = heat_map(matrix, [0.01, 0.1, 1], [0, 0.5], x_name="learning rate", y_name="dropout", title="Map")
    mesh = ax.collections[0]
    np.testing.assert_array_equal(mesh.get_array().filled(-1), np.where(np.isnan(matrix), -1, matrix))
    (frame,) = by_gid(ax.patches, "best")
    assert (frame.get_x(), frame.get_y()) == (1.5, -0.5)  # column 2, row 0
    assert "best: learning rate = 1, dropout = 0 (0.2)" in legend(ax)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0.01", "0.1", "1"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["0", "0.5"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("learning rate", "dropout", "Map")
    assert ax.get_figure().axes[1].get_ylabel() == "validation loss, lower is better"


def test_heat_map_hatches_what_has_no_value():
    ax = heat_map([[0.5, np.nan, np.inf], [0.3, 0.1, 0.2]], [1, 2, 3], [1, 2], x_name="a", y_name="b")
    missing = by_gid(ax.patches, "missing")
    assert {(patch.get_x(), patch.get_y()) for patch in missing} == {(0.5, -0.5), (1.5, -0.5)}
    assert all(patch.get_hatch() for patch in missing)
    assert legend(ax).count("diverged, no value") == 1
    assert [text.get_text() for text in ax.texts] == ["0.5", "0.3", "0.1", "0.2"]


def test_heat_map_is_bright_where_it_is_good():
    for best, good in (("min", 0.1), ("max", 0.9)):
        mesh = heat_map([[0.1, 0.9]], [1, 2], [1], x_name="a", y_name="b", best=best).collections[0]
        brightness = {value: sum(mesh.cmap(mesh.norm(value))[:3]) for value in (0.1, 0.9)}
        assert max(brightness, key=brightness.get) == good


@pytest.mark.parametrize(
    ("cell", "meaning"), [((0, 1), ", lower is better"), ((1, 0), ", higher is better"), ((0, 0), "")]
)
def test_heat_map_takes_the_best_cell_as_given(cell, meaning):
    ax = heat_map([[0.5, 0.1], [0.9, 0.2]], [1, 2], [3, 4], x_name="a", y_name="b", best=np.array(cell))
    (frame,) = by_gid(ax.patches, "best")
    assert (frame.get_y() + 0.5, frame.get_x() + 0.5) == cell
    assert ax.get_figure().axes[1].get_ylabel() == f"validation loss{meaning}"


@pytest.mark.parametrize("best", [(0, 2), (-1, 0), (0, 0, 0), (1, 1), "low"])
def test_heat_map_refuses_a_best_cell_that_is_none(best):
    with pytest.raises(ValueError, match="best must be"):
        heat_map([[0.5, 0.1], [0.9, np.nan]], [1, 2], [3, 4], x_name="a", y_name="b", best=best)


def test_heat_map_of_widely_spread_values_has_a_log_colour_scale():
    mesh = heat_map([[0.1, 100]], [1, 2], [1], x_name="a", y_name="b").collections[0]
    assert mesh.norm(np.sqrt(10.0)) == pytest.approx(0.5)


def test_heat_map_without_any_value():
    ax = heat_map(np.full((2, 2), np.nan), [1, 2], [1, 2], x_name="a", y_name="b")
    assert len(by_gid(ax.patches, "missing")) == 4 and not by_gid(ax.patches, "best")


def test_large_heat_maps_have_few_labels_and_no_numbers():
    values = np.geomspace(1e-6, 1, 30)
    ax = heat_map(np.ones((30, 30)), values, values, x_name="a", y_name="b")
    assert not ax.texts and len(ax.get_yticks()) <= 9 and len(ax.get_xticks()) <= 9


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.ones((3, 2)), "x_values must have 2 entries"),
        (np.ones((2, 3)), "y_values must have 2 entries"),
        (np.ones(3), r"matrix must have the shape \(y values, x values\)"),
    ],
)
def test_heat_map_refuses(matrix, message):
    with pytest.raises(ValueError, match=message):
        heat_map(matrix, [1, 2, 3], [1, 2, 3], x_name="a", y_name="b")
