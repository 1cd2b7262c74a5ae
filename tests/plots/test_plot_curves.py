"""`curves` and `learning_curves`: the artists they draw and how they refuse."""

import numpy as np
import pytest
from matplotlib.colors import same_color

from tuningkit.plots import curves, learning_curves
from tuningkit.plots._style import PALETTE, TRAIN, VALIDATION

HISTORY = {
    "loss": np.array([1.0, 0.6, 0.4]),
    "val_loss": np.array([1.1, 0.8, 0.9]),
    "penalty": np.array([0.1, 0.1, 0.1]),
    "accuracy": np.array([0.5, 0.7, 0.9]),
    "val_accuracy": np.array([0.4, 0.6, 0.65]),
}


def lines(ax, gid):
    return [line for line in ax.lines if line.get_gid() == gid]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_training_is_solid_and_validation_dashed():
    ax = curves(HISTORY, title="It works")
    (train,), (validation,) = lines(ax, "train"), lines(ax, "validation")
    np.testing.assert_array_equal(train.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(train.get_ydata(), HISTORY["loss"])
    np.testing.assert_array_equal(validation.get_ydata(), HISTORY["val_loss"])
    assert train.get_linestyle() == "-" and validation.get_linestyle() == "--"
    assert same_color(train.get_color(), TRAIN) and same_color(validation.get_color(), VALIDATION)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("epoch", "loss", "It works")
    assert legend(ax) == ["training", "validation"]


def test_without_validation_there_is_one_line():
    ax = curves({"loss": [1.0, 0.5]})
    assert not lines(ax, "validation") and legend(ax) == ["training"]


def test_other_metrics():
    ax = curves(HISTORY, metric="accuracy")
    np.testing.assert_array_equal(lines(ax, "train")[0].get_ydata(), HISTORY["accuracy"])
    assert ax.get_ylabel() == "accuracy (share correct)"


@pytest.mark.parametrize(
    ("loss", "log", "scale"),
    [
        ([2.0, 0.01], None, "log"),
        ([2.0, 0.1], None, "linear"),
        ([2.0, 0.0], None, "linear"),
        ([2.0, 0.01], False, "linear"),
        ([2.0, 1.0], True, "log"),
    ],
)
def test_log_scale_is_chosen_by_the_spread_of_the_loss(loss, log, scale):
    ax = curves({"loss": loss}, log=log)
    assert ax.get_yscale() == scale
    assert ax.get_ylabel() == ("loss, log scale" if scale == "log" else "loss")


def test_accuracy_never_becomes_log_by_itself():
    assert curves({"accuracy": [0.001, 0.9]}, metric="accuracy").get_yscale() == "linear"


def test_ghosts_are_faint_behind_and_named_once():
    ax = curves(HISTORY, ghosts=[HISTORY, {"loss": [1.0, 0.9]}])
    ghosts = lines(ax, "ghost")
    assert len(ghosts) == 3  # the second one has no validation
    assert all(ghost.get_alpha() < 1 for ghost in ghosts)
    assert ghosts[0].get_zorder() < lines(ax, "train")[0].get_zorder()
    assert legend(ax).count("earlier runs") == 1


def test_markers_stand_at_their_epoch_with_their_text():
    ax = curves(HISTORY, markers=[(2, "L2 0 → 1e-2")])
    (marker,) = lines(ax, "marker")
    assert list(marker.get_xdata()) == [2, 2]
    assert ax.texts[0].get_text() == "L2 0 → 1e-2" and ax.texts[0].xy[0] == 2


def test_runs_on_one_axes_get_their_own_colour():
    ax = curves(HISTORY, label="weak")
    assert curves(HISTORY, label="strong", ax=ax) is ax
    first, second = lines(ax, "train")
    assert same_color(first.get_color(), PALETTE[0]) and same_color(second.get_color(), PALETTE[1])
    assert same_color(lines(ax, "validation")[1].get_color(), second.get_color())
    assert legend(ax) == ["weak, training", "weak, validation", "strong, training", "strong, validation"]


def test_repeats_become_a_mean_in_a_band():
    values = np.array([[1.0, 0.5], [3.0, 1.5]])
    ax = curves({"loss": values})
    np.testing.assert_array_equal(lines(ax, "train")[0].get_ydata(), [2.0, 1.0])
    (band,) = [item for item in ax.collections if item.get_gid() == "train band"]
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.min() == 0.5 and heights.max() == 3.0
    assert legend(ax) == ["training (mean and range of 2)"]


@pytest.mark.parametrize("end", [np.nan, np.inf])
def test_divergence_is_marked_at_the_last_finite_epoch(end):
    ax = curves({"loss": [1.0, 5.0, end, end], "val_loss": [1.0, 6.0, end, end]})
    (cross,) = lines(ax, "diverged")
    assert (cross.get_xdata()[0], cross.get_ydata()[0]) == (2, 6.0)
    assert "diverged in epoch 3" in legend(ax)


def test_divergence_in_the_first_epoch():
    ax = curves({"loss": [np.nan, np.nan]})
    assert "diverged in epoch 1" in legend(ax)


def test_a_gap_is_no_divergence():
    assert not lines(curves({"loss": [1.0, np.nan, 0.5]}), "diverged")


def test_one_epoch_is_a_visible_dot_and_none_is_an_empty_frame():
    assert lines(curves({"loss": [1.0]}), "train")[0].get_marker() == "o"
    assert curves({"loss": []}).get_xlabel() == "epoch"


@pytest.mark.parametrize(
    ("history", "arguments", "message"),
    [
        (HISTORY, {"metric": "acuracy"}, "history has no 'acuracy'. Did you mean 'accuracy'"),
        (HISTORY, {"metric": "f1"}, "It has 'loss', 'val_loss'"),
        (HISTORY, {"metric": "val_loss"}, 'metric="loss" draws training and validation'),
        ({"loss": [1, 2], "val_loss": [1]}, {}, r"shape \(1, 2\).*\(1, 1\)"),
        ({"loss": [["a"]]}, {}, "must hold numbers"),
        ({"loss": np.ones((2, 2, 2))}, {}, r"must have the shape \(epochs,\) or \(repeats, epochs\)"),
        ({"loss": [[1.0], [1.0, 2.0]]}, {}, "rows have different lengths"),
        ([1.0, 2.0], {}, "history must map names to values, as run.history does, but it is list"),
        (HISTORY, {"ghosts": [{}]}, r"ghosts\[0\] has no 'loss'"),
        (HISTORY, {"markers": [(np.nan, "x")]}, "A marker's epoch must be a number"),
        (HISTORY, {"ax": "here"}, "ax must be Matplotlib axes or None, but it is str"),
    ],
)
def test_bad_input_is_explained(history, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        curves(history, **arguments)


def test_learning_curves_have_a_panel_per_metric():
    figure = learning_curves(HISTORY, title="Both", markers=[(2, "here")], ghosts=[{"loss": [1.0, 0.9]}])
    assert [ax.get_ylabel() for ax in figure.axes] == ["loss", "accuracy (share correct)"]
    assert [len(lines(ax, "marker")) for ax in figure.axes] == [1, 1]
    assert [len(lines(ax, "ghost")) for ax in figure.axes] == [
        1,
        0,
    ]  # a ghost without accuracy is left out there
    assert figure.get_suptitle() == "Both"


def test_learning_curves_of_a_regression_have_one_panel():
    assert len(learning_curves({"loss": [1.0], "val_loss": [1.0], "penalty": [0.0]}).axes) == 1
