"""The benchmarks measure what is promised, and the README quotes what they measured."""

from __future__ import annotations

import importlib
import json
import math
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "benchmarks"
RESULTS = FOLDER / "results.md"
BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
# What the project promises, written down a second time: a promise cannot be softened in one place unseen.
PROMISED = {
    "members_1": ("at least", 15),
    "members_16": ("at least", 25),
    "members_64": ("at least", 45),
    "cnn": ("at least", 4),
    "search_64": ("at least", 30),
    "import": ("at most", 5),
    "first_point": ("at most", 250),
    "all_epochs": ("at most", 1.5),
    "first_point_painted": ("at most", 250),
    "all_epochs_painted": ("at most", 1.5),
    "memory": ("at most", 600),
    "growth": ("at most", 20),
    "slider_new_run": ("at most", 100),
    "slider_mid_run": ("at most", 100),
    "optimizer_paths": ("at most", 150),
    "painted": ("at least", 20),
}


@pytest.fixture
def load(monkeypatch):
    """Import a file of benchmarks, which are scripts, and forget it after the test."""
    monkeypatch.syspath_prepend(str(FOLDER))
    names = [path.stem for path in FOLDER.glob("*.py")]
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield importlib.import_module
    for name in names:
        sys.modules.pop(name, None)


def table_rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def test_the_promises_are_the_ones_the_project_makes(load):
    found = {}
    for name, promise in load("promises").PROMISES.items():
        if promise.at_least is not None:
            found[name] = ("at least", promise.at_least)
        elif promise.at_most is not None:
            found[name] = ("at most", promise.at_most)
    assert found == PROMISED


def test_every_promise_is_measured_by_one_file(load):
    measured = [name for file in load("run").FILES for name in load(file).NAMES]
    assert sorted(measured) == sorted(load("promises").PROMISES)


def test_verdicts_at_the_limit_and_beyond(load):
    promises = load("promises").PROMISES
    assert promises["members_1"].verdict(15) == "yes"
    assert promises["members_1"].verdict(14.9) == "no"
    assert promises["memory"].verdict(600) == "yes"
    assert promises["memory"].verdict(600.1) == "no"
    assert promises["memory"].verdict(math.nan) == "no"
    assert promises["members_1"].verdict(math.nan) == "no"
    assert promises["first_epoch"].verdict(3) == "not promised"


def test_sides_take_turns_and_are_kept_apart(load):
    order = []

    def side(name):
        return lambda: order.append(name) or [len(order)]

    found = load("measure").alternate({"a": side("a"), "b": side("b")}, 3)
    assert order == ["a", "b"] * 3
    assert found == {"a": [1, 3, 5], "b": [2, 4, 6]}


def test_percentiles_are_measured_values(load):
    measure = load("measure")
    assert measure.percentile(range(1, 41), 95) == 38
    assert measure.percentile([5.0, 1.0], 95) == 5
    assert measure.percentile([7.0], 25) == 7
    assert measure.spread([0.1, 0.2, 0.3, 0.4], "ms", scale=1e3) == "250 ms (100 to 300)"


@pytest.mark.parametrize(
    ("value", "text"), [(1234.5, "1234"), (99.96, "100"), (12.34, "12.3"), (0.5, "0.500")]
)
def test_numbers_have_three_digits(load, value, text):
    assert load("measure").number(value) == text


def test_rows_are_found_among_other_output(load):
    measure = load("measure")
    row = measure.Row("import", 3.0, "tuningkit 3 ms")
    printed = f"a library says hello\n{measure._MARK}{json.dumps([asdict(row)])}\nand goodbye\n"
    assert measure.read_rows(printed) == [row]
    with pytest.raises(ValueError, match="no rows"):
        measure.read_rows("nothing\n")


def test_choosing_rows_and_files(load):
    run = load("run")
    assert run.chosen(["memory"]) == {"memory", "resident", "growth"}
    assert run.chosen(["import"]) == {"import"}
    assert run.files_for({"import", "growth"}) == ["import_time", "memory"]
    assert run.chosen(None) == set(load("promises").PROMISES)
    with pytest.raises(ValueError, match="unknown row 'speed'"):
        run.chosen(["speed"])


def test_rounding_never_hides_a_broken_promise(load):
    page = load("run").page([load("measure").Row("slider_new_run", 100.4, "")])
    assert table_rows(page)[0][1:4] == ["100.4 ms", "at most 100 ms", "no"]


def test_a_cheap_row_is_measured_and_printed():
    before = RESULTS.read_bytes() if RESULTS.exists() else None
    done = subprocess.run(
        [sys.executable, str(FOLDER / "run.py"), "--quick", "--only", "import"],
        env={**os.environ, "TUNINGKIT_PRELOAD": "0"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    ((what, measured, promise, holds, figures),) = table_rows(done.stdout)
    assert what == "`import tuningkit`, as a share of `import tensorflow`"
    number, unit = measured.split()
    assert 0 < float(number) < 100
    assert (unit, promise) == ("%", "at most 5 %")
    assert holds == ("yes" if float(number) <= 5 else "no")
    assert "tuningkit" in figures
    assert "tensorflow" in figures
    # A part of the table never replaces the whole.
    assert (RESULTS.read_bytes() if RESULTS.exists() else None) == before


@pytest.mark.skipif(not RESULTS.exists(), reason="no complete run of the benchmarks has been kept")
def test_the_results_have_every_row_and_judge_it_rightly(load):
    promises = load("promises").PROMISES
    rows = table_rows(RESULTS.read_text(encoding="utf-8"))
    assert [row[0] for row in rows] == [promise.what for promise in promises.values()]
    for row, promise in zip(rows, promises.values(), strict=True):
        measured = float(row[1].split()[0])
        assert row[2:4] == [promise.words(), promise.verdict(measured)]


def test_the_readme_quotes_the_results():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count(BEGIN) == readme.count(END) <= 1
    if BEGIN in readme:
        quoted = readme.split(BEGIN)[1].split(END)[0]
        assert quoted.strip() == RESULTS.read_text(encoding="utf-8").strip()
