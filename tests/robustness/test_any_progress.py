"""A progress file with anything in it: read without an error, never overwritten, and the lesson goes on.

`tests/teaching/test_progress.py` has files that are no progress file at all; here are those that nearly are.
"""

from __future__ import annotations

import json
import os
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tuningkit as tk
from tuningkit.teaching import Option, Progress, Question, exercise, right, storage
from tuningkit.teaching.class_overview import collect
from tuningkit.teaching.class_table import as_text, problems_as_text

_HERE = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=120)
_JSON = st.recursive(
    st.sampled_from([None, True, False, 0, -1, 10**400, 1e308, float("nan"), "", "yes", "\ud800", "<b>", "3.3-a"])
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choice", "outcome", "passed", "attempts", "best", "count", "questions", "chosen", "right",
                 "tries", "at", "Half of 2?", "a"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)  # fmt: skip
_ENTRY = st.dictionaries(
    st.sampled_from(["choice", "outcome", "passed", "attempts", "best", "count", "questions", "at", "x"]),
    _JSON,
)
_RUN = st.dictionaries(
    st.sampled_from(["best_val_loss", "best_epoch", "epochs", "hyperparameters", "diagnosis", "at"]), _JSON
)
_KEYS = {"predictions": "3.3-gap", "quizzes": "3.3-quiz", "exercises": "3.3-fuzz", "challenges": "3.3-goal"}
#: The form is right as far as it is checked; what is inside the entries may be anything.
_LESSONS = st.dictionaries(
    st.sampled_from(["3.3", "other", "", "99", "3.3 "]),
    st.fixed_dictionaries(
        {},
        optional={
            **{name: st.fixed_dictionaries({}, optional={key: _ENTRY}) for name, key in _KEYS.items()},
            "runs": st.lists(_RUN, max_size=2),
            "notes": _JSON,
        },
    ),
)
_NEARLY = st.fixed_dictionaries({"version": st.just(1), "lessons": _LESSONS}, optional={"format": _JSON})


@exercise("3.3-fuzz", "Anything goes", hint="Nothing to do.")
def anything(_):
    yield right("Good.")


def quiz(progress):
    options = [Option("1", True), Option("4", why="That is twice 2.")]
    return tk.Quiz("3.3-quiz", [Question(f"Half of {n}?", options) for n in (2, 3, 4)], progress=progress)


@_HERE
@given(content=_NEARLY)
def test_every_part_of_a_lesson_goes_on(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("nearly") / "progress.json"
    path.write_text(json.dumps(content))
    store = Progress(path)
    assert store.summary() and store._repr_html_()
    prediction = tk.Prediction("3.3-gap", "Which?", ["It grows", "It shrinks"], progress=store)
    prediction.reveal("It grows", "More noise.")
    quiz(store).answer(0, 0)
    tk.check("3.3-fuzz", 1, progress=store)
    run = SimpleNamespace(history={"val_loss": np.array([0.5, 0.2])}, hyperparameters={"l2": 1e-3})
    tk.Challenge("3.3-goal", below=0.25, progress=store).check(run)
    store.record_run(run, "3.3")

    kept = json.loads(path.read_text())
    assert kept["lessons"]["3.3"]["exercises"]["3.3-fuzz"]["passed"] is True
    # What a lesson does not write stays as it was; NaN, which JSON does not know, has become a word.
    before = storage.parse(json.dumps(content))
    for lesson, entries in before["lessons"].items():
        if lesson != "3.3":
            assert kept["lessons"][lesson] == entries
    assert not list(path.parent.glob("*damaged*")) and store.notices == []
    overview = collect(path.parent)
    assert as_text(overview, 80) and not overview.problems


@_HERE
@given(
    content=_NEARLY.map(lambda value: json.dumps(value).encode()),
    where=st.floats(0, 1),
    put=st.binary(max_size=4),
    cut=st.integers(0, 5),
)
def test_a_file_with_a_wound_is_read_or_set_aside_whole(tmp_path_factory, content, where, put, cut):
    place = int(where * len(content))
    wounded = content[:place] + put + content[place + cut :]
    path = tmp_path_factory.mktemp("wound") / "progress.json"
    path.write_bytes(wounded)
    overview = collect(path.parent)
    problems_as_text(overview)
    assert path.read_bytes() == wounded, "a teacher's table changes nothing"
    store = Progress(path)
    store.summary()
    store.record("exercises", "3.3-a", {"passed": True})
    assert store.get("exercises", "3.3-a")["passed"] is True
    aside = list(path.parent.glob("progress.damaged-*.json"))
    if aside:
        assert [one.read_bytes() for one in aside] == [wounded]
        assert "damaged" in store.notices[0] and str(aside[0]) in store.notices[0]
    elif store.notices:
        assert "newer" in store.notices[0] and path.read_bytes() == wounded
    else:
        before = storage.parse(wounded.decode("utf-8-sig"))
        now = json.loads(path.read_text())
        now["lessons"]["3.3"]["exercises"].pop("3.3-a")
        for name, value in before.items():
            if name != "lessons":
                assert now[name] == value


def test_what_a_killed_kernel_left_half_written_is_cleared_away(tmp_path):
    store = Progress(tmp_path / "progress.json")
    store.record("exercises", "3.3-a", {"passed": True})
    half = tmp_path / "progress.json.abc123.tmp"
    half.write_text("half a fi")
    other = tmp_path / "mine.tmp"
    other.write_text("not ours")
    store.record("exercises", "3.3-b", {"passed": True})
    assert not half.exists() and other.exists()
    assert set(store.content()["lessons"]["3.3"]["exercises"]) == {"3.3-a", "3.3-b"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such things as named pipes here")
def test_a_pipe_in_the_place_of_the_file_does_not_hold_the_lesson_up(tmp_path):
    os.mkfifo(tmp_path / "progress.json")
    store = Progress(tmp_path / "progress.json")
    thread = threading.Thread(target=store.record, args=("exercises", "3.3-a", {"passed": True}), daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert store.get("exercises", "3.3-a")["passed"] is True


def test_a_folder_in_the_place_of_the_file_is_said_once(tmp_path):
    (tmp_path / "progress.json").mkdir()
    store = Progress(tmp_path / "progress.json")
    store.record("exercises", "3.3-a", {"passed": True})
    assert store.get("exercises", "3.3-a")["passed"] is True
    assert "cannot be saved" in store.take_notice() and store.take_notice() == ""
