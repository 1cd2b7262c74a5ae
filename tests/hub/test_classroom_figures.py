"""The classroom benchmark: its rule for the knee, what it reads from pictures, when it stops, where it is quoted."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tuningkit.labs.static import pack_frame

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "benchmarks"
RESULTS = FOLDER / "results_classroom.md"
GUIDE = ROOT / "docs" / "teaching.md"


@pytest.fixture(scope="module")
def load():
    """Import a file of benchmarks, which are scripts, and forget all of them after the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        names = [path.stem for path in FOLDER.glob("*.py")]
        for name in names:
            patch.delitem(sys.modules, name, raising=False)
        yield importlib.import_module
        for name in names:
            sys.modules.pop(name, None)


def stage_of(load, learners, p95, lost=()):
    return load("classroom_stage").Stage(learners, [0.5 * p95, p95], 370.0, 8000.0, 0.6, lost)


def page_of(load, stages):
    return load("classroom_stage").page(
        stages, machine="2 cores", server=95.0, start=8.0, ended="time was up"
    )


def rows_of(text):
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


@pytest.mark.parametrize(
    ("p95", "found"),
    [
        ([0.1, 0.2, 0.3], (4, None)),
        ([0.1, 1.0, 1.01], (2, 4)),
        ([0.1, 1.2, 0.9], (1, 2)),
        ([2.0, 3.0, 4.0], (None, 1)),
    ],
)
def test_the_knee_is_the_first_size_that_answers_too_late(load, p95, found):
    assert load("classroom_stage").knee([1, 2, 4], p95) == found


def test_the_page_states_sizes_knee_and_losses(load):
    text = page_of(load, [stage_of(load, 1, 0.1), stage_of(load, 8, 2.0, ["a kernel died", "no answer"])])
    assert rows_of(text) == [
        ["1", "2", "75.0 ms", "100 ms", "0.600 s", "370 MB", "nothing"],
        ["8", "2", "1500 ms", "2000 ms", "0.600 s", "370 MB", "2"],
    ]
    assert "**The knee is at 8 learners**: with 1 learner 95 of 100" in text
    text = page_of(load, [stage_of(load, 1, 0.1), stage_of(load, 8, 0.2)])
    assert "with 8 learners 95 of 100 moves are still answered" in text
    assert "No more than 8 were measured: time was up." in " ".join(text.split())
    assert "not even" not in text
    assert max(len(line) for line in text.splitlines() if not line.startswith("|")) <= 118


def test_a_picture_is_read_as_the_browser_reads_it(load):
    curves = [
        {"panel": 0, "role": "train", "emphasis": True, "n": 2, "y": 0},
        {"panel": 0, "role": "validation", "emphasis": False, "n": 2, "y": 0},
        {"panel": 0, "role": "validation", "emphasis": True, "n": 2, "y": 2},
        {"panel": 1, "role": "validation", "emphasis": True, "n": 2, "y": 0},
    ]
    said = {"sentence": "Run 12, training, epoch 2: training loss 0.3.", "curves": curves}
    picture = load("classroom_learner").Picture.of(
        pack_frame(said, [np.array([1, 2]), np.array([0.5, 0.25])])
    )
    assert (picture.run, picture.status, picture.epochs) == (12, "training", 2)
    assert picture.validation_loss().tolist() == [0.5, 0.25]
    nothing = load("classroom_learner").Picture.of(pack_frame({"sentence": "No epoch is trained yet."}))
    assert (nothing.run, nothing.epochs) == (0, 0)


def test_a_class_grows_only_as_far_as_time_and_memory_allow(load, monkeypatch):
    classroom = load("classroom")
    room = SimpleNamespace(learners=[SimpleNamespace(process_id=1)] * 4, seconds_each=5.0)
    monkeypatch.setattr(classroom, "private_megabytes", lambda process_id: 400.0)
    free = SimpleNamespace(available=classroom.KEEP_FREE + 3e9)
    monkeypatch.setattr(classroom.psutil, "virtual_memory", lambda: free)
    refuse = classroom.Classroom.refuse
    assert refuse(room, 8, 60.0) == ""
    assert "would have taken longer than the 8 minutes" in refuse(room, 8, 40.0)
    assert "would not have left 4 GiB" in refuse(room, 12, 300.0)
    # The first one comes in any case: nothing is known yet.
    assert refuse(SimpleNamespace(learners=[], seconds_each=0.0), 1, 0.0) == ""


def test_the_guide_gets_the_page_and_keeps_the_rest(load, monkeypatch, tmp_path):
    classroom = load("classroom")
    guide = tmp_path / "teaching.md"
    guide.write_text(f"Before.\n\n{classroom.BEGIN}\nold\n{classroom.END}\n\nAfter.\n", encoding="utf-8")
    monkeypatch.setattr(classroom, "GUIDE", guide)
    for _ in range(2):
        classroom.put_into_guide("new\n")
    assert guide.read_text(encoding="utf-8") == (
        f"Before.\n\n{classroom.BEGIN}\nnew\n{classroom.END}\n\nAfter.\n"
    )


def test_the_guide_quotes_the_results(load):
    classroom = load("classroom")
    guide = GUIDE.read_text(encoding="utf-8")
    assert guide.count(classroom.BEGIN) == guide.count(classroom.END) == 1
    quoted = guide.split(classroom.BEGIN)[1].split(classroom.END)[0]
    assert quoted.strip() == RESULTS.read_text(encoding="utf-8").strip()


def test_the_results_state_the_knee_that_their_rows_have(load):
    text = RESULTS.read_text(encoding="utf-8")
    rows = rows_of(text)
    sizes = [int(row[0]) for row in rows]
    assert sizes == sorted(set(sizes))
    assert all(row[-1] == "nothing" for row in rows), "Something was lost: that is a fault, not a figure."
    _, knee = load("classroom_stage").knee(sizes, [float(row[3].split()[0]) / 1e3 for row in rows])
    stated = re.search(r"\*\*The knee (?:is at (\d+) learner|was not reached)", " ".join(text.split()))
    assert stated[1] == (str(knee) if knee else None)
