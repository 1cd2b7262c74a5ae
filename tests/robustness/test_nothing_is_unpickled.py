"""Opening a lesson or a file of tuningkit runs nothing but tuningkit: no reader in it can be made to run code."""

from __future__ import annotations

import ast
import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

import tuningkit

PACKAGE = Path(tuningkit.__file__).parent
ROOT = PACKAGE.parent
#: Modules whose readers run what a file tells them to, and calls that run text.
_MODULES = {
    "pickle",
    "cPickle",
    "_pickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "jsonpickle",
}
_CALLS = {"eval", "exec", "compile", "__import__"}
_YAML = {"load", "load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all"}


def risks(source: str) -> list[str]:
    """What in a Python source could run what a file says, as "line: what"."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
            if any(alias.name in ("read_pickle", "unsafe_load") for alias in node.names):
                names.append("pickle")
        found += [f"{node.lineno}: import {name}" for name in names if name.partition(".")[0] in _MODULES]
        if isinstance(node, ast.Call):
            found += [f"{node.lineno}: {what}" for what in _risky_call(node)]
    return found


def _risky_call(node: ast.Call) -> list[str]:
    called, on = node.func, ""
    name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
    if isinstance(called, ast.Attribute):
        on = ast.unparse(called.value)
    found = []
    if name in _CALLS and not on:
        found.append(name)
    if name == "read_pickle" or (name in _YAML and on == "yaml"):
        found.append(f"{on}.{name}")
    for keyword in node.keywords:
        value = ast.unparse(keyword.value)
        if (keyword.arg == "allow_pickle" and value != "False") or (
            keyword.arg == "safe_mode" and value != "True"
        ):
            found.append(f"{keyword.arg}={value}")
    if name == "enable_unsafe_deserialization" or (name == "Popen" and "shell=True" in ast.unparse(node)):
        found.append(name)
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "import numpy as np\nnp.load(f, allow_pickle=True)",
        "np.load(f, allow_pickle=flag)",
        "keras.models.load_model(f, safe_mode=False)",
        "keras.config.enable_unsafe_deserialization()",
        "yaml.load(text)",
        "pd.read_pickle(f)",
        "eval(text)",
        "exec(text)",
        "def f():\n    import dill.session",
    ],
)
def test_each_risk_would_be_seen(source):
    assert len(risks(source)) == 1


def test_what_is_harmless_is_not_seen():
    assert risks("import json\nmodel.eval()\nre.compile(x)\nmodel.compile()\nnp.load(f)\njson.load(f)") == []


def test_nothing_in_the_package_unpickles_or_runs_text():
    sources = sorted(PACKAGE.rglob("*.py"))
    assert len(sources) > 200
    found = {str(path.relative_to(PACKAGE)): risks(path.read_text(encoding="utf-8")) for path in sources}
    assert {name: what for name, what in found.items() if what} == {}


def test_lessons_run_text_only_where_they_show_it():
    # 4.3 runs the article's own listings, which stand in the lesson for the learner to read.
    found = {path.name: risks(path.read_text()) for path in sorted((ROOT / "lessons").glob("*.py"))}
    assert {name: len(what) for name, what in found.items() if what} == {"04_3_regularized_network.py": 2}


def test_the_files_that_are_shipped_hold_plain_numbers_and_text():
    folder = PACKAGE / "datasets" / "files"
    read = set()
    for path in sorted(folder.iterdir()):
        if path.suffix == ".npz":
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    array = np.lib.format.read_array(io.BytesIO(archive.read(member)), allow_pickle=False)
                    assert array.dtype.kind in "iufbU", f"{member} in {path.name} is {array.dtype}"
        elif path.suffix == ".gz":
            gzip.decompress(path.read_bytes()).decode("utf-8")
        else:
            path.read_text(encoding="utf-8")
        read.add(path.suffix)
    assert read == {".npz", ".gz", ".txt"}
    assert not [
        path for path in PACKAGE.rglob("*") if path.suffix in (".pkl", ".pickle", ".joblib", ".h5", ".keras")
    ]
