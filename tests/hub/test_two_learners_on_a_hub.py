"""Two learners at a real JupyterHub: one lesson at once, each with a server, a kernel and a progress of their own.

The hub, its proxy and both servers are real; the hub starts them as this machine's one user, so what is tested is
what hub and tuningkit keep apart, not the operating system's accounts.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from types import SimpleNamespace

import pytest

from tuningkit import cli

pytestmark = pytest.mark.browser

LESSON = "tuningkit/notebooks/00_start_here.ipynb"
IMPORT, MODEL, PREDICT, LAB, CHECK = (
    "import tuningkit as tk",
    "model = keras.Sequential",
    "rate = tk.Prediction",
    "lab = tk.TuningLab(model, digits",
    'tk.check("0-a"',
)
#: What each chooses, and the learning rate that each hands in.
PREDICTED = {"ada": "1e-3, in the middle", "grace": "1, large and quick"}
HANDED_IN = {"ada": 3e-3, "grace": 1e-5}


@pytest.fixture(scope="module")
def learners(hub, chromium, learner_page):
    """Ada and Grace, after all that they did; what was seen meanwhile is in `hub.seen`."""
    pages = {name: learner_page.LearnerPage(chromium, hub, name, LESSON) for name in PREDICTED}
    hub.seen = SimpleNamespace(refused="", before={}, after={}, at_once=[])
    everyone = list(pages.values())
    try:
        for page in everyone:
            page.follow_link()
            if page.name == "ada":
                page.log_in("a wrong password")
                hub.seen.refused = page.page.locator(".login_error").inner_text()
            page.log_in(hub.password)
        for page in everyone:
            page.arrive()
        for text in (IMPORT, MODEL, PREDICT, LAB):
            for page in everyone:
                page.begin(text)
            for page in everyone:
                page.ended(text)
        work(hub, pages)
        yield pages
    finally:
        for page in everyone:
            page.context.close()


def work(hub, pages):
    """Both predict, train at once, move their sliders in turn while the other's network trains, and hand in."""
    seen = hub.seen
    for page in pages.values():
        page.predict(PREDICTED[page.name])
    for page in pages.values():
        page.press_button(page.page.locator(".tk-lab").first, "Train")
    for page in pages.values():
        page.execute("lab.wait(120)")
        page.curves_differ_from("")
        seen.before[page.name] = page.curves()
    # From now on runs are longer than the test: when the one moves, the other's network is in training.
    for page in pages.values():
        page.execute("lab.epochs = 20_000")
    # Ada goes up and Grace goes down, in turns.
    for _ in range(3):
        pages["ada"].move_rate("ArrowRight")
        pages["grace"].move_rate("ArrowLeft")
    for page in pages.values():
        page.curves_differ_from(seen.before[page.name])
    seen.at_once = [page.status() for page in pages.values()]
    for page in pages.values():
        page.execute("lab.pause().wait(120)")
        page.says("Paused")
        seen.after[page.name] = page.curves()
        page.screenshot(f"hub-{page.name}")
    for page in pages.values():
        rate = HANDED_IN[page.name]
        page.execute(
            f"answer = tk.train(model, digits, learning_rate={rate}, epochs=30, seed=0, progress=False)"
        )
        page.begin(CHECK)
    for page in pages.values():
        page.ended(CHECK)


def test_the_link_asks_who_comes_and_refuses_a_wrong_password(hub, learners):
    assert "Invalid username or password" in hub.seen.refused
    for name, page in learners.items():
        assert page.page.url.startswith(f"{hub.url}/user/{name}/lab/tree/{LESSON}")


def test_both_labs_answer_at_once_and_each_to_its_own_learner(hub, learners):
    rates = {name: float(page.execute("print(lab.learning_rate)")) for name, page in learners.items()}
    assert rates["ada"] > 1e-3 > rates["grace"]
    for name, page in learners.items():
        assert hub.seen.after[name] != hub.seen.before[name]
        assert int(page.execute("print(len(lab.runs))")) >= 2
    assert hub.seen.at_once == ["Training", "Training"]
    # Same network, same seed: what differs is what each has chosen.
    assert hub.seen.before["ada"] == hub.seen.before["grace"]
    assert hub.seen.after["ada"] != hub.seen.after["grace"]
    assert [error for page in learners.values() for error in page.error_outputs()] == []


def test_each_progress_file_holds_its_own_answers_alone(hub, learners):
    for name in learners:
        lessons = json.loads(hub.progress_file(name).read_text(encoding="utf-8"))["lessons"]
        assert list(lessons) == ["0"]
        assert list(lessons["0"]["predictions"]) == ["0-rate"]
        assert lessons["0"]["predictions"]["0-rate"]["choice"] == PREDICTED[name]
        assert list(lessons["0"]["exercises"]) == ["0-a"]
        assert lessons["0"]["exercises"]["0-a"]["passed"] is (name == "ada")
        assert lessons["0"]["exercises"]["0-a"]["attempts"] == 1


def test_neither_sees_the_other(hub, learners):
    other = {"ada": "grace", "grace": "ada"}
    for name, page in learners.items():
        assert page.home_of_kernel() == hub.homes / name
        # Her browser is logged in at the hub, which says who may go where.
        assert page.status_of(f"/user/{name}/api/contents") == 200
        assert page.status_of(f"/user/{other[name]}/api/contents") == 403
        assert page.status_of(f"/user/{other[name]}/lab") == 403
        shown = page.execute(
            "from tuningkit.teaching import default_progress; print(default_progress().summary())"
        )
        assert PREDICTED[name] in shown
        assert PREDICTED[other[name]] not in shown


def test_the_class_overview_has_a_row_for_each(hub, learners, tmp_path, capsys):
    table = tmp_path / "class.csv"
    assert cli.main(["progress", "--collect", str(hub.homes), "--csv", str(table)]) == 0
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8"))))
    found = {row["learner"]: (row["0 predictions"], row["0 checks passed"], row["0 checks"]) for row in rows}
    assert found == {"ada": ("1", "1", "1"), "grace": ("1", "0", "1")}
    assert "2 learners" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not count private pages")
def test_what_each_learner_adds_to_the_kernel_stays_small(hub, learners):
    """The sizes that docs/teaching.md reckons with, in MB, and 30 % more."""
    most = {"jupyterhub.singleuser": 140, "-m jupyterhub ": 103, "configurable-http-proxy": 20}
    for process in hub.processes():
        line = " ".join(process.cmdline())
        for part in [part for part in most if part in line]:
            private = sum(pages.private_dirty for pages in process.memory_maps()) / 1e6
            assert private < 1.3 * most[part], line


def test_the_hub_takes_everything_along_when_it_ends(hub, learners):
    for page in learners.values():
        page.page.goto("about:blank")
    running = [" ".join(process.cmdline()) for process in hub.processes()]
    assert sum("ipykernel_launcher" in line for line in running) == 2
    assert sum("jupyterhub.singleuser" in line for line in running) == 2
    assert sum("configurable-http-proxy" in line for line in running) == 1
    assert hub.stop() == []
