"""The progress bar: late, with the time left, and gone without a trace."""

from __future__ import annotations

import os
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient

from tuningkit.training import progress
from tuningkit.training.progress import progress_bar
from tuningkit.training.single_run import run_to_the_end

WIDGET = "application/vnd.jupyter.widget-view+json"

# run_to_the_end drives the bar with a trainer's epochs; this trainer takes no TensorFlow to be one.
CELLS = """
import time
from types import SimpleNamespace
from tuningkit.training import progress
from tuningkit.training.single_run import run_to_the_end
progress.DELAY = 0

class Trainer:
    epoch = 0
    interrupt = False
    def train(self, epochs, on_epoch):
        for _ in range(epochs):
            self.epoch += 1
            on_epoch(self)
            time.sleep(0.05)
            if self.interrupt and self.epoch == 3:
                raise KeyboardInterrupt
---
run_to_the_end(Trainer(), 6, progress=True)
---
trainer = Trainer()
trainer.interrupt = True
run_to_the_end(trainer, 6, progress=True)
---
with progress.progress_bar(3, "Training") as step:
    step()
    shown = 1
shown
---
run_to_the_end(Trainer(), 6, progress=False)
"""


class Watcher(NotebookClient):
    """Notes what was displayed on the way, which the final notebook no longer shows."""

    def process_message(self, message, cell, cell_index):
        kind, content = message["msg_type"], message["content"]
        if kind in ("display_data", "update_display_data"):
            self.seen.append((cell_index, kind, content["data"]))
        return super().process_message(message, cell, cell_index)


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    cells = [nbformat.v4.new_code_cell(text.strip()) for text in CELLS.split("---")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    folder = tmp_path_factory.mktemp("kernel")
    client = Watcher(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.seen = []
    # IPython's history of earlier sessions is not needed, and its profile folder must be a writable one.
    client.execute(env={**os.environ, "TUNINGKIT_PRELOAD": "0", "IPYTHONDIR": str(folder)})
    return SimpleNamespace(cells=notebook.cells, seen=client.seen)


@pytest.mark.parametrize("cell", [1, 2, 3])
def test_a_kernel_shows_a_bar_and_then_takes_it_away(executed, cell):
    first, *_, last = [data for index, _, data in executed.seen if index == cell]
    assert WIDGET in first
    assert last == {"text/plain": ""}


@pytest.mark.parametrize("cell", [1, 2, 3, 4])
def test_the_notebook_keeps_no_widget_and_no_red_box(executed, cell):
    outputs = executed.cells[cell].outputs
    assert [output for output in outputs if WIDGET in output.get("data", {})] == []
    assert [output for output in outputs if output.output_type == "stream"] == []


def test_results_are_untouched(executed):
    results = [
        [output.data["text/plain"] for output in cell.outputs if output.output_type == "execute_result"]
        for cell in executed.cells
    ]
    assert results == [[], ["True"], ["False"], ["1"], ["True"]]


def test_without_a_bar_nothing_is_displayed(executed):
    assert [index for index, _, _ in executed.seen if index == 4] == []


# In a terminal


def work(steps, total, *, show=True):
    with progress_bar(total, "Training", show=show) as step:
        for _ in range(steps):
            step()


def test_a_short_job_shows_nothing(capfd):
    work(5, 5)
    assert capfd.readouterr() == ("", "")


def test_a_long_job_shows_the_time_left_and_clears_the_line(capfd, monkeypatch):
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(time=lambda: clock.now))
    monkeypatch.setattr("tqdm.std.time", lambda: clock.now)
    with progress_bar(10, "Training") as step:
        for _ in range(4):
            clock.now += 1.0
            step()
    out, err = capfd.readouterr()
    assert out == ""
    frames = [frame.strip() for frame in err.split("\r") if frame.strip()]
    # From the second second on; each epoch takes one.
    assert "2/10 [00:02<00:08" in frames[0]
    assert "4/10 [00:04<00:06" in frames[-1]
    assert err.rsplit("\r", 2)[1].strip() == ""


def test_no_bar_on_request(capfd, monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 0)
    work(3, 5, show=False)
    assert capfd.readouterr() == ("", "")


def test_an_error_passes_and_the_bar_goes(capfd, monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 0)
    with pytest.raises(RuntimeError, match="broken"), progress_bar(5, "Training") as step:
        step()
        raise RuntimeError("broken")
    assert capfd.readouterr().err.rsplit("\r", 2)[1].strip() == ""


def test_an_interrupt_before_the_first_epoch_has_nothing_to_keep():
    def train(epochs, on_epoch):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_to_the_end(SimpleNamespace(epoch=0, train=train), 3, progress=True)


def test_this_is_no_notebook():
    assert not progress.in_notebook()
