"""`tuningkit doctor`: look at everything the lessons need, and say how to mend what is wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from tuningkit import limits

_REINSTALL = (
    "Install again: `uv sync` in a copy of the repository, otherwise `pip install --upgrade tuningkit`."
)
_ENOUGH_BYTES, _NEEDED_BYTES = 2 * 10**9, 1 * 10**9
_WIDGET_EXTENSIONS = ("anywidget", "@jupyter-widgets/jupyterlab-manager")
_SERVER_EXTENSION = "tuningkit.server.extension"
_TRAINING_SECONDS = 300
# One real step, in a process of its own: a TensorFlow that does not fit the processor ends its process.
_TRAINING_STEP = """
import keras, numpy, tensorflow
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
model.compile("adam", "sparse_categorical_crossentropy")
history = model.fit(numpy.eye(4, dtype="float32"), numpy.array([0, 1, 2, 0]), verbose=0)
print("loss", history.history["loss"][0], "Keras", keras.__version__, "TensorFlow", tensorflow.__version__)
"""


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        verdict: "ok", "note" (the lessons run, but perhaps not well) or "problem".
        what: What was found, in one line.
        mend: What to do about it; empty if nothing.
    """

    verdict: Literal["ok", "note", "problem"]
    what: str
    mend: str = ""


def examine(checks: Iterable[Callable[[], Finding]] | None = None) -> int:
    """Run the checks one after the other and print each finding with its remedy.

    Args:
        checks: Functions that return a finding; all of this module's if left out.

    Returns:
        1 if there is a problem, else 0.
    """
    problems = 0
    for check in ALL_CHECKS if checks is None else checks:
        try:
            finding = check()
        except Exception as failure:
            finding = Finding("problem", f"{check.__name__}: {type(failure).__name__}: {failure}", _REINSTALL)
        problems += finding.verdict == "problem"
        print(f"[{finding.verdict:^7}] {finding.what}", flush=True)
        if finding.mend:
            print(f"          How to mend it: {finding.mend}", flush=True)
    print(f"\n{problems} problem{'' if problems == 1 else 's'} found." if problems else "\nAll is well.")
    return 1 if problems else 0


def python_version() -> Finding:
    """Check the interpreter against the range the package declares."""
    from packaging.specifiers import SpecifierSet

    found, wanted = sys.version.split()[0], metadata.metadata("tuningkit")["Requires-Python"]
    if SpecifierSet(wanted).contains(found, prereleases=True):
        return Finding("ok", f"Python {found}")
    return Finding(
        "problem",
        f"Python {found}, but tuningkit needs {wanted}",
        "Use Python 3.11: `uv run --python 3.11 tuningkit`.",
    )


def package_versions() -> Finding:
    """Check every package tuningkit depends on, directly, against its range."""
    from packaging.requirements import Requirement

    wrong = []
    needed = [Requirement(line) for line in metadata.requires("tuningkit") or []]
    needed = [one for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    for requirement in needed:
        try:
            found = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} is {found}, needed {requirement.specifier}")
    if wrong:
        return Finding("problem", "Packages: " + "; ".join(wrong), _REINSTALL)
    return Finding("ok", f"{len(needed)} packages have the right versions")


def keras_backend() -> Finding:
    """Check that no setting makes Keras run on something other than TensorFlow."""
    from tuningkit._preload import check_backend

    try:
        check_backend()
    except RuntimeError as problem:
        return Finding("problem", f"KERAS_BACKEND is {os.environ.get('KERAS_BACKEND')!r}", str(problem))
    return Finding("ok", "Keras is set to run on TensorFlow")


def memory() -> Finding:
    """Check the memory that is free, and the limit of a container if there is one."""
    import psutil

    free, whole = psutil.virtual_memory().available, psutil.virtual_memory().total
    limited = limits.memory_limit()
    if limited is not None and limited.limit < whole:
        whole, free = limited.limit, min(free, limited.limit - limited.used)
    what = f"{free / 1e9:.1f} GB of memory free of {whole / 1e9:.1f} GB"
    mend = "Close other programs and notebooks (in JupyterLab: Kernel, Shut Down All Kernels)."
    if free < _NEEDED_BYTES:
        return Finding("problem", f"{what}; a lesson needs 1 GB", mend)
    return Finding("note" if free < _ENOUGH_BYTES else "ok", what, mend if free < _ENOUGH_BYTES else "")


def processors() -> Finding:
    """Count the processors this process may use."""
    count = limits.processors()
    return Finding("ok", f"{count} processor{'' if count == 1 else 's'}")


def widgets() -> Finding:
    """Check that JupyterLab serves the parts that draw the sliders and the charts."""
    from jupyter_core.paths import jupyter_path
    from jupyterlab_server.config import get_page_config

    page = get_page_config(jupyter_path("labextensions"))  # what the server tells the browser
    served = {extension["name"] for extension in page["federated_extensions"]}
    missing = [name for name in _WIDGET_EXTENSIONS if name not in served]
    if missing:
        return Finding("problem", f"JupyterLab cannot find {' and '.join(missing)}", _REINSTALL)
    disabled = [name for name in _WIDGET_EXTENSIONS if _is_disabled(name, page["disabledExtensions"])]
    if disabled:
        commands = " and ".join(f"`jupyter labextension enable {name}`" for name in disabled)
        return Finding("problem", f"Turned off in JupyterLab: {' and '.join(disabled)}", f"Run {commands}.")
    return Finding("ok", "JupyterLab serves the widgets")


def prompt_server() -> Finding:
    """Check that Jupyter's server sends what a lab draws without delay."""
    from jupyter_core.paths import jupyter_config_path
    from jupyter_server.extension.config import ExtensionConfigManager

    folders = [str(folder) for folder in reversed(jupyter_config_path())]
    enabled = ExtensionConfigManager(read_config_path=folders).get_jpserver_extensions()
    if enabled.get(_SERVER_EXTENSION):
        return Finding("ok", "Jupyter's server sends what a lab draws at once")
    return Finding(
        "note",
        "tuningkit's extension of Jupyter's server is off: charts answer a slider up to 40 ms later",
        f"Run `jupyter server extension enable {_SERVER_EXTENSION} --sys-prefix`.",
    )


def progress_folder() -> Finding:
    """Check that the learner's progress can be written."""
    from tuningkit.teaching.progress import data_folder

    folder = data_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    except OSError as problem:
        return Finding(
            "problem",
            f"Progress cannot be saved in {folder}: {problem.strerror or problem}",
            "Make the folder writable, or set TUNINGKIT_HOME to a folder that is.",
        )
    return Finding("ok", f"Progress is saved in {folder}")


def free_port() -> Finding:
    """Check that a server on this machine can listen and be reached."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=5).close()
    except OSError as problem:
        return Finding(
            "problem",
            f"A server on this machine cannot be reached: {problem}",
            "Allow connections to 127.0.0.1 in your firewall or security program.",
        )
    return Finding("ok", "A local server can be reached")


def training() -> Finding:
    """Import TensorFlow and train one small network, for real."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRAINING_STEP],
            capture_output=True,
            text=True,
            timeout=_TRAINING_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        what = f"TensorFlow did not finish one training step in {_TRAINING_SECONDS} seconds"
        return Finding("problem", what, "Close other programs and try again.")
    if done.returncode == 0 and done.stdout.startswith("loss "):
        _, _, *versions = done.stdout.split()
        return Finding("ok", f"A small network was trained with {' '.join(versions)}")
    if done.returncode < 0:
        what = f"TensorFlow ended its process (signal {-done.returncode})"
        return Finding(
            "problem", what, "This processor may lack AVX instructions: use the Binder badge of the README."
        )
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return Finding("problem", f"Training failed: {last}", _REINSTALL)


ALL_CHECKS: tuple[Callable[[], Finding], ...] = (
    python_version,
    package_versions,
    keras_backend,
    memory,
    processors,
    widgets,
    prompt_server,
    progress_folder,
    free_port,
    training,
)


def _is_disabled(name: str, disabled: Iterable[str]) -> bool:
    """A page configuration turns off an extension by its name, or one of its plugins by "name:plugin"."""
    return any(entry.split(":")[0] == name for entry in disabled)
