"""What `benchmarks/soak.py` does for ten minutes, once each in one kernel of a real Jupyter server.

The clock jumps, slider storms, lost connections, a full disk and the rest are that benchmark's own actions, and so
are the checks after each. Without the right to mount, a file-size limit stands for the full disk. Two tabs of one
notebook and reloads are in the browser tests of the labs and in the benchmark.
"""

from __future__ import annotations

import importlib
import json
import random
import sys
from pathlib import Path

import psutil
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def soak():
    """The benchmark's modules, which are scripts, forgotten after the tests."""
    names = [path.stem for path in FOLDER.glob("*.py")]
    before = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.path.insert(0, str(FOLDER))
    try:
        yield importlib.import_module
    finally:
        sys.path.remove(str(FOLDER))
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(before)


@pytest.fixture(scope="module")
def stage(soak, tmp_path_factory):
    """A learner at a lab that has trained once."""
    server = soak("browser").load("lab_server").LabServer(tmp_path_factory.mktemp("soak"))
    try:
        stage = soak("soak_stage").Stage(server)
        stage.sit_down()
        yield stage
        stage.close()
        assert stage.breaches == []
        assert stage.processes() == []
    finally:
        server.stop()


@pytest.fixture
def actions(soak, stage):
    yield soak("soak_actions")
    found = stage.breaches[:]
    stage.breaches.clear()
    assert found == []


@pytest.fixture
def chance():
    return random.Random(1)


def test_a_slider_storm_loses_neither_the_last_value_nor_a_run(actions, stage, chance):
    actions.storm(stage, chance, 0.8)
    assert stage.moves == 40
    assert len(stage.runs) >= 2


@pytest.mark.parametrize("name", ["cell run again", "connection lost", "interrupt", "clock jump"])
def test_the_lab_outlives(actions, stage, chance, name):
    actions.GENTLE[name](stage, chance)
    before = stage.state()
    actions.GENTLE[name](stage, chance)
    after = stage.state()
    assert after["threads"] <= before["threads"], after["names"]


@pytest.mark.parametrize("name", ["full disk", "read-only home"])
def test_answers_outlive(actions, stage, chance, name):
    actions.GENTLE[name](stage, chance)


def test_a_kernel_killed_while_it_writes_and_a_restart_lose_no_answer(actions, stage, chance):
    # Last: the new kernels have no lab, which would cost a test the seconds of loading TensorFlow.
    for hard in actions.HARD.values():
        old = stage.pid
        hard(stage, chance, sit_down=False)
        assert stage.pid != old and not psutil.pid_exists(old)
    assert len(stage.answered) > 10


def test_every_loss_is_seen(soak, tmp_path):
    """The checks themselves, on a file that has lost an answer and a run that is gone."""
    stage = object.__new__(soak("soak_stage").Stage)
    stage.home, stage.answered, stage.breaches = tmp_path, [0, 1], []
    entries = {"3.3-n0": {"number": 0}}
    (tmp_path / "progress.json").write_text(json.dumps({"lessons": {"3.3": {"exercises": entries}}}))
    (tmp_path / "progress.json.xyz.tmp").touch()
    stage.check_progress()
    (tmp_path / "progress.json").write_text("{")
    stage.check_progress()
    stage.runs = {1: (0.1, 12), 2: (0.2, 12), 3: (0.3, 12)}
    lab = {"runs": [[2, 0.2, 11], [3, 0.3, 24]], "labs": 2, "children": ["worker"]}
    stage.run = lambda code: json.dumps(lab)
    stage.state()
    expected = [
        "1 answers are not in the progress file",
        "beside the progress file: progress.json.xyz.tmp",
        "the progress file is not whole",
        "run 1 was (0.1, 12) and is None",
        "run 2 was (0.2, 12) and is (0.2, 11)",
        "2 threads of labs for one lab",
        "the kernel left processes: worker",
    ]
    assert len(stage.breaches) == len(expected)
    assert all(breach.startswith(words) for breach, words in zip(stage.breaches, expected, strict=True))


def test_growth_is_the_slope_of_the_late_rounds(soak):
    module = soak("soak")
    assert module.slope([100.0, 102.0, 104.0]) == pytest.approx(2)
    assert module.slope([5.0]) == 0
    assert module.late([300.0, 350.0, 380.0, 380.0]) == [380.0, 380.0]


def test_the_soak_that_was_kept_did_everything_and_lost_nothing(soak):
    lines = (FOLDER / "results_soak.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line[:2] == "| "]
    done = {name: (int(times), lost) for name, times, _, lost in rows[1:]}
    module = soak("soak_actions")
    assert set(done) == {*module.GENTLE, *module.HARD, "page reload", "two tabs"}
    assert all(times > 0 and lost == "nothing" for times, lost in done.values()), done
