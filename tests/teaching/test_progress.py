from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuningkit.teaching import progress as progress_module
from tuningkit.teaching import storage
from tuningkit.teaching.plain import plain
from tuningkit.teaching.progress import RUNS_KEPT, SECTIONS, Progress, data_folder, default_progress

_HERE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.from_regex(r"[0-9]\.[0-9]-[a-z]{1,5}", fullmatch=True)


def test_an_entry_is_found_again_with_its_time(progress):
    progress.record("predictions", "3.3-gap", {"choice": "It grows"})
    entry = Progress(progress.path).get("predictions", "3.3-gap")
    assert entry["choice"] == "It grows"
    assert entry["at"][:2] == "20" and "T" in entry["at"]


def test_the_file_is_readable_for_people(progress):
    progress.record("predictions", "3.3-gap", {"choice": "学习率"})
    text = progress.path.read_text(encoding="utf-8")
    assert "学习率" in text and text.count("\n") > 5 and text.endswith("\n")
    assert json.loads(text)["version"] == storage.VERSION


@_HERE
@given(
    entries=st.dictionaries(
        st.tuples(st.sampled_from(SECTIONS), _KEYS),
        st.dictionaries(st.text(max_size=5), _JSON, max_size=3),
        max_size=5,
    )
)
def test_round_trip(tmp_path_factory, entries):
    path = tmp_path_factory.mktemp("round") / "progress.json"
    writer = Progress(path)
    for (section, key), entry in entries.items():
        writer.record(section, key, entry)
    reader = Progress(path)
    for (section, key), entry in entries.items():
        stored = reader.get(section, key)
        stored.pop("at")
        assert stored == {name: value for name, value in plain(entry).items() if name != "at"}
    assert not reader.notices and not writer.notices


@_HERE
@given(content=st.binary(max_size=60) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_a_damaged_file_is_kept_and_the_lesson_goes_on(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("damaged") / "progress.json"
    path.write_bytes(content)
    store = Progress(path)
    store.record("exercises", "3.3-a", {"passed": True})
    assert Progress(path).get("exercises", "3.3-a")["passed"] is True
    [aside] = path.parent.glob("progress.damaged-*.json")
    assert aside.read_bytes() == content
    assert "damaged" in store.take_notice() and str(aside) in store.notices[0]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[" * 100_000,
        '{"version": 1}',
        '{"version": true, "lessons": {}}',
        '{"version": 0, "lessons": {}}',
        '{"version": 1, "lessons": {"3.3": []}}',
        '{"version": 1, "lessons": {"3.3": {"quizzes": {"3.3-quiz": 1}}}}',
        '{"version": 1, "lessons": {"3.3": {"runs": {}}}}',
        '{"version": 1, "lessons": {"3.3": {"runs": [1]}}}',
    ],
)
def test_each_kind_of_damage_is_seen(content):
    with pytest.raises(storage.DamagedFileError):
        storage.parse(content)


def test_reading_alone_sets_a_damaged_file_aside(progress):
    progress.path.parent.mkdir()
    progress.path.write_text("not json")
    assert progress.get("exercises", "3.3-a") is None
    assert len(list(progress.path.parent.glob("progress.damaged-*.json"))) == 1
    assert storage.parse(progress.path.read_text()) == storage.empty()


def test_damage_during_a_session_costs_nothing_that_was_known(progress):
    progress.record("exercises", "3.3-a", {"passed": True})
    progress.path.write_text("half a fi")
    progress.record("exercises", "3.3-b", {"passed": False})
    assert Progress(progress.path).get("exercises", "3.3-a")["passed"] is True


def test_two_damaged_files_in_one_second_are_both_kept(progress):
    progress.path.parent.mkdir()
    for content in ("first", "second", "third"):
        progress.path.write_text(content)
        progress.content()
    kept = {path.read_text() for path in progress.path.parent.glob("progress.damaged-*.json")}
    assert kept == {"first", "second", "third"}


def test_a_newer_file_is_left_alone(progress):
    progress.path.parent.mkdir()
    newer = json.dumps({"version": storage.VERSION + 1, "lessons": "of another form"})
    progress.path.write_text(newer)
    progress.record("exercises", "3.3-a", {"passed": True})
    assert progress.path.read_text() == newer
    assert progress.get("exercises", "3.3-a")["passed"] is True
    assert "newer tuningkit" in progress.take_notice()
    assert progress.take_notice() == ""


def test_an_unwritable_folder_gives_one_message_and_memory(tmp_path):
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    store = Progress(blocked / "progress.json")
    store.record("exercises", "3.3-a", {"passed": False})
    store.record("exercises", "3.3-b", {"passed": True})
    store.record_run(_Run({"val_loss": [0.5]}), "3.3")
    assert store.get("exercises", "3.3-b")["passed"] is True
    assert store.get("exercises", "3.3-a")["passed"] is False
    assert len(store.content()["lessons"]["3.3"]["runs"]) == 1
    assert store.take_notice().count("cannot be saved") == 1
    assert store.take_notice() == ""
    assert "TUNINGKIT_HOME" in store.summary()


def test_what_was_kept_in_memory_is_written_once_it_can_be(tmp_path):
    blocked = tmp_path / "folder"
    blocked.write_text("")
    store = Progress(blocked / "progress.json")
    store.update("exercises", "3.3-a", lambda before: {"attempts": before.get("attempts", 0) + 1})
    blocked.unlink()
    store.update("exercises", "3.3-a", lambda before: {"attempts": before.get("attempts", 0) + 1})
    assert Progress(store.path).get("exercises", "3.3-a")["attempts"] == 2
    assert store.notices == []


def test_a_full_disk_leaves_the_old_file_whole(progress, monkeypatch):
    progress.record("exercises", "3.3-a", {"passed": True})
    before = progress.path.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    progress.record("exercises", "3.3-b", {"passed": True})
    assert progress.path.read_bytes() == before
    assert "No space left" in progress.take_notice()
    assert not list(progress.path.parent.glob("*.tmp"))


def test_a_lock_that_is_never_free_does_not_hold_up_the_lesson(progress, monkeypatch):
    monkeypatch.setattr(progress_module, "_FIRST_WAIT", 0.05)
    progress.path.parent.mkdir()
    with FileLock(str(progress.path) + ".lock"):
        progress.record("exercises", "3.3-a", {"passed": True})
        assert progress.get("exercises", "3.3-a")["passed"] is True
        assert not progress.path.exists()
    progress.record("exercises", "3.3-b", {"passed": True})
    assert Progress(progress.path).get("exercises", "3.3-a")["passed"] is True


def test_two_stores_of_one_file_do_not_lose_entries(progress):
    other = Progress(progress.path)
    progress.record("exercises", "3.3-a", {"passed": True})
    other.record("exercises", "3.3-b", {"passed": True})
    progress.record("quizzes", "3.3-quiz", {"count": 3})
    assert set(other.content()["lessons"]["3.3"]["exercises"]) == {"3.3-a", "3.3-b"}
    assert other.get("quizzes", "3.3-quiz")["count"] == 3


def test_threads_do_not_lose_counts(progress):
    def work():
        for _ in range(10):
            progress.update("exercises", "3.3-a", lambda before: {"n": before.get("n", 0) + 1})

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert progress.get("exercises", "3.3-a")["n"] == 40


def test_processes_do_not_lose_counts(progress):
    program = (
        "import sys; from tuningkit.teaching.progress import Progress; store = Progress(sys.argv[1])\n"
        "for _ in range(15): store.update('exercises', '3.3-a', lambda b: {'n': b.get('n', 0) + 1})\n"
        "store.record('exercises', '3.3-' + sys.argv[2], {})\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(progress.path), name])
        for name in ("x", "y", "z")
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert progress.get("exercises", "3.3-a")["n"] == 45
    assert set(progress.content()["lessons"]["3.3"]["exercises"]) == {"3.3-a", "3.3-x", "3.3-y", "3.3-z"}


def test_a_linked_file_stays_a_link(progress, tmp_path):
    real = tmp_path / "synchronised.json"
    progress.path.parent.mkdir()
    progress.path.symlink_to(real)
    Progress(progress.path).record("exercises", "3.3-a", {"passed": True})
    assert progress.path.is_symlink() and "3.3-a" in real.read_text()


def test_a_byte_order_mark_is_understood(progress):
    progress.path.parent.mkdir()
    progress.path.write_text(json.dumps(storage.empty()), encoding="utf-8-sig")
    assert progress.content() == storage.empty() and not progress.notices


def test_unknown_content_of_the_same_version_is_kept(progress):
    progress.path.parent.mkdir()
    progress.path.write_text(json.dumps({**storage.empty(), "teacher": "Ada", "note": math.nan}))
    progress.record("exercises", "3.3-a", {})
    assert json.loads(progress.path.read_text())["teacher"] == "Ada"


def test_a_deleted_file_means_a_fresh_start(progress):
    progress.record("exercises", "3.3-a", {"passed": True})
    progress.path.unlink()
    assert progress.get("exercises", "3.3-a") is None


def test_an_edit_that_raises_is_not_tried_again(progress):
    with pytest.raises(ZeroDivisionError):
        progress.update("exercises", "3.3-a", lambda _: {"n": 1 / 0})
    progress.record("exercises", "3.3-b", {})
    assert progress.get("exercises", "3.3-a") is None


def test_the_newest_runs_are_kept(progress, make_run):
    for number in range(RUNS_KEPT + 5):
        progress.record_run(make_run(float(number)), "3.3")
    runs = progress.content()["lessons"]["3.3"]["runs"]
    assert len(runs) == RUNS_KEPT and runs[0]["best_val_loss"] == 5.0


def test_a_run_is_summed_up(progress, make_run):
    entry = progress.record_run(make_run(1.0, 0.25, np.inf, l2=np.float32(0.5), optimizer="adam"))
    assert entry["hyperparameters"] == {"l2": 0.5, "optimizer": "adam"}
    assert (entry["epochs"], entry["best_val_loss"], entry["best_epoch"]) == (3, 0.25, 2)
    with pytest.raises(TypeError, match="received str"):
        progress.record_run("a run")


def test_wrong_keys_and_sections_are_refused(progress):
    with pytest.raises(ValueError, match=r"such as '3\.3-a'; received 'gap'"):
        progress.record("predictions", "gap", {})
    with pytest.raises(ValueError, match="The sections are predictions"):
        progress.get("predicitions", "3.3-gap")
    with pytest.raises(TypeError, match="received 3"):
        progress.get("predictions", 3)


def test_where_the_file_is(home, monkeypatch):
    assert data_folder() == home
    monkeypatch.setenv("TUNINGKIT_HOME", "~/elsewhere")
    assert data_folder() == Path("~/elsewhere").expanduser()
    monkeypatch.setenv("TUNINGKIT_HOME", " ")
    assert data_folder().name == "tuningkit" and data_folder().is_absolute()


def test_the_default_store_follows_the_environment(home, monkeypatch, tmp_path):
    assert default_progress() is default_progress()
    assert default_progress().path == home / "progress.json"
    monkeypatch.setenv("TUNINGKIT_HOME", str(tmp_path / "other"))
    assert default_progress().path == tmp_path / "other" / "progress.json"


def test_summary_in_text_and_html(progress, make_run):
    assert "Nothing is recorded yet" in progress.summary()
    progress.record("predictions", "3.3-gap", {"choice": "It <grows>", "outcome": "It shrinks"})
    progress.record(
        "quizzes", "3.3-quiz", {"count": 4, "questions": {"a": {"right": True}, "b": {"right": False}}}
    )
    progress.record("exercises", "3.3-a", {"passed": True, "attempts": 2})
    progress.record("challenges", "0-go", {"passed": False, "attempts": 1, "best": 0.5})
    progress.record_run(make_run(0.5, 0.125), "3.3")
    progress.record_run(make_run(math.nan))
    text = progress.summary()
    assert text.index("Chapter 0") < text.index("Chapter 3.3") < text.index("Runs outside the lessons")
    for words in (
        "you predicted: It <grows>; what happened: It shrinks",
        "1 of 4 right",
        "solved, 2 attempts",
        "not yet, 1 attempt, best: 0.5",
        "1 finished, best validation loss 0.125",
    ):
        assert words in text
    html = progress._repr_html_()
    assert "It &lt;grows&gt;" in html and "<grows>" not in html
    assert repr(progress) == text


def test_a_file_edited_by_hand_can_still_be_summed_up(progress):
    progress.record("quizzes", "3.3-quiz", {"questions": ["odd"], "count": "x"})
    progress.record("exercises", "3.3-a", {"attempts": "many"})
    assert "3.3-quiz" in progress.summary()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([1.0, np.nan]), [1.0, "nan"]),
        ({1: (2,)}, {"1": [2]}),
        (math.inf, "inf"),
        (np.str_("adam"), "adam"),
        pytest.param(10**5000, "a number of over 1,000 digits", id="huge"),
        (os, repr(os)[:200]),
    ],
)
def test_plain_values(value, expected):
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


class _Run:
    def __init__(self, history):
        self.history = history
