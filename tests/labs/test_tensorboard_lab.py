"""TensorBoard's server under a lab: it shows the run's numbers, says where it is, and leaves no process behind."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest

import tuningkit as tk
from tuningkit.labs import registry, tensorboard_lab
from tuningkit.tools.tensorboard_server import TensorBoardServer


def ask(address, path):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address + path, timeout=30) as answer:
        return json.load(answer)


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "It did not happen."
        time.sleep(0.1)


@pytest.fixture(scope="module")
def logs(network, moons, tmp_path_factory):
    folder = tmp_path_factory.mktemp("logs")
    run = tk.train(network, moons, epochs=3, l2=1e-3, seed=0, progress=False)
    run.to_tensorboard(folder, name="first", model=network)
    return folder, run


def test_lab_serves_the_run_and_ends_with_its_cell(logs, monkeypatch):
    folder, run = logs
    cell = ["a", "1"]
    monkeypatch.setattr(registry, "running_cell", lambda: tuple(cell))
    lab = tk.TensorBoardLab(folder, page="hparams")
    try:
        lab.wait(120)
        assert lab.address == f"http://127.0.0.1:{lab.port}/"
        assert (
            f"port {lab.port}, process {lab.pid}" in lab._line.value
            and lab._frame._words == f"TensorBoard runs on port {lab.port}."
        )
        assert lab._frame._place == {"port": lab.port, "proxy": True, "page": "hparams", "runs": ""}
        assert repr(lab).endswith(f"at {lab.address}, process {lab.pid}")
        wait_until(lambda: "first/train" in ask(lab.address, "data/runs"))
        points = ask(lab.address, "data/plugin/scalars/scalars?run=first%2Fvalidation&tag=epoch_loss")
        assert [point[1] for point in points] == [1, 2, 3]
        assert [point[2] for point in points] == pytest.approx(run.history["val_loss"].tolist(), rel=1e-6)
        assert ask(lab.address, "data/plugin/histograms/tags")["first"]
        names = ask(lab.address, "data/plugin/hparams/experiment?request=%7B%7D")
        assert "l2" in json.dumps(names)
        # Only this machine is listened to.
        served = psutil.Process(lab.pid)
        assert {one.laddr.ip for one in served.net_connections("inet") if one.status == "LISTEN"} == {
            "127.0.0.1"
        }
        cell[1] = "2"
        second = tk.TensorBoardLab(folder)
        try:
            assert not served.is_running() and lab.address is None
            with pytest.raises(RuntimeError, match="closed"):
                lab.start()
            second.wait(120)
            pid = second.pid
            second.pause().wait(30)
            assert second.port is None and not psutil.pid_exists(pid) and "Start" in second._line.value
            assert second._frame._place == {}
        finally:
            second.close()
        # Closed while it starts: no process stays.
        second = tk.TensorBoardLab(folder)
        wait_until(lambda: second.session.server._process is not None)
        process = second.session.server._process
        second.close()
        assert process.poll() is not None
    finally:
        lab.close()


def test_server_ends_when_its_python_is_killed(tmp_path):
    code = (
        "import sys, time\n"
        "from tuningkit.tools.tensorboard_server import TensorBoardServer\n"
        f"server = TensorBoardServer({str(tmp_path)!r}).start()\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        served = psutil.Process(int(parent.stdout.readline()))
        assert "tensorflow" not in " ".join(one.path for one in served.memory_maps())
        parent.kill()
    served.wait(120)


def test_what_went_wrong_is_shown_and_can_be_tried_again(tmp_path, monkeypatch):
    from tuningkit.tools import tensorboard_server

    broken = tmp_path / "broken.py"
    broken.write_text("import sys; sys.exit('no room on this machine')")
    child = tensorboard_server._CHILD
    monkeypatch.setattr(tensorboard_server, "_CHILD", broken)
    lab = tk.TensorBoardLab(tmp_path / "new")
    try:
        with pytest.raises(RuntimeError, match="no room on this machine"):
            lab.wait(60)
        assert "role='alert'" in lab._line.value and "no room on this machine" in lab._line.value
        assert (tmp_path / "new").is_dir() and "not running" in lab._frame._words
        monkeypatch.setattr(tensorboard_server, "_CHILD", child)
        assert lab.start().wait(120).address
    finally:
        lab.close()


def test_picture_of_exported_pages(logs, tmp_path, monkeypatch):
    folder, run = logs
    # What is shown needs no server.
    monkeypatch.setattr(TensorBoardServer, "start", lambda self: self)
    for directory, words in ((folder, "1 run; lowest loss in first"), (tmp_path, "No run with a loss curve")):
        lab = tk.TensorBoardLab(directory)
        try:
            figure = lab.figure()
            assert words in figure.axes[0].get_title() if figure.axes else words in figure.texts[0].get_text()
            bundle = lab._repr_mimebundle_()[0]
            assert {"image/png", "text/plain"} <= bundle.keys() and "TensorBoardLab on" in bundle[
                "text/plain"
            ]
        finally:
            lab.close()
    line = lab.__class__(folder).figure().axes[0].lines[0]
    assert line.get_ydata().tolist() == pytest.approx(run.history["val_loss"].tolist(), rel=1e-6)


@pytest.mark.parametrize(
    ("settings", "words"), [({"page": "graphs"}, "page must be one of"), ({"height": 20}, "at least 300")]
)
def test_errors_at_the_door(tmp_path, settings, words):
    with pytest.raises(ValueError, match=words):
        tk.TensorBoardLab(tmp_path, **settings)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ValueError, match="must be a folder"):
        tk.TensorBoardLab(file)


def test_of_many_runs_the_curves_are_shown(tmp_path, monkeypatch):
    for number in range(14):
        for part in ("", "train", "validation"):
            folder = tmp_path / f"trial-{number}" / part
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "events.out.tfevents.1.here").touch()
    monkeypatch.setattr(TensorBoardServer, "start", lambda self: self)
    for name, value in (("running", True), ("port", 6006), ("pid", 1)):
        monkeypatch.setattr(TensorBoardServer, name, value)
    lab = tk.TensorBoardLab(tmp_path)
    try:
        lab.wait(60)
        assert lab._frame._place["runs"] == "(train|validation)$"
        assert "There are 42" in lab._line.value and "(train|validation)$" in lab._line.value
    finally:
        monkeypatch.undo()
        lab.close()
    assert tensorboard_lab.runs_to_show([f"{n}/validation" for n in range(41)]) == ""
    assert tensorboard_lab.runs_to_show(["a/train"] * 40) == ""


def test_proxy_is_expected_behind_a_hub(monkeypatch):
    assert tensorboard_lab.proxy_is_likely()
    monkeypatch.setattr(tensorboard_lab.importlib.util, "find_spec", lambda name: None)
    assert not tensorboard_lab.proxy_is_likely()
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/someone/")
    assert tensorboard_lab.proxy_is_likely()
