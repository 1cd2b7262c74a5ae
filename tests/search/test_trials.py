"""The table of trials: ranking, best so far, what it says and what it writes."""

from __future__ import annotations

import csv
import pickle

import numpy as np
import pytest

import tuningkit as tk
from tuningkit.search.trials import STATUSES, Trial, Trials

nan = float("nan")


def make(*rows, **settings):
    """Trials from (objective, status, epochs) rows."""
    made = [
        Trial(
            i, {"learning_rate": 10.0**-i}, objective=value, epochs=epochs, seconds=0.5, status=status, seed=i
        )
        for i, (value, status, epochs) in enumerate(rows, start=1)
    ]
    return Trials(tuple(made), method="random", seconds=2.0, **settings)


@pytest.fixture
def mixed():
    return make(
        (0.5, "finished", 10),
        (nan, "diverged", 3),
        (0.2, "finished", 10),
        (0.1, "stopped early", 4),
        (nan, "failed", 0),
    )


def test_best_is_the_best_of_those_that_finished(mixed):
    assert mixed.best.number == 3
    assert [trial.number for trial in mixed.ranking] == [3, 1, 4, 2, 5]


def test_where_more_is_better_the_largest_wins():
    trials = make((0.9, "finished", 1), (0.95, "finished", 1), (0.7, "finished", 1), direction="max")
    assert trials.best.number == 2
    np.testing.assert_array_equal(trials.best_so_far()[1], [0.9, 0.95, 0.95])


def test_without_a_finished_trial_the_one_that_got_furthest_is_best():
    trials = make((0.1, "stopped early", 2), (0.3, "interrupted", 5), (0.2, "stopped early", 5))
    assert [trial.number for trial in trials.ranking] == [3, 2, 1]
    assert trials.best.number == 3


def test_no_result_at_all_is_said_in_words():
    broken = Trial(1, {"c": 1}, status="failed", message="ValueError: no such penalty")
    with pytest.raises(ValueError, match=r"No trial .* 1 of 1 trial failed: ValueError: no such penalty"):
        _ = Trials((broken,)).best
    with pytest.raises(ValueError, match="no trials yet"):
        _ = Trials(()).best


def test_best_so_far_by_trials_epochs_and_seconds(mixed):
    spent, best = mixed.best_so_far()
    np.testing.assert_array_equal(spent, [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(best, [0.5, 0.5, 0.2, 0.1, 0.1])
    np.testing.assert_array_equal(mixed.best_so_far("epochs")[0], [10, 13, 23, 27, 27])
    np.testing.assert_allclose(mixed.best_so_far("seconds")[0], [0.5, 1, 1.5, 2, 2.5])
    with pytest.raises(ValueError, match="'trials', 'epochs' or 'seconds'"):
        mixed.best_so_far("minutes")


def test_before_the_first_number_there_is_no_best():
    trials = make((nan, "diverged", 1), (0.3, "finished", 2))
    np.testing.assert_array_equal(trials.best_so_far()[1], [nan, 0.3])


def test_trials_that_advance_together_are_counted_epoch_by_epoch():
    one = Trial(1, {"l2": 0.1}, objective=0.3, epochs=3, curve=(0.9, 0.5, 0.3))
    two = Trial(2, {"l2": 0.2}, objective=0.8, epochs=1, status="stopped early", curve=(0.8,))
    spent, best = Trials((one, two), side_by_side=True).best_so_far("epochs")
    np.testing.assert_array_equal(spent, [1, 2, 3, 4])
    np.testing.assert_array_equal(best, [0.9, 0.8, 0.5, 0.3])


def test_a_library_without_epochs_says_so():
    trials = Trials((Trial(1, {"c": 1}, objective=0.9),), library="scikit-learn", direction="max")
    with pytest.raises(ValueError, match="scikit-learn does not count"):
        trials.best_so_far("epochs")
    assert "epochs" not in repr(trials)


def test_a_finished_trial_without_a_number_is_refused():
    with pytest.raises(ValueError, match="Trial 4 has no finite objective"):
        Trial(4, {}, objective=nan)
    with pytest.raises(ValueError, match="status must be one of: finished"):
        Trial(1, {}, status="lost")
    with pytest.raises(ValueError, match="'min' or 'max'"):
        Trials((), direction="down")


def test_counts_name_only_what_occurred(mixed):
    assert mixed.counts == {"finished": 2, "stopped early": 1, "diverged": 1, "failed": 1}
    assert set(mixed.counts) <= set(STATUSES)
    assert mixed.epochs == 27


def test_the_table_is_read_best_first(mixed):
    lines = repr(mixed).splitlines()
    assert lines[0] == "Random search (tuningkit): 5 trials, 27 epochs, 2.0 s"
    assert lines[1].split() == ["trial", "learning", "rate", "validation", "loss", "epochs", "status"]
    assert lines[2].split() == ["3", "1e-3", "0.2", "10", "finished"]
    assert "1 of 5 trials diverged." in lines[-1]
    assert "1 of 5 trials failed." in lines[-1]


def test_reasons_of_failure_are_counted():
    bad = [Trial(i, {"c": i}, status="failed", message="ValueError: no <l1> here") for i in (1, 2)]
    good = Trial(3, {"c": 3}, objective=0.9)
    trials = Trials((*bad, good), direction="max", objective="score")
    assert "2 of 3 trials failed: ValueError: no <l1> here (2 times)." in repr(trials)
    assert "no &lt;l1&gt; here" in trials._repr_html_()


def test_a_long_table_shows_its_top_and_says_so():
    trials = make(*((1 / i, "finished", 1) for i in range(1, 31)))
    assert trials._repr_html_().count("<tr>") == 11
    assert "The 10 best of 30 trials are shown" in repr(trials)


def test_saved_epochs_and_interruption_are_said():
    trials = make((0.5, "finished", 30), (0.6, "stopped early", 10), epochs_saved=20.0, interrupted=True)
    assert "20 of 60 (33%) epochs were saved" in repr(trials)
    assert "interrupted" in repr(trials)


def test_frame_and_csv_have_one_row_per_trial(mixed, tmp_path):
    frame = mixed.to_frame()
    assert list(frame.columns) == [
        "trial", "learning_rate", "val_loss", "epochs", "seconds", "status", "seed", "message"
    ]  # fmt: skip
    assert len(frame) == 5
    with mixed.to_csv(tmp_path / "trials.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == [trial.status for trial in mixed]


def test_a_hyperparameter_may_have_the_name_of_a_column():
    trials = Trials((Trial(1, {"seed": 5, "epochs": 7}, objective=0.1, epochs=3, seed=0),))
    frame = trials.to_frame()
    assert (frame["seed"][0], frame["trial seed"][0], frame["epochs"][0], frame["trial epochs"][0]) == (
        5,
        0,
        7,
        3,
    )


def test_hyperparameters_that_only_some_trials_have():
    trials = Trials((Trial(1, {"a": 1}, objective=0.1), Trial(2, {"a": 1, "b": "x"}, objective=0.2)))
    assert trials.names == ("a", "b")
    assert trials.to_frame()["b"].isna().tolist() == [True, False]


def test_it_travels_by_pickle(mixed):
    copy = pickle.loads(pickle.dumps(mixed))
    assert repr(copy) == repr(mixed)
    np.testing.assert_array_equal(copy.objectives, mixed.objectives)


def test_the_plot_marks_every_kind_of_end(mixed):
    ax = mixed.plot()
    assert [line.get_gid() for line in ax.lines] == [
        "best so far", "finished", "stopped early", "diverged", "failed"
    ]  # fmt: skip
    assert len({line.get_marker() for line in ax.lines[1:]}) == 4
    assert ax.get_ylabel() == "validation loss"
    assert mixed.plot(by="epochs").get_xlabel() == "epochs"


def test_search_progress_checks_its_arguments():
    with pytest.raises(ValueError, match="statuses must have 2 entries"):
        tk.plots.search_progress([1.0, 2.0], statuses=["finished"])
    with pytest.raises(ValueError, match="direction must be"):
        tk.plots.search_progress([1.0], direction="low")
