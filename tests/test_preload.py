"""TensorFlow loads in the background of a notebook kernel, and nowhere else."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
import threading
import time

import pytest
from jupyter_client.manager import start_new_kernel

from tuningkit import _preload
from tuningkit._import_guard import ImportGuard
from tuningkit._quiet_stderr import quiet_stderr, without_chatter


@pytest.fixture
def fresh(monkeypatch):
    """The module as it is before anything was loaded."""
    monkeypatch.setattr(_preload, "state", "not started")
    monkeypatch.setattr(_preload, "_done", threading.Event())
    monkeypatch.setattr(_preload, "_failure", None)
    monkeypatch.setattr(_preload, "_fully_imported", lambda name: False)
    return _preload


class Kernel:
    """A real kernel that is talked to as JupyterLab does."""

    def __init__(self, **environment):
        inherited = {key: value for key, value in os.environ.items() if key != "TUNINGKIT_PRELOAD"}
        self.manager, self.client = start_new_kernel(env={**inherited, **environment})

    def run(self, code, shown=lambda: None):
        """Run a cell; return its outputs, with what was printed joined. `shown` is called at each display."""
        request = self.client.execute(code)
        outputs, printed = [], ""
        while True:
            message = self.client.get_iopub_msg(timeout=120)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return outputs, printed
            if kind == "stream":
                printed += f"{content['name']}: {content['text']}"
            elif kind in {"display_data", "update_display_data", "execute_result", "error"}:
                outputs.append((kind, content.get("data", content)))
                if kind == "display_data":
                    shown()

    def run_and_interrupt(self, code):
        """Run a cell, press stop once it has shown something, and return the name of the error it ends with."""
        request = self.client.execute(code)
        while self.client.get_iopub_msg(timeout=120)["msg_type"] != "display_data":
            pass
        self.manager.interrupt_kernel()
        reply = self.client.get_shell_msg(timeout=60)
        while reply["parent_header"]["msg_id"] != request:
            reply = self.client.get_shell_msg(timeout=60)
        return reply["content"].get("ename")

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()


@pytest.fixture
def kernel():
    kernel = Kernel()
    yield kernel
    kernel.close()


# Keras waits in the middle of its loading until this file is there: time for the stop button, on any machine. It
# waits where its code is run. While it is looked for, Python holds a lock that no other import could pass.
SLOW_KERAS = """
import pathlib, sys, time
from importlib.machinery import PathFinder
class Slowly:
    def find_spec(name, path=None, target=None):
        if name != "keras.src":
            return None
        spec = PathFinder.find_spec(name, path)
        run = spec.loader.exec_module
        def wait_and_run(module):
            while not pathlib.Path({gate!r}).exists():
                time.sleep(0.02)
            run(module)
        spec.loader.exec_module = wait_and_run
        return spec
sys.meta_path.insert(0, Slowly)
"""


def test_a_kernel_answers_at_once_and_loads_behind_its_back(kernel, tmp_path):
    gate = tmp_path / "go on"
    kernel.run(SLOW_KERAS.format(gate=str(gate)))
    _, printed = kernel.run(
        "import time; start = time.perf_counter()\nimport tuningkit as tk\nprint(time.perf_counter() - start)"
    )
    assert float(printed.removeprefix("stdout: ")) < 3
    outputs, printed = kernel.run("from tuningkit import _preload; _preload.state")
    assert (outputs[0][1]["text/plain"], printed) == ("'loading'", "")

    # The stop button ends the wait of a cell that needs Keras early, and not the loading.
    assert kernel.run_and_interrupt("import keras") == "KeyboardInterrupt"

    # Such a cell says that it waits, and cleans up after itself. No log line reaches it.
    outputs, printed = kernel.run("from tensorflow.keras import layers\nimport keras", shown=gate.touch)
    assert printed == ""
    assert [kind for kind, _ in outputs] == ["display_data", "update_display_data"]
    assert outputs[0][1]["text/plain"].startswith("Loading TensorFlow")
    assert outputs[1][1]["text/plain"] == ""
    outputs, printed = kernel.run(
        "float(keras.ops.sum(keras.Sequential([layers.ReLU()])(keras.ops.ones((1, 3)))))"
    )
    assert (outputs[0][1]["text/plain"], printed) == ("3.0", "")
    outputs, _ = kernel.run("import builtins; _preload.state, type(builtins.__import__).__name__")
    assert outputs[0][1]["text/plain"] == "('ready', 'builtin_function_or_method')"
    # A collection stops the kernel: it goes through what the learner makes, not through TensorFlow each time.
    outputs, _ = kernel.run(
        "import gc; mine = []; [any(one is it for it in gc.get_objects()) for one in (keras, mine)]"
    )
    assert outputs[0][1]["text/plain"] == "[False, True]"


def test_a_kernel_does_not_wait_for_the_loading_to_end(tmp_path):
    kernel = Kernel()
    kernel.run(
        "import tuningkit as tk\nfrom tuningkit import _preload\nimport atexit, pathlib, time\ntime.sleep(1)"
    )
    kernel.run(
        f"atexit.register(lambda: pathlib.Path({str(tmp_path / 'state')!r}).write_text(_preload.state))"
    )
    kernel.manager.shutdown_wait_time = 60  # after this Jupyter would kill it
    kernel.close()
    assert (tmp_path / "state").read_text() == "loading"


def test_it_can_be_turned_off():
    kernel = Kernel(TUNINGKIT_PRELOAD="0")
    try:
        outputs, _ = kernel.run("import tuningkit as tk\nfrom tuningkit import _preload\n_preload.state")
        assert outputs[0][1]["text/plain"] == "'not started'"
    finally:
        kernel.close()


def test_scripts_and_tests_load_nothing():
    code = "import tuningkit, threading; print(tuningkit._preload.state, threading.active_count())"
    environment = {key: value for key, value in os.environ.items() if key != "TUNINGKIT_PRELOAD"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["not", "started", "1"]
    assert _preload.start() is False


def test_a_script_that_waits_gets_keras_and_no_chatter():
    code = "from tuningkit import _preload; _preload.wait(); import keras; print(keras.config.backend())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("tensorflow", "")


def test_what_the_learner_set_is_left_alone(monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    _preload.prepare_environment()
    assert (os.environ["TF_CPP_MIN_LOG_LEVEL"], os.environ["KERAS_BACKEND"]) == ("0", "tensorflow")


@pytest.mark.parametrize("use", ["tk.train", "from tuningkit import _preload; _preload.wait()"])
def test_another_backend_is_refused_with_the_way_out(use):
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    code = f"import tuningkit as tk; {use}"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("RuntimeError: tuningkit needs Keras on TensorFlow, but Keras is set to 'jax'")
    assert 'os.environ["KERAS_BACKEND"] = "tensorflow"' in last


def test_a_failed_import_is_told_in_clear_words_every_time(fresh, monkeypatch):
    def broken(name):
        if name == "keras":
            raise OSError("libtensorflow is damaged")

    monkeypatch.setattr(_preload.importlib, "import_module", broken)
    for _ in range(2):
        with pytest.raises(
            ImportError, match=r"OSError: libtensorflow is damaged\. Run `tuningkit doctor`"
        ) as caught:
            fresh.wait()
        assert isinstance(caught.value.__cause__, OSError)
    assert fresh.state == "failed"
    assert not fresh.is_ready()


def test_optional_neighbours_may_be_missing(fresh, monkeypatch):
    def without_pandas(name):
        if name == "pandas":
            raise ImportError(name)

    monkeypatch.setattr(_preload.importlib, "import_module", without_pandas)
    fresh.wait()
    assert fresh.state == "ready"


def test_whoever_waits_is_told_once_and_everyone_gets_through(fresh, monkeypatch):
    release, told, through = threading.Event(), [], []
    monkeypatch.setattr(_preload.importlib, "import_module", lambda name: release.wait(120))
    waiters = [
        threading.Thread(target=lambda: (fresh.wait(lambda: told.append(1)), through.append(1)))
        for _ in range(3)
    ]
    for waiter in waiters:
        waiter.start()
    while len(told) < 3:
        assert fresh.state == "loading"
        time.sleep(0.01)
    assert through == []
    release.set()
    for waiter in waiters:
        waiter.join(120)
    assert (len(told), len(through), fresh.state) == (3, 3, "ready")


def test_a_short_wait_is_not_mentioned(fresh, monkeypatch):
    monkeypatch.setattr(_preload.importlib, "import_module", lambda name: None)
    told = []
    fresh.wait(lambda: told.append(1))
    assert told == []


def test_the_guard_keeps_other_threads_out_until_the_group_is_loaded(tmp_path, monkeypatch):
    (tmp_path / "slow_package.py").write_text("import time\ntime.sleep(0.3)\nvalue = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    asked, order = [], []
    guard = ImportGuard([("slow_package",)], asked.append)

    def other():
        import slow_package

        order.append(("other", slow_package.value))

    with guard.installed():
        thread = threading.Thread(target=other)
        with guard.loading(0):
            thread.start()
            while not asked:
                time.sleep(0.01)
            import slow_package  # the loader itself passes

            order.append(("loader", slow_package.value))
        thread.join(120)
    assert asked == [0]
    assert order == [("loader", 1), ("other", 1)]


def test_the_guard_leaves_nothing_behind():
    plain = builtins.__import__
    with pytest.raises(ZeroDivisionError), ImportGuard([("keras",)], lambda group: None).installed():
        assert builtins.__import__ is not plain
        raise ZeroDivisionError
    assert builtins.__import__ is plain


def test_a_guard_that_was_wrapped_by_someone_else_lets_everything_through(monkeypatch):
    monkeypatch.setattr(builtins, "__import__", builtins.__import__)  # put back at the end, whatever happens
    asked = []
    with ImportGuard([("json",)], asked.append).installed():
        guarded = builtins.__import__
        builtins.__import__ = wrapper = lambda *args, **options: guarded(*args, **options)
    assert builtins.__import__ is wrapper
    thread = threading.Thread(target=lambda: __import__("json"))
    thread.start()
    thread.join(120)
    assert asked == []


CHATTER = b"""\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795347303.794639    6320 port.cc:153] oneDNN custom operations are on.
2026-01-31 10:11:12.345678: I tensorflow/core/platform/cpu_feature_guard.cc:227] This TensorFlow binary
To enable the following instructions: AVX2, in other operations, rebuild TensorFlow.
E0000 00:00:1758131045.203198 3722035 cuda_dnn.cc:8579] Unable to register cuDNN factory
"""


def test_log_lines_are_dropped_and_all_other_text_is_kept():
    kept = b"Illegal instruction\nI think this stays\n\nno newline at the end"
    assert without_chatter(CHATTER) == b""
    assert without_chatter(CHATTER + kept) == kept


def test_held_back_text_is_passed_on_filtered(capfd):
    with quiet_stderr():
        os.write(2, CHATTER + b"something else\n")
    assert capfd.readouterr().err == "something else\n"


def test_after_a_failure_everything_is_passed_on(capfd):
    with pytest.raises(ZeroDivisionError), quiet_stderr():
        os.write(2, CHATTER)
        raise ZeroDivisionError
    assert capfd.readouterr().err == CHATTER.decode()
