from __future__ import annotations

import gc
import math
import threading
import weakref
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from tuningkit.teaching import Challenge
from tuningkit.teaching.goal import Goal, apart
from tuningkit.teaching.run_reading import curve_of, hyperparameters_of, in_words, run_summary, runs_of

FIELDS = {
    "below": 0.25,
    "within_epochs": 3,
    "moving_only": ["l2"],
    "baseline": {"dropout": 0.3, "optimizer": "adam"},
}


def make(**changes):
    return Challenge("3.3-challenge", **{**FIELDS, **changes})


def test_a_run_that_reaches_the_goal(make_run, progress):
    challenge = make()
    result = challenge.check(make_run(0.5, 0.2, 0.3, dropout=0.3, optimizer="adam", l2=1e-3))
    assert result and result.passed and result.best == 0.2
    assert "0.2** at epoch 2" in result.message and "L2 0.001" in result.message
    assert "Reached." in challenge.view["notes"] and challenge.view["tone"] == "right"
    entry = progress.get("challenges", "3.3-challenge")
    assert entry["passed"] is True and entry["best"] == 0.2 and entry["last_run"]["best_epoch"] == 2


def test_how_far_the_best_attempt_is_away(make_run):
    result = make().check([make_run(0.5, 0.4), make_run(0.5, 0.3), make_run(0.6)])
    assert not result
    assert "The best of your 3 runs reached a validation loss of **0.3** at epoch 2" in result.message
    assert "so 0.05 is missing" in result.message


def test_only_the_first_epochs_count(make_run):
    result = make().check(make_run(0.5, 0.4, 0.3, 0.1))
    assert not result and "the first 3 epochs count" in result.message
    assert make(within_epochs=None).check(make_run(0.5, 0.4, 0.3, 0.1))


def test_moving_something_else_does_not_count(make_run):
    result = make().check(make_run(0.1, dropout=0.5, optimizer="sgd", l2=1.0))
    assert not result and result.best is None
    assert "dropout (0.3 → 0.5)" in result.message and "optimizer (adam → sgd)" in result.message
    assert "move only L2" in result.message


def test_an_allowed_run_comes_before_a_better_forbidden_one(make_run):
    result = make().check([make_run(0.1, dropout=0.5), make_run(0.3, dropout=0.3)])
    assert not result and "**0.3**" in result.message


def test_computed_slider_stops_count_as_equal(make_run):
    baseline = {"learning_rate": 1e-3}
    assert make(baseline=baseline).check(make_run(0.1, learning_rate=np.float32(10**-3.0)))
    # Left to the model itself, so it was not moved.
    assert make(baseline=baseline).check(make_run(0.1, learning_rate=None))
    assert not make(baseline=baseline).check(make_run(0.1, learning_rate=1.01e-3))


def test_above():
    run = SimpleNamespace(history={"val_accuracy": [0.5, 0.95, math.inf]}, settings={})
    assert Challenge("3.3-acc", metric="val_accuracy", above=0.9).check(run)
    missed = Challenge("3.3-acc", metric="val_accuracy", above=0.99).check(run)
    assert not missed and "so 0.04 is missing" in missed.message and "above 0.99" in missed.message


def test_the_limit_itself_is_not_enough(make_run):
    assert not make().check(make_run(0.25))
    result = make().check(make_run(0.25000004))
    assert not result and "0.25000004" in result.message


def test_a_diverged_run(make_run):
    result = make().check(make_run(math.nan, math.nan))
    assert not result and "diverged" in result.message
    assert make().check(make_run(0.2, math.nan))


def test_no_run_yet(lab, progress):
    result = make().check(lab)
    assert not result and "no finished run yet" in result.message
    assert progress.get("challenges", "3.3-challenge") is None


def test_a_run_without_an_epoch_does_not_count_yet(lab, make_run):
    lab.runs.append(make_run())
    assert "no finished run yet" in make().check(lab).message
    lab.runs.insert(0, make_run(0.1))
    assert make().check(lab)


def test_repeats_are_averaged_so_that_a_lucky_seed_does_not_win():
    lucky = SimpleNamespace(history={"val_loss": np.array([[0.1, 0.1], [0.9, 0.5]])}, settings={})
    assert not make().check(lucky)


def test_what_is_no_run_is_refused(make_run):
    for thing in (3, "run", [make_run(1.0), "x"], None):
        with pytest.raises(TypeError, match="Give a run, a list of runs, a sweep or a lab"):
            make().check(thing)
    assert "has no curve 'val_loss'" in make().check(SimpleNamespace(history={"loss": [1.0]})).message


def test_a_sweep_is_checked_run_by_run(make_run):
    class Sweep:
        history = {"val_loss": np.array([[0.9], [0.1]])}
        members = 2

        def __iter__(self):
            return iter([make_run(0.9, l2=0.0), make_run(0.1, l2=1.0)])

    result = make().check(Sweep())
    assert result and "The best of your 2 runs" in result.message and "L2 1" in result.message


def test_a_slider_moved_while_the_run_went_on(make_run):
    run = make_run(0.1, 0.1, dropout=0.3, l2=0.0)
    run.changes = (SimpleNamespace(epoch=1.5, name="l2", old=0.0, new=1.0),)
    assert make().check(run)
    run.changes += (SimpleNamespace(epoch=1.5, name="dropout", old=0.3, new=0.5),)
    result = make().check(run)
    assert not result and "dropout (0.3 → 0.5)" in result.message
    run.changes = (SimpleNamespace(epoch=7, name="dropout", old=0.3, new=0.5),)
    assert make().check(run)


def test_a_run_of_the_trainer():
    from tuningkit.training.run import Change, Run

    def trained(val_loss, l2, changes=()):
        history = {"loss": np.array([0.1, 0.1]), "val_loss": np.array([0.5, val_loss])}
        return Run(history, {"l2": l2, "dropout": 0.3, "optimizer": "adam"}, [], changes=changes)

    assert make().check([trained(0.4, 0.0), trained(0.2, 1e-3)])
    assert not make().check(trained(0.2, 1e-3, (Change(1.0, "optimizer", "adam", "sgd"),)))
    assert run_summary(trained(0.2, 1e-3))["best_epoch"] == 2


def test_watching_a_lab(lab, make_run, progress):
    lab.runs.append(make_run(0.9))
    challenge = make()
    assert challenge.watch(lab) is challenge
    assert "0.9" in challenge.view["notes"]
    lab.finish(make_run(0.2))
    assert "Reached." in challenge.view["notes"] and challenge.passed
    assert progress.get("challenges", "3.3-challenge")["attempts"] == 2
    [run] = progress.content()["lessons"]["3.3"]["runs"]
    assert run["best_val_loss"] == 0.2


def test_the_best_run_of_a_finished_sweep_is_kept(lab, make_run, progress):
    class Sweep(list):
        history = {"val_loss": np.array([[0.9], [0.4], [math.nan]])}
        members = 3

    make().watch(lab)
    lab.finish(Sweep([make_run(0.9), make_run(0.4), make_run(math.nan)]))
    [run] = progress.content()["lessons"]["3.3"]["runs"]
    assert run["best_val_loss"] == 0.4


def test_running_the_cell_again_does_not_count_twice(lab, make_run, progress):
    make().watch(lab)
    make().watch(lab)
    lab.finish(make_run(0.9))
    assert progress.get("challenges", "3.3-challenge")["attempts"] == 1


def test_a_watched_lab_can_be_forgotten(lab):
    # The fixture keeps its own lab alive, so the test needs another.
    other = type(lab)()
    make().watch(other)
    reference = weakref.ref(other)
    del other
    gc.collect()
    assert reference() is None


def test_a_lab_without_news_is_refused(make_run):
    with pytest.raises(TypeError, match=r"call challenge\.check"):
        make().watch(make_run(1.0))


def test_a_run_finished_on_another_thread(lab, make_run):
    challenge = make().watch(lab)
    thread = threading.Thread(target=lab.finish, args=(make_run(0.1),))
    thread.start()
    thread.join()
    assert challenge.passed


def test_reached_before(make_run):
    make().check(make_run(0.1))
    assert make().passed and "You reached this goal before" in make().view["notes"]
    make().check(make_run(0.9))
    assert make().passed


@pytest.mark.parametrize(
    ("verdict", "passed", "words"),
    [
        (True, True, "The goal is met"),
        (False, False, "not met yet: Do it"),
        ("Two more runs, please.", False, "Two more runs"),
        ((True, "All three found."), True, "All three found"),
        ((False, "One missing."), False, "One missing"),
    ],
)
def test_a_goal_of_ones_own(make_run, verdict, passed, words):
    challenge = Challenge("3.3-own", "Do it.", check=lambda runs: verdict)
    result = challenge.check(make_run(1.0))
    assert result.passed is passed and words in result.message
    assert "Do it." in repr(challenge)


def test_a_check_that_fails_is_explained(make_run):
    result = Challenge("3.3-own", "Do it.", check=lambda runs: 1 / 0).check(make_run(1.0))
    assert not result and "ZeroDivisionError" in result.message


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({}, TypeError, "either `check` or the fields"),
        ({"goal": "x", "check": len, "below": 1}, TypeError, "either `check`"),
        ({"check": len}, ValueError, "goal in words"),
        ({"metric": "val_loss"}, TypeError, "`below` or `above`"),
        ({"below": 1, "above": 1}, TypeError, "`below` or `above`"),
        ({"below": math.nan}, ValueError, "finite"),
        ({"below": 1, "within_epochs": 0}, ValueError, "1 or more"),
        ({"below": 1, "moving_only": "l2"}, TypeError, r"such as \['l2'\]"),
        ({"below": 1, "moving_only": ["l2"]}, TypeError, "baseline"),
        ({"below": 1, "baseline": {"learning_rate": None}}, ValueError, "not None, for learning rate"),
        ({"below": 1, "until": 3}, TypeError, "until"),
    ],
)
def test_wrong_arguments_are_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        Challenge("3.3-challenge", **arguments)


def test_the_goal_in_words():
    assert Goal(**FIELDS).in_words() == "validation loss below 0.25 within 3 epochs, moving only L2"
    assert make().goal == "Reach a validation loss below 0.25 within 3 epochs, moving only L2."
    assert in_words("batch_size") == "batch size"


def test_numbers_that_differ_look_different():
    assert apart(0.25004, 0.25) == ("0.25004", "0.25")
    assert apart(0.5, 0.25) == ("0.5", "0.25")
    assert apart(0.25, 0.25) == ("0.25", "0.25")


def test_the_result_reads_well(make_run):
    result = make().check(make_run(0.9))
    assert repr(result).startswith("Challenge 3.3-challenge: not yet\n✗ ") and "**" not in repr(result)
    assert "<strong>0.9</strong>" in result._repr_html_()


def test_reading_runs(make_run, lab):
    @dataclass
    class Settings:
        l2: float = 0.5

    assert hyperparameters_of(SimpleNamespace(settings=Settings())) == {"l2": 0.5}
    assert hyperparameters_of(3) == {}
    assert runs_of(lab) == []
    with pytest.raises(ValueError, match=r"shape \(1, 1, 1\)"):
        curve_of(SimpleNamespace(history={"loss": [[[1.0]]]}), "loss")
    with pytest.raises(TypeError, match="without one"):
        curve_of(3, "loss")
    run = SimpleNamespace(history={"loss": [1.0, 2.0]}, diagnosis=SimpleNamespace(kind="healthy"))
    assert run_summary(run) == {"hyperparameters": {}, "epochs": 2, "diagnosis": "healthy"}
    assert "best_val_loss" not in run_summary(make_run(math.nan))
