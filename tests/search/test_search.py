"""``tk.search``: trials are members of graphs, and equal the trainings they stand for."""

from __future__ import annotations

import inspect
import itertools
import pydoc

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.search import groups, halving
from tuningkit.search.halving import Rung, ladder
from tuningkit.training.trainer import Trainer

SPACE = {"learning_rate": tk.search.Log(1e-3, 1e-1), "l2": tk.search.Log(1e-6, 1e-2)}


@pytest.fixture(scope="module")
def data(few):
    return few


@pytest.fixture(scope="module")
def model(little):
    return little


@pytest.fixture(scope="module")
def halved(model, data):
    return tk.search(model, data, SPACE, method="halving", trials=9, epochs=9, seed=2)


def same_curve(trial, run, tolerance=1e-6):
    np.testing.assert_allclose(
        trial.curve, run.history["val_loss"][: len(trial.curve)], rtol=0, atol=tolerance
    )


# The function that is also a package


def test_it_shows_itself_as_a_function_and_as_a_package():
    parameters = inspect.signature(tk.search).parameters
    assert list(parameters)[:3] == ["model", "data", "space"]
    assert repr(tk.search).startswith("<function tuningkit.search(model")
    text = pydoc.render_doc(tk.search, renderer=pydoc.plaintext)
    assert "Search hyperparameters of a Keras model" in text
    assert tk.search.Log is tk.search.Log
    assert set(tk.search.__all__) <= set(dir(tk.search))
    with pytest.raises(AttributeError, match=r"It has: .*Choice"):
        _ = tk.search.Lgo


# Random and grid


def test_a_trial_is_the_training_of_its_configuration(model, data):
    trials = tk.search(model, data, SPACE, trials=4, epochs=3, seed=5)
    assert trials.counts == {"finished": 4}
    assert trials.epochs == 12
    assert trials.seconds > 0
    for trial in trials[:2]:
        run = tk.train(model, data, **trial.configuration, epochs=3, seed=trial.seed, progress=False)
        same_curve(trial, run)
        assert trial.objective == min(trial.curve)
        assert trial.epochs == 3


def test_a_grid_has_every_combination(model, data):
    space = {"learning_rate": tk.search.Log(1e-3, 1e-1, points=3), "l2": [0, 1e-3]}
    trials = tk.search(model, data, space, method="grid", epochs=1)
    assert [tuple(trial.configuration.values()) for trial in trials] == [
        (rate, l2) for rate in tk.search.Log(1e-3, 1e-1).grid(3) for l2 in (0, 1e-3)
    ]
    assert (trials.method, trials.library) == ("grid", "tuningkit")


def test_the_objective_is_without_the_penalty(model, data):
    trials = tk.search(model, data, {"l2": [0.0, 10.0]}, method="grid", epochs=1, learning_rate=1e-6)
    # At so small a rate the networks are the same, although one of them has a penalty of hundreds.
    assert trials[0].objective == pytest.approx(trials[1].objective, abs=1e-3)
    with pytest.raises(ValueError, match="A penalty says how large"):
        tk.search(model, data, SPACE, trials=2, epochs=1, objective="val_penalty")


def test_structural_choices_are_graphs_of_their_own(model, data):
    space = {"batch_size": [16, 50], "optimizer": ["sgd", "adam"], "learning_rate": [0.01, 0.1]}
    trials = tk.search(model, data, space, method="grid", epochs=2, seed=1)
    assert [trial.number for trial in trials] == list(range(1, 9))
    run = tk.train(model, data, **trials[5].configuration, epochs=2, seed=1, progress=False)
    same_curve(trials[5], run)


def test_accuracy_is_compared_the_other_way_round(model, data):
    trials = tk.search(model, data, SPACE, trials=3, epochs=2, objective="val_accuracy")
    assert trials.direction == "max"
    assert trials.best.objective == max(trials.objectives)


def test_a_diverged_trial_is_a_row(model, data):
    trials = tk.search(model, data, {"learning_rate": [0.01, 1e30]}, method="grid", epochs=4, optimizer="sgd")
    assert [trial.status for trial in trials] == ["finished", "diverged"]
    assert np.isnan(trials[1].objective)
    assert trials[1].epochs < 4
    assert trials[1].message == f"diverged in epoch {trials[1].epochs:.0f}"


def test_seeds_can_be_searched(model, data):
    trials = tk.search(model, data, {"seed": [3, 4], "learning_rate": [0.01]}, method="grid", epochs=1)
    assert [trial.seed for trial in trials] == [3, 4]
    assert trials[0].objective != trials[1].objective


def test_what_does_not_fit_into_memory_is_trained_in_parts(model, data, monkeypatch):
    whole = tk.search(model, data, SPACE, trials=5, epochs=1)
    sizes = []
    build = groups.Job.trainer
    monkeypatch.setattr(
        groups.Job, "trainer", lambda job, some: (sizes.append(len(some)), build(job, some))[1]
    )
    monkeypatch.setattr("tuningkit.training.memory.members_that_fit", lambda *_, **__: 2)
    monkeypatch.setattr("tuningkit.training.trainer.check_members", lambda *_, **__: None)
    parts = tk.search(model, data, SPACE, trials=5, epochs=1)
    assert sizes == [2, 2, 1]
    np.testing.assert_allclose(parts.objectives, whole.objectives, rtol=0, atol=1e-6)


def test_a_graph_that_cannot_be_trained_is_rows_with_the_error(model, data, monkeypatch):
    build = groups.Job.trainer

    def refuses(job, some):
        if some[0]["batch_size"] == 50:
            raise MemoryError("no room for\nthis one")
        return build(job, some)

    monkeypatch.setattr(groups.Job, "trainer", refuses)
    space = {"batch_size": [50, 20], "l2": [0, 0.1]}
    trials = tk.search(model, data, space, method="grid", epochs=1)
    assert [trial.status for trial in trials] == ["failed", "failed", "finished", "finished"]
    assert trials[0].message == "MemoryError: no room for this one"
    with pytest.raises(MemoryError):
        tk.search(model, data, {"batch_size": [50]}, method="grid", epochs=1)


def test_a_small_space_is_searched_whole(model, data):
    trials = tk.search(model, data, {"l2": [0, 0.1]}, trials=10, epochs=1)
    assert len(trials) == 2
    assert "no more than 2 configurations" in trials.note


# Halving


@pytest.mark.parametrize(
    ("trials", "epochs", "eta", "min_epochs", "expected"),
    [
        (64, 30, 3, 1, [(64, 2), (21, 4), (7, 10), (2, 30)]),
        (27, 27, 3, 1, [(27, 1), (9, 3), (3, 9), (1, 27)]),
        (9, 27, 3, 1, [(9, 3), (3, 9), (1, 27)]),
        (81, 30, 3, 10, [(81, 10), (27, 30)]),
        (16, 8, 2, 1, [(16, 1), (8, 2), (4, 4), (2, 8)]),
        (1, 30, 3, 1, [(1, 30)]),
        (5, 1, 3, 1, [(5, 1)]),
    ],
)
def test_the_ladder(trials, epochs, eta, min_epochs, expected):
    assert ladder(trials, epochs, eta, min_epochs) == [Rung(*rung) for rung in expected]


def test_a_ladder_with_a_small_eta_goes_up_at_every_rung():
    rungs = ladder(50, 10, 1.2)
    assert all(low.epochs < high.epochs for low, high in itertools.pairwise(rungs))
    assert all(low.trials >= high.trials for low, high in itertools.pairwise(rungs))
    assert (rungs[0].trials, rungs[-1].epochs) == (50, 10)


@pytest.mark.parametrize("wrong", [{"eta": 1}, {"eta": "3"}, {"min_epochs": 0}, {"min_epochs": 40}])
def test_a_ladder_that_cannot_be_climbed(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ladder(9, 30, **wrong)


def test_survivors_are_trained_as_if_nothing_had_been_dropped(model, data, halved):
    assert [trial.epochs for trial in halved.ranking] == [9, 3, 3, 1, 1, 1, 1, 1, 1]
    for trial in halved.ranking[:2]:
        run = tk.train(model, data, **trial.configuration, epochs=9, seed=2, progress=False)
        same_curve(trial, run)


@pytest.mark.parametrize(("carried", "graphs"), [(0, [9, 3, 1]), (2**60, [9])])
def test_a_graph_is_built_for_survivors_only_where_that_saves_something(
    model, data, halved, monkeypatch, carried, graphs
):
    monkeypatch.setattr(halving, "CARRIED_AT_MOST", carried)
    built = []
    of_job = groups.Job.trainer
    monkeypatch.setattr(groups.Job, "trainer", lambda job, ones: built.append(of_job(job, ones)) or built[-1])
    trials = tk.search(model, data, SPACE, method="halving", trials=9, epochs=9, seed=2)
    assert [trainer.members for trainer in built] == graphs
    assert trials.counts == halved.counts
    for ours, theirs in zip(trials, halved, strict=True):
        assert ours.configuration == theirs.configuration
        np.testing.assert_allclose(ours.curve, theirs.curve, rtol=0, atol=1e-6)
    if len(built) == 1:  # The time of those that were carried along is the survivors'.
        assert sum(trial.seconds for trial in trials) == pytest.approx(built[0].seconds)
    assert sorted({trial.epochs for trial in trials}) == [1, 3, 9]


def test_halving_drops_the_worse_ones_and_counts_the_epochs_saved(model, data, halved):
    assert halved.counts == {"finished": 1, "stopped early": 8}
    first = {trial.number: trial.curve[0] for trial in halved}
    stayed = {trial.number for trial in halved if trial.epochs > 1}
    assert stayed == set(sorted(first, key=first.get)[:3])
    assert halved.epochs == 6 * 1 + 2 * 3 + 9
    assert halved.epochs_saved == 6 * 8 + 2 * 6
    assert halved.side_by_side
    spent, best = halved.best_so_far("epochs")
    assert spent[-1] == halved.epochs
    assert best[8] == min(first.values())


def test_halving_compares_over_all_graphs(model, data):
    space = {"batch_size": [20, 100], "learning_rate": [1e-5, 1e-2]}
    trials = tk.search(model, data, space, method="halving", trials=4, epochs=4, eta=2, optimizer="momentum")
    first = {trial.number: trial.curve[0] for trial in trials}
    stayed = {trial.number for trial in trials if trial.epochs > 1}
    assert stayed == set(sorted(first, key=first.get)[:2])


def test_halving_never_keeps_what_diverged(model, data):
    space = {"learning_rate": [1e-3, 1e30, 1e31]}
    trials = tk.search(
        model, data, space, method="halving", trials=3, epochs=3, min_epochs=1, optimizer="sgd"
    )
    assert {t.configuration["learning_rate"]: t.status for t in trials} == {
        1e-3: "finished",
        1e30: "diverged",
        1e31: "diverged",
    }


# Interrupts


def interrupt_in(monkeypatch, epoch, *, after=0):
    """Ctrl-C in the middle of an epoch, of the trainer number ``after``."""
    advance, trainers = Trainer.advance, []

    def interrupted(trainer, *arguments, **settings):
        if trainer not in trainers:
            trainers.append(trainer)
        if trainers.index(trainer) >= after and trainer.epoch == epoch:
            raise KeyboardInterrupt
        return advance(trainer, *arguments, **settings)

    monkeypatch.setattr(Trainer, "advance", interrupted)


def test_an_interrupted_search_keeps_what_it_has(model, data, monkeypatch):
    interrupt_in(monkeypatch, 2)
    trials = tk.search(model, data, SPACE, trials=3, epochs=5)
    assert trials.interrupted
    assert trials.counts == {"interrupted": 3}
    assert [len(trial.curve) for trial in trials] == [2, 2, 2]
    assert trials.best.scored


def test_graphs_that_were_done_stay_finished(model, data, monkeypatch):
    interrupt_in(monkeypatch, 0, after=1)
    trials = tk.search(model, data, {"batch_size": [20, 50], "l2": [0, 0.1]}, method="grid", epochs=2)
    assert trials.counts == {"finished": 2}
    assert "2 of 4 trials were not begun" in trials.note


def test_an_interrupt_before_anything_is_done_is_an_interrupt(model, data, monkeypatch):
    interrupt_in(monkeypatch, 0)
    with pytest.raises(KeyboardInterrupt):
        tk.search(model, data, SPACE, trials=3, epochs=2)
    with pytest.raises(KeyboardInterrupt):
        tk.search(model, data, SPACE, method="halving", trials=3, epochs=3)


def test_halving_interrupted_in_a_later_rung(model, data, monkeypatch):
    interrupt_in(monkeypatch, 2)
    trials = tk.search(model, data, SPACE, method="halving", trials=9, epochs=9)
    assert trials.counts == {"stopped early": 6, "interrupted": 3}
    assert {trial.epochs for trial in trials if trial.status == "interrupted"} == {2}


# At the door


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"space": {"learning_rat": [1]}}, "Did you mean 'learning_rate'"),
        ({"space": {"dropout": tk.search.Uniform(0, 1)}}, r"in \[0, 1\)"),
        ({"space": {"batch_size": tk.search.Log(8, 64)}}, "batch_size takes a list, or tk.search.Integer"),
        ({"space": {"optimizer": ["adamm"]}}, "Did you mean 'adam'"),
        ({"method": "genetic"}, "random, grid, halving, bayesian, hyperband, tpe"),
        ({"trials": 0}, "trials must be"),
        ({"epochs": 0}, "epochs must be"),
        ({"objective": "val_auc"}, "objective must be one of: loss, accuracy, val_loss, val_accuracy"),
        ({"l2": 0.1}, "l2 stands in the space and as a fixed value"),
        ({"optimizer": "sgd", "momentum": 0.5}, "has no momentum"),
        ({"dropoutt": 0.5}, "Did you mean 'dropout'"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_trained(model, data, wrong, message):
    settings = {"space": SPACE, "trials": 2, "epochs": 1, **wrong}
    with pytest.raises((TypeError, ValueError), match=message):
        tk.search(model, data, settings.pop("space"), **settings)


def test_a_model_that_needs_fit_is_refused_in_words(data):
    class Own(keras.Model):
        def train_step(self, *arguments):
            return super().train_step(*arguments)

    inputs = keras.Input((64,))
    own = Own(inputs, keras.layers.Dense(10)(inputs))
    with pytest.raises(ValueError, match="with_keras_tuner"):
        tk.search(own, data, {"l2": [0, 1]}, trials=2, epochs=1)


def test_the_learners_model_is_not_changed(model, data):
    before = [weight.copy() for weight in model.get_weights()]
    tk.search(model, data, SPACE, trials=2, epochs=1)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
