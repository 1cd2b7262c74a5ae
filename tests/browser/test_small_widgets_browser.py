"""Heat map, decision map and runs table in a real JupyterLab: keys, live redraws, reload, themes, narrow pages."""

import csv
import itertools

import numpy as np
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

HEAT = """
import threading, time
import numpy as np
from tuningkit.labs.heat_map import HeatMap

rates, strengths = np.geomspace(1e-4, 1, 5), np.geomspace(1e-6, 1e-3, 4)
losses = 0.25 + 0.25 * (np.log10(rates)[None] + 2) ** 2 + 0.5 * (np.log10(strengths)[:, None] + 4) ** 2
losses[:, -1] = np.nan
heat = HeatMap("learning rate", "L2 strength", "validation loss")
picks = []
heat.observe(lambda change: picks.append(change.new), "selected")

def draw(step=0):
    heat.draw(losses + step, x_values=rates, y_values=strengths, best=(2, 2), sentence=f"Step {step} is drawn.")

draw()
heat
"""

PLANE = """
import ipywidgets, threading, time
import numpy as np
from tuningkit.labs.boundary import BoundaryMap

side = np.linspace(-2, 2, 80)
across, up = np.meshgrid(side, side)
plane = BoundaryMap(class_names=("left", "right"), height=300)
plane.set_points(
    np.array([[-1.0, 1.0], [1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]),
    np.array([0, 1, 0, 1]),
    np.array([False, False, True, True]),
)

def draw(shift=0.0):
    right = 1 / (1 + np.exp(-6 * (across - shift)))
    extent = (-2, 2, -2, 2)
    plane.draw(right > 0.5, np.maximum(right, 1 - right), extent=extent, sentence=f"Shift {shift:.2f}.")

draw()
value = BoundaryMap(kind="regression", value_label="price (euro)", height=300)
value.set_points(np.array([[0.0, 1.0], [1.0, 0.5]]), np.array([-2.0, 2.0]), np.array([False, True]))
value.draw(across, extent=(-2, 2, -2, 2))
ipywidgets.HBox([plane, value])
"""

TABLE = """
import threading, time
from IPython.display import display
from tuningkit.labs.runs_table import Column, RunsTable

columns = [
    Column("name", "run", kind="text"),
    Column("l2", "L2 strength"),
    Column("val_loss", "validation loss", better="lower"),
    Column("accuracy", "accuracy", format="percent", better="higher"),
    Column("epoch", "best epoch", kind="integer"),
    Column("seconds", "training time", unit="s"),
    Column("diagnosis", "diagnosis", kind="text"),
]

def rows(count=30, live=5.0):
    made = [
        {
            "id": number,
            "name": f"run {number}",
            "l2": 10.0 ** -(number % 7),
            "val_loss": 0.2 + (number * 7 % 30) / 20,
            "accuracy": 0.5 + (number * 11 % 30) / 100,
            "epoch": number * 50,
            "seconds": 1 / (number + 1),
            "diagnosis": 'overfitting since epoch 14, "clearly"',
        }
        for number in range(count)
    ]
    if made:
        made[0]["val_loss"] = live
        made[3] |= {"val_loss": float("nan"), "epoch": None, "diagnosis": "diverged at epoch 2"}
    return made

table = RunsTable(columns)
table.show(rows())
empty = RunsTable(columns)
display(table, empty)
"""


def pixel(canvas, x, y):
    """Red, green, blue and alpha at a place given as shares of the canvas, from its upper left corner."""
    return canvas.evaluate(
        """(canvas, [x, y]) => [...canvas.getContext("2d").getImageData(
            Math.floor(x * (canvas.width - 1)), Math.floor(y * (canvas.height - 1)), 1, 1).data]""",
        [x, y],
    )


def wider_than_its_place(root):
    """Elements, other than a table that scrolls, that stick out of the widget on the right."""
    return root.evaluate(
        """root => [...root.querySelectorAll("*")].filter((node) => !node.closest(".tk-runs-pane, .tk-hidden") &&
            node.getBoundingClientRect().right > root.getBoundingClientRect().right + 1)
            .map((node) => node.outerHTML.slice(0, 120))"""
    )


def test_heat_map_is_read_and_picked_by_mouse_and_keys(notebook):
    nb = notebook.show([HEAT])
    nb.run_all()
    page, root = nb.page, nb.page.locator(".tk-heat")
    stage, words, cells = (
        root.locator(".tk-heat-stage"),
        root.locator(".tk-heat-readout"),
        root.locator("canvas"),
    )
    expect(root.locator(".tk-heat-sentence")).to_have_text("Step 0 is drawn.")
    expect(root.locator(".tk-heat-tagtext")).to_have_text("best")
    expect(root.locator(".tk-heat-legend")).to_contain_text("diverged")
    nb.quiet(root)
    labels = root.locator(".tk-heat-tick").all_text_contents()
    assert labels[:9] == ["1e-4", "0.001", "0.01", "0.1", "1", "1e-6", "1e-5", "1e-4", "0.001"]
    # Bright is better: the best cell (row 2 of 4 from below, column 2 of 5) is viridis's yellow, its corner dark.
    assert sum(pixel(cells, 0.42, 0.45)[:3]) > sum(pixel(cells, 0.02, 0.95)[:3]) + 150

    # A click picks the cell under the mouse: the lower left one.
    box = cells.bounding_box()
    page.mouse.click(box["x"] + 5, box["y"] + box["height"] - 5)
    expect(words).to_have_text("learning rate 1e-4, L2 strength 1e-6: validation loss 3.25")
    nb.eventually("heat.selected", "(0, 0)")

    count = nb.cell_count()
    for key in (
        "ArrowRight",
        "ArrowRight",
        "ArrowUp",
        "ArrowUp",
        "ArrowUp",
        "ArrowUp",
        "ArrowDown",
        "b",
        "a",
    ):
        page.keyboard.press(key)
    expect(words).to_have_text("learning rate 0.01, L2 strength 1e-4: validation loss 0.25 (best)")
    expect(root.locator("[role=status]").nth(1)).to_have_text(words.inner_text())
    nb.eventually("heat.selected", "(2, 2)")
    assert nb.cell_count() == count, "letters typed at the map reached JupyterLab"
    page.keyboard.press("End")
    expect(words).to_have_text("learning rate 1, L2 strength 1e-4: diverged")
    # Until this has arrived, what Python picks next would be undone by it.
    nb.eventually("heat.selected", "(2, 4)")

    nb.execute("heat.selected = (3, 1)")
    expect(words).to_contain_text("learning rate 0.001, L2 strength 0.001")
    expect(root.locator(".tk-heat-pickedline")).to_have_count(1)
    nb.screenshot("heat-map-light-1280", root)

    # A worker thread redraws; the pick and the focus stay; the keys are heard while a cell keeps the kernel busy.
    nb.execute(
        "stop = False\ndef spin():\n    for step in range(60):\n        draw(step); time.sleep(1 / 30)"
    )
    nb.execute("worker = threading.Thread(target=spin); worker.start(); picks.clear()")
    nb.execute("time.sleep(0.5)")
    page.keyboard.press("ArrowRight")
    nb.execute("worker.join()")
    expect(root.locator(".tk-heat-sentence")).to_have_text("Step 59 is drawn.")
    expect(words).to_contain_text("learning rate 0.01, L2 strength 0.001")
    nb.eventually("picks", "[(3, 2)]")
    expect(stage).to_be_focused()
    page.keyboard.press("Escape")
    expect(words).to_have_class("tk-heat-readout tk-heat-hint")
    nb.eventually("heat.selected", "None")


def test_a_pick_is_heard_while_a_cell_is_busy_and_the_map_is_redrawn(notebook):
    nb = notebook.show([HEAT])
    nb.run_all()
    page, stage = nb.page, nb.page.locator(".tk-heat-stage")
    # The first message of a new widget goes to the main thread (see browser.md's traps): send it while it is free.
    stage.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tk-heat-readout")).to_contain_text("(best)")
    nb.execute("heard = threading.Event(); heat.observe(lambda change: heard.set(), 'selected')")
    nb.execute(
        "def spin():\n    for step in range(60):\n        draw(step); time.sleep(1 / 30)\n"
        "worker = threading.Thread(target=spin); worker.start()"
    )
    # The main thread is busy until the pick is heard, and the page knows that it is before a key is pressed.
    page.evaluate(
        """() => new Promise((resolve) => {
            const code = "heard.clear(); print('busy', flush=True); while_busy = heard.wait(60)";
            const future = tkNotebook().sessionContext.session.kernel.requestExecute({code, store_history: false});
            future.onIOPub = ({header}) => { if (header.msg_type === "stream") resolve(); };
        })"""
    )
    page.keyboard.press("ArrowLeft")
    nb.execute("worker.join()")
    assert nb.execute("print(while_busy)") == "True"
    expect(page.locator(".tk-heat-sentence")).to_have_text("Step 59 is drawn.")


def test_decision_map_follows_a_worker_and_reads_out(notebook):
    nb = notebook.show([PLANE])
    nb.run_all()
    page, root, regression = nb.page, nb.page.locator(".tk-plane").first, nb.page.locator(".tk-plane").nth(1)
    stage, words = root.locator(".tk-plane-stage"), root.locator(".tk-plane-readout")
    ground, dots = root.locator(".tk-plane-ground"), root.locator(".tk-plane-dots")
    expect(root.locator(".tk-plane-sentence")).to_have_text("Shift 0.00.")
    nb.quiet(root)
    box = ground.bounding_box()
    assert abs(box["width"] - box["height"]) < 1
    legend = root.locator(".tk-plane-legend")
    for text in ("left (circles)", "right (squares)", "hollow: validation"):
        expect(legend).to_contain_text(text)
    left, middle, right = (pixel(ground, share, 0.5) for share in (0.05, 0.5, 0.95))
    assert left[2] > left[0] and right[0] > right[2], "left is blue and right is orange"
    assert left[3] > middle[3] + 50 and right[3] > middle[3] + 50, "the boundary is pale"
    # The upper points are training points and filled, the lower ones validation points and hollow.
    filled, hollow = pixel(dots, 0.25, 0.25), pixel(dots, 0.25, 0.75)
    assert filled[2] > filled[0] + 60 and min(hollow[:3]) > 240

    stage.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(words).to_have_text("x1 0.4, x2 0: right, 91 % sure")
    nb.assert_letters_stay()
    page.keyboard.press("Escape")
    expect(words).to_contain_text("arrow keys")
    # Half a cell of the grid is 0.025; the third digit of the read-out depends on the mouse's pixel.
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.25)
    expect(words).to_contain_text("left, 100 % sure")

    expect(regression.locator("text=price (euro)")).to_have_count(1)
    expect(regression.locator(".tk-plane-legend")).to_contain_text("squares: validation")
    canvas = regression.locator(".tk-plane-ground")
    # In grey too: the larger, the darker on a light page.
    greys = [sum(pixel(canvas, x, 0.5)[:3]) for x in (0.03, 0.25, 0.5, 0.75, 0.97)]
    assert all(one > other + 20 for one, other in itertools.pairwise(greys)), greys
    regression.locator(".tk-plane-stage").focus()
    page.keyboard.press("ArrowLeft")
    expect(regression.locator(".tk-plane-readout")).to_contain_text("price (euro)")
    nb.screenshot("decision-map-light-1280", page.locator(".jp-OutputArea-output").first)

    loop = "for step in range(60):\n        draw(step / 59); time.sleep(1 / 30)"
    nb.execute(f"def spin():\n    {loop}")

    def spin() -> None:
        nb.execute("worker = threading.Thread(target=spin); worker.start(); worker.join()")
        expect(root.locator(".tk-plane-sentence")).to_have_text("Shift 1.00.")

    frames = nb.painted_while(root, spin)
    assert frames >= 3, f"{frames} frames were painted of 60 pictures"
    # What was orange is blue now.
    nb.until(lambda: pixel(ground, 0.6, 0.5), lambda found: found[2] > found[0])

    before = pixel(ground, 0.05, 0.5)
    nb.set_theme("dark")
    # One painted frame later the canvas has the other theme's colours.
    nb.changed(lambda: pixel(ground, 0.05, 0.5), before)
    nb.screenshot("decision-map-dark-1280", page.locator(".jp-OutputArea-output").first)


def test_table_sorts_picks_stays_put_and_saves(notebook):
    nb = notebook.show([TABLE], height=800)
    nb.run_all()
    page, root = nb.page, nb.page.locator(".tk-runs").first
    pane, first = root.locator(".tk-runs-pane"), root.locator("tbody tr").first
    heading = root.locator("th[scope=col]").nth(2)
    expect(page.locator(".tk-runs").nth(1)).to_have_text(
        "No runs yet. Each run you train gets a row here.", use_inner_text=True
    )
    expect(root.locator("table > thead > tr > th[scope=col]")).to_have_count(7)
    best = root.locator(".tk-runs-best")
    expect(best).to_have_count(2)
    expect(best.first).to_have_text("★best: 0.250")
    assert best.first.evaluate("node => getComputedStyle(node).fontWeight") == "700"

    # Enter on a heading sorts; missing and broken values stay last in both directions.
    expect(heading).to_have_attribute("aria-sort", "none")
    heading.locator("button").focus()
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    expect(first).to_contain_text("run 13")
    last = root.locator("tbody tr").last
    expect(last).to_contain_text("not finite")
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(first).to_contain_text("run 0")
    expect(last).to_contain_text("not finite")
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "none")
    page.keyboard.press("Enter")
    # Rows move at the next painted frame: a click before that would mean another row.
    expect(heading).to_have_attribute("aria-sort", "ascending")
    expect(first).to_contain_text("run 13")

    # Picking: by click, by arrows, by Space; letters stay here.
    root.locator("tbody tr").nth(4).click()
    page.keyboard.press("ArrowDown")
    sixth = root.locator("tbody tr").nth(5)
    expect(sixth).to_have_attribute("aria-selected", "true")
    expect(root.locator("tr[aria-selected=true]")).to_have_count(1)
    picked = sixth.get_attribute("data-id")
    expect(sixth).to_be_focused()
    nb.eventually("table.selected_id", picked)
    nb.assert_letters_stay()
    page.keyboard.press("Escape")
    expect(root.locator("tr[aria-selected=true]")).to_have_count(0)
    page.keyboard.press(" ")
    expect(root.locator("tr[aria-selected=true]")).to_have_attribute("data-id", picked)
    nb.screenshot("runs-table-light-1280", root)

    # A live row climbs from the bottom of the sorted table to its top while the learner reads.
    pane.evaluate("pane => { pane.scrollTop = 120; }")
    nb.execute(
        "def spin():\n    for step in range(30):\n        table.show(rows(31, 5 - step / 6)); time.sleep(1 / 30)\n"
        "worker = threading.Thread(target=spin); worker.start(); worker.join()"
    )
    expect(root.locator(".tk-runs-count")).to_have_text("31 runs")
    expect(first).to_contain_text("run 0")
    nb.quiet(root)
    assert pane.evaluate("pane => pane.scrollTop") == 120
    expect(root.locator("tr[aria-selected=true]")).to_be_focused()
    expect(root.locator("tr[aria-selected=true]")).to_have_attribute("data-id", picked)
    texts = root.locator("tbody tr td:nth-child(3)").all_text_contents()
    order = [float(text.removeprefix("★best: ")) for text in texts if text != "not finite"]
    assert order == sorted(order) and len(order) == 30

    # The browser's file and Python's hold the same.
    with page.expect_download() as saved:
        root.get_by_role("button", name="Download CSV").click()
    assert saved.value.suggested_filename == "runs.csv"
    with saved.value.path().open(encoding="utf-8", newline="") as file:
        ours = list(csv.DictReader(file))
    nb.execute("table.to_csv('python.csv')")
    with (nb.path.parent / "python.csv").open(encoding="utf-8", newline="") as file:
        theirs = list(csv.DictReader(file))
    assert len(ours) == 31 and list(ours[0]) == list(theirs[0])
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine["diagnosis"], mine["name"]) == (other["diagnosis"], other["name"])
        for name in ("id", "l2", "val_loss", "accuracy", "epoch", "seconds"):
            np.testing.assert_equal(float(mine[name] or "inf"), float(other[name] or "inf"))

    nb.execute("table.show(rows(0))")
    expect(root).to_contain_text("No runs yet.")


def test_dark_narrow_and_reloaded_pages_hold_everything_and_closed_views_stay_quiet(notebook):
    nb = notebook.show([HEAT, PLANE, TABLE], theme="dark", width=800)
    nb.run_all()
    page = nb.page
    for number, name in enumerate((".tk-heat", ".tk-plane", ".tk-runs")):
        root = page.locator(name).first
        root.scroll_into_view_if_needed()
        expect(root.locator("canvas, tbody tr").first).to_be_visible()
        nb.quiet(root)
        assert wider_than_its_place(root) == []
        output = page.locator(".jp-OutputArea").nth(number)
        assert output.evaluate("node => node.scrollWidth - node.clientWidth") <= 1
        nb.screenshot(f"small-widgets{name.replace('.tk', '')}-dark-800", root)
    surface = page.locator(".tk-heat").evaluate("node => getComputedStyle(node).backgroundColor")
    assert max(int(part) for part in surface[4:-1].split(",")) < 60

    # The table scrolls sideways; the run's name stays in view.
    pane = page.locator(".tk-runs-pane").first
    assert pane.evaluate("pane => pane.scrollWidth > pane.clientWidth")
    pane.evaluate("pane => { pane.scrollLeft = 200; }")
    name, edge = page.locator("tbody tr th").first.bounding_box(), pane.bounding_box()
    assert abs(name["x"] - edge["x"]) < 3

    # Loaded again all is there: what was drawn, what was picked in Python or on the page, how the table was sorted.
    nb.execute(
        "heat.selected = (3, 2); draw(0.25); heat.draw(losses + 1, x_values=rates, y_values=strengths)"
    )
    heading = page.locator(".tk-runs").first.locator("th[scope=col]").nth(2)
    heading.locator("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    row = page.locator(".tk-runs").first.locator("tbody tr").nth(4)
    expect(page.locator(".tk-runs tbody tr").first).to_contain_text("run 13")
    row.click()
    nb.until(lambda: nb.execute("print(table.selected_id)"), lambda found: found != "None")
    picked = nb.execute("print(table.selected_id)")
    nb.reload()
    words = page.locator(".tk-heat .tk-heat-readout")
    expect(words).to_contain_text("learning rate 0.01, L2 strength 0.001")
    expect(page.locator(".tk-plane .tk-plane-sentence").first).to_have_text("Shift 0.25.")
    dots = page.locator(".tk-plane .tk-plane-dots").first
    nb.until(lambda: pixel(dots, 0.25, 0.25), lambda found: found[3] == 255)
    expect(page.locator(".tk-runs").first.locator("tbody tr")).to_have_count(30)
    expect(heading).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("tr[aria-selected=true]")).to_have_attribute("data-id", picked)
    # And the page's moves reach the kernel.
    page.locator(".tk-heat-stage").focus()
    page.keyboard.press("Escape")
    expect(words).to_have_class("tk-heat-readout tk-heat-hint")
    nb.eventually("heat.selected", "None")

    # Cleared outputs leave nothing behind that fails when Python draws on.
    page.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    expect(page.locator(".tk-widget")).to_have_count(0)
    nb.execute("draw(0.5); heat.draw(losses + 1, x_values=rates, y_values=strengths); table.show(rows(5))")
    nb.execute("heat.close(); plane.close(); table.close()")
    page.wait_for_timeout(300)
