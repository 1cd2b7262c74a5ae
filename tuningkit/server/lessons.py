"""The learner's own copy of the lessons, kept up to date without ever losing the learner's work."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parents[1]
_RECORD = ".tuningkit-lessons.json"


@dataclass(frozen=True)
class Change:
    """What happened to one file of the learner's folder.

    Attributes:
        kind: "added", "updated" (the learner had not edited it) or "beside" (the learner had, so the new version
            lies beside it under another name).
        name: The file that was written.
        original: The lesson it is a version of.
    """

    kind: Literal["added", "updated", "beside"]
    name: str
    original: str


def lessons_source() -> Path:
    """Find the lessons as delivered: those of the checkout, or those inside the installed package.

    Returns:
        A folder that holds at least one notebook.

    Raises:
        FileNotFoundError: If there is none.
    """
    candidates = [_checkout() / "notebooks"] if _checkout() else []
    candidates.append(_PACKAGE / "_notebooks")
    for folder in candidates:
        if any(folder.glob("*.ipynb")):
            return folder
    raise FileNotFoundError(
        f"No lessons found in {' or '.join(str(folder) for folder in candidates)}. In a copy of the repository, "
        "restore the folder notebooks (python lessons/build.py); otherwise install tuningkit again."
    )


def lessons_folder() -> Path:
    """Name the learner's folder: `my-lessons` in a checkout, `tuningkit-lessons` in the home folder otherwise.

    Returns:
        The folder; it need not exist yet.
    """
    checkout = _checkout()
    return checkout / "my-lessons" if checkout else Path.home() / "tuningkit-lessons"


def refresh(source: Path, folder: Path) -> list[Change]:
    """Bring the learner's folder up to date with the delivered lessons.

    A lesson whose cells the learner has not edited is replaced by its new version; running it, which only adds
    outputs, is not editing. An edited one is left alone, and its new version is written beside it, once. A
    deleted lesson comes back. Files that tuningkit did not deliver are never touched.

    Args:
        source: Folder of the delivered lessons.
        folder: The learner's folder; created if missing.

    Returns:
        What was written, in the order of the lessons; empty if nothing had to be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record_file = folder / _RECORD
    delivered = _read_record(record_file)
    changes = []
    for lesson in sorted(
        path for path in source.iterdir() if path.is_file() and not path.name.startswith(".")
    ):
        change = _place(lesson, folder, delivered)
        if change is not None:
            changes.append(change)
    record_file.write_text(json.dumps(delivered, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return changes


def _place(lesson: Path, folder: Path, delivered: dict[str, str]) -> Change | None:
    """Write one lesson where it belongs; `delivered` maps each file name to the version put there last."""
    version = _fingerprint(lesson)
    target, kind = folder / lesson.name, "added"
    number = 1
    while target.exists():
        if _fingerprint(target) == version:
            delivered[target.name] = version
            return None
        if _fingerprint(target) == delivered.get(target.name):
            kind = "updated" if number == 1 else "beside"
            break
        if delivered.get(target.name) == version:
            return None  # the learner's edit of this very version
        number += 1
        suffix = "new" if number == 2 else f"new{number - 1}"
        target, kind = folder / f"{lesson.stem}.{suffix}{lesson.suffix}", "beside"
    if number > 1 and delivered.get(target.name) == version:
        return None  # offered once, and deleted by the learner
    shutil.copyfile(lesson, target)
    delivered[target.name] = version
    return Change(kind, target.name, lesson.name)


def _fingerprint(path: Path) -> str:
    """Hash what a person writes into a file: the cells of a notebook, not its outputs; all of any other file."""
    content = path.read_bytes()
    if path.suffix == ".ipynb":
        try:
            cells = [[cell["cell_type"], "".join(cell["source"])] for cell in json.loads(content)["cells"]]
        except (ValueError, KeyError, TypeError):
            pass  # not a readable notebook, so not one of ours unchanged: the bytes tell that just as well
        else:
            content = json.dumps(cells).encode()
    return hashlib.sha256(content).hexdigest()


def _read_record(path: Path) -> dict[str, str]:
    """Read what was delivered; without the record every lesson that differs counts as edited."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _checkout() -> Path | None:
    root = _PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and (root / "lessons").is_dir() else None
