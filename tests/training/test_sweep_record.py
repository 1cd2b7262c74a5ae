"""A sweep is plain data: members in order, scores, tables, pictures; structural groups put back in place."""

from __future__ import annotations

import itertools
import pickle
from dataclasses import replace

import numpy as np
import pandas
import pytest
from matplotlib.axes import Axes

import tuningkit as tk
from tuningkit.training import Run, Sweep

EPOCHS = 3
RATES, STRENGTHS = [1e-4, 1e-3, 1e-2], [0, 1e-3]


@pytest.fixture(scope="module")
def tiny(small):
    return small.subset(80)


@pytest.fixture(scope="module")
def line(dense, tiny):
    """One swept name; the last member diverges."""
    return tk.sweep(dense, tiny, {"l2": [0, 1e-3, 1e30]}, epochs=EPOCHS, optimizer="sgd", progress=False)


@pytest.fixture(scope="module")
def grid(dense, tiny):
    swept = {"learning_rate": np.array(RATES), "l2": STRENGTHS}
    return tk.sweep(dense, tiny, swept, epochs=EPOCHS, dropout=0.1, progress=False)


@pytest.fixture(scope="module")
def structural(dense, tiny):
    swept = {"optimizer": ["sgd", "adam"], "seed": [5, 6], "batch_size": [20, 40]}
    return tk.sweep(dense, tiny, swept, epochs=EPOCHS, progress=False)


def made(scores, *, grid=None, metric="val_loss", **others):
    """A sweep of one epoch with the given scores."""
    scores = np.asarray(scores, float).reshape(-1, 1)
    grid = grid or {"l2": list(range(len(scores)))}
    names = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    history = {"loss": scores, "val_loss": scores, metric: scores}
    return Sweep(
        history=history,
        grid=grid,
        configurations=names[: len(scores)],
        hyperparameters={},
        weights=[[] for _ in scores],
        diverged_at=np.where(np.isfinite(scores[:, 0]), 0, 1),
        **others,
    )


# Order


def test_the_last_name_changes_fastest(grid):
    expected = [{"learning_rate": rate, "l2": l2} for rate in RATES for l2 in STRENGTHS]
    assert grid.configurations == expected
    assert grid.shape == (3, 2)
    assert (grid.members, len(grid), grid.epochs) == (6, 6, EPOCHS)
    assert all(curves.shape == (6, EPOCHS) for curves in grid.history.values())
    assert grid.hyperparameters["dropout"] == pytest.approx(0.1)
    assert "l2" not in grid.hyperparameters


def test_structural_groups_are_put_back_in_order(structural):
    expected = [
        {"optimizer": optimizer, "seed": seed, "batch_size": size}
        for optimizer, seed, size in itertools.product(["sgd", "adam"], [5, 6], [20, 40])
    ]
    assert structural.configurations == expected
    assert structural.shape == (2, 2, 2)


@pytest.mark.parametrize("member", [0, 3, 6])
def test_a_member_of_a_product_with_seeds_is_that_training(structural, dense, tiny, member):
    configuration = structural.configurations[member]
    alone = tk.train(dense, tiny, **configuration, epochs=EPOCHS, progress=False)
    np.testing.assert_allclose(structural[member].history["val_loss"], alone.history["val_loss"], rtol=1e-4)
    for ours, theirs in zip(structural.weights[member], alone.weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_a_structural_name_that_changes_fastest(dense, tiny):
    sweep = tk.sweep(dense, tiny, {"l2": [0.0, 0.1], "batch_size": [16, 40]}, epochs=1, progress=False)
    assert sweep.shape == (2, 2)
    assert [tuple(one.values()) for one in sweep.configurations] == [(0, 16), (0, 40), (0.1, 16), (0.1, 40)]
    for member in (1, 2):
        configuration = sweep.configurations[member]
        alone = tk.train(dense, tiny, **configuration, epochs=1, progress=False)
        assert sweep.history["val_loss"][member] == pytest.approx(alone.history["val_loss"], rel=1e-4)


def test_a_member_as_a_run(grid):
    run = grid[3]
    assert isinstance(run, Run)
    assert (run.hyperparameters["learning_rate"], run.hyperparameters["l2"]) == (1e-3, 1e-3)
    np.testing.assert_array_equal(run.history["loss"], grid.history["loss"][3])
    assert run.diverged_at is None
    assert grid[-3].hyperparameters == run.hyperparameters
    assert [one.hyperparameters["l2"] for one in grid] == STRENGTHS * 3


@pytest.mark.parametrize("member", [6, -7])
def test_no_such_member(grid, member):
    with pytest.raises(IndexError, match=f"members 0 to 5. Received: {member}"):
        grid[member]


# Scores


def test_scores(grid):
    np.testing.assert_array_equal(grid.scores(), grid.history["val_loss"].min(axis=1))
    np.testing.assert_array_equal(grid.scores("val_accuracy"), grid.history["val_accuracy"].max(axis=1))
    np.testing.assert_array_equal(grid.scores(at="last"), grid.history["val_loss"][:, -1])
    with pytest.raises(KeyError, match=r"No curve 'val_los' in this sweep.*val_loss"):
        grid.scores("val_los")
    with pytest.raises(ValueError, match=r"at must be 'best' or 'last'. Received: at='first'"):
        grid.scores(at="first")


def test_best(grid):
    assert grid.best().hyperparameters == grid[int(np.argmin(grid.scores()))].hyperparameters
    most = grid[int(np.argmax(grid.scores("val_accuracy")))]
    assert grid.best("val_accuracy").hyperparameters == most.hyperparameters


def test_of_accuracy_more_is_better():
    sweep = made([0.5, 0.9, 0.7], metric="val_accuracy")
    assert sweep.best("val_accuracy").hyperparameters == {"l2": 1}
    assert sweep.best("val_loss").hyperparameters == {"l2": 0}


def test_table_follows_the_grid(grid):
    table = grid.table()
    assert table.shape == grid.shape
    for (i, rate), (j, l2) in itertools.product(enumerate(RATES), enumerate(STRENGTHS)):
        member = grid.configurations.index({"learning_rate": rate, "l2": l2})
        assert table[i, j] == grid.scores()[member]


def test_a_member_that_diverged_does_not_count(line):
    assert line.diverged_at.tolist()[:2] == [0, 0]
    assert line.diverged_at[2] == 1
    assert line[2].diverged_at == 1
    assert line[2].diagnosis.kind == "diverged"
    assert np.isnan(line.scores()[2])
    assert line.best().hyperparameters["l2"] in (0, 1e-3)
    assert np.isfinite(line.history["val_loss"][:2]).all()


def test_if_all_diverged_there_is_no_best():
    sweep = made([np.nan, np.nan])
    with pytest.raises(ValueError, match=r"Every member of this sweep diverged. Try smaller learning rates"):
        sweep.best()
    assert np.isnan(sweep.table()).all()
    assert "diverged" in repr(sweep)
    assert sweep._repr_html_()
    assert isinstance(sweep.plot(), Axes)


# Kept and exported


def test_pickle(grid):
    copy = pickle.loads(pickle.dumps(grid))
    np.testing.assert_array_equal(copy.history["loss"], grid.history["loss"])
    assert copy.configurations == grid.configurations
    assert repr(copy) == repr(grid)
    np.testing.assert_array_equal(copy.weights[5][0], grid.weights[5][0])


def test_table_of_members(grid):
    frame = grid.to_frame()
    assert list(frame.columns) == [
        "learning_rate",
        "l2",
        "best_val_loss",
        "last_val_loss",
        "best_val_accuracy",
        "last_val_accuracy",
        "best_epoch",
        "diagnosis",
    ]
    assert frame["learning_rate"].tolist() == [rate for rate in RATES for _ in STRENGTHS]
    np.testing.assert_array_equal(frame["best_val_loss"], grid.scores())
    assert frame["best_epoch"].tolist() == [run.best()[0] for run in grid]


@pytest.mark.parametrize("which", ["line", "grid", "structural"])
def test_csv_reads_back_equal(which, request, tmp_path):
    sweep = request.getfixturevalue(which)
    back = pandas.read_csv(sweep.to_csv(tmp_path / "sweep.csv"))
    pandas.testing.assert_frame_equal(back, sweep.to_frame(), rtol=1e-14, check_dtype=False)


def test_words(grid, line):
    text = repr(grid)
    assert text.startswith("Sweep of 6 members over learning_rate, l2, 3 epochs")
    assert "learning_rate 1e-3, l2 0: best validation loss" in text
    assert len(text.splitlines()) == 7
    assert "nan" not in repr(line)
    assert "diverged" in repr(line)


def test_html_is_escaped():
    page = made([1.0, 2.0], grid={"<b>": ["<script>", "a&b"]})._repr_html_()
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    assert "a&amp;b" in page
    assert page.count("<tr>") == 3


# Pictures


def test_plot_of_one_name(line):
    ax = line.plot()
    members = next(one for one in ax.collections if one.get_gid() == "members")
    assert len(members.get_segments()) == 3
    assert ax.get_figure().axes[1].get_ylabel() == "l2"
    assert ax.get_ylabel().startswith("validation loss")


def test_plot_of_two_names_frames_the_best(grid):
    for metric, word in (("val_loss", "lower is better"), ("val_accuracy", "higher is better")):
        ax = grid.plot(metric=metric)
        np.testing.assert_allclose(ax.collections[0].get_array().reshape(3, 2), grid.table(metric))
        bar = ax.get_figure().axes[1].get_ylabel()
        assert bar.endswith(word)
        best = grid.best(metric).hyperparameters
        legend = ax.get_legend().get_texts()[0].get_text()
        assert f"learning_rate = {best['learning_rate']:g}" in legend
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("l2", "learning_rate")


@pytest.mark.parametrize(
    "values", [["adam", "sgd"], [16, 32], [0, 1], [0.0, 1e-4]], ids=["names", "sizes", "seeds", "strengths"]
)
def test_plot_of_any_kind_of_value(values):
    sweep = made([0.3, 0.2], grid={"it": values})
    texts = [label.get_text() for label in sweep.plot().get_figure().axes[1].get_yticklabels()]
    if isinstance(values[0], str):
        assert texts == values
    both = made([0.3, 0.2, 0.5, np.nan], grid={"it": values, "l2": [0, 1e-3]})
    assert isinstance(both.plot(), Axes)


def test_plot_of_three_names(structural):
    with pytest.raises(ValueError, match=r"draws one or two swept hyperparameters; this sweep has 3"):
        structural.plot()


def test_plot_of_an_unknown_curve(grid, line):
    for sweep in (grid, line):
        with pytest.raises(KeyError, match="No curve 'zzz' in this sweep"):
            sweep.plot(metric="zzz")


# Interruption


def interrupting(epoch, *, times=1):
    """Raises as Ctrl-C would at the end of an epoch, the ``times``-th time it is reached."""
    reached = []

    def on_epoch(trainer):
        if trainer.epoch == epoch:
            reached.append(epoch)
            if len(reached) == times:
                raise KeyboardInterrupt

    return on_epoch


def test_an_interrupted_group_is_kept_to_the_last_common_epoch(dense, tiny):
    sweep = tk.sweep(dense, tiny, {"l2": [0, 0.1]}, epochs=9, on_epoch=interrupting(2), progress=False)
    assert sweep.history["val_loss"].shape == (2, 2)
    assert sweep.table().shape == (2,)


def test_complete_groups_are_kept(dense, tiny):
    swept = {"batch_size": [20, 40], "l2": [0, 0.1]}
    sweep = tk.sweep(dense, tiny, swept, epochs=2, on_epoch=interrupting(1, times=2), progress=False)
    assert sweep.configurations == [{"batch_size": 20, "l2": 0}, {"batch_size": 20, "l2": 0.1}]
    assert sweep.history["val_loss"].shape == (2, 2)
    with pytest.raises(ValueError, match="interrupted: 2 of 4 members are finished"):
        sweep.table()
    assert len(sweep.to_frame()) == 2
    with pytest.raises(ValueError, match="interrupted"):
        sweep.plot()


def test_an_interrupted_fan_shows_what_is_there(dense, tiny):
    on_epoch = interrupting(1, times=2)
    sweep = tk.sweep(dense, tiny, {"optimizer": ["adam", "sgd"]}, epochs=2, on_epoch=on_epoch, progress=False)
    assert sweep.configurations == [{"optimizer": "adam"}]
    assert isinstance(sweep.plot(), Axes)


def test_complete_groups_are_kept_if_the_next_is_interrupted_before_its_first_epoch(dense, tiny, monkeypatch):
    from tuningkit.training import grid_sweep

    build, built = grid_sweep.group_trainer, []

    def interrupted(*arguments):
        built.append(1)
        if len(built) == 2:
            raise KeyboardInterrupt
        return build(*arguments)

    monkeypatch.setattr(grid_sweep, "group_trainer", interrupted)
    sweep = tk.sweep(dense, tiny, {"batch_size": [20, 40]}, epochs=1, progress=False)
    assert sweep.configurations == [{"batch_size": 20}]


def test_with_nothing_finished_the_interrupt_goes_on(dense, tiny):
    with pytest.raises(KeyboardInterrupt):
        tk.sweep(dense, tiny, {"batch_size": [20, 40]}, epochs=2, on_epoch=interrupting(1), progress=False)


def test_what_members_share_is_said_once(line):
    assert line.hyperparameters["optimizer"] == "sgd"
    assert replace(line, note="A word.")[0].note == "A word."
