"""Load TensorFlow while the learner reads on, and let everyone who needs it wait for it in one place.

Importing TensorFlow and Keras takes 5 to 20 seconds. In a notebook kernel `import tuningkit` starts that
import in a background thread; in scripts and tests it is left to the first call that needs it.
`TUNINGKIT_PRELOAD=0` turns the background loading off.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from tuningkit.limits import processors

# What Keras imports, in the order in which it is loaded here: packages that a cell may want early come first,
# and a cell that imports one of them waits for that group alone. Of each pair, the first part names the
# packages, the second the modules of them that Keras takes.
_GROUPS: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (("numpy",), ("numpy",)),
    (
        ("scipy", "sklearn", "joblib"),
        ("sklearn.base", "sklearn.utils.validation", "sklearn.utils.multiclass"),
    ),
    (("matplotlib", "mpl_toolkits", "PIL"), ("matplotlib.pyplot",)),
    (("pandas",), ("pandas",)),
    (("keras", "tensorflow", "h5py"), ("keras", "tensorflow")),
]
_LAST = len(_GROUPS) - 1
_NOTICE_AFTER_SECONDS = 0.3

state: str = "not started"
"""One of "not started", "loading", "ready", "failed"."""

_lock = threading.Lock()
_done = threading.Event()
_failure: BaseException | None = None


def prepare_environment() -> None:
    """Set the environment variables that must stand before Keras and TensorFlow are imported.

    What the learner has set already is left alone.
    """
    # 3, because TensorFlow 2.21 logs an error for a rewrite of residual networks that it then does without;
    # what really fails is raised in Python as well.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")  # also outranks ~/.keras/keras.json
    _limit_threads()


def _limit_threads(root: Path = Path("/")) -> None:
    """Start no more threads than processors that may be busy at once, where a container sets a limit.

    On a machine with 64 processors TensorFlow starts 64 threads for its work, also in a container that may use one
    processor. They get in each other's way: a sweep of 16 small networks then takes three times the processor time.
    """
    seen, usable = processors(Path("/nowhere"), {}), processors(root)
    if usable < seen:
        for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"):
            os.environ.setdefault(name, str(usable))
        # One more than that where there is one: an operation that waits for another must not hold the only thread.
        os.environ.setdefault("TF_NUM_INTEROP_THREADS", str(max(2, usable)))


def check_backend() -> None:
    """Make sure that Keras runs, or will run, on TensorFlow.

    Raises:
        RuntimeError: If the environment or an earlier `import keras` chose another backend.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    keras = sys.modules.get("keras")
    if keras is not None and _fully_imported("keras"):
        backend = keras.config.backend()
    if backend != "tensorflow":
        raise RuntimeError(
            f"tuningkit needs Keras on TensorFlow, but Keras is set to {backend!r}. Remove KERAS_BACKEND from "
            "your environment, or restart the kernel and put this line before everything else: "
            'import os; os.environ["KERAS_BACKEND"] = "tensorflow"'
        )


def start() -> bool:
    """Start loading in the background if this is a notebook kernel and nobody turned it off.

    Returns:
        Whether a background thread was started.
    """
    if os.environ.get("TUNINGKIT_PRELOAD", "1") == "0" or not _in_notebook_kernel():
        return False
    return _start_loading()


def is_ready() -> bool:
    """Say whether Keras and TensorFlow are loaded, by whomever."""
    return state == "ready" or (_fully_imported("keras") and _fully_imported("tensorflow"))


def wait(on_wait: Callable[[], None] | None = None) -> None:
    """Return once Keras and TensorFlow are loaded; start loading them if nobody has.

    An interrupt (the stop button, Ctrl-C) ends the wait, not the loading.

    Args:
        on_wait: Called once, before a wait long enough to be noticed. Left out, a notebook cell shows a line
            for as long as the wait lasts.

    Raises:
        RuntimeError: If Keras is set to another backend.
        ImportError: If TensorFlow or Keras cannot be imported.
    """
    check_backend()
    if is_ready():
        return
    _start_loading()
    _wait_visibly(on_wait)
    if _failure is not None:
        raise ImportError(
            f"TensorFlow or Keras could not be loaded: {type(_failure).__name__}: {_failure}. "
            "Run `tuningkit doctor` in a terminal; it says what is missing and how to mend it."
        ) from _failure


def _start_loading() -> bool:
    global state
    with _lock:
        if state != "not started" or is_ready():
            return False
        state = "loading"
    guarded = threading.Event()
    threading.Thread(target=_load, args=(guarded,), name="tuningkit-preload", daemon=True).start()
    # The guard stands before the caller goes on, whose next line may already be `import keras`.
    guarded.wait()
    return True


def _load(guarded: threading.Event) -> None:
    """Import every group in the background thread, with the guard in place."""
    global state, _failure
    try:
        # Not at the top of the file: `import tuningkit` stays a matter of milliseconds.
        from tuningkit._import_guard import ImportGuard
        from tuningkit._quiet_stderr import quiet_stderr

        guard = ImportGuard([names for names, _ in _GROUPS], _before_foreign_import)
        with guard.installed(), quiet_stderr():
            guarded.set()
            for index, (_, modules) in enumerate(_GROUPS):
                # Only the last group is a must: Keras does without pandas, and says itself what it misses.
                tolerant = contextlib.nullcontext() if index == _LAST else contextlib.suppress(ImportError)
                with tolerant, guard.loading(index):
                    for module in modules:
                        importlib.import_module(module)
    except BaseException as failure:
        state, _failure = "failed", failure
    else:
        _spare_the_collector()
        state = "ready"
    finally:
        guarded.set()
        _done.set()


def _spare_the_collector() -> None:
    """Let Python's garbage collector pass over what is loaded; only in a kernel, whose memory is ours to arrange.

    TensorFlow and Keras are 400,000 objects that stay until the end. Looking through them stops the whole kernel for
    0.3 s, at times in the middle of a training, and whenever the cell of a lab is run again; without them, 0.02 s.
    """
    if _in_notebook_kernel():
        gc.freeze()


def _before_foreign_import(group: int) -> None:
    """Hold an `import keras` in a cell until loading is done, and say so; the other groups are short."""
    if group == _LAST:
        _wait_visibly(None)


def _wait_visibly(on_wait: Callable[[], None] | None) -> None:
    if not _done.wait(_NOTICE_AFTER_SECONDS):
        with _line_in_cell() if on_wait is None else contextlib.nullcontext(on_wait()):
            _done.wait()


@contextlib.contextmanager
def _line_in_cell() -> Iterator[None]:
    """Show a line under the running cell, and take it away afterwards; elsewhere do nothing."""
    if not _in_notebook_kernel() or threading.current_thread() is not threading.main_thread():
        yield
        return
    from IPython.display import display

    text = "Loading TensorFlow. This takes a few seconds, once per kernel."
    line = display({"text/plain": text, "text/html": f"<em>{text}</em>"}, raw=True, display_id=True)
    try:
        yield
    finally:
        line.update({"text/plain": "", "text/html": ""}, raw=True)


def _fully_imported(name: str) -> bool:
    module = sys.modules.get(name)
    return module is not None and not getattr(getattr(module, "__spec__", None), "_initializing", False)


def _in_notebook_kernel() -> bool:
    """Tell a Jupyter kernel from a script, a terminal session and a test run, without importing IPython."""
    if "pytest" in sys.modules:
        return False
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if get_ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"
