"""Methods race fairly: equal budgets, real answers, reasons that are true."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tuningkit.search.grid_and_random import grid_sizes
from tuningkit.search.halving_method import rung_epochs, rung_sizes
from tuningkit.search.landscape import Landscape
from tuningkit.search.race import METHODS, Race
from tuningkit.search.race_spread import cached_race_over_seeds, race_over_seeds

EPOCHS = 9


def made_landscape(*, diverge: bool = False, objective: str = "val_loss") -> Landscape:
    """A valley over x; y matters a little; better with every epoch."""
    nx, ny = 24, 16
    x = (np.arange(nx) + 0.5) / nx
    y = (np.arange(ny) + 0.5) / ny
    final = 0.05 + 6 * np.abs(x[:, None] - 0.62) ** 1.5 + 0.1 * y[None, :]
    steps = np.arange(1, EPOCHS + 1)
    curves = final[..., None] + (2.4 - final[..., None]) * np.exp(-0.6 * (steps - 1))
    lost = np.zeros((nx, ny), int)
    if diverge:
        lost[20:] = 2
        curves[20:, :, 1:] = np.nan
    if objective != "val_loss":
        curves = -curves
    values = {"learning_rate": tuple(np.geomspace(1e-4, 1, nx)), "l2": tuple(np.geomspace(1e-6, 1, ny))}
    return Landscape(values, curves, lost, objective)


@pytest.fixture(scope="module")
def landscape():
    return made_landscape()


@pytest.fixture(scope="module")
def race(landscape):
    return Race(landscape, seed=1).run()


def test_budgets_are_equal_and_never_exceeded(race):
    assert race.budget == 27 * EPOCHS
    for name, looks in race.looks.items():
        costs = [look.cost for look in looks]
        assert sum(costs) == looks[-1].spent == race.trials[name].epochs <= race.budget
        # Nothing is left that would have paid for another look, but for the grid, which is complete.
        if name != "grid":
            assert race.budget - looks[-1].spent < EPOCHS
    assert len(race.looks["grid"]) == 25 and race.done()


def test_every_answer_is_the_landscapes(race, landscape):
    for looks in race.looks.values():
        for look in looks:
            assert landscape.cell_at(look.proposal.point) == look.cell
            assert look.objective == landscape.scores(look.proposal.until)[look.cell]


def test_a_step_is_one_trainings_worth_for_everyone(landscape):
    race = Race(landscape, seed=0)
    for number in range(1, 4):
        assert race.step()
        assert {race.spent(name) for name in METHODS} == {number * EPOCHS}
    # Who joins later catches up.
    late = Race(landscape, seed=0)
    late.step(["random"])
    late.step(["random"])
    late.step()
    assert {late.spent(name) for name in METHODS} == {3 * EPOCHS}


def test_the_same_seed_is_the_same_race_and_another_is_not(landscape):
    def run(seed):
        race = Race(landscape, seed=seed, budget=8 * EPOCHS).run()
        return [look.cell for looks in race.looks.values() for look in looks]

    assert run(5) == run(5) != run(6)


def test_grid_sizes():
    assert grid_sizes(27, 2) == (5, 5) and grid_sizes(27, 3) == (3, 3, 3)
    assert grid_sizes(20, 2) == (5, 4) and grid_sizes(1, 3) == (1, 1, 1)
    for trainings in range(1, 60):
        for dimensions in (2, 3):
            assert math.prod(grid_sizes(trainings, dimensions)) <= trainings


def test_the_grid_goes_row_by_row_and_its_shift_is_spread_over_the_seeds(landscape):
    looks = Race(landscape, ["grid"], seed=0).run().looks["grid"]
    points = np.array([look.proposal.point for look in looks]).reshape(5, 5, 2)
    np.testing.assert_allclose(points[:, 0, 0], (np.arange(5) + 0.5) / 5)
    np.testing.assert_allclose(points[0, :, 1], (np.arange(5) + 0.5) / 5)
    assert "column 1 of 5, row 2 of 5" in looks[1].proposal.reason
    shifts = [Race(landscape, ["grid"], seed=seed).next("grid").point[0] * 5 for seed in range(20)]
    counts, _ = np.histogram(shifts, bins=5, range=(0, 1))
    assert counts.min() >= 3


def test_an_irrelevant_hyperparameter_costs_the_grid_its_values_and_random_nothing(landscape):
    plain, wide = (
        Race(landscape, ["grid", "random"], seed=2, irrelevant=more).run() for more in (False, True)
    )
    distinct = {name: len({look.cell[0] for look in looks}) for name, looks in wide.looks.items()}
    assert distinct["grid"] == 3 and distinct["random"] > 12
    assert [look.cell for look in wide.looks["random"]] == [look.cell for look in plain.looks["random"]]
    assert sum(look.repeats > 0 for look in wide.looks["grid"]) == 18
    trial = wide.trials["grid"][1]
    assert "irrelevant" in trial.configuration and "same cell as trial 1" in trial.message


def test_halving_keeps_the_best_third(landscape):
    assert rung_epochs(18) == (2, 6, 18) and rung_epochs(9) == (3, 9) and rung_epochs(1) == (1,)
    assert rung_sizes(486, (2, 6, 18)) == (107, 35, 11)
    race = Race(landscape, ["halving"], seed=0).run()
    looks = race.looks["halving"]
    first = [look for look in looks if look.proposal.begun == 0]
    later = [look for look in looks if look.proposal.begun == 3]
    ranked = sorted(first, key=lambda look: (look.objective, look.proposal.number))
    assert [look.proposal.number for look in later] == [look.proposal.number for look in ranked[: len(later)]]
    assert len(later) == len(first) // 3
    assert all(look.cost == 6 for look in later)
    assert later[0].proposal.reason.startswith("kept: among the best third after 3 epochs")
    trials = race.trials["halving"]
    assert trials.counts == {"finished": len(later), "stopped early": len(first) - len(later)}
    assert trials.epochs_saved == 6 * (len(first) - len(later))


def test_bayesian_says_what_it_goes_by_and_never_repeats_a_cell(landscape):
    race = Race(landscape, ["bayesian"], seed=3, budget=14 * EPOCHS).run()
    looks = race.looks["bayesian"]
    cells = [look.cell for look in looks[5:]]
    assert len(set(cells)) == len(cells)
    assert "random draw 5 of 5" in looks[4].proposal.reason
    look = looks[10]
    best = min(one.objective for one in looks[:10])
    assert look.proposal.reason.startswith("highest expected improvement: predicted ")
    assert look.proposal.reason.endswith(f"best so far {best:.3g}")
    maps = look.proposal.maps
    assert maps.mean.shape == landscape.shape and not maps.least_is_next
    # The next place is the best of the map, among the cells that are not known yet.
    seen = np.zeros(landscape.shape, bool)
    for one in looks[:10]:
        seen[one.cell] = True
    assert landscape.cell_at(maps.point) == np.unravel_index(
        np.argmax(np.where(seen, -1, maps.acquisition)), landscape.shape
    )
    assert f"predicted {maps.mean[look.cell]:.3g} ± {maps.deviation[look.cell]:.2g}" in look.proposal.reason


def test_the_acquisition_can_be_changed_on_the_way(landscape):
    race = Race(landscape, ["bayesian"], seed=3)
    for _ in range(7):
        race.look("bayesian")
    assert "expected improvement" in race.next("bayesian").reason
    race.steer("lcb", 3.0)
    proposal = race.next("bayesian")
    assert (
        proposal.reason.startswith("lowest lower confidence bound")
        and "luck of 3 deviations" in proposal.reason
    )
    assert proposal.maps.least_is_next
    expected = proposal.maps.mean - 3 * proposal.maps.deviation
    np.testing.assert_allclose(proposal.maps.acquisition, expected, rtol=1e-9)
    race.steer("lcb", 0.0)
    greedy = race.next("bayesian").maps
    np.testing.assert_allclose(greedy.acquisition, greedy.mean)


def test_tpe_is_hyperopts_own(landscape):
    """The same suggestions as the real library gives when it runs the loop itself."""
    from hyperopt import Trials, fmin, hp, tpe

    looks = Race(landscape, ["tpe"], seed=4).run().looks["tpe"]
    assert "random draw 8 of 8" in looks[7].proposal.reason
    assert "around the 1 best of 8 results" in looks[8].proposal.reason
    assert "around the 2 best of 17 results" in looks[17].proposal.reason

    trials = Trials()
    space = {"x": hp.uniform("x", 0, 1), "y": hp.uniform("y", 0, 1)}
    scores = landscape.scores()
    for number, look in enumerate(looks[:12]):
        from functools import partial

        class Seeded:
            """The seed of one suggestion, as the method gives it."""

            def integers(self, *_, number=number):
                return 4 * 10_007 + number

        fmin(
            lambda p: float(scores[landscape.cell_at((p["x"], p["y"]))]),
            space,
            algo=partial(tpe.suggest, n_startup_jobs=8, verbose=False),
            max_evals=number + 1,
            trials=trials,
            rstate=Seeded(),
            show_progressbar=False,
            verbose=False,
        )
        drawn = trials.trials[-1]["misc"]["vals"]
        assert (drawn["x"][0], drawn["y"][0]) == pytest.approx(look.proposal.point)


@pytest.mark.parametrize("name", list(METHODS))
def test_diverged_cells_cost_what_they_ran_and_stop_nobody(name):
    race = Race(made_landscape(diverge=True), [name], seed=0, budget=12 * EPOCHS).run()
    lost = [look for look in race.looks[name] if look.diverged_at]
    if name in ("grid", "random", "halving"):
        assert lost
    for look in lost:
        assert look.cost == 2 and math.isnan(look.objective)
    trials = race.trials[name]
    assert trials.counts.get("diverged", 0) == len(lost)
    assert race.spent(name) <= race.budget and math.isfinite(trials.best.objective)


def test_all_diverged_is_told_not_raised():
    scape = made_landscape()
    gone = replace(scape, curves=np.full_like(scape.curves, np.nan), diverged_at=np.ones(scape.shape, int))
    race = Race(gone, ["random", "bayesian", "tpe", "halving"], budget=40).run()
    assert "everything so far diverged" in race.looks["bayesian"][6].proposal.reason
    assert np.isnan(race.best_so_far("random")[1]).all()
    spread = race_over_seeds(gone, ["random"], seeds=2, budget=40)
    assert np.isnan(spread.median("random")).all()


def test_more_can_be_better():
    race = Race(made_landscape(objective="val_accuracy"), seed=0, budget=10 * EPOCHS).run()
    twin = Race(made_landscape(), seed=0, budget=10 * EPOCHS).run()
    for name in METHODS:
        assert [look.cell for look in race.looks[name]] == [look.cell for look in twin.looks[name]]
        assert race.trials[name].direction == "max"
    spent, best = race.best_so_far("random")
    assert (np.diff(best) >= 0).all() and (np.diff(spent) > 0).all()


def test_spread_over_seeds(landscape):
    seen = []
    spread = race_over_seeds(
        landscape, ["grid", "random"], seeds=20, irrelevant=True, on_seed=lambda s: seen.append(len(s.seeds))
    )
    assert seen == list(range(1, 21)) and spread.best["random"].shape == (20, 27)
    assert spread.epochs[0] == EPOCHS and spread.epochs[-1] == 27 * EPOCHS
    low, high = spread.quartiles("random")
    assert (low <= spread.median("random")).all() and (spread.median("random") <= high).all()
    row = spread.best["random"][3]
    np.testing.assert_array_equal(row, Race(landscape, ["random"], seed=3).run().best_so_far("random")[1])
    assert spread.wins("random", "grid") + spread.wins("grid", "random") == pytest.approx(1)
    # The phenomenon of Bergstra and Bengio: three values of what matters against twenty-seven.
    assert spread.wins("random", "grid") > 0.7
    assert spread.median("random")[-1] < spread.median("grid")[-1]


def test_stopped_seeds_are_not_kept_and_whole_ones_are(landscape, tmp_path, monkeypatch):
    monkeypatch.setenv("TUNINGKIT_HOME", str(tmp_path))
    calls = iter([False] * 40)
    part = cached_race_over_seeds(landscape, ["random"], seeds=5, stop=lambda: next(calls, True))
    assert 0 < len(part.seeds) < 5
    whole = cached_race_over_seeds(landscape, ["random"], seeds=5)
    again = cached_race_over_seeds(landscape, ["random"], seeds=5, on_seed=pytest.fail)
    np.testing.assert_array_equal(whole.best["random"], again.best["random"])
    assert again.seeds == (0, 1, 2, 3, 4)
    other = cached_race_over_seeds(landscape, ["random"], seeds=5, irrelevant=True)
    assert other is not again


def test_the_door(landscape):
    with pytest.raises(ValueError, match="methods must be some of"):
        Race(landscape, ["annealing"])
    with pytest.raises(TypeError, match="list of names"):
        Race(landscape, "grid")
    with pytest.raises(ValueError, match="one full training of 9 epochs"):
        Race(landscape, budget=8)
    with pytest.raises(ValueError, match="'ei' or 'lcb'"):
        Race(landscape, acquisition="pi")
    with pytest.raises(ValueError, match="0 or a positive number"):
        Race(landscape, exploration=-1)
    with pytest.raises(ValueError, match="at least one"):
        race_over_seeds(landscape, ["grid"], seeds=0)
