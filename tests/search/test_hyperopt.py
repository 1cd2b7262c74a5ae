"""Hyperopt's real TPE as a table of trials."""

from __future__ import annotations

import hyperopt
import numpy as np

import tuningkit as tk
from tuningkit.search.space import Choice, Integer, Log, Uniform
from tuningkit.training.trainer import Trainer

SPACE = {"learning_rate": Log(1e-3, 1e-1), "batch_size": [25, 50]}
with_hyperopt = tk.search.with_hyperopt


def test_a_trial_is_the_training_of_its_configuration(little, few):
    trials = with_hyperopt(little, few, SPACE, trials=3, epochs=2, seed=4)
    assert (trials.library, trials.method, trials.counts) == ("Hyperopt", "tpe", {"finished": 3})
    assert trials.names == ("learning_rate", "batch_size")
    run = tk.train(little, few, **trials[2].configuration, epochs=2, seed=4, progress=False)
    np.testing.assert_allclose(trials[2].curve, run.history["val_loss"], rtol=0, atol=1e-6)
    assert tk.search(little, few, SPACE, method="tpe", trials=1, epochs=1).library == "Hyperopt"


def test_it_is_hyperopt_that_proposes(little, few):
    """The first proposals are those of Hyperopt alone on the same space and seed."""
    trials = with_hyperopt(little, few, {"learning_rate": Log(1e-3, 1e-1)}, trials=3, epochs=1, seed=6)
    seen = []
    hyperopt.fmin(
        lambda proposed: seen.append(proposed["learning_rate"]) or 0.0,
        {"learning_rate": hyperopt.hp.loguniform("learning_rate", np.log(1e-3), np.log(1e-1))},
        algo=hyperopt.tpe.suggest,
        max_evals=3,
        rstate=np.random.default_rng(6),
        verbose=False,
    )
    np.testing.assert_allclose([t.configuration["learning_rate"] for t in trials], seen, rtol=1e-9)


def test_more_is_better_for_an_accuracy(little, few, monkeypatch):
    told = []
    fmin = hyperopt.fmin
    monkeypatch.setattr(
        hyperopt, "fmin", lambda fn, *a, **k: fmin(lambda p: told.append(fn(p)) or told[-1], *a, **k)
    )
    trials = with_hyperopt(little, few, SPACE, trials=2, epochs=1, objective="val_accuracy")
    assert trials.direction == "max"
    assert [one["loss"] for one in told] == [-trial.objective for trial in trials]


def test_diverged_trials_are_rows_and_the_search_goes_on(little, few):
    space = {"learning_rate": [0.01, 1e30]}
    trials = with_hyperopt(little, few, space, trials=5, epochs=2, optimizer="sgd", seed=1)
    assert len(trials) == 5
    assert set(trials.counts) == {"finished", "diverged"}


def test_a_search_whose_every_trial_diverges_is_a_table(little, few):
    trials = with_hyperopt(little, few, {"learning_rate": [1e30]}, trials=2, epochs=1, optimizer="sgd")
    assert trials.counts == {"diverged": 2}


def test_whole_numbers_are_whole(little, few):
    space = {"batch_size": Integer(20, 60, log=True), "seed": Integer(0, 5)}
    for trial in with_hyperopt(little, few, space, trials=3, epochs=1):
        assert type(trial.configuration["batch_size"]) is int
        assert 20 <= trial.configuration["batch_size"] <= 60


def test_draws_of_the_converted_space_stay_within_it():
    space = {
        "a": Log(1e-3, 1e2),
        "b": Uniform(-1, 1),
        "c": Integer(3, 7),
        "d": Integer(1, 40, log=True),
        "e": Choice(["x", 1]),
    }
    converted = tk.search.to_hyperopt(space)
    rng = np.random.default_rng(0)
    drawn = [hyperopt.pyll.stochastic.sample(converted, rng=rng) for _ in range(200)]
    for name, dimension in space.items():
        assert all(dimension.holds(one[name]) for one in drawn)
    assert {one["c"] for one in drawn} == {3, 4, 5, 6, 7}
    assert {one["d"] for one in drawn} >= {1, 2, 3}


def test_it_goes_on_after_an_interrupt(little, few, tmp_path, monkeypatch):
    settings = {"trials": 4, "epochs": 1, "seed": 2, "directory": tmp_path}
    advance, finished = Trainer.advance, []

    def interrupted(trainer, *arguments, **rest):
        if len(finished) == 2:
            raise KeyboardInterrupt
        done = advance(trainer, *arguments, **rest)
        finished.extend([1] * done)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "advance", interrupted)
        begun = with_hyperopt(little, few, SPACE, **settings)
    assert begun.counts == {"finished": 2, "interrupted": 1}
    resumed = with_hyperopt(little, few, SPACE, **settings)
    whole = with_hyperopt(little, few, SPACE, **{**settings, "directory": None})
    assert [t.configuration for t in resumed] == [t.configuration for t in whole]
    np.testing.assert_allclose(resumed.objectives, whole.objectives, rtol=0, atol=1e-6)
    assert resumed[0].seconds == begun[0].seconds


def test_it_is_silent(little, few, capfd):
    with_hyperopt(little, few, SPACE, trials=1, epochs=1)
    assert capfd.readouterr().out == ""
