"""Computed arrays kept on disk: found again by what they were made from, and never trusted blindly."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

_FORMAT = 1
#: Files kept of each kind; the ones used longest ago go first. A landscape of the usual size takes about 30 kB.
_KEPT = 64
_WAIT = 10.0


def cache_folder() -> Path:
    """Where computed things are kept: below ``TUNINGKIT_HOME`` if set, else the system's place for caches."""
    chosen = os.environ.get("TUNINGKIT_HOME", "").strip()
    if chosen:
        return Path(chosen).expanduser().absolute() / "cache"
    import platformdirs

    return Path(platformdirs.user_cache_dir("tuningkit", appauthor=False))


class DiskCache:
    """The saved arrays of one key.

    Several kernels may read and write at once: a file appears whole or not at all, and a lock lets one at a
    time look after the folder.

    Args:
        kind: What is kept, such as "landscapes"; names the folder.
        key: At least 40 letters that stand for everything the arrays were made from.

    Example:
        >>> store = DiskCache("landscapes", key)
        >>> store.write({"curves": curves}, {"seconds": 12.0})
        ''
        >>> arrays, meta, note = store.read()
    """

    def __init__(self, kind: str, key: str) -> None:
        self._kind, self._key = kind, key
        self.path = cache_folder() / kind / f"{key[:40]}.npz"

    def read(self) -> tuple[dict[str, np.ndarray] | None, dict[str, Any], str]:
        """The arrays and what was saved with them; or None, and a line that says why a file was not used.

        The line is empty if there is no file.
        """
        if not self.path.is_file():
            return None, {}, ""
        try:
            with self._locked():
                arrays, meta = self._load()
                os.utime(self.path)
        except Exception as error:  # any kind of damage: no zip, no JSON, wrong numbers
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            return None, {}, f"What was saved could not be used ({reason}), so it is computed again."
        return arrays, meta, ""

    def write(self, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> str:
        """Save arrays; returns a line if that was not possible, else an empty text.

        Args:
            arrays: Numbers by name.
            meta: Plain JSON values.
        """
        arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        about = {"format": _FORMAT, "key": self._key, "digest": digest(arrays), "meta": dict(meta)}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._locked():
                # Written beside its place and moved there in one step: a reader sees the old file or the new.
                handle, name = tempfile.mkstemp(dir=self.path.parent, suffix=".tmp")
                try:
                    with os.fdopen(handle, "wb") as file:
                        np.savez_compressed(file, about=np.array(json.dumps(about)), **arrays)
                    Path(name).replace(self.path)
                except BaseException:
                    Path(name).unlink(missing_ok=True)
                    raise
                self._tidy()
        except (OSError, TimeoutError, TypeError, ValueError) as error:
            return f"It could not be saved for next time: {error}"
        return ""

    def _locked(self) -> Any:
        from filelock import FileLock

        return FileLock(self.path.parent / "folder.lock", timeout=_WAIT)

    def _load(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        # Opened here: where there is no archive inside, NumPy would leave its own handle open.
        with self.path.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            arrays = {name: file[name] for name in file.files if name != "about"}
        if about.get("format") != _FORMAT or about.get("key") != self._key:
            raise ValueError("it belongs to something else")
        if about.get("digest") != digest(arrays):
            raise ValueError("its numbers are damaged")
        return arrays, about["meta"]

    def _tidy(self) -> None:
        files = sorted(self.path.parent.glob("*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[_KEPT:]:
            path.unlink(missing_ok=True)


def digest(arrays: Mapping[str, np.ndarray]) -> str:
    """A fingerprint of arrays, their names and shapes."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        found.update(f"{name} {array.dtype} {array.shape}".encode())
        found.update(array.tobytes())
    return found.hexdigest()
